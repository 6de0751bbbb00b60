"""What a run was like, in numbers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import numpy as np
import pandas as pd

from tests.benchmarks.load.questions import KINDS, ROUTE_WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
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
    """Some seconds of a run; `second` is their middle, `megabytes` all processes' memory."""

    second: float
    requests_per_second: float
    p50: float
    p95: float
    megabytes: float | None


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn of a design left.

    Attributes
    ----------
    samples
        A CSV file with a row a request.
    memory
        The memory of the design's processes.
    server, clients, machine
        CPU seconds of the design's processes, of who asked, and of all that ran meanwhile.
    load
        The machine's load before the turn.
    """

    samples: Path
    memory: Memory
    server: float
    clients: float
    machine: float
    load: float


class Round(TypedDict):
    """A turn in numbers; `others` is how many cores were busy with what is no part of it."""

    requests_per_second: float
    p50: float
    p99: float
    others: float
    load: float


class CpuUse(TypedDict):
    """CPU milliseconds a request."""

    server: float
    clients: float


class Result(TypedDict):
    """One design's turns. Times of answers are in milliseconds, all others in seconds.

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
    cpu: CpuUse
    latency: dict[str, dict[str, float]]
    latency_by_kind: dict[str, dict[str, float]]
    answers: dict[str, Answers]
    server_errors: int
    unexpected: int
    memory: MemoryUse
    rounds: list[Round]
    windows: list[Window]


def measure(design: Design, startup: Startup, turns: Sequence[Turn], length: int) -> Result:
    """Sum up what a design's turns left.

    Parameters
    ----------
    design, startup
        The design and how long it took to start.
    turns
        Its turns; as one run they follow each other without a pause.
    length
        The seconds of a turn.
    """
    asked, rounds, weights = [], [], []
    for number, turn in enumerate(turns):
        requests = pd.read_csv(turn.samples, keep_default_na=False)
        began = float(requests["at"].min())
        requests["second"] = requests["at"] - began
        rounds.append(_round(turn, requests))
        asked.append(requests.assign(second=requests["second"] + number * length))
        weight = pd.DataFrame({"second": turn.memory.at, "megabytes": turn.memory.megabytes})
        weight["second"] -= began
        during = weight[weight["second"].between(0, length)]
        weights.append(during.assign(second=during["second"] + number * length))
    requests, memory = pd.concat(asked), pd.concat(weights)
    seconds = sum(_lasted(turn) for turn in asked)
    slowest = max(startup.first_answers.values())
    return {
        "title": design.title,
        "job_seconds": round(startup.up, 2) if design.job_first else None,
        "start_seconds": round(slowest if design.job_first else startup.up + slowest, 2),
        "first_answers": {route: round(first, 3) for route, first in startup.first_answers.items()},
        "seconds": round(seconds, 1),
        "requests": len(requests),
        "requests_per_second": round(len(requests) / seconds, 1),
        "cpu": {
            "server": round(1000 * sum(turn.server for turn in turns) / len(requests), 3),
            "clients": round(1000 * sum(turn.clients for turn in turns) / len(requests), 3),
        },
        "latency": {ALL: _quantiles(requests)} | _by(requests, "route", ROUTE_WEIGHTS),
        "latency_by_kind": _by(requests, "kind", KINDS),
        "answers": {kind: _answers(requests[requests["kind"] == kind]) for kind in KINDS},
        "server_errors": int((requests["status"] >= _SERVER_ERROR).sum()),
        "unexpected": int((requests["complaint"] != "").sum()),
        "memory": _memory(memory),
        "rounds": rounds,
        "windows": _windows(requests, memory, length * len(turns)),
    }


def _round(turn: Turn, requests: pd.DataFrame) -> Round:
    seconds, quantiles = _lasted(requests), _quantiles(requests)
    return {
        "requests_per_second": round(len(requests) / seconds, 1),
        "p50": quantiles["p50"],
        "p99": quantiles["p99"],
        "others": round(max(0.0, turn.machine - turn.server - turn.clients) / seconds, 2),
        "load": round(turn.load, 2),
    }


def _lasted(requests: pd.DataFrame) -> float:
    """Return the seconds from a turn's first question to its last answer."""
    ends = requests["second"] + requests["ms"] / 1000
    return float(ends.max() - requests["second"].min())


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


def _memory(weights: pd.DataFrame) -> MemoryUse:
    # What is loaded with the first questions is no leak; what still grows by then may be one.
    half = weights[weights["second"] >= weights["second"].max() / 2]
    enough = len(half) > 1
    slope = np.polyfit(half["second"], half["megabytes"], 1)[0] if enough else 0.0
    megabytes = weights["megabytes"]
    return {
        "start": round(float(megabytes.iloc[0]), 1),
        "end": round(float(megabytes.iloc[-1]), 1),
        "peak": round(float(megabytes.max()), 1),
        "slope": round(float(slope) * _SECONDS_PER_MINUTE, 2),
    }


def _windows(requests: pd.DataFrame, weights: pd.DataFrame, seconds: int) -> list[Window]:
    """Cut a run into equal windows, some seconds each; the rest at its end is left out."""
    length = max(1, round(seconds / _WINDOWS))
    windows: list[Window] = []
    for start in range(0, seconds - length + 1, length):
        asked, weighed = (
            each[each["second"].between(start, start + length, inclusive="left")]
            for each in (requests, weights)
        )
        if len(asked):
            quantiles = _quantiles(asked)
            windows.append(
                {
                    "second": start + length / 2,
                    "requests_per_second": round(len(asked) / length, 1),
                    "p50": quantiles["p50"],
                    "p95": quantiles["p95"],
                    "megabytes": round(float(weighed["megabytes"].mean()), 1)
                    if len(weighed)
                    else None,
                }
            )
    return windows
