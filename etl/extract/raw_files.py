"""Reading the raw files: which they are, and their records with line numbers, in batches."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import sys
import zlib
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, override

import pandas as pd

from cartelera.contract.release_format import AKAS
from etl.errors import RawInputError
from etl.quarantine import LINE, Rejection, excerpt

if TYPE_CHECKING:
    from collections.abc import Buffer, Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from cartelera.contract.release_format import SourceEntry

MOVIES_NAMES = ("movies_metadata.csv", "movies_dataset.csv")
CREDITS_NAMES = ("credits.csv",)
KEYWORDS_NAMES = ("keywords.csv",)
AKAS_NAMES = (AKAS,)

BATCH_ROWS = 4_000
# In characters: 25 times the longest record of the real films, and little enough that a few
# processes can unnest such a batch on the smallest machine the job is for.
LONGEST_RECORD = 2 << 20
LONGEST_BATCH = 16 << 20
# The real files have 24 at most; each costs milliseconds, however few records there are.
MOST_COLUMNS = 500
_BUFFER = 1 << 20

BROKEN = "broken record"

_NEWLINES = ("\n", "\r")
# All fields of the beginning of a record but the last one.
_FIELDS = re.compile(r'(?:(?:"[^"]*+(?:""[^"]*+)*+"[^,]*+|[^",][^,]*+)?,)*+')


@dataclass(slots=True)
class RawFile:
    """A raw file.

    Attributes
    ----------
    path
        Where it lies.
    columns
        Those that it must have.
    source
        Its name, size and SHA-256, compressed or not, of the bytes that were read; None until
        `read_batches` has read it to its end.
    """

    path: Path
    columns: Sequence[str] = ()
    source: SourceEntry | None = None

    @property
    def size(self) -> int:
        """How many bytes it has."""
        with readable(self.path):
            return self.path.stat().st_size


@dataclass(frozen=True, slots=True)
class RawFolder:
    """The raw files of one run; keywords and other titles are optional."""

    movies: RawFile
    credits: RawFile
    keywords: RawFile | None = None
    akas: RawFile | None = None

    @property
    def files(self) -> list[RawFile]:
        """All that there are."""
        files = (self.movies, self.credits, self.keywords, self.akas)
        return [file for file in files if file]

    @property
    def names(self) -> list[str]:
        """The names of all that there are."""
        return [file.path.name for file in self.files]


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


def choose_raw(names: Collection[str], place: str) -> dict[str, str]:
    """Choose the raw files, plain or gzipped, among the files of a place.

    Parameters
    ----------
    names
        The files' names.
    place
        What messages call the place.

    Returns
    -------
    dict
        The names of the `movies`, the `credits` and, if they are there, the `keywords` and the
        `akas`.

    Raises
    ------
    RawInputError
        When the films or the credits are not there.
    """
    chosen = {}
    required = {"movies": MOVIES_NAMES, "credits": CREDITS_NAMES}
    optional = {"keywords": KEYWORDS_NAMES, "akas": AKAS_NAMES}
    for kind, accepted in (required | optional).items():
        there = [name + gz for name in accepted for gz in ("", ".gz") if name + gz in names]
        if there:
            chosen[kind] = there[0]
        elif kind in required:
            raise RawInputError(f"{place} holds no {' or '.join(accepted)} (plain or .gz)")
    return chosen


def find_raw(folder: Path, columns: Mapping[str, Sequence[str]] | None = None) -> RawFolder:
    """Find the raw files in a folder, plain or gzipped.

    Parameters
    ----------
    folder
        Where they lie.
    columns
        By kind (see `choose_raw`), the columns that a file must have to be read; by default any.

    Raises
    ------
    RawInputError
        When the folder, the films or the credits are not there.
    """
    with readable(folder):
        if not folder.is_dir():
            raise RawInputError(
                f"{folder} is no folder: give one that holds {MOVIES_NAMES[0]} and credits.csv"
            )
        names = {entry.name for entry in folder.iterdir() if entry.is_file()}
    chosen = choose_raw(names, str(folder))
    required = columns or {}
    return RawFolder(
        **{kind: RawFile(folder / name, required.get(kind, ())) for kind, name in chosen.items()}
    )


def describe(file: RawFile) -> SourceEntry:
    """Return the `source` of a raw file, which is read for it if that has not been done."""
    if file.source:
        return file.source
    with readable(file.path), file.path.open("rb", 0) as stream:
        hashed = HashedStream(stream)
        while hashed.read(_BUFFER):
            pass
    return hashed.describe(file.path.name)


def read_batches(
    file: RawFile,
    on_bytes: Callable[[int], None] = lambda _: None,
    batch_rows: int = BATCH_ROWS,
    longest_record: int = LONGEST_RECORD,
    longest_batch: int = LONGEST_BATCH,
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
    longest_record
        How many characters a record may have. One with more is set aside, and not held whole.
    longest_batch
        A batch ends with the record that gives it so many characters.

    Raises
    ------
    RawInputError
        When it cannot be read, is no UTF-8 CSV, lacks a column or has too many.
    """
    # Whole casts stand in one cell; the default limit is 128 KiB.
    csv.field_size_limit(sys.maxsize)
    name = file.path.name
    with (
        readable(file.path),
        file.path.open("rb", 0) as raw,
        _text(hashed := HashedStream(raw), gzipped=file.path.suffix == ".gz") as text,
    ):
        lines = _Lines(text, longest_record)
        # Strict, or a quote that is never closed would swallow the rest of the file unnoticed.
        reader = csv.reader(lines, strict=True)
        try:
            header = next(reader, [])
            _check_header(file, header)
            rows: list[list[str]] = []
            starts: list[int] = []
            broken: list[Rejection] = []
            size = reported = 0
            for line, record in _read_records(lines, reader, len(header), name):
                if isinstance(record, Rejection):
                    broken.append(record)
                else:
                    rows.append(record)
                    starts.append(line)
                size += lines.size
                if len(rows) + len(broken) >= batch_rows or size >= longest_batch:
                    on_bytes(hashed.size - reported)
                    reported = hashed.size
                    yield _batch(header, rows, starts, broken)
                    rows, starts, broken, size = [], [], [], 0
        except UnicodeDecodeError as error:
            raise RawInputError(
                f"{name} is not UTF-8 near line {lines.number + 1}: {error.reason}"
            ) from error
        except (csv.Error, OSError, zlib.error, EOFError) as error:
            raise RawInputError(
                f"{name} cannot be read near line {lines.number + 1}: {error}"
            ) from error
        file.source = hashed.describe(name)
        on_bytes(hashed.size - reported)
        yield _batch(header, rows, starts, broken)


