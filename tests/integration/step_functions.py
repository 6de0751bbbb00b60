"""State machines run by moto's executor, on clouds that fail when a test says so.

moto counts a Lambda function that raises as one that succeeded, has no `$hash`, and asks a JVM
for every expression. So the services are called through clients of this module, which answer
what a test has put down for them and pass everything else on to moto, and expressions are
evaluated by jsonata-python. Waits are noted down and not waited for.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import threading
import time
from collections import defaultdict, deque
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache, partial
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import boto3
from botocore.exceptions import ClientError
from jsonata import Jsonata
from moto import mock_aws
from moto.stepfunctions.parser.api import HistoryEventType, TaskFailedEventDetails
from moto.stepfunctions.parser.asl.component.common.error_name.failure_event import (
    FailureEvent,
    FailureEventException,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name import (
    StatesErrorName,
)
from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import (
    StatesErrorNameType,
)
from moto.stepfunctions.parser.asl.component.common.retry import (
    jitter_strategy_decl,
    retrier_decl,
)
from moto.stepfunctions.parser.asl.component.intrinsic import jsonata as intrinsics
from moto.stepfunctions.parser.asl.component.state.exec.state_task import lambda_eval_utils
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk,
    state_task_service_ecs,
    state_task_service_events,
    state_task_service_sfn,
    state_task_service_sns,
    state_task_service_sqs,
    state_task_service_unsupported,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.resource import (
    ResourceCondition,
)
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import (
    WaitFunction,
)
from moto.stepfunctions.parser.asl.eval.event.event_detail import EventDetails
from moto.stepfunctions.parser.asl.jsonata import jsonata

if TYPE_CHECKING:
    from collections.abc import Iterator

REGION = "eu-south-2"
ROLE = "arn:aws:iam::123456789012:role/any"
PATIENCE_SECONDS = 30
# Where moto's states get their clients from.
CLIENT_USERS = (
    lambda_eval_utils,
    state_task_service_aws_sdk,
    state_task_service_ecs,
    state_task_service_events,
    state_task_service_sfn,
    state_task_service_sns,
    state_task_service_sqs,
    state_task_service_unsupported,
)
# What states start elsewhere and wait for.
RUNS = {"run_task", "start_job_run"}


@dataclass(frozen=True)
class Raised:
    """What a Lambda function raised: the class, and the message."""

    error: str
    message: str


@dataclass(frozen=True)
class Ran:
    """What a task on another machine leaves as its result, if anything, and why it failed."""

    result: dict[str, Any] | None
    cause: str | None = None


@dataclass(frozen=True)
class Ended:
    """How an execution ended; `output` is what it returned, None when it failed."""

    arn: str
    status: str
    output: Any
    error: str | None
    cause: str | None


def refused(code: str, message: str) -> ClientError:
    """What boto3 raises when AWS refuses a request."""
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": 400, "RequestId": "0"},
    }
    return ClientError(answer, "Operation")


def evaluate(expression: str) -> Any:
    """Evaluate JSONata, with what Step Functions adds to it."""
    program = Jsonata(expression)
    program.register_lambda("hash", _hash)
    program.register_lambda("parse", json.loads)
    # Through JSON, as in Step Functions: sequences become plain lists.
    return json.loads(json.dumps(program.evaluate(None)))


def _hash(value: str, algorithm: str) -> str:
    return hashlib.new(algorithm.replace("-", ""), value.encode()).hexdigest()


class Cloud:
    """moto's services, what was asked of them, and what they are to answer.

    Attributes
    ----------
    calls
        (operation, parameters) of every call that a state made, in order.
    outcomes
        By operation, what its next calls come to: an exception or `Raised`, an answer, or None
        for moto's. Without any left, moto answers; Lambda functions, and tasks on other
        machines (`Ran`), have to be given theirs.
    waits
        How long retries, at most, and states that wait would have waited, in seconds.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.outcomes: defaultdict[str, deque[Any]] = defaultdict(deque)
        self.waits: list[float] = []
        self._unjittered: list[float] = []
        self._cause: str | None = None
        # moto checks a name and starts an execution of it in two steps, Step Functions in one.
        self._lock = threading.Lock()
        self._clients = _clients()

    def client(self, service: str) -> Any:
        """Return moto's own client, for tests to prepare things and look at them."""
        return self._clients[service]

    def called(self, operation: str) -> list[dict[str, Any]]:
        """Return the parameters of an operation's calls."""
        return [parameters for name, parameters in self.calls if name == operation]

    def create(self, name: str, definition: str) -> str:
        """Create a state machine; return its ARN."""
        created = self.client("stepfunctions").create_state_machine(
            name=name, definition=definition, roleArn=ROLE
        )
        return str(created["stateMachineArn"])

    def start(self, machine: str, given: Any) -> str:
        """Start an execution; return its ARN."""
        with self._lock:
            name = f"test-{len(self.executions(machine))}"
            started = self.client("stepfunctions").start_execution(
                stateMachineArn=machine, name=name, input=json.dumps(given)
            )
        return str(started["executionArn"])

    def executions(self, machine: str) -> list[str]:
        """Return the ARNs of a state machine's executions."""
        listed = self.client("stepfunctions").list_executions(stateMachineArn=machine)
        return [execution["executionArn"] for execution in listed["executions"]]

    def ended(self, execution: str) -> Ended:
        """Wait for the end of an execution."""
        give_up = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up:
            told = self.client("stepfunctions").describe_execution(executionArn=execution)
            if told["status"] != "RUNNING":
                output = json.loads(told["output"]) if "output" in told else None
                return Ended(
                    execution, told["status"], output, told.get("error"), told.get("cause")
                )
            time.sleep(0.01)
        raise AssertionError(f"{execution} does not come to an end")

    def run(self, machine: str, given: Any) -> Ended:
        """Start an execution, and wait for its end."""
        return self.ended(self.start(machine, given))

    def settle(self) -> None:
        """Wait for what is still running, or it would go on in the next test's cloud."""
        machines = self.client("stepfunctions").list_state_machines()["stateMachines"]
        # In the order of their making, reversed: those that start others first.
        for machine in reversed(machines):
            for execution in self.executions(machine["stateMachineArn"]):
                self.ended(execution)

    def call(self, service: str, operation: str, **parameters: Any) -> Any:
        """Answer a state's call."""
        with self._lock:
            self.calls.append((operation, parameters))
            outcome = self.outcomes[operation].popleft() if self.outcomes[operation] else None
            if isinstance(outcome, Exception):
                raise outcome
            if operation == "invoke":
                return _invocation(outcome)
            if operation in RUNS:
                return self._run(outcome, parameters)
            if operation == "describe_tasks":
                return _tasks()
            if operation == "start_execution":
                return self._started(**parameters)
            answer = outcome or getattr(self._clients[service], operation)(**parameters)
            if operation == "get_object":
                # Before moto does, which leaves nothing of it for expressions.
                answer["Body"] = answer["Body"].read().decode()
            return answer

    def _started(self, **parameters: str) -> dict[str, str]:
        """Start an execution for a state, which spells things otherwise than boto3 does."""
        given = {f"{name[0].lower()}{name[1:]}": value for name, value in parameters.items()}
        started = self.client("stepfunctions").start_execution(**given)
        return {"ExecutionArn": started["executionArn"]}

    def _run(self, outcome: Any, parameters: dict[str, Any]) -> dict[str, Any]:
        """Leave the result of a task where its command says."""
        assert isinstance(outcome, Ran), "no test has said what the task comes to"
        self._cause = outcome.cause
        if outcome.result is not None:
            bucket, _, key = _result_of(parameters).removeprefix("s3://").partition("/")
            body = json.dumps(outcome.result).encode()
            self._clients["s3"].put_object(Bucket=bucket, Key=key, Body=body)
        return _tasks()

    def resolver(self, *_: Any, env: Any, **__: Any) -> Any:
        """Stand in for what moto waits for a task with, which knows no failures."""
        env.stack.pop()
        if not self._cause:
            return lambda: {"LastStatus": "STOPPED"}
        failed = FailureEvent(
            env=env,
            error_name=StatesErrorName(StatesErrorNameType.StatesTaskFailed),
            event_type=HistoryEventType.TaskFailed,
            event_details=EventDetails(  # type: ignore[typeddict-item]
                taskFailedEventDetails=TaskFailedEventDetails(
                    error=StatesErrorNameType.StatesTaskFailed.to_name(), cause=self._cause
                )
            ),
        )
        raise FailureEventException(failed)

    def client_for(self, *, service: str, **_: Any) -> Any:
        """Stand in for moto's function of this name."""
        return _Client(self, service)

    def jitter(self, lowest: float, highest: float) -> float:
        """Stand in for `random.uniform`: the longest wait that may come of it."""
        assert lowest == 0
        self._unjittered.append(highest)
        return highest

    def wait(self, wait_seconds: float, **_: object) -> None:
        """Stand in for a Wait state's waiting."""
        self.waits.append(wait_seconds)

    def sleep(self, seconds: float) -> None:
        """Stand in for `time.sleep`; a retry that knows no jitter fails its execution."""
        assert seconds == self._unjittered.pop()
        self.waits.append(seconds)


