"""The search beside an earlier version's and SQLite's FTS5: `python -m tests.benchmarks.search`.

    python -m tests.benchmarks.search --releases file:///folder [--earlier CHECKOUT file:///folder]

Each is called directly, in a process of its own, in turns, and asked the same: beginnings of names,
names with one swap of letters, and what nobody has. CPU time is measured, which other processes
disturb least. An earlier version answers from a release of its own.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from functools import partial
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console

from cartelera.contract.names import key
from cartelera.contract.release_format import RELEASES_VARIABLE
from cartelera.contract.tables import FILM, KEY, KINDS, NOMBRES, RECOMENDACION, VOTES
from etl.release.storage import open_storage
from etl.release.verification import read_table
from tests.benchmarks.common.machine import machine_caption
from tests.benchmarks.common.processes import PROJECT
from tests.benchmarks.common.releases import open_current
from tests.benchmarks.common.reports import figures_table
from tests.benchmarks.common.timing import Latency, in_turns
from tests.benchmarks.search import fts5, subject

if TYPE_CHECKING:
    from cartelera.lookup.search import NameIndex

_BEGINNINGS, _SWAPS, _MISSES = "beginnings", "one swap", "misses"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
# The shortest of what is swapped: a shorter name may be any other.
_SHORTEST = 5
_MB = 1_000_000


def _questions(index: NameIndex, count: int) -> tuple[dict[str, list[str]], list[str]]:
    """Return what is asked by kind, half of it of the best known, and the names with a swap."""
    choice = random.Random(count)  # noqa: S311 (the same questions each time)
    known = choice.choices(range(min(5_000, len(index))), k=count // 2)
    names = [index.name(n) for n in known + choice.choices(range(len(index)), k=count // 2)]
    beginnings = [name[: choice.randint(3, max(3, len(name) - 1))] for name in names]
    longer = [name for name in names if len(key(name)) >= _SHORTEST]
    made_up = [
        " ".join("".join(choice.choices(_LETTERS, k=length)) for length in (8, 6)) for _ in names
    ]
    asked = {
        _BEGINNINGS: list(filter(key, beginnings)),
        _SWAPS: [_swapped(name, choice) for name in longer],
        _MISSES: made_up,
    }
    return asked, longer


def _swapped(name: str, choice: random.Random) -> str:
    at = choice.randrange(len(name) - 1)
    return name[:at] + name[at + 1] + name[at] + name[at + 2 :]


def _names(place: str, release: str) -> list[tuple[str, str]]:
    """Return every name that is searched as it is shown, and its key; the best known first."""
    store = open_storage(place)
    rows: list[tuple[int, str, str]] = []
    titles: list[str] = []
    for schema in (*KINDS.values(), NOMBRES):
        table = read_table(store, release, schema.path)
        shown = table[schema.name].to_pylist()
        if schema is RECOMENDACION:
            titles = shown
        if schema is NOMBRES:
            shown = [titles[film] for film in table[FILM].to_pylist()]
        rows += zip(table[VOTES].to_pylist(), shown, table[KEY].to_pylist(), strict=True)
    rows.sort(key=lambda row: -row[0])
    return [(name, name_key) for _, name, name_key in rows]


def _measure(
    handler: str, code: Path, questions: Path, variables: dict[str, str], _: int
) -> dict[str, Any]:
    folder = questions.parent
    paths = (code, code / "layers" / "shared")
    environment = os.environ | variables | {"PYTHONPATH": os.pathsep.join(map(str, paths))}
    environment |= {"POWERTOOLS_METRICS_NAMESPACE": "bench", "POWERTOOLS_SERVICE_NAME": "buscar"}
    result = folder / "result.json"
    subprocess.run(  # noqa: S603 (the command is ours)
        [sys.executable, "-P", subject.__file__, handler, questions, result],
        env=environment,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    found: dict[str, Any] = json.loads(result.read_text())
    return found


@click.command()
@click.option("--releases", "place", required=True, help="Where a release of this version answers.")
@click.option("--earlier", nargs=2, help="A checkout of an earlier version, and its releases.")
@click.option("--questions", "count", default=600, show_default=True, help="Of each kind.")
@click.option("--runs", default=3, show_default=True, help="Processes of each.")
def main(place: str, earlier: tuple[str, str] | None, count: int, runs: int) -> None:
    """Measure how long searches take, and how many names with a swap are among the first ten."""
    console = Console(width=140, highlight=False)
    release = open_current(place)
    asked, swapped = _questions(release.name_index, count)
    names = _names(place, release.manifest["release"])
    with TemporaryDirectory() as folder:
        questions, database = Path(folder) / "questions.json", Path(folder) / "fts5.db"
        questions.write_text(json.dumps(asked))
        fts5.build(database, names)
        ours = "functions.buscar.app.handler"
        ways = {
            "the index": partial(_measure, ours, PROJECT, questions, {RELEASES_VARIABLE: place}),
            f"FTS5, {database.stat().st_size / _MB:.1f} MB": partial(
                _measure,
                "tests.benchmarks.search.fts5.handler",
                PROJECT,
                questions,
                {fts5.DATABASE_VARIABLE: str(database)},
            ),
        }
        if earlier:
            checkout, own = earlier
            variables = {RELEASES_VARIABLE: own}
            ways["the earlier version"] = partial(
                _measure, ours, Path(checkout), questions, variables
            )
        results = in_turns(runs, ways, console)
    table = figures_table(
        f"{len(names):,} names; CPU ms, p50 / p99 of all calls; medians of {runs} processes; "
        f"{machine_caption()}",
        ("", *asked, "swaps found", "to the first answer", "peak MB"),
    )
    for way, found in results.items():
        table.add_row(way, *_figures(found, asked, swapped))
    console.print(table)


def _figures(found: list[dict[str, Any]], asked: dict[str, Any], swapped: list[str]) -> list[str]:
    latencies = [
        Latency.of([seconds for run in found for seconds, _ in run["calls"][kind]])
        for kind in asked
    ]
    answers = [names for _, names in found[0]["calls"][_SWAPS]]
    right = sum(name in names for name, names in zip(swapped, answers, strict=True))
    return [
        *(f"{each.p50 * 1000:.2f} / {each.p99 * 1000:.2f}" for each in latencies),
        f"{right} of {len(swapped)}",
        f"{median(run['first'] for run in found) * 1000:.0f} ms",
        f"{median(run['peak'] for run in found) / _MB:.0f}",
    ]


if __name__ == "__main__":
    main()
