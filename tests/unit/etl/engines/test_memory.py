from __future__ import annotations

import gc
import subprocess
import sys

import pytest

from etl.engines.memory import RARELY, collecting_rarely


def test_cycles_are_looked_for_as_often_as_before_once_the_job_ends_however_it_does() -> None:
    before = gc.get_threshold()

    @collecting_rarely()
    def job() -> None:
        assert gc.get_threshold() == RARELY != before
        raise ValueError

    with pytest.raises(ValueError):  # noqa: PT011 (that of the job above)
        job()

    assert gc.get_threshold() == before


def test_a_process_ends_at_once_without_a_search_for_cycles() -> None:
    program = (
        "import gc; from etl.engines.memory import end_at_once; end_at_once(); "
        "gc.callbacks.append(lambda phase, info: phase == 'stop' and print(info['collected']));"
        "cycle = []; cycle.append(cycle); del cycle"
    )

    ended = subprocess.run(  # noqa: S603 (our own)
        [sys.executable, "-c", program], check=True, capture_output=True
    )

    assert {*ended.stdout.split()} <= {b"0"}
