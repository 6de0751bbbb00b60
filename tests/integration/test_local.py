"""`python -m infra.local`, which is `make run`, from start to Ctrl-C."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.request import urlopen

import pytest

from infra.local.events import HttpRequest, match_route
from tests.examples import EXAMPLES, first_answered

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.local.template import Template

PATIENCE_SECONDS = 20
PAGES = ("/eda", "/", "/docs")
OF_EACH_FUNCTION = (
    *(first_answered(route).path for route in sorted({each.route for each in EXAMPLES})),
    *PAGES,
)
COMMAND = [sys.executable, "-u", "-m", "infra.local", "--port"]


def listen_to_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def server() -> Iterator[subprocess.Popen[bytes]]:
    """A server on any free port, in a process group of its own."""
    with subprocess.Popen(  # noqa: S603 (the command is ours)
        [*COMMAND, "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # As a terminal starts it; a shell's background jobs are told to ignore Ctrl-C.
        preexec_fn=listen_to_ctrl_c,  # noqa: PLW1509 (no thread of this process holds a lock)
    ) as process:
        yield process
        # Whatever the test came to, nothing outlives it.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def test_every_function_is_served_from_a_process_of_its_own_until_ctrl_c(
    server: subprocess.Popen[bytes], template: Template
) -> None:
    assert server.stdout
    base = next(
        found[1].decode()
        for line in server.stdout
        if (found := re.match(rb"Serving at (http://\S+)", line))
    )
    paths = (path.partition("?")[0] for path in OF_EACH_FUNCTION)
    matched = [match_route(template.routes, HttpRequest("GET", path)) for path in paths]
    for path in OF_EACH_FUNCTION:
        with urlopen(base + path) as response:  # noqa: S310 (it is on loopback)
            assert response.status == 200

    # A terminal tells the whole group.
    os.killpg(server.pid, signal.SIGINT)

    called = {found[0].function for found in matched if found}
    assert called == {function.name for function in template.functions}
    assert server.wait(timeout=PATIENCE_SECONDS) == 130
    assert is_gone(server.pid)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_job_as_well(
    server: subprocess.Popen[bytes], number: signal.Signals
) -> None:
    assert server.stderr
    # What is said first is that the job's first stage is done, and it has processes of its own.
    assert b"Reading" in server.stderr.readline()

    server.send_signal(number)

    # A closed terminal is passed on as SIGTERM.
    assert server.wait(timeout=PATIENCE_SECONDS) == 143
    assert is_gone(server.pid)


def is_gone(group: int) -> bool:
    """Tell whether a process group is empty within five seconds of asking."""
    for _ in range(50):
        try:
            os.killpg(group, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.1)
    return False


def fail(*arguments: str) -> tuple[int, str]:
    done = subprocess.run(  # noqa: S603 (the command is ours)
        [*COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stdout + done.stderr


def test_a_port_in_use_is_one_clear_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        code, output = fail(str(port))

    assert code == 1
    assert re.fullmatch(rf"Error: port {port} cannot be used \(.+\); choose another: .+\n", output)


def test_a_missing_folder_is_one_clear_line(tmp_path: Path) -> None:
    code, output = fail("0", "--raw", str(tmp_path / "nowhere"))

    assert code == 1
    *_, said = output.splitlines()
    assert re.fullmatch(r"error: \S+nowhere is no folder.+", said)


def test_the_encoding_reaches_the_job() -> None:
    code, output = fail("0", "--encoding", "klingon")

    assert code == 2
    assert "unknown encoding: klingon; cp1252 and utf-16 are the usual ones" in output
