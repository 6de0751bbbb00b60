"""The catalogue as CSV, as spreadsheets open it and programs read it back.

UTF-8 with a byte order mark, without which Excel takes it for another encoding. A list is a column
for each field of its entries, in the same order, joined by `SEPARATOR`.
"""

from __future__ import annotations

import csv
import re
from io import TextIOWrapper
from itertools import pairwise
from typing import IO, TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

# Between the entries of a list; no name begins or ends with a space.
SEPARATOR = " | "
# Bars that stand alone in a name: it gets one more, so that they separate nothing.
_BARS = re.compile(r"(?<![^ ])\|+(?![^ ])")
_MORE_BARS = re.compile(r"(?<![^ ])\|(\|+)(?![^ ])")
# What spreadsheets would compute: a text that begins like this gets an apostrophe before it.
_FORMULA = re.compile(r"'*[=+\-@]")
_QUOTED_FORMULA = re.compile(r"'('*[=+\-@])")
_BATCH = 5_000


def write_csv(films: pa.Table, sink: IO[bytes], delimiter: str = ",") -> None:
    """Write a catalogue as CSV.

    Parameters
    ----------
    films
        The table of `catalog.parquet`.
    sink
        Where to write.
    delimiter
        Between columns. Excel expects what its system separates lists with: `;` in Spanish.
    """
    stream = TextIOWrapper(sink, "utf-8-sig", newline="", write_through=True)
    writer = csv.writer(stream, delimiter=delimiter)
    header = [name for field in films.schema for name, _ in _columns(field.name, films.slice(0, 0))]
    writer.writerow(header)
    for batch in films.to_batches(_BATCH):
        piece = pa.Table.from_batches([batch])
        cells = [values for name in films.column_names for _, values in _columns(name, piece)]
        writer.writerows(zip(*cells, strict=True))
    stream.detach()


def split_cell(cell: str) -> list[str]:
    """Return the entries of a list's cell; see `SEPARATOR`.

    An empty cell may also be one entry without this field: the list's other columns say so.
    """
    if not cell:
        return []
    return [_MORE_BARS.sub(r"\1", entry) for entry in read_text(cell).split(SEPARATOR)]


def read_text(cell: str) -> str:
    """Return the text of a cell, without the apostrophe that keeps it from being computed."""
    return _QUOTED_FORMULA.sub(r"\1", cell, count=1) if _QUOTED_FORMULA.match(cell) else cell


def _columns(name: str, films: pa.Table) -> Iterator[tuple[str, Sequence[object]]]:
    """Yield the columns that one of the catalogue becomes, with their cells."""
    column = films[name].combine_chunks()
    if not pa.types.is_list(column.type):
        values = column.to_pylist()
        yield name, list(map(_text, values)) if pa.types.is_string(column.type) else values
        return
    entries = pc.list_flatten(column)
    ends = [0, *pc.cumulative_sum(pc.list_value_length(column)).to_pylist()]
    for field in sorted((each.name for each in column.type.value_type), key="name".__ne__):
        values = entries.field(field).to_pylist()
        texts = [_BARS.sub(r"\g<0>|", "" if each is None else str(each)) for each in values]
        yield (
            name if field == "name" else f"{name}.{field}",
            [_text(SEPARATOR.join(texts[a:b])) for a, b in pairwise(ends)],
        )


def _text(text: str | None) -> str:
    return f"'{text}" if text and _FORMULA.match(text) else text or ""
