"""What both commands take: a release, and MovieLens' ratings of its films."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
from rich.console import Console

from cartelera.contract.release_format import RELEASES_VARIABLE
from etl.errors import JobError
from etl.evaluation.ratings import read_links, read_ratings
from etl.progress import Stages
from etl.release.pointers import current_release
from etl.release.storage import open_storage
from etl.release.verification import open_release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from obstore.store import ObjectStore

    from cartelera.recommend.model import Model
    from etl.evaluation.ratings import Links, Ratings

_FILE = click.Path(path_type=Path)
_OPTIONS = (
    click.option(
        "--releases",
        envvar=RELEASES_VARIABLE,
        show_envvar=True,
        required=True,
        help="Where releases lie: s3://bucket/prefix or file:///folder.",
    ),
    click.option(
        "--ratings",
        type=_FILE,
        required=True,
        help="MovieLens' ratings: a CSV with userId, movieId, rating and timestamp.",
    ),
    click.option(
        "--links",
        type=_FILE,
        required=True,
        help="MovieLens' links: a CSV with movieId and tmdbId.",
    ),
)


class Inputs(NamedTuple):
    """The ratings, and the current release: its storage, its id and its model."""

    links: Links
    ratings: Ratings
    store: ObjectStore
    release: str
    model: Model


def input_options[**P, R](command: Callable[P, R]) -> Callable[P, R]:
    """Give a command the options `releases`, `ratings` and `links`."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@contextmanager
def console_stages() -> Iterator[Stages]:
    """Show the stages of a command, and its `JobError` as a message."""
    try:
        yield Stages(Console(stderr=True, highlight=False, emoji=False))
    except JobError as error:
        raise click.ClickException(str(error)) from error


def read_inputs(releases: str, ratings: Path, links: Path, stages: Stages) -> Inputs:
    """Read the files that the options name, and verify the current release."""
    with stages.stage("Reading the ratings"):
        films = read_links(links)
        rated = read_ratings(ratings, films)
    store = open_storage(releases)
    release = current_release(store, releases)
    with stages.stage(f"Verifying {release}") as advance:
        model = open_release(store, release, advance).model
    return Inputs(films, rated, store, release, model)
