"""The figures of the handlers, the limits they must keep, and how they are shown."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING

import altair as alt
import pandas as pd

from infra.layer import BUDGET, MB
from tests.benchmarks.common.figures import (
    KILOBYTES,
    MEGABYTES,
    MILLISECONDS,
    SECONDS,
    TIMES,
    Figure,
)
from tests.benchmarks.common.machine import machine_caption
from tests.benchmarks.common.reports import figures_table, save_chart, write_json

if TYPE_CHECKING:
    from pathlib import Path

    from rich.table import Table

    from tests.benchmarks.common.timing import Latency

_CHART_WIDTH = 620


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper limits of a handler: its start in hellos, bytes, and seconds; None for no limit."""

    times_hello: float | None = None
    peak_memory: float | None = None
    warm_p50: float | None = None
    warm_p99: float | None = None
    miss_p99: float | None = None


# A slow answer may take three times what a usual one may.
LOOK_UP = Limits(5, 90 * MB, 0.0003, 3 * 0.0003, 0.030)
RECOMMEND = Limits(7, 200 * MB, 0.003, 3 * 0.003, 0.030)
# Three times as many names as films.
ACTORS = Limits(7, 200 * MB, 0.0003, 3 * 0.0003, 0.030)
# All blocks of the real catalogue's facts may be in memory.
FACTS = Limits(5, 150 * MB, 0.0004, 0.010, None)
LISTS = Limits(6, 200 * MB, 0.002, 0.010, None)
SEARCH = Limits(5, 200 * MB, 0.010, 0.010, 0.010)
# For what is measured only to compare with.
NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Handler:
    """What one handler took."""

    name: str
    limits: Limits
    starts: list[float]
    peak_memory: int
    unzipped: int
    hits: Latency | None
    misses: Latency | None

    @property
    def start(self) -> float:
        return median(self.starts)


@dataclass(frozen=True, slots=True)
class Report:
    """One run of the benchmark; the first handler is hello."""

    machine: dict[str, object]
    release: dict[str, object]
    layer_bytes: int
    handlers: list[Handler]

    def figures(self, handler: Handler) -> dict[str, Figure]:
        """Return what is shown of a handler, by heading."""
        limits, hits, misses = handler.limits, handler.hits, handler.misses
        times_hello = handler.start / self.handlers[0].start
        return {
            "first answer": Figure(SECONDS, handler.start),
            "× hello": Figure(TIMES, times_hello, limits.times_hello),
            "peak memory": Figure(MEGABYTES, handler.peak_memory, limits.peak_memory),
            "warm p50": Figure(MILLISECONDS, hits.p50 if hits else None, limits.warm_p50),
            "warm p99": Figure(MILLISECONDS, hits.p99 if hits else None, limits.warm_p99),
            "miss p50": Figure(MILLISECONDS, misses.p50 if misses else None),
            "miss p99": Figure(MILLISECONDS, misses.p99 if misses else None, limits.miss_p99),
            "unzipped": Figure(KILOBYTES, handler.unzipped),
        }

    @property
    def layer(self) -> Figure:
        return Figure(MEGABYTES, self.layer_bytes, BUDGET)

    @property
    def passes(self) -> bool:
        figures = [each for handler in self.handlers for each in self.figures(handler).values()]
        return all(figure.passes is not False for figure in (*figures, self.layer))

    @property
    def _measured(self) -> str:
        starts = len(self.handlers[0].starts)
        return (
            f"Lambda's runtime emulator, {self.release['films']} films, median of {starts} starts"
        )

    def table(self) -> Table:
        table = figures_table(
            f"{self._measured}\n{machine_caption()}",
            ["handler", *self.figures(self.handlers[0])],
            f"the layer, unzipped: {self.layer}",
        )
        for handler in self.handlers:
            table.add_row(handler.name, *map(str, self.figures(handler).values()))
        return table

    def write(self, folder: Path) -> None:
        """Write `bench.json` and `bench.svg`."""
        document = {
            "machine": self.machine,
            "release": self.release,
            "layer": self.layer.to_json(),
            "handlers": {
                handler.name: {
                    "starts": handler.starts,
                    "hits": handler.hits and asdict(handler.hits),
                    "misses": handler.misses and asdict(handler.misses),
                    "figures": {
                        heading: figure.to_json()
                        for heading, figure in self.figures(handler).items()
                    },
                }
                for handler in self.handlers
            },
        }
        write_json(folder / "bench.json", document)
        save_chart(self.chart(), folder / "bench.svg")

    def chart(self) -> alt.LayerChart | alt.FacetChart:
        """Draw the start of each handler, and its limit."""
        hello = self.handlers[0].start
        longest = max(handler.start for handler in self.handlers)
        rows = [
            {
                "handler": handler.name,
                "seconds": handler.start,
                "label": f"{handler.start:.2f} s, {handler.start / hello:.1f}×",
                "limit": (handler.limits.times_hello or 0) * hello,
                "kind": handler.name if handler.limits is NO_LIMITS else "Cartelera",
            }
            for handler in self.handlers
        ]
        base = alt.Chart(
            pd.DataFrame(rows),
            title=alt.Title(
                "From process start to first answer; a mark is the most allowed",
                subtitle=[self._measured, machine_caption()],
                anchor="start",
            ),
            width=_CHART_WIDTH,
        ).encode(y=alt.Y("handler:N", sort=None, title=None))
        bars = base.mark_bar().encode(
            # Room at the right for the labels, clear of every bar and mark.
            x=alt.X("seconds:Q", title="seconds", scale=alt.Scale(domainMax=1.25 * longest)),
            color=alt.Color(
                "kind:N",
                legend=None,
                scale=alt.Scale(
                    domain=["hello", "Cartelera", "reference"],
                    range=["#9aa0a6", "#2f6fb3", "#c8553d"],
                ),
            ),
        )
        labels = base.mark_text(align="right").encode(x=alt.value(_CHART_WIDTH - 4), text="label:N")
        limits = (
            base.transform_filter("datum.limit > 0")
            .mark_tick(color="black", thickness=2)
            .encode(x="limit:Q")
        )
        return alt.layer(bars, limits, labels)
