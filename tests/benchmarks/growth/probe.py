"""One function, from its start to many answers: `python -m tests.benchmarks.growth.probe`.

    … probe ROUTE ASKED TOLD

ASKED is a JSON object with lists of events, `hits` and `misses`; TOLD becomes one with the moment
of the first answer, the seconds of all others, what was read of storage for the first and for the
other hits, and the memory of this process.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cartelera import release
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


class _Reads:
    """What is read of storage: how many requests it takes, and how many bytes."""

    def __init__(self) -> None:
        self.requests = self.bytes = 0
        for name in ("read", "read_range"):
            setattr(release, name, self._counted(getattr(release, name)))

    def taken(self) -> tuple[int, int]:
        """Return both since the last time."""
        taken = self.requests, self.bytes
        self.requests = self.bytes = 0
        return taken

    def _counted(self, read: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            found = read(*arguments)
            self.requests += 1
            self.bytes += len(found if isinstance(found, bytes) else found.data)
            return found

        return counted


def _peak_memory() -> int:
    """Return the most bytes that this process has held; Linux knows, from its own start on."""
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kilobytes) * 1024


def main(route: str, asked: str, told: str) -> None:
    reads = _Reads()
    handler = importlib.import_module(f"functions.{route}.app").handler
    events = json.loads(Path(asked).read_text())
    first = _seconds(handler, events["hits"][0], {200})
    answered_at = time.time()
    read_first = reads.taken()
    hits = [_seconds(handler, event, {200}) for event in events["hits"]]
    read_hits = reads.taken()
    in_use = _peak_memory()
    # What is mistyped may be another name, and a search forgives it.
    misses = [_seconds(handler, event, {200, 404}) for event in events["misses"]]
    peak = _peak_memory()
    result = {
        "answered_at": answered_at,
        "first": first,
        "read_first": read_first,
        "read_hits": read_hits,
        "hits": hits,
        "misses": misses,
        "peak_hits": in_use,
        "peak": peak,
    }
    Path(told).write_text(json.dumps(result))


if __name__ == "__main__":
    main(*sys.argv[1:])
