"""The job's stack, as SAM expands it: which events start it, what its roles may do, who is told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.expanded import expanded
from tests.integration.event_pattern import matching
from tests.s3_events import BUCKET, MATCHED, S3_EVENTS

PROJECT = Path(__file__).parents[2]
BUCKET_ARN = "arn:${AWS::Partition}:s3:::${Bucket}"
RAW, RELEASES = f"{BUCKET_ARN}/raw/*", f"{BUCKET_ARN}/releases/*"
# Of every format: a job of the next one publishes before this template is deployed in its version,
# and one of the last format may after it was taken back.
POINTERS = [f"{BUCKET_ARN}/current.json", f"{BUCKET_ARN}/current.*.json"]

# Per role: who takes it, and (effect, actions, resources, condition) of all it may do.
TELL = [
    ("Allow", ["sqs:SendMessage"], ["DeadLetters.Arn"], None),
    ("Allow", ["sns:Publish"], ["AlertsTopicArn"], None),
    (
        "Allow",
        [
            "logs:CreateLogDelivery",
            "logs:DeleteLogDelivery",
            "logs:DescribeLogGroups",
            "logs:DescribeResourcePolicies",
            "logs:GetLogDelivery",
            "logs:ListLogDeliveries",
            "logs:PutResourcePolicy",
            "logs:UpdateLogDelivery",
        ],
        ["*"],
        None,
    ),
    (
        "Allow",
        [
            "xray:GetSamplingRules",
            "xray:GetSamplingTargets",
            "xray:PutTelemetryRecords",
            "xray:PutTraceSegments",
        ],
        ["*"],
        None,
    ),
]
# The rules that Step Functions makes to hear of ends, as its guide names them ("IAM policies for"
# each service), by the integrations that it makes them for.
END_RULES = {
    "ecs:runTask.sync": "StepFunctionsGetEventsForECSTaskRule",
    "emr-serverless:startJobRun.sync": "StepFunctionsGetEventsForEMRServerlessJobRule",
    "states:startExecution.sync": "StepFunctionsGetEventsForStepFunctionsExecutionRule",
    "states:startExecution.sync:2": "StepFunctionsGetEventsForStepFunctionsExecutionRule",
}
HERE = "${AWS::Region}:${AWS::AccountId}"


def definition(name: str) -> Any:
    return json.loads((PROJECT / "infra" / f"{name}.asl.json").read_text())


def ended_by(name: str) -> list[str]:
    """Return the rules that tell a machine of the end of what its definition waits for."""
    called = re.findall(r"arn:[^:]*:states:::([\w:-]+\.sync(?::2)?)", json.dumps(definition(name)))
    return sorted({END_RULES[integration] for integration in called})


PUBLISH: list[Any] = [
    ("Allow", ["s3:GetObject"], [RAW, RELEASES, *POINTERS], None),
    ("Allow", ["s3:PutObject"], [RELEASES, *POINTERS], None),
    ("Allow", ["s3:DeleteObject"], [RELEASES], None),
    (
        "Allow",
        ["s3:ListBucket"],
        [BUCKET_ARN],
        {"StringLikeIfExists": {"s3:prefix": ["raw/*", "releases/*"]}},
    ),
    ("Deny", ["s3:PutObject", "s3:DeleteObject"], [RAW], None),
]
RUNS = f"{BUCKET_ARN}/runs/*"
ROLES: dict[str, tuple[str, list[Any]]] = {
    "JobRole": (
        "lambda",
        [
            ("Allow", ["logs:CreateLogStream", "logs:PutLogEvents"], ["JobLogs.Arn"], None),
            ("Allow", ["xray:PutTraceSegments", "xray:PutTelemetryRecords"], ["*"], None),
            *PUBLISH,
        ],
    ),
    "TaskRole": ("ecs-tasks", [("Allow", ["s3:PutObject"], [RUNS], None), *PUBLISH]),
    "TaskExecutionRole": (
        "ecs-tasks",
        [
            (
                "Allow",
                [
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                ],
                [f"arn:${{AWS::Partition}}:ecr:{HERE}:repository/*"],
                None,
            ),
            ("Allow", ["ecr:GetAuthorizationToken"], ["*"], None),
            ("Allow", ["logs:CreateLogStream", "logs:PutLogEvents"], ["JobLogs.Arn"], None),
        ],
    ),
    "SparkRole": (
        "emr-serverless",
        [
            ("Allow", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], [RUNS], None),
            ("Allow", ["s3:ListBucket"], [BUCKET_ARN], {"StringLike": {"s3:prefix": "runs/*"}}),
            (
                "Allow",
                ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
                ["JobLogs.Arn"],
                None,
            ),
            ("Allow", ["logs:DescribeLogGroups"], ["*"], None),
            *PUBLISH,
        ],
    ),
    "RawFilesRole": ("events", [("Allow", ["states:StartExecution"], ["IntakeMachine"], None)]),
    "NewestBatchRole": (
        "scheduler",
        [
            ("Allow", ["states:StartExecution"], ["IntakeMachine"], None),
            ("Allow", ["sqs:SendMessage"], ["DeadLetters.Arn"], None),
        ],
    ),
    "IntakeRole": (
        "states",
        [
            ("Allow", ["s3:ListBucket"], [BUCKET_ARN], {"StringLike": {"s3:prefix": "raw/*"}}),
            ("Allow", ["lambda:InvokeFunction"], ["JobFunction.Arn"], None),
            ("Allow", ["states:StartExecution"], ["JobMachine"], None),
            *TELL,
        ],
    ),
    "JobMachineRole": (
        "states",
        [
            ("Allow", ["lambda:InvokeFunction"], ["JobFunction.Arn"], None),
            (
                "Allow",
                ["events:PutEvents"],
                [f"arn:${{AWS::Partition}}:events:{HERE}:event-bus/default"],
                {
                    "StringEquals": {
                        "events:source": "cartelera",
                        "events:detail-type": "CatalogPublished",
                    }
                },
            ),
            (
                "Allow",
                ["events:DescribeRule", "events:PutRule", "events:PutTargets"],
                [f"arn:${{AWS::Partition}}:events:{HERE}:rule/{rule}" for rule in ended_by("job")],
                None,
            ),
            *TELL,
            # Where there are tasks.
            ("Allow", ["ecs:RunTask"], ["Task"], None),
            (
                "Allow",
                ["ecs:DescribeTasks", "ecs:StopTask"],
                [f"arn:${{AWS::Partition}}:ecs:{HERE}:task/${{TaskCluster}}/*"],
                None,
            ),
            (
                "Allow",
                ["iam:PassRole"],
                ["TaskRole.Arn", "TaskExecutionRole.Arn"],
                {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}},
            ),
            # Where there is Spark.
            ("Allow", ["emr-serverless:StartJobRun"], ["SparkApplication.Arn"], None),
            (
                "Allow",
                ["emr-serverless:CancelJobRun", "emr-serverless:GetJobRun"],
                ["${SparkApplication.Arn}/jobruns/*"],
                None,
            ),
            (
                "Allow",
                ["iam:PassRole"],
                ["SparkRole.Arn"],
                {"StringEquals": {"iam:PassedToService": "emr-serverless.amazonaws.com"}},
            ),
            # Where there is either.
            ("Allow", ["s3:GetObject"], [RUNS], None),
            (
                "Allow",
                ["s3:ListBucket"],
                [BUCKET_ARN],
                {"StringLikeIfExists": {"s3:prefix": "runs/*"}},
            ),
        ],
    ),
}
ATTACHED = {
    "JobRole": ["Publishing"],
    "TaskRole": ["Publishing"],
    "SparkRole": ["Publishing"],
    "IntakeRole": ["Reporting"],
    "JobMachineRole": ["Reporting"],
}
WITH_TASKS = {"TaskCluster", "Task", "TaskRole", "TaskExecutionRole", "RunningTasks"}
WITH_SPARK = {"SparkApplication", "SparkRole", "RunningOnSpark"}


def resources(kind: str = "") -> dict[str, Any]:
    """Return the stack's resources, or those of a type, by name."""
    everything = expanded("infra/job.yaml")["Resources"]
    return {name: each for name, each in everything.items() if each["Type"].startswith(kind)}


