"""All films' neighbours, beside other ways to them: `python -m tests.benchmarks.neighbours`.

    python -m tests.benchmarks.neighbours --releases file:///folder [--releases …]

Every way answers for the first films of each release, in turns: all at once as the job does it;
the model asked for one film after the other, as the API asks it; and scikit-learn's brute force,
which knows the cosine alone: neither quality nor franchises.
"""

from __future__ import annotations

import os
from statistics import median
from typing import TYPE_CHECKING

import click
from rich.console import Console
from scipy import sparse
from sklearn.neighbors import NearestNeighbors

from cartelera.contract.ranking import DEFAULT_N, FILM_RANKING
from cartelera.recommend.query import Query
from etl.features.neighbours import BATCH, Search
from tests.benchmarks.common.machine import machine_caption
from tests.benchmarks.common.releases import PLACES, open_current
from tests.benchmarks.common.reports import figures_table
from tests.benchmarks.common.timing import in_turns, seconds_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cartelera.recommend.model import Model

_CORES = os.cpu_count() or 1


def _ways(model: Model, films: int) -> Mapping[str, Callable[[int], float]]:
    """Return what times a way to the neighbours of the first films, by its name."""
    search = Search(model, DEFAULT_N, _CORES)
    shape = (model.films, model.features)
    rows = sparse.csr_array((model.film_weights, model.film_features, model.film_starts), shape)
    brute = NearestNeighbors(
        n_neighbors=DEFAULT_N + 1, algorithm="brute", metric="cosine", n_jobs=_CORES
    ).fit(rows)
    return {
        "all at once": lambda _: seconds_of(lambda: search.beside(range(films))),
        "one by one": lambda _: seconds_of(lambda: [_beside(model, film) for film in range(films)]),
        "scikit-learn": lambda _: seconds_of(lambda: brute.kneighbors(rows[:films])),
    }


def _beside(model: Model, film: int) -> list[int]:
    scores = Query.of_film(model, film, FILM_RANKING).scores()
    usual, others = FILM_RANKING, model.all_but([film])
    return model.top_n(scores, DEFAULT_N, usual.diversity, usual.per_collection, others)


@click.command()
@PLACES
@click.option("--films", default=BATCH, show_default=True, help="How many to answer for.")
@click.option("--runs", default=3, show_default=True, help="Runs of each.")
def main(places: tuple[str, ...], films: int, runs: int) -> None:
    """Measure how long the neighbours of some films take, of all films of each release."""
    console = Console(width=100, highlight=False)
    table = figures_table(
        f"seconds for {films:,} films, medians of {runs}; {machine_caption()}",
        ("films", "features", "weights", "all at once", "one by one", "scikit-learn"),
    )
    for place in places:
        model = open_current(place).model
        seconds = in_turns(runs, _ways(model, min(films, model.films)), console)
        size = (model.films, model.features, len(model.film_weights))
        medians = (f"{median(each):.2f}" for each in seconds.values())
        table.add_row(*(f"{number:,}" for number in size), *medians)
    console.print(table)


if __name__ == "__main__":
    main()
