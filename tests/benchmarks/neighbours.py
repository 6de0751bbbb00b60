"""All films' neighbours, beside other ways to them: `python -m tests.benchmarks.neighbours`.

    python -m tests.benchmarks.neighbours --releases file:///folder [--releases …]

Every way answers for the first films of each release, in turns: all at once as the job does it;
the model asked for one film after the other, as the API asks it; and scikit-learn's brute force,
which knows the cosine alone: neither quality nor franchises.
"""

from __future__ import annotations

import os
import time
from statistics import median
from typing import TYPE_CHECKING

import click
import numpy as np
from rich.console import Console
from rich.table import Table
from scipy import sparse
from sklearn.neighbors import NearestNeighbors

from cartelera.contract.ranking import BESIDE_A_FILM, USUALLY_RECOMMENDED
from etl.features.neighbours import BLOCK, Search
from etl.release.publish import open_place
from etl.release.releases import answering, open_release
from tests.benchmarks.figures import this_machine

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cartelera.recommend.model import Model

_CORES = os.cpu_count() or 1


def _ways(model: Model, films: int) -> Mapping[str, Callable[[], object]]:
    """Return what finds the neighbours of the first films, by its name."""
    search = Search(model, USUALLY_RECOMMENDED, _CORES)
    shape = (model.films, model.features)
    rows = sparse.csr_array((model.film_weights, model.film_features, model.film_starts), shape)
    brute = NearestNeighbors(
        n_neighbors=USUALLY_RECOMMENDED + 1, algorithm="brute", metric="cosine", n_jobs=_CORES
    ).fit(rows)
    return {
        "all at once": lambda: search.beside(0, films),
        "one by one": lambda: [_beside(model, film) for film in range(films)],
        "scikit-learn": lambda: brute.kneighbors(rows[:films]),
    }


def _beside(model: Model, film: int) -> list[int]:
    scores = model.with_quality_prior(model.similarities(film), BESIDE_A_FILM.quality)
    others = np.arange(model.films) != film
    return model.top_n(scores, USUALLY_RECOMMENDED, *BESIDE_A_FILM[1:], others)


@click.command()
@click.option("--releases", "places", multiple=True, required=True, help="Where a release answers.")
@click.option("--films", default=BLOCK, show_default=True, help="How many to answer for.")
@click.option("--runs", default=3, show_default=True, help="Runs of each.")
def main(places: tuple[str, ...], films: int, runs: int) -> None:
    """Measure how long the neighbours of some films take, of all films of each release."""
    machine = this_machine()
    table = Table(
        title=f"seconds for {films:,} films, medians of {runs}; {machine['cores']} cores, "
        f"{machine['cpu']}, Python {machine['python']}",
        title_justify="left",
    )
    for column in ("films", "features", "weights", "all at once", "one by one", "scikit-learn"):
        table.add_column(column, justify="right")
    for place in places:
        store = open_place(place)
        model = open_release(store, answering(store, place)).model
        ways = _ways(model, min(films, model.films))
        seconds: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(runs):
            for name, way in ways.items():
                started = time.perf_counter()
                way()
                seconds[name].append(time.perf_counter() - started)
        size = (model.films, model.features, len(model.film_weights))
        medians = (f"{median(seconds[name]):.2f}" for name in ways)
        table.add_row(*(f"{number:,}" for number in size), *medians)
    Console(width=100, highlight=False).print(table)


if __name__ == "__main__":
    main()
