"""Listing, verifying, choosing and removing releases: made of the sample's files, day by day."""

from __future__ import annotations

import json
import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from obstore.exceptions import GenericError
from obstore.store import LocalStore, MemoryStore

from cartelera.contract.release_format import (
    FORMAT,
    MANIFEST,
    MODEL,
    POINTER,
    read_pointer,
    release_path,
    to_json,
)
from cartelera.contract.tables import PELICULAS_IDIOMA, RECOMENDACION, TABLES
from cartelera.release import Releases
from etl.errors import OvertakenError, PublishError
from etl.release.files import ReleaseFile, table_file
from etl.release.listing import list_releases, prune
from etl.release.pointers import PointerState, move_pointer, read_current
from etl.release.publish import make_manifest, upload
from etl.release.storage import read_object
from etl.release.verification import open_release, roll_back

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from obstore.store import ObjectStore


FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
# A file of each kind: what is no table of a function's, one, and the model.
OF_EACH_KIND = ("catalog.parquet", RECOMENDACION.path, MODEL)
NEEDED = (MODEL, *(schema.path for schema in TABLES))


@pytest.fixture(scope="session")
def files(sample_files: dict[str, ReleaseFile]) -> dict[str, ReleaseFile]:
    return sample_files


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    return MemoryStore() if request.param == "memory" else LocalStore(tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path)


def publish(
    store: ObjectStore, files: Mapping[str, ReleaseFile], day: int, *, films: int = 185
) -> str:
    """Publish a release as if made on the n-th day, and return its id."""
    manifest = make_manifest(files, films, {}, [], FIRST_DAY + timedelta(days=day))
    move_pointer(store, upload(store, manifest, files), read_current(store).stored)
    return manifest["release"]


def contents(store: ObjectStore) -> dict[str, bytes]:
    """Return everything in a place but the lock."""
    return {
        entry["path"]: bytes(store.get(entry["path"]).bytes())
        for batch in store.list()
        for entry in batch
        if not entry["path"].startswith(".")
    }


def releases_in(store: ObjectStore) -> set[str]:
    return {path.split("/")[1] for path in contents(store) if path != POINTER}


def answering(store: ObjectStore) -> str:
    """Return the release that the functions answer from, once they have opened it whole."""
    release = Releases(store).current()
    for schema in TABLES:
        release.table(schema)
    release.model()
    return release.id


def change_manifest(store: ObjectStore, release: str, change: Callable[[Any], object]) -> None:
    path = release_path(release, MANIFEST)
    manifest = json.loads(bytes(store.get(path).bytes()))
    change(manifest)
    store.put(path, to_json(manifest))


def flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0x01]) + data[middle + 1 :]


def test_a_place_without_releases_lists_none(store: ObjectStore) -> None:
    assert list_releases(store) == []


