"""Call one handler over and over in this process, and time each call from the inside.

`serving` runs it in the runtime's Python, with the built function and layer on the path, as
`python -m tests.benchmarks.warm MODULE.HANDLER ASKED TIMED`. ASKED is a JSON object with lists
of events by name; TIMED becomes one with the seconds and the status of each call.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.local.lambdas import LocalContext

if TYPE_CHECKING:
    from collections.abc import Callable

_WARM_UP = 100


def time_calls(handler: Callable[[Any, Any], Any], events: list[Any]) -> list[tuple[float, int]]:
    """Return seconds and status of each call."""
    timed = []
    for event in events[:_WARM_UP] + events:
        context = LocalContext("warm", 512)
        started = time.perf_counter()
        answer = handler(event, context)
        timed.append((time.perf_counter() - started, answer["statusCode"]))
    return timed[-len(events) :]


def main(handler_name: str, asked: str, timed: str) -> None:
    module, _, name = handler_name.partition(".")
    handler = getattr(importlib.import_module(module), name)
    events = json.loads(Path(asked).read_text())
    results = {kind: time_calls(handler, each) for kind, each in events.items()}
    Path(timed).write_text(json.dumps(results))


if __name__ == "__main__":
    main(*sys.argv[1:])
