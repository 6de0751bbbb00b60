"""The Amazon States Language, as the tests of the state machines rely on it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ParamValidationError
from moto import mock_aws
from sfnx.testing import Failure

from tests.integration.step_functions import Execution, StepFunctions, evaluate
from tests.integration.task_services import FunctionError, Services, client_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TASK = {
    "Type": "Task",
    "Resource": "arn:aws:states:::lambda:invoke",
    "Arguments": {"FunctionName": "function"},
    "Output": "{% $states.result.Payload %}",
}
A, B = FunctionError("A", "first"), FunctionError("B", "second")
EXISTS = "StepFunctions.ExecutionAlreadyExistsException"


def definition(**states: Any) -> str:
    """Return a state machine that starts with the first of its states."""
    return json.dumps({"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states})


def retrier(*errors: str, **fields: Any) -> dict[str, Any]:
    return {"ErrorEquals": list(errors), "JitterStrategy": "FULL"} | fields


def retrying(*retriers: dict[str, Any]) -> dict[str, Any]:
    return TASK | {"Retry": list(retriers), "End": True}


@pytest.fixture
def services() -> Iterator[Services]:
    with mock_aws():
        yield Services()


@pytest.fixture
def step_functions(services: Services) -> StepFunctions:
    return StepFunctions(services)


@pytest.fixture
def execute(step_functions: StepFunctions) -> Callable[..., Execution]:
    """Run a state machine with the states given."""

    def run(given: Any = None, **states: Any) -> Execution:
        return step_functions.run(step_functions.create("machine", definition(**states)), given)

    return run


# Retry


@pytest.mark.parametrize(
    ("fields", "waits"),
    [
        ({}, [1, 2, 4]),
        ({"MaxAttempts": 2}, [1, 2]),
        ({"IntervalSeconds": 5, "BackoffRate": 3, "MaxAttempts": 4}, [5, 15, 45, 135]),
        ({"IntervalSeconds": 5, "BackoffRate": 3, "MaxDelaySeconds": 20}, [5, 15, 20]),
        ({"BackoffRate": 1}, [1, 1, 1]),
        ({"MaxAttempts": 0}, []),
    ],
)
def test_retries_wait_longer_and_longer_up_to_a_limit(
    services: Services,
    step_functions: StepFunctions,
    execute: Callable[..., Execution],
    fields: dict[str, int],
    waits: list[int],
) -> None:
    services.outcomes["invoke"] += [A] * (len(waits) + 1)

    ended = execute(call=retrying(retrier("States.ALL", **fields)))

    assert (ended.status, ended.error) == ("FAILED", "A")
    assert step_functions.waits == waits


@pytest.mark.parametrize(
    ("retriers", "outcomes", "waits"),
    [
        # Each counts its own attempts.
        (
            [retrier("A", MaxAttempts=2), retrier("States.ALL", IntervalSeconds=10)],
            [A, B, A, B, "done"],
            [1, 10, 2, 20],
        ),
        # A timeout is no failed task.
        (
            [retrier("States.TaskFailed"), retrier("States.Timeout", IntervalSeconds=10)],
            [Failure("States.Timeout"), A, "done"],
            [10, 1],
        ),
        # The first that names an error is the only one that counts.
        ([retrier("A", MaxAttempts=0), retrier("States.ALL")], [A], []),
        ([retrier("A", MaxAttempts=1), retrier("A", MaxAttempts=5)], [A, A], [1]),
    ],
)
def test_the_first_retrier_that_names_an_error_has_the_last_word(
    services: Services,
    step_functions: StepFunctions,
    retriers: list[Any],
    outcomes: list[Any],
    waits: list[int],
) -> None:
    services.outcomes["invoke"] += outcomes
    machine = step_functions.create("machine", definition(call=retrying(*retriers)))

    ended = step_functions.run(machine, {})

    assert ended.status == ("SUCCEEDED" if outcomes[-1] == "done" else "FAILED")
    assert step_functions.waits == waits


def test_a_state_that_is_entered_again_counts_its_retries_anew(
    services: Services, step_functions: StepFunctions, execute: Callable[..., Execution]
) -> None:
    services.outcomes["invoke"] += [A, A, "first", B, A, "first", "second"]

    ended = execute(
        first=TASK | {"Retry": [retrier("A")], "Next": "second"},
        second=TASK | {"Catch": [{"ErrorEquals": ["B"], "Next": "first"}], "End": True},
    )

    assert ended.output == "second"
    assert step_functions.waits == [1, 2, 1]


def test_retries_without_jitter_are_an_error(
    services: Services, execute: Callable[..., Execution]
) -> None:
    services.outcomes["invoke"] += [A, "done"]

    with pytest.raises(AssertionError, match="jitter"):
        execute(call=retrying({"ErrorEquals": ["A"]}))


def test_what_wait_states_wait_for_is_noted_among_the_retries(
    services: Services, step_functions: StepFunctions, execute: Callable[..., Execution]
) -> None:
    services.outcomes["invoke"] += [A, "done", A, "done"]

    execute(
        call=TASK | {"Retry": [retrier("A")], "Next": "wait"},
        wait={"Type": "Wait", "Seconds": "{% 30 + 1 %}", "Next": "again"},
        again=retrying(retrier("A")),
    )

    assert step_functions.waits == [1, 31, 1]


# Catch, Assign, Output, Choice, Fail


def test_the_first_catcher_of_an_error_catches_what_retries_have_not_mended(
    services: Services, step_functions: StepFunctions, execute: Callable[..., Execution]
) -> None:
    services.outcomes["invoke"] += [A, A]
    catch = [
        {"ErrorEquals": ["B"], "Next": "other"},
        {"ErrorEquals": ["A"], "Next": "caught"},
        {"ErrorEquals": ["States.ALL"], "Next": "other"},
    ]

    ended = execute(
        call=retrying(retrier("A", MaxAttempts=1)) | {"Catch": catch},
        caught={"Type": "Succeed"},
        other={"Type": "Fail"},
    )

    assert ended.output["Error"] == "A"
    assert json.loads(ended.output["Cause"])["errorMessage"] == "first"
    assert step_functions.waits == [1]


def test_a_catcher_assigns_and_returns_what_it_says_itself(
    services: Services, execute: Callable[..., Execution]
) -> None:
    services.outcomes["invoke"].append(A)
    catcher = {
        "ErrorEquals": ["States.ALL"],
        "Assign": {"seen": "{% $states.errorOutput.Error %}"},
        "Output": {"given": "{% $states.input %}"},
        "Next": "end",
    }

    ended = execute(
        "input",
        start={"Type": "Pass", "Assign": {"seen": "none", "kept": 1}, "Next": "call"},
        call=TASK | {"Assign": {"kept": 2}, "Catch": [catcher], "Next": "end"},
        end={"Type": "Succeed", "Output": "{% [$states.input, $seen, $kept] %}"},
    )

    assert ended.output == [{"given": "input"}, "A", 1]


def test_assign_and_output_read_the_variables_from_before_the_state(
    execute: Callable[..., Execution],
) -> None:
    swap = {"one": "{% $two %}", "two": "{% $one %}"}

    ended = execute(
        start={"Type": "Pass", "Assign": {"one": 1, "two": 2}, "Next": "swap"},
        swap={"Type": "Pass", "Assign": swap, "Output": "{% $one %}", "Next": "end"},
        end={"Type": "Succeed", "Output": "{% [$states.input, $one, $two] %}"},
    )

    assert ended.output == [1, 2, 1]


@pytest.mark.parametrize(("given", "error"), [(1, "E1"), (2, None)])
def test_a_choice_without_a_match_takes_its_default(
    execute: Callable[..., Execution], given: int, error: str | None
) -> None:
    more = {"Condition": "{% $states.input > 1 %}", "Next": "end"}

    ended = execute(
        given,
        choose={"Type": "Choice", "Choices": [more], "Default": "fail"},
        end={"Type": "Succeed"},
        fail={"Type": "Fail", "Error": "{% 'E' & $states.input %}", "Cause": "too few"},
    )

    assert (ended.error, ended.cause) == (error, error and "too few")
    assert ended.output == (None if error else given)


@pytest.mark.parametrize(
    ("expression", "result"),
    [
        ("$hash('any', 'SHA-1')", "c5fe0200d1c7a5139bd18fd22268c4ca8bf45e90"),
        ("$parse('[1, null]')", [1, None]),
        ("$states.input.films[size > 1].name", "credits"),
        ("[$states.input.films[size > 9].name]", []),
    ],
)
def test_expressions_know_what_step_functions_adds(expression: str, result: Any) -> None:
    films = [{"name": "movies", "size": 1}, {"name": "credits", "size": 2}]

    assert evaluate(expression, {"films": films}) == result


# What is refused


@pytest.mark.parametrize(
    "state",
    [
        TASK | {"End": True, "Retries": []},
        TASK | {"End": True, "ResultPath": "$.result"},
        retrying(retrier("A", Interval=1)),
        TASK | {"End": True, "Catch": [{"ErrorEquals": ["A"], "Next": "nowhere"}]},
        TASK | {"End": True, "Output": "{% $states.errorOutput %}"},
        TASK | {"Next": "nowhere"},
        {"Type": "Choose", "Default": "call"},
        {"Type": "Pass", "Output": "{% ( %}", "End": True},
    ],
)
def test_a_definition_that_step_functions_would_refuse_does_not_run(
    services: Services, execute: Callable[..., Execution], state: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="call"):
        execute(call=state)

    assert services.calls == []


@pytest.mark.parametrize(
    ("resource", "arguments", "refusal"),
    [
        ("lambda:invoke", {"FunctionName": "function"}, AssertionError),
        ("lambda:invoke.waitForTaskToken", {"FunctionName": "function"}, KeyError),
        ("lambda:invoke", {"Function": "function"}, ParamValidationError),
        ("ecs:runTask.sync", {"TaskDefinition": "job", "Overides": {}}, ParamValidationError),
        ("sqs:sendMessage", {"QueueUrl": "queue"}, ParamValidationError),
    ],
)
def test_a_call_that_no_service_answers_is_not_caught(
    execute: Callable[..., Execution], resource: str, arguments: dict[str, Any], refusal: type
) -> None:
    call = TASK | {"Resource": f"arn:aws:states:::{resource}", "Arguments": arguments}
    catch = [{"ErrorEquals": ["States.ALL"], "Next": "end"}]

    with pytest.raises(refusal):
        execute(call=call | {"Catch": catch, "Next": "end"}, end={"Type": "Succeed"})


@pytest.mark.parametrize(
    ("resource", "arguments", "error"),
    [
        ("lambda:invoke", {"FunctionName": "function"}, "Lambda.Any"),
        ("aws-sdk:s3:getObject", {"Bucket": "bucket", "Key": "key"}, "S3.S3Exception"),
        ("sns:publish", {"Message": "text"}, "SNS.AnyException"),
        ("sqs:sendMessage", {"QueueUrl": "url", "MessageBody": {}}, "SQS.SdkClientException"),
    ],
)
def test_a_refusal_is_named_after_its_service(
    services: Services, resource: str, arguments: dict[str, Any], error: str
) -> None:
    for operation in ("invoke", "get_object", "publish", "send_message"):
        services.outcomes[operation].append(client_error("Any", "refused"))

    with pytest.raises(Failure) as failure:
        services.call(f"arn:aws:states:::{resource}", arguments)

    assert failure.value.error == error
    assert failure.value.cause.startswith("refused (Service: A")


def test_an_error_that_s3_declares_has_its_name(services: Services) -> None:
    with pytest.raises(Failure) as failure:
        services.call("arn:aws:states:::aws-sdk:s3:listObjectsV2", {"Bucket": "none"})

    assert failure.value.error == "S3.NoSuchBucketException"


# Executions


def start(name: str, state_machine: str, **state: Any) -> dict[str, Any]:
    """Return a state that starts an execution of a name with the input that it has itself."""
    arguments = {"StateMachineArn": state_machine, "Name": name, "Input": "{% $states.input %}"}
    resource = "arn:aws:states:::states:startExecution"
    return {"Type": "Task", "Resource": resource, "Arguments": arguments} | state


def test_one_execution_of_a_name_is_started(step_functions: StepFunctions) -> None:
    child = step_functions.create("child", definition(end={"Type": "Succeed"}))
    parents = {
        name: step_functions.create(name, definition(start=start(name, child, End=True)))
        for name in ("one", "two")
    }

    first, again, other = (
        step_functions.run(parents[name], given)
        for name, given in (("one", 1), ("one", 1), ("two", 2))
    )

    assert again.error == EXISTS
    executions = step_functions.executions(child)
    assert [execution.input for execution in executions] == [1, 2]
    assert [first.output, other.output] == [{"ExecutionArn": each.arn} for each in executions]


@pytest.mark.parametrize(("more", "error"), [(0, None), (1, EXISTS)])
def test_a_running_execution_is_not_started_again_and_is_given_to_who_has_its_input(
    services: Services, step_functions: StepFunctions, more: int, error: str | None
) -> None:
    child = step_functions.create("child", "")
    # It starts itself while it runs.
    states = {
        "add": {"Type": "Pass", "Output": f"{{% $states.input + {more} %}}", "Next": "again"},
        "again": start("one", child, End=True),
    }
    step_functions.create("child", definition(**states))
    parent = step_functions.create("parent", definition(start=start("one", child, End=True)))

    ended = step_functions.run(parent, 1)

    assert ended.status == "SUCCEEDED"
    (execution,) = step_functions.executions(child)
    assert execution.error == error
    assert len(services.called("start_execution")) == 2


def test_an_execution_knows_its_name_and_arn(execute: Callable[..., Execution]) -> None:
    output = "{% [$states.context.Execution.Name, $states.context.Execution.Id] %}"

    first, second = (execute(end={"Type": "Succeed", "Output": output}) for _ in range(2))

    for ended in (first, second):
        assert ended.output == [ended.arn.rpartition(":")[2], ended.arn]
    assert first.arn != second.arn
