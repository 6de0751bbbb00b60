"""`python -m etl run`: the whole job."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import click

from etl.engines.job import Options
from etl.engines.job import run as run_job
from etl.entrypoints import options
from etl.entrypoints.console import print_summary
from etl.extract.akas import DEFAULT_CHOICE, AkaChoice
from etl.extract.download import raw_folder
from etl.release.storage import open_storage

if TYPE_CHECKING:
    from etl.entrypoints.lambda_handler import Job


def select_job(engine: str, work: str | None) -> Job:
    """Return the job that runs as the options `--engine` and `--work` say."""
    if engine == "pandas":
        return run_job
    spark = options.load_spark()
    return functools.partial(spark.run_on_spark, setting=spark.Setting(work))


@click.command()
@options.raw
@options.releases
@options.workers()
@click.option(
    "--tolerance",
    type=click.FloatRange(0, 1),
    default=0.01,
    show_default=True,
    help="Share of a file's records that may break any one rule before the job stops; ten may in "
    "the smallest file.",
)
@click.option(
    "--force", is_flag=True, help="Publish even if the release hardly resembles the last one."
)
@click.option(
    "--report/--no-report",
    default=True,
    show_default=True,
    help="Draw the exploration report that /eda shows, or leave it out: a third of the work.",
)
@click.option(
    "--aka-languages",
    default=",".join(DEFAULT_CHOICE.languages),
    show_default=True,
    help="Of IMDb's title.akas.tsv, the titles in these languages (ISO 639-1) are taken.",
)
@click.option(
    "--aka-regions",
    default=",".join(DEFAULT_CHOICE.regions),
    show_default=True,
    help="And the titles of these regions (ISO 3166-1) that are of no language in particular.",
)
@options.engine
def run(  # noqa: PLR0913 (each an option of the command)
    *,
    raw: str,
    releases: str,
    workers: int,
    tolerance: float,
    engine: str,
    work: str | None,
    force: bool,
    report: bool,
    aka_languages: str,
    aka_regions: str,
) -> None:
    """Clean the raw films and publish them as a release that the API answers from."""
    stages = options.current_stages()
    choice = AkaChoice(tuple(aka_languages.split(",")), tuple(aka_regions.split(",")))
    settings = Options(workers, tolerance, compare=not force, report=report, akas=choice)
    store = open_storage(releases)
    with raw_folder(raw, stages) as folder:
        outcome = select_job(engine, work)(folder, store, stages, settings)
    print_summary(outcome, releases, options.open_console())