def _read_records(
    lines: _Lines, reader: Iterator[list[str]], expected: int, name: str
) -> Iterator[tuple[int, list[str] | Rejection]]:
    """Yield the line of each record, and its fields or why they are not as many as expected."""
    while True:
        line = lines.begin_record()
        try:
            fields = next(reader)
        except StopIteration:
            return
        except _RecordTooLongError:
            start, length = lines.pass_over()
            detail = f"{length:,} characters instead of at most {lines.longest:,}"
            yield line, Rejection(name, line, None, BROKEN, excerpt(start), detail)
        else:
            if len(fields) == expected:
                yield line, fields
            elif fields:
                yield line, _broken(name, line, fields, expected)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Say in a `RawInputError` why a file or a folder cannot be read."""
    try:
        yield
    except OSError as error:
        raise RawInputError(f"{path} cannot be read: {error.strerror}") from error


class HashedStream(io.RawIOBase):
    """The bytes of another stream, hashed and counted as they are read."""

    def __init__(self, stream: io.RawIOBase) -> None:
        self.size = 0
        self._stream = stream
        self._digest = hashlib.sha256()

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        count = self._stream.readinto(buffer) or 0
        self._digest.update(memoryview(buffer)[:count])
        self.size += count
        return count

    def describe(self, name: str) -> SourceEntry:
        """Return what has been read, as the source of this name."""
        return {"name": name, "sha256": self._digest.hexdigest(), "bytes": self.size}


class _RecordTooLongError(csv.Error):
    """A record has more characters than it may."""


class _Lines:
    """The lines of a text, which end in `_RecordTooLongError` where a record gets too long.

    Attributes
    ----------
    longest
        How many characters a record may have.
    number
        How many lines have been read.
    size
        How many characters of the record have been read.
    """

    def __init__(self, text: io.TextIOWrapper, longest_record: int) -> None:
        self.number = 0
        self.size = 0
        self._text = text
        self.longest = longest_record
        self._record: list[str] = []

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._read(self.longest + 1 - self.size)
        if not line:
            raise StopIteration
        self._record.append(line)
        self.size += len(line)
        if self.size > self.longest:
            raise _RecordTooLongError(f"a record of more than {self.longest:,} characters")
        return line

    def begin_record(self) -> int:
        """Begin with the next record, and return its line."""
        self.size = 0
        self._record.clear()
        return self.number + 1

    def pass_over(self) -> tuple[str, int]:
        """Read a record that is too long to its end; return its start, and its length."""
        start = chunk = "".join(self._record)
        length, last = 0, ""
        while chunk:
            length += len(chunk)
            # Between its quotes a field may go on for long.
            if last != '"' or '"' in chunk:
                last = _last_field(last + chunk)
            if last != '"' and chunk.endswith(_NEWLINES):
                break
            chunk = self._read(self.longest)
        if last == '"':
            raise csv.Error("unexpected end of data")
        return start, length

    def _read(self, size: int) -> str:
        line = self._text.readline(size)
        self.number += line.endswith(_NEWLINES)
        return line


def _last_field(part: str) -> str:
    """Shorten a part of a record to what decides how it goes on: the beginning of its last field.

    It is a quote where the field is between quotes, and two where it was.
    """
    fields = _FIELDS.match(part)
    last = part[fields.end() if fields else 0 :]
    return '""'[last.count('"') % 2 :] if last.startswith('"') else last[:1]


def _text(stream: io.RawIOBase, *, gzipped: bool) -> io.TextIOWrapper:
    # Buffered, or the decompressor would read a few kilobytes at a time.
    raw = gzip.GzipFile(fileobj=io.BufferedReader(stream, _BUFFER)) if gzipped else stream
    buffered = io.BufferedReader(raw, _BUFFER)
    # The -sig codec drops the byte order mark that spreadsheets write.
    return io.TextIOWrapper(buffered, encoding="utf-8-sig", newline="")


def _check_header(file: RawFile, header: list[str]) -> None:
    missing = [column for column in file.columns if column not in header]
    if missing:
        raise RawInputError(f"{file.path.name} has no column {', '.join(missing)}")
    if len(header) > MOST_COLUMNS:
        raise RawInputError(
            f"{file.path.name} has {len(header):,} columns, and may have {MOST_COLUMNS}: leave "
            "out those that are not of the films"
        )
    twice = [column for column, count in Counter(header).items() if count > 1]
    if twice:
        raise RawInputError(f"{file.path.name} has more than one column {', '.join(twice)}")


def _broken(name: str, line: int, fields: list[str], expected: int) -> Rejection:
    value = excerpt(json.dumps(fields, ensure_ascii=False))
    detail = f"{len(fields)} fields instead of {expected}"
    return Rejection(name, line, None, BROKEN, value, detail)


def _batch(
    header: list[str], rows: list[list[str]], lines: list[int], broken: list[Rejection]
) -> Batch:
    # Objects: the long cells are passed on as they are, and not copied into Arrow and back.
    own = [f"{column}#" if column.startswith(LINE) else column for column in header]
    records = pd.DataFrame(rows, columns=own, dtype="object")
    records[LINE] = pd.Series(lines, dtype="int64")
    return Batch(records, broken)
