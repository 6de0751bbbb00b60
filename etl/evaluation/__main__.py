"""`python -m etl.evaluation`: how good a release's recommendations are, beside other scorers'."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console

from cartelera.contract.release_format import CATALOG
from etl.errors import JobError
from etl.evaluation.comparison import NAMES, Comparison
from etl.evaluation.inputs import console_stages, input_options, read_inputs
from etl.evaluation.ratings import temporal_split
from etl.evaluation.results import Report
from etl.evaluation.scorers import NINE_COLUMNS
from etl.release.verification import read_table

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

    from etl.progress import Stages

_WIDTH = 130


@click.command()
@input_options
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where results go.")
def main(releases: str, ratings: Path, links: Path, out: Path) -> None:
    """Compare the recommendations of the current release with those of other scorers.

    Prints a table, and writes evaluation.json and evaluation.svg.
    """
    with console_stages() as stages:
        report = _compare(releases, ratings, links, stages)
        report.write(out)
        Console(width=_WIDTH, highlight=False, emoji=False).print(report.table())
        stages.note(f"written to {out}: evaluation.json, evaluation.svg")


def _compare(releases: str, ratings: Path, links: Path, stages: Stages) -> Report:
    inputs = read_inputs(releases, ratings, links, stages)
    with stages.stage("Fitting the scorers"):
        users = temporal_split(inputs.ratings)
        catalogue = _with_names(
            read_table(inputs.store, inputs.release, CATALOG, [*NINE_COLUMNS, *NAMES])
        )
        comparison = Comparison(inputs.ratings, users, inputs.links, catalogue)
        size = comparison.size
        if not size.in_catalogue:
            raise JobError(
                f"release {inputs.release} has no film of {links}: publish one of the films that "
                "were rated, make etl RAW=folder"
            )
        scorers = comparison.fit_scorers(inputs.model)
    results = []
    for entry in scorers:
        with stages.stage(entry.name, size.users + size.compared) as advance:
            results.append(comparison.evaluate(entry, advance))
    return Report(inputs.release, size, results)


def _with_names(table: pa.Table) -> pd.DataFrame:
    """Return the films with the names alone of their lists' entries."""
    names = {
        column: [
            [entry["name"] for entry in entries or ()] for entries in table[column].to_pylist()
        ]
        for column in NAMES
    }
    films: pd.DataFrame = table.select(NINE_COLUMNS).to_pandas().assign(**names)
    return films


if __name__ == "__main__":
    main()
