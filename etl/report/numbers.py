"""What a chart shows as rows of numbers, and as CSV for those who want to draw it themselves."""

from __future__ import annotations

import csv
from io import StringIO
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from etl.report.texts import Bilingual

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    type Cell = str | float | Bilingual | None

# Without it Excel takes UTF-8 for another encoding.
_BYTE_ORDER_MARK = "\ufeff"
# What a spreadsheet would compute: the text gets an apostrophe before it, as in the export.
_COMPUTED = ("=", "+", "-", "@")
# What may stand in a URL, and in an attribute, as it is.
_SAFE = " ,.:;()!*/-"


class Numbers(NamedTuple):
    """What a chart shows, in rows: a cell is a number, a text, or one in both languages."""

    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]


def to_csv(numbers: Numbers) -> str:
    """Return numbers as CSV; a column in both languages is one in Spanish and one in English."""
    bilingual = [
        any(isinstance(row[place], Bilingual) for row in numbers.rows)
        for place in range(len(numbers.columns))
    ]
    header = [
        Bilingual(f"{name}_es", f"{name}_en") if two else name
        for name, two in zip(numbers.columns, bilingual, strict=True)
    ]
    sink = StringIO()
    writer = csv.writer(sink)
    writer.writerow(_spread(header))
    writer.writerows(map(_spread, numbers.rows))
    return _BYTE_ORDER_MARK + sink.getvalue()


def data_url(text: str) -> str:
    """Return a URL of CSV that holds all of it: a page without any other file can offer it."""
    return f"data:text/csv;charset=utf-8,{quote(text, _SAFE)}"


def _spread(row: Iterable[Cell]) -> Iterator[str | float]:
    for cell in row:
        for each in cell if isinstance(cell, Bilingual) else (cell,):
            yield _written(each)


def _written(value: str | float | None) -> str | float:
    if isinstance(value, str):
        return f"'{value}" if value.startswith(_COMPUTED) else value
    if isinstance(value, float) and not value.is_integer():
        # Seven digits: what is measured is not more precise.
        return float(f"{value:.7g}")
    return "" if value is None else int(value)
