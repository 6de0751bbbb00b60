from __future__ import annotations

import gc

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
