"""Spreading work over the machine's cores."""

from __future__ import annotations

import gc
import importlib
import multiprocessing
import os
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from threading import Thread
from typing import TYPE_CHECKING, Self

from etl.engines.memory import RARELY, end_at_once
from etl.errors import WorkerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.context import SpawnContext

# Items that are read ahead of those worked on: enough that no worker waits, and no more, since
# they are held in memory.
_AHEAD_PER_WORKER = 2
_IMPORTS = ("etl.clean.unnest", "etl.catalogue.words")
# A fresh interpreter each: a fork would copy locks that Arrow's threads hold.
_SPAWN = multiprocessing.get_context("spawn")


class Workers:
    """The processes of the job: this one, and a pool of others that work beside it.

    Whoever waits here for a result does meanwhile what no other process has begun. The pool is the
    standard library's, except that its processes end with the job, however that ends. They run
    until the end of a `with` block. Some machines have no semaphores to share, as Lambda, and must
    do with one worker: more raise `WorkerError` there. Results raise it when a process died.
    """

    def __init__(self, count: int, context: SpawnContext = _SPAWN) -> None:
        """Start the processes.

        Parameters
        ----------
        count, context
            How many work, this process among them, and what makes the others and their semaphores.

        Raises
        ------
        WorkerError
            When several cannot share semaphores.
        """
        self._count = count
        self._pool: ProcessPoolExecutor | None = None
        if count == 1:
            return
        try:
            self._pool = ProcessPoolExecutor(count - 1, context, _initialise)
        except (OSError, NotImplementedError) as error:
            raise WorkerError(
                f"this machine lets processes share no semaphores ({error}): run the job in one "
                "process, --workers 1"
            ) from error
        for _ in range(count - 1):
            # They start when there is something to do; this lets them begin to import.
            self._pool.submit(int)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def map[Item, Result](
        self, work: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Result]:
        """Return each item's result in the items' order; work on the first ones starts at once.

        Parameters
        ----------
        work
            A function of an item, which can be pickled, as can its result.
        items
            Read as they are needed, a few ahead of the results taken. They can be pickled.
        """
        return self._map(work, items, _AHEAD_PER_WORKER * self._count)

    def start[Item, Result](
        self, work: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Result]:
        """Return each item's result in the items' order; work on all of them starts at once.

        Parameters
        ----------
        work
            As `map` takes it.
        items
            In memory already: all are submitted before a result is taken.
        """
        return self._map(work, items, None)

    def begin[**Given, Result](
        self, work: Callable[Given, Result], *args: Given.args, **kwargs: Given.kwargs
    ) -> Callable[[], Result]:
        """Begin some work, which a single worker does now; return what waits for its result.

        Parameters
        ----------
        work
            A function that can be pickled, as can its result.
        *args, **kwargs
            What it is given; it can be pickled, too.
        """
        task = partial(work, *args, **kwargs)
        if self._pool is None:
            result = task()
            return lambda: result
        # A pool that has seen one of its processes die takes no more work.
        with _named():
            begun = _Task([task], self._pool.submit(task))
        return lambda: _result(deque([begun]))

    def _map[Item, Result](
        self, work: Callable[[Item], Result], items: Iterable[Item], ahead: int | None
    ) -> Iterator[Result]:
        if self._pool is None:
            return map(work, items)
        pool, source = self._pool, iter(items)

        def submit(item: Item) -> _Task[Result]:
            task = partial(work, item)
            with _named():
                return _Task([task], pool.submit(task))

        return _results(submit, source, deque(map(submit, islice(source, ahead))))


@dataclass(slots=True)
class _Task[Result]:
    # None is left once it is done: it may have been given much, and its result be taken much later.
    work: list[Callable[[], Result]]
    future: Future[Result]

    def __post_init__(self) -> None:
        work = self.work
        # Not a method of the task's: the two would hold each other.
        self.future.add_done_callback(lambda _: work.clear())

    def take_over(self) -> bool:
        """Do it in this process, unless it has been begun; tell whether it was done now."""
        left = self.work.copy()
        if not left or not self.future.cancel():
            return False
        self.future = Future()
        try:
            self.future.set_result(left[0]())
        except Exception as error:  # noqa: BLE001 (it is raised when its turn comes)
            self.future.set_exception(error)
        return True


def _result[Result](tasks: deque[_Task[Result]]) -> Result:
    """Return the first task's result; do those of the others meanwhile that nobody has begun."""
    first = tasks[0]
    # The last ones first: processes take them from the beginning.
    while not first.future.done() and any(task.take_over() for task in reversed(tasks)):
        pass
    with _named():
        return tasks.popleft().future.result()


def _results[Item, Result](
    submit: Callable[[Item], _Task[Result]], source: Iterator[Item], tasks: deque[_Task[Result]]
) -> Iterator[Result]:
    while tasks:
        result = _result(tasks)
        tasks.extend(map(submit, islice(source, 1)))
        yield result


def _initialise() -> None:
    gc.set_threshold(*RARELY)
    end_at_once()
    Thread(target=_end_with_the_job, daemon=True).start()
    for module in _IMPORTS:
        importlib.import_module(module)
    # What they make stays: nobody need look for cycles among it.
    gc.freeze()


def _end_with_the_job() -> None:
    """Wait for the job to be killed: its processes would wait for work for ever."""
    job = multiprocessing.parent_process()
    if job:
        job.join()
        os._exit(1)


@contextmanager
def _named() -> Iterator[None]:
    """Say what it means when a process has died."""
    try:
        yield
    except BrokenProcessPool as error:
        raise WorkerError(
            "a worker process was ended from outside, most likely for want of memory: "
            "run the job with fewer, --workers 1"
        ) from error
