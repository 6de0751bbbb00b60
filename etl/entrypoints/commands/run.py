"""`python -m etl run`: the whole job."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, override

import click

from etl.clean.tolerance import DEFAULT_TOLERANCE, Tolerance
from etl.engines.job import run as run_job
from etl.engines.memory import end_at_once
from etl.engines.options import Options
from etl.entrypoints import options
from etl.entrypoints.console import print_summary
from etl.extract.akas import DEFAULT_CHOICE, AkaChoice
from etl.extract.download import raw_folder
from etl.release.storage import open_storage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from etl.entrypoints.lambda_handler import Job


def select_job(engine: str, work: str | None) -> Job:
    """Return the job of an engine.

    Parameters
    ----------
    engine
        What `--engine` says: `pandas` or `spark`.
    work
        What `--work` says: Spark's place for the files between the stages, or None.

    Raises
    ------
    JobError
        When Spark is asked for, and not installed.
    """
    if engine == "pandas":
        return run_job
    spark = options.load_spark()
    return functools.partial(spark.run_on_spark, setting=spark.Setting(work))


class _Share(click.ParamType[tuple[str, float]]):
    """A share of records, and the rule that it is for: "" for any rule."""

    name = "[RULE=]SHARE"

    @override
    def convert(
        self, value: str, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, float]:
        rule, _, share = value.rpartition("=")
        allowed: click.ParamType[float] = click.FloatRange(0, 1)
        return rule.strip(), allowed.convert(share, param, ctx)


@click.command()
@options.raw
@options.releases
@options.workers()
@options.encoding
@click.option(
    "--tolerance",
    "shares",
    type=_Share(),
    multiple=True,
    help="Share of a file's records that may break any one rule before the job stops, "
    f"{DEFAULT_TOLERANCE.share} by default; ten may in the smallest file. May be given again for a "
    'rule, by its name: --tolerance "unreadable=0.5".',
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
    "--neighbours/--no-neighbours",
    default=True,
    show_default=True,
    help="Compute the films beside each now, or leave that to whoever asks for them.",
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
    encoding: str | None,
    shares: Sequence[tuple[str, float]],
    engine: str,
    work: str | None,
    force: bool,
    report: bool,
    neighbours: bool,
    aka_languages: str,
    aka_regions: str,
) -> None:
    """Clean the raw films and publish them as a release that the API answers from."""
    end_at_once()
    stages = options.current_stages()
    of_rules = dict(shares)
    tolerance = Tolerance(of_rules.pop("", DEFAULT_TOLERANCE.share), of_rules)
    choice = AkaChoice(tuple(aka_languages.split(",")), tuple(aka_regions.split(",")))
    settings = Options(
        workers,
        tolerance,
        compare=not force,
        report=report,
        neighbours=neighbours,
        encoding=encoding,
        akas=choice,
    )
    store = open_storage(releases)
    with raw_folder(raw, stages) as folder:
        outcome = select_job(engine, work)(folder, store, stages, settings)
    print_summary(outcome, releases, options.open_console())
