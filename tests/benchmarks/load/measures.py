"""What a run was like, in numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

import numpy as np
import pandas as pd

from tests.benchmarks.load.questions import KINDS, ROUTE_WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tests.benchmarks.load.servers import Design, Memory, Startup

ALL = "all"
QUANTILES = {"p50": 0.5, "p95": 0.95, "p99": 0.99}
_WINDOWS = 60
_SECONDS_PER_MINUTE = 60
_SERVER_ERROR = 500


class Answers(TypedDict):
    """How the questions of one kind were answered: counts, by status, and what was wrong."""

    asked: int
    as_expected: int
    statuses: dict[str, int]
    complaints: dict[str, int]


class MemoryUse(TypedDict):
    """Resident memory of all processes in MB; the slope, MB a minute, is of the second half."""

    start: float
    end: float
    peak: float
    slope: float


class Window(TypedDict):
    """Some seconds of a run; `second` is their middle."""

    second: float
    requests_per_second: float
    p50: float
    p95: float


class Weight(TypedDict):
    """Resident memory of all processes in MB, at a second of a run."""

    second: float
    megabytes: float


class Result(TypedDict):
    """One design's run. Times of answers are in milliseconds, all others in seconds.

    `job_seconds` is what each release takes, and no start: the job, and the local stand-ins.
    `start_seconds` lasts until the slowest route has answered for the first time.
    """

    title: str
    job_seconds: float | None
    start_seconds: float
    first_answers: dict[str, float]
    seconds: float
    requests: int
    requests_per_second: float
    latency: dict[str, dict[str, float]]
    latency_by_kind: dict[str, dict[str, float]]
    answers: dict[str, Answers]
    server_errors: int
    unexpected: int
    memory: MemoryUse
    windows: list[Window]
    weights: list[Weight]


def measure(design: Design, startup: Startup, samples: Path, memory: Memory) -> Result:
    """Sum up a run from its samples, a row a request."""
    requests = pd.read_csv(samples, keep_default_na=False)
    began = float(requests["at"].min())
    requests["second"] = requests["at"] - began
    lasted = float((requests["second"] + requests["ms"] / 1000).max())
    seconds = np.array(memory.at) - began
    slowest = max(startup.first_answers.values())
    return {
        "title": design.title,
        "job_seconds": round(startup.up, 2) if design.job_first else None,
        "start_seconds": round(slowest if design.job_first else startup.up + slowest, 2),
        "first_answers": {route: round(first, 3) for route, first in startup.first_answers.items()},
        "seconds": round(lasted, 1),
        "requests": len(requests),
        "requests_per_second": round(len(requests) / lasted, 1),
        "latency": {ALL: _quantiles(requests)} | _by(requests, "route", ROUTE_WEIGHTS),
        "latency_by_kind": _by(requests, "kind", KINDS),
        "answers": {kind: _answers(requests[requests["kind"] == kind]) for kind in KINDS},
        "server_errors": int((requests["status"] >= _SERVER_ERROR).sum()),
        "unexpected": int((requests["complaint"] != "").sum()),
        "memory": _memory(seconds, np.array(memory.megabytes)),
        "windows": _windows(requests, lasted),
        "weights": [
            {"second": round(float(second), 1), "megabytes": round(megabytes, 1)}
            for second, megabytes in zip(seconds, memory.megabytes, strict=True)
        ],
    }


def _quantiles(requests: pd.DataFrame) -> dict[str, float]:
    found = np.quantile(requests["ms"], list(QUANTILES.values()))
    return {name: round(float(ms), 2) for name, ms in zip(QUANTILES, found, strict=True)}


def _by(requests: pd.DataFrame, column: str, values: Iterable[str]) -> dict[str, dict[str, float]]:
    groups = {value: requests[requests[column] == value] for value in values}
    # A run of a second or two may not ask everything.
    return {value: _quantiles(group) for value, group in groups.items() if len(group)}


def _answers(requests: pd.DataFrame) -> Answers:
    complaints = requests["complaint"][requests["complaint"] != ""]
    return {
        "asked": len(requests),
        "as_expected": len(requests) - len(complaints),
        "statuses": _counts(requests["status"].astype("str")),
        "complaints": _counts(complaints),
    }


def _counts(values: pd.Series[str]) -> dict[str, int]:
    return {str(value): int(count) for value, count in values.value_counts().items()}


def _memory(seconds: np.ndarray, megabytes: np.ndarray) -> MemoryUse:
    # What is loaded with the first questions is no leak; what still grows by then may be one.
    half = seconds >= seconds[-1] / 2
    enough = int(half.sum()) > 1
    slope = np.polyfit(seconds[half], megabytes[half], 1)[0] if enough else 0.0
    return {
        "start": round(float(megabytes[0]), 1),
        "end": round(float(megabytes[-1]), 1),
        "peak": round(float(megabytes.max()), 1),
        "slope": round(float(slope) * _SECONDS_PER_MINUTE, 2),
    }


def _windows(requests: pd.DataFrame, lasted: float) -> list[Window]:
    """Cut a run into equal windows, some seconds each; the rest at its end is left out."""
    length = max(1, round(lasted / _WINDOWS))
    windows: list[Window] = []
    for number in range(int(lasted // length)):
        start = number * length
        asked = requests[requests["second"].between(start, start + length, inclusive="left")]
        if len(asked):
            quantiles = _quantiles(asked)
            windows.append(
                {
                    "second": start + length / 2,
                    "requests_per_second": round(len(asked) / length, 1),
                    "p50": quantiles["p50"],
                    "p95": quantiles["p95"],
                }
            )
    return windows
