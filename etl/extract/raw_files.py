"""Reading the raw files: which they are, and their records with line numbers, in batches."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import sys
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from etl.errors import RawInputError
from etl.quarantine import LINE, Rejection

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path
    from typing import BinaryIO

    from cartelera.contract.release_format import SourceEntry

MOVIES_NAMES = ("movies_metadata.csv", "movies_dataset.csv")
CREDITS_NAMES = ("credits.csv",)
KEYWORDS_NAMES = ("keywords.csv",)

MOVIES_COLUMNS = (
    "adult",
    "belongs_to_collection",
    "budget",
    "genres",
    "id",
    "original_language",
    "original_title",
    "overview",
    "popularity",
    "production_companies",
    "production_countries",
    "release_date",
    "revenue",
    "runtime",
    "spoken_languages",
    "status",
    "tagline",
    "title",
    "vote_average",
    "vote_count",
)
CREDITS_COLUMNS = ("cast", "crew", "id")
KEYWORDS_COLUMNS = ("id", "keywords")

BATCH_ROWS = 4_000
_HASH_CHUNK = 1 << 20
_BUFFER = 1 << 20

BROKEN = "broken record"


@dataclass(frozen=True, slots=True)
class RawFile:
    """A raw file and the columns that the job needs of it."""

    path: Path
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RawNames:
    """What the raw files of one run are called where they lie; keywords are optional."""

    movies: str
    credits: str
    keywords: str | None


@dataclass(frozen=True, slots=True)
class RawFolder:
    """The raw files of one run; keywords are optional."""

    movies: RawFile
    credits: RawFile
    keywords: RawFile | None


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records of a file: the whole ones as strings, and the broken ones set aside.

    `records` has one column of strings for each column of the file, and `LINE`.
    """

    records: pd.DataFrame
    broken: list[Rejection]

    @property
    def read(self) -> int:
        """How many records were read."""
        return len(self.records) + len(self.broken)


def choose_raw(names: Collection[str], place: str) -> RawNames:
    """Choose the raw files among the `names` of what lies at `place`, plain or gzipped.

    Raises
    ------
    RawInputError
        When the films or the credits are not there.
    """
    return RawNames(
        movies=_required(names, MOVIES_NAMES, place),
        credits=_required(names, CREDITS_NAMES, place),
        keywords=_find(names, KEYWORDS_NAMES),
    )


def find_raw(folder: Path) -> RawFolder:
    """Find the raw files in a folder, plain or gzipped.

    Raises
    ------
    RawInputError
        When the folder, the films or the credits are not there.
    """
    if not folder.is_dir():
        raise RawInputError(
            f"{folder} is no folder: give one that holds {MOVIES_NAMES[0]} and credits.csv"
        )
    there = [entry.name for entry in folder.iterdir() if entry.is_file()]
    names = choose_raw(there, str(folder))
    return RawFolder(
        movies=RawFile(folder / names.movies, MOVIES_COLUMNS),
        credits=RawFile(folder / names.credits, CREDITS_COLUMNS),
        keywords=RawFile(folder / names.keywords, KEYWORDS_COLUMNS) if names.keywords else None,
    )


def describe(file: RawFile) -> SourceEntry:
    """Return a raw file's name, size and SHA-256, as it lies there (compressed or not)."""
    digest = hashlib.sha256()
    with file.path.open("rb") as stream:
        while chunk := stream.read(_HASH_CHUNK):
            digest.update(chunk)
    return {
        "name": file.path.name,
        "sha256": digest.hexdigest(),
        "bytes": file.path.stat().st_size,
    }


def read_batches(
    file: RawFile,
    on_bytes: Callable[[int], None] = lambda _: None,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[Batch]:
    """Yield a file's records in their order, `batch_rows` at a time.

    `on_bytes` hears, before each batch, how many more bytes of the file have been read.

    Raises
    ------
    RawInputError
        When it is no UTF-8 CSV, or lacks a column the job needs.
    """
    # Whole casts stand in one cell; the default limit is 128 KiB.
    csv.field_size_limit(sys.maxsize)
    name = file.path.name
    with file.path.open("rb") as raw, _text(raw, gzipped=file.path.suffix == ".gz") as text:
        # Strict, or a quote that is never closed would swallow the rest of the file unnoticed.
        reader = csv.reader(text, strict=True)
        try:
            header = next(reader, [])
            _check_header(file, header)
            rows: list[list[str]] = []
            lines: list[int] = []
            broken: list[Rejection] = []
            line = reader.line_num + 1
            told = 0
            for fields in reader:
                if len(fields) == len(header):
                    rows.append(fields)
                    lines.append(line)
                elif fields:
                    broken.append(_broken(name, line, fields, len(header)))
                line = reader.line_num + 1
                if len(rows) == batch_rows:
                    on_bytes(raw.tell() - told)
                    told = raw.tell()
                    yield _batch(header, rows, lines, broken)
                    rows, lines, broken = [], [], []
        except UnicodeDecodeError as error:
            raise RawInputError(
                f"{name} is not UTF-8 near line {reader.line_num + 1}: {error.reason}"
            ) from error
        except (csv.Error, gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise RawInputError(
                f"{name} cannot be read near line {reader.line_num + 1}: {error}"
            ) from error
        on_bytes(raw.tell() - told)
        yield _batch(header, rows, lines, broken)


def _find(there: Collection[str], names: tuple[str, ...]) -> str | None:
    candidates = (candidate for name in names for candidate in (name, f"{name}.gz"))
    return next((candidate for candidate in candidates if candidate in there), None)


def _required(there: Collection[str], names: tuple[str, ...], place: str) -> str:
    found = _find(there, names)
    if found is None:
        raise RawInputError(f"{place} holds no {' or '.join(names)} (plain or .gz)")
    return found


def _text(raw: BinaryIO, *, gzipped: bool) -> io.TextIOWrapper:
    # Buffered, or the decompressor would be asked for a few kilobytes at a time.
    stream = io.BufferedReader(gzip.GzipFile(fileobj=raw), _BUFFER) if gzipped else raw
    # The -sig codec drops the byte order mark that spreadsheets write.
    return io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")


def _check_header(file: RawFile, header: list[str]) -> None:
    missing = [column for column in file.columns if column not in header]
    if missing:
        raise RawInputError(f"{file.path.name} has no column {', '.join(missing)}")
    twice = [column for column, count in Counter(header).items() if count > 1]
    if twice:
        raise RawInputError(f"{file.path.name} has more than one column {', '.join(twice)}")


def _broken(name: str, line: int, fields: list[str], expected: int) -> Rejection:
    return Rejection(
        file=name,
        line=line,
        field=None,
        reason=BROKEN,
        value=json.dumps(fields, ensure_ascii=False),
        detail=f"{len(fields)} fields instead of {expected}",
    )


def _batch(
    header: list[str], rows: list[list[str]], lines: list[int], broken: list[Rejection]
) -> Batch:
    # Objects: the long cells are passed on as they are, and not copied into Arrow and back.
    records = pd.DataFrame(rows, columns=header, dtype="object")
    records[LINE] = pd.Series(lines, dtype="int64")
    return Batch(records, broken)
