"""`python -m etl.evaluation`: how good a release recommends, beside other methods."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from cartelera.contract.release_format import CATALOG, RELEASES_VARIABLE
from etl.errors import JobError
from etl.evaluation.comparison import NAMES, Comparison
from etl.evaluation.methods import NINE_COLUMNS
from etl.evaluation.ratings import read_links, read_ratings, split
from etl.evaluation.results import Report, Size
from etl.progress import Stages
from etl.release.pointers import current_release
from etl.release.storage import open_storage
from etl.release.verification import open_release, read_table

if TYPE_CHECKING:
    import pandas as pd
    from obstore.store import ObjectStore

_WIDTH = 130


@click.command()
@click.option(
    "--releases",
    envvar=RELEASES_VARIABLE,
    show_envvar=True,
    required=True,
    help="Where releases lie: s3://bucket/prefix or file:///folder.",
)
@click.option(
    "--ratings",
    type=click.Path(path_type=Path),
    required=True,
    help="MovieLens' ratings: a CSV with userId, movieId, rating and timestamp.",
)
@click.option(
    "--links",
    type=click.Path(path_type=Path),
    required=True,
    help="MovieLens' links: a CSV with movieId and tmdbId.",
)
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where results go.")
def main(releases: str, ratings: Path, links: Path, out: Path) -> None:
    """Hold the recommendations of the release that answers against those of other methods.

    Prints a table, and writes evaluation.json and evaluation.svg.
    """
    stages = Stages(Console(stderr=True, highlight=False, emoji=False))
    try:
        report = _compared(releases, ratings, links, stages)
    except JobError as error:
        raise click.ClickException(str(error)) from error
    report.write(out)
    Console(width=_WIDTH, highlight=False, emoji=False).print(report.table())
    stages.note(f"written to {out}: evaluation.json, evaluation.svg")


def _compared(place: str, ratings_file: Path, links_file: Path, stages: Stages) -> Report:
    with stages.stage("Reading the ratings"):
        links = read_links(links_file)
        ratings = read_ratings(ratings_file, links)
        users = split(ratings)
    store = open_storage(place)
    release = current_release(store, place)
    with stages.stage(f"Verifying {release}") as advance:
        model = open_release(store, release, advance).model
    with stages.stage("Preparing the methods"):
        comparison = Comparison(ratings, users, links, _catalogue(store, release))
        in_catalogue = int((comparison.rows >= 0).sum())
        if not in_catalogue:
            raise JobError(
                f"release {release} has no film of {links_file}: publish one of the films that "
                "were rated, make etl RAW=folder"
            )
        contestants = comparison.contestants(model)
    methods = []
    for contestant in contestants:
        with stages.stage(contestant.name, comparison.work) as advance:
            methods.append(comparison.measure(contestant, advance))
    compared = len(comparison.related.films) if comparison.related else 0
    size = Size(len(users), len(ratings.stars), links.films, in_catalogue, compared)
    return Report(release, size, methods)


def _catalogue(store: ObjectStore, release: str) -> pd.DataFrame:
    """Return what the methods need of the films of a release that has been verified."""
    table = read_table(store, release, CATALOG, [*NINE_COLUMNS, *NAMES])
    films = table.select(NINE_COLUMNS).to_pandas()
    names = {
        column: [
            [entry["name"] for entry in entries or ()] for entries in table[column].to_pylist()
        ]
        for column in NAMES
    }
    catalogue: pd.DataFrame = films.assign(**names)
    return catalogue


if __name__ == "__main__":
    main()
