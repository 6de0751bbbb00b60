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
    from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
    from pathlib import Path
    from typing import BinaryIO

    from cartelera.contract.release_format import SourceEntry

MOVIES_NAMES = ("movies_metadata.csv", "movies_dataset.csv")
CREDITS_NAMES = ("credits.csv",)
KEYWORDS_NAMES = ("keywords.csv",)

BATCH_ROWS = 4_000
_BUFFER = 1 << 20

BROKEN = "broken record"


@dataclass(frozen=True, slots=True)
class RawFile:
    """A raw file, and the columns that it must have."""

    path: Path
    columns: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class RawFolder:
    """The raw files of one run; keywords are optional."""

    movies: RawFile
    credits: RawFile
    keywords: RawFile | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """Some records of a file: the whole ones, and the broken ones set aside.

    `records` has `LINE`, and a column of texts for each column of the file.
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
        The names of the `movies`, the `credits` and, if they are there, the `keywords`.

    Raises
    ------
    RawInputError
        When the films or the credits are not there.
    """
    chosen = {}
    kinds = {"movies": MOVIES_NAMES, "credits": CREDITS_NAMES, "keywords": KEYWORDS_NAMES}
    for kind, accepted in kinds.items():
        there = [name + gz for name in accepted for gz in ("", ".gz") if name + gz in names]
        if there:
            chosen[kind] = there[0]
        elif kind != "keywords":
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
    if not folder.is_dir():
        raise RawInputError(
            f"{folder} is no folder: give one that holds {MOVIES_NAMES[0]} and credits.csv"
        )
    chosen = choose_raw({entry.name for entry in folder.iterdir() if entry.is_file()}, str(folder))
    required = columns or {}
    return RawFolder(
        **{kind: RawFile(folder / name, required.get(kind, ())) for kind, name in chosen.items()}
    )


def describe(file: RawFile) -> SourceEntry:
    """Return a raw file's name, size and SHA-256, as it lies there (compressed or not)."""
    with file.path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return {"name": file.path.name, "sha256": digest, "bytes": file.path.stat().st_size}


def read_batches(
    file: RawFile,
    on_bytes: Callable[[int], None] = lambda _: None,
    batch_rows: int = BATCH_ROWS,
) -> Iterator[Batch]:
    """Yield a file's records in their order.

    Parameters
    ----------
    file
        The file.
    on_bytes
        Called before each batch with the number of bytes read since the last one.
    batch_rows
        How many whole records are in a batch.

    Raises
    ------
    RawInputError
        When it is no UTF-8 CSV, or lacks a column.
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
            reported = 0
            for fields in reader:
                if len(fields) == len(header):
                    rows.append(fields)
                    lines.append(line)
                elif fields:
                    broken.append(_broken(name, line, fields, len(header)))
                line = reader.line_num + 1
                if len(rows) == batch_rows:
                    on_bytes(raw.tell() - reported)
                    reported = raw.tell()
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
        on_bytes(raw.tell() - reported)
        yield _batch(header, rows, lines, broken)


def _text(raw: BinaryIO, *, gzipped: bool) -> io.TextIOWrapper:
    # Buffered, or the decompressor would read a few kilobytes at a time.
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
    value = json.dumps(fields, ensure_ascii=False)
    detail = f"{len(fields)} fields instead of {expected}"
    return Rejection(name, line, None, BROKEN, value, detail)


def _batch(
    header: list[str], rows: list[list[str]], lines: list[int], broken: list[Rejection]
) -> Batch:
    # Objects: the long cells are passed on as they are, and not copied into Arrow and back.
    records = pd.DataFrame(rows, columns=header, dtype="object")
    records[LINE] = pd.Series(lines, dtype="int64")
    return Batch(records, broken)
