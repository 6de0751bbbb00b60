"""Leases and tombstones: pruning against rolling back and publishing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from obstore.exceptions import GenericError
from obstore.store import LocalStore, MemoryStore

from cartelera.contract.release_format import MANIFEST, POINTER, release_path
from etl.errors import PublishError
from etl.release.leases import lease
from etl.release.listing import list_releases, prune
from etl.release.verification import roll_back
from tests.releases import Files, answering, contents, make_old, publish, releases_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from obstore.store import ObjectStore


class Interrupted(MemoryStore):
    """Lets something happen before the n-th write or removal."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[str] = []
        self.at = 0
        self.happens: Callable[[], object] = lambda: None

    def put(self, path: str, file: bytes, **how: Any) -> None:  # type: ignore[override]
        self._count(path)
        super().put(path, file, **how)

    def delete(self, paths: Any) -> None:
        self._count(paths)
        super().delete(paths)

    def _count(self, path: str) -> None:
        self.writes.append(path)
        if len(self.writes) == self.at:
            self.happens()


def test_whenever_somebody_rolls_back_while_another_prunes_what_answers_is_whole(
    files: Files,
) -> None:
    refused, reasons = 0, set()
    for at in range(1, len(files) + 4):
        store = Interrupted()
        old, new = publish(store, files, 1), publish(store, files, 2)
        store.writes.clear()

        def happens(store: ObjectStore = store, old: str = old) -> None:
            roll_back(store, old)

        store.at, store.happens = at, happens
        try:
            prune(store, 1)
        except PublishError as error:
            refused += 1
            reasons.add(str(error).partition(old)[0])
        assert answering(store) in {old, new}

    assert refused == len(files) + 2
    assert reasons == {"release ", "there is no release "}


@pytest.mark.parametrize("at", [1, 2, 3])
def test_whenever_somebody_prunes_while_another_rolls_back_the_release_stays(
    files: Files, at: int
) -> None:
    store = Interrupted()
    old = publish(store, files, 1)
    publish(store, files, 2)
    store.writes.clear()
    # Before the lease, it goes; later, it is kept.
    store.at, store.happens = at, lambda: prune(store, 1)

    if at == 1:
        with pytest.raises(PublishError, match=f"release {old} is not sound|no release {old}"):
            roll_back(store, old)
    else:
        roll_back(store, old)
        assert answering(store) == old


def test_a_release_that_is_being_published_with_a_clock_behind_is_not_pruned(
    store: ObjectStore, files: Files
) -> None:
    for day in (2, 3):
        publish(store, files, day)
    with lease(store, publish(store, files, 1)):
        store.put(POINTER, contents(store)[POINTER])
        roll_back(store, max(releases_in(store)))

        assert prune(store, 1) != []

        assert {release.created_at.day for release in list_releases(store)} == {2, 4}


def test_a_tombstone_keeps_others_off_for_a_day_and_no_longer(
    folder: LocalStore, tmp_path: Path, files: Files
) -> None:
    old, new = publish(folder, files, 1), publish(folder, files, 2)
    tombstone = release_path(old, "tombstone-of-one-killed")
    folder.put(tombstone, b"")

    with pytest.raises(PublishError, match=f"^release {old} is being removed: choose another"):
        roll_back(folder, old)
    assert answering(folder) == new

    make_old(tmp_path / tombstone)
    roll_back(folder, old)
    assert prune(folder, 2) == []
    assert answering(folder) == old
    assert tombstone not in contents(folder)


@pytest.mark.parametrize("old", [False, True])
def test_a_lease_keeps_a_release_for_a_day_and_no_longer(
    folder: LocalStore,
    tmp_path: Path,
    files: Files,
    old: bool,  # noqa: FBT001
) -> None:
    first, second = publish(folder, files, 1), publish(folder, files, 2)
    path = release_path(first, "lease-of-one-killed")
    folder.put(path, b"")
    if old:
        make_old(tmp_path / path)

    prune(folder, 1)

    assert releases_in(folder) == ({second} if old else {first, second})


def test_the_same_release_can_be_published_again_once_it_was_pruned(
    store: ObjectStore, files: Files
) -> None:
    old = publish(store, files, 1)
    publish(store, files, 2)
    prune(store, 1)

    with lease(store, old):
        assert publish(store, files, 1) == old

    assert answering(store) == old


def test_a_lease_that_cannot_be_taken_back_does_not_fail_what_is_done(files: Files) -> None:
    class Undeletable(MemoryStore):
        def delete(self, paths: Any) -> None:  # noqa: ARG002 (that of a store)
            raise GenericError("access denied")

    store = Undeletable()
    old = publish(store, files, 1)
    publish(store, files, 2)

    roll_back(store, old)

    assert answering(store) == old
    assert release_path(old, MANIFEST) in contents(store)
