"""What both commands take: a release, and MovieLens' ratings of its films."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from etl.entrypoints import options
from etl.entrypoints.releases import open_verified
from etl.evaluation.ratings import read_links, read_ratings

if TYPE_CHECKING:
    from collections.abc import Callable

    from obstore.store import ObjectStore

    from cartelera.recommend.model import Model
    from etl.evaluation.ratings import Links, Ratings
    from etl.progress import Stages

_FILE = click.Path(path_type=Path)
_RATINGS_HELP = "MovieLens' ratings: a CSV with userId, movieId, rating and timestamp."
_LINKS_HELP = "MovieLens' links: a CSV with movieId and tmdbId."


class Inputs(NamedTuple):
    """The ratings, and the current release: its storage, its id and its model."""

    links: Links
    ratings: Ratings
    store: ObjectStore
    release: str
    model: Model


def input_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options `releases`, `ratings` and `links`."""
    command = click.option("--links", type=_FILE, required=True, help=_LINKS_HELP)(command)
    command = click.option("--ratings", type=_FILE, required=True, help=_RATINGS_HELP)(command)
    return options.releases(command)


def read_inputs(releases: str, ratings: Path, links: Path, stages: Stages) -> Inputs:
    """Read the files that the options name, and verify the current release.

    Parameters
    ----------
    releases
        The place of the releases.
    ratings, links
        MovieLens' files.
    stages
        Show how far it is.

    Raises
    ------
    RawInputError
        When a file cannot be read, or rates no film of the links.
    PublishError
        When no release answers, or it is not sound.
    """
    with stages.stage("Reading the ratings"):
        films = read_links(links)
        rated = read_ratings(ratings, films)
    store, opened = open_verified(releases)
    return Inputs(films, rated, store, opened.manifest["release"], opened.model)