def properties(name: str) -> Any:
    return resources()[name]["Properties"]


def named(value: Any) -> Any:
    """Return what a Ref, GetAtt or Sub names."""
    if not isinstance(value, dict):
        return value
    ((function, argument),) = value.items()
    return ".".join(argument) if function == "Fn::GetAtt" else argument


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def statements(document: Any) -> list[Any]:
    return [
        (
            each["Effect"],
            listed(each["Action"]),
            [named(resource) for resource in listed(each["Resource"])],
            each.get("Condition"),
        )
        for each in document["Statement"]
    ]


# Events


@pytest.fixture(scope="module")
def pattern() -> Any:
    pattern = json.loads(json.dumps(properties("RawFiles")["EventPattern"]))
    assert pattern["detail"]["bucket"]["name"] == [{"Ref": "Bucket"}]
    pattern["detail"]["bucket"]["name"] = [BUCKET]
    return pattern


@pytest.fixture(scope="module")
def matched(pattern: Any) -> set[str]:
    """The names of the events that the rule matches."""
    return matching(pattern, S3_EVENTS)


@pytest.mark.parametrize("name", sorted(S3_EVENTS))
def test_the_rule_is_for_files_under_raw_alone(matched: set[str], name: str) -> None:
    assert (name in matched) == (name in MATCHED)


