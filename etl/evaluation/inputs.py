"""What both commands take: a release, and MovieLens' ratings of its films."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import pandas as pd

from cartelera.contract.tables import FILM, IMDB, KEY
from etl.entrypoints import options
from etl.entrypoints.commands.releases import open_verified
from etl.evaluation.ratings import read_links, read_ratings
from etl.release.verification import read_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from obstore.store import ObjectStore

    from cartelera.recommend.item_weights import ItemWeights
    from cartelera.recommend.model import Model
    from etl.evaluation.ratings import Ratings
    from etl.extract.ratings import Links
    from etl.progress import Stages

_FILE = click.Path(path_type=Path)
_RATINGS_HELP = "MovieLens' ratings: a CSV with userId, movieId, rating and timestamp."
_LINKS_HELP = "MovieLens' links: a CSV with movieId, imdbId and tmdbId."


class Inputs(NamedTuple):
    """The ratings, and the current release: its storage, its id, its model and item weights.

    `imdb_ids` are those of its films, null where it is not known.
    """

    links: Links
    ratings: Ratings
    store: ObjectStore
    release: str
    model: Model
    item_weights: ItemWeights | None
    imdb_ids: pd.Series[str]


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
    release, model = opened.manifest["release"], opened.model
    imdb_ids = pd.Series([None] * model.films, dtype="str")
    # A million films have them in blocks: by their ids at TMDB nearly all are found.
    if IMDB.path in opened.manifest["files"]:
        known = read_table(store, release, IMDB.path, [KEY, FILM])
        imdb_ids.iloc[known[FILM].to_numpy()] = known[KEY].to_numpy()
    return Inputs(films, rated, store, release, model, opened.item_weights, imdb_ids)
