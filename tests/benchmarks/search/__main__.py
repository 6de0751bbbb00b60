"""The search beside SQLite's FTS5: `python -m tests.benchmarks.search --raw FOLDER --out FOLDER`.

    python -m tests.benchmarks.search --raw FOLDER [--names 3] [--earlier CHECKOUT] --out docs

The job makes a release of the raw folder and of made-up Spanish titles, as many as make each film
have some names. The search, what a request takes without one, FTS5 over the same names and, if
asked for, an earlier version's search are each called directly, in a process of its own, in
turns, and asked the same: beginnings of names, names with one swap of letters, and what nobody
has. CPU time is measured, which other processes disturb least.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from dataclasses import asdict, dataclass
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
from tests.benchmarks.common.figures import MEGABYTES, MILLISECONDS, SHARE, Figure
from tests.benchmarks.common.machine import machine_caption, this_machine
from tests.benchmarks.common.processes import PROJECT
from tests.benchmarks.common.releases import open_current
from tests.benchmarks.common.reports import FOLDER, figures_table, write_json
from tests.benchmarks.common.timing import Latency, in_turns
from tests.benchmarks.search import fts5, subject
from tests.benchmarks.search.akas import with_akas

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cartelera.lookup.search import NameIndex
    from etl.release.verification import VerifiedRelease
    from tests.benchmarks.common.figures import Unit

_BEGINNINGS, _SWAPS, _MISSES = "beginnings", "one swap", "misses"
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
# The shortest of what is swapped: a shorter name may be any other.
_SHORTEST = 5
_FLOOR, _PEER, _OURS, _EARLIER = "a request without a search", "FTS5", "the index", "earlier"

# What the search is held to: CPU seconds of a slow answer of each kind, bytes, the share of swaps
# that it finds; and times what others take in the same run: its size and its answer to a swap or to
# what nobody has those of FTS5, its start that of the floor.
_SLOW = 0.010
_PEAK = 100_000_000
_FOUND = 0.98
_TIMES_PEER = {"size": 0.5, _SWAPS: 0.25, _MISSES: 1}
_TIMES_FLOOR = 1.75


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


def _names(release: VerifiedRelease) -> list[tuple[str, str]]:
    """Return every name that is searched as it is shown, and its key; the best known first."""
    rows: list[tuple[int, str, str]] = []
    titles: list[str] = []
    for schema in (*KINDS.values(), NOMBRES):
        table = release.table(schema)
        # A row's at once: large tables are read block by block.
        for row in range(len(table)):
            votes, shown, name_key = (
                table.value(column, row) for column in (VOTES, schema.name, KEY)
            )
            if schema is RECOMENDACION:
                titles.append(str(shown))
            if schema is NOMBRES:
                shown = titles[int(str(table.value(FILM, row)))]
            rows.append((int(str(votes)), str(shown), str(name_key)))
    rows.sort(key=lambda row: -row[0])
    return [(name, name_key) for _, name, name_key in rows]


def _measure(
    handler: str, code: Path, questions: Path, variables: dict[str, str], _: int
) -> dict[str, Any]:
    folder = questions.parent
    environment = _environment(code) | variables
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


def _make_release(code: Path, raw: Path, folder: Path) -> str:
    """Return the place of a release that some version makes."""
    place = f"file://{folder}"
    command = [sys.executable, "-P", "-m", "etl", "--raw", str(raw)]
    command += ["--releases", place, "--no-report", "--workers", "1"]
    subprocess.run(command, env=_environment(code), stdout=subprocess.DEVNULL, check=True)  # noqa: S603 (the command is ours)
    return place


def _environment(code: Path) -> dict[str, str]:
    paths = (code, code / "layers" / "shared")
    return os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))}


def _index_bytes(place: str) -> int:
    return sum(path.stat().st_size for path in Path(place[7:]).glob("releases/*/tables/*.index"))


@click.command()
@click.option(
    "--raw",
    required=True,
    type=click.Path(path_type=Path, exists=True),
    help="Folder with the raw files.",
)
@click.option("--names", "names_each", default=3, show_default=True, help="Of a film, at least.")
@click.option("--earlier", type=FOLDER, help="A checkout of an earlier version.")
@click.option("--out", required=True, type=FOLDER, help="Folder for search.json.")
@click.option("--questions", "count", default=600, show_default=True, help="Of each kind.")
@click.option("--runs", default=3, show_default=True, help="Processes of each.")
def main(  # noqa: PLR0913 (the options)
    *, raw: Path, names_each: int, earlier: Path | None, out: Path, count: int, runs: int
) -> None:
    """Measure how long searches take and how many swaps they forgive; hold them to their limits."""
    console = Console(width=180, highlight=False)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        with console.status("Making a release"):
            source = with_akas(raw, folder / "raw", names_each - 1)
            place = _make_release(PROJECT, source, folder / "releases")
        release = open_current(place)
        asked, swapped = _questions(release.name_index, count)
        names = _names(release)
        questions, database = folder / "questions.json", folder / "fts5.db"
        questions.write_text(json.dumps(asked))
        fts5.build(database, names)
        at = {RELEASES_VARIABLE: place}
        own = {fts5.DATABASE_VARIABLE: str(database)}
        ours = "functions.buscar.app.handler"
        ways = {
            _FLOOR: _way("tests.benchmarks.search.floor.handler", PROJECT, questions, at),
            _PEER: _way("tests.benchmarks.search.fts5.handler", PROJECT, questions, own),
            _OURS: _way(ours, PROJECT, questions, at),
        }
        sizes = {_PEER: database.stat().st_size, _OURS: _index_bytes(place)}
        if earlier:
            before = _make_release(earlier, source, folder / "earlier")
            ways[_EARLIER] = _way(ours, earlier, questions, {RELEASES_VARIABLE: before})
            sizes[_EARLIER] = _index_bytes(before)
        results = in_turns(runs, ways, console)
    measured = {way: _sum_up(found, swapped) for way, found in results.items()}
    figures = {way: _figures(way, measured, sizes) for way in ways}
    table = figures_table(
        f"{len(names):,} names; CPU time; {runs} processes of each\n{machine_caption()}",
        ("", *figures[_OURS]),
    )
    for way, each in figures.items():
        table.add_row(way, *map(str, each.values()))
    console.print(table)
    document = {
        "machine": this_machine(),
        "names": len(names),
        "swaps": len(swapped),
        "ways": {
            way: {
                **asdict(measured[way]),
                "figures": {name: figure.to_json() for name, figure in each.items()},
            }
            for way, each in figures.items()
        },
    }
    write_json(out / "search.json", document)
    sys.exit(any(figure.passes is False for figure in figures[_OURS].values()))


def _way(
    handler: str, code: Path, questions: Path, variables: dict[str, str]
) -> Callable[[int], dict[str, Any]]:
    return partial(_measure, handler, code, questions, variables)


@dataclass(frozen=True, slots=True)
class Search:
    """What one way of searching took, of some processes: CPU seconds, bytes, the swaps found."""

    calls: dict[str, Latency]
    swaps_found: float
    first: float
    peak: float


def _sum_up(found: list[dict[str, Any]], swapped: list[str]) -> Search:
    calls = {
        kind: Latency.of([seconds for run in found for seconds, _ in run["calls"][kind]])
        for kind in (_BEGINNINGS, _SWAPS, _MISSES)
    }
    answers = [names for _, names in found[0]["calls"][_SWAPS]]
    right = sum(name in names for name, names in zip(swapped, answers, strict=True))
    return Search(
        calls,
        right / len(swapped),
        median(run["first"] for run in found),
        median(run["peak"] for run in found),
    )


def _figures(
    way: str, measured: Mapping[str, Search], sizes: Mapping[str, int]
) -> dict[str, Figure]:
    """Return what is shown of a way by heading; the search of this version with its limits."""
    search, peer = measured[way], measured[_PEER]
    held = way == _OURS

    def figure(unit: Unit, value: float | None, **limits: float) -> Figure:
        return Figure(unit, value, **limits if held else {})

    figures = {
        "size": figure(MEGABYTES, sizes.get(way), at_most=_TIMES_PEER["size"] * sizes[_PEER])
    }
    for kind, latency in search.calls.items():
        times = _TIMES_PEER.get(kind)
        limits = {"at_most": times * peer.calls[kind].p50} if times else {}
        figures[f"{kind}, p50"] = figure(MILLISECONDS, latency.p50, **limits)
        figures[f"{kind}, p99"] = figure(MILLISECONDS, latency.p99, at_most=_SLOW)
    found = None if way == _FLOOR else search.swaps_found
    first = _TIMES_FLOOR * measured[_FLOOR].first
    return figures | {
        "swaps found": figure(SHARE, found, at_least=_FOUND),
        "first answer": figure(MILLISECONDS, search.first, at_most=first),
        "peak memory": figure(MEGABYTES, search.peak, at_most=_PEAK),
    }


if __name__ == "__main__":
    main()
