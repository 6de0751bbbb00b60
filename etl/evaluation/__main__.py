"""`python -m etl.evaluation`: how good a release's recommendations are, beside other scorers'."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click
import pyarrow as pa
from rich.console import Console
from rich.table import Column, Table

from cartelera.contract.release_format import CATALOG, FEATURES
from etl.entrypoints import options
from etl.errors import JobError
from etl.evaluation.comparison import NAMES, NDCG, OURS, Comparison
from etl.evaluation.hubness import first_reasons, hubness
from etl.evaluation.inputs import input_options, read_inputs
from etl.evaluation.metrics import Estimate
from etl.evaluation.ratings import temporal_split
from etl.evaluation.scorers import NINE_COLUMNS
from etl.evaluation.tasks import K_FILM
from etl.features.neighbours import find_neighbours
from etl.release.verification import read_table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from etl.evaluation.comparison import Result, Size
    from etl.evaluation.hubness import Hubness

_WIDTH = 130
_MISSING = "n/a"


@click.command(cls=options.JobCommand)
@input_options
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where results go.")
def main(releases: str, ratings: Path, links: Path, out: Path) -> None:
    """Compare the recommendations of the current release with those of other scorers.

    Prints a table, and writes evaluation.json.
    """
    stages = options.current_stages()
    inputs = read_inputs(releases, ratings, links, stages)
    release = inputs.release
    with stages.stage("Fitting the scorers"):
        users = temporal_split(inputs.ratings)
        catalogue = read_table(inputs.store, release, CATALOG, ["title", *NINE_COLUMNS, *NAMES])
        comparison = Comparison(inputs.ratings, users, inputs.links, catalogue)
        size = comparison.size
        if not size.in_catalogue:
            raise JobError(
                f"release {release} has no film of {links}: publish one of the films that were "
                "rated, make etl RAW=folder"
            )
        scorers = comparison.fit_scorers(inputs.model)
    results = []
    for entry in scorers:
        with stages.stage(entry.name, size.users + size.compared) as advance:
            results.append(comparison.evaluate(entry, advance))
    with stages.stage("Finding the neighbours of all films", inputs.model.films) as advance:
        found = []
        for batch in find_neighbours(inputs.model, K_FILM, os.cpu_count() or 1):
            found.append(batch)
            advance(len(batch["films"].unique()))
        neighbours = pa.concat_tables(found)
        films, others = (neighbours[name].to_numpy() for name in ("films", "others"))
        groups = read_table(inputs.store, release, FEATURES, ["block"])["block"].to_pandas()
        lists = ServedLists(
            hubness(others, inputs.model.films),
            first_reasons(inputs.model, groups, films, others),
            comparison.precision_in_catalogue(films, others),
        )
    results.sort(key=lambda result: -result.metrics[NDCG].mean)
    out.mkdir(parents=True, exist_ok=True)
    document = json.dumps(_document(release, size, results, lists), ensure_ascii=False, indent=2)
    (out / "evaluation.json").write_text(f"{document}\n")
    console = Console(width=_WIDTH, highlight=False, emoji=False)
    console.print(_table(release, size, results))
    console.print(_summary(lists, catalogue))
    stages.note(f"written to {out}: evaluation.json")


class ServedLists(NamedTuple):
    """The five films beside every film: their hubs, reasons, and precision@5 if it can be asked."""

    hubness: Hubness
    first_reasons: dict[str, float]
    precision: Estimate | None


def _document(
    release: str, size: Size, results: Sequence[Result], lists: ServedLists
) -> dict[str, object]:
    methods = {
        result.name: {
            "kind": result.kind,
            "figures": {
                heading: value._asdict() if isinstance(value, Estimate) else value
                for heading, value in result.metrics.items()
            },
        }
        for result in results
    }
    served = {
        "hubness": lists.hubness._asdict(),
        "first_reasons": lists.first_reasons,
        "precision@5": lists.precision and lists.precision._asdict(),
    }
    return {"release": release, "size": size._asdict(), "methods": methods, "lists": served}


def _summary(lists: ServedLists, catalogue: pa.Table) -> str:
    """Say in two lines what the lists of all films are like."""
    hubs, precision = lists.hubness, lists.precision
    reasons = ", ".join(f"{group} {share:.0%}" for group, share in lists.first_reasons.items())
    return (
        f"Lists of all films: the film in most is in {hubs.most:,}"
        f" ({catalogue['title'][hubs.film].as_py()}), the first 100 take {hubs.top_100:.1%} of all"
        f" places, {hubs.never:.1%} of the films are in none; skewness {hubs.skewness:.1f};"
        f" precision@5 {_MISSING if precision is None else format(precision.mean, '.3f')}.\n"
        f"First reasons: {reasons}."
    )


def _table(release: str, size: Size, results: Sequence[Result]) -> Table:
    """Return a row a scorer, each metric over its 95 % interval."""
    table = Table(
        "method",
        *(Column(heading, justify="right", no_wrap=True) for heading in results[0].metrics),
        title=f"{size.users:,} people, {size.films:,} films ({size.in_catalogue:,} in the "
        f"catalogue), {size.ratings:,} ratings; release {release}",
        caption="To each person the ten best of the films not rated yet, after the first 80 % of "
        "the ratings; beside each film the five best.\n"
        f"precision@5 is of {size.compared:,} films that at least 20 people rated, "
        f"and their 20 nearest by those ratings; {_MISSING}: it cannot be asked.\n"
        "Diversity is by genres, novelty in bits; below a figure its 95 % interval.",
        title_justify="left",
        caption_justify="left",
    )
    for result in results:
        name = f"[bold]{result.name}[/]" if result.kind == OURS else result.name
        table.add_row(f"{name}\n[dim]{result.kind}[/]", *map(_cell, result.metrics.values()))
    return table


def _cell(value: Estimate | float | None) -> str:
    if isinstance(value, Estimate):
        return f"{value.mean:.3f}\n[dim]{value.low:.3f}–{value.high:.3f}[/]"
    return _MISSING if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
