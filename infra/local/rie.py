"""Lambda's own runtime on this machine: its Runtime Interface Emulator around `awslambdaric`.

A function runs as `sam build` left it, with the layer beside it, in a Python that has what
Lambda's managed runtime has and nothing else. The emulator is the one that the SAM CLI
carries; it is made for Linux.
"""

from __future__ import annotations

import json
import math
import os
import platform
import signal
import socket
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Self

from infra.local.lambdas import FunctionError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from concurrent.futures import Future

    from infra.local.template import Function

_PROJECT = Path(__file__).parents[2]
BUILD = _PROJECT / ".aws-sam" / "build"
_LAYER = "SharedLayerArm" if platform.machine() == "aarch64" else "SharedLayerX86"
LAYER = BUILD / _LAYER / "python"
RUNTIME = _PROJECT / ".venv-runtime" / "bin" / "python"
_EMULATOR = ".venv-sam/lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-{}"
# What the emulator's builds are called, by what Linux calls the machine.
_MACHINES = {"aarch64": "arm64"}

_HOST = "127.0.0.1"
_INVOCATIONS = "/2015-03-31/functions/function/invocations"
_START_SECONDS = 10
_ANSWER_SECONDS = 60
_END_SECONDS = 5
# Short against a start of 50 ms, long enough to leave the processor to it.
_POLL_SECONDS = 0.001


class MissingArtefactError(Exception):
    """Something that `make` builds is not there; the message says what to run."""


class EmulatorError(Exception):
    """The emulator itself did not start; the message has what it said."""


class ReportedError(FunctionError):
    """What Lambda reports of a function that raised or died: the error's type and message."""

    def __init__(self, error_type: str, error_message: str) -> None:
        super().__init__(f"{error_type}: {error_message}")
        self.error_type = error_type
        self.error_message = error_message


class Ports(NamedTuple):
    """Where the emulator listens: to the function's Python, and to whoever calls the function."""

    runtime_api: int
    invocations: int


def as_built(function: Function) -> Function:
    """Return a function of the template with its code as `sam build` left it.

    Raises
    ------
    MissingArtefactError
        When it, the layer, the runtime's Python or the emulator is not there.
    """
    built = replace(function, code=BUILD / function.name)
    for needed in (built.code, LAYER, RUNTIME):
        require(needed)
    emulator()
    return built


class EmulatedLambda:
    """One function under the emulator: a process of its own, one call at a time.

    It runs from its making until `close`, or the end of a `with` block. The emulator starts
    the function's Python with the first call, and a new one after it died, as Lambda does.

    Attributes
    ----------
    first_answer_seconds : float
        How long the first answer took, from the start of the process; until then no number.
    """

    def __init__(
        self,
        function: Function,
        environment: Mapping[str, str],
        log: Path,
        path: Sequence[Path] = (LAYER,),
        ports: Ports | None = None,
    ) -> None:
        """Start a function.

        Parameters
        ----------
        function
            What to start, from its folder.
        environment
            Variables beside the function's own. Nothing of this process's environment reaches it.
        log
            The file that what it prints is added to.
        path
            The folders of its layers.
        ports
            Where the emulator listens on loopback; without them, where nobody else does.

        Raises
        ------
        MissingArtefactError
            When the emulator or the runtime's Python is not there.
        EmulatorError
            When the emulator did not start.
        """
        require(RUNTIME)
        self.first_answer_seconds = math.nan
        # The emulator panics on a call during another.
        self._one_at_a_time = threading.Lock()
        runtime_api, self._port = ports or _free_ports()
        command = [
            str(emulator()),
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
                env=_lambda_environment(function, path) | function.environment | {**environment},
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                # By its session everything that it starts is found again.
                start_new_session=True,
            )
        try:
            self._wait_until_it_listens(log)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the emulator and the function's process."""
        self._process.terminate()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        # It ends its Python itself, unless it was ended the hard way.
        for pid in _session(self._process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)

    def invoke(self, event: object) -> object:
        """Call the function and return its answer.

        Raises
        ------
        ReportedError
            When the function raised, or its process died.
        """
        with self._one_at_a_time:
            connection = HTTPConnection(_HOST, self._port, timeout=_ANSWER_SECONDS)
            try:
                connection.request("POST", _INVOCATIONS, json.dumps(event).encode())
                response = connection.getresponse()
                body = response.read()
            finally:
                connection.close()
            if math.isnan(self.first_answer_seconds):
                self.first_answer_seconds = time.perf_counter() - self._started
        return _result(response.status, body)

    def peak_memory(self) -> int:
        """Return the most that the function's Python has had in memory so far, in bytes."""
        return max(_peak_memory(pid) for pid in _session(self._process.pid))

    def _wait_until_it_listens(self, log: Path) -> None:
        while time.perf_counter() - self._started < _START_SECONDS:
            with suppress(ConnectionRefusedError), socket.create_connection((_HOST, self._port)):
                return
            if self._process.poll() is not None:
                break
            time.sleep(_POLL_SECONDS)
        said = log.read_text(errors="replace").strip() or "it said nothing"
        raise EmulatorError(f"the emulator did not start: {said:.500}")


