"""Reading the raw files: which they are, and their records with line numbers, in batches."""

from __future__ import annotations

import codecs
import csv
import io
import json
import sys
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from etl.errors import RawInputError
from etl.extract.choice import choose_raw
from etl.extract.lines import Lines, RecordTooLongError
from etl.extract.shapes import Role, day_and_month, delimited_shape, named_shape, with_conversions
from etl.extract.streams import (
    BUFFER,
    UNREADABLE_BYTES,
    is_archive,
    members_of,
    only_member,
    open_bytes,
    readable,
    size_of,
    unpacked,
)
from etl.extract.well_formed import WellFormed, read_columns
from etl.quarantine import LINE, Rejection, excerpt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from cartelera.contract.release_format import SourceEntry
    from etl.extract.shapes import Shape
    from etl.extract.streams import HashedStream
    from etl.extract.well_formed import Cut

BATCH_ROWS = 4_000
# In characters: 25 times the longest record of the real films, and little enough that a few
# processes can unnest such a batch on the smallest machine the job is for.
MAX_RECORD_LENGTH = 2 << 20
MAX_BATCH_LENGTH = 16 << 20
# In bytes: what the shape of a file is decided by. Some hundred films.
_SAMPLE = 1 << 18
_PARQUET_SAMPLE = 300

BROKEN = "broken record"
# Rows that spreadsheets and concatenations leave; nothing is lost with them.
EMPTY = "empty record"
REPEATED_HEADER = "header repeated"

_UTF8 = "utf-8-sig"
# What files begin with that are often called .csv.
_NO_TEXTS = {
    b"PK\x03\x04": "a spreadsheet's workbook, or an archive",
    b"\x1f\x8b": "gzipped",
    b"PAR1": "parquet",
    b"<!DOCTYPE": "a web page, perhaps one that asks to sign in",
    b"<html": "a web page, perhaps one that asks to sign in",
}


@dataclass
class RawFile:
    """A raw file.

    Attributes
    ----------
    path
        Where it lies, or the archive that it is in.
    role
        What is read of it.
    member
        Its name in that archive; None where it is in none.
    place
        What messages and the release call it; by default as `path` ends.
    encoding
        Of a file that is not UTF-8.
    source
        Its name, size and SHA-256, gzipped or not, of the bytes that were read; None until
        `read_batches` has read it to its end.
    """

    path: Path
    role: Role = field(default_factory=Role)
    member: str | None = None
    place: str = ""
    encoding: str | None = None
    source: SourceEntry | None = None

    @property
    def name(self) -> str:
        """What messages and the release call it."""
        return self.place or self.path.name

    @property
    def size(self) -> int:
        """How many bytes it has."""
        return size_of(self.path, self.member)

    @property
    def is_parquet(self) -> bool:
        """Whether it is no text."""
        return (self.member or self.path.name).lower().endswith(".parquet")

    @cached_property
    def text_encoding(self) -> str:
        """The encoding that it is read in."""
        return self.encoding if self.encoding and not _is_utf8(self) else _UTF8

    @cached_property
    def shape(self) -> Shape:
        """Its shape.

        Raises
        ------
        RawInputError
            When it cannot be read, or is not what it should be.
        """
        if self.is_parquet:
            with _parquet(self) as (opened, _):
                shape = named_shape(self.name, opened.schema_arrow.names, self.role)
                rows = next(opened.iter_batches(_PARQUET_SAMPLE), None)
            cells = zip(*map(_texts, rows.columns), strict=True) if rows else ()
            shape = with_conversions(shape, self.role, cells)
        else:
            sample, whole = _read_sample(self)
            shape = delimited_shape(self.name, sample, self.role, whole=whole)
        for column in shape.undecided:
            shape = shape.with_dates(column, day_first=_day_first(self, shape, column))
        return shape


