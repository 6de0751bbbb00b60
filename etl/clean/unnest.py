"""Unnesting: a nested column in, a long table out, one row an entry.

It is the costliest step of the job, and needs one record at a time: it runs in worker processes,
on batches, and imports none of the heavy libraries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
import pyarrow as pa

from cartelera.contract.names import MAX_NAME_LENGTH, tidy
from etl.clean.nested_cells import (
    HIGHEST_CODE,
    TypedEntry,
    UnreadableCellError,
    parse_entries,
    parse_value,
    parse_whole_entries,
)
from etl.extract.missing import is_no_list
from etl.quarantine import LINE, Rejection, excerpt

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from etl.clean.nested_cells import Entry

UNREADABLE = "unreadable"
# Spreadsheets keep no more of a cell; they count in UTF-16.
MAX_SPREADSHEET_CELL = 32_767
CUT = f"cut at {MAX_SPREADSHEET_CELL:,} characters"
# How many entries of a cell are set aside one by one; any others are one rejection together.
MAX_ENTRIES = 1_000
_NAMELESS = "without a usable name"
# By code, the countries that TMDB gives one name, "Congo": names stand for countries in the tables.
_TOLD_APART: Mapping[object, str] = {
    "CD": "Democratic Republic of the Congo",
    "CG": "Republic of the Congo",
}

_CODE = re.compile(r"[0-9]{1,16}", re.ASCII)
_ORDER = attrgetter("order")


@dataclass(frozen=True, slots=True)
class NestedColumn:
    """A nested column, and which of its entries make a list of the catalogue.

    Attributes
    ----------
    column
        The raw column.
    code
        The key of an entry's identifier.
    character
        Whether `extra` is the character played.
    jobs
        The jobs of the entries to keep; all entries when there are none.
    billed
        Whether the entries' `order` gives their order, and not their place in the cell.
    """

    column: str
    code: str = "id"
    character: bool = False
    jobs: tuple[str, ...] = ()
    billed: bool = False

    @property
    def numbered(self) -> bool:
        """Whether codes are TMDB's numbers; those of countries and languages are texts."""
        return self.code == "id"

    @property
    def schema(self) -> pa.Schema:
        """The columns of its long table; `film` and `LINE` are those of the record."""
        text = pa.large_string()
        code = pa.int64() if self.numbered else text
        numbers = [("film", pa.int64()), (LINE, pa.int64())]
        return pa.schema([*numbers, ("code", code), ("name", text), ("extra", text)])


MOVIE_LISTS = {
    "genres": NestedColumn("genres"),
    "production_companies": NestedColumn("production_companies"),
    "production_countries": NestedColumn("production_countries", code="iso_3166_1"),
    "spoken_languages": NestedColumn("spoken_languages", code="iso_639_1"),
}
CREDIT_LISTS = {
    "directors": NestedColumn("crew", jobs=("Director",)),
    "writers": NestedColumn("crew", jobs=("Writer", "Screenplay", "Author")),
    "cast": NestedColumn("cast", character=True, billed=True),
}
KEYWORD_LISTS = {"keywords": NestedColumn("keywords")}
LISTS = MOVIE_LISTS | CREDIT_LISTS | KEYWORD_LISTS


class NestedCells(NamedTuple):
    """The nested cells of some records of a file, with each one's film id and first line."""

    file: str
    films: Sequence[int]
    lines: Sequence[int]
    cells: Mapping[str, Sequence[str]]


class Unnested(NamedTuple):
    """The long tables of some records by list (see `NestedColumn.schema`), and the rest."""

    tables: dict[str, pa.Table]
    set_aside: list[Rejection]


def unnest(records: NestedCells, lists: Mapping[str, NestedColumn]) -> Unnested:
    """Unnest the cells of some records; set aside cells and entries that cannot be read.

    Parameters
    ----------
    records
        The records.
    lists
        By name, the lists to make of them.
    """
    set_aside: list[Rejection] = []
    # Once, though a crew makes two lists.
    parsed = {
        column: _parse(records, column, set_aside)
        for column in dict.fromkeys(nested.column for nested in lists.values())
    }
    tables = {
        name: _unnest(records, parsed[nested.column], nested, set_aside)
        for name, nested in lists.items()
    }
    return Unnested(tables, set_aside)


def parse_name(value: object) -> str:
    """Return a name as the catalogue shows it, empty when there is none that can be used."""
    name = tidy(value) if isinstance(value, str) else ""
    return name if len(name) <= MAX_NAME_LENGTH else ""


def parse_code(value: object) -> int | None:
    """Return an identifier that is a number, None when it is none."""
    if isinstance(value, str) and _CODE.fullmatch(value.strip()):
        value = int(value)
    return int(value) if isinstance(value, int) and 0 <= value <= HIGHEST_CODE else None


def _parse(records: NestedCells, column: str, set_aside: list[Rejection]) -> list[Sequence[Entry]]:
    """Return the entries of each record's cell; of an unreadable one, those that are whole."""
    parsed = []
    for line, cell in zip(records.lines, records.cells[column], strict=True):
        try:
            entries = parse_entries(cell)
        except UnreadableCellError as error:
            entries, detail, reason = [], str(error), UNREADABLE
            if not is_no_list(cell):
                if entries := parse_whole_entries(cell):
                    detail = f"cut off after {len(entries):,} whole entries, which are kept"
                    if len(cell.encode("utf-16-le")) == 2 * MAX_SPREADSHEET_CELL:
                        reason = CUT
                rejection = _reject(records.file, line, column, cell, detail)
                set_aside.append(rejection._replace(reason=reason))
        parsed.append(entries)
    return parsed


