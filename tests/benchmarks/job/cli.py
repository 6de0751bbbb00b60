"""Run the job beside the obvious script, in turns."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from etl.errors import RawInputError
from tests.benchmarks.figures import this_machine
from tests.benchmarks.job.agreement import compare
from tests.benchmarks.job.measures import Measured, measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.benchmarks.job.agreement import Agreement

_MB = 1_000_000
# What the job is held to: times as fast as the script, and bytes.
_TIMES_AS_FAST = 3
_LARGEST = 800 * _MB
_TREE = 1_200 * _MB

_folder = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--raw", required=True, type=_folder, help="Folder with the raw files.")
@click.option("--out", required=True, type=_folder, help="Folder for job.json.")
@click.option("--runs", default=3, show_default=True, help="Runs of each.")
def main(raw: Path, out: Path, runs: int) -> None:
    """Measure the job and hold it to its bars; compare its parser with `ast.literal_eval`."""
    console = Console(width=100, highlight=False)
    out.mkdir(parents=True, exist_ok=True)
    raw = raw.resolve()
    with console.status("Comparing the parsers on every cell"):
        try:
            agreement = compare(raw)
        except RawInputError as error:
            raise click.ClickException(str(error)) from error
    measured: dict[str, list[Measured]] = {"script": [], "job": []}
    for turn in range(runs):
        for name, runs_of_it in measured.items():
            with console.status(f"{name}, {turn + 1} of {runs}"):
                runs_of_it.append(_run(name, raw))
    report = {
        "machine": this_machine(),
        "agreement": {name: asdict(cells) for name, cells in agreement.items()},
        "runs": {name: [asdict(run) for run in them] for name, them in measured.items()},
    }
    (out / "job.json").write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    _print_agreement(agreement, console)
    sys.exit(not _print_runs(measured, console) or any(a.different for a in agreement.values()))


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _run(name: str, raw: Path) -> Measured:
    with TemporaryDirectory() as place:
        if name == "script":
            return measure(_python("tests.benchmarks.job.reference", str(raw), place))
        options = ["--raw", str(raw), "--releases", Path(place).as_uri()]
        return measure(_python("etl", *options))


def _print_agreement(agreement: Mapping[str, Agreement], console: Console) -> None:
    table = Table(title="the fast parser and ast.literal_eval", title_justify="left")
    table.add_column("nested cells")
    for column in ("not empty", "read alike", "without literal_eval", "refused by both"):
        table.add_column(column, justify="right")
    columns = ("cells", "alike", "rewritten", "refused")
    for name, cells in agreement.items():
        table.add_row(name, *(f"{getattr(cells, column):,}" for column in columns))
    table.add_section()
    table.add_row(
        "all",
        *(f"{sum(getattr(a, column) for a in agreement.values()):,}" for column in columns),
    )
    console.print(table)
    for name, cells in agreement.items():
        for cell in cells.different:
            console.print(f"[red]read differently[/], {name}: {cell:.200}", markup=True)


def _print_runs(measured: Mapping[str, Iterable[Measured]], console: Console) -> bool:
    """Print both, medians of their runs, and tell whether the job keeps to its bars."""
    script, job = (
        Measured(
            median(run.seconds for run in runs),
            max(run.largest for run in runs),
            max(run.tree for run in runs),
        )
        for runs in (measured["script"], measured["job"])
    )
    machine = this_machine()
    title = f"the whole job, {machine['cores']} cores, {machine['cpu']}, Python {machine['python']}"
    table = Table(title=title, title_justify="left")
    for column in ("", "seconds", "× as fast", "largest process, MB", "all processes, MB"):
        table.add_column(column, justify="right" if column else "left")
    times = script.seconds / job.seconds
    table.add_row("the obvious script", f"{script.seconds:.1f}", "1", *_megabytes(script))
    table.add_row("the job", f"{job.seconds:.1f}", f"{times:.1f}", *_megabytes(job))
    bars = (f"≥ {_TIMES_AS_FAST}", f"≤ {_LARGEST // _MB}", f"≤ {_TREE // _MB:,}")
    table.add_row("[dim]the job's bars[/]", "", *(f"[dim]{bar}[/]" for bar in bars))
    console.print(table)
    return times >= _TIMES_AS_FAST and job.largest <= _LARGEST and job.tree <= _TREE


def _megabytes(run: Measured) -> tuple[str, str]:
    return f"{run.largest / _MB:,.0f}", f"{run.tree / _MB:,.0f}"