@cache
def _clients() -> dict[str, Any]:
    services = ("events", "s3", "sns", "sqs", "stepfunctions")
    session: Any = boto3.Session(region_name=REGION)
    return {service: session.client(service) for service in services}


def _tasks() -> dict[str, Any]:
    """Return what ECS answers, spelt as states do: moto forgets to."""
    return {"Tasks": [{"TaskArn": "task", "ClusterArn": "cluster", "LastStatus": "STOPPED"}]}


def _result_of(parameters: dict[str, Any]) -> str:
    """Return where a task was told to leave its result."""
    text = json.dumps(parameters)
    arguments = re.search(r'"--result", "([^"]+)"', text)
    assert arguments, text
    return arguments[1]


class _Client:
    """A boto3 client as far as states know it."""

    def __init__(self, cloud: Cloud, service: str) -> None:
        self._cloud = cloud
        self._service = service

    def __getattr__(self, operation: str) -> Any:
        return partial(self._cloud.call, self._service, operation)


def _invocation(outcome: Any) -> dict[str, Any]:
    """Return what Lambda answers; a function that raised is told of as AWS tells."""
    assert outcome is not None, "no test has said what the Lambda function comes to"
    answer: dict[str, Any] = {"StatusCode": 200, "ExecutedVersion": "$LATEST"}
    if isinstance(outcome, Raised):
        answer["FunctionError"] = "Unhandled"
        outcome = {
            "errorMessage": outcome.message,
            "errorType": outcome.error,
            "requestId": "6f2a",
            "stackTrace": ['  File "/var/task/etl/handler.py", line 1, in handler\n    raise\n'],
        }
    return answer | {"Payload": io.BytesIO(json.dumps(outcome).encode())}


