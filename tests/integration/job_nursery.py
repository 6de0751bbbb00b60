"""`python -m tests.integration.job_nursery`: jobs that begin with all imported.

Reads the arguments of a job from each line of its input, runs it in a process of its own, and
prints that process's id, and how it ended.
"""

from __future__ import annotations

import os
import sys

# What the job would import only when it comes to it.
import etl.clean.schemas  # noqa: F401
from etl.entrypoints.cli import main


def run_jobs() -> None:
    for line in sys.stdin:
        job = os.fork()
        if not job:
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            main(line.split())
        print(job, flush=True)  # noqa: T201 (whoever started it reads this)
        print(os.waitstatus_to_exitcode(os.waitpid(job, 0)[1]), flush=True)  # noqa: T201


if __name__ == "__main__":
    run_jobs()
