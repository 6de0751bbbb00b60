from __future__ import annotations

import errno
import gzip
import hashlib
import io
import tempfile
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any, override

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.errors import RawInputError
from etl.extract.raw_files import MAX_RECORD_LENGTH, RawFile, describe, find_raw, read_batches
from etl.extract.shapes import MAX_COLUMNS, Role
from etl.extract.well_formed import WellFormed, read_columns
from etl.quarantine import LINE, MAX_VALUE_LENGTH

if TYPE_CHECKING:
    from collections.abc import Callable

    from etl.extract.well_formed import Cut

# Fields as they stand in a file: between quotes or not, with quotes that mean nothing.
FIELDS = st.one_of(
    st.text('ab"', max_size=8).map(lambda text: f"x{text}"),
    st.text('ab",\n', max_size=8).map(lambda text: '"{}"'.format(text.replace('"', '""'))),
    st.just(""),
)
RECORDS = st.lists(FIELDS, min_size=1, max_size=4).map(lambda fields: ",".join(fields) + "\n")


def role(*columns: str) -> Role:
    """A role of files that must have some columns."""
    return Role(columns=columns, required=columns)


def raw_file(folder: Path, content: str | bytes, columns: tuple[str, ...] = ("id", "a")) -> RawFile:
    path = folder / "raw.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return RawFile(path, role(*columns))


@pytest.mark.parametrize("movies", ["movies_metadata.csv", "movies_dataset.csv.gz"])
@pytest.mark.parametrize("keywords", [None, "keywords.csv", "keywords.csv.gz"])
@pytest.mark.parametrize("akas", [None, "title.akas.tsv", "title.akas.tsv.gz"])
def test_the_raw_files_are_found_by_any_of_their_names(
    tmp_path: Path, movies: str, keywords: str | None, akas: str | None
) -> None:
    for name in (movies, "credits.csv", keywords, akas):
        if name:
            (tmp_path / name).touch()

    raw = find_raw(tmp_path)

    assert raw.movies.path.name == movies
    assert (raw.keywords.path.name if raw.keywords else None) == keywords
    assert (raw.akas.path.name if raw.akas else None) == akas


def test_what_lies_in_a_folder_without_films_is_named_and_how_they_may_be_called(
    tmp_path: Path,
) -> None:
    (tmp_path / "credits.csv").touch()

    with pytest.raises(
        RawInputError, match=r"holds no films: there is credits\.csv\. .* movies_metadata\.csv, "
    ):
        find_raw(tmp_path)


def test_credits_that_are_not_there_are_missed(tmp_path: Path) -> None:
    (tmp_path / "movies_metadata.csv").touch()

    raw = find_raw(tmp_path)

    assert (raw.credits, raw.notes) == (None, ["there are no credits beside movies_metadata.csv"])


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
    zipped = RawFile(tmp_path / "raw.csv.gz", plain.role)
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


# Its first block, after the header of ten bytes, is of a kind that there is none of.
def break_block(data: bytes) -> bytes:
    return data[:10] + b"\xff" * 20


@pytest.mark.parametrize("damage", [lambda data: data[:-20], flip, break_block])
def test_a_damaged_gzip_file_is_one_clear_line(
    tmp_path: Path, damage: Callable[[bytes], bytes]
) -> None:
    whole = gzip.compress(b"id,a\n" + b"".join(b"%d,x\n" % number for number in range(1000)))
    path = tmp_path / "raw.csv.gz"
    path.write_bytes(damage(whole))

    with pytest.raises(RawInputError, match=r"raw\.csv\.gz cannot be read near line"):
        list(read_batches(RawFile(path, role("id", "a"))))


def test_a_file_is_described_by_name_size_and_hash(tmp_path: Path) -> None:
    file = raw_file(tmp_path, "abc")

    assert describe(file) == {
        "name": "raw.csv",
        "bytes": 3,
        "sha256": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    }