@dataclass(frozen=True, slots=True)
class RawFolder:
    """The raw files of one run; only the films are always there."""

    movies: RawFile
    credits: RawFile | None = None
    keywords: RawFile | None = None
    akas: RawFile | None = None
    # Of MovieLens; both or none.
    ratings: RawFile | None = None
    links: RawFile | None = None
    # What a person should know of the choice.
    notes: Sequence[str] = ()

    @property
    def of_data_set(self) -> Sequence[RawFile]:
        """The files of the data set, the movies first."""
        return [file for file in (self.movies, self.credits, self.keywords) if file]

    @property
    def files(self) -> Sequence[RawFile]:
        """All files, the movies first."""
        others = filter(None, (self.akas, self.ratings, self.links))
        return [*self.of_data_set, *others]

    @property
    def names(self) -> list[str]:
        """The names of all that there are."""
        return [file.name for file in self.files]


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records of a file: the whole ones, and the broken ones set aside.

    `records` has `LINE`, and a column of texts for each column of the file; one whose name begins
    with that gets another "#" at its end.
    """

    records: pd.DataFrame
    broken: list[Rejection]

    @property
    def read(self) -> int:
        """How many records were read."""
        return len(self.records) + len(self.broken)


def find_raw(
    folder: Path, roles: Mapping[str, Role] | None = None, encoding: str | None = None
) -> RawFolder:
    """Find the raw files in a folder: plain, gzipped, as parquet or in an archive.

    Parameters
    ----------
    folder
        Where they lie, or one folder above.
    roles
        By name, what is read of the files; by default nothing is asked of them.
    encoding
        That of the files that are not UTF-8.

    Raises
    ------
    RawInputError
        When the folder or the films are not there.
    """
    with readable(folder):
        if not folder.is_dir():
            raise RawInputError(f"{folder} is no folder: give one that holds the films")
        names = _files_in(folder)
        choice = choose_raw(names, str(folder))
        if "movies" not in choice.files:
            inside = [
                f"{name}/{member}"
                for name in choice.archives
                for member in members_of(folder / name)
            ]
            beside = [name for name in names if name not in choice.archives]
            choice = choose_raw([*beside, *inside], str(folder))
    files = {
        role: _raw_file(folder, name, (roles or {}).get(role, Role(role)), encoding)
        for role, name in choice.files.items()
    }
    return RawFolder(**files, notes=choice.notes)


def _files_in(folder: Path) -> list[str]:
    """Return the paths of the files in a folder, and in those that it has."""
    entries = list(folder.iterdir())
    inner = [entry for each in entries if each.is_dir() for entry in each.iterdir()]
    return [str(entry.relative_to(folder)) for entry in entries + inner if entry.is_file()]


def _raw_file(folder: Path, name: str, role: Role, encoding: str | None) -> RawFile:
    path, member = folder / name, None
    for outer in path.parents:
        # A file in an archive, which is no folder.
        if is_archive(outer.name) and outer.is_file():
            path, member = outer, str(path.relative_to(outer))
            break
    if member is None and is_archive(name):
        member = only_member(path)
    return RawFile(path, role, member, name, encoding)


def describe(file: RawFile) -> SourceEntry:
    """Return the `source` of a raw file, which is read for it if that has not been done."""
    if file.source:
        return file.source
    with open_bytes(file.path, file.member) as hashed:
        hashed.hash_all()
        return hashed.describe(file.name)


def read_batches(
    file: RawFile,
    on_bytes: Callable[[int], None] = lambda _: None,
    batch_rows: int = BATCH_ROWS,
    max_record_length: int = MAX_RECORD_LENGTH,
    max_batch_length: int = MAX_BATCH_LENGTH,
) -> Iterator[Batch]:
    """Yield a file's records in their order, and leave what was read of it as its `source`.

    Parameters
    ----------
    file
        The file.
    on_bytes
        Called before each batch with the number of bytes read since the last one.
    batch_rows
        How many records are in a batch at most.
    max_record_length
        How many characters a record may have. One with more is set aside, and not held whole.
    max_batch_length
        A batch ends with the record that gives it so many characters, or bytes of UTF-8 where
        all is well formed.

    Raises
    ------
    RawInputError
        When it cannot be read, or is not what it should be; the message says what to do.
    """
    yield from _read_batches(
        file, file.shape, on_bytes, batch_rows, max_record_length, max_batch_length
    )


def _read_batches(  # noqa: PLR0913, PLR0917 (those of `read_batches`)
    file: RawFile,
    shape: Shape,
    on_bytes: Callable[[int], None] = lambda _: None,
    batch_rows: int = BATCH_ROWS,
    max_record_length: int = MAX_RECORD_LENGTH,
    max_batch_length: int = MAX_BATCH_LENGTH,
) -> Iterator[Batch]:
    if file.is_parquet:
        yield from _read_parquet(file, shape, on_bytes, batch_rows)
        return
    # Whole casts stand in one cell; the default limit is 128 KiB.
    csv.field_size_limit(sys.maxsize)
    limits = _Limits(batch_rows, max_record_length, max_batch_length)
    reported = 0
    with _unpacked(file) as (stream, hashed):
        for batch in _read_text(file, shape, stream, limits):
            on_bytes(hashed.size - reported)
            reported = hashed.size
            yield batch
        file.source = hashed.describe(file.name)
        on_bytes(hashed.size - reported)


class _Limits(NamedTuple):
    """As in `read_batches`."""

    batch_rows: int
    max_record_length: int
    max_batch_length: int


def _read_text(
    file: RawFile, shape: Shape, stream: io.BufferedReader, limits: _Limits
) -> Iterator[Batch]:
    """Yield the records of a text: by Arrow as long as it is well-formed, and then by Python."""
    header, number, encoding = None, 0, file.text_encoding
    if encoding == _UTF8 and not shape.escaped:
        text = WellFormed(stream, shape.delimiter, limits.max_record_length)
        with _decoded(file, text):
            if first := text.cut(1, limits.max_batch_length):
                fields = csv.reader(
                    io.StringIO(first.text.decode(), newline=""),
                    delimiter=shape.delimiter,
                    strict=True,
                )
                header = next(fields, [])
            while cut := text.cut(limits.batch_rows, limits.max_batch_length):
                yield _read_cut(file, shape, cut, header or [], limits)
                if len(cut.ends) < limits.batch_rows and len(cut.text) < limits.max_batch_length:
                    return
        if text.ended:
            yield _batch(shape, _by_column(shape, []), [], [])
            return
        # Its byte order mark, if it had one, is gone.
        stream, number, encoding = text.rest(), text.number, "utf-8"
    decoded = io.TextIOWrapper(stream, encoding=encoding, newline="")
    lines = Lines(decoded, shape, limits.max_record_length, number)
    yield from _read_lines(file, shape, lines, limits, header)


def _read_cut(file: RawFile, shape: Shape, cut: Cut, header: list[str], limits: _Limits) -> Batch:
    """Read records of well-formed text; by Python what Arrow may read in another way."""

    def by_python(text: bytes, line: int) -> Batch:
        decoded = io.TextIOWrapper(io.BytesIO(text), encoding="utf-8", newline="")
        lines = Lines(decoded, shape, limits.max_record_length, int(line) - 1)
        whole = limits._replace(batch_rows=sys.maxsize, max_batch_length=sys.maxsize)
        (batch,) = _read_lines(file, shape, lines, whole, header)
        return batch

    columns = read_columns(cut, len(shape.columns), header, shape.delimiter)
    if columns is None:
        return by_python(cut.text, cut.lines[0])
    others = [by_python(cut.record(place), cut.lines[place]) for place in columns.others]
    broken = [entry for other in others for entry in other.broken]
    return _batch(shape, columns.table.columns, cut.lines[columns.places], broken)


def _read_lines(
    file: RawFile, shape: Shape, lines: Lines, limits: _Limits, header: list[str] | None
) -> Iterator[Batch]:
    """Yield the records of any lines; without a `header`, after the first, which is one."""
    # Strict, or a quote that is never closed would swallow the rest of the file unnoticed.
    reader = csv.reader(lines, delimiter=shape.delimiter, strict=True)
    with _decoded(file, lines):
        header = next(reader, []) if header is None else header
        rows: list[list[str]] = []
        starts: list[int] = []
        broken: list[Rejection] = []
        size = 0
        for line, record in _read_records(lines, reader, header, shape, file.name):
            if isinstance(record, Rejection):
                broken.append(record)
            else:
                rows.append(record)
                starts.append(line)
            size += lines.size
            if len(rows) + len(broken) >= limits.batch_rows or size >= limits.max_batch_length:
                yield _batch(shape, _by_column(shape, rows), starts, broken)
                rows, starts, broken, size = [], [], [], 0
    yield _batch(shape, _by_column(shape, rows), starts, broken)


def _read_records(
    lines: Lines, reader: Iterator[list[str]], header: list[str], shape: Shape, name: str
) -> Iterator[tuple[int, list[str] | Rejection]]:
    """Yield the line of each record, and its fields or why they are none of a record."""
    expected = len(shape.columns)
    while True:
        line = lines.begin_record()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except RecordTooLongError:
            start, length = lines.pass_over()
            detail = f"{length:,} characters instead of at most {lines.max_record_length:,}"
            yield line, Rejection(name, line, None, BROKEN, excerpt(start), detail)
            continue
        if not fields:
            continue
        if not any(fields):
            yield line, Rejection(name, line, None, EMPTY, "", f"{len(fields)} empty fields")
        elif fields == header:
            yield line, Rejection(name, line, None, REPEATED_HEADER, "", "the first line again")
        elif len(fields) == expected:
            yield line, fields
        else:
            yield line, _broken(name, line, fields, expected)


def _read_parquet(
    file: RawFile, shape: Shape, on_bytes: Callable[[int], None], batch_rows: int
) -> Iterator[Batch]:
    start, size = 1, file.size
    with _parquet(file) as (opened, file.source):
        for batch in opened.iter_batches(batch_rows):
            end = start + len(batch)
            yield _batch(shape, [*map(_texts, batch.columns)], range(start, end), [])
            on_bytes(size * len(batch) // opened.metadata.num_rows)
            start = end
    if start == 1:
        yield _batch(shape, _by_column(shape, []), [], [])


@contextmanager
def _parquet(file: RawFile) -> Iterator[tuple[pq.ParquetFile, SourceEntry]]:
    """Open a file as parquet, and give its `source`; what is wrong with it is a `RawInputError`."""
    with open_bytes(file.path, file.member) as hashed:
        # All is read from what is hashed and open, whatever takes its place meanwhile.
        stream = hashed.hash_all()
        try:
            with pq.ParquetFile(io.BytesIO(stream.read()) if file.member else stream) as opened:
                yield opened, hashed.describe(file.name)
        except (pa.ArrowException, *UNREADABLE_BYTES) as error:
            raise RawInputError(f"{file.name} cannot be read as parquet: {error}") from error


def _texts(column: pa.Array) -> list[str]:
    """Return the values of a column as CSV would have them; what is nested is JSON."""
    if pa.types.is_nested(column.type):
        values = (None if value is None else _to_json(value) for value in column.to_pylist())
    else:
        values = column.cast(pa.string()).to_pylist()
    return [value or "" for value in values]


def _to_json(value: object) -> str:
    return msgspec.json.encode(value).decode()


@contextmanager
def _unpacked(file: RawFile) -> Iterator[tuple[io.BufferedReader, HashedStream]]:
    """Open a file, and give the bytes of its text and those below, which are counted as read."""
    with open_bytes(file.path, file.member) as hashed:
        yield unpacked(hashed, file.member or file.path.name), hashed


@contextmanager
def _decoded(file: RawFile, lines: Lines | WellFormed) -> Iterator[None]:
    """Say in a `RawInputError` what is wrong with a text, and near which line."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise _not_decoded(file, lines.number + 1, error.object) from error
    except (csv.Error, *UNREADABLE_BYTES) as error:
        raise RawInputError(
            f"{file.name} cannot be read near line {lines.number + 1}: {error}"
        ) from error


