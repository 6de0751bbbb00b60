"""Listing and pruning releases, made of the sample's files, day by day."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from obstore.exceptions import GenericError
from obstore.store import LocalStore, MemoryStore

from cartelera.contract.release_format import (
    MANIFEST,
    POINTER,
    release_path,
)
from etl.errors import PublishError
from etl.release.listing import list_releases, prune
from etl.release.verification import open_release, roll_back
from tests.releases import (
    FIRST_DAY,
    Files,
    answering,
    change_manifest,
    contents,
    make_old,
    publish,
    releases_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from obstore.store import ObjectStore


def test_a_place_without_releases_lists_none(store: ObjectStore) -> None:
    assert list_releases(store) == []


def test_releases_are_listed_with_their_films_and_size_the_newest_first(
    store: ObjectStore, files: Files
) -> None:
    before = datetime.now(UTC) - timedelta(seconds=2)
    # Neither in the order they were written nor in that of how many films they have.
    second, third, first = (publish(store, files, day, films=day) for day in (2, 3, 1))

    listed = list_releases(store)

    assert [release.id for release in listed] == [third, second, first]
    assert [release.header and release.header["films"] for release in listed] == [3, 2, 1]
    assert [release.created_at.day for release in listed] == [4, 3, 2]
    assert [release.current for release in listed] == [False, False, True]
    for release in listed:
        of_it = [len(data) for path, data in contents(store).items() if release.id in path]
        assert release.size == sum(of_it)
        assert before < release.last_modified < datetime.now(UTC) + timedelta(seconds=2)


def test_what_has_no_manifest_is_listed_by_when_it_was_written(
    store: ObjectStore, files: Files
) -> None:
    whole = publish(store, files, 1)
    store.put("releases/killed/a.pack", b"1234")

    killed, listed = list_releases(store)

    assert (killed.id, killed.size, killed.header, killed.current) == ("killed", 4, None, False)
    assert killed.created_at == killed.last_modified > FIRST_DAY + timedelta(days=1)
    assert listed.id == whole


@pytest.mark.parametrize(
    "change",
    [
        lambda manifest: manifest.update(format="6"),
        lambda manifest: manifest.pop("films"),
        lambda manifest: manifest.update(created_at="X026-01-02T00:00:00+00:00"),
        lambda manifest: manifest.update(created_at="2026-01-02T00:00:00"),
        lambda manifest: manifest.update(created_at=20260102),
        lambda manifest: manifest.update(films="188"),
    ],
    ids=["format", "no films", "no date", "no time zone", "number for a date", "text for films"],
)
def test_a_release_whose_manifest_cannot_be_used_does_not_hide_the_others(
    store: ObjectStore,
    files: Files,
    change: Callable[[dict[str, Any]], object],
) -> None:
    damaged = publish(store, files, 1)
    sound = publish(store, files, 2)
    change_manifest(store, damaged, change)

    listed = {release.id: release for release in list_releases(store)}

    assert listed.keys() == {damaged, sound}
    assert listed[damaged].header is None
    assert listed[damaged].created_at == listed[damaged].last_modified
    assert listed[sound].header


def test_a_file_that_lies_among_the_releases_does_not_hide_them(
    store: ObjectStore, files: Files
) -> None:
    release = publish(store, files, 1)
    store.put("releases/notes.txt", b"not a release")

    assert release in [listed.id for listed in list_releases(store)]


def test_a_place_that_cannot_be_listed_says_so() -> None:
    class Unlisted(MemoryStore):
        def list(self, *_: Any, **__: Any) -> Any:
            raise GenericError("access denied")

    with pytest.raises(PublishError, match=r"^the releases cannot be listed: access denied"):
        list_releases(Unlisted())


@pytest.mark.parametrize(
    ("keep", "current", "left"),
    [
        (1, 4, {4}),
        (2, 4, {3, 4}),
        (2, 1, {1, 3, 4}),
        (2, 3, {3, 4}),
        (4, 4, {1, 2, 3, 4}),
        (9, 1, {1, 2, 3, 4}),
    ],
)
def test_pruning_keeps_the_newest_and_always_what_answers(
    store: ObjectStore,
    files: Files,
    keep: int,
    current: int,
    left: set[int],
) -> None:
    # Written in another order than they were made.
    ids = {day: publish(store, files, day) for day in (3, 1, 4, 2)}
    roll_back(store, ids[current])

    gone = prune(store, keep)

    removed = sorted({1, 2, 3, 4} - left, reverse=True)
    assert [release.id for release in gone] == [ids[day] for day in removed]
    assert releases_in(store) == {ids[day] for day in left}
    for day in left:
        open_release(store, ids[day])
    assert answering(store) == ids[current]


def test_pruning_a_place_without_a_pointer_keeps_the_newest(
    store: ObjectStore, files: Files
) -> None:
    old, new = publish(store, files, 1), publish(store, files, 2)
    store.delete(POINTER)

    assert [release.id for release in prune(store, 1)] == [old]
    assert releases_in(store) == {new}


def test_pruning_removes_what_a_killed_job_left_once_it_is_a_day_old(
    folder: LocalStore, tmp_path: Path, files: Files
) -> None:
    whole = publish(folder, files, 1)
    for name, ages in {"kill": [0, 0], "killed": [0, 1], "killed-long-ago": [1, 1]}.items():
        for number, old in enumerate(ages):
            path = f"releases/{name}/tables/{number}.pack"
            folder.put(path, b"1234")
            if old:
                make_old(tmp_path / path)

    gone = prune(folder, 1)

    assert [(release.id, release.size) for release in gone] == [("killed-long-ago", 8)]
    assert releases_in(folder) == {whole, "kill", "killed"}
    assert prune(folder, 1) == []


def test_pruning_never_removes_what_answers_though_its_manifest_is_lost(
    folder: LocalStore, tmp_path: Path, files: Files
) -> None:
    release = publish(folder, files, 1)
    folder.delete(release_path(release, MANIFEST))
    for path in (tmp_path / "releases").rglob("*.p*"):
        os.utime(path, (0, 0))

    assert prune(folder, 1) == []
    assert len(contents(folder)) == 1 + len(files)


@pytest.mark.parametrize("pointer", [b"junk", b'{"format": 2, "release": "a"}'])
def test_pruning_refuses_where_nobody_knows_what_answers(
    store: ObjectStore, files: Files, pointer: bytes
) -> None:
    for day in (1, 2, 3):
        publish(store, files, day)
    store.put(POINTER, pointer)
    before = contents(store)

    with pytest.raises(PublishError, match=f"^{POINTER} cannot be read.*roll back first$"):
        prune(store, 1)

    assert contents(store) == before


def test_pruning_removes_the_manifest_first_and_ends_well_after_it_was_cut_short(
    files: Files,
) -> None:
    class CutShort(MemoryStore):
        deleted: list[str]
        patience = 3

        def delete(self, paths: Any) -> None:
            if len(self.deleted) == self.patience:
                raise GenericError("access denied")
            super().delete(paths)
            self.deleted.append(paths)

    store = CutShort()
    store.deleted = []
    old, new = publish(store, files, 1), publish(store, files, 2)

    with pytest.raises(PublishError, match=f"^release {old} cannot be removed: access denied"):
        prune(store, 1)

    assert store.deleted[0] == release_path(old, MANIFEST)
    assert [(release.id, release.header is None) for release in list_releases(store)] == [
        (old, True),
        (new, False),
    ]
    assert answering(store) == new


def test_pruning_leaves_alone_what_lies_beside_the_releases(
    store: ObjectStore, files: Files
) -> None:
    old, new = publish(store, files, 1), publish(store, files, 2)
    store.put(f"releases/{old}-mine/notes.txt", b"mine")
    store.put("releases.txt", b"mine")
    before = contents(store)

    prune(store, 1)

    assert before.keys() - contents(store).keys() == {
        path for path in before if path.startswith(f"releases/{old}/")
    }
    assert answering(store) == new


def test_what_killed_jobs_staged_goes_after_a_day_and_empty_folders_with_it(
    folder: LocalStore, tmp_path: Path, files: Files
) -> None:
    old, new = publish(folder, files, 1), publish(folder, files, 2)
    staged = [
        f"{POINTER}#1",
        f"releases/{new}/{MANIFEST}#1",
        f"releases/{new}/tables/deep/0000.pack#12",
        f"releases/{old}/lease-of-one-killed#1",
        "releases/killed/a.parquet#1",
    ]
    for path in staged:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(b"half")
    (tmp_path / "releases/emptied/tables").mkdir(parents=True)

    assert prune(folder, 2) == []
    assert [path for path in staged if not (tmp_path / path).exists()] == []

    make_old(*(tmp_path / path for path in staged))
    assert [release.id for release in prune(folder, 1)] == ["killed", old]

    assert {path.name for path in tmp_path.glob("releases/*")} == {new}
    assert {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*#*")} == set()
    assert [path for path in tmp_path.rglob("*") if path.is_dir() and not any(path.iterdir())] == []
    assert answering(folder) == new


@pytest.mark.parametrize(
    "link", ["releases/linked", "releases/{old}/tables/linked", "releases/{old}/file.parquet"]
)
@pytest.mark.parametrize("target", ["elsewhere", "place/releases", "nowhere"])
def test_pruning_removes_nothing_behind_a_symbolic_link(
    tmp_path: Path, files: Files, link: str, target: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "mine.parquet").write_bytes(b"mine")
    make_old(elsewhere / "mine.parquet")
    (tmp_path / "place").mkdir()
    store = LocalStore(tmp_path / "place")
    old, new = publish(store, files, 1), publish(store, files, 2)
    (tmp_path / "place" / link.format(old=old)).symlink_to(tmp_path / target)

    assert [release.id for release in prune(store, 1)] == [old]

    assert (elsewhere / "mine.parquet").read_bytes() == b"mine"
    assert not (tmp_path / f"place/releases/{old}").exists()
    assert answering(store) == new


def test_pruning_refuses_where_all_releases_lie_behind_a_symbolic_link(
    folder: LocalStore, tmp_path: Path, files: Files
) -> None:
    for day in (1, 2):
        publish(folder, files, day)
    (tmp_path / "releases").rename(tmp_path / "moved")
    (tmp_path / "releases").symlink_to(tmp_path / "moved")
    before = {path for path in tmp_path.rglob("moved/**/*") if path.is_file()}

    with pytest.raises(PublishError, match="releases is a symbolic link"):
        prune(folder, 1)

    assert {path for path in tmp_path.rglob("moved/**/*") if path.is_file()} == before
