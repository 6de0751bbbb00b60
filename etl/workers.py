"""Spreading work over the machine's cores."""

from __future__ import annotations

import importlib
import multiprocessing
import os
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from itertools import islice
from threading import Thread
from typing import TYPE_CHECKING, Self

from etl.errors import WorkerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

# So much is read ahead of what has been worked on: enough that no worker waits, and no more,
# since it is held in memory.
_AHEAD_PER_WORKER = 2
_WHAT_THEY_DO = ("etl.unnest", "etl.words")


def _get_ready(modules: Iterable[str]) -> None:
    Thread(target=_end_with_the_job, daemon=True).start()
    for module in modules:
        importlib.import_module(module)


def _end_with_the_job() -> None:
    """Wait for the job to be killed: whoever waits for its work would wait for ever."""
    job = multiprocessing.parent_process()
    if job:
        job.join()
        os._exit(1)


def _start(count: int, modules: Iterable[str]) -> ProcessPoolExecutor:
    # A fresh interpreter each: a fork would copy locks that Arrow's threads hold.
    spawn = multiprocessing.get_context("spawn")
    try:
        pool = ProcessPoolExecutor(count, spawn, _get_ready, (modules,))
    except (OSError, NotImplementedError) as error:
        raise WorkerError(
            f"this machine lets processes share no semaphores ({error}): run the job in one "
            "process, --workers 1"
        ) from error
    for _ in range(count):
        # They start when there is something to do; this lets them begin to import.
        pool.submit(int)
    return pool


def _result[Result](future: Future[Result]) -> Result:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise WorkerError(
            "a worker process was ended from outside, most likely for want of memory: "
            "run the job with fewer, --workers 1"
        ) from error


def aside[Item, Result](
    workers: int, work: Callable[[Item], Result], item: Item
) -> Callable[[], Result]:
    """Start one piece of work beside this process, and return what waits for its result.

    With one worker this process does it, when the result is asked for; with more, a process of its
    own, which ends with it. The result raises `WorkerError` when that died.
    """
    if workers == 1:
        return partial(work, item)
    pool = _start(1, ())
    future = pool.submit(work, item)
    pool.shutdown(wait=False)
    return partial(_result, future)


class Workers:
    """Some processes that work on what they are given; with one, this process works itself.

    They run until the end of a `with` block. Some machines have no semaphores to
    share, as Lambda, and must do with one: more raise `WorkerError` there. Results raise it
    when a process died.
    """

    def __init__(self, count: int) -> None:
        self._count = count
        self._pool = _start(count, _WHAT_THEY_DO) if count > 1 else None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def map[Item, Result](
        self, work: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Result]:
        """Return each item's result in the items' order; work on the first ones starts at once.

        `items` are asked for as they are needed, a few ahead of the results taken.
        """
        if self._pool is None:
            return map(work, items)
        source = iter(items)
        first = islice(source, _AHEAD_PER_WORKER * self._count)
        ahead = deque(self._pool.submit(work, item) for item in first)
        return self._rest(self._pool, work, source, ahead)

    def start[Item, Result](
        self, work: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Result]:
        """Return each item's result in the items' order; work on all of them starts at once.

        For items that are in memory anyway, while this process has other things to do.
        """
        if self._pool is None:
            return map(work, items)
        futures = [self._pool.submit(work, item) for item in items]
        return map(_result, futures)

    @staticmethod
    def _rest[Item, Result](
        pool: ProcessPoolExecutor,
        work: Callable[[Item], Result],
        source: Iterator[Item],
        ahead: deque[Future[Result]],
    ) -> Iterator[Result]:
        while ahead:
            result = _result(ahead.popleft())
            ahead.extend(pool.submit(work, item) for item in islice(source, 1))
            yield result
