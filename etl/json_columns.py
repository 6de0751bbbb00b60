"""JSON by the column, without a Python object for each value: byte for byte that of msgspec."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

# A column of them may be larger than 2 GB.
_TEXT = pa.large_string()
# JSON escapes the bytes below the first of these, and the other two.
_SPACE, _QUOTE, _BACKSLASH = b' "\\'
_ENCODER = msgspec.json.Encoder()


def json_of(values: pa.Array) -> pa.Array:
    """Return the JSON of each value, as a text.

    Parameters
    ----------
    values
        Booleans, numbers, texts, or structs and lists of such. A struct is an object in JSON.
    """
    return _joined(_parts(values))


def json_of_rows(*columns: pa.Array) -> pa.Array:
    """Return the JSON of rows of some columns, each a list of its values."""
    parts: list[pa.Array | str] = []
    for column in columns:
        parts += ["," if parts else "[", *_parts(column)]
    return _joined([*parts, "]"])


def json_of_lists(lists: pa.LargeListArray) -> pa.Array:
    """Return the JSON of lists whose entries are JSON already."""
    return _joined(_list_parts(lists))


def with_entries(lists: pa.ListArray, entries: pa.Array) -> pa.LargeListArray:
    """Return lists of other entries.

    Parameters
    ----------
    lists
        As long as those to return.
    entries
        Of all lists, one after the other: as many as `lists` have, flattened.
    """
    ends = np.cumsum(lists.value_lengths().fill_null(0))
    return pa.LargeListArray.from_arrays(np.r_[0, ends], entries, mask=lists.is_null())


def _parts(values: pa.Array) -> list[pa.Array | str]:
    """Return what the JSON of values is joined of: that of structs is not joined twice."""
    kind = values.type
    parts: list[pa.Array | str]
    if types.is_struct(kind):
        parts = [*_object_parts(values)]
    elif types.is_list(kind) or types.is_large_list(kind):
        parts = _list_parts(with_entries(values, json_of(values.flatten())))
    elif types.is_boolean(kind):
        parts = [pc.if_else(values, _text("true"), _text("false"))]
    elif types.is_integer(kind):
        parts = [values.cast(_TEXT)]
    elif types.is_floating(kind):
        # Arrow writes some of them otherwise.
        parts = [_encoded(values)]
    else:
        parts = ['"', _with_escapes(values.cast(_TEXT)), '"']
    if values.null_count:
        parts = [pc.if_else(values.is_valid(), _joined(parts), _text("null"))]
    return parts


def _list_parts(entries: pa.LargeListArray) -> list[pa.Array | str]:
    return ["[", pc.binary_join(entries, _text(",")), "]"]


def _object_parts(structs: pa.StructArray) -> Iterator[pa.Array | str]:
    before = "{"
    for place, field in enumerate(structs.type):
        yield f'{before}"{field.name}":'
        yield from _parts(structs.field(place))
        before = ","
    yield "}"


def _with_escapes(texts: pa.Array) -> pa.Array:
    escaped = _escaped(texts)
    if not escaped.any():
        return texts
    mask = pa.array(escaped)
    quoted = _encoded(texts.filter(mask))
    return pc.replace_with_mask(texts, mask, pc.utf8_slice_codeunits(quoted, 1, -1))


def _escaped(texts: pa.Array) -> NDArray[np.bool_]:
    """Mark the texts that are not in JSON as they are; few have anything to be escaped."""
    _, offsets, data = texts.buffers()
    starts = np.frombuffer(offsets, np.int64)[texts.offset :][: len(texts) + 1]
    # In the bytes of all texts at once: a regular expression for each takes ten times as long.
    every = np.frombuffer(data or b"", np.uint8)[starts[0] : starts[-1]]
    found = np.flatnonzero((every < _SPACE) | (every == _QUOTE) | (every == _BACKSLASH))
    marks = np.zeros(len(texts), np.bool_)
    marks[np.searchsorted(starts, found + starts[0], "right") - 1] = True
    return marks


def _encoded(values: pa.Array) -> pa.Array:
    lines = _ENCODER.encode_lines(values.to_pylist())
    return pa.array(lines.split(b"\n")[:-1], pa.large_binary()).cast(_TEXT)


def _joined(parts: Iterable[pa.Array | str]) -> pa.Array:
    joined: list[pa.Array | pa.Scalar] = []
    # Each part takes time in each row.
    for constant, run in groupby(parts, lambda part: isinstance(part, str)):
        if constant:
            joined.append(_text("".join(run)))
        else:
            joined.extend(run)
    return pc.binary_join_element_wise(*joined, _text(""))


def _text(text: str) -> pa.Scalar:
    return pa.scalar(text, _TEXT)
