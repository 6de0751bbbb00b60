"""Running whole commands and weighing them: seconds, and memory of them and all they start."""

from __future__ import annotations

import os
import resource
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Literal

import click
import psutil

if TYPE_CHECKING:
    from collections.abc import Sequence

PROJECT = Path(__file__).parents[3]
# Short against the stages of a job; a sample takes some tens of milliseconds of a core.
_SAMPLE_SECONDS = 0.5
_LAST_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Measured:
    """A run of a command.

    Attributes
    ----------
    seconds
        From start to end.
    cpu
        Seconds of processors, of all its processes.
    largest, tree
        The most memory, in bytes, that its largest process and all its processes together held
        at a time. A page that several share counts for each by its share. 0 if it was not weighed.
    """

    seconds: float
    cpu: float
    largest: int
    tree: int

    @classmethod
    def middle(cls, runs: Sequence[Measured]) -> Measured:
        """Return the medians of the times of some runs, and the most memory."""
        return cls(
            median(run.seconds for run in runs),
            median(run.cpu for run in runs),
            max(run.largest for run in runs),
            max(run.tree for run in runs),
        )


def measure(
    command: Sequence[str],
    cores: int | None = None,
    *,
    folder: Path = PROJECT,
    sample_seconds: float | None = _SAMPLE_SECONDS,
) -> Measured:
    """Run a command to its end.

    Parameters
    ----------
    command
        The program and its arguments.
    cores
        How many of this process's cores it may use; all without it.
    folder
        Where it runs.
    sample_seconds
        How long to wait between two looks at its memory; None not to weigh it, which takes some of
        a core.

    Raises
    ------
    click.ClickException
        When it fails, with the end of its output.
    """
    allowed = sorted(os.sched_getaffinity(0))[:cores]
    started, used = time.perf_counter(), _cpu_of_children()
    with psutil.Popen(
        command,
        cwd=folder,
        # Python keeps its bytecode, as it does by default.
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, allowed),
    ) as process:
        largest = tree = 0
        while process.poll() is None:
            if sample_seconds is not None:
                sizes = memory_of_tree(process, "pss")
                largest = max(largest, *sizes)
                tree = max(tree, sum(sizes))
            # Not a sleep, which would count whatever is left of it when the command has ended.
            with suppress(psutil.TimeoutExpired):
                process.wait(sample_seconds)
        seconds = time.perf_counter() - started
        if process.returncode:
            output = process.stdout.read()[-_LAST_CHARACTERS:]
            raise click.ClickException(f"{' '.join(command)} failed:\n{output}")
    return Measured(seconds, _cpu_of_children() - used, largest, tree)


def _cpu_of_children() -> float:
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return ended.ru_utime + ended.ru_stime


def process_tree(process: psutil.Process) -> set[psutil.Process]:
    """Return a process and all its descendants."""
    try:
        return {process, *process.children(recursive=True)}
    except psutil.NoSuchProcess:
        return {process}


def memory_of_tree(process: psutil.Process, kind: Literal["pss", "rss"]) -> list[int]:
    """Return the bytes of each process of a tree that still runs, and a 0.

    A page that several share counts in each of them (`rss`) or by its share (`pss`).
    """
    sizes = [0]
    for member in process_tree(process):
        try:
            memory = member.memory_full_info() if kind == "pss" else member.memory_info()
        except psutil.NoSuchProcess:
            continue
        sizes.append(getattr(memory, kind))
    return sizes


def cpu_of_tree(process: psutil.Process) -> float:
    """Return the CPU seconds that the processes of a tree that still run have used so far."""
    seconds = 0.0
    for member in process_tree(process):
        try:
            used = member.cpu_times()
        except psutil.NoSuchProcess:
            continue
        seconds += used.user + used.system
    return seconds
