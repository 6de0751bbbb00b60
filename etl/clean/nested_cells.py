"""Reading nested cells: lists and objects written as Python literals or as JSON.

`ast.literal_eval` compiles a cell before it evaluates it, at some 6 MB a second. Nearly every
cell is the `repr` of plain lists and objects, which a few replacements turn into JSON of the same
value. Where they fail the outcome is no JSON at all, and the cell goes to `ast.literal_eval`.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

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


# TMDB's numbers.
type _Number = Annotated[int, msgspec.Meta(ge=0, le=HIGHEST_CODE)]


class TypedEntry(Entry, gc=False):
    """An entry whose fields are all of the types that they should be, as nearly all are."""

    id: _Number | None = None
    name: str | None = None
    iso_3166_1: str | None = None
    iso_639_1: str | None = None
    job: str | None = None
    character: str | None = None
    order: _Number | None = None


# A list of names alone, as some clean lists.
_NAMES = msgspec.json.Decoder(list[str])
# How Python alone begins a list or an object.
_NO_JSON = ("[{'", "{'", "['")
_NAMES_BEGIN = re.compile(r"""\[\s*['"]""")
# What may follow the last whole entry of a cell that was cut off: the beginning of another.
_MOST_CUTS = 20
_EMPTY_OBJECT = re.compile(r"\s*\{\s*\}\s*")
_TYPED_ENTRIES = msgspec.json.Decoder(list[TypedEntry])
_ENTRIES = msgspec.json.Decoder(list[Entry])
_ENTRY = msgspec.json.Decoder(Entry)
_VALUE = msgspec.json.Decoder()
# What a decoder raises where a cell is no such JSON, no UTF-8, or nested too deeply.
_NOT_JSON = (msgspec.MsgspecError, UnicodeEncodeError, RecursionError)


def parse_entries(cell: str) -> Sequence[Entry]:
    """Parse a list of objects or of names, empty in an empty cell.

    The entries are typed all or none.

    Raises
    ------
    UnreadableCellError
        When it is something else.
    """
    if not cell or cell.isspace() or cell == "[]":
        return []
    if _NAMES_BEGIN.match(cell):
        return [Entry(name=name) for name in _parse(cell, _names, _NAMES.decode)]
    return _parse(cell, _entries, _TYPED_ENTRIES.decode, _ENTRIES.decode)


def parse_plain_cells(cells: Sequence[str]) -> list[Sequence[Entry] | None]:
    """Parse together the cells that need nothing but other quotes, as nearly all do.

    One by one they take twice as long.

    Returns
    -------
    list
        What `parse_entries` returns for each cell, or None where that is left to it.
    """
    parsed: list[Sequence[Entry] | None] = [None if cell else () for cell in cells]
    plain = [place for place, cell in enumerate(cells) if _is_plain(cell)]
    for place, entries in zip(plain, _parse_lines([cells[at] for at in plain]), strict=True):
        parsed[place] = entries
    return parsed


def _is_plain(cell: str) -> bool:
    # No value of the decoder's goes on from one cell to the next: none has "}][{".
    return cell == "[]" or (
        cell.startswith("[{'")
        and cell.endswith("}]")
        and '"' not in cell
        and "\\" not in cell
        and "\n" not in cell
        and "\r" not in cell
        and not _has_words_of_json(cell)
    )


def _parse_lines(cells: Sequence[str]) -> Sequence[Sequence[Entry] | None]:
    """Parse plain cells; None for each that is something else."""
    try:
        parsed = _TYPED_ENTRIES.decode_lines(_quotes_as_json("\n".join(cells)))
    except _NOT_JSON:
        parsed = []
    if len(parsed) == len(cells):
        return parsed
    if len(cells) == 1:
        return [None]
    half = len(cells) // 2
    return [*_parse_lines(cells[:half]), *_parse_lines(cells[half:])]


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
    cell: str, read: Callable[[object], Value], *decoders: Callable[[str], Value]
) -> Value:
    """Parse a cell as JSON, as a Python literal made JSON, or as a Python literal.

    `read` makes of a literal what the first of the `decoders` that can makes of JSON.
    """
    for as_text in (_as_json,) if cell.startswith(_NO_JSON) else (str, _as_json):
        text = as_text(cell)
        for decode in decoders:
            try:
                return decode(text)
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


def _token_as_json(token: re.Match[str]) -> str:
    text = token[0]
    if token["plain"]:
        return text.replace("'", '"')
    if text[0] == '"' and "\\" not in text:
        return text
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
