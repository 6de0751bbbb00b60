"""Manifests, and what is uploaded in which order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING

import pytest
from obstore.store import MemoryStore

from cartelera.contract.release_format import (
    FORMAT,
    POINTER,
    read_manifest,
    read_pointer,
    release_path,
)
from etl.errors import PublishError
from etl.release.files import ReleaseFile
from etl.release.pointers import move_pointer
from etl.release.publish import make_manifest, upload
from etl.release.storage import open_storage
from tests.releases import RecordingStore

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from obstore.store import ObjectStore

    from cartelera.contract.release_format import Manifest

FILES = {"a.parquet": ReleaseFile(b"aa", 1), "tables/b.parquet": ReleaseFile(b"bbb", 2)}
NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)


def manifest_of(files: Mapping[str, ReleaseFile], created_at: datetime = NOON) -> Manifest:
    return make_manifest(files, films=1, rows={}, sources=[], created_at=created_at)


def test_the_release_is_named_by_time_and_content() -> None:
    release = manifest_of(FILES)["release"]

    assert release.startswith("20260102T120000Z-")
    assert manifest_of(FILES)["release"] == release
    assert manifest_of(FILES | {"a.parquet": ReleaseFile(b"AA", 1)})["release"] != release
    assert make_manifest(FILES, 1, {}, [], NOON, FORMAT + 1)["release"] != release


def test_the_time_in_the_name_is_utc_whatever_the_clock_says() -> None:
    manifest = manifest_of(FILES, NOON.astimezone(timezone(timedelta(hours=-5))))

    assert manifest == manifest_of(FILES)
    assert manifest["created_at"] == "2026-01-02T12:00:00+00:00"


def test_the_manifest_lists_every_file_with_hash_size_and_rows() -> None:
    assert manifest_of(FILES)["files"]["tables/b.parquet"] == {
        "sha256": "3e744b9dc39389baf0c5a0660589b8402f3dbb49b89b3e75f2c9355852a3c677",
        "bytes": 3,
        "rows": 2,
    }


def test_files_come_first_then_the_manifest_and_the_pointer_only_when_it_is_moved() -> None:
    store = RecordingStore()
    manifest = manifest_of(FILES)
    root = f"releases/{manifest['release']}"

    pointer = upload(store, manifest, FILES)
    uploaded = list(store.written)
    move_pointer(store, pointer, None)

    # Several files at a time.
    assert sorted(uploaded[:-1]) == [f"{root}/a.parquet", f"{root}/tables/b.parquet"]
    assert uploaded[-1] == f"{root}/manifest.json"
    assert store.written == [*uploaded, POINTER]


def test_what_is_published_is_what_a_reader_finds(store: ObjectStore) -> None:
    manifest = manifest_of(FILES)
    move_pointer(store, upload(store, manifest, FILES), None)

    pointer = read_pointer(bytes(store.get(POINTER).bytes()))
    stored = store.get(f"releases/{pointer['release']}/manifest.json")
    assert read_manifest(bytes(stored.bytes()), pointer) == manifest
    for path, file in FILES.items():
        assert store.get(release_path(pointer["release"], path)).bytes() == file.data


def test_progress_adds_up_to_the_size_of_the_files() -> None:
    heard: list[int] = []

    upload(MemoryStore(), manifest_of(FILES), FILES, heard.append)

    assert sum(heard) == 5


@pytest.mark.parametrize(
    ("path", "written"),
    [("a.parquet", 0), ("tables/b.parquet", 1), ("manifest.json", 2)],
)
def test_a_file_that_cannot_be_written_is_named_and_nothing_is_written_after_it(
    path: str, written: int
) -> None:
    store = RecordingStore()
    store.fail_at = path

    with pytest.raises(PublishError, match=f"{path} cannot be written: no space$"):
        upload(store, manifest_of(FILES), FILES)

    assert len(store.written) == written


def test_the_same_bytes_may_be_uploaded_again(store: ObjectStore) -> None:
    manifest = manifest_of(FILES)
    heard: list[int] = []

    first = upload(store, manifest, FILES)
    again = upload(store, manifest, FILES, heard.append)

    assert again == first
    assert sum(heard) == 5


@pytest.mark.parametrize("path", ["a.parquet", "tables/b.parquet", "manifest.json"])
def test_other_bytes_are_never_written_over(store: ObjectStore, path: str) -> None:
    manifest = manifest_of(FILES)
    there = release_path(manifest["release"], path)
    store.put(there, b"another's")

    with pytest.raises(PublishError, match=f"^{there} is there already, with other bytes$"):
        upload(store, manifest, FILES)

    assert store.get(there).bytes() == b"another's"


def test_a_folder_that_a_file_is_in_the_way_of_cannot_be_written(tmp_path: Path) -> None:
    store = open_storage(tmp_path.as_uri())
    (tmp_path / "releases").write_text("a file")

    with pytest.raises(PublishError, match=r"a\.parquet cannot be written: "):
        upload(store, manifest_of(FILES), FILES)
