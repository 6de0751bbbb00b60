"""Showing how far the job is: a stage, a bar, the time that has passed."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, override

from rich import markup
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from aws_lambda_powertools import Logger


def printable(text: str) -> str:
    """Return a text as rich prints it word for word, with what might command a terminal escaped."""
    characters = (each if each.isprintable() or each == "\n" else repr(each)[1:-1] for each in text)
    return markup.escape("".join(characters))


class Stages:
    """The stages of one run, shown as they pass.

    On a terminal every stage is a bar; elsewhere, in a log file, a line when it is done.
    """

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long the run has taken so far."""
        return time.monotonic() - self._started

    def note(self, text: str) -> None:
        """Show a line between the stages."""
        self._console.print(printable(text), highlight=False, emoji=False, soft_wrap=True)

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        """Show a stage while the `with` block runs.

        Parameters
        ----------
        title
            What the stage is called.
        total
            The work that the block will report, in a unit of its choice; None if unknown.

        Yields
        ------
        callable
            To be called with the work done since the last call.
        """
        with Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description:<28}"),
            BarColumn(bar_width=30),
            TimeElapsedColumn(),
            console=self._console,
            disable=not self._console.is_terminal,
        ) as progress:
            task = progress.add_task(printable(title), total=total)
            yield lambda work: progress.update(task, advance=work)
            # Estimates are estimates: a stage that is over is full.
            progress.update(task, total=1, completed=1)
        if not self._console.is_terminal:
            self._console.print(f"{self.seconds:7.1f} s  {printable(title)}", highlight=False)


class LoggedStages(Stages):
    """Stages as lines of a structured log: one when each is done, with its seconds."""

    def __init__(self, logger: Logger) -> None:
        super().__init__(Console(quiet=True))
        self._logger = logger

    @override
    def note(self, text: str) -> None:
        self._logger.warning(text)

    @contextmanager
    @override
    def stage(self, title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        started = self.seconds
        with super().stage(title, total) as advance:
            yield advance
        self._logger.info(title, seconds=round(self.seconds - started, 3))
