"""Reading nested cells: lists and objects written as Python literals or as JSON.

`ast.literal_eval` compiles a cell before it evaluates it, at some 6 MB a second. Nearly every
cell is the `repr` of plain lists and objects, which a few replacements turn into JSON of the same
value. Where they fail the outcome is no JSON at all, and the cell goes to `ast.literal_eval`.
"""

from __future__ import annotations

import ast
import json
import math
import re
import warnings
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pajson

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

# Text with strings that need only other quotes; or one string that needs more; or one that never
# ends, with everything after it.
_TOKEN = re.compile(
    r"""(?P<plain> (?: [^'"\\]++ | '[^'"\\]*+' )++ )
      | ' (?: [^'\\] | \\. )*+ '
      | " (?: [^"\\] | \\. )*+ "
      | ['"] .*
    """,
    re.DOTALL | re.VERBOSE,
)
# After a key's closing quote: an opening one never follows a letter or digit, an inner one always
# follows a backslash. The look-behind is last, so that the search goes by the letters.
_NONE = re.compile(r'": None(?=[,}\]])(?<=\w": None)')


# Of an identifier that is a number.
HIGHEST_CODE = 2**53


class UnreadableCellError(ValueError):
    """A cell is neither a Python literal nor JSON of the kind it should be."""


class Entry(msgspec.Struct, gc=False):
    """The fields that the job reads of an object in a nested cell; None where it lacks them."""

    id: Any = None
    name: Any = None
    iso_3166_1: Any = None
    iso_639_1: Any = None
    job: Any = None
    character: Any = None
    order: Any = None


# A list of names alone, as some clean lists.
_NAMES = msgspec.json.Decoder(list[str])
# What `parse_together` reads: the types of the fields, and the field that a cell becomes.
_TYPES = dict.fromkeys(Entry.__struct_fields__, pa.large_string()) | dict.fromkeys(
    ("id", "order"), pa.int64()
)
_ROW = "cell"
_OTHER_QUOTES = bytes.maketrans(b"'", b'"')
# Where some of many lines are something else, they are parsed in so many parts; of so few, each.
_PARTS, _FEWEST = 8, 32
# How many objects within entries there may be in all lines.
_MOST_OBJECTS = 100
# How Python alone begins a list or an object.
_NO_JSON = ("[{'", "{'", "['")
_NAMES_BEGIN = re.compile(r"""\[\s*['"]""")
# What may follow the last whole entry of a cell that was cut off: the beginning of another.
_MOST_CUTS = 20
_EMPTY_OBJECT = re.compile(r"\s*\{\s*\}\s*")
_ENTRIES = msgspec.json.Decoder(list[Entry])
_ENTRY = msgspec.json.Decoder(Entry)
_VALUE = msgspec.json.Decoder()
# What a decoder raises where a cell is no such JSON, no UTF-8, or nested too deeply.
_NOT_JSON = (msgspec.MsgspecError, UnicodeEncodeError, RecursionError)


def parse_entries(cell: str) -> Sequence[Entry]:
    """Parse a list of objects or of names, empty in an empty cell.

    Raises
    ------
    UnreadableCellError
        When it is something else.
    """
    if not cell or cell.isspace() or cell == "[]":
        return []
    if _NAMES_BEGIN.match(cell):
        return [Entry(name=name) for name in _parse(cell, _names, _NAMES.decode)]
    return _parse(cell, _entries, _ENTRIES.decode)


class ParsedTogether(NamedTuple):
    """The entries of the cells that were parsed together.

    Attributes
    ----------
    entries
        Structs of the fields asked for, null where an entry lacks one: numbers and large strings.
    places : int64, shape (entries,)
        The place of each one's cell among all. Entries of a cell are in its order.
    left
        The places of the cells that `parse_entries` has to parse.
    """

    entries: pa.StructArray
    places: NDArray[np.int64]
    left: Sequence[int]


def parse_together(cells: pa.LargeStringArray, fields: Sequence[str]) -> ParsedTogether:
    """Parse the lists in many cells by column: nearly all of them, ten times as fast.

    Left out are cells that need more than other quotes, that hold lists or many objects in their
    entries, and those whose fields are not of the types that they should be.

    Parameters
    ----------
    cells
        The cells.
    fields
        The fields of `Entry` to return.
    """
    kinds = _Kinds.of(cells)
    python, quoted, as_json = (
        cells.filter(pa.array(mask)) for mask in (kinds.python, kinds.quoted, kinds.as_json)
    )
    # None as a value, and the beginning of a text like ": None": see `_read_lines`.
    plain = _as_lines(python).translate(_OTHER_QUOTES).replace(b'": None', b'": null')
    rewritten = pa.array(map(_rewrite, quoted.to_pylist()), cells.type)
    lines = b"".join([plain, _as_lines(rewritten), _as_lines(as_json)])
    places = np.concatenate([*map(np.flatnonzero, (kinds.python, kinds.quoted, kinds.as_json))])
    types = {field: _TYPES[field] for field in fields}
    schema = pa.schema([(_ROW, pa.list_(pa.struct(types)))])
    parsed = list(_parse_lines(lines, places, schema))
    nothing = pa.array([], schema.field(_ROW).type)
    lists = pa.chunked_array([nothing, *(found for _, found in parsed)]).combine_chunks()
    rows = np.concatenate([places[:0], *(own for own, _ in parsed)])
    done = kinds.empty.copy()
    done[rows] = True
    return ParsedTogether(
        pc.list_flatten(lists),
        np.repeat(rows, pc.list_value_length(lists).to_numpy()),
        np.flatnonzero(~done).tolist(),
    )


