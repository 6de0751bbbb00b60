from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from obstore.exceptions import GenericError
from obstore.store import MemoryStore

from cartelera.contract.release_format import (
    FORMAT,
    POINTER,
    read_manifest,
    read_pointer,
    release_path,
    to_json,
)
from etl.errors import OvertakenError, PublishError
from etl.release.files import ReleaseFile, Spool
from etl.release.pointers import move_pointer, pointer_to
from etl.release.publish import make_manifest, upload
from etl.release.storage import open_storage, read_object

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from obstore.store import ObjectStore

    from cartelera.contract.release_format import Manifest, Pointer

FILES = {"a.parquet": ReleaseFile(b"aa", 1), "tables/b.parquet": ReleaseFile(b"bbb", 2)}
NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)
JOBS = 8


class RecordingStore(MemoryStore):
    """Remembers what was written, and can fail at one path."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []
        self.fail_at: str | None = None

    def put(self, path: str, file: bytes, **how: Any) -> None:  # type: ignore[override]
        if self.fail_at and path.endswith(self.fail_at):
            raise GenericError("no space\nmore detail")
        super().put(path, file, **how)
        self.written.append(path)


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    return MemoryStore() if request.param == "memory" else open_storage(tmp_path.as_uri())


def manifest_of(files: Mapping[str, ReleaseFile], created_at: datetime = NOON) -> Manifest:
    return make_manifest(files, films=1, rows={}, sources=[], created_at=created_at)


def pointer_of(name: str) -> Pointer:
    return pointer_to(name, name.encode())


def named(store: ObjectStore) -> str:
    """Return the release that answers."""
    return read_pointer(bytes(store.get(POINTER).bytes()))["release"]


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


def test_files_that_wait_in_a_folder_are_published_as_those_in_memory(tmp_path: Path) -> None:
    spool = Spool(tmp_path)

    spool.add(FILES.items())

    assert make_manifest(spool.files, 1, {}, [], NOON) == manifest_of(FILES)
    store = MemoryStore()
    upload(store, manifest_of(FILES), spool.files)
    for path, file in FILES.items():
        there = store.get(release_path(manifest_of(FILES)["release"], path))
        assert bytes(there.bytes()) == file.data


def test_a_file_that_cannot_wait_is_named(tmp_path: Path) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.touch()
    spool = Spool(in_the_way)

    with pytest.raises(
        PublishError, match=r"tables/b\.parquet cannot be kept until it is uploaded"
    ):
        spool.add([("tables/b.parquet", FILES["tables/b.parquet"])])

    assert not spool.files


def test_files_come_first_then_the_manifest_and_the_pointer_only_when_it_is_moved() -> None:
    store = RecordingStore()
    manifest = manifest_of(FILES)
    root = f"releases/{manifest['release']}"

    pointer = upload(store, manifest, FILES)
    uploaded = list(store.written)
    move_pointer(store, pointer, None)

    assert uploaded == [f"{root}/a.parquet", f"{root}/tables/b.parquet", f"{root}/manifest.json"]
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


def test_a_pointer_that_cannot_be_written_stays_where_it_was() -> None:
    store = RecordingStore()
    move_pointer(store, pointer_of("first"), None)
    store.fail_at = POINTER

    with pytest.raises(PublishError, match=f"^{POINTER} cannot be written: no space$"):
        move_pointer(store, pointer_of("second"), read_object(store, POINTER))

    assert named(store) == "first"


def test_what_cannot_be_read_is_named() -> None:
    class Unreadable(MemoryStore):
        def get(self, *_: Any, **__: Any) -> Any:
            raise GenericError("no answer\nmore detail")

    with pytest.raises(PublishError, match=f"^{POINTER} cannot be read: no answer$"):
        read_object(Unreadable(), POINTER)


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


def test_a_folder_that_a_file_is_in_the_way_of_cannot_be_written(tmp_path: Path) -> None:
    store = open_storage(tmp_path.as_uri())
    (tmp_path / "releases").write_text("a file")

    with pytest.raises(PublishError, match=r"a\.parquet cannot be written: "):
        upload(store, manifest_of(FILES), FILES)


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


@pytest.mark.parametrize(
    "url",
    ["", "releases", "http://example.org/", "s3://", "ftp://a/b", "file:///a#b", "file:///a?b"],
)
def test_a_place_that_is_none_says_what_to_give(url: str) -> None:
    with pytest.raises(PublishError, match="give s3://bucket/prefix or file:///folder"):
        open_storage(url)


@pytest.mark.parametrize("path", ["a-file", "a-file/below"])
def test_a_place_that_is_a_file_is_named(tmp_path: Path, path: str) -> None:
    (tmp_path / "a-file").touch()

    with pytest.raises(PublishError, match="a-file"):
        open_storage((tmp_path / path).as_uri())


def test_a_folder_is_a_place_whatever_its_name(tmp_path: Path) -> None:
    folder = tmp_path / "with space, 100 %25 & ñ"
    store = open_storage(folder.as_uri())

    move_pointer(store, pointer_of("first"), None)

    assert (folder / POINTER).read_bytes() == to_json(pointer_of("first"))
