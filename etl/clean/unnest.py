"""Unnesting: a nested column in, a long table out, one row an entry.

It needs one record at a time: it runs in worker processes, on batches, and imports none of the
heavy libraries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.names import MAX_NAME_LENGTH, tidy
from etl.clean.nested_cells import (
    HIGHEST_CODE,
    UnreadableCellError,
    parse_entries,
    parse_together,
    parse_value,
    parse_whole_entries,
)
from etl.clean.tidied import tidy_column
from etl.extract.missing import is_no_list
from etl.quarantine import LINE, Rejection, excerpt

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from etl.clean.nested_cells import Entry, ParsedTogether

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
# The column of the place of an entry's record.
_RECORD = "record"


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
    def fields(self) -> Sequence[str]:
        """The fields of an entry that are read."""
        others = {"character": self.character, "job": self.jobs, "order": self.billed}
        return (self.code, "name", *(field for field, read in others.items() if read))

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
    # By column, large strings.
    cells: Mapping[str, pa.LargeStringArray]


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
    tables: dict[str, pa.Table] = {}
    # Once, though a crew makes two lists.
    for column in dict.fromkeys(nested.column for nested in lists.values()):
        own = {name: nested for name, nested in lists.items() if nested.column == column}
        parsed = _Parsed(records, column, own.values(), set_aside)
        tables |= {name: _unnest(parsed, nested, set_aside) for name, nested in own.items()}
    return Unnested({name: tables[name] for name in lists}, set_aside)


def parse_name(value: object) -> str:
    """Return a name as the catalogue shows it, empty when there is none that can be used."""
    name = tidy(value) if isinstance(value, str) else ""
    return name if len(name) <= MAX_NAME_LENGTH else ""


def parse_code(value: object) -> int | None:
    """Return an identifier that is a number, None when it is none."""
    if isinstance(value, str) and _CODE.fullmatch(value.strip()):
        value = int(value)
    return int(value) if isinstance(value, int) and 0 <= value <= HIGHEST_CODE else None


class _Parsed:
    """The entries in a column of some records: those parsed together, and the others by cell."""

    def __init__(
        self,
        records: NestedCells,
        column: str,
        lists: Iterable[NestedColumn],
        set_aside: list[Rejection],
    ) -> None:
        self.records = records
        self.column = column
        self._cells = records.cells[column]
        fields = dict.fromkeys(field for nested in lists for field in nested.fields)
        self.together = parse_together(self._cells, [*fields])
        self.others = {
            place: _parse_cell(
                records.file, records.lines[place], column, self.cell(place), set_aside
            )
            for place in self.together.left
        }

    def cell(self, place: int) -> str:
        """Return the cell of a record."""
        cell: str = self._cells[place].as_py()
        return cell

    def entries(self, place: int) -> Sequence[Entry]:
        """Return the entries of a record; of an unreadable cell, those that are whole."""
        if place in self.others:
            return self.others[place]
        return parse_entries(self.cell(place))


def _parse_cell(
    file: str, line: int, column: str, cell: str, set_aside: list[Rejection]
) -> Sequence[Entry]:
    try:
        return parse_entries(cell)
    except UnreadableCellError as error:
        if is_no_list(cell):
            return []
        detail, reason = str(error), UNREADABLE
        if entries := parse_whole_entries(cell):
            detail = f"cut off after {len(entries):,} whole entries, which are kept"
            if len(cell.encode("utf-16-le")) == 2 * MAX_SPREADSHEET_CELL:
                reason = CUT
        rejection = _reject(file, line, column, cell, detail)
        set_aside.append(rejection._replace(reason=reason))
        return entries


def _unnest(parsed: _Parsed, nested: NestedColumn, set_aside: list[Rejection]) -> pa.Table:
    records = parsed.records
    usable, others = _plain_entries(parsed.together, nested)
    if others := sorted({*others, *parsed.others}):
        pieces = [usable]
        for place in others:
            entries = parsed.entries(place)
            own, unusable = _usable_entries(place, entries, nested)
            pieces.append(own)
            for value, detail in _describe(parsed.cell(place), unusable):
                line = records.lines[place]
                set_aside.append(_reject(records.file, line, nested.column, value, detail))
        usable = pa.concat_tables(pieces)
        usable = usable.take(np.argsort(usable[_RECORD].to_numpy(), kind="stable"))
    places = usable[_RECORD].to_numpy()
    films, lines = (np.array(each, np.int64)[places] for each in (records.films, records.lines))
    entries = usable.drop_columns(_RECORD).combine_chunks()
    return pa.table([films, lines, *entries.columns], schema=nested.schema)


def _parse_names(names: pa.LargeStringArray) -> pa.LargeStringArray:
    """Return what `parse_name` makes of each name."""
    tidied = tidy_column(names)
    too_long = pc.greater(pc.utf8_length(tidied), MAX_NAME_LENGTH)
    return pc.if_else(too_long, "", tidied).fill_null("")


def _null_if_empty(names: pa.Array) -> pa.Array:
    return pc.if_else(pc.equal(names, ""), None, names)


def _entries_table(
    nested: NestedColumn,
    places: NDArray[np.int64],
    codes: Sequence[int | str | None] | pa.Array,
    names: Sequence[str] | pa.Array,
    characters: Sequence[str | None] | pa.Array,
) -> pa.Table:
    """Return entries that are kept, each with the place of its record among all."""
    fields = [pa.field(_RECORD, pa.int64()), *map(nested.schema.field, ("code", "name", "extra"))]
    extras = characters if nested.character else pa.nulls(len(names))
    columns = zip((places, codes, names, extras), fields, strict=True)
    return pa.table(
        [pa.array(each, field.type) for each, field in columns], schema=pa.schema(fields)
    )


def _plain_entries(
    together: ParsedTogether, nested: NestedColumn
) -> tuple[pa.Table, Collection[int]]:
    """Return the entries of nearly all records, column by column, and the places of the others.

    Those take a closer look, by `_usable_entries`: an entry has no name or order, or is named like
    another.
    """
    places, entries = together.places, together.entries
    kept = np.arange(len(places))
    if nested.jobs:
        of_jobs = pc.is_in(entries.field("job"), pa.array(nested.jobs, pa.large_string()))
        kept = np.flatnonzero(of_jobs.to_numpy(zero_copy_only=False))
    others: set[int] = set()
    by = [places[kept]]
    if nested.billed:
        orders = entries.field("order").fill_null(-1).to_numpy()[kept]
        others.update(by[0][orders < 0].tolist())
        by.insert(0, orders)
    kept = kept[np.lexsort(by)]
    places = places[kept]
    own = pa.array(kept)
    names = _parse_names(entries.field("name").take(own))
    codes = entries.field(nested.code).take(own)
    if not nested.numbered:
        codes = _null_if_empty(_parse_names(codes))
        for code, name in _TOLD_APART.items():
            names = pc.if_else(pc.is_in(codes, pa.array([code], codes.type)), name, names)
    characters = (
        _null_if_empty(_parse_names(entries.field("character").take(own)))
        if nested.character
        else []
    )
    others.update(places[pc.equal(names, "").to_numpy(zero_copy_only=False)].tolist())
    if not nested.character:
        others.update(_with_repeated_names(places, names))
    table = _entries_table(nested, places, codes, names, characters)
    if others:
        table = table.filter(pa.array(~np.isin(places, [*others])))
    return table, others


def _with_repeated_names(places: NDArray[np.int64], names: pa.Array) -> list[int]:
    """Return the places of records that have a name more than once."""
    encoded = names.dictionary_encode()
    count = max(1, len(encoded.dictionary))
    pairs, times = np.unique(places * count + encoded.indices.to_numpy(), return_counts=True)
    repeated: list[int] = (pairs[times > 1] // count).tolist()
    return repeated


def _usable_entries(
    record: int, entries: Sequence[Entry], nested: NestedColumn
) -> tuple[pa.Table, Sequence[int]]:
    """Return the entries of a record that are kept, and the places of those that cannot be used.

    Parameters
    ----------
    record, entries
        The record's place among all, and the entries of its cell.
    nested
        The column.
    """
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
    return _entries_table(nested, np.full(len(names), record), codes, names, characters), unusable


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
