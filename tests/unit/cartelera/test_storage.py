"""Reading from storage in time."""

from __future__ import annotations

import multiprocessing
import threading
from threading import Event
from typing import TYPE_CHECKING, Any

import pytest
from obstore.store import LocalStore, MemoryStore

from cartelera.storage import Deadline, MissingObjectError, StorageError, read, read_range

if TYPE_CHECKING:
    from pathlib import Path


class HangingStore:
    """One whose reads of an object hang until they are let go."""

    def __init__(self, path: str) -> None:
        self.let_go = Event()
        self._path = path
        self._store = MemoryStore()

    def put(self, path: str, data: bytes) -> None:
        self._store.put(path, data)

    def get(self, path: str, options: Any) -> Any:
        if path == self._path:
            self.let_go.wait()
        return self._store.get(path, options=options)


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    place = MemoryStore() if request.param == "memory" else LocalStore(tmp_path)
    place.put("a", bytes(range(100)))
    return place


@pytest.mark.parametrize(("start", "size"), [(0, 100), (10, 20), (99, 1)])
def test_a_range_of_an_object_is_read(store: Any, start: int, size: int) -> None:
    data = read_range(store, "a", start, size, Deadline(8))

    assert data == bytes(range(start, start + size))


def test_of_an_object_that_ends_before_no_more_is_read_than_there_is(store: Any) -> None:
    assert read_range(store, "a", 90, 20, Deadline(8)) == bytes(range(90, 100))
    with pytest.raises(StorageError, match="a cannot be read"):
        read_range(store, "a", 100, 20, Deadline(8))


def test_a_range_of_nothing_is_a_missing_object(store: Any) -> None:
    with pytest.raises(MissingObjectError, match="b is not there"):
        read_range(store, "b", 0, 1, Deadline(8))


def test_reads_one_after_the_other_take_one_thread() -> None:
    store = MemoryStore()
    store.put("a", b"1")
    read(store, "a", Deadline(8))
    threads = threading.active_count()

    for _ in range(20):
        assert read(store, "a", Deadline(8)).data == b"1"

    assert threading.active_count() == threads


def test_a_read_that_hangs_holds_up_no_other() -> None:
    store: Any = HangingStore("a")
    store.put("a", b"1")
    store.put("b", b"2")

    for _ in range(2):
        with pytest.raises(StorageError, match="a cannot be read: the time allowed is over"):
            read(store, "a", Deadline(0.05))
        assert read(store, "b", Deadline(8)).data == b"2"

    store.let_go.set()
    assert read(store, "a", Deadline(8)).data == b"1"


class Digits:
    """A store that works in a forked process, too."""

    def get_range(self, _path: str, *, start: int, length: int) -> bytes:
        return b"0123456789"[start : start + length]


def test_a_forked_process_reads_by_threads_of_its_own() -> None:
    store: Any = Digits()
    read_range(store, "digits", 0, 1, Deadline(8))

    process = multiprocessing.get_context("fork").Process(
        target=read_range, args=(store, "digits", 0, 1, Deadline(2))
    )
    process.start()
    process.join()

    assert process.exitcode == 0
