"""Running the job as a process, and ending with it on a signal."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from etl.entrypoints.options import OWN_S3_VARIABLE
from infra.local.functions import without_aws
from infra.sample.embedded import write_embedded

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

# A shell's exit code for a process that a signal ended: this plus the signal's number.
_SIGNALLED = 128


@contextmanager
def exit_on_signals() -> Iterator[None]:
    """Let SIGTERM and SIGHUP end the block as Ctrl-C does, so that nothing is left running.

    SIGHUP, a closed terminal, is passed on as SIGTERM, which a server in the block may handle: it
    would take an exception out of nowhere for that of a request.
    """
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(_SIGNALLED + number))
    signal.signal(signal.SIGHUP, lambda *_: signal.raise_signal(signal.SIGTERM))
    try:
        yield
    except KeyboardInterrupt:
        sys.exit(_SIGNALLED + signal.SIGINT)


def run_job(raw: str | None, environment: Mapping[str, str], encoding: str | None = None) -> None:
    """Run the job, and exit with its code when it fails.

    Parameters
    ----------
    raw
        A folder or `s3://bucket/prefix` with raw files; None publishes the sample.
    encoding
        That of the raw files that are not UTF-8; None for the job's own.
    environment
        Where to publish, and the S3 of this machine. What the shell says of AWS does not reach
        the job.
    """
    chosen = ["--encoding", encoding] if encoding else []
    with ExitStack() as stack:
        if raw is None:
            raw = stack.enter_context(TemporaryDirectory(prefix="cartelera-sample-"))
            write_embedded(Path(raw))
        job = subprocess.run(  # noqa: S603 (the command is ours)
            [sys.executable, "-m", "etl", "--raw", raw, *chosen],
            env=without_aws(os.environ) | {**environment, OWN_S3_VARIABLE: "yes"},
            check=False,
        )
    if job.returncode:
        sys.exit(job.returncode)
