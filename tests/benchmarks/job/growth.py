"""How the job grows with the films, on either engine: `python -m tests.benchmarks.job.growth`.

    python -m tests.benchmarks.job.growth --raw FOLDER --raw … --engine pandas --engine spark \
        --out FOLDER

Large runs take their time: each is added to `job-growth.json` as soon as it is over, in place of
an earlier one on as many films and the same engine.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import altair as alt
import click
import pandas as pd
from rich.console import Console

from cartelera.contract.release_format import MANIFEST, POINTER, release_path
from tests.benchmarks.common.machine import this_machine
from tests.benchmarks.common.processes import PROJECT, measure
from tests.benchmarks.common.reports import (
    FOLDER,
    figures_table,
    lines_by_films,
    save_chart,
    write_json,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

_GB = 1e9
# What runs the job on which engine, and how the chart calls it.
_PYTHONS = {"pandas": sys.executable, "spark": str(PROJECT / ".venv-spark" / "bin" / "python")}
_CALLED = {"pandas": "one process", "spark": "Spark, local"}


@click.command()
@click.option(
    "--raw", "folders", required=True, type=FOLDER, multiple=True, help="A folder with raw files."
)
@click.option(
    "--engine",
    "engines",
    type=click.Choice([*_PYTHONS]),
    multiple=True,
    default=[*_PYTHONS],
    show_default=True,
    help="What to run the job on.",
)
@click.option("--out", required=True, type=FOLDER, help="Folder for job-growth.json and .svg.")
def main(folders: tuple[Path, ...], engines: tuple[str, ...], out: Path) -> None:
    """Run the job on each folder and engine, and weigh it."""
    console = Console(width=100, highlight=False)
    document = out / "job-growth.json"
    runs = json.loads(document.read_text())["runs"] if document.exists() else []
    for folder in folders:
        for engine in engines:
            with console.status(f"{folder.name}, {engine}"):
                run = _run(folder.resolve(), engine)
            runs = [each for each in runs if _what(each) != _what(run)] + [run]
            runs.sort(key=_what)
            write_json(document, {"runs": runs})
    _print(runs, console)
    _save_chart(runs, out / "job-growth.svg")


def _what(run: dict[str, Any]) -> tuple[int, str]:
    return run["films"], run["engine"]


def _run(folder: Path, engine: str) -> dict[str, Any]:
    with TemporaryDirectory() as place:
        options = ["--raw", str(folder), "--releases", Path(place).as_uri(), "--engine", engine]
        measured = measure([_PYTHONS[engine], "-m", "etl", *options])
        release = json.loads((Path(place) / POINTER).read_text())["release"]
        manifest = json.loads((Path(place) / release_path(release, MANIFEST)).read_text())
    size = sum(entry["bytes"] for entry in manifest["files"].values())
    films = {"films": manifest["films"], "engine": engine, "release": size}
    return {**films, **asdict(measured), "machine": this_machine()}


def _print(runs: Sequence[dict[str, Any]], console: Console) -> None:
    table = figures_table(
        "the job, whole",
        ("engine", "films", "seconds", "ms a film", "largest process, GB", "all processes, GB"),
    )
    for run in runs:
        table.add_row(
            run["engine"],
            f"{run['films']:,}",
            f"{run['seconds']:,.0f}",
            f"{run['seconds'] / run['films'] * 1000:.2f}",
            f"{run['largest'] / _GB:.2f}",
            f"{run['tree'] / _GB:.2f}",
        )
    console.print(table)


def _save_chart(runs: Sequence[dict[str, Any]], path: Path) -> None:
    rows = [
        {
            "films": run["films"],
            "job": _CALLED[run["engine"]],
            "minutes": run["seconds"] / 60,
            "GB, all processes": run["tree"] / _GB,
        }
        for run in runs
    ]
    frame = pd.DataFrame(rows)
    charts = [lines_by_films(frame, column, "job") for column in ("minutes", "GB, all processes")]
    save_chart(alt.hconcat(*charts), path)


if __name__ == "__main__":
    main()
