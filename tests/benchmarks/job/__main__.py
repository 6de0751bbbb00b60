"""The job beside the obvious script: `python -m tests.benchmarks.job --raw FOLDER --out FOLDER`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click
from rich.console import Console

from etl.errors import RawInputError
from tests.benchmarks.common.machine import machine_caption, this_machine
from tests.benchmarks.common.processes import Measured, measure
from tests.benchmarks.common.reports import FOLDER, figures_table, write_json
from tests.benchmarks.common.timing import in_turns
from tests.benchmarks.job.agreement import compare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.benchmarks.job.agreement import Agreement

_MB = 1_000_000
_ONE_CORE = "the same on one core"
_WITHOUT_NEIGHBOURS = "without neighbours"
_SCRIPT = "the obvious script"
_JOB = "the job"
# What the job without neighbours is held to: times as fast as the script, and bytes.
_TIMES_AS_FAST = 3
_LARGEST = 600 * _MB
_TREE = 1_200 * _MB


@click.command()
@click.option("--raw", required=True, type=FOLDER, help="Folder with the raw files.")
@click.option("--out", required=True, type=FOLDER, help="Folder for job.json.")
@click.option("--runs", default=3, show_default=True, help="Runs of each.")
def main(raw: Path, out: Path, runs: int) -> None:
    """Measure the job and hold it to its limits; compare its parser with `ast.literal_eval`."""
    console = Console(width=100, highlight=False)
    raw = raw.resolve()
    with console.status("Comparing the parsers on every cell"):
        try:
            agreement = compare(raw)
        except RawInputError as error:
            raise click.ClickException(str(error)) from error
    quick = "--no-neighbours"
    ways = {
        _SCRIPT: lambda _: _run_script(raw),
        _WITHOUT_NEIGHBOURS: lambda _: _run_job(raw, quick),
        _ONE_CORE: lambda _: _run_job(raw, quick, cores=1),
        _JOB: lambda _: _run_job(raw),
    }
    measured = in_turns(runs, ways, console)
    report = {
        "machine": this_machine(),
        "agreement": {name: asdict(cells) for name, cells in agreement.items()},
        "runs": {name: [asdict(run) for run in them] for name, them in measured.items()},
    }
    write_json(out / "job.json", report)
    _print_agreement(agreement, console)
    sys.exit(not _print_runs(measured, console) or any(a.different for a in agreement.values()))


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _run_script(raw: Path) -> Measured:
    with TemporaryDirectory() as place:
        return measure(_python("tests.benchmarks.job.reference", str(raw), place))


def _run_job(raw: Path, *options: str, cores: int | None = None) -> Measured:
    with TemporaryDirectory() as place:
        where = ["--raw", str(raw), "--releases", Path(place).as_uri()]
        return measure(_python("etl", *where, *options), cores)


def _print_agreement(agreement: Mapping[str, Agreement], console: Console) -> None:
    table = figures_table(
        "the fast parser and ast.literal_eval",
        ("nested cells", "not empty", "read alike", "without literal_eval", "refused by both"),
    )
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


def _print_runs(measured: Mapping[str, Sequence[Measured]], console: Console) -> bool:
    """Print all, medians of their runs, and tell whether the job keeps its limits."""
    middle = {name: Measured.middle(runs) for name, runs in measured.items()}
    script = middle[_SCRIPT]
    table = figures_table(
        f"the whole job, {machine_caption()}; the memory of its largest process and of all",
        (
            "",
            "seconds",
            "× as fast",
            "CPU seconds",
            "× less",
            "largest, MB",
            "all, MB",
        ),
    )
    for name, run in middle.items():
        table.add_row(
            name,
            f"{run.seconds:.1f}",
            f"{script.seconds / run.seconds:.2f}",
            f"{run.cpu:.1f}",
            f"{script.cpu / run.cpu:.2f}",
            *(f"{size / _MB:,.0f}" for size in (run.largest, run.tree)),
        )
    limits = (f"≤ {_LARGEST // _MB}", f"≤ {_TREE // _MB:,}")
    table.add_row(
        f"[dim]limits, {_WITHOUT_NEIGHBOURS}[/]",
        *("", f"[dim]≥ {_TIMES_AS_FAST}[/]", "", ""),
        *(f"[dim]{limit}[/]" for limit in limits),
    )
    console.print(table)
    job = middle[_WITHOUT_NEIGHBOURS]
    times = script.seconds / job.seconds
    return times >= _TIMES_AS_FAST and job.largest <= _LARGEST and job.tree <= _TREE


if __name__ == "__main__":
    main()