@contextmanager
def cloud() -> Iterator[Cloud]:
    """moto with an executor of state machines, for as long as the block runs."""
    with ExitStack() as stack:
        stack.enter_context(
            mock_aws(config={"stepfunctions": {"execute_state_machine": True}})  # type: ignore[call-overload,unused-ignore]
        )
        cloud = Cloud()
        for module in CLIENT_USERS:
            stack.enter_context(patch.object(module, "boto_client_for", cloud.client_for))
        for module, name, stand_in in (
            (jsonata, "_eval_jsonata", evaluate),
            (retrier_decl, "time", SimpleNamespace(sleep=cloud.sleep)),
            (jitter_strategy_decl, "random", SimpleNamespace(uniform=cloud.jitter)),
        ):
            stack.enter_context(patch.object(module, name, stand_in))
        stack.enter_context(
            patch.object(
                state_task_service_ecs.StateTaskServiceEcs,
                "_build_sync_resolver",
                staticmethod(cloud.resolver),
            )
        )
        stack.enter_context(
            patch.object(
                state_task_service_unsupported.StateTaskServiceUnsupported,
                "_build_sync_resolver",
                staticmethod(cloud.resolver),
            )
        )
        patterns: set[Any] = state_task_service_unsupported._SUPPORTED_INTEGRATION_PATTERNS  # noqa: SLF001
        patterns.add(ResourceCondition.Sync)
        stack.callback(patterns.discard, ResourceCondition.Sync)
        stack.enter_context(patch.object(WaitFunction, "_wait_interval", staticmethod(cloud.wait)))
        names = state_task_service_aws_sdk._SERVICE_ERROR_NAMES  # noqa: SLF001
        stack.enter_context(patch.dict(names, {"s3": "S3"}))
        own = {"$hash": "", "$parse": ""}
        stack.enter_context(patch.dict(intrinsics._DECLARATION_BY_VARIABLE_REFERENCE, own))  # noqa: SLF001
        stack.callback(cloud.settle)
        yield cloud
