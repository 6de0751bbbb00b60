"""`python -m tests.e2e`, which is `make e2e`: every part, and at the end what became of each.

Exit codes: 0 all passed; 1 one failed; 3 none failed, but those that need Docker or a browser could
not be tried here.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from infra.local import PROJECT
from tests.e2e.host import UNAVAILABLE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

PASSED = 0
FAILED = 1
_DOCKER, _BROWSER = "tests.e2e.docker", "tests.e2e.browser"
_FIREFOX, _ALONE = "tests.e2e.firefox", "tests.e2e.emulator.alone"
SAID = {PASSED: "passed", FAILED: "FAILED", UNAVAILABLE: "DID NOT RUN"}


class Part(NamedTuple):
    """Some tests: their name, their paths, what the environment asks of them.

    `needs` is the module that sees to what they need, and ends with `UNAVAILABLE` where it cannot.
    `alone` are those that run in a network of their own where that can be had. Parts of one `lane`
    run one after the other, and lanes side by side.
    """

    name: str
    tests: Sequence[str]
    environment: Mapping[str, str]
    needs: str | None = None
    alone: bool = False
    lane: int = 0


PARTS = (
    Part(
        "every route under Lambda's emulator",
        ("tests/e2e/test_smoke.py", "tests/integration/test_emulator.py"),
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
        needs=_ALONE,
        alone=True,
    ),
    Part(
        "clients generated from the description",
        ("tests/e2e/test_clients.py",),
        {"E2E": "1"},
    ),
    Part(
        "the page in a browser",
        ("tests/e2e/test_page.py",),
        {"E2E": "1"},
        needs=_BROWSER,
        # Containers beside it change the machine's network: a browser then ends what is under way.
        alone=True,
        lane=2,
    ),
    Part(
        "the page in Firefox",
        ("tests/e2e/test_firefox.py",),
        {"E2E": "1"},
        needs=_FIREFOX,
        alone=True,
        lane=2,
    ),
    Part(
        "sam local invoke, an event of every kind",
        ("tests/e2e/test_sam_local.py", "-k", "container"),
        {"E2E": "1"},
        needs=_DOCKER,
        lane=1,
    ),
    Part(
        "every route by sam local start-api",
        ("tests/e2e/test_smoke.py",),
        {"E2E_WAY": "sam"},
        needs=_DOCKER,
        lane=1,
    ),
    Part(
        "the job's image",
        ("tests/e2e/test_job_image.py",),
        {"E2E": "1"},
        needs=_DOCKER,
        lane=2,
    ),
)


class Ran(NamedTuple):
    """How a module ended, and everything it said."""

    exit_code: int
    said: str


def main(run: Callable[[Sequence[str], Mapping[str, str]], Ran]) -> int:
    """Run every part, tell what became of each, and return the exit code.

    Those that need Docker or a browser wait for it most of the time, and run beside the others.

    `run` runs a module of Python with its arguments in an environment.
    """
    met = {}
    for need in dict.fromkeys((_ALONE, *(part.needs for part in PARTS if part.needs))):
        met[need] = run((need,), {})
        print(met[need].said, end="", flush=True)  # noqa: T201
    lanes = [[part for part in PARTS if part.lane == lane] for lane in (0, 1, 2)]
    with ThreadPoolExecutor(len(lanes)) as pool:
        done = pool.map(lambda parts: list(_lane(parts, met, run)), lanes)
        told = dict(chain.from_iterable(done))
    codes = {code if code in SAID else FAILED for code, _ in told.values()}
    print()  # noqa: T201 (what the command is for, as are all others here)
    for part in PARTS:
        code, seconds = told[part.name]
        print(f"{SAID.get(code, SAID[FAILED]):<12}{seconds:5.0f} s  {part.name}")  # noqa: T201
    return FAILED if FAILED in codes else max(codes)


def _lane(
    parts: Sequence[Part],
    met: Mapping[str, Ran],
    run: Callable[[Sequence[str], Mapping[str, str]], Ran],
) -> Iterator[tuple[str, tuple[int, float]]]:
    """Run parts one after the other; yield of each its name, its exit code and its seconds."""
    for part in parts:
        started = time.monotonic()
        said = f"\n{part.name}\n"
        code = met[part.needs].exit_code if part.needs else PASSED
        if code == PASSED:
            # -rsx: lists what is skipped, with its reason. pytest has a 3 of its own.
            within = [_ALONE] if part.alone and met[_ALONE].exit_code == PASSED else []
            ran = run((*within, "pytest", "-rsx", *part.tests), part.environment)
            code, said = FAILED if ran.exit_code else PASSED, said + ran.said
        print(said, end="", flush=True)  # noqa: T201 (at once, lest two parts mingle)
        yield part.name, (code, time.monotonic() - started)


def python(module: Sequence[str], environment: Mapping[str, str]) -> Ran:
    """Run a module of this Python to its end."""
    command = [sys.executable, "-m", *module]
    done = subprocess.run(  # noqa: S603 (the command is ours)
        command,
        cwd=PROJECT,
        env=os.environ | {**environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return Ran(done.returncode, done.stdout)


if __name__ == "__main__":
    sys.exit(main(python))
