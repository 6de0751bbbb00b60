"""The services that Tasks of a state machine call: moto's, which fail when a test says so.

Error names, causes and text parameters are those of "Integrating services with Step Functions",
https://docs.aws.amazon.com/step-functions/latest/dg/integrate-services.html.
"""

from __future__ import annotations

import json
import re
import threading
from collections import defaultdict, deque
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import boto3
from botocore import xform_name
from botocore.exceptions import ClientError
from botocore.validate import validate_parameters
from sfnx.testing import Failure

from etl.extract.download import survey_batch

if TYPE_CHECKING:
    from collections.abc import Callable

REGION = "eu-south-2"
# What Step Functions sends as text, and writes as JSON where the definition has an object.
TEXT_PARAMETERS = {"Detail", "Input", "Message", "MessageBody", "Payload"}


class Action(NamedTuple):
    """What a Task calls: boto3's service, the API's action, the service as its SDK calls it."""

    service: str
    name: str
    sdk_service: str


ACTIONS = {
    "aws-sdk:s3:getObject": Action("s3", "GetObject", "AmazonS3"),
    "aws-sdk:s3:listObjectsV2": Action("s3", "ListObjectsV2", "AmazonS3"),
    "ecs:runTask.sync": Action("ecs", "RunTask", "AmazonECS"),
    "emr-serverless:startJobRun.sync": Action("emr-serverless", "StartJobRun", "EmrServerless"),
    "events:putEvents": Action("events", "PutEvents", "AmazonEventBridge"),
    "lambda:invoke": Action("lambda", "Invoke", "AWSLambda"),
    "sns:publish": Action("sns", "Publish", "AmazonSNS"),
    "sqs:sendMessage": Action("sqs", "SendMessage", "AmazonSQS"),
    "states:startExecution": Action("stepfunctions", "StartExecution", "AWSStepFunctions"),
}


@dataclass(frozen=True)
class FunctionError:
    """What a Lambda function raised: the class, and the message."""

    error: str
    message: str


@dataclass(frozen=True)
class RemoteRun:
    """The result that a job on another machine leaves, if any, and why it failed, if it did."""

    result: dict[str, Any] | None
    cause: str | None = None


def client_error(code: str, message: str) -> ClientError:
    """Return what boto3 raises when AWS refuses a request."""
    answer: Any = {
        "Error": {"Code": code, "Message": message},
        "ResponseMetadata": {"HTTPStatusCode": 400, "RequestId": "0"},
    }
    return ClientError(answer, "Operation")


@cache
def client(service: str) -> Any:
    """Return boto3's client of a service; moto answers while `mock_aws` is on."""
    session: Any = boto3.Session(region_name=REGION)
    return session.client(service)


class Services:
    """What Tasks have called, and what their calls are to come to.

    Attributes
    ----------
    calls
        (operation, parameters) of every call, in order; the operations are boto3's, but for
        `survey`, a call of the job's function that only asks what it would read.
    outcomes
        By operation, what its next calls come to: an exception, an answer, or a barrier at which
        they wait for each other before they are answered. Without any left, moto answers, and a
        survey is what the job's own code says; Lambda functions otherwise have to be given an
        answer or a `FunctionError`, and jobs on other machines a `RemoteRun`.
    start_execution
        The action of Step Functions, which sets it.
    """

    def __init__(self) -> None:
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.outcomes: defaultdict[str, deque[Any]] = defaultdict(deque)
        self.start_execution: Callable[..., dict[str, str]]
        # moto's own services have no locks.
        self._lock = threading.Lock()

    def called(self, operation: str) -> list[dict[str, Any]]:
        """Return the parameters of an operation's calls."""
        return [parameters for name, parameters in self.calls if name == operation]

    def call(self, resource: str, arguments: dict[str, Any]) -> Any:
        """Do what a Task does.

        Parameters
        ----------
        resource
            The state's `Resource`.
        arguments
            Its `Arguments`, evaluated.

        Returns
        -------
        Any
            The result of the Task, as JSON has it.

        Raises
        ------
        Failure
            When the service refuses the call, or what was called has failed.
        """
        action = ACTIONS[resource.removeprefix("arn:aws:states:::")]
        operation = xform_name(action.name)
        parameters = _as_text(arguments)
        _validate(action, parameters)
        if operation == "invoke" and "survey" in json.loads(parameters.get("Payload", "{}")):
            operation = "survey"
        with self._lock:
            self.calls.append((operation, parameters))
            outcome = self.outcomes[operation].popleft() if self.outcomes[operation] else None
        try:
            answer = self._answer(action.service, operation, parameters, outcome)
        except ClientError as error:
            raise _failure(action, error) from error
        if answer.get("FailedEntryCount"):
            raise Failure("EventBridge.FailedEntry", json.dumps(answer))
        return json.loads(json.dumps(answer, default=_json))

    def _answer(
        self, service: str, operation: str, parameters: dict[str, Any], outcome: Any
    ) -> dict[str, Any]:
        if isinstance(outcome, Exception):
            raise outcome
        if isinstance(outcome, threading.Barrier):
            outcome.wait()
            outcome = None
        if operation == "start_execution":
            return self.start_execution(**parameters)
        if operation == "invoke":
            return _invocation(outcome)
        with self._lock:
            if operation == "survey":
                return _invocation(outcome or survey_of(json.loads(parameters["Payload"])["raw"]))
            if operation in {"run_task", "start_job_run"}:
                return _remote_run(outcome, parameters)
            answer: dict[str, Any] = outcome or getattr(client(service), operation)(**parameters)
            return answer


