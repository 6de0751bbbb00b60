"""Unnesting: a nested column in, a long table out, one row an entry.

The costliest step of the job, and one that knows nothing of other records: it runs in the
job's worker processes, on batches, and brings none of the heavy libraries with it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa

from cartelera.contract.names import LONGEST_NAME, tidy
from etl.clean.nested_cells import UnreadableCellError, parse_anything, parse_entries
from etl.quarantine import LINE, Rejection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from etl.clean.nested_cells import Entry

UNREADABLE = "unreadable"

_HIGHEST_CODE = 2**53
_CODE = re.compile(r"[0-9]{1,16}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Nested:
    """How one nested cell is unnested.

    Attributes
    ----------
    column
        The raw column.
    code
        The key of an entry that holds its identifier.
    character
        Whether to keep the character played, as `extra`.
    jobs
        The jobs of which an entry must name one to be kept; any entry is when there are none.
    billed
        Whether the entries' `order` gives their order; otherwise it is that of the list.
    """

    column: str
    code: str = "id"
    character: bool = False
    jobs: tuple[str, ...] = ()
    billed: bool = False

    @property
    def numbered(self) -> bool:
        """Whether codes are TMDB's numbers; a country's and a language's are texts."""
        return self.code == "id"

    @property
    def schema(self) -> pa.Schema:
        """The columns of its long table; `film` and `LINE` are those of the record."""
        return pa.schema(
            [
                pa.field("film", pa.int64()),
                pa.field(LINE, pa.int64()),
                pa.field("code", pa.int64() if self.numbered else pa.large_string()),
                pa.field("name", pa.large_string()),
                pa.field("extra", pa.large_string()),
            ]
        )


MOVIE_LISTS = {
    "genres": Nested("genres"),
    "production_companies": Nested("production_companies"),
    "production_countries": Nested("production_countries", code="iso_3166_1"),
    "spoken_languages": Nested("spoken_languages", code="iso_639_1"),
}
CREDIT_LISTS = {
    "directors": Nested("crew", jobs=("Director",)),
    "writers": Nested("crew", jobs=("Writer", "Screenplay", "Author")),
    "cast": Nested("cast", character=True, billed=True),
}
KEYWORD_LISTS = {"keywords": Nested("keywords")}
LISTS = MOVIE_LISTS | CREDIT_LISTS | KEYWORD_LISTS


class Records(NamedTuple):
    """What unnesting needs of some records.

    Attributes
    ----------
    file
        The name of their file.
    films, lines
        Each record's film id, and the line where it begins.
    cells
        By column, each record's cell.
    """

    file: str
    films: Sequence[int]
    lines: Sequence[int]
    cells: Mapping[str, Sequence[str]]


class Unnested(NamedTuple):
    """The long tables of some records by name (see `Nested.schema`), and what was not used."""

    tables: dict[str, pa.Table]
    set_aside: list[Rejection]


def unnest(records: Records, lists: Mapping[str, Nested]) -> Unnested:
    """Unnest some records; cells and entries that cannot be read are set aside."""
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


def usable_name(value: object) -> str:
    """Return a name as the catalogue shows it, empty when there is none that can be used."""
    name = tidy(value) if isinstance(value, str) else ""
    return name if len(name) <= LONGEST_NAME else ""


def number_code(value: object) -> int | None:
    """Return an identifier that is a number, None when it is none."""
    if isinstance(value, str) and _CODE.fullmatch(value.strip()):
        value = int(value)
    if not isinstance(value, int) or not 0 <= value <= _HIGHEST_CODE:
        return None
    return int(value)


def _parse(records: Records, column: str, set_aside: list[Rejection]) -> list[list[Entry]]:
    """Return the entries of each record's cell, none where it cannot be read."""
    parsed = []
    for line, cell in zip(records.lines, records.cells[column], strict=True):
        try:
            parsed.append(parse_entries(cell))
        except UnreadableCellError as error:
            set_aside.append(_unused(records.file, line, column, cell, str(error)))
            parsed.append([])
    return parsed


def _unnest(
    records: Records,
    parsed: Sequence[Sequence[Entry]],
    nested: Nested,
    set_aside: list[Rejection],
) -> pa.Table:
    read_code: Callable[[object], int | str | None] = number_code if nested.numbered else _text_code
    films: list[int] = []
    lines: list[int] = []
    codes: list[int | str | None] = []
    names: list[str] = []
    extras: list[str | None] = []
    for film, line, cell, entries in zip(
        records.films, records.lines, records.cells[nested.column], parsed, strict=True
    ):
        seen: set[str] = set()
        for place in _places(entries, nested):
            entry = entries[place]
            name = usable_name(entry.name)
            code = read_code(getattr(entry, nested.code))
            # Some languages have a code and no name.
            known_as = name or ("" if nested.numbered else str(code or ""))
            if not known_as:
                value = repr(_whole_entry(cell, place))
                detail = "an entry without a usable name"
                set_aside.append(_unused(records.file, line, nested.column, value, detail))
            elif nested.character or known_as not in seen:
                seen.add(known_as)
                films.append(film)
                lines.append(line)
                codes.append(code)
                names.append(name)
                extras.append(usable_name(entry.character) or None if nested.character else None)
    return pa.Table.from_arrays(
        [
            pa.array(column, field.type)
            for column, field in zip(
                (films, lines, codes, names, extras), nested.schema, strict=True
            )
        ],
        schema=nested.schema,
    )


def _places(entries: Sequence[Entry], nested: Nested) -> Sequence[int]:
    """Return where the entries to keep stand in their list, in order."""
    places: Sequence[int] = range(len(entries))
    if nested.jobs:
        places = [place for place in places if entries[place].job in nested.jobs]
    if not nested.billed:
        return places
    orders = [number_code(entries[place].order) for place in places]
    if None in orders:
        # Without numbers the list itself is in billing order.
        return places
    ranked = sorted(zip(orders, places, strict=True))
    return [place for _, place in ranked]


def _whole_entry(cell: str, place: int) -> object:
    """Return an entry with what the job does not read of it, too; the cell when that is no use."""
    try:
        entries = parse_anything(cell)
    except UnreadableCellError:
        return cell
    return entries[place] if isinstance(entries, list) else cell


def _unused(file: str, line: int, column: str, value: str, detail: str) -> Rejection:
    return Rejection(file, line, column, UNREADABLE, value, detail, column)


def _text_code(value: object) -> str | None:
    return usable_name(value) or None
