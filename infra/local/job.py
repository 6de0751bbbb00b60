"""The job as a program of its own, and how the commands here end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# What a shell makes of a process that a signal ended: this and the signal's number.
_SIGNALLED = 128


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Let the usual signals end the block as Ctrl-C does, so that nothing is left running.

    A closed terminal is passed on as SIGTERM, which a server in the block may handle: an
    exception out of nowhere it would take for a request's.
    """
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(_SIGNALLED + number))
    signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(_SIGNALLED + signal.SIGINT)


def run_job(raw: str | None, environment: Mapping[str, str]) -> None:
    """Run the job on a folder of raw files, or on the sample; when it fails, exit as it did."""
    command = [sys.executable, "-m", "etl", *(["--raw", raw] if raw else [])]
    job = subprocess.run(command, env=os.environ | {**environment}, check=False)  # noqa: S603
    if job.returncode:
        sys.exit(job.returncode)
