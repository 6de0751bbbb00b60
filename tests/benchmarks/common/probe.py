"""One handler in a process of its own, called over and over and timed from the inside.

`probe` starts the process: `python -m tests.benchmarks.common.probe HANDLER EVENTS RESULT WARM_UP`.
EVENTS is a JSON object with lists of events by kind. RESULT becomes a `Probe`.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from cartelera.contract.release_format import RELEASES_VARIABLE
from cartelera.release import Releases, override_releases
from cartelera.storage import open_store
from infra.local.functions import LocalContext

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO

type Events = dict[str, list[dict[str, Any]]]


@dataclass(frozen=True, slots=True)
class Calls:
    """Calls of one kind.

    Attributes
    ----------
    seconds, statuses, reading
        Of each call, but for those that warm up; whether it read files of the release.
    warm_up_reads, reads
        Requests for files of the release and bytes read by them, while warming up and after.
    peak_memory
        The most bytes the process has held by the end of them.
    """

    seconds: list[float]
    statuses: list[int]
    reading: list[bool]
    warm_up_reads: tuple[int, int]
    reads: tuple[int, int]
    peak_memory: int


@dataclass(frozen=True, slots=True)
class Probe:
    """What one process of a function took: seconds to its first answer, and calls by kind."""

    start: float
    calls: dict[str, Calls]


def probe(  # noqa: PLR0913 (what a start of a function takes)
    handler: str,
    events: Events,
    environment: Mapping[str, str],
    folder: Path,
    *,
    python: str | Path = sys.executable,
    warm_up: int = 1,
    log: IO[bytes] | int = subprocess.DEVNULL,
) -> Probe:
    """Start a process of a function, and call it.

    Parameters
    ----------
    handler
        Its module and its name in that, with a dot between.
    events
        What to call it with, by kind.
    environment
        All variables of the process.
    folder
        Where events and result may lie.
    python
        The interpreter.
    warm_up
        How many of the events of each kind come once before, untimed.
    log
        Where its output goes.
    """
    asked, result = folder / "events.json", folder / "result.json"
    asked.write_text(json.dumps(events))
    started = time.time()
    subprocess.run(  # noqa: S603 (the command is ours)
        [python, "-m", "tests.benchmarks.common.probe", handler, asked, result, str(warm_up)],
        env=environment,
        stdout=log,
        stderr=log,
        check=True,
    )
    found = json.loads(result.read_text())
    calls = {kind: Calls(**each) for kind, each in found["calls"].items()}
    return Probe(found["answered_at"] - started, calls)


class _CountingStore:
    """A store that counts the requests for files of releases, and the bytes they bring."""

    def __init__(self, store: Any) -> None:
        self._store = store
        self.requests = self._bytes = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def get(self, path: str, **options: Any) -> Any:
        result = self._store.get(path, **options)
        self._count(path, result.meta["size"])
        return result

    def get_range(self, path: str, **options: Any) -> Any:
        data = self._store.get_range(path, **options)
        self._count(path, len(data))
        return data

    def _count(self, path: str, size: int) -> None:
        if path.startswith("releases/"):
            self.requests += 1
            self._bytes += size

    def take(self) -> tuple[int, int]:
        """Return both counts since the last time."""
        counts = self.requests, self._bytes
        self.requests = self._bytes = 0
        return counts


def _peak_memory() -> int:
    """Return the most bytes that this process has held; Linux knows, from its own start on."""
    status = Path("/proc/self/status").read_text()
    (line,) = (line for line in status.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def _call(handler: Any, event: dict[str, Any], store: _CountingStore) -> tuple[float, int, bool]:
    context, requests = LocalContext("probe", 512), store.requests
    started = time.perf_counter()
    answer = handler(event, context)
    seconds = time.perf_counter() - started
    return seconds, answer["statusCode"], store.requests > requests


def _main(handler_name: str, asked: str, result: str, warm_up: str) -> None:
    store = _CountingStore(open_store(os.environ[RELEASES_VARIABLE]))
    events: Events = json.loads(Path(asked).read_text())
    answered_at = None
    calls = {}
    with override_releases(Releases(cast("Any", store))):
        module, _, name = handler_name.rpartition(".")
        handler = getattr(importlib.import_module(module), name)
        for kind, own in events.items():
            for event in own[: int(warm_up)]:
                _call(handler, event, store)
                answered_at = answered_at or time.time()
            warm_up_reads = store.take()
            called = [_call(handler, event, store) for event in own]
            seconds, statuses, reading = zip(*called, strict=True)
            calls[kind] = {
                "seconds": seconds,
                "statuses": statuses,
                "reading": reading,
                "warm_up_reads": warm_up_reads,
                "reads": store.take(),
                "peak_memory": _peak_memory(),
            }
    Path(result).write_text(json.dumps({"answered_at": answered_at, "calls": calls}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
