"""What the commands share: their options, their console, and Spark where it is installed."""

from __future__ import annotations

import codecs
import importlib
import os
import sys
import warnings
from functools import partial
from typing import TYPE_CHECKING, override

import click
from rich.console import Console

from cartelera.contract.release_format import RELEASES_VARIABLE
from cartelera.storage import s3_endpoint
from etl.errors import JobError, memory_bounded
from etl.progress import Stages, printable

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType


# Set by what has started an S3 for the job alone, as `make run` does: where that is, is no news.
OWN_S3_VARIABLE = "CARTELERA_OWN_S3"


def note_endpoint(
    _context: click.Context, _option: click.Parameter, place: str | None
) -> str | None:
    """Say where a place in S3 is, if the environment has it elsewhere than at AWS; return it.

    Nothing is said of an S3 that was started for this command.

    Parameters
    ----------
    _context, _option
        What click passes to every callback.
    place
        A URL or a folder, or None.
    """
    own = bool(os.environ.get(OWN_S3_VARIABLE))
    if place and place.startswith("s3://") and (endpoint := s3_endpoint()) and not own:
        current_stages().note(f"{place} is at {endpoint.url}, as {endpoint.variable} says")
    return place


RAW_HELP = (
    "Where the films lie, such as movies_metadata.csv or tmdb_5000_movies.csv, and their credits "
    "and keywords if there are any, also as .gz, .parquet or in a .zip: a folder or "
    "s3://bucket/prefix."
)

# No default: a release answers everybody, and the sample's films are invented.
raw = click.option("--raw", required=True, help=RAW_HELP, callback=note_endpoint)

releases = click.option(
    "--releases",
    envvar=RELEASES_VARIABLE,
    show_envvar=True,
    required=True,
    callback=note_endpoint,
    help="Where releases lie: s3://bucket/prefix or file:///folder. For S3, region, "
    "credentials and endpoint come from the usual AWS_… variables.",
)


def _known_encoding(_: click.Context, __: click.Parameter, name: str | None) -> str | None:
    try:
        return name and codecs.lookup(name).name
    except LookupError as error:
        raise click.BadParameter(f"{error}; cp1252 and utf-16 are the usual ones") from error


encoding = click.option(
    "--encoding",
    callback=_known_encoding,
    help="Of the raw files that are not UTF-8, such as cp1252, which Windows programs write.",
)

workers = partial(
    click.option,
    "--workers",
    type=click.IntRange(1, 64),
    default=os.process_cpu_count() or 1,
    show_default="one a core",
    help="Processes that work, the main one among them. Any number gives the same release.",
)


def engine(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options `--engine` and `--work`."""
    name = click.option(
        "--engine",
        type=click.Choice(["pandas", "spark"]),
        default="pandas",
        show_default=True,
        help="pandas: on this machine, in memory. spark: in batches, on this machine with little "
        "memory, or under spark-submit on many. The outcome is the same.",
    )
    work = click.option(
        "--work",
        callback=note_endpoint,
        help="For spark on many machines: s3://bucket/prefix, a place that all of them reach, for "
        "the files between the stages; they stay there.",
    )
    return name(work(command))


class JobCommand(click.Command):
    """Ends with the message of a `JobError` as its last line, and with its exit code."""

    @override
    def invoke(self, ctx: click.Context) -> object:
        try:
            with memory_bounded():
                return super().invoke(ctx)
        except JobError as error:
            console = open_console(stderr=True)
            console.print(f"[red]error:[/] {printable(str(error))}", soft_wrap=True)
            sys.exit(error.exit_code)


def open_console(*, stderr: bool = False) -> Console:
    """Return a console that shows names as they are: `:cat:` is no picture."""
    return Console(stderr=stderr, highlight=False, emoji=False)


def current_stages() -> Stages:
    """Return the caller's stages, click's `obj`, or new ones on the error stream."""
    return click.get_current_context().obj or Stages(open_console(stderr=True))


def load_spark() -> ModuleType:
    """Import the Spark engine; raise a `JobError` where Spark is not installed."""
    try:
        with warnings.catch_warnings():
            # About pandas frames, which Spark never gets: everything goes by Arrow.
            warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas")
            return importlib.import_module("etl.engines.runners.spark")
    except ModuleNotFoundError as error:
        raise JobError(
            f"{error.name} is not installed here: make spark sets it up, and runs the job on it"
        ) from error
