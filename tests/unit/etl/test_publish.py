from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from obstore.exceptions import GenericError
from obstore.store import MemoryStore

from cartelera.layout import POINTER, read_manifest, read_pointer
from etl.errors import PublishError
from etl.publish import ReleaseFile, make_manifest, open_place, publish

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cartelera.layout import Manifest

FILES = {"a.parquet": ReleaseFile(b"aa", 1), "tables/b.parquet": ReleaseFile(b"bbb", 2)}
NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)


class RecordingStore(MemoryStore):
    """Remembers what was written, and can fail at one path."""

    def __init__(self, fail_at: str | None = None) -> None:
        super().__init__()
        self.written: list[str] = []
        self.fail_at = fail_at

    def put(self, path: str, file: bytes) -> None:  # type: ignore[override]
        if self.fail_at and path.endswith(self.fail_at):
            raise GenericError("no space\nmore detail")
        self.written.append(path)
        super().put(path, file)


def manifest_of(files: Mapping[str, ReleaseFile], created_at: datetime = NOON) -> Manifest:
    return make_manifest(files, films=1, rows={}, sources=[], created_at=created_at)


def test_the_release_is_named_by_time_and_content() -> None:
    release = manifest_of(FILES)["release"]

    assert release.startswith("20260102T120000Z-")
    assert manifest_of(FILES)["release"] == release
    assert manifest_of(FILES | {"a.parquet": ReleaseFile(b"AA", 1)})["release"] != release


def test_the_manifest_lists_every_file_with_hash_size_and_rows() -> None:
    assert manifest_of(FILES)["files"]["tables/b.parquet"] == {
        "sha256": "3e744b9dc39389baf0c5a0660589b8402f3dbb49b89b3e75f2c9355852a3c677",
        "bytes": 3,
        "rows": 2,
    }


def test_files_come_first_then_the_manifest_and_the_pointer_last() -> None:
    store = RecordingStore()
    manifest = manifest_of(FILES)

    publish(store, manifest, FILES)

    root = f"releases/{manifest['release']}"
    assert store.written == [
        f"{root}/a.parquet",
        f"{root}/tables/b.parquet",
        f"{root}/manifest.json",
        POINTER,
    ]


def test_what_is_published_is_what_a_reader_finds() -> None:
    store = RecordingStore()
    manifest = manifest_of(FILES)
    publish(store, manifest, FILES)

    pointer = read_pointer(bytes(store.get(POINTER).bytes()))
    path = f"releases/{pointer['release']}/manifest.json"
    assert read_manifest(bytes(store.get(path).bytes()), pointer) == manifest


def test_progress_adds_up_to_the_size_of_the_files() -> None:
    heard: list[int] = []

    publish(RecordingStore(), manifest_of(FILES), FILES, heard.append)

    assert sum(heard) == 5


@pytest.mark.parametrize("path", ["a.parquet", "tables/b.parquet", "manifest.json", POINTER])
def test_a_file_that_cannot_be_written_leaves_the_pointer_where_it_was(path: str) -> None:
    store = RecordingStore()
    first = manifest_of(FILES)
    publish(store, first, FILES)
    store.fail_at = path
    later = manifest_of(FILES, NOON.replace(hour=13))

    with pytest.raises(PublishError, match=f"{path} cannot be written: no space$"):
        publish(store, later, FILES)

    assert json.loads(bytes(store.get(POINTER).bytes()))["release"] == first["release"]


@pytest.mark.parametrize(
    "url",
    ["", "releases", "http://example.org/", "s3://", "ftp://a/b", "file:///a#b", "file:///a?b"],
)
def test_a_place_that_is_none_says_what_to_give(url: str) -> None:
    with pytest.raises(PublishError, match="give s3://bucket/prefix or file:///folder"):
        open_place(url)


def test_a_folder_is_a_place(tmp_path: Path) -> None:
    open_place((tmp_path / "with space").as_uri()).put("a", b"1")

    assert (tmp_path / "with space" / "a").read_bytes() == b"1"
