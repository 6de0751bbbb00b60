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
from etl.evaluation.comparison import (
    HELD_AGAINST,
    NAMES,
    NDCG,
    OURS,
    SHUFFLES,
    Comparison,
)
from etl.evaluation.hubness import first_reasons, hubness
from etl.evaluation.inputs import input_options, read_inputs
from etl.evaluation.metrics import Estimate, estimate
from etl.evaluation.mixture import SHIPPED, Numbers
from etl.evaluation.scorers import NINE_COLUMNS
from etl.evaluation.tasks import K_FILM
from etl.features.neighbours import find_neighbours
from etl.release.verification import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from cartelera.recommend.item_weights import ItemWeights
    from cartelera.recommend.model import Model
    from etl.evaluation.comparison import Result, Size
    from etl.evaluation.hubness import Hubness

_WIDTH = 160
_COLUMNS = (*NINE_COLUMNS[1:], *NAMES)
_MISSING = "n/a"


@click.command(cls=options.JobCommand)
@input_options
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where results go.")
@click.option(
    "--choose/--shipped",
    help="Choose how content and ratings are mixed anew for each fold of people, by the others, "
    "which takes some minutes; or take what releases have.",
)
def main(*, releases: str, ratings: Path, links: Path, out: Path, choose: bool) -> None:
    """Compare the recommendations of the current release with those of other scorers.

    Prints a table, and writes evaluation.json.
    """
    stages = options.current_stages()
    inputs = read_inputs(releases, ratings, links, stages)
    release, model = inputs.release, inputs.model
    with stages.stage("Parting the people"):
        catalogue = read_table(inputs.store, release, CATALOG, ["id", "title", *_COLUMNS])
        comparison = Comparison(inputs.ratings, inputs.links, catalogue, inputs.imdb_ids, model)
        size = comparison.size
        if not size.in_catalogue:
            raise JobError(
                f"release {release} has no film of {links}: publish one of the films that were "
                "rated, make etl RAW=folder"
            )
    if choose:
        choices = comparison.choices
        with stages.stage("Choosing how content and ratings are mixed", choices) as advance:
            comparison.choose(advance)
    with stages.stage("Asking the scorers", comparison.steps) as advance:
        results = comparison.evaluate(advance)
    groups = read_table(inputs.store, release, FEATURES, ["block"])["block"].to_pandas()
    precisions = comparison.precision_in_catalogue() or {}
    lists = {}
    for name, weights in (("content", None), ("mixture", inputs.item_weights)):
        if weights is None and name == "mixture":
            continue
        with stages.stage(f"Finding the neighbours of all films by {name}", model.films) as advance:
            films, others = _neighbours(model, weights, advance)
        lists[name] = ServedLists(
            hubness(others, model.films),
            first_reasons(model, groups, films, others) if weights is None else None,
            precisions.get(name),
        )
    results.sort(key=lambda result: -result.metrics[NDCG].mean)
    out.mkdir(parents=True, exist_ok=True)
    document = json.dumps(
        _document(release, comparison, results, lists), ensure_ascii=False, indent=2
    )
    (out / "evaluation.json").write_text(f"{document}\n")
    console = Console(width=_WIDTH, highlight=False, emoji=False)
    console.print(_table(release, size, results))
    console.print(_differences(results))
    console.print(_chosen(comparison))
    for name, each in lists.items():
        console.print(_summary(name, each, catalogue))
    stages.note(f"written to {out}: evaluation.json")


