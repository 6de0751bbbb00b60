"""What the job sets aside: nothing of the input is lost without a line and a reason."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

import pyarrow as pa

# The column of a frame of raw records beside the file's own: where each record begins, from 1.
LINE = "#line"

# In characters, above all that the real films lose: what is longer can be read at its line.
MAX_VALUE_LENGTH = 200_000


def excerpt(text: str, max_length: int = MAX_VALUE_LENGTH) -> str:
    """Return a text, or the beginning of a longer one and how long it is.

    Parameters
    ----------
    text
        The text.
    max_length
        How long it may be, in characters.
    """
    return text if len(text) <= max_length else f"{text[:max_length]}… ({len(text):,} characters)"


class Rejection(NamedTuple):
    """A record, or a field of a record that is kept, and why it was set aside.

    Attributes
    ----------
    file, line
        Where it came from; `line` is where the record begins, from 1.
    field
        The field that is not used, or None when it is the whole record.
    reason
        One of a few, to count by.
    value
        The field's text, or the record's fields as a JSON list: an `excerpt`. A record that is
        too long to be read begins as it stands in the file.
    detail
        What was wrong with this one.
    column
        The column whose value broke the rule, None when it was the record as a whole.
    """

    file: str
    line: int
    field: str | None
    reason: str
    value: str
    detail: str
    column: str | None = None

    @property
    def rule(self) -> str:
        """The field, if it is about one, and the reason."""
        return f"{self.field}: {self.reason}" if self.field else self.reason


_TYPES = dict.fromkeys(Rejection._fields, pa.string()) | {"line": pa.int64()}
_SCHEMA = pa.schema(
    [pa.field(name, kind, name in ("field", "column")) for name, kind in _TYPES.items()]
)


class Quarantine(list[Rejection]):
    """Everything that one run has set aside."""

    def records(self, file: str) -> dict[str, int]:
        """Count the whole records of a file that were set aside, by reason."""
        return self._count(file, fields=False)

    def fields(self, file: str) -> dict[str, int]:
        """Count the fields not used of a file's records, by field and reason."""
        return self._count(file, fields=True)

    def shorten(self, file: str, reason: str, most: int) -> None:
        """Keep the values of the first `most` records of a file with a reason, and no others'.

        Parameters
        ----------
        file
            The file's name.
        reason
            Why its records were set aside.
        most
            How many keep their values, the first by line.
        """
        places = [
            place for place, each in enumerate(self) if each.file == file and each.reason == reason
        ]
        for place in sorted(places, key=lambda place: self[place].line)[most:]:
            self[place] = self[place]._replace(value="")

    def to_arrow(self) -> pa.Table:
        """Return one row an entry, in order of file, line and field."""
        ordered = sorted(self, key=lambda e: (e.file, e.line, e.field or "", e.value))
        return pa.Table.from_pylist([entry._asdict() for entry in ordered], schema=_SCHEMA)

    def _count(self, file: str, *, fields: bool) -> dict[str, int]:
        counts = Counter(
            entry.rule
            for entry in self
            if entry.file == file and (entry.field is not None) == fields
        )
        return dict(sorted(counts.items()))
