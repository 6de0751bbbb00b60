"""The pointer of a format: read, and moved by one of several jobs."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from cartelera.contract.release_format import (
    FORMAT,
    POINTER,
    read_pointer,
)
from etl.errors import OvertakenError, PublishError
from etl.release.pointers import PointerState, move_pointer, pointer_to, read_current
from etl.release.storage import open_storage, read_object
from tests.releases import Files, RecordingStore, publish

if TYPE_CHECKING:
    from pathlib import Path

    from obstore.store import ObjectStore

    from cartelera.contract.release_format import Pointer

JOBS = 8


def pointer_of(name: str) -> Pointer:
    return pointer_to(name, name.encode())


def named(store: ObjectStore) -> str:
    """Return the release that answers."""
    return read_pointer(bytes(store.get(POINTER).bytes()))["release"]


def test_a_pointer_that_cannot_be_written_stays_where_it_was() -> None:
    store = RecordingStore()
    move_pointer(store, pointer_of("first"), None)
    store.fail_at = POINTER

    with pytest.raises(PublishError, match=f"^{POINTER} cannot be written: no space$"):
        move_pointer(store, pointer_of("second"), read_object(store, POINTER))

    assert named(store) == "first"


def test_the_first_pointer_is_written_only_where_there_is_none(store: ObjectStore) -> None:
    move_pointer(store, pointer_of("first"), None)

    with pytest.raises(OvertakenError):
        move_pointer(store, pointer_of("second"), None)

    assert named(store) == "first"


def test_the_pointer_moves_from_where_it_was_read(store: ObjectStore) -> None:
    for release in ("first", "second", "third"):
        move_pointer(store, pointer_of(release), read_object(store, POINTER))

        assert named(store) == release


@pytest.mark.parametrize("before", [None, "zeroth"])
def test_of_two_jobs_that_read_the_same_pointer_the_second_to_move_it_is_overtaken(
    store: ObjectStore, before: str | None
) -> None:
    if before:
        move_pointer(store, pointer_of(before), None)
    read_by_both = read_object(store, POINTER)
    move_pointer(store, pointer_of("first"), read_by_both)

    with pytest.raises(
        OvertakenError, match=r"this one, second, is there and .* python -m etl rollback second$"
    ):
        move_pointer(store, pointer_of("second"), read_by_both)

    assert named(store) == "first"


def test_two_jobs_with_the_very_same_release_both_end_well(store: ObjectStore) -> None:
    move_pointer(store, pointer_of("first"), None)
    read_by_both = read_object(store, POINTER)

    for _ in range(2):
        move_pointer(store, pointer_of("second"), read_by_both)

    assert named(store) == "second"


def test_a_pointer_that_was_removed_meanwhile_is_not_brought_back(store: ObjectStore) -> None:
    move_pointer(store, pointer_of("first"), None)
    last = read_object(store, POINTER)
    store.delete(POINTER)

    with pytest.raises(OvertakenError):
        move_pointer(store, pointer_of("second"), last)

    assert read_object(store, POINTER) is None


@pytest.mark.parametrize("before", [None, "before"])
def test_of_eight_threads_that_race_for_the_pointer_exactly_one_wins(
    store: ObjectStore, before: str | None
) -> None:
    if before:
        move_pointer(store, pointer_of(before), None)
    read_by_all = read_object(store, POINTER)
    start = threading.Barrier(JOBS)

    def race(job: int) -> str | None:
        start.wait()
        try:
            move_pointer(store, pointer_of(f"job-{job}"), read_by_all)
        except OvertakenError as error:
            return str(error)
        return None

    with ThreadPoolExecutor(JOBS) as pool:
        refusals = list(pool.map(race, range(JOBS)))

    assert refusals.count(None) == 1
    assert named(store) == f"job-{refusals.index(None)}"
    assert all(refusal is None or f"job-{job}," in refusal for job, refusal in enumerate(refusals))


def test_a_pointer_that_a_folder_is_in_the_way_of_cannot_be_written(tmp_path: Path) -> None:
    store = open_storage(tmp_path.as_uri())
    (tmp_path / POINTER).mkdir()

    with pytest.raises(PublishError, match=f"^{POINTER} cannot be written: "):
        move_pointer(store, pointer_of("first"), None)


def test_a_pointer_that_cannot_be_locked_cannot_be_written(tmp_path: Path) -> None:
    store = open_storage(tmp_path.as_uri())
    (tmp_path / f".{POINTER}.lock").mkdir()

    with pytest.raises(PublishError, match=f"^{POINTER} cannot be written: "):
        move_pointer(store, pointer_of("first"), None)

    assert read_object(store, POINTER) is None


def test_what_answers_is_read_from_the_pointer(store: ObjectStore, files: Files) -> None:
    nothing = read_current(store)
    release = publish(store, files, 1)
    current = read_current(store)

    assert nothing == PointerState(FORMAT, POINTER, None, None)
    assert current.release == release
    assert current.stored
    assert read_pointer(current.stored.data)["release"] == release
