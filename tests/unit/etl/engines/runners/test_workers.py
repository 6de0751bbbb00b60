from __future__ import annotations

import errno
import math
import multiprocessing
import os
import time
import weakref
from multiprocessing.context import SpawnContext
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from etl.engines.runners.workers import Workers
from etl.errors import WorkerError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

FEW = 4
MOST_SECONDS = 30


@pytest.fixture(scope="module")
def two_workers() -> Iterator[Workers]:
    with Workers(2) as workers:
        yield workers


@pytest.fixture(params=[1, 2])
def workers(request: pytest.FixtureRequest, two_workers: Workers) -> Workers:
    return two_workers if request.param == 2 else Workers(1)


class CountedList:
    """Items that count how many of them were asked for."""

    def __init__(self, items: int) -> None:
        self.asked_for = 0
        self._items = items

    def __iter__(self) -> Iterator[int]:
        for item in range(self._items):
            self.asked_for += 1
            yield item


class WithoutSemaphores(SpawnContext):
    """Processes on a machine like Lambda, where they have nothing to share."""

    def _refuse(self, *_: object, **__: object) -> Any:
        raise OSError(errno.ENOSYS, "Function not implemented")

    Lock = RLock = Semaphore = BoundedSemaphore = Condition = Event = Barrier = _refuse


def test_an_item_is_let_go_when_it_is_done_though_no_result_has_been_taken(
    two_workers: Workers,
) -> None:
    items = []

    def large() -> Iterator[NDArray[np.float64]]:
        for _ in range(FEW):
            item = np.ones(2)
            items.append(weakref.ref(item))
            yield item
            del item

    results = two_workers.start(len, large())

    waited_since = time.monotonic()
    while any(item() is not None for item in items):
        assert time.monotonic() - waited_since < MOST_SECONDS
        time.sleep(0.01)
    assert list(results) == [2] * FEW


@pytest.mark.parametrize("count", [0, 1, FEW, FEW + 1, 50])
def test_results_come_in_the_order_of_the_items(workers: Workers, count: int) -> None:
    assert list(workers.map(math.factorial, range(count))) == [
        math.factorial(item) for item in range(count)
    ]


def test_an_item_that_takes_longer_does_not_lose_its_place(workers: Workers) -> None:
    seconds = [0.1, 0.0, 0.05, 0.0, 0.0]

    assert list(workers.map(_sleep_and_return, seconds)) == seconds


def _sleep_and_return(seconds: float) -> float:
    time.sleep(seconds)
    return seconds


def test_work_may_be_given_more_than_once(workers: Workers) -> None:
    first = workers.map(abs, [-1, -2])
    second = workers.map(str, [3, 4])

    assert list(second) == ["3", "4"]
    assert list(first) == [1, 2]


def test_one_worker_is_this_process_and_of_several_the_others_begin(two_workers: Workers) -> None:
    def first_of(workers: Workers) -> int:
        return next(workers.map(_sleep_and_name_process, [0.01] * 8))

    with Workers(1) as alone:
        assert first_of(alone) == os.getpid()
    # What no other has begun, as on a busy machine, is done here.
    assert any(first_of(two_workers) != os.getpid() for _ in range(100))


def test_whoever_waits_for_a_result_does_what_nobody_has_begun(two_workers: Workers) -> None:
    # A process takes what it works on, and two more to have no wait.
    slow = two_workers.start(_sleep_and_name_process, [0.3] * 6)

    processes = list(slow)

    assert processes[0] != os.getpid()
    assert processes[-1] == os.getpid()