def test_the_rule_matches_nothing_that_the_job_may_write(pattern: Any) -> None:
    may_write = {
        named(resource).removeprefix(f"{BUCKET_ARN}/")
        for role in ("JobRole", "TaskRole", "SparkRole")
        for effect, actions, allowed, _ in ROLES[role][1]
        if effect == "Allow" and "s3:PutObject" in actions
        for resource in allowed
    }

    assert may_write == {"releases/*", "current.json", "current.*.json", "runs/*"}
    assert pattern["detail"]["object"]["key"] == [{"prefix": "raw/"}]


def test_what_cannot_be_delivered_becomes_a_dead_letter() -> None:
    (target,) = properties("RawFiles")["Targets"]
    scheduled = properties("NewestBatch")["Target"]

    for each in (target, scheduled):
        assert named(each["Arn"]) == "IntakeMachine"
        assert named(each["DeadLetterConfig"]["Arn"]) == "DeadLetters.Arn"
        assert each["RetryPolicy"]["MaximumRetryAttempts"] > 0
    (allowed, denied) = properties("DeadLettersPolicy")["PolicyDocument"]["Statement"]
    assert allowed["Condition"] == {
        "ArnEquals": {"aws:SourceArn": {"Fn::GetAtt": ["RawFiles", "Arn"]}}
    }
    assert (allowed["Action"], allowed["Principal"]) == (
        "sqs:SendMessage",
        {"Service": "events.amazonaws.com"},
    )
    assert (denied["Effect"], denied["Condition"]) == (
        "Deny",
        {"Bool": {"aws:SecureTransport": "false"}},
    )


def test_there_is_a_schedule_only_where_one_is_asked_for() -> None:
    template = expanded("infra/job.yaml")

    assert template["Parameters"]["Schedule"]["Default"] == ""
    assert template["Conditions"]["Scheduled"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "Schedule"}, ""]}]
    }
    assert template["Resources"]["NewestBatch"]["Condition"] == "Scheduled"
    assert json.loads(properties("NewestBatch")["Target"]["Input"]) == {"newest": True}


# Roles


def test_there_are_no_other_roles_and_policies() -> None:
    assert resources("AWS::IAM::Role").keys() == ROLES.keys()
    assert resources("AWS::IAM::").keys() == ROLES.keys() | {
        "Publishing",
        "Reporting",
        "RunningTasks",
        "RunningOnSpark",
        "ReadingResults",
    }
    assert resources("AWS::Lambda::Permission") == {}


@pytest.mark.parametrize("name", ROLES)
def test_a_role_may_do_what_is_listed_and_no_more(name: str) -> None:
    role = properties(name)

    attached = [named(policy) for policy in role.get("ManagedPolicyArns", [])]
    assert attached == ATTACHED.get(name, [])
    attached += [
        policy
        for policy, each in resources("AWS::IAM::Policy").items()
        if {"Ref": name} in each["Properties"]["Roles"]
    ]
    documents = [policy["PolicyDocument"] for policy in role["Policies"]]
    documents += [properties(policy)["PolicyDocument"] for policy in attached]
    assert [each for document in documents for each in statements(document)] == ROLES[name][1]


@pytest.mark.parametrize("name", ROLES)
def test_a_role_is_taken_by_one_service_for_this_account(name: str) -> None:
    service = ROLES[name][0]

    (statement,) = properties(name)["AssumeRolePolicyDocument"]["Statement"]

    assert statement["Principal"] == {"Service": f"{service}.amazonaws.com"}
    assert statement["Action"] == "sts:AssumeRole"
    if service != "lambda":
        condition = {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}
        assert statement["Condition"] == condition


