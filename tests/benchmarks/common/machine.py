"""What a reader needs to know of the machine to judge the figures."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from pathlib import Path


def this_machine() -> dict[str, object]:
    """Return processor, cores, Python, date and load as plain data."""
    cpu = Path("/proc/cpuinfo").read_text()
    models = [line.partition(": ")[2] for line in cpu.splitlines() if "model name" in line]
    return {
        "cpu": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "date": f"{datetime.now(UTC):%Y-%m-%d}",
        "load": os.getloadavg()[0],
    }


def machine_caption() -> str:
    """Return the same as words for a table or a chart."""
    return "{cores} cores, {cpu}, Python {python}, {date}".format_map(this_machine())