class FailingPath(Path):
    """A path whose file fails after so many bytes."""

    good = 0

    @override
    def open(self, *args: Any, **options: Any) -> Any:
        class Failing(io.BytesIO):
            @override
            def readinto(self, buffer: Any, /) -> int:
                if not (count := super().readinto(memoryview(buffer)[:10])):
                    raise OSError(errno.EIO, "Input/output error")
                return count

        return Failing(self.read_bytes()[: self.good])

    @override
    def read_bytes(self) -> bytes:
        return Path(self).read_bytes()


def test_a_read_error_midway_is_one_clear_line(tmp_path: Path) -> None:
    path = FailingPath(raw_file(tmp_path, "id,a\n1,x\n" * 5).path)

    for path.good in (0, 8, 30):
        with pytest.raises(RawInputError, match=r"raw\.csv cannot be read .*Input/output error"):
            list(read_batches(RawFile(path, role("id", "a"))))
    with pytest.raises(RawInputError, match=r"raw\.csv cannot be read: Input/output error"):
        describe(RawFile(path))


def test_a_file_that_is_gone_is_one_clear_line(tmp_path: Path) -> None:
    file = RawFile(tmp_path / "raw.csv")

    for read in (lambda: list(read_batches(file)), lambda: describe(file), lambda: file.size):
        with pytest.raises(RawInputError, match=r"raw\.csv cannot be read: No such file"):
            read()


@pytest.mark.parametrize("name", ["x" * 300, "\0"])
def test_a_folder_that_cannot_be_looked_into_is_one_clear_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(RawInputError, match=r"cannot be read: File name too long|is no folder"):
        find_raw(tmp_path / name)


@pytest.mark.parametrize("gzipped", [False, True])
@pytest.mark.parametrize("meanwhile", ["replaced", "removed"])
def test_the_source_of_a_file_is_what_was_read(
    tmp_path: Path, meanwhile: str, *, gzipped: bool
) -> None:
    content = b"id,a\n" + b"1,x\n" * 50
    file = RawFile(tmp_path / ("raw.csv.gz" if gzipped else "raw.csv"))
    data = gzip.compress(content) if gzipped else content
    file.path.write_bytes(data)

    batches = read_batches(file, batch_rows=10)
    next(batches)
    if meanwhile == "replaced":
        (tmp_path / "other").write_bytes(b"id,a\n")
        (tmp_path / "other").replace(file.path)
    else:
        file.path.unlink()
    assert file.source is None
    list(batches)

    read = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    assert describe(file) == {"name": file.path.name, **read}


@pytest.mark.parametrize("meanwhile", ["replaced", "removed"])
def test_the_source_of_a_parquet_file_is_what_was_read(tmp_path: Path, meanwhile: str) -> None:
    file = RawFile(tmp_path / "raw.parquet")
    pq.write_table(pa.table({"id": ["1"] * 50}), file.path)
    data = file.path.read_bytes()

    batches = read_batches(file, batch_rows=10)
    next(batches)
    if meanwhile == "replaced":
        pq.write_table(pa.table({"id": ["2"]}), tmp_path / "other")
        (tmp_path / "other").replace(file.path)
    else:
        file.path.unlink()
    rest = list(batches)

    assert sum(batch.read for batch in rest) == 40
    read = {"sha256": hashlib.sha256(data).hexdigest(), "bytes": len(data)}
    assert describe(file) == {"name": file.path.name, **read}


