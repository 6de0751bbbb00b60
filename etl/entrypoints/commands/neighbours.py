"""`python -m etl neighbours`: the recommendations of every film."""

from __future__ import annotations

from pathlib import Path

import click

from cartelera.contract.ranking import DEFAULT_N, MAX_N
from cartelera.contract.release_format import CATALOG
from etl.entrypoints import options
from etl.entrypoints.commands.releases import open_verified
from etl.features.neighbours import find_neighbours, write_neighbours
from etl.release.verification import read_table


@click.command()
@click.option(
    "--to",
    "file",
    type=click.Path(dir_okay=False, path_type=Path),
    required=True,
    help="The parquet file to write. An existing one is replaced once the new one is whole.",
)
@click.option(
    "--k",
    "count",
    type=click.IntRange(1, MAX_N),
    default=DEFAULT_N,
    show_default=True,
    help="How many films beside each.",
)
@click.option("--release", help="The release to take; without it, the one that answers.")
@options.workers(help="Threads that multiply. Any number gives the same file.")
@options.releases
@options.engine
def neighbours(  # noqa: PLR0913 (each an option of the command)
    *,
    file: Path,
    count: int,
    release: str | None,
    workers: int,
    releases: str,
    engine: str,
    work: str | None,
) -> None:
    """Write the films that the API recommends beside every film, as parquet."""
    store, opened = open_verified(releases, release)
    release = opened.manifest["release"]
    films = read_table(store, release, CATALOG, ["id", "title"])
    if engine == "pandas":
        found = find_neighbours(opened.model, count, workers, item_weights=opened.item_weights)
    else:
        spark = options.load_spark()
        setting = spark.Setting(work)
        found = spark.find_neighbours_on_spark(
            releases, release, films=len(films), count=count, cores=workers, setting=setting
        )
    with options.current_stages().stage("Finding the neighbours", len(films)) as advance:
        pairs = write_neighbours(found, films, file, advance)
    click.echo(f"{file}: {pairs:,} films beside the {len(films):,} of release {release}")