def _unnest(
    records: NestedCells,
    parsed: Sequence[Sequence[Entry]],
    nested: NestedColumn,
    set_aside: list[Rejection],
) -> pa.Table:
    names_of = _Names()
    counts: list[int] = []
    codes: list[int | str | None] = []
    names: list[str] = []
    extras: list[str | None] = []
    for line, cell, entries in zip(
        records.lines, records.cells[nested.column], parsed, strict=True
    ):
        usable = _plain_entries(entries, nested, names_of)
        if usable is None:
            usable, unusable = _usable_entries(entries, nested)
            for value, detail in _describe(cell, unusable):
                set_aside.append(_reject(records.file, line, nested.column, value, detail))
        counts.append(len(usable.names))
        codes += usable.codes
        names += usable.names
        if nested.character:
            extras += usable.characters
    columns = (
        np.repeat(np.array(records.films, np.int64), counts),
        np.repeat(np.array(records.lines, np.int64), counts),
        codes,
        names,
        extras if nested.character else pa.nulls(len(names)),
    )
    return pa.table([*map(pa.array, columns, nested.schema.types)], schema=nested.schema)


class _Names(dict[str | None, str]):
    """Usable names by those in a file, where most names are many times."""

    def __missing__(self, name: str | None) -> str:
        self[name] = usable = parse_name(name)
        return usable


class _Usable(NamedTuple):
    """The entries of a cell that are kept, in order; `characters` where the column has them."""

    codes: Sequence[int | str | None]
    names: Sequence[str]
    characters: Sequence[str | None]


def _plain_entries(
    entries: Sequence[Entry], nested: NestedColumn, names_of: _Names
) -> _Usable | None:
    """Return what `_usable_entries` does, or None where that takes a closer look.

    It does where an entry is not typed, has no name or number, or is named like another.
    """
    if not entries:
        return _Usable((), (), ())
    if not isinstance(entries[0], TypedEntry):
        return None
    if nested.jobs:
        entries = [entry for entry in entries if entry.job in nested.jobs]
    if nested.billed:
        if any(entry.order is None for entry in entries):
            return None
        entries = sorted(entries, key=_ORDER)
    names = [names_of[entry.name] for entry in entries]
    codes: Sequence[int | str | None]
    if nested.numbered:
        codes = [entry.id for entry in entries]
    else:
        codes = [names_of[getattr(entry, nested.code)] or None for entry in entries]
        names = [_TOLD_APART.get(code) or name for code, name in zip(codes, names, strict=True)]
    if not all(names) or (not nested.character and len(set(names)) < len(names)):
        return None
    characters = (
        [names_of[entry.character] or None for entry in entries] if nested.character else ()
    )
    return _Usable(codes, names, characters)


def _usable_entries(
    entries: Sequence[Entry], nested: NestedColumn
) -> tuple[_Usable, Sequence[int]]:
    """Return the entries that are kept, and the places of those that cannot be used."""
    codes, names, characters = [], [], []
    seen: set[str] = set()
    unusable: list[int] = []
    for place in _places(entries, nested):
        entry = entries[place]
        value = getattr(entry, nested.code)
        code = parse_code(value) if nested.numbered else _text_code(value)
        name = _TOLD_APART.get(code) or parse_name(entry.name)
        # Some languages have a code and no name.
        identity = name or ("" if nested.numbered else str(code or ""))
        if not identity:
            unusable.append(place)
        elif nested.character or identity not in seen:
            seen.add(identity)
            codes.append(code)
            names.append(name)
            characters.append(parse_name(entry.character) or None)
    return _Usable(codes, names, characters), unusable


def _places(entries: Sequence[Entry], nested: NestedColumn) -> Sequence[int]:
    """Return where the entries to keep stand in their list, in order."""
    places: Sequence[int] = range(len(entries))
    if nested.jobs:
        places = [place for place in places if entries[place].job in nested.jobs]
    if not nested.billed:
        return places
    orders = {place: parse_code(entries[place].order) for place in places}
    # Without numbers the list itself is in billing order.
    if None in orders.values():
        # Those that are set aside have no say in it.
        orders = {place: orders[place] for place in places if parse_name(entries[place].name)}
        if None in orders.values():
            return places
    return sorted(places, key=lambda place: orders.get(place) or 0)


def _describe(cell: str, unusable: Sequence[int]) -> Iterator[tuple[str, str]]:
    """Yield the entries at some places with all their fields, and what is wrong with them."""
    if not unusable:
        return
    try:
        # Once, however many they are.
        entries = cast("list[object]", parse_value(cell))
        values = [repr(entries[place]) for place in unusable[:MAX_ENTRIES]]
        others = repr([entries[place] for place in unusable[MAX_ENTRIES:]])
    except (ValueError, RecursionError):
        # A field that the job does not read is not readable.
        yield cell, f"entries {_NAMELESS}: {len(unusable):,}"
        return
    for value in values:
        yield value, f"an entry {_NAMELESS}"
    if len(unusable) > MAX_ENTRIES:
        yield others, f"{len(unusable) - MAX_ENTRIES:,} more entries {_NAMELESS}"


def _reject(file: str, line: int, column: str, value: str, detail: str) -> Rejection:
    return Rejection(file, line, column, UNREADABLE, excerpt(value), detail, column)


def _text_code(value: object) -> str | None:
    return parse_name(value) or None
