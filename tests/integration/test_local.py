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

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMAND = [sys.executable, "-u", "-m", "infra.local", "--port"]


def listen_to_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def server() -> Iterator[subprocess.Popen[bytes]]:
    """A server on any free port, in a process group of its own."""
    with subprocess.Popen(  # noqa: S603 (the command is ours)
        [*COMMAND, "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # As a terminal starts it; a shell's background jobs are told to ignore Ctrl-C.
        preexec_fn=listen_to_ctrl_c,  # noqa: PLW1509 (no thread of this process holds a lock)
    ) as process:
        yield process
        # Whatever the test came to, nothing outlives it.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 143)],
)
def test_ctrl_c_and_its_kin_end_everything_it_started(
    server: subprocess.Popen[bytes], number: signal.Signals, code: int
) -> None:
    assert server.stdout
    base = next(
        found[1].decode()
        for line in server.stdout
        if (found := re.match(rb"Serving at (http://\S+)", line))
    )
    for path in ("/peliculas_idioma/en", "/recomendacion/Alien"):
        with urlopen(base + path) as response:  # noqa: S310 (it is on loopback)
            assert response.status == 200

    if number == signal.SIGINT:
        # A terminal tells the whole group.
        os.killpg(server.pid, number)
    else:
        server.send_signal(number)

    assert server.wait(timeout=20) == code
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
    assert re.fullmatch(r"error: \S+nowhere is no folder.+\n", output)