class _Listed:
    """What obstore gives of a prefix of a bucket in moto, which it cannot reach."""

    def __init__(self, place: str, _: object) -> None:
        self._bucket, _, self._prefix = place.removeprefix("s3://").partition("/")

    def list_with_delimiter(self, folder: str) -> dict[str, Any]:
        prefix = self._prefix + (f"{folder}/" if folder else "")
        listed = client("s3").list_objects_v2(Bucket=self._bucket, Prefix=prefix, Delimiter="/")
        objects = [
            {
                "path": each["Key"].removeprefix(self._prefix).rstrip("/"),
                "size": each["Size"],
                "last_modified": each["LastModified"],
            }
            for each in listed.get("Contents", [])
        ]
        below = [each["Prefix"] for each in listed.get("CommonPrefixes", [])]
        return {
            "objects": objects,
            "common_prefixes": [each.removeprefix(self._prefix).rstrip("/") for each in below],
        }

    def head(self, path: str) -> dict[str, Any]:
        found = client("s3").head_object(Bucket=self._bucket, Key=self._prefix + path)
        return {"e_tag": found["ETag"]}


def survey_of(place: str) -> dict[str, Any]:
    """Return what the job's function says of a place in moto's S3."""
    return {**survey_batch(place, _Listed)}  # type: ignore[arg-type]


def _as_text(arguments: Any) -> Any:
    if isinstance(arguments, dict):
        return {
            name: json.dumps(value)
            if name in TEXT_PARAMETERS and not isinstance(value, str)
            else _as_text(value)
            for name, value in arguments.items()
        }
    return [_as_text(each) for each in arguments] if isinstance(arguments, list) else arguments


def _validate(action: Action, parameters: dict[str, Any]) -> None:
    """Refuse parameters that the action does not have."""
    model = client(action.service).meta.service_model.operation_model(action.name)
    # States spell every name in Pascal case, whatever the API does.
    if next(iter(model.input_shape.members))[0].islower():
        parameters = _in_camel_case(parameters)
    tokens = dict.fromkeys(model.idempotent_members, "token")
    validate_parameters(tokens | parameters, model.input_shape)


def _in_camel_case(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            f"{name[0].lower()}{name[1:]}": _in_camel_case(each) for name, each in value.items()
        }
    return [_in_camel_case(each) for each in value] if isinstance(value, list) else value


def _invocation(outcome: Any) -> dict[str, Any]:
    """Return what Lambda answers; what a function raises fails the Task.

    https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
    """
    assert outcome is not None, "no test has said what the Lambda function comes to"
    if isinstance(outcome, FunctionError):
        payload = {
            "errorMessage": outcome.message,
            "errorType": outcome.error,
            "requestId": "6f2a",
            "stackTrace": ['  File "/var/task/etl/engines/job.py", line 1, in run\n    raise\n'],
        }
        raise Failure(outcome.error, json.dumps(payload, separators=(",", ":")))
    return {"StatusCode": 200, "ExecutedVersion": "$LATEST", "Payload": outcome}


def _remote_run(outcome: Any, parameters: dict[str, Any]) -> dict[str, Any]:
    """Leave a job's result where its command says, and fail as it did."""
    assert isinstance(outcome, RemoteRun), "no test has said what the job comes to"
    command = re.search(r'"--result", "s3://([^/"]+)/([^"]+)"', json.dumps(parameters))
    assert command, parameters
    if outcome.result is not None:
        body = json.dumps(outcome.result).encode()
        client("s3").put_object(Bucket=command[1], Key=command[2], Body=body)
    if outcome.cause:
        raise Failure("States.TaskFailed", outcome.cause)
    return {"LastStatus": "STOPPED"}


def _failure(action: Action, error: ClientError) -> Failure:
    code = error.response["Error"]["Code"]
    # boto3 has a class for each error that an API declares, and one for all others.
    declared = "S3" if type(error) is ClientError else type(error).__name__
    names = {"lambda": code, "s3": f"{declared}Exception", "sqs": "SdkClientException"}
    name = names.get(action.service, f"{code.removesuffix('Exception')}Exception")
    prefix = action.sdk_service.removeprefix("Amazon").removeprefix("AWS")
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    details = f"Service: {action.sdk_service}; Status Code: {status}; Error Code: {code}"
    return Failure(f"{prefix}.{name}", f"{error.response['Error']['Message']} ({details})")


def _json(value: Any) -> str:
    """Return the text of what boto3 gives as an object: a body, or a time."""
    text: str = value.read().decode() if hasattr(value, "read") else value.isoformat()
    return text
