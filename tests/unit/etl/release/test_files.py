"""Files that wait to be uploaded."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from obstore.store import MemoryStore

from cartelera.contract.release_format import release_path
from etl.errors import PublishError
from etl.release.files import ReleaseFile, Spool, TableFile
from etl.release.publish import make_manifest, upload

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cartelera.contract.release_format import Manifest

FILES = {"a.parquet": ReleaseFile(b"aa", 1), "tables/b.parquet": ReleaseFile(b"bbb", 2)}
NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)


def manifest_of(files: Mapping[str, ReleaseFile], created_at: datetime = NOON) -> Manifest:
    return make_manifest(files, films=1, rows={}, sources=[], created_at=created_at)


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


def test_tables_in_a_file_are_read_in_their_pieces_as_they_were_written(tmp_path: Path) -> None:
    pieces = [pa.table({"name": ["a", None], "films": [[1, 2], []]})] * 3
    file = TableFile(tmp_path / "pieces.arrow")

    assert list(file.write(pieces)) == pieces
    assert list(file.read()) == pieces


def test_tables_that_cannot_wait_are_named(tmp_path: Path) -> None:
    file = TableFile(tmp_path / "nowhere" / "pieces.arrow")

    with pytest.raises(PublishError, match=r"pieces\.arrow cannot be kept"):
        list(file.write([pa.table({"a": [1]})]))
