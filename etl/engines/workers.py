"""Spreading work over the machine's cores."""

from __future__ import annotations

import importlib
import multiprocessing
import os
from collections import deque
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from threading import Thread
from typing import TYPE_CHECKING, Self, cast

from etl.errors import WorkerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnContext
    from multiprocessing.process import BaseProcess

# So much is read ahead of what has been worked on: enough that no worker waits, and no more,
# since it is held in memory.
_AHEAD_PER_WORKER = 2
_WHAT_THEY_DO = ("etl.clean.unnest", "etl.catalogue.words")
# A fresh interpreter each: a fork would copy locks that Arrow's threads hold.
SPAWN = multiprocessing.get_context("spawn")


def _get_ready() -> None:
    Thread(target=_end_with_the_job, daemon=True).start()
    for module in _WHAT_THEY_DO:
        importlib.import_module(module)


def _end_with_the_job() -> None:
    """Wait for the job to be killed: whoever waits for its work would wait for ever."""
    job = multiprocessing.parent_process()
    if job:
        job.join()
        os._exit(1)


def _start(count: int, context: SpawnContext) -> ProcessPoolExecutor:
    try:
        pool = ProcessPoolExecutor(count, context, _get_ready)
    except (OSError, NotImplementedError) as error:
        raise WorkerError(
            f"this machine lets processes share no semaphores ({error}): run the job in one "
            "process, --workers 1"
        ) from error
    for _ in range(count):
        # They start when there is something to do; this lets them begin to import.
        pool.submit(int)
    return pool


def _submitted[Item, Result](
    pool: ProcessPoolExecutor, work: Callable[[Item], Result], item: Item
) -> Future[Result]:
    try:
        return pool.submit(work, item)
    # A pool that has seen one of its processes die takes no more work.
    except BrokenProcessPool as error:
        raise _ended_from_outside() from error


def _result[Result](future: Future[Result]) -> Result:
    try:
        return future.result()
    except BrokenProcessPool as error:
        raise _ended_from_outside() from error


class ChildProcess[Item, Result]:
    """One piece of work in a process of its own, which ends with it and gives its memory back.

    It needs no semaphores, and so works on Lambda as well.
    """

    def __init__(
        self, work: Callable[[Item], Result], item: Item, context: SpawnContext = SPAWN
    ) -> None:
        """Prepare the work, which begins with `start`.

        Parameters
        ----------
        work
            A function that can be pickled.
        item
            What it is called with, which can be pickled, too.
        context
            Starts the process.
        """
        self._work = work
        self._item = item
        self._context = context
        self._started: tuple[Connection, BaseProcess] | None = None

    def start(self) -> None:
        """Begin, while this process goes on."""
        ours, theirs = self._context.Pipe(duplex=False)
        given = theirs, self._work, self._item
        process = self._context.Process(target=_send, args=given, daemon=True)
        process.start()
        # Lest nobody notice when the other one ends.
        theirs.close()
        self._started = ours, process

    def result(self) -> Result:
        """Return what the work gave, or raise what it raised; begin, if that has not been done.

        Raises
        ------
        WorkerError
            When the process died.
        """
        if self._started is None:
            self.start()
        connection, process = cast("tuple[Connection, BaseProcess]", self._started)
        try:
            error, result = connection.recv()
        except EOFError as cut:
            raise _ended_from_outside() from cut
        finally:
            process.join()
        if error:
            raise error
        return cast("Result", result)


def _send[Item](connection: Connection, work: Callable[[Item], object], item: Item) -> None:
    Thread(target=_end_with_the_job, daemon=True).start()
    answer: tuple[Exception | None, object]
    try:
        answer = None, work(item)
    # Whatever it is, the job hears of it.
    except Exception as error:  # noqa: BLE001
        answer = error, None
    connection.send(answer)


def _ended_from_outside() -> WorkerError:
    return WorkerError(
        "a worker process was ended from outside, most likely for want of memory: "
        "run the job with fewer, --workers 1"
    )


class Workers:
    """Some processes that work on what they are given; with one, this process works itself.

    They run until the end of a `with` block. Some machines have no semaphores to
    share, as Lambda, and must do with one: more raise `WorkerError` there. Results raise it
    when a process died.
    """

    def __init__(self, count: int, context: SpawnContext = SPAWN) -> None:
        """Start the processes.

        Parameters
        ----------
        count
            How many work; with one this process does, and none is started.
        context
            Starts them, and makes the semaphores that they share.

        Raises
        ------
        WorkerError
            When several cannot share semaphores.
        """
        self._count = count
        self._pool = _start(count, context) if count > 1 else None

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
        ahead = deque(_submitted(self._pool, work, item) for item in first)
        return self._rest(self._pool, work, source, ahead)

    def start[Item, Result](
        self, work: Callable[[Item], Result], items: Iterable[Item]
    ) -> Iterator[Result]:
        """Return each item's result in the items' order; work on all of them starts at once.

        For items that are in memory anyway, while this process has other things to do.
        """
        if self._pool is None:
            return map(work, items)
        futures = [_submitted(self._pool, work, item) for item in items]
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
            ahead.extend(_submitted(pool, work, item) for item in islice(source, 1))
            yield result