def _read_sample(file: RawFile) -> tuple[str, bool]:
    """Return the beginning of a file's text, and whether that is all of it."""
    with open_bytes(file.path, file.member) as hashed:
        try:
            data = unpacked(hashed, file.member or file.path.name).read(_SAMPLE + 1)
        except UNREADABLE_BYTES as error:
            raise RawInputError(f"{file.name} cannot be read near line 1: {error}") from error
    for beginning, kind in _NO_TEXTS.items():
        if data.startswith(beginning):
            raise RawInputError(
                f"{file.name} is {kind}, and not the text that its name says: rename it, or save "
                "it as CSV"
            )
    whole = len(data) <= _SAMPLE
    if file.text_encoding == _UTF8 and _wide(data):
        raise _not_decoded(file, 1, data)
    decoder = codecs.getincrementaldecoder(file.text_encoding)()
    try:
        return decoder.decode(data[:_SAMPLE], final=whole), whole
    except UnicodeDecodeError as error:
        raise _not_decoded(file, data[: error.start].count(b"\n") + 1, data) from error


def _is_utf8(file: RawFile) -> bool:
    """Return whether all of a file can be read as UTF-8."""
    decoder = codecs.getincrementaldecoder(_UTF8)()
    with open_bytes(file.path, file.member) as hashed:
        stream = unpacked(hashed, file.member or file.path.name)
        try:
            while data := stream.read(BUFFER):
                if _wide(data):
                    return False
                decoder.decode(data)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return False
        except UNREADABLE_BYTES as error:
            raise RawInputError(f"{file.name} cannot be read: {error}") from error
    return True


