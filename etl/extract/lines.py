"""The lines of a delimited file as `csv.reader` takes them, none of its records without end."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import io

    from etl.extract.shapes import Shape

_NEWLINES = ("\n", "\r")


class RecordTooLongError(csv.Error):
    """A record has more characters than it may."""


class Lines:
    """The lines of a text, which end in `RecordTooLongError` where a record gets too long.

    Attributes
    ----------
    longest
        How many characters a record may have.
    number
        How many lines have been read.
    size
        How many characters of the record have been read.
    """

    def __init__(
        self, text: io.TextIOWrapper, shape: Shape, max_record_length: int, number: int = 0
    ) -> None:
        """Begin with the first line of a text.

        Parameters
        ----------
        text, shape
            The file's, and how its records are written.
        max_record_length
            How many characters a record may have.
        number
            How many lines of the file there are before the text.
        """
        self.number = number
        self.size = 0
        self._text = text
        self._shape = shape
        self.max_record_length = max_record_length
        self._record: list[str] = []
        between = re.escape(shape.delimiter)
        # All fields of the beginning of a record but the last one.
        self._fields = re.compile(
            rf'(?:(?:"[^"]*+(?:""[^"]*+)*+"[^{between}]*+|[^"{between}][^{between}]*+)?{between})*+'
        )

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> str:
        line = self._read(self.max_record_length + 1 - self.size)
        if not line:
            raise StopIteration
        self._record.append(line)
        self.size += len(line)
        if self.size > self.max_record_length:
            raise RecordTooLongError(f"a record of more than {self.max_record_length:,} characters")
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
                last = self._last_field(last + chunk)
            if last != '"' and chunk.endswith(_NEWLINES):
                break
            chunk = self._read(self.max_record_length)
        if last == '"':
            raise csv.Error("unexpected end of data")
        return start, length

    def _read(self, size: int) -> str:
        line = self._text.readline(size)
        if self._shape.escaped and line.endswith("\\"):
            # What it escapes belongs to it.
            line += self._text.readline(1)
        self.number += line.endswith(_NEWLINES)
        return self._shape.unescape(line)

    def _last_field(self, part: str) -> str:
        """Shorten a part of a record to what decides how it goes on: its last field's beginning.

        It is a quote where the field is between quotes, and two where it was.
        """
        fields = self._fields.match(part)
        last = part[fields.end() if fields else 0 :]
        return '""'[last.count('"') % 2 :] if last.startswith('"') else last[:1]
