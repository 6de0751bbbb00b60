"""How serving grows with the catalogue: `python -m tests.benchmarks.growth`.

    python -m tests.benchmarks.growth --releases file:///folder --releases … --out folder

Every function starts in a process of its own and answers from each of the releases, in turns;
the model is asked for films like others, and what that reads is held against how fast this
machine's memory is.
"""

from __future__ import annotations

import os
import random
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import altair as alt
import click
import numpy as np
import pandas as pd
from rich.console import Console

from cartelera.contract.formats.name_index import SEARCH_ROUTE
from cartelera.contract.release_format import RELEASES_VARIABLE
from cartelera.contract.tables import LOOK_UPS, RECOMENDACION
from infra.local.template import read_template
from tests.benchmarks.common.machine import this_machine
from tests.benchmarks.common.probe import probe
from tests.benchmarks.common.processes import PROJECT
from tests.benchmarks.common.questions import event_for, mistyped
from tests.benchmarks.common.releases import PLACES, open_current
from tests.benchmarks.common.reports import (
    FOLDER,
    figures_table,
    lines_by_films,
    save_chart,
    write_json,
)
from tests.benchmarks.common.timing import Latency, in_turns, seconds_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cartelera.lookup.search import NameIndex
    from cartelera.lookup.table import Table
    from cartelera.recommend.model import Model
    from infra.local.template import Template
    from tests.benchmarks.common.probe import Events, Probe

_ROUTES = (*(schema.route for schema in LOOK_UPS), SEARCH_ROUTE)
_CALLS, _MISSES = 500, 50
_KB, _MB = 1_000, 1_000_000
# The film, its weight, and its score as it is read and written, of each entry.
_ENTRY_BYTES = 4 * 4
_COPIED_BYTES = 256 * _MB


class Subject(NamedTuple):
    """A release, and what its functions are asked, by route."""

    place: str
    films: int
    events: dict[str, Events]
    entries: list[int]


def _subject(place: str, template: Template) -> Subject:
    opened = open_current(place)
    events = {
        schema.route: _events(schema.route, opened.table(schema), template) for schema in LOOK_UPS
    }
    events[SEARCH_ROUTE] = _events(SEARCH_ROUTE, opened.name_index, template)
    model = opened.model
    films = random.Random(place).sample(range(model.films), min(_CALLS, model.films))  # noqa: S311
    return Subject(place, model.films, events, [_entries(model, film) for film in films])


def _events(route: str, named: Table[Any] | NameIndex, template: Template) -> Events:
    choice = random.Random(route)  # noqa: S311 (the same questions each time)
    rows = sorted(choice.sample(range(len(named)), min(_CALLS, len(named))))
    names = [named.name(row) for row in rows]
    choice.shuffle(names)
    wrong = [mistyped(name, choice) for name in names[:_MISSES]]
    return {
        "hits": [event_for(template, route, name) for name in names],
        "misses": [event_for(template, route, name) for name in wrong],
    }


def _entries(model: Model, film: int) -> int:
    """Count the entries that the films most like one are found by."""
    own = model.film_features[model.film_starts[film] : model.film_starts[film + 1]]
    return int((model.feature_starts[own + 1] - model.feature_starts[own]).sum())


def _probe(route: str, subject: Subject, _: int) -> Probe:
    settings = {
        RELEASES_VARIABLE: subject.place,
        "PYTHONPATH": os.pathsep.join(map(str, (PROJECT, PROJECT / "layers" / "shared"))),
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "2048" if route == RECOMENDACION.route else "512",
        "POWERTOOLS_METRICS_NAMESPACE": "benchmark",
        "POWERTOOLS_SERVICE_NAME": route,
    }
    with TemporaryDirectory() as folder:
        found = probe(
            f"functions.{route}.app.handler",
            subject.events[route],
            os.environ | settings,
            Path(folder),
        )
    assert set(found.calls["hits"].statuses) == {200}, route
    # What is mistyped may be another name, and a search forgives it.
    assert set(found.calls["misses"].statuses) <= {200, 404}, route
    return found


def _bandwidth() -> float:
    """Return how many bytes a second are read and written as memory is copied."""
    source = np.ones(_COPIED_BYTES // 8)
    target = np.empty_like(source)
    seconds = (seconds_of(lambda: np.copyto(target, source)) for _ in range(10))
    return 2 * _COPIED_BYTES / min(seconds)


def _figures(subject: Subject, probes: dict[str, list[Probe]], bandwidth: float) -> dict[str, Any]:
    routes = {}
    for route, runs in probes.items():
        hits, misses = (
            Latency.of([seconds for run in runs for seconds in run.calls[kind].seconds])
            for kind in ("hits", "misses")
        )
        # Each start reads the same, for it is asked the same.
        first = runs[0].calls["hits"]
        (requests, read), (more_requests, more_read) = first.warm_up_reads, first.reads
        routes[route] = {
            "start": median(run.start for run in runs),
            "requests_first": requests,
            "bytes_first": read,
            "requests_a_hit": more_requests / len(first.seconds),
            "bytes_a_hit": more_read / len(first.seconds),
            "p50": hits.p50,
            "p99": hits.p99,
            "miss_p50": misses.p50,
            "peak_hits": max(run.calls["hits"].peak_memory for run in runs),
            "peak": max(run.calls["misses"].peak_memory for run in runs),
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
    table = figures_table(
        "from process start; milliseconds, MB and KB",
        (
            *("route", "films", "first answer", "p50", "p99", "a miss, p50", "peak, hits", "peak"),
            *("read first", "in", "read a hit", "in"),
        ),
    )
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
    panels = ("five recommendations", "first answer, look-ups")
    charts = [lines_by_films(data[data["what"] == what], "ms", "series", what) for what in panels]
    save_chart(alt.hconcat(*charts).resolve_scale(color="independent"), path)


@click.command()
@PLACES
@click.option("--runs", default=3, show_default=True, help="Starts of each function.")
@click.option("--out", type=FOLDER, required=True, help="Folder for growth.json and growth.svg.")
def main(places: tuple[str, ...], runs: int, out: Path) -> None:
    """Measure how the functions answer from each of some releases."""
    console = Console(width=160, highlight=False)
    template = read_template(PROJECT / "template.yaml")
    subjects = [_subject(place, template) for place in places]
    bandwidth = _bandwidth()
    ways = {
        (route, number): partial(_probe, route, subject)
        for route in _ROUTES
        for number, subject in enumerate(subjects)
    }
    probes = in_turns(runs, ways, console)
    report = [
        _figures(
            subject,
            {route: runs for (route, own), runs in probes.items() if own == number},
            bandwidth,
        )
        for number, subject in enumerate(subjects)
    ]
    report.sort(key=lambda each: int(each["films"]))
    document = {"machine": this_machine(), "bytes_a_second": bandwidth, "releases": report}
    write_json(out / "growth.json", document)
    _chart(report, out / "growth.svg")
    _print(report, console)


if __name__ == "__main__":
    main()
