"""The figures of the handlers, the limits they must keep, and how they are shown."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import median
from typing import TYPE_CHECKING, NamedTuple

import altair as alt
import pandas as pd

from infra.layer import BUDGET, MB
from tests.benchmarks.common.figures import (
    KILOBYTES,
    MEGABYTES,
    MILLISECONDS,
    SECONDS,
    SHARE,
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
    """Upper limits of a handler: its start in hellos, bytes, and seconds; None for no limit.

    `warm` are answers from what the function has read before. Others, `reading`, wait for S3, too:
    how many they are is up to those who ask, so theirs have a limit of their own.
    """

    times_hello: float | None = None
    peak_memory: float | None = None
    warm_p50: float | None = None
    warm_p99: float | None = None
    reading_p99: float | None = None
    miss_p99: float | None = None


# Twice what a quiet machine's emulated S3 takes for 256 KB of blocks.
_READING = 0.020
# A slow answer may take three times what a usual one may.
LOOK_UP = Limits(2.75, 90 * MB, 0.0003, 3 * 0.0003, _READING, 0.030)
RECOMMEND = Limits(3.5, 200 * MB, 0.0004, 3 * 0.0004, _READING, 0.030)
# It opens the model.
TASTES = Limits(5.5, 200 * MB, 0.010, 3 * 0.010, None, 0.060)
# Three times as many names as films.
ACTORS = Limits(3.1, 200 * MB, 0.0003, 3 * 0.0003, _READING, 0.030)
# All blocks of the real catalogue's facts may be in memory.
FACTS = Limits(3.5, 150 * MB, 0.0004, 3 * 0.0004, _READING, None)
LISTS = Limits(3.5, 200 * MB, 0.002, 0.010, _READING, None)
SEARCH = Limits(4.5, 200 * MB, 0.010, 0.010, None, 0.010)
# For what is measured only to compare with.
NO_LIMITS = Limits()


class Warm(NamedTuple):
    """Warm answers: from what has been read, those that read of the release, and to misses."""

    there: Latency | None
    reading: Latency | None
    misses: Latency | None

    @property
    def share_reading(self) -> float:
        """The share of answers to names that are known which read of the release."""
        there, reading = (each.calls if each else 0 for each in (self.there, self.reading))
        return reading / (there + reading)


@dataclass(frozen=True, slots=True)
class Handler:
    """What one handler took."""

    name: str
    limits: Limits
    starts: list[float]
    peak_memory: int
    unzipped: int
    warm: Warm | None

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
        limits, warm = handler.limits, handler.warm or Warm(None, None, None)
        there, reading, misses = warm
        times_hello = handler.start / self.handlers[0].start
        return {
            "first answer": Figure(SECONDS, handler.start),
            "× hello": Figure(TIMES, times_hello, limits.times_hello),
            "peak memory": Figure(MEGABYTES, handler.peak_memory, limits.peak_memory),
            "warm p50": Figure(MILLISECONDS, there.p50 if there else None, limits.warm_p50),
            "warm p99": Figure(MILLISECONDS, there.p99 if there else None, limits.warm_p99),
            "reading": Figure(SHARE, handler.warm.share_reading if handler.warm else None),
            "reading p50": Figure(MILLISECONDS, reading.p50 if reading else None),
            "reading p99": Figure(
                MILLISECONDS, reading.p99 if reading else None, limits.reading_p99
            ),
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
                    "warm": handler.warm
                    and {
                        kind: latency and asdict(latency)
                        for kind, latency in handler.warm._asdict().items()
                    },
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