class _Kinds(NamedTuple):
    """Which cells are of a kind that can be parsed together: booleans, shape (cells,)."""

    # Without entries.
    empty: NDArray[np.bool_]
    # Python's, with all its strings between single quotes; with others, too; JSON.
    python: NDArray[np.bool_]
    quoted: NDArray[np.bool_]
    as_json: NDArray[np.bool_]

    @classmethod
    def of(cls, cells: pa.LargeStringArray) -> _Kinds:
        data, bounds = _buffer(cells)
        starts, ends = bounds[:-1], bounds[1:]
        codes = np.frombuffer(data, np.uint8)
        lengths = ends - starts
        # Of cells that are too short whatever is there.
        first, second, third, last_but_one, last = (
            codes.take(places, mode="clip")
            for places in (starts, starts + 1, starts + 2, ends - 2, ends - 1)
        )

        def matching(pattern: str) -> NDArray[np.bool_]:
            # Its search goes by the first byte where that is the same in all that matches.
            found: NDArray[np.bool_] = pc.match_substring_regex(cells, pattern).to_numpy(
                zero_copy_only=False
            )
            return found

        listed = (lengths >= len("[{'}]")) & (first == ord("[")) & (second == ord("{"))
        listed &= (last_but_one == ord("}")) & (last == ord("]"))
        # A line break would end the line that a cell becomes; what follows a list is no longer it.
        listed &= ~(matching(r"\n") | matching(r"\r") | matching(r"\][\s\v]*[\]},]"))
        quote, backslash = matching('"'), matching(r"\\")
        # They follow keys: there are no lists within entries here.
        words = matching(r":[\s\v]*(?:true|false|null)")
        python = listed & (third == ord("'")) & ~words
        return cls(
            (lengths == 0) | ((lengths == len("[]")) & (first == ord("[")) & (last == ord("]"))),
            python & ~quote & ~backslash,
            python & (quote | backslash),
            listed & (third == ord('"')) & ~backslash,
        )


def _as_lines(cells: pa.LargeStringArray) -> bytes:
    """Return cells as lines of JSON objects that have them as their only field."""
    around = (f'{{"{_ROW}":', "}\n", "")
    start, end, between = (pa.scalar(each, cells.type) for each in around)
    return _bytes(pc.binary_join_element_wise(start, cells, end, between))


def _bytes(texts: pa.LargeStringArray) -> bytes:
    """Return texts one after the other in UTF-8."""
    data, bounds = _buffer(texts)
    whole: bytes = data.slice(bounds[0], bounds[-1] - bounds[0]).to_pybytes()
    return whole


def _buffer(texts: pa.LargeStringArray) -> tuple[pa.Buffer, NDArray[np.int64]]:
    """Return a buffer with texts in UTF-8, and where they start there and the last one ends."""
    _, offsets, data = texts.buffers()
    bounds = np.frombuffer(offsets, np.int64)[texts.offset :][: len(texts) + 1]
    # There is none where nothing is in the texts.
    return data or pa.py_buffer(b"\0"), bounds


def _parse_lines(
    lines: bytes, places: NDArray[np.int64], schema: pa.Schema
) -> Iterator[tuple[NDArray[np.int64], pa.ListArray]]:
    """Parse lines, each the cell at a place, as far as they can be; yield places and lists."""
    if not len(places):
        return
    lists = _read_lines(lines, len(places), schema)
    if lists is not None:
        yield places, lists
    elif len(places) > _FEWEST:
        # Some of them are something else.
        each = lines.split(b"\n")
        step = math.ceil(len(places) / _PARTS)
        for start in range(0, len(places), step):
            part = slice(start, start + step)
            own = places[part]
            yield from _parse_lines(b"\n".join([*each[part][: len(own)], b""]), own, schema)


def _read_lines(lines: bytes, count: int, schema: pa.Schema) -> pa.ListArray | None:
    """Return the lists in some lines of JSON; None where any of them is something else."""
    try:
        table = pajson.read_json(
            pa.BufferReader(lines),
            pajson.ReadOptions(use_threads=False, block_size=len(lines) + 1),
            pajson.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore"),
        )
    except pa.ArrowException:
        return None
    # Two values in one cell are two rows.
    if len(table) != count:
        return None
    lists: pa.ListArray = table[_ROW].combine_chunks()
    entries = pc.list_flatten(lists)
    # It reads objects in objects however deep they are, others do not.
    if entries.null_count or lines.count(b"{") - count - len(entries) > _MOST_OBJECTS:
        return None
    for field in entries.type:
        values = entries.field(field.name)
        if pa.types.is_integer(field.type):
            odd = pc.or_(pc.less(values, 0), pc.greater(values, HIGHEST_CODE))
        else:
            odd = pc.starts_with(values, ": null")
        if pc.any(odd).as_py():
            return None
    return lists


