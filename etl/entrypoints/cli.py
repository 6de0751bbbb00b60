"""The job's command line: one group, and a module for each command."""

from __future__ import annotations

import gc
import importlib
import sys
from typing import Any, override

import click

from etl.entrypoints.options import JobCommand


class _Command(click.Command):
    """A command that is listed by its summary, and imported only when it is used.

    pandas and SciPy take most of a second to import, and most commands do without them.
    """

    def __init__(self, name: str, module: str, summary: str) -> None:
        super().__init__(name, short_help=summary)
        self._module = f"etl.entrypoints.commands.{module}"

    def load(self) -> click.Command:
        """Return the command itself."""
        if self._module not in sys.modules:
            _import_to_stay(self._module)
        command: click.Command = getattr(sys.modules[self._module], str(self.name))
        return command

    @override
    def make_context(self, *args: Any, **extra: Any) -> click.Context:
        return self.load().make_context(*args, **extra)


def _import_to_stay(module: str) -> None:
    """Import a module, and look for no cycles among what it makes, now or later: it stays."""
    gc.disable()
    try:
        importlib.import_module(module)
    finally:
        gc.freeze()
        gc.enable()


class _Group(JobCommand, click.Group):
    """A group of commands, one of which runs when none is named; options may go before the name."""

    # After --help.
    ignore_unknown_options = True

    @override
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            name = self._find_name(args)
            if name in args:
                args.remove(name)
            args.insert(0, name)
        return super().parse_args(ctx, args)

    def _find_name(self, args: list[str]) -> str:
        """Return the command that is named after options, or meant to be; else the default."""
        run = _RUN.load()
        context = click.Context(run, ignore_unknown_options=True, resilient_parsing=True)
        # What is no option of the default command, and no value of one.
        _, others, _ = run.make_parser(context).parse_args([*args])
        known = (word for word in others if word in self.commands)
        mistyped = (word for word in others[:1] if not word.startswith("-"))
        return next(known, next(mistyped, str(_RUN.name)))


_RUN = _Command("run", "run", "Publish the raw films as a release that the API answers from.")
_COMMANDS = (
    _RUN,
    _Command("batch", "batch", "Publish a batch as the Lambda function does."),
    _Command("check", "check", "Say what raw films are taken for; publish nothing."),
    _Command("compare", "compare", "Show what differs between two releases."),
    _Command("dictionary", "dictionary", "Print what each column of a release means."),
    _Command("explore", "explore", "Write the report on the raw films; publish nothing."),
    _Command("export", "export", "Write the films as CSV, for spreadsheets."),
    _Command("inspect", "inspect", "Show a film from its raw lines to its features."),
    _Command("neighbours", "neighbours", "Write the recommendations of every film, as parquet."),
    _Command("prune", "releases", "Remove old releases, never one that answers."),
    _Command("releases", "releases", "List the releases, and which one answers."),
    _Command("retire", "releases", "Remove the pointer of a format that no function uses."),
    _Command("rollback", "releases", "Let another release answer, after verifying it."),
    _Command("verify", "releases", "Check every byte of a release, and open it."),
)


@click.group(cls=_Group, commands=_COMMANDS)
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
