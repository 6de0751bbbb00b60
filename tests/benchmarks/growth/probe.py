"""One function, from its start to many answers: `python -m tests.benchmarks.growth.probe`.

    … probe ROUTE ASKED TOLD

ASKED is a JSON object with lists of events, `hits` and `misses`; TOLD becomes one with the moment
of the first answer, the seconds of all others, and the memory of this process.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.local.lambdas import LocalContext

if TYPE_CHECKING:
    from collections.abc import Callable


def _seconds(handler: Callable[[Any, Any], Any], event: Any, statuses: set[int]) -> float:
    context = LocalContext("growth", 512)
    started = time.perf_counter()
    answer = handler(event, context)
    seconds = time.perf_counter() - started
    assert answer["statusCode"] in statuses, answer
    return seconds


def _peak_memory() -> int:
    """Return the most bytes that this process has held; Linux knows, from its own start on."""
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kilobytes) * 1024


def main(route: str, asked: str, told: str) -> None:
    handler = importlib.import_module(f"functions.{route}.app").handler
    events = json.loads(Path(asked).read_text())
    first = _seconds(handler, events["hits"][0], {200})
    answered_at = time.time()
    hits = [_seconds(handler, event, {200}) for event in events["hits"]]
    in_use = _peak_memory()
    # What is mistyped may be another name, and a search forgives it.
    misses = [_seconds(handler, event, {200, 404}) for event in events["misses"]]
    peak = _peak_memory()
    result = {
        "answered_at": answered_at,
        "first": first,
        "hits": hits,
        "misses": misses,
        "peak_hits": in_use,
        "peak": peak,
    }
    Path(told).write_text(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