def _wide(data: bytes) -> bool:
    """Return whether bytes are a text of two bytes a character, as far as one sees."""
    return data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\0" in data


def _not_decoded(file: RawFile, line: int, data: bytes) -> RawInputError:
    """Return the error that says what a text that cannot be decoded most likely is."""
    if file.text_encoding != _UTF8:
        return RawInputError(
            f"{file.name} is neither UTF-8 nor {file.text_encoding} near line {line}: give "
            "another --encoding, or save the file as UTF-8"
        )
    likely = "cp1252"
    if _wide(data):
        marked = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        # In little-endian ASCII every second byte is 0.
        likely = "utf-16" if marked else f"utf-16-{'le' if data[1:2] == b'\0' else 'be'}"
    return RawInputError(
        f"{file.name} is not UTF-8 near line {line}; it is most likely {likely}, "
        f"which --encoding {likely} reads. Or save the file as UTF-8"
    )


def _day_first(file: RawFile, shape: Shape, column: str) -> bool:
    """Return whether dates like 11/12/1986 have the day first: what the whole column says.

    Raises
    ------
    RawInputError
        When each of them can be read in both ways.
    """
    example = ""
    for batch in _read_batches(file, shape):
        for text in batch.records[column]:
            found = day_and_month(text)
            if found and found.day_first is not None:
                return found.day_first
            example = example or (text if found else "")
    with_day, with_month = (
        shape.with_dates(column, day_first=way).conversions[column](example)
        for way in (True, False)
    )
    raise RawInputError(
        f"{file.name} does not say which is the day in {column}: {example} is {with_day} or "
        f"{with_month}, and so with all others. Write its dates as year-month-day"
    )


