"""Timing in turns, so that what else the machine does falls on everything alike."""

from __future__ import annotations

import time
from dataclasses import dataclass
from statistics import quantiles
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from rich.console import Console


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds of many calls."""

    calls: int
    p50: float
    p99: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Latency:
        cuts = quantiles(seconds, n=100, method="inclusive")
        return cls(len(seconds), cuts[49], cuts[98])


def seconds_of(call: Callable[[], object]) -> float:
    """Return the seconds that a call takes."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def in_turns[Key, Result](
    runs: int, ways: Mapping[Key, Callable[[int], Result]], console: Console
) -> dict[Key, list[Result]]:
    """Measure each way in turns; a way is given the number of its run, from 0."""
    results: dict[Key, list[Result]] = {key: [] for key in ways}
    for run in range(runs):
        for key, way in ways.items():
            with console.status(f"{key}, {run + 1} of {runs}"):
                results[key].append(way(run))
    return results