def parse_whole_entries(cell: str) -> Sequence[Entry]:
    """Parse a list that was cut off, without the entry that is not whole; none of anything else."""
    end = len(cell)
    if cell.lstrip().startswith("[") and not cell.rstrip().endswith("]"):
        for _ in range(_MOST_CUTS):
            end = cell.rfind("}", 0, end)
            try:
                return parse_entries(f"{cell[: end + 1]}]") if end > 0 else []
            except UnreadableCellError:
                # That brace is part of a name.
                continue
    return []


def parse_entry(cell: str) -> Entry | None:
    """Parse an object, None in an empty cell or object; raise `UnreadableCellError` otherwise."""
    if not cell or cell.isspace() or _EMPTY_OBJECT.fullmatch(cell):
        return None
    return _parse(cell, _entry, _ENTRY.decode)


def parse_value(cell: str) -> object:
    """Parse any JSON or Python literal; raise `UnreadableCellError` where there is neither."""
    return _parse(cell, lambda value: value, _VALUE.decode)


def _parse[Value](
    cell: str, read: Callable[[object], Value], decode: Callable[[str], Value]
) -> Value:
    """Parse a cell as JSON, as a Python literal made JSON, or as a Python literal.

    `read` makes of a literal what `decode` makes of JSON.
    """
    for as_text in (_as_json,) if cell.startswith(_NO_JSON) else (str, _as_json):
        try:
            return decode(as_text(cell))
        except _NOT_JSON:
            continue
    return read(_literal(cell))


def _entries(value: object) -> list[Entry]:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise UnreadableCellError("not a list of objects")
    return [_entry(each) for each in value]


def _names(value: object) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise UnreadableCellError("not a list of names")
    return value


def _entry(value: object) -> Entry:
    if not isinstance(value, dict):
        raise UnreadableCellError("not an object")
    return Entry(**{field: value.get(field) for field in Entry.__struct_fields__})


def _as_json(cell: str) -> str:
    """Rewrite a Python literal so that the outcome has the same value if it is JSON at all.

    A cell with JSON's own words is left as it is: most often they are part of a name.
    """
    if _has_words_of_json(cell):
        return cell
    if '"' in cell or "\\" in cell:
        return _none_as_json(_TOKEN.sub(_token_as_json, cell))
    return _quotes_as_json(cell)


def _has_words_of_json(cell: str) -> bool:
    # They mean nothing in Python, and would get a meaning.
    return "true" in cell or "false" in cell or "null" in cell


def _quotes_as_json(text: str) -> str:
    return _none_as_json(text.replace("'", '"'))


def _none_as_json(text: str) -> str:
    return _NONE.sub('": null', text) if '": None' in text else text


def _rewrite(cell: str) -> str:
    """Rewrite a Python literal as `_as_json` does; empty where the outcome is no text."""
    if "\\" not in cell:
        return _requote(cell)
    text = _TOKEN.sub(_token_without_none, cell)
    try:
        text.encode()
    except UnicodeEncodeError:
        return ""
    return text


def _requote(cell: str) -> str:
    """Rewrite a Python literal without backslashes, of which most is copied as it stands."""
    pieces = iter(cell.split('"'))
    rewritten = []
    # Whether a string between single quotes goes on behind the double one.
    inside = False
    for piece in pieces:
        rewritten.append(piece.replace("'", '"').replace('": None', '": null'))
        inside ^= piece.count("'") % 2 == 1
        if inside:
            rewritten.append('\\"')
        else:
            # A string. One that never ends leaves the list without an end, which is no JSON.
            rewritten += [f'"{string}"' for string in islice(pieces, 1)]
    return "".join(rewritten)


def _token_without_none(token: re.Match[str]) -> str:
    text = _token_as_json(token)
    return text.replace('": None', '": null') if token["plain"] else text


def _token_as_json(token: re.Match[str]) -> str:
    text = token[0]
    if token["plain"]:
        return text.replace("'", '"')
    if "\\" not in text:
        if text[0] == '"':
            return text
        if text[-1] == "'" != text:
            return '"{}"'.format(text[1:-1].replace('"', '\\"'))
    try:
        # Not in ASCII: two halves of a pair, escaped one by one, would be read as one character.
        return json.dumps(_literal(text), ensure_ascii=False)
    except UnreadableCellError:
        # As it is, it is no JSON either: the whole cell will be refused for it.
        return text


def _literal(text: str) -> object:
    try:
        with warnings.catch_warnings():
            # About odd escapes, which are no news for whoever runs the job.
            warnings.simplefilter("ignore", SyntaxWarning)
            return ast.literal_eval(text.strip())
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as error:
        raise UnreadableCellError("neither a Python literal nor JSON") from error
