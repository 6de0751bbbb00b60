"""Lambda's own runtime on this machine: its Runtime Interface Emulator around `awslambdaric`.

A function runs as `sam build` left it, with the layer beside it, in a Python that has what
Lambda's managed runtime has and nothing else. The emulator is the one in the SAM CLI; it is made
for Linux.
"""

from __future__ import annotations

import json
import math
import os
import platform
import re
import signal
import socket
import subprocess
import threading
import time
from contextlib import closing, suppress
from dataclasses import replace
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from infra.local import PROJECT
from infra.local.functions import FunctionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.local.template import Function

_IS_ARM = platform.machine() == "aarch64"
BUILD = PROJECT / ".aws-sam" / "build"
LAYER = BUILD / ("SharedLayerArm" if _IS_ARM else "SharedLayerX86") / "python"
RUNTIME = PROJECT / ".venv-runtime" / "bin" / "python"
EMULATOR = (
    PROJECT
    / ".venv-sam/lib/python3.13/site-packages/samcli/local/rapid"
    / f"aws-lambda-rie-{'arm64' if _IS_ARM else 'x86_64'}"
)

_HOST = "127.0.0.1"
_INVOCATIONS = "/2015-03-31/functions/function/invocations"
_START_SECONDS = 10
_ANSWER_SECONDS = 60
_END_SECONDS = 5
# Short against a start of 50 ms, long enough to leave the processor to it.
_POLL_SECONDS = 0.001


class MissingArtefactError(click.ClickException):
    """Something that `make` builds is not there; the message says what to run."""


class EmulatorError(click.ClickException):
    """The emulator itself did not start; the message has its output."""


def require(*paths: Path) -> None:
    """Check that things that `make` builds are there, or raise `MissingArtefactError`."""
    for path in paths:
        if not path.exists():
            raise MissingArtefactError(f"{path.relative_to(PROJECT)} is missing: make build")


def as_built(function: Function) -> Function:
    """Return a function with its code as `sam build` left it, if all that it needs is there."""
    built = replace(function, code=BUILD / function.name)
    require(built.code, LAYER, RUNTIME, EMULATOR)
    return built


class EmulatedFunction:
    """A function under the emulator: a process of its own, one call at a time, until `close`.

    The emulator starts the function's Python with the first call, and another one after it died,
    as Lambda does. `first_answer_seconds` is the time from the start of the process to the first
    answer; NaN before that.

    Parameters
    ----------
    function
        The function, with its code folder.
    environment
        Variables beside the function's own. Nothing of this process's environment reaches it.
    log
        The file that its output is added to.
    layers
        The layers' folders of packages.
    ports
        Where the emulator listens on loopback: to the function's Python, and to callers of the
        function; by default on free ports.
    """

    def __init__(
        self,
        function: Function,
        environment: Mapping[str, str],
        log: Path,
        layers: Sequence[Path] = (LAYER,),
        ports: tuple[int, int] | None = None,
    ) -> None:
        require(RUNTIME, EMULATOR)
        self.first_answer_seconds = math.nan
        # The emulator panics when called during another call.
        self._one_at_a_time = threading.Lock()
        runtime_api, self._port = ports or _free_ports()
        command = [
            str(EMULATOR),
            "--log-level=error",
            f"--runtime-api-address={_HOST}:{runtime_api}",
            f"--runtime-interface-emulator-address={_HOST}:{self._port}",
            *(str(RUNTIME), "-m", "awslambdaric", function.handler),
        ]
        with log.open("ab") as stream:
            self._started = time.perf_counter()
            self._process = subprocess.Popen(  # noqa: S603 (the command is ours)
                command,
                cwd=function.code,
                env=_lambda_environment(function, layers) | function.environment | {**environment},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                # Everything that it starts is found again by its session.
                start_new_session=True,
            )
        try:
            self._wait_until_it_listens(log)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the emulator and the function's process."""
        self._process.terminate()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        # The emulator ends its Python itself, unless it was killed.
        for pid in _session(self._process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def invoke(self, event: object) -> object:
        """Call the function; `FunctionError` when it raised, or its process died."""
        with self._one_at_a_time:
            with closing(HTTPConnection(_HOST, self._port, timeout=_ANSWER_SECONDS)) as connection:
                connection.request("POST", _INVOCATIONS, json.dumps(event).encode())
                response = connection.getresponse()
                body = response.read()
            if math.isnan(self.first_answer_seconds):
                self.first_answer_seconds = time.perf_counter() - self._started
        return _read_result(response.status, body)

    def peak_memory(self) -> int:
        """Return the most that the function's Python has had in memory so far, in bytes."""
        status = [Path(f"/proc/{pid}/status").read_text() for pid in _session(self._process.pid)]
        return 1024 * max(int(kib) for kib in re.findall(r"VmHWM:\s+(\d+) kB", "".join(status)))

    def _wait_until_it_listens(self, log: Path) -> None:
        while time.perf_counter() - self._started < _START_SECONDS:
            with suppress(ConnectionRefusedError), socket.create_connection((_HOST, self._port)):
                return
            if self._process.poll() is not None:
                break
            time.sleep(_POLL_SECONDS)
        output = log.read_text(errors="replace").strip() or "without a word"
        raise EmulatorError(f"the emulator did not start: {output:.500}")


def _lambda_environment(function: Function, layers: Sequence[Path]) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LAMBDA_TASK_ROOT": str(function.code),
        "PYTHONPATH": os.pathsep.join(map(str, (function.code, *layers))),
        # Code and layers are read-only on Lambda.
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _free_ports() -> tuple[int, int]:
    # Both are held until both are known, or they could be the same.
    with socket.create_server((_HOST, 0)) as one, socket.create_server((_HOST, 0)) as other:
        return one.getsockname()[1], other.getsockname()[1]


def _read_result(status: int, body: bytes) -> object:
    with suppress(ValueError):
        result: object = json.loads(body)
        if isinstance(result, dict) and {"errorType", "errorMessage"} <= result.keys():
            raise FunctionError(f"{result['errorType']}: {result['errorMessage']}")
        if status == HTTPStatus.OK:
            return result
    raise FunctionError(f"the emulator answered {status}: {body.decode(errors='replace')}")


def _session(leader: int) -> list[int]:
    """Return the processes of a session, without the one that leads it."""
    members = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != leader:
            with suppress(ProcessLookupError):
                if os.getsid(int(entry.name)) == leader:
                    members.append(int(entry.name))
    return members
