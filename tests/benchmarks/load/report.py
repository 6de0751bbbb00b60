"""What a person reads of the runs: a table and a chart, the designs side by side."""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd
from rich.markup import escape

from tests.benchmarks.common.figures import TIMES, Figure
from tests.benchmarks.common.reports import figures_table, save_chart
from tests.benchmarks.load.measures import ALL, QUANTILES
from tests.benchmarks.load.questions import ROUTE_WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from rich.console import Console

    from tests.benchmarks.load.measures import Answers, Result

_COLOURS = ["#0b6e99", "#59a14f", "#d9730d"]
# What the project, as `make run` serves it, is held to beside the usual design.
_TIMES_AS_MANY = 3
_TIMES_AS_LATE = 0.5
_PROMISES = {
    "hit": "names: answered",
    "miss": "mistyped: not found (404)",
    "bad": "bad requests: refused",
}


def bars(results: Mapping[str, Result]) -> dict[str, Figure]:
    """Return what the limits hold the project to: medians of what its rounds are to the others'."""
    pairs = list(zip(results["cartelera"]["rounds"], results["usual"]["rounds"], strict=True))
    many = median(
        ours["requests_per_second"] / usual["requests_per_second"] for ours, usual in pairs
    )
    late = median(ours["p99"] / usual["p99"] for ours, usual in pairs)
    return {
        "× the usual design's requests a second": Figure(TIMES, many, at_least=_TIMES_AS_MANY),
        "× its p99": Figure(TIMES, late, at_most=_TIMES_AS_LATE),
    }


def print_table(results: Mapping[str, Result], caption: str, console: Console) -> None:
    """Print every figure, a row each, and below it what answers were wrong and how."""
    runs = list(results.values())
    titles = (escape(run["title"]) for run in runs)
    table = figures_table("", ("under load", *titles), escape(caption))
    table.add_row("requests a second", *(f"{run['requests_per_second']:,.0f}" for run in runs))
    table.add_row(
        "  by rounds: least, most",
        *(
            f"{min(rates):,.0f}, {max(rates):,.0f}"
            for rates in ([each["requests_per_second"] for each in run["rounds"]] for run in runs)
        ),
    )
    table.add_row(
        "CPU ms a request: servers, who ask",
        *(f"{run['cpu']['server']:.2f}, {run['cpu']['clients']:.2f}" for run in runs),
    )
    table.add_row(
        "cores busy with other work",
        *(f"{median(each['others'] for each in run['rounds']):.2f}" for run in runs),
    )
    table.add_row("requests", *(f"{run['requests']:,}" for run in runs))
    table.add_section()
    table.add_row(f"answered in ms: {' / '.join(QUANTILES)}", *_times(runs, ALL))
    for route in ROUTE_WEIGHTS:
        table.add_row(f"  {route}", *_times(runs, route))
    table.add_section()
    for kind, promise in _PROMISES.items():
        table.add_row(promise, *(_share(run["answers"][kind]) for run in runs))
    table.add_row("server errors (5xx)", *(f"{run['server_errors']:,}" for run in runs))
    table.add_row(
        "[bold]unexpected answers[/]", *(f"[bold]{run['unexpected']:,}[/]" for run in runs)
    )
    table.add_section()
    table.add_row("start to first answer, s", *(f"{run['start_seconds']:.2f}" for run in runs))
    table.add_row("job, once a release, s", *(_seconds(run["job_seconds"]) for run in runs))
    for name in ("start", "end", "peak"):
        table.add_row(f"memory, {name}, MB", *(f"{run['memory'][name]:,.0f}" for run in runs))
    table.add_row("memory, slope, MB/min", *(f"{run['memory']['slope']:+.1f}" for run in runs))
    console.print(table)
    for run in runs:
        wrong = [
            each for answers in run["answers"].values() for each in answers["complaints"].items()
        ]
        if wrong:
            mismatches = ", ".join(f"{complaint} ({count:,})" for complaint, count in wrong)
            console.print(f"{escape(run['title'])}, unexpected: {escape(mismatches)}")


def save_load_chart(results: Mapping[str, Result], path: Path) -> None:
    """Draw throughput, latency and memory over time as an SVG."""
    windows = pd.DataFrame(
        [
            {"design": run["title"], **window}
            for run in results.values()
            for window in run["windows"]
        ]
    )
    latency = windows.melt(["design", "second"], ["p50", "p95"], "quantile", "ms")
    throughput = _lines(windows, "requests_per_second:Q", "requests a second")
    times = _lines(latency, "ms:Q", "answer, ms", alt.Scale(type="log")).encode(
        strokeDash=alt.StrokeDash("quantile:N", title=None, legend=alt.Legend(orient="top"))
    )
    memory = _lines(windows, "megabytes:Q", "memory, MB")
    save_chart(alt.vconcat(throughput, times, memory), path)


def _lines(
    frame: pd.DataFrame, value: str, title: str, scale: alt.Scale | None = None
) -> alt.Chart:
    lines: alt.Chart = (
        alt.Chart(frame, width=640, height=140)
        .mark_line(strokeWidth=1.5)
        .encode(
            x=alt.X("second:Q", title="second of the run", scale=alt.Scale(nice=False)),
            y=alt.Y(
                value,
                title=title,
                scale=scale or alt.Scale(zero=True),
                axis=alt.Axis(tickCount=5),
            ),
            color=alt.Color(
                "design:N",
                title=None,
                sort=None,
                scale=alt.Scale(range=_COLOURS),
                legend=alt.Legend(orient="top"),
            ),
        )
    )
    return lines


def _times(runs: Iterable[Result], what: str) -> list[str]:
    times = (run["latency"].get(what) for run in runs)
    return [" / ".join(f"{ms:,.1f}" for ms in each.values()) if each else "–" for each in times]


def _share(answers: Answers) -> str:
    if not answers["asked"]:
        return "–"
    # Rounded down: 100 % is every single one.
    tenths = answers["as_expected"] * 1000 // answers["asked"]
    return f"{tenths / 10:g} % of {answers['asked']:,}"


def _seconds(seconds: float | None) -> str:
    return "–" if seconds is None else f"{seconds:.1f}"
