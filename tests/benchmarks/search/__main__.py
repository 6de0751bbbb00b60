"""The search beside an earlier version's and SQLite's FTS5: `python -m tests.benchmarks.search`.

    python -m tests.benchmarks.search --raw FOLDER [--names 3] [--earlier CHECKOUT] --out docs

Each version makes a release of the raw folder and of made-up Spanish titles, as many as make each
film have some names. Each is called directly, in a process of its own, in turns, and asked the
same: beginnings of names, names with one swap of letters, and what nobody has. CPU time is
measured, which other processes disturb least.
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
from tests.benchmarks.common.machine import machine_caption, this_machine
from tests.benchmarks.common.processes import PROJECT
from tests.benchmarks.common.releases import open_current
from tests.benchmarks.common.reports import FOLDER, figures_table, write_json
from tests.benchmarks.common.timing import Latency, in_turns
from tests.benchmarks.search import fts5, subject
from tests.benchmarks.search.akas import with_akas

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
@click.option("--raw", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--names", "names_each", default=1, show_default=True, help="Of a film, at least.")
@click.option("--earlier", type=FOLDER, help="A checkout of an earlier version.")
@click.option("--out", type=FOLDER, help="Write all figures there, as search.json.")
@click.option("--questions", "count", default=600, show_default=True, help="Of each kind.")
@click.option("--runs", default=3, show_default=True, help="Processes of each.")
def main(  # noqa: PLR0913 (the options)
    *, raw: Path, names_each: int, earlier: Path | None, out: Path | None, count: int, runs: int
) -> None:
    """Measure how long searches take, and how many names with a swap are among the first ten."""
    console = Console(width=140, highlight=False)
    with TemporaryDirectory() as temporary:
        folder = Path(temporary)
        source = with_akas(raw, folder / "raw", names_each - 1)
        place = _make_release(PROJECT, source, folder / "releases")
        release = open_current(place)
        asked, swapped = _questions(release.name_index, count)
        names = _names(place, release.manifest["release"])
        questions, database = folder / "questions.json", folder / "fts5.db"
        questions.write_text(json.dumps(asked))
        fts5.build(database, names)
        ours = "functions.buscar.app.handler"
        ways = {
            "the index": partial(_measure, ours, PROJECT, questions, {RELEASES_VARIABLE: place}),
            "FTS5": partial(
                _measure,
                "tests.benchmarks.search.fts5.handler",
                PROJECT,
                questions,
                {fts5.DATABASE_VARIABLE: str(database)},
            ),
        }
        sizes = {"the index": _index_bytes(place), "FTS5": database.stat().st_size}
        if earlier:
            own = _make_release(earlier, source, folder / "earlier")
            ways["the earlier version"] = partial(
                _measure, ours, earlier, questions, {RELEASES_VARIABLE: own}
            )
            sizes["the earlier version"] = _index_bytes(own)
        results = in_turns(runs, ways, console)
    figures = {
        way: {"bytes": sizes[way], **_figures(found, asked, swapped)}
        for way, found in results.items()
    }
    table = figures_table(
        f"{len(names):,} names; CPU ms, p50 / p99 of all calls; medians of {runs} processes; "
        f"{machine_caption()}",
        ("", "MB", *asked, "swaps found", "to the first answer", "peak MB"),
    )
    for way, figure in figures.items():
        table.add_row(
            way,
            f"{figure['bytes'] / _MB:.1f}",
            *(f"{figure[kind]['p50']:.2f} / {figure[kind]['p99']:.2f}" for kind in asked),
            f"{figure['swaps_found']} of {len(swapped)}",
            f"{figure['first_ms']:.0f} ms",
            f"{figure['peak'] / _MB:.0f}",
        )
    console.print(table)
    if out:
        document = {"machine": this_machine(), "names": len(names), "swaps": len(swapped)}
        write_json(out / "search.json", document | {"ways": figures})


def _figures(
    found: list[dict[str, Any]], asked: dict[str, Any], swapped: list[str]
) -> dict[str, Any]:
    """Return the figures of some processes; times are CPU milliseconds."""
    figures: dict[str, Any] = {}
    for kind in asked:
        latency = Latency.of([seconds for run in found for seconds, _ in run["calls"][kind]])
        figures[kind] = {"p50": latency.p50 * 1_000, "p99": latency.p99 * 1_000}
    answers = [names for _, names in found[0]["calls"][_SWAPS]]
    return figures | {
        "swaps_found": sum(name in names for name, names in zip(swapped, answers, strict=True)),
        "first_ms": median(run["first"] for run in found) * 1_000,
        "peak": median(run["peak"] for run in found),
    }


if __name__ == "__main__":
    main()
