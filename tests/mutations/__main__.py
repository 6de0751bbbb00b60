"""`python -m tests.mutations`: small faults put into the code, each of which some test must find.

`mutations.toml` lists them: the file, the line as it is and as it becomes, the tests that cover it
(function by function, as coverage's contexts tell), and whether they find the fault. Each is put
into a copy of the project, alone, and its tests run there until one fails. Exit codes: 0 each
came out as listed, 1 one did not, 2 a line that is listed is not there, or not once.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Iterator

PROJECT = Path(__file__).parents[2]
MUTATIONS = Path(__file__).with_name("mutations.toml")
# A test that a fault keeps from ending has found it.
MAX_SECONDS = 600
FAILED, NO_TESTS = 1, 5


class Mutation(NamedTuple):
    """A fault: `before` stands in `file` once, and becomes `after`."""

    file: str
    before: str
    after: str
    dies: bool
    tests: list[str]


class Outcome(NamedTuple):
    """Whether a fault was found, and how long that took in seconds."""

    died: bool
    seconds: float


def read_mutations() -> list[Mutation]:
    """Read the list.

    Raises
    ------
    click.UsageError
        When a line is not in its file, or there more than once.
    """
    mutations = [Mutation(**entry) for entry in tomllib.loads(MUTATIONS.read_text())["mutation"]]
    for each in mutations:
        if (PROJECT / each.file).read_text().count(each.before) != 1:
            raise click.UsageError(f"{each.file} does not hold once: {each.before}")
    return mutations


@contextmanager
def mutated(copy: Path, mutation: Mutation) -> Iterator[None]:
    """Put a fault into a copy of the project, and take it out again."""
    file = copy / mutation.file
    sound = file.read_text()
    file.write_text(sound.replace(mutation.before, mutation.after))
    try:
        yield
    finally:
        file.write_text(sound)


def try_out(copy: Path, mutation: Mutation) -> Outcome:
    """Run the tests of one fault in a copy of the project."""
    paths = os.pathsep.join([str(copy / "layers" / "shared"), str(copy)])
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
    started = time.monotonic()
    with mutated(copy, mutation):
        try:
            done = subprocess.run(  # noqa: S603 (the command is ours)
                [*command, *mutation.tests],
                cwd=copy,
                env=os.environ | {"PYTHONPATH": paths, "PYTHONDONTWRITEBYTECODE": "1"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                check=False,
                timeout=MAX_SECONDS,
            )
            code, said = done.returncode, done.stdout
        except subprocess.TimeoutExpired:
            code, said = FAILED, ""
    # What cannot even be imported is an error of pytest's, and found as well.
    if code == NO_TESTS or "not found:" in said:
        raise click.ClickException(f"no tests ran for {mutation.file}:\n{said[-2000:]}")
    return Outcome(code != 0, time.monotonic() - started)


@click.command()
@click.option("--jobs", type=click.IntRange(1), default=2, show_default=True)
@click.argument("numbers", type=int, nargs=-1)
def main(jobs: int, numbers: tuple[int, ...]) -> None:
    """Try out every fault of the list, or those of NUMBERS, from 1."""
    mutations = read_mutations()
    chosen = [n for n in range(1, len(mutations) + 1) if not numbers or n in numbers]
    with tempfile.TemporaryDirectory(prefix="mutations-") as folder:
        copies: SimpleQueue[Path] = SimpleQueue()
        for job in range(jobs):
            copy = Path(folder) / str(job)
            shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns(".*", "__pycache__"))
            copies.put(copy)

        def one(number: int) -> bool:
            copy, mutation = copies.get(), mutations[number - 1]
            try:
                outcome = try_out(copy, mutation)
            finally:
                copies.put(copy)
            as_listed = outcome.died == mutation.dies
            click.echo(
                f"{number:>2} {'died    ' if outcome.died else 'SURVIVED'} {outcome.seconds:5.1f} s"
                f" {'' if as_listed else 'NOT AS LISTED '}{mutation.file}:"
                f" {mutation.after.strip().splitlines()[0]}"
            )
            return as_listed

        with ThreadPoolExecutor(jobs) as pool:
            came_out = list(pool.map(one, chosen))
    click.echo(f"{sum(came_out)} of {len(came_out)} as listed")
    sys.exit(not all(came_out))


if __name__ == "__main__":
    main()
