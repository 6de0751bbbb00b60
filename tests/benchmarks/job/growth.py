"""How the job grows with the films, on either engine: `python -m tests.benchmarks.job.growth`.

    python -m tests.benchmarks.job.growth --raw FOLDER --raw … --engine pandas --engine spark \
        --no-neighbours --before CHECKOUT --out FOLDER

With `--before` an earlier version runs in turns with this one, so that what else the machine does
falls on both alike. Large runs take their time: their figures are added to `job-growth.json` as
soon as they are there, in place of earlier ones of as many films and the same job.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import asdict
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import altair as alt
import click
import pandas as pd
from rich.console import Console

from cartelera.contract.release_format import MANIFEST
from tests.benchmarks.common.machine import this_machine
from tests.benchmarks.common.processes import PROJECT, Measured, measure
from tests.benchmarks.common.reports import (
    FOLDER,
    figures_table,
    lines_by_films,
    save_chart,
    write_json,
)
from tests.benchmarks.common.timing import in_turns

if TYPE_CHECKING:
    from collections.abc import Sequence

_GB = 1e9
# What runs the job on which engine, in a checkout, and how the chart calls it.
_PYTHONS = {"pandas": ".venv/bin/python", "spark": ".venv-spark/bin/python"}
_CALLED = {"pandas": "one process", "spark": "Spark, local"}
_WITHOUT_NEIGHBOURS = "--no-neighbours"


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
@click.option(
    "--neighbours/--no-neighbours",
    default=True,
    show_default=True,
    help="Whether the job computes the films beside each.",
)
@click.option(
    "--before",
    type=FOLDER,
    help="A checkout of an earlier version, with its own environments, to measure in turns.",
)
@click.option("--runs", default=1, show_default=True, help="Runs of each.")
@click.option("--out", required=True, type=FOLDER, help="Folder for job-growth.json and .svg.")
def main(  # noqa: PLR0913 (each an option of the command)
    *,
    folders: tuple[Path, ...],
    engines: tuple[str, ...],
    neighbours: bool,
    before: Path | None,
    runs: int,
    out: Path,
) -> None:
    """Run the job on each folder and engine, and weigh it."""
    console = Console(width=120, highlight=False)
    document = out / "job-growth.json"
    known = json.loads(document.read_text())["runs"] if document.exists() else []
    versions = {"": PROJECT} | ({_commit(before): before.resolve()} if before else {})
    for folder in folders:
        for engine in engines:
            ways = {
                version: partial(_run, folder.resolve(), engine, checkout, neighbours=neighbours)
                for version, checkout in versions.items()
            }
            for version, measured in in_turns(runs, ways, console).items():
                release, _ = measured[0]
                job = {"engine": engine, "neighbours": neighbours, "before": version}
                weighed = asdict(Measured.middle([each for _, each in measured]))
                run = {"films": release["films"], **job, "release": release["bytes"], **weighed}
                known = [each for each in known if _what(each) != _what(run)]
                known.append({**run, "machine": this_machine()})
            known.sort(key=_what)
            write_json(document, {"runs": known})
    _print(known, console)
    _save_chart(known, out / "job-growth.svg")


def _what(run: dict[str, Any]) -> tuple[int, str, bool, str]:
    """Return what was run: on how many films, on what, and by which version."""
    return run["films"], run["engine"], run["neighbours"], run["before"]


def _commit(checkout: Path) -> str:
    command = ["git", "rev-parse", "--short", "HEAD"]
    return _output(command, checkout).strip()


def _run(
    folder: Path, engine: str, checkout: Path, _: int, *, neighbours: bool
) -> tuple[dict[str, int], Measured]:
    """Run the job of a checkout; return the films and bytes of its release, and what it took."""
    job = [str(checkout / _PYTHONS[engine]), "-m", "etl", "run"]
    options = [] if neighbours or not _knows(job, checkout) else [_WITHOUT_NEIGHBOURS]
    with TemporaryDirectory() as place:
        where = ["--raw", str(folder), "--releases", Path(place).as_uri(), "--engine", engine]
        measured = measure([*job, *where, *options], folder=checkout)
        (path,) = Path(place).glob(f"releases/*/{MANIFEST}")
        manifest = json.loads(path.read_text())
    size = sum(entry["bytes"] for entry in manifest["files"].values())
    return {"films": manifest["films"], "bytes": size}, measured


def _knows(job: Sequence[str], checkout: Path) -> bool:
    """Return whether a version can leave the films beside each out; earlier ones have none."""
    return _WITHOUT_NEIGHBOURS in _output([*job, "--help"], checkout)


def _output(command: Sequence[str], folder: Path) -> str:
    ran = subprocess.run(  # noqa: S603 (of a checkout that the caller names)
        command, check=True, capture_output=True, text=True, cwd=folder
    )
    return ran.stdout


def _print(runs: Sequence[dict[str, Any]], console: Console) -> None:
    table = figures_table(
        "the job, whole; the memory of its largest process and of all",
        (
            *("", "films", "seconds", "× those before", "CPU seconds", "ms a film"),
            *("largest, GB", "all, GB"),
        ),
    )
    of_earlier = {_what(run)[:3]: run["seconds"] for run in runs if run["before"]}
    for run in runs:
        earlier = None if run["before"] else of_earlier.get(_what(run)[:3])
        table.add_row(
            _called(run),
            f"{run['films']:,}",
            f"{run['seconds']:,.0f}",
            f"{run['seconds'] / earlier:.2f}" if earlier else "",
            # Runs of long ago were not asked.
            "" if run["cpu"] is None else f"{run['cpu']:,.0f}",
            f"{run['seconds'] / run['films'] * 1000:.2f}",
            f"{run['largest'] / _GB:.2f}",
            f"{run['tree'] / _GB:.2f}",
        )
    console.print(table)


def _save_chart(runs: Sequence[dict[str, Any]], path: Path) -> None:
    rows = [
        {
            "films": run["films"],
            "job": _called(run),
            "minutes": run["seconds"] / 60,
            "GB, all processes": run["tree"] / _GB,
        }
        for run in runs
    ]
    frame = pd.DataFrame(rows)
    charts = [lines_by_films(frame, column, "job") for column in ("minutes", "GB, all processes")]
    save_chart(alt.hconcat(*charts), path)


def _called(run: dict[str, Any]) -> str:
    graph = "" if run["neighbours"] else ", no neighbours"
    before = f" ({run['before']})" if run["before"] else ""
    return f"{_CALLED[run['engine']]}{graph}{before}"


if __name__ == "__main__":
    main()
