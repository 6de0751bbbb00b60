"""The job's command line: one group, and a module for each command."""

from __future__ import annotations

import importlib
from typing import Any, override

import click
from click_default_group import DefaultGroup

from etl.entrypoints.options import JobCommand


class _Command(click.Command):
    """A command that is listed by its summary, and imported only when it is used.

    pandas and scikit-learn take a second to import, and most commands do without them.
    """

    def __init__(self, name: str, module: str, summary: str) -> None:
        super().__init__(name, short_help=summary)
        self._module = f"etl.entrypoints.{module}"

    @override
    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        module = importlib.import_module(self._module)
        command: click.Command = getattr(module, str(self.name))
        return command.make_context(*args, **extra)


class _Group(JobCommand, DefaultGroup):
    """A group of commands, of which one runs when none is named."""


_COMMANDS = (
    _Command("run", "run", "Publish the raw films as a release that the API answers from."),
    _Command("batch", "batch", "Publish a batch as the Lambda function does."),
    _Command("check", "check", "Say what raw films are taken for; publish nothing."),
    _Command("explore", "explore", "Write the report on the raw films; publish nothing."),
    _Command("inspect", "inspect", "Show a film from its raw lines to its features."),
    _Command("neighbours", "neighbours", "Write the recommendations of every film, as parquet."),
    _Command("prune", "releases", "Remove old releases, never one that answers."),
    _Command("releases", "releases", "List the releases, and which one answers."),
    _Command("retire", "releases", "Remove the pointer of a format that no function uses."),
    _Command("rollback", "releases", "Let another release answer, after verifying it."),
    _Command("verify", "releases", "Check every byte of a release, and open it."),
)


@click.group(cls=_Group, default="run", default_if_no_args=True, commands=_COMMANDS)
def main() -> None:
    """Make a catalogue of raw films, publish it as a release, and look after the releases.

    Without a command it runs the job: `python -m etl --raw FOLDER` is `python -m etl run …`.

    \b
    Exit codes:
      0  done
      1  failed, and nothing has changed: the message says why
      2  wrong usage
      3  refused: the data break the contract, or the release its golden questions
      4  overtaken: another job has published meanwhile
    """  # noqa: D301 (click's mark for lines to leave as they are)
