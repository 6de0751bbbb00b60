"""Look-up tables too large to open for one question: only the part that holds its answer is read.

Such a table is a folder, `tables/<route>/`, of a release, of which every file is hashed in the
manifest as all others are::

    parts.json               where each part begins
    0000.parquet …           its rows, in order; of entries with the same key all in one part
    by_id/0000.parquet …     film tables: rows by the id of the film
    by_rank/0000.parquet …   rankings: the rows again, the first entry of the ranking first
    filmaciones/0000.parquet …  people: the films of the people in the part of that number
    nombres.parquet          the best known names, to suggest from

A name's part is found by bisection among their first keys, then the name in the part.
"""

from __future__ import annotations

import json
import os
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, TypedDict, cast

from cartelera.lookup import Table, WholeTable, read_columns
from cartelera.names import compact, key
from cartelera.suggestions import LIMIT, Names, ranked
from cartelera.tables import (
    BY_ID,
    BY_RANK,
    FILMACIONES,
    GROWING,
    KEY,
    POSITION,
    VOTES,
    TableSchema,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterator

    from arro3.core import Array

    from cartelera.suggestions import Near
    from cartelera.tables import Filmacion

# A table of more rows than these, which take some 60 ms to open, is partitioned, into parts of so
# many rows or a few more. The real catalogue has none: its 192,000 actors are the most.
MOST_ROWS = 200_000
PART_ROWS = 16_384
# The ids of so many films are in one file.
PART_IDS = 65_536
# So many of the best known names can be suggested; a look through them takes some 20 ms.
MOST_NAMES = 200_000

# Of a function's memory this share is for parts, as they lie in storage; opened, one takes some
# six times as much.
_KEPT_SHARE = 1 / 16
_MEMORY_VARIABLE = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
_USUAL_MEMORY_MB = 1_024


class Parts(TypedDict):
    """What `parts.json` says of a table.

    `keys` has the first key of each part, without its spaces, `starts` its first row, and `rows`
    is how many there are; `ids` are the first of each file of `by_id`; `entries` is how many a
    ranking has, `ranked` how many a file of `by_rank`.
    """

    rows: int
    keys: list[str]
    starts: list[int]
    ids: list[int]
    entries: int
    ranked: int


class Conocido(TypedDict):
    """A name that can be suggested."""

    nombre: str


def parts_path(schema: TableSchema[object]) -> str:
    """Return where the `Parts` of a table lie in a release."""
    return f"tables/{schema.route}/parts.json"


def part_schema[Row](schema: TableSchema[Row], number: int) -> TableSchema[Row]:
    """Return what is in a part of a table: its columns but for those that name rows of it."""
    index = tuple(column for column in schema.index if column not in {BY_ID, BY_RANK})
    return replace(schema, route=f"{schema.route}/{number:04}", index=index)


def rank_schema[Row](schema: TableSchema[Row], number: int) -> TableSchema[Row]:
    """Return what is in a file of a ranking in its order."""
    return replace(schema, route=f"{schema.route}/by_rank/{number:04}", index=())


def films_schema(schema: TableSchema[object], number: int) -> TableSchema[Filmacion]:
    """Return what is in the films of the people in a part."""
    return replace(FILMACIONES, route=f"{schema.route}/filmaciones/{number:04}", index=())


def names_schema(schema: TableSchema[object]) -> TableSchema[Conocido]:
    """Return what is in the best known names, which are in the order of the table."""
    return TableSchema(f"{schema.route}/nombres", Conocido, "nombre", (POSITION,))


def ids_path(schema: TableSchema[object], number: int) -> str:
    """Return where a file of rows by id lies in a release; its columns are `ID_COLUMNS`."""
    return f"tables/{schema.route}/by_id/{number:04}.parquet"


ID_COLUMNS = ("id", POSITION)


def is_partitioned(schema: TableSchema[object], files: Container[str]) -> bool:
    """Tell whether a table lies in parts in a release of these files."""
    return schema in GROWING and parts_path(schema) in files


class PartitionedTable[Row](Table[Row]):
    """A look-up table whose parts are read when a question needs them, and kept for a while.

    Raises
    ------
    StorageError, UnsoundReleaseError
        Whatever is asked of it: when a file that it takes cannot be read, or is not what the
        job published.
    """

    def __init__(
        self, schema: TableSchema[Row], parts: bytes, read_file: Callable[[str], bytes]
    ) -> None:
        """Open the bytes of a table's `parts.json`; `read_file` reads and verifies a file."""
        self.schema = schema
        self._parts: Parts = json.loads(parts)
        self._files = _Files(read_file)

    def __len__(self) -> int:
        """See `Table`."""
        return self._parts["rows"]

    def row(self, position: int) -> Row:
        """See `Table`."""
        part, own = self._holding(position)
        return part.row(own)

    def value(self, column: str, position: int) -> object:
        """See `Table`."""
        part, own = self._holding(position)
        return part.value(column, own)

    def ranked(self, first: int, count: int) -> list[Row]:
        """See `Table`."""
        rows = []
        for place in range(first, min(first + count, self.entries)):
            number, own = divmod(place, self._parts["ranked"])
            rows.append(self._open(rank_schema(self.schema, number)).row(own))
        return rows

    @property
    def entries(self) -> int:
        """See `Table`."""
        return self._parts["entries"]

    def position_of_id(self, film_id: int) -> int | None:
        """See `Table`."""
        number = bisect_right(self._parts["ids"], film_id) - 1
        if number < 0:
            return None
        columns = self._ids(number)
        ids = columns["id"]
        place = bisect_left(range(len(ids)), film_id, key=lambda place: ids[place].as_py())
        if place == len(ids) or ids[place].as_py() != film_id:
            return None
        return cast("int", columns[POSITION][place].as_py())

    def suggestions(self, name: str) -> list[str]:
        """See `Table`.

        The best known names are looked through, and those beside which this one would stand:
        of a little known name the beginning must be right.
        """
        asked = key(name)
        best: dict[str, str] = {}
        for near in sorted({*self._near_known(asked), *self._near_beside(asked)}):
            best.setdefault(cast("str", self.value(KEY, near.position)), self.name(near.position))
            if len(best) == LIMIT:
                break
        return list(dict.fromkeys(best.values()))

    def of_key(self, name_key: str) -> range:
        """See `Table`."""
        number = self._number_of(name_key)
        start = self._parts["starts"][number]
        own = self._part(number).of_key(name_key)
        return range(start + own.start, start + own.stop)

    def parts(self) -> Iterator[WholeTable[Row]]:
        """See `Table`."""
        for number in range(len(self._parts["starts"])):
            yield self._part(number)

    def films(self, person: int) -> WholeTable[Filmacion]:
        """Return the table that the films of the person at a row are rows of. People only."""
        return self._open(films_schema(self.schema, self._number_at(person)))

    def open_all(self) -> None:
        """Open every file once."""
        for number in range(len(self._parts["starts"])):
            self._part(number)
            if self.schema.people:
                self._open(films_schema(self.schema, number))
        for number in range(len(self._parts["ids"])):
            self._ids(number)
        for place in range(0, self.entries, self._parts["ranked"]):
            self.ranked(place, 1)
        len(self._known)

    @cached_property
    def _known(self) -> WholeTable[Conocido]:
        schema = names_schema(self.schema)
        return WholeTable(schema, self._files.read(schema.path))

    def _near_known(self, asked: str) -> Iterator[Near]:
        for near in ranked(asked, self._known.names):
            position = cast("int", self._known.value(POSITION, near.position))
            yield near._replace(position=position)

    def _near_beside(self, asked: str) -> Iterator[Near]:
        if len(self._known) == len(self):
            return
        number = self._number_of(asked)
        start, part = self._parts["starts"][number], self._part(number)
        # Made anew each time: kept, those of all parts would outgrow the parts.
        keys = cast("list[str]", part.column(KEY))
        for near in ranked(asked, Names(keys, part.numbers(VOTES).tolist())):
            yield near._replace(position=start + near.position)

    def _holding(self, position: int) -> tuple[WholeTable[Row], int]:
        number = self._number_at(position)
        return self._part(number), position - self._parts["starts"][number]

    def _number_at(self, position: int) -> int:
        return bisect_right(self._parts["starts"], position) - 1

    def _number_of(self, name_key: str) -> int:
        """Return the part that holds a key if any does; the first for what is before all."""
        return max(0, bisect_right(self._parts["keys"], compact(name_key)) - 1)

    def _part(self, number: int) -> WholeTable[Row]:
        return self._open(part_schema(self.schema, number))

    def _open[Other](self, schema: TableSchema[Other]) -> WholeTable[Other]:
        opened = self._files.open(schema.path, lambda data: WholeTable(schema, data))
        return cast("WholeTable[Other]", opened)

    def _ids(self, number: int) -> dict[str, Array]:
        path = ids_path(self.schema, number)
        opened = self._files.open(path, lambda data: read_columns(path, data, ID_COLUMNS))
        return cast("dict[str, Array]", opened)


class _Files:
    """Files of a table, of which those that were needed last are kept open."""

    def __init__(self, read_file: Callable[[str], bytes]) -> None:
        self.read = read_file
        self._open: OrderedDict[str, tuple[int, object]] = OrderedDict()
        megabytes = int(os.environ.get(_MEMORY_VARIABLE, _USUAL_MEMORY_MB))
        self._room = int(megabytes * 1_000_000 * _KEPT_SHARE)

    def open(self, path: str, parse: Callable[[bytes], object]) -> object:
        """Return a file as it is parsed."""
        if path in self._open:
            self._open.move_to_end(path)
            return self._open[path][1]
        data = self.read(path)
        opened = parse(data)
        self._open[path] = len(data), opened
        self._room -= len(data)
        # The last one stays, however large it is.
        while self._room < 0 and len(self._open) > 1:
            size, _ = self._open.popitem(last=False)[1]
            self._room += size
        return opened
