"""Starting a design's server, waiting for it, weighing it, and ending it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from threading import Event, Thread
from typing import TYPE_CHECKING, Self

import click
import psutil

from tests.benchmarks.common.processes import PROJECT, memory_of_tree, process_tree

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import TracebackType

# That of `make run`; this process has another, with what only the load test needs.
_PYTHON = PROJECT / ".venv" / "bin" / "python"
_HOST = "127.0.0.1"
_BYTES_PER_MEGABYTE = 1_000_000
# The job on a catalogue of a million films takes minutes.
_MAX_START_SECONDS = 1_800
_MAX_ANSWER_SECONDS = 120
_MAX_END_SECONDS = 30
_LAST_LINES = 20


@dataclass(frozen=True, slots=True)
class Design:
    """One of the designs that are compared.

    Attributes
    ----------
    name, title
        What it is called in files and to people.
    standard
        Which of `STANDARDS` its answers are held to.
    command, environment
        What starts its server, in the project's folder.
    address, ready, ready_times
        What the server says of its host and port, and what it says how often once all of it
        is up; patterns for a line of its output.
    job_first
        Whether it runs the job before it serves: work of each release, not of each start.
    """

    name: str
    title: str
    standard: str
    command: list[str]
    environment: dict[str, str]
    address: str
    ready: str
    ready_times: int
    job_first: bool


@dataclass(frozen=True, slots=True)
class Startup:
    """How long a start took, in seconds.

    Attributes
    ----------
    up
        From the start of the process until its log says that it serves.
    first_answers
        From then on, each route's first answer.
    """

    up: float
    first_answers: dict[str, float]


@dataclass(frozen=True, slots=True)
class Server:
    """A design that is up: its process, and where it listens."""

    process: psutil.Process
    address: str
    startup: Startup


@dataclass(slots=True)
class Memory:
    """Resident memory of a process and all its descendants in MB, once a second.

    Pages that processes share count in each of them, in every design alike.
    """

    process: psutil.Process
    at: list[float] = field(default_factory=list)
    megabytes: list[float] = field(default_factory=list)
    _stop: Event = field(default_factory=Event)
    _thread: Thread | None = None

    def __enter__(self) -> Self:
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()

    def _watch(self) -> None:
        while True:
            self.at.append(time.time())
            self.megabytes.append(sum(memory_of_tree(self.process, "rss")) / _BYTES_PER_MEGABYTE)
            if self._stop.wait(1):
                return


def cartelera(raw: Path) -> Design:
    """Return the project itself, as `make run` serves it."""
    return _local(raw, "cartelera", "Cartelera", [])


def cartelera_built(raw: Path) -> Design:
    """Return the project as it is deployed, under Lambda's own runtime, a process a function."""
    return _local(raw, "cartelera_built", "Cartelera, Lambda's runtime", ["--built"])


def _local(raw: Path, name: str, title: str, options: list[str]) -> Design:
    return Design(
        name=name,
        title=title,
        standard="cartelera",
        command=[
            *(str(_PYTHON), "-m", "infra.local", "--port", "0", "--raw", str(raw)),
            *options,
        ],
        environment={},
        address=r"Serving at http://(\S+)",
        ready=r"Serving at ",
        ready_times=1,
        job_first=True,
    )


def baseline(raw: Path, workers: int) -> Design:
    """Return FastAPI and pandas, with N worker processes."""
    options = {
        "--host": _HOST,
        "--port": "0",
        "--workers": str(workers),
        # Reading the files keeps a worker from answering its supervisor.
        "--timeout-worker-healthcheck": "120",
    }
    return Design(
        name="usual",
        title="FastAPI + pandas",
        standard="usual",
        command=[
            *(sys.executable, "-m", "uvicorn", "tests.benchmarks.load.baseline:app"),
            *(word for option in options.items() for word in option),
        ],
        environment={"RAW": str(raw)},
        address=r"Uvicorn running on http://(\S+)",
        ready=r"Application startup complete",
        ready_times=workers,
        job_first=False,
    )


@contextmanager
def serving(design: Design, log: Path, paths: Mapping[str, str]) -> Iterator[Server]:
    """Serve a design until the block ends; it has then answered each of `paths`, by route.

    Raises
    ------
    click.ClickException
        When it does not start, with the end of its log.
    """
    started = time.perf_counter()
    with log.open("w") as output:
        process = psutil.Popen(
            design.command,
            cwd=PROJECT,
            env=os.environ | design.environment,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    family: set[psutil.Process] = {process}
    try:
        address = _wait(design, process, log)
        up = time.perf_counter() - started
        first = {route: _first_answer(address, path) for route, path in paths.items()}
        family |= process_tree(process)
        yield Server(process, address, Startup(up, first))
    finally:
        _end(process, family | process_tree(process))


def last_lines(log: Path) -> str:
    """Return the end of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-_LAST_LINES:])


def _wait(design: Design, process: psutil.Popen, log: Path) -> str:
    deadline = time.monotonic() + _MAX_START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        text = log.read_text(errors="replace")
        address = re.search(design.address, text)
        if address and len(re.findall(design.ready, text)) >= design.ready_times:
            return address[1]
        time.sleep(0.05)
    raise click.ClickException(f"{design.title} did not start:\n{last_lines(log)}")


def _first_answer(address: str, path: str) -> float:
    started = time.perf_counter()
    connection = HTTPConnection(address, timeout=_MAX_ANSWER_SECONDS)
    connection.request("GET", path)
    connection.getresponse().read()
    connection.close()
    return time.perf_counter() - started


def _end(process: psutil.Popen, family: set[psutil.Process]) -> None:
    """End a server and whatever it started, gently first."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        psutil.wait_procs(family, timeout=_MAX_END_SECONDS)
    # The workers of a server that died by itself are left without a parent to end them.
    left = [member for member in family if member.is_running()]
    for member in left:
        member.kill()
    psutil.wait_procs(left, timeout=_MAX_END_SECONDS)
