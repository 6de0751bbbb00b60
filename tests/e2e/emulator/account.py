"""An AWS account on this machine: what commands and clients are given, and what lies in it."""

from __future__ import annotations

import hashlib
import os
import re
import socket
import subprocess
import time
from contextlib import closing, contextmanager, suppress
from http.client import HTTPConnection
from typing import TYPE_CHECKING, Any, NamedTuple

import pexpect
from boto3 import Session

from infra.local import PROJECT
from infra.local.functions import without_aws
from tests.callers import over_http

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from tests.callers import Answer, Caller

PYTHON = PROJECT / ".venv-emulator" / "bin" / "python"
SHIM = PROJECT / "tests" / "e2e" / "emulator" / "shim.py"
REGION = "us-east-1"
# In a network of its own every port is free.
_PORT = 4566
_START_SECONDS = 60
_COMMAND_SECONDS = 300
_ANSWER_SECONDS = 60
_POLL_SECONDS = 0.2
# "Parameter Stage [dev]: ", once the styles are out; it waits for an answer.
_QUESTION = re.compile(r"([^\r\n\t]+?) \[([^\[\]\r\n]*)\]: $")
_STYLE = re.compile(r"\x1b\[[0-9;]*m")
_YES_OR_NO = ("Y/n", "y/N")


class Conversation(NamedTuple):
    """What a command asked, and everything it said; `questions` are without their defaults."""

    exit_code: int
    questions: Sequence[str]
    said: str