@pytest.mark.parametrize(
    ("resource", "key", "role"),
    [
        ("JobFunction", "Role", "JobRole"),
        ("IntakeMachine", "RoleArn", "IntakeRole"),
        ("JobMachine", "RoleArn", "JobMachineRole"),
    ],
)
def test_each_takes_its_own_role(resource: str, key: str, role: str) -> None:
    assert named(properties(resource)[key]) == f"{role}.Arn"


@pytest.mark.parametrize(("name", "role"), [("intake", "IntakeRole"), ("job", "JobMachineRole")])
def test_a_machine_may_make_the_rules_of_all_its_definition_waits_for_before_it_is_made(
    name: str, role: str
) -> None:
    # Those of the role itself: a policy apart could come after the machine, or never.
    own = [
        allowed
        for policy in properties(role)["Policies"]
        for allowed in statements(policy["PolicyDocument"])
    ]
    assert "Condition" not in resources()[role]

    for rule in ended_by(name):
        (actions,) = (
            actions
            for effect, actions, allowed, condition in own
            if any(resource.endswith(f":rule/{rule}") for resource in allowed)
            and (effect, condition) == ("Allow", None)
        )
        assert set(actions) == {"events:DescribeRule", "events:PutRule", "events:PutTargets"}
    assert bool(ended_by(name)) == (name == "job")


def test_what_a_definition_calls_is_of_the_partition_that_it_runs_in() -> None:
    for name in ("intake", "job"):
        assert set(re.findall(r"arn:[^:]*:", json.dumps(definition(name)))) == {"arn:${Partition}:"}
    for machine in ("IntakeMachine", "JobMachine"):
        given = properties(machine)["DefinitionSubstitutions"]["Partition"]
        assert given == {"Ref": "AWS::Partition"}


# Batches too large for Lambda


def test_there_are_tasks_only_where_there_are_subnets_for_them() -> None:
    template = expanded("infra/job.yaml")

    assert template["Parameters"]["Subnets"]["Default"] == ""
    assert template["Conditions"]["WithTasks"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "Subnets"}, ""]}]
    }
    conditional = {
        name for name, each in resources().items() if each.get("Condition") == "WithTasks"
    }
    assert conditional == WITH_TASKS


def test_there_is_spark_only_where_there_is_an_image_for_it() -> None:
    template = expanded("infra/job.yaml")

    assert template["Parameters"]["SparkImageUri"]["Default"] == ""
    assert template["Conditions"]["WithSpark"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "SparkImageUri"}, ""]}]
    }
    conditional = {
        name for name, each in resources().items() if each.get("Condition") == "WithSpark"
    }
    assert conditional == WITH_SPARK
    application = properties("SparkApplication")
    # As long as it is started neither it nor the stack can be deleted.
    assert application["AutoStopConfiguration"] == {"Enabled": True, "IdleTimeoutMinutes": 1}
    assert application["MaximumCapacity"]


def test_the_machines_of_spark_are_within_what_the_application_may_have() -> None:
    given = named(properties("JobMachine")["DefinitionSubstitutions"]["SparkParameters"])
    most = properties("SparkApplication")["MaximumCapacity"]

    conf = dict(re.findall(r"--conf ([\w.-]+)=(\S+)", given))
    number = {
        name: int(value.removesuffix("g")) for name, value in conf.items() if value[0].isdigit()
    }
    workers = number["spark.dynamicAllocation.maxExecutors"]
    cores = number["spark.driver.cores"] + workers * number["spark.executor.cores"]
    memory = sum(
        count * (number[f"spark.{part}.memory"] + number[f"spark.{part}.memoryOverhead"])
        for part, count in (("driver", 1), ("executor", workers))
    )
    disk = number["spark.emr-serverless.driver.disk"]
    disk += workers * number["spark.emr-serverless.executor.disk"]

    assert cores <= int(most["Cpu"].split()[0])
    assert memory <= int(most["Memory"].split()[0])
    assert disk <= int(most["Disk"].split()[0])