class QueuedLambda:
    """A function under the emulator, as the gateway calls it: calls wait in line for it."""

    def __init__(self, function: Function, environment: Mapping[str, str], log: Path) -> None:
        """Start the function; see `EmulatedLambda`."""
        self._function = EmulatedLambda(function, environment, log)
        self._line = ThreadPoolExecutor(1)

    def invoke(self, event: object) -> Future[object]:
        """Call the function; the result raises `ReportedError` when it raised."""
        return self._line.submit(self._function.invoke, event)

    def close(self) -> None:
        """End the function's processes, after the call that is under way."""
        self._line.shutdown(cancel_futures=True)
        self._function.close()


def _lambda_environment(function: Function, path: Sequence[Path]) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "LAMBDA_TASK_ROOT": str(function.code),
        "PYTHONPATH": os.pathsep.join(map(str, (function.code, *path))),
        # What is unpacked for a function is read-only on Lambda.
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def emulator() -> Path:
    """Return the emulator's program.

    Raises
    ------
    MissingArtefactError
        When the SAM CLI's environment, whose it is, is not there.
    """
    machine = platform.machine()
    name = _EMULATOR.format(_MACHINES.get(machine, machine))
    found = next(_PROJECT.glob(name), _PROJECT / name)
    require(found)
    return found


def require(path: Path) -> None:
    """See that something that `make` builds is there.

    Raises
    ------
    MissingArtefactError
        When it is not.
    """
    if not path.exists():
        raise MissingArtefactError(f"{path.relative_to(_PROJECT)} is not there: make build")


def _free_ports() -> Ports:
    # Both are held until both are known, or they could be the same.
    with socket.socket() as one, socket.socket() as other:
        one.bind((_HOST, 0))
        other.bind((_HOST, 0))
        return Ports(one.getsockname()[1], other.getsockname()[1])


def _result(status: int, body: bytes) -> object:
    try:
        result: object = json.loads(body)
    except ValueError:
        said = body.decode(errors="replace") or f"the emulator answered {status}"
        raise ReportedError("Runtime.Unknown", said) from None
    failed = isinstance(result, dict) and {"errorType", "errorMessage"} <= result.keys()
    if isinstance(result, dict) and (failed or status != HTTPStatus.OK):
        raise ReportedError(result.get("errorType", ""), result.get("errorMessage", ""))
    return result


def _session(leader: int) -> list[int]:
    """Return the processes of a session, without the one that leads it."""
    members = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal() and int(entry.name) != leader:
            with suppress(ProcessLookupError):
                if os.getsid(int(entry.name)) == leader:
                    members.append(int(entry.name))
    return members


def _peak_memory(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024