class Account:
    """An account, empty at first.

    Attributes
    ----------
    variables
        The environment variables that lead to it.
    environment
        What commands are run with: those, and nothing that leads to Docker or to an index.
    """

    def __init__(self, folder: Path) -> None:
        self.variables = {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{_PORT}",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
        }
        self.environment = {
            **without_aws(os.environ),
            **self.variables,
            "DOCKER_HOST": f"unix://{folder}/no-docker",
            "UV_OFFLINE": "1",
            "SAM_CLI_TELEMETRY": "0",
        }
        self._session = Session("test", "test", region_name=REGION)

    def client(self, service: str) -> Any:
        """Return a client of one of its services."""
        make: Any = self._session.client
        return make(service, endpoint_url=self.variables["AWS_ENDPOINT_URL"])

    def run(self, *command: str | Path, folder: Path = PROJECT, typed: str = "") -> str:
        """Run a command to its end and return what it said; it must succeed."""
        done = subprocess.run(  # noqa: S603 (the commands are ours)
            command,
            cwd=folder,
            env=self.environment,
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_COMMAND_SECONDS,
        )
        assert done.returncode == 0, done.stdout
        return done.stdout

    def talk(
        self, *command: str, answers: Mapping[str, str], folder: Path = PROJECT
    ) -> Conversation:
        """Run a command at a terminal, and answer whatever it asks.

        Parameters
        ----------
        command
            The program and its arguments.
        answers
            What to type, by a part of the question. To others it is yes, or the default.
        folder
            Where the command runs.
        """
        program, *arguments = command
        environment: Any = self.environment
        child: Any = pexpect.spawn(
            program,
            arguments,
            cwd=folder,
            env=environment,
            timeout=_COMMAND_SECONDS,
            encoding="utf-8",
            dimensions=(50, 160),
        )
        questions, said = [], ""
        while child.expect([_QUESTION, pexpect.EOF]) == 0:
            asked, default = (_STYLE.sub("", each) for each in child.match.groups())
            questions.append(asked.strip())
            said += child.before + child.after
            yes = "y" if default in _YES_OR_NO else ""
            child.sendline(next((each for key, each in answers.items() if key in asked), yes))
        child.close()
        said = _STYLE.sub("", said + child.before)
        return Conversation(child.exitstatus, questions, said)

    def stack(self, name: str) -> dict[str, Any]:
        """Describe a stack."""
        (found,) = self.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
        described: dict[str, Any] = found
        return described

    def output(self, stack: str, key: str) -> str | None:
        """Return one of a stack's outputs; None when it has none of that name."""
        outputs = {each["OutputKey"]: each["OutputValue"] for each in self.stack(stack)["Outputs"]}
        return outputs.get(key)

    def template(self, stack: str) -> str:
        """Return the template that a stack was given; its code lies in the account."""
        answer = self.client("cloudformation").get_template(
            StackName=stack, TemplateStage="Original"
        )
        template: str = answer["TemplateBody"]
        return template

    def create(self, stack: str, template: str, **parameters: str) -> str:
        """Create a stack and return the status it ends with."""
        self.client("cloudformation").create_stack(
            StackName=stack, **self._request(template), Parameters=_given(parameters)
        )
        return self._wait(stack)

    def update(self, stack: str, template: str | None = None, **parameters: str) -> str:
        """Update a stack and return the status it ends with; what is not given stays."""
        kept = {
            each["ParameterKey"] for each in self.stack(stack)["Parameters"]
        } - parameters.keys()
        self.client("cloudformation").update_stack(
            StackName=stack,
            **self._request(template or self.template(stack)),
            Parameters=[
                *_given(parameters),
                *({"ParameterKey": key, "UsePreviousValue": True} for key in kept),
            ],
        )
        return self._wait(stack)

    def _request(self, template: str) -> dict[str, Any]:
        # Too long to go along; it lies where `sam deploy` puts them.
        bucket = self.output("aws-sam-cli-managed-default", "SourceBucket")
        key = f"{hashlib.sha256(template.encode()).hexdigest()}.template"
        self.client("s3").put_object(Bucket=bucket, Key=key, Body=template.encode())
        return {
            "TemplateURL": f"{self.variables['AWS_ENDPOINT_URL']}/{bucket}/{key}",
            "Capabilities": ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        }

    def _wait(self, stack: str) -> str:
        while (status := self.stack(stack)["StackStatus"]).endswith("_IN_PROGRESS"):
            time.sleep(_POLL_SECONDS)
        return str(status)

    def reasons(self, stack: str) -> list[str]:
        """Return why resources of a stack failed, the first failure last."""
        events = self.client("cloudformation").describe_stack_events(StackName=stack)["StackEvents"]
        return [
            f"{each['LogicalResourceId']}: {each.get('ResourceStatusReason')}"
            for each in events
            if each["ResourceStatus"].endswith("_FAILED")
        ]

    def caller(self, stack: str) -> Caller:
        """Ask a stack's API, over the emulator's gateway."""
        api, stage = (self.physical(stack, name) for name in ("Api", "ApiStage"))

        def ask(
            path: str,
            method: str = "GET",
            headers: Mapping[str, str] | None = None,
            body: bytes = b"",
        ) -> Answer:
            with closing(HTTPConnection("127.0.0.1", _PORT, timeout=_ANSWER_SECONDS)) as connection:
                call = over_http(connection, f"/_aws/execute-api/{api}/{stage}")
                return call(path, method, headers, body)

        return ask

    def delete(self, stack: str) -> None:
        """Delete a stack as CloudFormation does, and the bucket that it keeps."""
        kept = [
            each["PhysicalResourceId"]
            for each in self.resources(stack)
            if each["ResourceType"] == "AWS::S3::Bucket"
        ]
        client = self.client("cloudformation")
        client.delete_stack(StackName=stack)
        client.get_waiter("stack_delete_complete").wait(
            StackName=stack, WaiterConfig={"Delay": 1, "MaxAttempts": _COMMAND_SECONDS}
        )
        for bucket in kept:
            self.client("s3").delete_bucket(Bucket=bucket)

    def resources(self, stack: str) -> Iterator[Mapping[str, str]]:
        """Yield the resources of a stack and of those nested in it."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources")
        for page in pages.paginate(StackName=stack):
            for each in page["StackResourceSummaries"]:
                yield each
                if each["ResourceType"] == "AWS::CloudFormation::Stack":
                    yield from self.resources(each["PhysicalResourceId"])

    def physical(self, stack: str, name: str) -> str:
        """Return what a resource is called in the account."""
        return next(
            each["PhysicalResourceId"]
            for each in self.resources(stack)
            if each["LogicalResourceId"] == name
        )


def _given(parameters: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]


@contextmanager
def emulated(folder: Path) -> Iterator[Account]:
    """Start the emulator; in `folder` it unpacks what functions run, and logs."""
    account = Account(folder)
    environment = without_aws(os.environ) | {
        # Roles are asked, and the keys that commands are given are the owner's.
        "AUTH": "true",
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(_PORT),
        "DOCKER_HOST": account.environment["DOCKER_HOST"],
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "TMPDIR": str(folder),
    }
    with (folder / "emulator.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 (ours)
            [PYTHON, SHIM], env=environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        _wait_until_it_listens(process)
        yield account
    finally:
        process.terminate()
        process.wait()


def _wait_until_it_listens(process: subprocess.Popen[bytes]) -> None:
    latest = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < latest:
        with suppress(OSError), socket.create_connection(("127.0.0.1", _PORT)):
            return
        time.sleep(_POLL_SECONDS)
    raise AssertionError("the emulator did not start")
