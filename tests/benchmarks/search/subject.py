"""One search in a process of its own: `python subject.py HANDLER QUESTIONS RESULT`.

It runs under any version of this project whose search is called directly, and writes the CPU
seconds to the first answer, those of each call by kind, the names found, and the peak memory.
"""

from __future__ import annotations

import importlib
import json
import sys
import time
from pathlib import Path
from typing import Any


class _Context:
    """What handlers take of Lambda's context."""

    aws_request_id = function_name = invoked_function_arn = "search"
    memory_limit_in_mb = 512

    def get_remaining_time_in_millis(self) -> int:
        return 10_000


def _main(handler_name: str, questions: str, result: str) -> None:
    asked: dict[str, list[str]] = json.loads(Path(questions).read_text())
    module, _, name = handler_name.rpartition(".")
    handler: Any = getattr(importlib.import_module(module), name)
    calls: dict[str, list[tuple[float, list[str]]]] = {}
    handler({"q": "star wars"}, _Context())
    first = time.process_time()
    # Whatever is opened or imported for the first mistyped name.
    handler({"q": "satr wars"}, _Context())
    for kind, queries in asked.items():
        calls[kind] = []
        for query in queries:
            started = time.process_time()
            answer = handler({"q": query}, _Context())
            seconds = time.process_time() - started
            calls[kind].append((seconds, [each["nombre"] for each in answer["resultados"]]))
    peak = next(
        int(line.split()[1]) * 1024
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM:")
    )
    Path(result).write_text(json.dumps({"first": first, "peak": peak, "calls": calls}))


if __name__ == "__main__":
    _main(*sys.argv[1:])
