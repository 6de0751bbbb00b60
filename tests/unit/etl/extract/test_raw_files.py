from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest

from etl.errors import RawInputError
from etl.extract.raw_files import RawFile, describe, find_raw, read_batches
from etl.quarantine import LINE

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def raw_file(folder: Path, content: str | bytes, columns: tuple[str, ...] = ("id", "a")) -> RawFile:
    path = folder / "raw.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return RawFile(path, columns)


@pytest.mark.parametrize("movies", ["movies_metadata.csv", "movies_dataset.csv.gz"])
@pytest.mark.parametrize("keywords", [None, "keywords.csv", "keywords.csv.gz"])
def test_the_raw_files_are_found_by_any_of_their_names(
    tmp_path: Path, movies: str, keywords: str | None
) -> None:
    for name in (movies, "credits.csv", keywords):
        if name:
            (tmp_path / name).touch()

    raw = find_raw(tmp_path)

    assert raw.movies.path.name == movies
    assert (raw.keywords.path.name if raw.keywords else None) == keywords


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "movies_metadata.csv").touch()

    with pytest.raises(RawInputError, match=r"no credits\.csv"):
        find_raw(tmp_path)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(RawInputError, match="nowhere is no folder"):
        find_raw(tmp_path / "nowhere")


def test_records_carry_the_line_they_begin_at(tmp_path: Path) -> None:
    file = raw_file(tmp_path, 'id,a\n1,x\n2,"two\nlines"\n3,z\n')

    (batch,) = read_batches(file)

    assert batch.records["id"].tolist() == ["1", "2", "3"]
    assert batch.records[LINE].tolist() == [2, 3, 5]


def test_a_record_with_another_number_of_fields_is_broken_and_kept_aside_whole(
    tmp_path: Path,
) -> None:
    file = raw_file(tmp_path, "id,a\n1\n2,x\n3,y,z\n\n4,w\n")

    (batch,) = read_batches(file)

    assert batch.records["id"].tolist() == ["2", "4"]
    assert [(entry.line, entry.value) for entry in batch.broken] == [
        (2, '["1"]'),
        (4, '["3", "y", "z"]'),
    ]
    assert batch.read == 4


def test_a_gzipped_file_reads_like_a_plain_one(tmp_path: Path) -> None:
    plain = raw_file(tmp_path, "id,a\n1,x\n")
    zipped = RawFile(tmp_path / "raw.csv.gz", plain.columns)
    zipped.path.write_bytes(gzip.compress(plain.path.read_bytes()))

    (one,), (other,) = read_batches(plain), read_batches(zipped)

    assert one.records.equals(other.records)


def test_a_whole_cast_fits_a_cell(tmp_path: Path) -> None:
    cast = "x" * 1_000_000

    (batch,) = read_batches(raw_file(tmp_path, f"id,a\n1,{cast}\n"))

    assert batch.records["a"].tolist() == [cast]


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    file = raw_file(tmp_path, b"\xef\xbb\xbfid,a\n1,x\n")

    (batch,) = read_batches(file)

    assert batch.records["id"].tolist() == ["1"]


def test_progress_adds_up_to_the_whole_file(tmp_path: Path) -> None:
    file = raw_file(tmp_path, "id,a\n" + "1,x\n" * 10_000)
    heard: list[int] = []

    batches = list(read_batches(file, heard.append))

    assert len(batches) > 1
    assert sum(heard) == file.path.stat().st_size


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"id,b\n1,x\n", "raw.csv has no column a"),
        (b"", "raw.csv has no column id, a"),
        (b"id,a\n1,\xff\xfe\n", "raw.csv is not UTF-8 near line"),
        (b"id,a,a\n1,x,y\n", "raw.csv has more than one column a"),
        (b'id,a\n1,"x\n2,y\n', "raw.csv cannot be read near line 4: unexpected end of data"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_one_clear_line(
    tmp_path: Path, content: bytes, message: str
) -> None:
    with pytest.raises(RawInputError, match=message):
        list(read_batches(raw_file(tmp_path, content)))


def flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0xFF]) + data[middle + 1 :]


@pytest.mark.parametrize("damage", [lambda data: data[:-20], flip], ids=["cut", "flipped"])
def test_a_damaged_gzip_file_is_one_clear_line(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    whole = gzip.compress(b"id,a\n" + b"".join(b"%d,x\n" % number for number in range(1000)))
    path = tmp_path / "raw.csv.gz"
    path.write_bytes(damage(whole))

    with pytest.raises(RawInputError, match=r"raw\.csv\.gz cannot be read near line"):
        list(read_batches(RawFile(path, ("id", "a"))))


def test_a_file_is_described_by_name_size_and_hash(tmp_path: Path) -> None:
    file = raw_file(tmp_path, "abc")

    assert describe(file) == {
        "name": "raw.csv",
        "bytes": 3,
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    }
