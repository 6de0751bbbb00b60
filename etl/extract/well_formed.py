"""Well-formed delimited text, whose records Arrow reads many at a time.

Such text is UTF-8, its quotes stand around whole fields or double within them, and its lines end
with a newline. Python's reader of CSV reads everything else, and takes several times as long.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, NamedTuple, override

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

if TYPE_CHECKING:
    from collections.abc import Buffer, Sequence

    from numpy.typing import NDArray

_BOM = b"\xef\xbb\xbf"
_QUOTE, _NEWLINE = b'"\n'
_PIECE = 1 << 16


def _which(some: bytes) -> NDArray[np.bool_]:
    """Return for each byte whether it is among some."""
    which = np.zeros(256, np.bool_)
    which[[*some]] = True
    return which


_LINE_ENDS = _which(b"\r\n")


class Cut(NamedTuple):
    """Some whole records of a text.

    Attributes
    ----------
    text
        Their bytes.
    ends : int64, shape (records,)
        Where each of them ends, behind its newline; the last of a file may have none.
    lines : int64, shape (records,)
        The lines that they begin at.
    """

    text: bytes
    ends: NDArray[np.int64]
    lines: NDArray[np.int64]

    def record(self, place: int) -> bytes:
        """Return the bytes of one record."""
        return self.text[self.ends[place - 1] if place else 0 : self.ends[place]]


class Columns(NamedTuple):
    """The records of a `Cut` by column.

    Attributes
    ----------
    table
        Their fields, as large strings.
    places : int64, shape (rows of the table,)
        The place of each row among the records.
    others
        The places of the records that are not in the table: those that are none of a film.
    """

    table: pa.Table
    places: NDArray[np.int64]
    others: Sequence[int]


class WellFormed:
    """Cuts a text into whole records, until it ends or is no longer well-formed.

    Attributes
    ----------
    number
        How many lines have been cut off.
    """

    def __init__(
        self,
        stream: io.BufferedIOBase,
        delimiter: str,
        max_record_length: int,
        piece_length: int = _PIECE,
    ) -> None:
        """Begin with the first record.

        Parameters
        ----------
        stream
            The text's bytes.
        delimiter
            What is between fields: one character.
        max_record_length
            In bytes: text with a longer record is not well-formed.
        piece_length
            In bytes: how much of the text is looked at together.
        """
        self.number = 0
        self._stream = stream
        self._max_record_length = max_record_length
        self._piece_length = piece_length
        # By byte: whether an opening quote may follow it, and whether it may follow a closing one.
        self._before = _which(b'"\n' + delimiter.encode())
        self._after = _which(b'"\r\n' + delimiter.encode())
        # What has been read and not cut off; how much of it was looked at, the lines there, and
        # whether it ends between quotes.
        self._text = bytearray()
        self._looked = self._lines = 0
        self._inside = False
        # Of the records in there: their ends, and the lines behind them.
        self._ends = self._next_lines = np.array([], np.int64)
        self._well_formed = self._at_start = True
        self._at_end = False

    @property
    def ended(self) -> bool:
        """Whether all of the text has been cut off."""
        return self._at_end and not self._text

    def cut(self, rows: int, size: int) -> Cut | None:
        """Cut the next records off; None where the text has ended, or is not well-formed.

        Parameters
        ----------
        rows
            How many records at most.
        size
            They end with the record that gives them so many bytes.
        """
        while self._well_formed and not self._at_end and self._short_of(rows, size):
            self._look_on()
        if not (self._well_formed and len(self._ends)):
            return None
        count = min(rows, int(np.searchsorted(self._ends, size)) + 1, len(self._ends))
        end = int(self._ends[count - 1])
        behind = self._next_lines[:count]
        lines = np.r_[self.number, behind[:-1]] + 1
        with memoryview(self._text) as text:
            whole = bytes(text[:end])
        found = Cut(whole, self._ends[:count], lines)
        del self._text[:end]
        self._looked -= end
        self._ends, self._next_lines = self._ends[count:] - end, self._next_lines[count:]
        self.number = int(behind[-1])
        return found

    def rest(self) -> io.BufferedReader:
        """Return the bytes that have not been cut off, without a byte order mark."""
        return io.BufferedReader(_Joined(bytes(self._text), self._stream))

    def _short_of(self, rows: int, size: int) -> bool:
        return len(self._ends) < rows and (not len(self._ends) or self._ends[-1] < size)

    def _look_on(self) -> None:
        """Read on, and look at the lines that are whole now."""
        piece = self._stream.read(self._piece_length)
        self._at_end = len(piece) < self._piece_length
        self._text += piece
        if self._at_start and self._text.startswith(_BOM):
            del self._text[: len(_BOM)]
        self._at_start = False
        end = len(self._text) if self._at_end else self._text.rfind(b"\n", self._looked) + 1
        if end > self._looked:
            with memoryview(self._text) as text:
                lines = bytes(text[self._looked : end])
            self._well_formed = self._look_at(lines if lines.endswith(b"\n") else lines + b"\n")
            self._looked = end
        records = np.diff(self._ends, prepend=0, append=len(self._text))
        self._well_formed &= int(records.max()) <= self._max_record_length
        self._well_formed &= not (self._at_end and self._inside)

    def _look_at(self, lines: bytes) -> bool:
        """Find the records that end in some lines; return whether these are well-formed."""
        if b"\r" in lines and lines.count(b"\r") != lines.count(b"\r\n"):
            return False
        codes = np.frombuffer(lines, np.uint8)
        newlines = np.flatnonzero(codes == _NEWLINE)
        quotes = np.flatnonzero(codes == _QUOTE)
        opening, closing = quotes[self._inside :: 2], quotes[not self._inside :: 2]
        # At the very start there was a newline, or the beginning of the text.
        before = np.where(opening > 0, codes[opening - 1], _NEWLINE)
        if not (self._before[before].all() and self._after[codes[closing + 1]].all()):
            return False
        inside = (np.searchsorted(quotes, newlines) + self._inside) % 2
        behind = np.flatnonzero(inside == 0)
        ends = np.minimum(newlines[behind] + 1 + self._looked, len(self._text))
        self._ends = np.concatenate([self._ends, ends])
        self._next_lines = np.concatenate([self._next_lines, self._lines + behind + 1])
        self._lines += len(newlines)
        self._inside = bool((len(quotes) + self._inside) % 2)
        return True


def read_columns(cut: Cut, width: int, header: Sequence[str], delimiter: str) -> Columns | None:
    """Read records by column; None where Arrow would not read them as Python does.

    Parameters
    ----------
    cut
        The records.
    width, header
        How many fields a record has, and those of the file's first line.
    delimiter
        What is between fields.
    """
    codes = np.frombuffer(cut.text, np.uint8)
    # Arrow drops a byte order mark, and numbers records without empty lines.
    starts = np.r_[0, cut.ends[:-1]]
    if cut.text.startswith(_BOM) or _LINE_ENDS[codes[starts]].any():
        return None
    others: list[int] = []

    def skip(row: csv.InvalidRow) -> str:
        others.append(row.number - 1)
        return "skip"

    names = [*map(str, range(width))]
    try:
        table = csv.read_csv(
            pa.BufferReader(cut.text),
            # Threads would not know the numbers of records.
            csv.ReadOptions(use_threads=False, block_size=len(cut.text) + 1, column_names=names),
            csv.ParseOptions(
                delimiter=delimiter, newlines_in_values=True, invalid_row_handler=skip
            ),
            csv.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string())),
        )
    except (pa.ArrowException, UnicodeDecodeError):
        # It is no UTF-8: Python says where.
        return None
    places = np.delete(np.arange(len(cut.ends)), others)
    if len(table) != len(places):
        return None
    table = table.combine_chunks()
    none = _are_empty(table) | _are(table, header)
    if none.any():
        others += places[none].tolist()
        table, places = table.filter(pa.array(~none)), places[~none]
    return Columns(table, places, sorted(others))


def _are_empty(table: pa.Table) -> NDArray[np.bool_]:
    """Return which rows have empty fields alone."""
    return _are(table, [""] * table.num_columns)


def _are(table: pa.Table, fields: Sequence[str]) -> NDArray[np.bool_]:
    """Return which rows have some fields."""
    same = np.full(len(table), len(fields) == table.num_columns)
    for column, text in zip(table.columns, fields, strict=False):
        # Most often no row has the first.
        if not same.any():
            break
        same &= pc.equal(column, text).to_numpy()
    return same


class _Joined(io.RawIOBase):
    """Some bytes, and then those of a stream."""

    def __init__(self, first: bytes, stream: io.BufferedIOBase) -> None:
        self._first = memoryview(first)
        self._stream = stream

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        if not self._first:
            return self._stream.readinto(buffer)
        target = memoryview(buffer)
        count = min(len(target), len(self._first))
        target[:count] = self._first[:count]
        self._first = self._first[count:]
        return count