def _neighbours(
    model: Model, weights: ItemWeights | None, advance: Callable[[int], None]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the rows of all films, and of those that the API recommends beside each."""
    found = []
    for batch in find_neighbours(model, K_FILM, os.process_cpu_count() or 1, item_weights=weights):
        found.append(batch)
        advance(len(batch["films"].unique()))
    neighbours = pa.concat_tables(found)
    return neighbours["films"].to_numpy(), neighbours["others"].to_numpy()


class ServedLists(NamedTuple):
    """The five films beside every film: their hubs, reasons, and precision@5 if it can be asked.

    The reasons are those of content alone.
    """

    hubness: Hubness
    first_reasons: dict[str, float] | None
    precision: Estimate | None


def _document(
    release: str,
    comparison: Comparison,
    results: Sequence[Result],
    lists: Mapping[str, ServedLists],
) -> dict[str, object]:
    methods = {
        result.name: {
            "kind": result.kind,
            "figures": {
                heading: value._asdict() if isinstance(value, Estimate) else value
                for heading, value in result.metrics.items()
            },
            "ndcg_over_shuffles": list(result.shuffles),
            "ndcg_beyond": _beyond(result, results),
        }
        for result in results
    }
    of_folds, of_all = comparison.chosen
    served = {
        name: {
            "hubness": each.hubness._asdict(),
            "first_reasons": each.first_reasons,
            "precision@5": each.precision and each.precision._asdict(),
        }
        for name, each in lists.items()
    }
    return {
        "release": release,
        "size": comparison.size._asdict(),
        "chosen": {
            "by_fold": [each._asdict() for each in of_folds],
            "by_all": of_all._asdict(),
            "shipped": SHIPPED._asdict(),
        },
        "methods": methods,
        "lists": served,
    }


def _beyond(result: Result, results: Sequence[Result]) -> dict[str, dict[str, float]]:
    """Return by how much somebody's NDCG@10 is higher than by each of `HELD_AGAINST`."""
    return {
        other.name: estimate(result.ndcg - other.ndcg)._asdict()
        for other in results
        if other.name in HELD_AGAINST and other is not result
    }


def _differences(results: Sequence[Result]) -> str:
    lines = []
    for result in results:
        if result.kind == OURS and result.name not in HELD_AGAINST:
            against = (
                f"{name} {figure['mean']:+.3f} ({figure['low']:+.3f} to {figure['high']:+.3f})"
                for name, figure in _beyond(result, results).items()
            )
            lines.append(f"{result.name}: {', '.join(against)}")
    return f"NDCG@10 of the same people, beyond that of: {'; '.join(lines)}."


def _chosen(comparison: Comparison) -> str:
    of_folds, of_all = comparison.chosen
    names = ", ".join(Numbers._fields)
    lines = [f"{number}: {_numbers(each)}" for number, each in enumerate(of_folds, 1)]
    return (
        f"Chosen for each fold by the others ({names}): {'; '.join(lines)}. By all of them: "
        f"{_numbers(of_all)}; shipped: {_numbers(SHIPPED)}."
    )


def _numbers(numbers: Numbers) -> str:
    return " ".join(f"{number:g}" for number in numbers)


def _summary(name: str, lists: ServedLists, catalogue: pa.Table) -> str:
    """Say in two lines what the lists of all films are like."""
    hubs, precision = lists.hubness, lists.precision
    reasons = ", ".join(
        f"{group} {share:.0%}" for group, share in (lists.first_reasons or {}).items()
    )
    return (
        f"Lists of all films, by {name}: the film in most is in {hubs.most:,}"
        f" ({catalogue['title'][hubs.film].as_py()}), the first 100 take {hubs.top_100:.1%} of all"
        f" places, {hubs.never:.1%} of the films are in none; skewness {hubs.skewness:.1f};"
        f" precision@5 {_MISSING if precision is None else format(precision.mean, '.3f')}."
        + (f"\nFirst reasons: {reasons}." if reasons else "")
    )


def _table(release: str, size: Size, results: Sequence[Result]) -> Table:
    """Return a row a scorer, each metric over its 95 % interval."""
    table = Table(
        "method",
        *(Column(heading, justify="right", no_wrap=True) for heading in results[0].metrics),
        title=f"{size.users:,} people, {size.films:,} films ({size.in_catalogue:,} in the "
        f"catalogue), {size.ratings:,} ratings; release {release}",
        caption="To each person the ten best of the films not rated yet, by what was liked of the "
        "first 80 % of the ratings; beside each film the five best. What learns from ratings "
        "learned from other people's: five folds.\n"
        f"precision@5 is of {size.compared:,} films that at least 20 of one half of the people "
        f"rated, and their 20 nearest by those ratings, learned from the other half; {_MISSING}: "
        "it cannot be asked. Cold: of the films alone that nobody rated of those learned from.\n"
        f"Of {size.ties:,} people the first 80 % end within a second, whose order is random: below "
        f"NDCG@10 its lowest and highest over {SHUFFLES} orders; below other figures, and above "
        "these, the 95 % interval over people. Diversity is by genres, novelty in bits, most: the "
        "share of people with the film that most have.",
        title_justify="left",
        caption_justify="left",
    )
    for result in results:
        name = f"[bold]{result.name}[/]" if result.kind == OURS else result.name
        low, high = result.shuffles
        cells = [_cell(value) for value in result.metrics.values()]
        # The first is NDCG.
        cells[0] += f"\n[dim]{low:.3f}–{high:.3f}[/]"
        table.add_row(f"{name}\n[dim]{result.kind}[/]", *cells)
    return table


def _cell(value: Estimate | float | None) -> str:
    if isinstance(value, Estimate):
        return f"{value.mean:.3f}\n[dim]{value.low:.3f}–{value.high:.3f}[/]"
    return _MISSING if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