def test_releases_are_listed_with_their_films_and_size_the_newest_first(
    store: ObjectStore, files: Mapping[str, ReleaseFile]
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
    store: ObjectStore, files: Mapping[str, ReleaseFile]
) -> None:
    whole = publish(store, files, 1)
    store.put("releases/killed/catalog.parquet", b"1234")

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
        lambda manifest: manifest.update(films="185"),
    ],
    ids=["format", "no films", "no date", "no time zone", "number for a date", "text for films"],
)
def test_a_release_whose_manifest_cannot_be_used_does_not_hide_the_others(
    store: ObjectStore,
    files: Mapping[str, ReleaseFile],
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
    store: ObjectStore, files: Mapping[str, ReleaseFile]
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


def test_a_sound_release_is_opened_as_the_functions_open_it(
    store: ObjectStore, files: Mapping[str, ReleaseFile]
) -> None:
    release = publish(store, files, 1)
    heard: list[int] = []

    opened = open_release(store, release, heard.append)

    assert to_json(opened.pointer) == contents(store)[POINTER]
    assert opened.manifest["release"] == release
    assert opened.table(PELICULAS_IDIOMA).find("en")["cantidad"] > 1
    assert opened.model.films == len(opened.table(RECOMENDACION)) == 185
    assert sum(heard) == sum(len(file.data) for file in files.values())


def test_a_release_that_is_not_there_says_where_to_look(store: ObjectStore) -> None:
    with pytest.raises(
        PublishError, match=r"^there is no release 2026: see python -m etl releases$"
    ):
        open_release(store, "2026")


@pytest.mark.parametrize("release", ["", "..", "../..", "a/../b", "a\nb"])
def test_what_is_no_release_id_is_no_release(folder: LocalStore, release: str) -> None:
    with pytest.raises(PublishError):
        open_release(folder, release)


@pytest.mark.parametrize("path", OF_EACH_KIND)
def test_a_missing_file_is_found_out(
    store: ObjectStore, files: Mapping[str, ReleaseFile], path: str
) -> None:
    release = publish(store, files, 1)
    store.delete(release_path(release, path))

    with pytest.raises(PublishError, match=f"^release {release} is not sound: {path} is not there"):
        open_release(store, release)


@pytest.mark.parametrize("path", OF_EACH_KIND)
def test_a_flipped_bit_is_found_out(
    store: ObjectStore, files: Mapping[str, ReleaseFile], path: str
) -> None:
    release = publish(store, files, 1)
    store.put(release_path(release, path), flip(files[path].data))

    with pytest.raises(PublishError, match=f"^release {release} is not sound: {path}: SHA-256 is"):
        open_release(store, release)


def test_a_flipped_bit_in_the_manifest_of_what_answers_is_found_out(
    store: ObjectStore, files: Mapping[str, ReleaseFile]
) -> None:
    release = publish(store, files, 1)
    # The functions would not open it: the pointer vouches for another manifest.
    change_manifest(store, release, lambda manifest: manifest.update(films=184))

    with pytest.raises(PublishError, match=f"^release {release} is not sound: {MANIFEST}"):
        open_release(store, release)


def test_a_manifest_that_is_no_json_is_found_out(
    store: ObjectStore, files: Mapping[str, ReleaseFile]
) -> None:
    release = publish(store, files, 1)
    publish(store, files, 2)
    store.put(release_path(release, MANIFEST), b"{")

    with pytest.raises(PublishError, match=f"^release {release} is not sound: {MANIFEST} is not"):
        open_release(store, release)


def test_the_manifest_of_another_release_is_found_out(
    store: ObjectStore, files: Mapping[str, ReleaseFile]
) -> None:
    one, other = publish(store, files, 1), publish(store, files, 2)
    stored = read_object(store, release_path(other, MANIFEST))
    assert stored
    store.put(release_path(one, MANIFEST), stored.data)

    with pytest.raises(PublishError, match=f"{MANIFEST} belongs to '{other}', not '{one}'"):
        open_release(store, one)


@pytest.mark.parametrize("path", [path for path in OF_EACH_KIND if path != MODEL])
def test_another_number_of_rows_than_the_manifest_says_is_found_out(
    store: ObjectStore, files: Mapping[str, ReleaseFile], path: str
) -> None:
    rows = files[path].rows
    release = publish(store, {**files, path: replace(files[path], rows=rows + 1)}, 1)

    with pytest.raises(
        PublishError, match=f"{path} has {rows} rows, the manifest says {rows + 1}$"
    ):
        open_release(store, release)


@pytest.mark.parametrize("path", OF_EACH_KIND)
def test_junk_with_the_right_hash_is_found_out(
    store: ObjectStore, files: Mapping[str, ReleaseFile], path: str
) -> None:
    release = publish(store, {**files, path: ReleaseFile(b"junk", files[path].rows)}, 1)

    with pytest.raises(PublishError, match=f"^release {release} is not sound: "):
        open_release(store, release)


@pytest.mark.parametrize("schema", [PELICULAS_IDIOMA, RECOMENDACION])
def test_a_table_of_other_columns_is_found_out(
    store: ObjectStore, files: Mapping[str, ReleaseFile], schema: Any
) -> None:
    other = table_file(pa.table({"key": ["a"]}))
    release = publish(store, {**files, schema.path: other}, 1)

    with pytest.raises(PublishError, match=f"{schema.path} has columns key, expected key, votes"):
        open_release(store, release)


def test_a_manifest_that_lacks_a_file_the_functions_need_is_found_out(
    files: Mapping[str, ReleaseFile],
) -> None:
    store = MemoryStore()
    for day, path in enumerate(NEEDED, 1):
        release = publish(store, {name: file for name, file in files.items() if name != path}, day)

        with pytest.raises(PublishError, match=f"^release {release} is not sound: .*{path}"):
            open_release(store, release)


@pytest.mark.parametrize(
    "files_of_it", [[], {MODEL: None}, {MODEL: {"rows": 1}}, {"../../a": {}}, None]
)
def test_a_manifest_of_another_shape_is_found_out(
    store: ObjectStore, files: Mapping[str, ReleaseFile], files_of_it: Any
) -> None:
    release = publish(store, files, 1)
    publish(store, files, 2)
    change_manifest(store, release, lambda manifest: manifest.update(files=files_of_it))

    with pytest.raises(PublishError):
        open_release(store, release)


def test_rolling_back_lets_an_older_release_answer(
    store: ObjectStore, files: Mapping[str, ReleaseFile]
) -> None:
    old = publish(store, files, 1)
    new = publish(store, files, 2)
    before = contents(store)
    heard: list[int] = []

    manifest = roll_back(store, old, heard.append)

    assert manifest["release"] == answering(store) == old != new
    assert sum(heard) == sum(len(file.data) for file in files.values())
    assert {path for path, data in contents(store).items() if before[path] != data} == {POINTER}


def test_rolling_back_and_forth_restores_the_pointer(
    store: ObjectStore, files: Mapping[str, ReleaseFile]
) -> None:
    old, new = publish(store, files, 1), publish(store, files, 2)
    before = contents(store)

    for release in (old, new, new):
        roll_back(store, release)

    assert contents(store) == before


@pytest.mark.parametrize("path", [*OF_EACH_KIND, MANIFEST])
@pytest.mark.parametrize("damage", ["cut short", "missing"])
def test_rolling_back_to_an_unsound_release_changes_nothing(
    store: ObjectStore, files: Mapping[str, ReleaseFile], path: str, damage: str
) -> None:
    old = publish(store, files, 1)
    publish(store, files, 2)
    if damage == "missing":
        store.delete(release_path(old, path))
    else:
        store.put(release_path(old, path), contents(store)[release_path(old, path)][:-9])
    before = contents(store)

    with pytest.raises(PublishError, match=old):
        roll_back(store, old)

    assert contents(store) == before


def test_rolling_back_to_a_release_that_is_not_there_changes_nothing(
    store: ObjectStore, files: Mapping[str, ReleaseFile]
) -> None:
    publish(store, files, 1)
    before = contents(store)

    with pytest.raises(PublishError, match="there is no release 2026"):
        roll_back(store, "2026")

    assert contents(store) == before


@pytest.mark.parametrize("pointer", [None, b"junk", b'{"format": 2}'])
def test_rolling_back_mends_a_pointer_that_is_lost_or_cannot_be_read(
    store: ObjectStore, files: Mapping[str, ReleaseFile], pointer: bytes | None
) -> None:
    release = publish(store, files, 1)
    store.delete(POINTER)
    if pointer:
        store.put(POINTER, pointer)

    roll_back(store, release)

    assert answering(store) == release


def test_rolling_back_is_overtaken_by_a_job_that_publishes_meanwhile(
    store: ObjectStore, files: Mapping[str, ReleaseFile]
) -> None:
    old = publish(store, files, 1)
    publish(store, files, 2)
    published: list[str] = []

    def meanwhile(_: int) -> None:
        if not published:
            published.append(publish(store, files, 3))

    with pytest.raises(OvertakenError, match=old):
        roll_back(store, old, meanwhile)

    assert [answering(store)] == published


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
    files: Mapping[str, ReleaseFile],
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
    store: ObjectStore, files: Mapping[str, ReleaseFile]
) -> None:
    old, new = publish(store, files, 1), publish(store, files, 2)
    store.delete(POINTER)

    assert [release.id for release in prune(store, 1)] == [old]
    assert releases_in(store) == {new}


