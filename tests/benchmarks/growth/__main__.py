"""How serving grows with the catalogue: `python -m tests.benchmarks.growth`.

    python -m tests.benchmarks.growth --releases file:///folder --releases … --out folder

Every function starts in a process of its own and answers from each of the releases, in turns;
the model is asked for films like others, and what that reads is held against how fast this
machine's memory is.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import time
from collections import defaultdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import altair as alt
import click
import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from cartelera.contract.release_format import RELEASES_VARIABLE
from cartelera.contract.tables import (
    BUSCAR,
    CANTIDAD_FILMACIONES_DIA,
    CANTIDAD_FILMACIONES_MES,
    FRANQUICIA,
    GET_ACTOR,
    GET_DIRECTOR,
    PELICULAS_DURACION,
    PELICULAS_IDIOMA,
    PELICULAS_PAIS,
    PRODUCTORAS_EXITOSAS,
    RECOMENDACION,
    SCORE_TITULO,
    VOTOS_TITULO,
)
from etl.release.publish import open_place
from etl.release.releases import answering, open_release
from tests.benchmarks.figures import Latency, this_machine

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cartelera.recommend.model import Model
    from etl.release.releases import Opened

_PROJECT = Path(__file__).parents[3]
_ASKED = {
    PELICULAS_IDIOMA: "idioma",
    PELICULAS_PAIS: "pais",
    CANTIDAD_FILMACIONES_MES: "mes",
    CANTIDAD_FILMACIONES_DIA: "dia",
    PELICULAS_DURACION: "pelicula",
    SCORE_TITULO: "titulo",
    VOTOS_TITULO: "titulo",
    FRANQUICIA: "franquicia",
    PRODUCTORAS_EXITOSAS: "productora",
    GET_DIRECTOR: "nombre",
    GET_ACTOR: "nombre",
    BUSCAR: "q",
    RECOMENDACION: "titulo",
}
_CALLS, _MISSES = 500, 50
_KB, _MB = 1_000, 1_000_000
# The film, its weight, and its score as it is read and written, of each entry.
_ENTRY_BYTES = 4 * 4
_COPIED_BYTES = 256 * _MB


class Probed(NamedTuple):
    """What one process of a function took; seconds and bytes, and requests before bytes."""

    start: float
    read_first: list[int]
    read_hits: list[int]
    hits: list[float]
    misses: list[float]
    peak_hits: int
    peak: int


class Subject(NamedTuple):
    """A release, and what its functions are asked, by route."""

    place: str
    films: int
    events: dict[str, dict[str, list[Any]]]
    entries: list[int]


def _subject(place: str) -> Subject:
    store = open_place(place)
    opened = open_release(store, answering(store, place))
    events = {schema.route: _events(opened, schema.path, name) for schema, name in _ASKED.items()}
    model = opened.model
    films = random.Random(place).sample(range(model.films), _CALLS)  # noqa: S311
    return Subject(place, model.films, events, [_entries(model, film) for film in films])


def _events(opened: Opened, path: str, name: str) -> dict[str, list[Any]]:
    table = opened.tables[path]
    choice = random.Random(path)  # noqa: S311 (the same questions each time)
    rows = sorted(choice.sample(range(len(table)), min(_CALLS, len(table))))
    names = [table.name(row) for row in rows]
    choice.shuffle(names)
    mistyped = [f"{each[:2]}q{each[2:]}" for each in names[:_MISSES]]
    return {
        "hits": [_event(name, each) for each in names],
        "misses": [_event(name, each) for each in mistyped],
    }


def _event(parameter: str, value: str) -> dict[str, Any]:
    return {
        "httpMethod": "GET",
        "path": "/",
        "requestContext": {},
        "multiValueQueryStringParameters": {parameter: [value]},
    }


def _entries(model: Model, film: int) -> int:
    """Count the entries that the films most like one are found by."""
    own = model.film_features[model.film_starts[film] : model.film_starts[film + 1]]
    return int((model.feature_starts[own + 1] - model.feature_starts[own]).sum())


def _probe(route: str, subject: Subject, folder: Path) -> Probed:
    asked, told = folder / "asked.json", folder / "told.json"
    asked.write_text(json.dumps(subject.events[route]))
    path = os.pathsep.join(map(str, (_PROJECT, _PROJECT / "layers" / "shared")))
    settings = {
        RELEASES_VARIABLE: subject.place,
        "PYTHONPATH": path,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "2048" if route == RECOMENDACION.route else "512",
        "POWERTOOLS_METRICS_NAMESPACE": "benchmark",
        "POWERTOOLS_SERVICE_NAME": route,
    }
    started = time.time()
    subprocess.run(  # noqa: S603 (the command is ours)
        [sys.executable, "-m", "tests.benchmarks.growth.probe", route, asked, told],
        env=os.environ | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    result = json.loads(told.read_text())
    return Probed(
        result["answered_at"] - started,
        *(result[name] for name in Probed._fields[1:]),
    )


def _bandwidth() -> float:
    """Return how many bytes a second are read and written as memory is copied."""
    source = np.ones(_COPIED_BYTES // 8)
    target = np.empty_like(source)
    seconds = []
    for _ in range(10):
        started = time.perf_counter()
        np.copyto(target, source)
        seconds.append(time.perf_counter() - started)
    return 2 * _COPIED_BYTES / min(seconds)


def _figures(subject: Subject, probed: dict[str, list[Probed]], bandwidth: float) -> dict[str, Any]:
    routes = {}
    for route, runs in probed.items():
        hits = Latency.of([seconds for run in runs for seconds in run.hits])
        misses = Latency.of([seconds for run in runs for seconds in run.misses])
        # Each start reads the same, for it is asked the same.
        (requests, read), (more_requests, more_read) = runs[0].read_first, runs[0].read_hits
        routes[route] = {
            "start": median(run.start for run in runs),
            "requests_first": requests,
            "bytes_first": read,
            "requests_a_hit": more_requests / len(runs[0].hits),
            "bytes_a_hit": more_read / len(runs[0].hits),
            "p50": hits.p50,
            "p99": hits.p99,
            "miss_p50": misses.p50,
            "peak_hits": max(run.peak_hits for run in runs),
            "peak": max(run.peak for run in runs),
        }
    touched = median(subject.entries) * _ENTRY_BYTES + 2 * 4 * subject.films
    return {
        "films": subject.films,
        "routes": routes,
        "entries_p50": median(subject.entries),
        "bytes_touched": touched,
        "seconds_by_bandwidth": touched / bandwidth,
    }


def _print(report: Sequence[dict[str, Any]], console: Console) -> None:
    table = Table(title="from process start; milliseconds, MB and KB", title_justify="left")
    table.add_column("route")
    columns = ("films", "first answer", "p50", "p99", "a miss, p50", "peak, hits", "peak")
    for column in (*columns, "read first", "in", "read a hit", "in"):
        table.add_column(column, justify="right")
    for route in report[0]["routes"]:
        for each in report:
            own = each["routes"][route]
            times = (f"{own[name] * 1000:,.2f}" for name in ("start", "p50", "p99", "miss_p50"))
            sizes = (f"{own[name] / _MB:,.0f}" for name in ("peak_hits", "peak"))
            reads = (
                f"{own['bytes_first'] / _KB:,.0f}",
                str(own["requests_first"]),
                f"{own['bytes_a_hit'] / _KB:,.1f}",
                f"{own['requests_a_hit']:.2f}",
            )
            table.add_row(route, f"{each['films']:,}", *times, *sizes, *reads)
        table.add_section()
    console.print(table)
    for each in report:
        console.print(
            f"{each['films']:,} films: {each['bytes_touched'] / _MB:,.1f} MB touched by five "
            f"recommendations, {each['seconds_by_bandwidth'] * 1000:.2f} ms by memory alone"
        )


def _chart(report: Iterable[dict[str, Any]], path: Path) -> None:
    rows = []
    for each in report:
        own = each["routes"]
        recommended = own[RECOMENDACION.route]["p50"] * 1000
        by_memory = each["seconds_by_bandwidth"] * 1000
        rows += [
            ("five recommendations", "as measured, p50", each["films"], recommended),
            ("five recommendations", "bytes touched / bandwidth", each["films"], by_memory),
        ]
        rows += [
            ("first answer, look-ups", route, each["films"], figures["start"] * 1000)
            for route, figures in own.items()
            if route != RECOMENDACION.route
        ]
    data = pd.DataFrame(rows, columns=["what", "series", "films", "ms"])
    charts = [
        alt.Chart(data[data["what"] == what], title=what, width=300, height=220)
        .mark_line(point=True)
        .encode(
            x=alt.X("films:Q", title="films", axis=alt.Axis(format="~s", tickCount=5)),
            y=alt.Y("ms:Q", title="ms"),
            color=alt.Color("series:N", title=None),
        )
        for what in ("five recommendations", "first answer, look-ups")
    ]
    chart = alt.hconcat(*charts).resolve_scale(color="independent")
    chart.configure(background="white").configure_view(stroke=None).save(str(path))


@click.command()
@click.option("--releases", "places", multiple=True, required=True, help="Where a release answers.")
@click.option("--runs", default=3, show_default=True, help="Starts of each function.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="Folder for growth.json and growth.svg.",
)
def main(places: tuple[str, ...], runs: int, out: Path) -> None:
    """Measure how the functions answer from each of some releases."""
    console = Console(width=160, highlight=False)
    subjects = [_subject(place) for place in places]
    bandwidth = _bandwidth()
    probed: list[dict[str, list[Probed]]] = [defaultdict(list) for _ in subjects]
    with TemporaryDirectory() as folder:
        for schema in _ASKED:
            for turn in range(runs):
                with console.status(f"{schema.route}, {turn + 1} of {runs}"):
                    for subject, own in zip(subjects, probed, strict=True):
                        own[schema.route].append(_probe(schema.route, subject, Path(folder)))
    report = [
        _figures(subject, own, bandwidth) for subject, own in zip(subjects, probed, strict=True)
    ]
    report.sort(key=lambda each: int(each["films"]))
    out.mkdir(parents=True, exist_ok=True)
    document = {"machine": this_machine(), "bytes_a_second": bandwidth, "releases": report}
    (out / "growth.json").write_text(json.dumps(document, indent=1) + "\n")
    _chart(report, out / "growth.svg")
    _print(report, console)


if __name__ == "__main__":
    main()
