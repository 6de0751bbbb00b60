"""JSON by the column, without a Python object for each value: byte for byte that of msgspec."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import types

if TYPE_CHECKING:
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
    kind = values.type
    if types.is_struct(kind):
        json = _objects(values)
    elif types.is_list(kind) or types.is_large_list(kind):
        json = _lists(values)
    elif types.is_boolean(kind):
        json = pc.if_else(values, _text("true"), _text("false"))
    elif types.is_integer(kind):
        json = values.cast(_TEXT)
    elif types.is_floating(kind):
        # Arrow writes some of them otherwise.
        json = _encoded(values)
    else:
        json = _texts(values.cast(_TEXT))
    return pc.if_else(values.is_valid(), json, _text("null")) if values.null_count else json


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


def _objects(structs: pa.StructArray) -> pa.Array:
    parts: list[pa.Array | pa.Scalar] = []
    for place, field in enumerate(structs.type):
        parts += [_text(f'{"," if parts else "{"}"{field.name}":'), json_of(structs.field(place))]
    return _joined(*parts, _text("}"))


def _lists(lists: pa.ListArray) -> pa.Array:
    entries = with_entries(lists, json_of(lists.flatten()))
    return _joined(_text("["), pc.binary_join(entries, _text(",")), _text("]"))


def _texts(texts: pa.Array) -> pa.Array:
    quoted = _joined(_text('"'), texts, _text('"'))
    escaped = _escaped(texts)
    if not escaped.any():
        return quoted
    mask = pa.array(escaped)
    return pc.replace_with_mask(quoted, mask, _encoded(texts.filter(mask)))


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


def _joined(*parts: pa.Array | pa.Scalar) -> pa.Array:
    return pc.binary_join_element_wise(*parts, _text(""))


def _text(text: str) -> pa.Scalar:
    return pa.scalar(text, _TEXT)