def _sleep_and_name_process(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def test_work_that_was_begun_is_done_once_whenever_its_result_is_asked_for(
    workers: Workers,
) -> None:
    results = [workers.begin(pow, number, 2, mod=7) for number in range(20)]

    assert [result() for result in reversed(results)] == [
        number**2 % 7 for number in reversed(range(20))
    ]


def test_an_error_in_work_that_was_begun_reaches_whoever_asks_for_its_result(
    two_workers: Workers,
) -> None:
    results = [two_workers.begin(int, text) for text in ("1", "x", "3")]

    assert results[0]() == 1
    with pytest.raises(ValueError, match="'x'"):
        results[1]()
    assert results[2]() == 3


def test_no_process_is_started_for_one_worker() -> None:
    before = set(multiprocessing.active_children())

    with Workers(1) as alone:
        assert list(alone.map(abs, [-1])) == [1]
        assert set(multiprocessing.active_children()) == before


def test_several_workers_are_refused_where_processes_can_share_no_semaphores() -> None:
    with pytest.raises(WorkerError, match=r"no semaphores.*not implemented.*--workers 1$"):
        Workers(2, WithoutSemaphores())


def test_one_worker_asks_for_an_item_when_its_result_is_asked_for() -> None:
    items = CountedList(100)

    with Workers(1) as alone:
        results = alone.map(abs, items)
        asked_for = [items.asked_for]
        for _ in range(3):
            next(results)
            asked_for.append(items.asked_for)

    assert asked_for == [0, 1, 2, 3]


def test_several_workers_start_at_once_and_ask_for_a_few_items_ahead(two_workers: Workers) -> None:
    items = CountedList(100)

    results = two_workers.map(abs, items)

    assert items.asked_for == FEW
    for taken in range(1, 20):
        next(results)
        assert items.asked_for == taken + FEW


def test_several_workers_start_on_all_items_at_once_when_told_so(two_workers: Workers) -> None:
    items = CountedList(100)

    results = two_workers.start(abs, items)

    assert items.asked_for == 100
    assert list(results) == list(range(100))


def test_what_was_started_goes_on_while_other_work_is_done(two_workers: Workers) -> None:
    started = two_workers.start(math.factorial, range(20))

    assert list(two_workers.map(abs, range(-20, 0))) == list(range(20, 0, -1))
    assert list(started) == [math.factorial(item) for item in range(20)]


def test_an_error_in_what_was_started_reaches_the_caller_after_the_results_before_it(
    workers: Workers,
) -> None:
    results = workers.start(int, ["1", "2", "x", "4"])

    assert [next(results), next(results)] == [1, 2]
    with pytest.raises(ValueError, match="'x'"):
        next(results)


def test_every_item_is_asked_for_once(workers: Workers) -> None:
    items = CountedList(30)

    assert list(workers.map(abs, items)) == list(range(30))
    assert items.asked_for == 30


def test_an_error_in_the_work_reaches_the_caller_after_the_results_before_it(
    workers: Workers,
) -> None:
    results = workers.map(int, ["1", "2", "x", "4"])

    assert [next(results), next(results)] == [1, 2]
    with pytest.raises(ValueError, match=r"invalid literal for int.*'x'"):
        next(results)


def test_an_error_in_the_items_reaches_the_caller(workers: Workers) -> None:
    def items() -> Iterator[int]:
        yield from range(FEW + 1)
        raise LookupError("no more")

    with pytest.raises(LookupError, match="no more"):
        list(workers.map(abs, items()))


def test_workers_go_on_working_after_an_error(workers: Workers) -> None:
    with pytest.raises(ValueError, match="'x'"):
        list(workers.map(int, ["x", "y"]))

    assert list(workers.map(abs, [-1])) == [1]


def test_no_process_is_left_after_the_block_even_of_results_that_nobody_took() -> None:
    before = set(multiprocessing.active_children())
    items = CountedList(1_000_000)

    with Workers(2) as workers:
        next(workers.map(abs, items))
        during = set(multiprocessing.active_children())

    assert items.asked_for == 1 + FEW
    assert during > before
    assert set(multiprocessing.active_children()) == before


def test_no_process_is_left_after_an_error_in_the_block() -> None:
    before = set(multiprocessing.active_children())

    with pytest.raises(ValueError, match="'x'"), Workers(2) as workers:
        list(workers.map(int, "0123x567"))

    assert set(multiprocessing.active_children()) == before


def _begin(workers: Workers, work: Any, items: Any) -> list[Any]:
    return [result() for result in [workers.begin(work, item) for item in items]]


@pytest.mark.parametrize("give", [Workers.map, Workers.start, _begin])
def test_work_given_after_a_process_has_died_is_an_error_that_says_so(give: Any) -> None:
    with Workers(2) as workers:
        list(workers.map(abs, range(4)))
        for process in multiprocessing.active_children():
            process.kill()
            process.join()

        # A death is heard of at once or with the next piece.
        with pytest.raises(WorkerError, match="ended from outside"):
            [list(give(workers, abs, range(4))) for _ in range(1_000)]
