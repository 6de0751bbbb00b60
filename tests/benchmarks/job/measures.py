"""Running a whole command and weighing it: seconds, and memory of it and all it starts."""

from __future__ import annotations

import os
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click
import psutil

if TYPE_CHECKING:
    from collections.abc import Sequence

PROJECT = Path(__file__).parents[3]
# Short against the stages of a job; looking takes some tens of milliseconds of a core.
_LOOK_SECONDS = 0.5
_LAST_CHARACTERS = 2_000


@dataclass(frozen=True, slots=True)
class Measured:
    """A run of a command.

    Attributes
    ----------
    seconds
        From start to end.
    largest, tree
        The most memory, in bytes, that its largest process and all its processes together held
        at a time. A page that several share counts for each by its share.
    """

    seconds: float
    largest: int
    tree: int


def measure(command: Sequence[str]) -> Measured:
    """Run a command to its end.

    Raises
    ------
    click.ClickException
        When it fails, with the last it said.
    """
    started = time.perf_counter()
    with psutil.Popen(
        command,
        cwd=PROJECT,
        # Python keeps its bytecode, as it does wherever nobody has told it not to.
        env=os.environ | {"PYTHONDONTWRITEBYTECODE": ""},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        largest = tree = 0
        while process.poll() is None:
            sizes = _resident(process)
            largest = max(largest, *sizes)
            tree = max(tree, sum(sizes))
            time.sleep(_LOOK_SECONDS)
        seconds = time.perf_counter() - started
        if process.returncode:
            said = process.stdout.read()[-_LAST_CHARACTERS:]
            raise click.ClickException(f"{' '.join(command)} failed:\n{said}")
    return Measured(seconds, largest, tree)


def _resident(process: psutil.Process) -> list[int]:
    sizes = [0]
    try:
        family = [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return sizes
    for member in family:
        try:
            sizes.append(member.memory_full_info().pss)
        except psutil.NoSuchProcess:
            continue
    return sizes
