"""`python -m tests.e2e`, which is `make e2e`: every part, and at the end what became of each.

Exit codes: 0 all passed; 1 one failed; 3 none failed, but those that need Docker or a browser could
not be tried here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, NamedTuple

from infra.host import PROJECT, UNAVAILABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

PASSED = 0
FAILED = 1
SAID = {PASSED: "passed", FAILED: "FAILED", UNAVAILABLE: "DID NOT RUN"}


class Part(NamedTuple):
    """Some tests: their name, their paths, what the environment asks of them.

    `needs` is the module that sees to what they need, and ends with `UNAVAILABLE` where it cannot.
    `within` is a module that runs pytest, where that must not run as it is.
    """

    name: str
    tests: Sequence[str]
    environment: Mapping[str, str]
    needs: str | None = None
    within: Sequence[str] = ()


PARTS = (
    Part(
        "every route under Lambda's emulator",
        ("tests/e2e/test_smoke.py", "tests/integration/test_rie.py"),
        {"E2E_WAY": "rie"},
    ),
    Part(
        "the expanded templates",
        ("tests/e2e/test_expanded_template.py",),
        {"E2E": "1"},
    ),
    Part(
        "a stack from its first deploy to its last day",
        # The seconds of each stage.
        ("tests/e2e/test_deployment.py", "--durations=20", "--durations-min=1"),
        {},
        needs="tests.e2e.emulator.alone",
        within=("tests.e2e.emulator.alone",),
    ),
    Part(
        "the page in a browser",
        ("tests/e2e/test_page.py",),
        {"E2E": "1"},
        needs="infra.browser",
    ),
    Part(
        "sam local invoke, an event of every kind",
        ("tests/e2e/test_sam_local.py", "-k", "container"),
        {"E2E": "1"},
        needs="infra.docker",
    ),
    Part(
        "every route by sam local start-api",
        ("tests/e2e/test_smoke.py",),
        {"E2E_WAY": "sam"},
        needs="infra.docker",
    ),
    Part(
        "the job's image",
        ("tests/e2e/test_job_image.py",),
        {"E2E": "1"},
        needs="infra.docker",
    ),
)


def main(run: Callable[[Sequence[str], Mapping[str, str]], int]) -> int:
    """Run every part, tell what became of each, and return the exit code.

    `run` runs a module of Python with its arguments in an environment, and returns its exit code.
    """
    told, codes = [], set()
    met: dict[str, int] = {}
    for part in PARTS:
        print(f"\n{part.name}", flush=True)  # noqa: T201 (which part the lines below are of)
        started = time.monotonic()
        if part.needs and part.needs not in met:
            met[part.needs] = run((part.needs,), {})
        code = (part.needs and met[part.needs]) or _tests(part, run)
        codes.add(code if code in SAID else FAILED)
        seconds = time.monotonic() - started
        told.append(f"{SAID.get(code, SAID[FAILED]):<12}{seconds:5.0f} s  {part.name}")
    print("", *told, sep="\n")  # noqa: T201 (what the command is for)
    return FAILED if FAILED in codes else max(codes)


def _tests(part: Part, run: Callable[[Sequence[str], Mapping[str, str]], int]) -> int:
    # -rsx: what is passed over is told, with its reason. pytest has a 3 of its own.
    failed = run((*part.within, "pytest", "-rsx", *part.tests), part.environment)
    return FAILED if failed else PASSED


def python(module: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a module of this Python and return its exit code."""
    command = [sys.executable, "-m", *module]
    done = subprocess.run(  # noqa: S603 (the command is ours)
        command, cwd=PROJECT, env=os.environ | {**environment}, check=False
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(python))