def _broken(name: str, line: int, fields: list[str], expected: int) -> Rejection:
    value = excerpt(json.dumps(fields, ensure_ascii=False))
    detail = f"{len(fields)} fields instead of {expected}"
    return Rejection(name, line, None, BROKEN, value, detail)


def _by_column(shape: Shape, rows: list[list[str]]) -> Sequence[Sequence[str]]:
    return [*zip(*rows, strict=True)] or [()] * len(shape.columns)


def _batch(
    shape: Shape,
    columns: Sequence[Sequence[str] | pa.ChunkedArray],
    lines: Sequence[int] | NDArray[np.int64],
    broken: list[Rejection],
) -> Batch:
    texts = {}
    for name, column in zip(shape.columns, columns, strict=True):
        if convert := shape.conversions.get(name):
            given = column.to_pylist() if isinstance(column, pa.ChunkedArray) else column
            column = [*map(convert, given)]  # noqa: PLW2901
        if not isinstance(column, pa.ChunkedArray):
            column = pa.array(column, pa.large_string())  # noqa: PLW2901
        if name:
            texts[f"{name}#" if name.startswith(LINE) else name] = column
    lacking = pa.repeat(pa.scalar("", pa.large_string()), len(lines))
    numbers = {LINE: pa.array(lines, pa.int64())}
    records = pa.table(texts | dict.fromkeys(shape.lacks, lacking) | numbers).to_pandas()
    return Batch(records, broken)