def test_without_spark_no_batch_is_too_large_for_a_task() -> None:
    given = properties("JobMachine")["DefinitionSubstitutions"]["FargateUpTo"]["Fn::If"]
    small = properties("JobMachine")["DefinitionSubstitutions"]["LambdaUpTo"]["Fn::If"][1]

    condition, with_spark, without = given
    assert condition == "WithSpark"
    assert with_spark["Fn::If"][0] == "WithTasks"
    assert int(small) == int(with_spark["Fn::If"][2]) < int(with_spark["Fn::If"][1])
    assert int(without) > 50 * 2**40


def test_without_tasks_every_batch_is_small_enough_for_lambda() -> None:
    given = properties("JobMachine")["DefinitionSubstitutions"]

    condition, with_tasks, without = given["LambdaUpTo"]["Fn::If"]
    assert condition == "WithTasks"
    # S3 holds no object of so many bytes.
    assert int(with_tasks) < 50 * 2**40 < int(without)
    for name in ("Cluster", "TaskDefinition"):
        assert given[name]["Fn::If"][0] == "WithTasks"


def test_the_state_machine_calls_the_container_that_the_task_has() -> None:
    (container,) = properties("Task")["ContainerDefinitions"]
    asked = definition("job")["States"]["Run the job on Fargate"]["Arguments"]

    (override,) = asked["Overrides"]["ContainerOverrides"]
    assert override["Name"] == container["Name"]
    assert container["Image"] == properties("JobFunction")["Code"]["ImageUri"]


def test_a_task_writes_to_its_temporary_folder_alone() -> None:
    (container,) = properties("Task")["ContainerDefinitions"]

    assert container["ReadonlyRootFilesystem"] is True
    assert [mount["ContainerPath"] for mount in container["MountPoints"]] == ["/tmp"]  # noqa: S108


# The function and the state machines


@pytest.mark.parametrize(("machine", "name"), [("IntakeMachine", "intake"), ("JobMachine", "job")])
def test_a_state_machine_is_given_what_its_definition_asks_for(machine: str, name: str) -> None:
    asked = set(re.findall(r"\$\{(\w+)\}", json.dumps(definition(name))))

    given = properties(machine)["DefinitionSubstitutions"]

    assert given.keys() == asked


def test_state_machines_are_logged_and_traced() -> None:
    for machine in resources("AWS::StepFunctions::StateMachine").values():
        assert machine["Properties"]["TracingConfiguration"] == {"Enabled": True}
        assert machine["Properties"]["LoggingConfiguration"]["Level"] == "ALL"


def test_the_job_has_ended_before_the_state_machine_gives_it_up() -> None:
    waits = definition("job")["States"]["Run the job"]["TimeoutSeconds"]

    assert waits > properties("JobFunction")["Timeout"]


def test_every_log_is_kept_for_as_long_as_the_parameter_says() -> None:
    groups = resources("AWS::Logs::LogGroup")

    assert len(groups) == 3
    for group in groups.values():
        assert group["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


# Alarms


@pytest.mark.parametrize(
    ("alarm", "machine"), [("IntakeFailed", "IntakeMachine"), ("JobFailed", "JobMachine")]
)
def test_every_way_an_execution_goes_wrong_is_an_alarm(alarm: str, machine: str) -> None:
    (total, *parts) = properties(alarm)["Metrics"]

    assert {part["MetricStat"]["Metric"]["MetricName"] for part in parts} == {
        "ExecutionsFailed",
        "ExecutionsTimedOut",
        "ExecutionsAborted",
    }
    for part in parts:
        (dimension,) = part["MetricStat"]["Metric"]["Dimensions"]
        assert dimension == {"Name": "StateMachineArn", "Value": {"Ref": machine}}
        assert f"FILL({part['Id']}, 0)" in total["Expression"]
        assert part["ReturnData"] is False


def test_alarms_are_told_to_the_topic() -> None:
    alarms = resources("AWS::CloudWatch::Alarm")

    assert alarms.keys() == {"IntakeFailed", "JobFailed", "DeadLettersWaiting"}
    for alarm in alarms.values():
        assert alarm["Properties"]["AlarmActions"] == [{"Ref": "AlertsTopicArn"}]
        assert alarm["Properties"]["Threshold"] == 0
    assert properties("DeadLettersWaiting")["Dimensions"] == [
        {"Name": "QueueName", "Value": {"Fn::GetAtt": ["DeadLetters", "QueueName"]}}
    ]
