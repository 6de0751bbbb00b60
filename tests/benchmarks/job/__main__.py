"""The job beside the obvious script: `python -m tests.benchmarks.job --raw FOLDER --out FOLDER`."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from functools import partial
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
    from collections.abc import Callable, Mapping

    from tests.benchmarks.job.agreement import Agreement

_MB = 1_000_000
# Between two looks at memory.
_SAMPLE_SECONDS = 0.1
_ONE_CORE = "the same on one core"
_WITHOUT_NEIGHBOURS = "without neighbours"
_SCRIPT = "the obvious script"
_JOB = "the job"
# What the job is held to: times as fast as the script; without neighbours also times less of the
# processors' time, and bytes.
_TIMES_AS_FAST = {_WITHOUT_NEIGHBOURS: 3.5, _ONE_CORE: 2.2, _JOB: 2.3}
_TIMES_LESS = 2.2
_LARGEST = 600 * _MB
_TREE = 1_200 * _MB


@click.command()
@click.option("--raw", required=True, type=FOLDER, help="Folder with the raw files.")
@click.option("--out", required=True, type=FOLDER, help="Folder for job.json.")
@click.option("--runs", default=3, show_default=True, help="Timed runs of each.")
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
    ways: dict[str, Callable[[float | None], Measured]] = {
        _SCRIPT: partial(_run_script, raw),
        _WITHOUT_NEIGHBOURS: partial(_run_job, raw, quick),
        _ONE_CORE: partial(_run_job, raw, quick, cores=1),
        _JOB: partial(_run_job, raw, None),
    }
    # Apart: to look at memory takes some of a core, which the script on its one leaves idle.
    timed = in_turns(runs, {name: partial(_time, way) for name, way in ways.items()}, console)
    weighed = {name: way(_SAMPLE_SECONDS) for name, way in ways.items()}
    report = {
        "machine": this_machine(),
        "agreement": {name: asdict(cells) for name, cells in agreement.items()},
        "runs": {name: [asdict(run) for run in them] for name, them in timed.items()},
        "weighed": {name: asdict(run) for name, run in weighed.items()},
    }
    write_json(out / "job.json", report)
    _print_agreement(agreement, console)
    middle = {
        name: replace(Measured.middle(them), largest=weighed[name].largest, tree=weighed[name].tree)
        for name, them in timed.items()
    }
    sys.exit(not _print_runs(middle, console) or any(a.different for a in agreement.values()))


def _time(way: Callable[[float | None], Measured], _: int) -> Measured:
    return way(None)


def _python(module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", module, *arguments]


def _run_script(raw: Path, sample_seconds: float | None) -> Measured:
    with TemporaryDirectory() as place:
        script = _python("tests.benchmarks.job.reference", str(raw), place)
        return measure(script, sample_seconds=sample_seconds)


def _run_job(
    raw: Path, option: str | None, sample_seconds: float | None, *, cores: int | None = None
) -> Measured:
    with TemporaryDirectory() as place:
        where = ["--raw", str(raw), "--releases", Path(place).as_uri()]
        job = _python("etl", *where, *filter(None, [option]))
        return measure(job, cores, sample_seconds=sample_seconds)


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


def _print_runs(middle: Mapping[str, Measured], console: Console) -> bool:
    """Print what each took, and tell whether the job keeps its limits."""
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
        least = _TIMES_AS_FAST.get(name, 0)
        table.add_row(
            name,
            f"{run.seconds:.1f}",
            _held(script.seconds / run.seconds, least),
            f"{run.cpu:.1f}",
            _held(script.cpu / run.cpu, _TIMES_LESS if name == _WITHOUT_NEIGHBOURS else 0),
            *(f"{size / _MB:,.0f}" for size in (run.largest, run.tree)),
        )
    limits = ("", "", "", "", f"≤ {_LARGEST // _MB}", f"≤ {_TREE // _MB:,}")
    table.add_row(*(f"[dim]{limit}[/]" for limit in (f"limits, {_WITHOUT_NEIGHBOURS}", *limits)))
    console.print(table)
    job = middle[_WITHOUT_NEIGHBOURS]
    return (
        all(
            script.seconds / middle[name].seconds >= least for name, least in _TIMES_AS_FAST.items()
        )
        and script.cpu / job.cpu >= _TIMES_LESS
        and job.largest <= _LARGEST
        and job.tree <= _TREE
    )


def _held(times: float, least: float) -> str:
    if not least:
        return f"{times:.2f}"
    return f"{times:.2f} [dim]≥ {least}[/]" if times >= least else f"[red]{times:.2f} ≥ {least}[/]"


if __name__ == "__main__":
    main()
