"""Stacks side by side and in any partition, and what a stack needs and leaves."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.expanded import PROJECT, expanded

if TYPE_CHECKING:
    from collections.abc import Iterator

TEMPLATES = (
    "template.yaml",
    *sorted(f"infra/{path.name}" for path in PROJECT.glob("infra/*.yaml")),
)
# What must be one's own in an account and region, where it is given a name at all.
NAMES = {
    *("AlarmName", "ClusterName", "DashboardName", "Family", "FunctionName", "GroupName"),
    *("LayerName", "LogGroupName", "ManagedPolicyName", "Name", "QueueName", "RepositoryName"),
    *("RoleName", "StateMachineName", "TopicName", "UsagePlanName"),
}
# Of the name of the stack itself, or of the one that nests it.
OF_THE_STACK = re.compile(r"\$\{(AWS::)?StackName\}|\"Ref\": \"(AWS::)?StackName\"")


def resources(*kinds: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the resources of all templates, or those of some types, each with its name."""
    for template in TEMPLATES:
        for name, resource in expanded(template)["Resources"].items():
            if not kinds or resource["Type"] in kinds:
                yield f"{template} {name}", resource


@pytest.fixture(scope="module")
def stack() -> dict[str, Any]:
    found: dict[str, Any] = expanded("template.yaml")["Resources"]
    return found


def test_two_stacks_of_one_stage_have_no_name_in_common() -> None:
    given = {
        f"{name} {key}": json.dumps(value)
        for name, resource in resources()
        for key, value in resource.get("Properties", {}).items()
        # An alias is called `live` within its function; permissions name what they are for.
        if key in NAMES
        and resource["Type"].partition("::Lambda::")[2] not in {"Alias", "Permission"}
    }
    others = {
        name: value
        for name, value in given.items()
        if not OF_THE_STACK.search(value) and '"Ref": ' not in value and "Fn::GetAtt" not in value
    }

    assert len(given) > len(others)
    assert others == {}


def test_two_stacks_of_one_stage_count_apart() -> None:
    for name, resource in resources("AWS::Lambda::Function"):
        variables = resource["Properties"]["Environment"]["Variables"]
        if variables["POWERTOOLS_SERVICE_NAME"] == "cartelera":
            assert "StackName" in json.dumps(variables["CARTELERA_STACK"]), name
    for name, resource in resources("AWS::CloudWatch::Alarm"):
        watched = json.dumps(resource["Properties"])
        if '"Namespace": "Cartelera"' in watched:
            assert '{"Name": "stack", "Value": {"Ref": "StackName"}}' in watched, name


def test_no_arn_is_of_one_partition_alone() -> None:
    for path in [PROJECT / "template.yaml", *PROJECT.glob("infra/*.yaml")]:
        assert "arn:aws" not in path.read_text(), path


def test_what_outlives_the_stack_does_not_outlive_a_stack_that_never_was() -> None:
    kept = {
        name: resource["DeletionPolicy"]
        for name, resource in resources()
        if resource.get("DeletionPolicy", "Delete") != "Delete"
        # A function takes its versions with it.
        and resource["Type"] != "AWS::Lambda::Version"
    }

    assert kept == dict.fromkeys(
        [
            "template.yaml ReleasesBucket",
            "template.yaml AccountLoggingRole",
            "template.yaml AccountLoggingSettings",
        ],
        "RetainExceptOnCreate",
    )


def test_the_stage_that_logs_waits_for_the_role_that_the_account_logs_by(
    stack: dict[str, Any],
) -> None:
    (stage,) = (each for each in stack.values() if each["Type"] == "AWS::ApiGateway::Stage")
    destination = stage["Properties"]["AccessLogSetting"]["DestinationArn"]
    (tag,) = stack["AccessLogs"]["Properties"]["Tags"]
    role = stack["AccountLoggingSettings"]["Properties"]["CloudWatchRoleArn"]

    assert destination == {"Fn::GetAtt": ["AccessLogs", "Arn"]}
    assert tag["Value"]["Fn::If"][:2] == ["WithAccountLogging", {"Ref": "AccountLoggingSettings"}]
    assert role == {"Fn::GetAtt": ["AccountLoggingRole", "Arn"]}


def test_api_gateway_may_take_its_role_whatever_it_says_of_the_account(
    stack: dict[str, Any],
) -> None:
    role = stack["AccountLoggingRole"]["Properties"]["AssumeRolePolicyDocument"]

    assert role["Statement"] == [
        {
            "Effect": "Allow",
            "Principal": {"Service": "apigateway.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ]


def test_the_topic_may_leave_what_it_could_not_deliver(stack: dict[str, Any]) -> None:
    policy = stack["FailedInvocationsPolicy"]["Properties"]
    (allowed, denied) = policy["PolicyDocument"]["Statement"]
    left = stack["AlertsByEmail"]["Properties"]["RedrivePolicy"]["deadLetterTargetArn"]

    assert policy["Queues"] == [{"Ref": "FailedInvocations"}]
    assert left == allowed["Resource"] == {"Fn::GetAtt": ["FailedInvocations", "Arn"]}
    assert allowed["Principal"] == {"Service": "sns.amazonaws.com"}
    assert allowed["Condition"] == {"ArnEquals": {"aws:SourceArn": {"Ref": "Alerts"}}}
    assert denied["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_no_rule_removes_the_image_that_is_in_use(stack: dict[str, Any]) -> None:
    assert "LifecyclePolicy" not in stack["JobRepository"]["Properties"]


def test_s3_is_where_the_parameter_says_and_else_aws_own() -> None:
    template = expanded("template.yaml")
    where = {
        "Fn::If": [
            "WithS3Endpoint",
            {"Ref": "S3Endpoint"},
            {"Fn::Sub": "https://s3.${AWS::Region}.${AWS::URLSuffix}"},
        ]
    }

    assert template["Parameters"]["S3Endpoint"]["Default"] == ""
    for name in ("Bulk", "Job"):
        assert template["Resources"][name]["Properties"]["Parameters"]["S3Endpoint"] == where
    for name, resource in resources("AWS::Lambda::Function"):
        variables = resource["Properties"]["Environment"]["Variables"]
        asked = variables["AWS_ENDPOINT_URL_S3"]
        assert asked == (where if name.startswith("template.yaml") else {"Ref": "S3Endpoint"})


def test_every_queue_is_encrypted() -> None:
    # `.checkov.yaml` leaves this to us: checkov does not know SQS's own key.
    queues = dict(resources("AWS::SQS::Queue"))

    assert queues
    for name, queue in queues.items():
        assert queue["Properties"]["SqsManagedSseEnabled"] is True, name