def test_pruning_removes_what_a_killed_job_left_once_it_is_a_day_old(
    folder: LocalStore, tmp_path: Path, files: Mapping[str, ReleaseFile]
) -> None:
    whole = publish(folder, files, 1)
    two_days_ago = time.time() - 2 * 86_400
    for name, ages in {"kill": [0, 0], "killed": [0, 1], "killed-long-ago": [1, 1]}.items():
        for number, old in enumerate(ages):
            path = f"releases/{name}/tables/{number}.parquet"
            folder.put(path, b"1234")
            if old:
                os.utime(tmp_path / path, (two_days_ago, two_days_ago))

    gone = prune(folder, 1)

    assert [(release.id, release.size) for release in gone] == [("killed-long-ago", 8)]
    assert releases_in(folder) == {whole, "kill", "killed"}
    assert prune(folder, 1) == []


def test_pruning_never_removes_what_answers_though_its_manifest_is_lost(
    folder: LocalStore, tmp_path: Path, files: Mapping[str, ReleaseFile]
) -> None:
    release = publish(folder, files, 1)
    folder.delete(release_path(release, MANIFEST))
    for path in (tmp_path / "releases").rglob("*.p*"):
        os.utime(path, (0, 0))

    assert prune(folder, 1) == []
    assert len(contents(folder)) == 1 + len(files)


@pytest.mark.parametrize("pointer", [b"junk", b'{"format": 2, "release": "a"}'])
def test_pruning_refuses_where_nobody_knows_what_answers(
    store: ObjectStore, files: Mapping[str, ReleaseFile], pointer: bytes
) -> None:
    for day in (1, 2, 3):
        publish(store, files, day)
    store.put(POINTER, pointer)
    before = contents(store)

    with pytest.raises(PublishError, match=f"^{POINTER} cannot be read.*roll back first$"):
        prune(store, 1)

    assert contents(store) == before


def test_pruning_removes_the_manifest_first_and_ends_well_after_it_was_cut_short(
    files: Mapping[str, ReleaseFile],
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
    store: ObjectStore, files: Mapping[str, ReleaseFile]
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


def test_what_answers_is_read_from_the_pointer(
    store: ObjectStore, files: Mapping[str, ReleaseFile]
) -> None:
    nothing = read_current(store)
    release = publish(store, files, 1)
    current = read_current(store)

    assert nothing == PointerState(FORMAT, POINTER, None, None)
    assert current.release == release
    assert current.stored
    assert read_pointer(current.stored.data)["release"] == release