@given(st.lists(RECORDS, max_size=12), st.integers(2, 30))
def test_a_record_that_is_too_long_is_set_aside_and_all_others_are_read(
    records: list[str], longest: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = raw_file(Path(folder), "a\n" + "".join(records), ("a",))
        whole = list(read_batches(file))
        (batch,) = read_batches(file, max_record_length=longest)

    line, lines = 2, []
    for record in records:
        lines.append((line, record))
        line += record.count("\n")
    too_long = {line: record for line, record in lines if len(record) > longest}
    set_aside = {entry.line: entry for entry in batch.broken if "characters" in entry.detail}
    assert set(set_aside) == set(too_long)
    for line, record in too_long.items():
        assert set_aside[line].detail == (f"{len(record)} characters instead of at most {longest}")
        assert record.startswith(set_aside[line].value)
    (expected,) = whole
    kept = expected.records[~expected.records[LINE].isin(too_long)]
    assert batch.records.to_dict("list") == kept.to_dict("list")
    others = [entry for entry in batch.broken if entry not in set_aside.values()]
    assert others == [entry for entry in expected.broken if entry.line not in too_long]


@pytest.mark.parametrize("cell", ["x" * 8_000_000, "\n" * 200_000 + "," * 4_000_000])
def test_no_more_is_held_of_a_record_than_it_may_have(tmp_path: Path, cell: str) -> None:
    file = raw_file(tmp_path, f'id,a\n1,"{cell}"\n2,y\n')
    batches = read_batches(file, max_record_length=1_000)

    tracemalloc.start()
    (batch,) = batches
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert batch.records["id"].tolist() == ["2"]
    (entry,) = batch.broken
    assert (entry.line, len(entry.value)) == (2, 1_001)
    # Buffers of a megabyte.
    assert most < 4_000_000


# What is well-formed for the most part, and some of what is not.
TEXTS = st.lists(
    RECORDS.map(lambda record: f"1,{record}")
    | RECORDS
    | st.sampled_from(
        [
            *("\n", "\r\n", ",\n", '"",\n', "id,a\n", '"id",a\r\n', "1\n", "1,x,y\n", "1,\r\n"),
            *('1,"x\r\ny"\n', "1,x\ry\n", '1,"x"y\n', '1, "x"\n', '1,"ñ\ufeff€"\n', "1,"),
            *("\ufeff1,x\n", "x" * 30 + ",\n", '1,"', "NA,null\n", "1,\f\n", "1,\x85\u2028\n"),
        ]
    ),
    max_size=9,
).map("".join)


@settings(max_examples=200)
@given(TEXTS, st.integers(1, 5), st.sampled_from([20, 30, MAX_RECORD_LENGTH]))
def test_a_text_is_read_alike_by_arrow_and_by_python(text: str, rows: int, longest: int) -> None:
    def read(encoding: str) -> list[Any] | None:
        file.path.write_bytes(f"id,a\n{text}".encode(encoding))
        again = RawFile(file.path, file.role, encoding="utf-16")
        try:
            batches = list(read_batches(again, batch_rows=rows, max_record_length=longest))
        except RawInputError:
            return None
        records = pd.concat([batch.records for batch in batches])
        return [records.to_dict("list"), *(entry for batch in batches for entry in batch.broken)]

    with tempfile.TemporaryDirectory() as folder:
        file = raw_file(Path(folder), "")
        # Only UTF-8 is ever read by Arrow.
        assert read("utf-8") == read("utf-16")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_text_is_well_formed_however_much_of_it_is_looked_at_together(encoding: str) -> None:
    text = 'id,a\r\n1,"x\n""y"" z"\n\n2,\n"3","ñ"\r\n4,"\r\n"\n5,x'
    data = text.encode(encoding)

    def cuts(piece_length: int) -> list[tuple[bytes, list[int], list[int]]]:
        stream = io.BufferedReader(io.BytesIO(data))
        well_formed = WellFormed(stream, ",", 100, piece_length)
        found = [*iter(lambda: well_formed.cut(2, 100), None)]
        assert well_formed.ended
        return [(cut.text, cut.ends.tolist(), cut.lines.tolist()) for cut in found]

    whole = cuts(1_000)
    assert b"".join(text for text, *_ in whole) == text.encode()
    assert [line for *_, lines in whole for line in lines] == [1, 2, 4, 5, 6, 7, 9]
    for piece_length in range(3, len(data) + 2):
        assert cuts(piece_length) == whole


@pytest.mark.parametrize(
    "bad", ['1,"x', '1,"x"y\n', "1,x\ry\n", '1,"x""\n', '1,x"y"\n', "1," + "x" * 99]
)
def test_what_is_not_well_formed_is_left_whole(bad: str) -> None:
    text = f"id,a\n{bad}\n2,x\n"
    cuts: list[Cut] = []
    for piece_length in range(1, 30):
        cuts.clear()
        stream = io.BufferedReader(io.BytesIO(text.encode()))
        well_formed = WellFormed(stream, ",", 50, piece_length)

        while cut := well_formed.cut(1, 100):
            cuts.append(cut)

        assert not well_formed.ended
        assert len(cuts) <= 1
        assert b"".join(cut.text for cut in cuts) + well_formed.rest().read() == text.encode()
        assert well_formed.number == len(cuts)


def test_well_formed_text_is_read_by_arrow(tmp_path: Path) -> None:
    content = 'id,a\n1,"x\ny"\n,\nid,a\n2\n3,z\n'
    file = raw_file(tmp_path, content)
    with file.path.open("rb") as stream:
        cut = WellFormed(stream, ",", 100).cut(9, 100)
    assert cut

    columns = read_columns(cut, 2, ["id", "a"], ",")

    assert columns
    assert columns.table.to_pydict() == {"0": ["1", "3"], "1": ["x\ny", "z"]}
    assert (columns.places.tolist(), columns.others) == ([1, 5], [0, 2, 3, 4])
    assert [cut.record(place) for place in columns.others] == [b"id,a\n", b",\n", b"id,a\n", b"2\n"]


def test_a_quote_that_is_never_closed_is_one_clear_line_however_much_it_swallows(
    tmp_path: Path,
) -> None:
    file = raw_file(tmp_path, 'id,a\n1,"' + "x\n" * 100)

    with pytest.raises(RawInputError, match="cannot be read near line 102: unexpected end of data"):
        list(read_batches(file, max_record_length=20))


def test_what_is_set_aside_of_a_broken_record_is_not_without_end(tmp_path: Path) -> None:
    file = raw_file(tmp_path, f"id,a\n{'x' * (MAX_VALUE_LENGTH + 10)}\n")

    (entry,) = next(read_batches(file)).broken

    assert entry.value.endswith(f"x… ({MAX_VALUE_LENGTH + 14:,} characters)")
    assert len(entry.value) < MAX_VALUE_LENGTH + 50


@pytest.mark.parametrize("record", ["1,xxxx\n", "1\n"])
def test_a_batch_ends_by_its_records_and_by_their_characters(tmp_path: Path, record: str) -> None:
    file = raw_file(tmp_path, "id,a\n" + record * 9)

    def sizes(batch_rows: int = 100, max_batch_length: int = 1_000) -> list[int]:
        batches = read_batches(file, batch_rows=batch_rows, max_batch_length=max_batch_length)
        return [batch.read for batch in batches]

    assert sizes(batch_rows=4) == [4, 4, 1]
    assert sizes(max_batch_length=4 * len(record) - 1) == [4, 4, 1]
    assert sizes(max_batch_length=1) == [1] * 9 + [0]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (",".join(f"c{each}" for each in range(MAX_COLUMNS)) + ",id", "501 columns, and may have"),
        ("id," + "x" * 100, "near line 1: a record of more than 100 characters"),
    ],
)
def test_a_header_without_end_is_one_clear_line(tmp_path: Path, header: str, message: str) -> None:
    limit = 100 if "x" in header else 1 << 20

    with pytest.raises(RawInputError, match=message):
        list(read_batches(raw_file(tmp_path, header, ("id",)), max_record_length=limit))


@pytest.mark.parametrize("names", [("#line",), ("#line", "#line#"), ("#line#", "#line", "#line##")])
def test_a_column_may_have_the_name_of_the_jobs_own(tmp_path: Path, names: tuple[str, ...]) -> None:
    values = [f"value {name}" for name in names]
    file = raw_file(tmp_path, ",".join(("id", *names)) + "\n" + ",".join(("1", *values)) + "\n")

    (batch,) = read_batches(RawFile(file.path, role("id")))

    assert batch.records[LINE].tolist() == [2]
    assert batch.records.drop(columns=LINE).to_numpy().tolist() == [["1", *values]]
