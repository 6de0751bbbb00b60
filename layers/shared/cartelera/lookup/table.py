"""Finding rows of a look-up table by name, as people type it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from functools import cached_property
from heapq import nlargest
from io import BytesIO
from typing import TYPE_CHECKING, cast

from arro3.core import Array, DataType
from arro3.io import read_parquet

from cartelera.contract.names import compact, key
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.contract.tables import BY_ID, BY_RANK, KEY, VOTES
from cartelera.errors import NotInCatalogueError
from cartelera.lookup.suggestions import Names, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from arro3.core import ChunkedArray
    from arro3.core import Table as ArrowTable
    from numpy.typing import NDArray

    from cartelera.contract.tables import TableSchema

# Sorts after every character that a key can hold.
_LAST = "\U0010ffff"


class Table[Row](ABC):
    """A look-up table: rows in order of `compact(key)`, found by their names.

    Positions are row numbers, from 0.
    """

    schema: TableSchema[Row]

    @abstractmethod
    def __len__(self) -> int:
        """Return how many rows there are."""

    @abstractmethod
    def row(self, position: int) -> Row:
        """Return the row at `position`."""

    @abstractmethod
    def value(self, column: str, position: int) -> object:
        """Return one cell."""

    @abstractmethod
    def ranked(self, first: int, count: int) -> list[Row]:
        """Return the rows of a ranking from place `first`, the winner's being 0. Rankings only."""

    @property
    @abstractmethod
    def entries(self) -> int:
        """How many entries a ranking has; one that is found by several names counts once."""

    @abstractmethod
    def position_of_id(self, film_id: int) -> int | None:
        """Return where the film with this id lies, or None. Film tables only."""

    @abstractmethod
    def suggestions(self, name: str) -> list[str]:
        """Return the names nearest to one that is not there, best first."""

    @abstractmethod
    def of_key(self, name_key: str) -> range:
        """Return where the entries with a key lie, whatever its spaces."""

    @abstractmethod
    def best_known(self, count: int) -> list[int]:
        """Return the rows with most votes, best known first; not all, where they are very many."""

    def find(self, *spellings: str) -> Row:
        """Return the entry of a name; entries that share its key are under `otras`.

        See `positions` for the spellings.

        Raises
        ------
        NotInCatalogueError
            When there is none; its suggestions are the nearest names.
        """
        best, *others = self.positions(*spellings)
        return self.answer(best, others)

    def answer(self, best: int, others: Sequence[int]) -> Row:
        """Return the row at `best`, with those at `others`, if any, under `otras`."""
        answer = self.row(best)
        if others:
            cast("dict[str, object]", answer)["otras"] = [self.row(other) for other in others]
        return answer

    def positions(self, *spellings: str) -> list[int]:
        """Return where the entries of a name lie, best first, at least one; see `matches`.

        Raises
        ------
        NotInCatalogueError
            When there is none; its suggestions are the nearest names.
        """
        if found := self.matches(*spellings):
            return found
        raise NotInCatalogueError(
            f"«{spellings[0]}» no está en el catálogo.", self.suggestions(spellings[0])
        )

    def matches(self, *spellings: str) -> list[int]:
        """Return where the entries of a name lie, best first.

        `spellings` are what the name may have been, likeliest first: the first that an entry
        has to the letter decides, else the first whose key one has. The exact spelling leads,
        then those that agree word by word, then the best known.
        """
        groups = [self.of_key(key(spelling)) for spelling in spellings]
        for spelling, group in zip(spellings, groups, strict=True):
            exact = [position for position in group if self.name(position) == spelling]
            if exact:
                return self._ranked(spelling, group)
        for spelling, group in zip(spellings, groups, strict=True):
            if group:
                return self._ranked(spelling, group)
        return []

    def name(self, position: int) -> str:
        """Return the name of the row at `position`."""
        return cast("str", self.value(self.schema.name, position))

    def _ranked(self, spelling: str, group: Sequence[int]) -> list[int]:
        words = key(spelling)
        return sorted(  # stable: the table has the best known first
            group,
            key=lambda position: (
                self.name(position) != spelling,
                self.value(KEY, position) != words,
            ),
        )


class WholeTable[Row](Table[Row]):
    """A look-up table in memory: Arrow columns, searched in place and never unpacked.

    A name is found by bisection: some twenty comparisons, whatever the size of the catalogue.
    """

    def __init__(self, schema: TableSchema[Row], data: bytes) -> None:
        """Open the bytes of a table's file.

        Raises
        ------
        UnsoundReleaseError
            When they are no table, or hold other columns than `schema` says.
        """
        self.schema = schema
        self._columns = read_columns(schema.path, data, schema.columns)
        self._rows = len(self._columns[KEY])

    def __len__(self) -> int:
        """See `Table`."""
        return self._rows

    def row(self, position: int) -> Row:
        """See `Table`."""
        fields = {field: self.value(field, position) for field in self.schema.fields}
        return cast("Row", fields)

    def value(self, column: str, position: int) -> object:
        """See `Table`."""
        return self._columns[column][position].as_py()

    def column(self, column: str) -> list[object]:
        """Return a whole column, unpacked."""
        return cast("list[object]", self._columns[column].to_pylist())

    def numbers(self, column: str) -> NDArray[np.int64]:
        """Return a whole column of numbers as an array."""
        return self._columns[column].to_numpy()

    def ranked(self, first: int, count: int) -> list[Row]:
        """See `Table`."""
        last = min(first + count, self.entries)
        return [self.row(cast("int", self.value(BY_RANK, place))) for place in range(first, last)]

    @property
    def entries(self) -> int:
        """See `Table`."""
        return self._rows - self._columns[BY_RANK].null_count

    def position_of_id(self, film_id: int) -> int | None:
        """See `Table`."""
        order = self._columns[BY_ID]
        ids = self._columns["id"]
        place = bisect_left(range(self._rows), film_id, key=lambda i: ids[order[i].as_py()].as_py())
        if place == self._rows:
            return None
        position = cast("int", order[place].as_py())
        return position if ids[position].as_py() == film_id else None

    def suggestions(self, name: str) -> list[str]:
        """See `Table`."""
        found = nearest(key(name), self.names)
        return list(dict.fromkeys(self.name(position) for position in found))

    def of_key(self, name_key: str) -> range:
        """See `Table`."""
        return run_of(compact(name_key), self._rows, self._compact)

    def best_known(self, count: int) -> list[int]:
        """See `Table`."""
        votes = cast("list[int]", self.column(VOTES))
        return nlargest(count, range(self._rows), key=votes.__getitem__)

    def starting_with(self, name_key: str) -> range:
        """Return where the entries lie whose keys start with another, whatever the spaces."""
        wanted = compact(name_key)
        start = bisect_left(range(self._rows), wanted, key=self._compact)
        return range(
            start, bisect_left(range(self._rows), wanted + _LAST, start, key=self._compact)
        )

    @cached_property
    def names(self) -> Names:
        """The names to suggest from."""
        return Names(
            cast("list[str]", self._columns[KEY].to_pylist()),
            cast("list[int]", self._columns[VOTES].to_pylist()),
        )

    def _compact(self, position: int) -> str:
        return compact(cast("str", self._columns[KEY][position].as_py()))


def run_of(wanted: str, rows: int, compact_of: Callable[[int], str]) -> range:
    """Return which of so many rows, in order of their compact keys, have the one that is wanted."""
    start = end = bisect_left(range(rows), wanted, key=compact_of)
    while end < rows and compact_of(end) == wanted:
        end += 1
    return range(start, end)


def read_columns(path: str, data: bytes, expected: tuple[str, ...]) -> dict[str, Array]:
    """Open the bytes of a parquet file that holds the `expected` columns, and no others.

    Raises
    ------
    UnsoundReleaseError
        When they are no parquet, or hold other columns; `path` is what the message calls them.
    """
    table = _read(path, data)
    if tuple(table.column_names) != expected:
        raise UnsoundReleaseError(
            f"{path} has columns {', '.join(table.column_names)}, expected {', '.join(expected)}"
        )
    return {column: _whole(table[column]) for column in expected}


def _read(path: str, data: bytes) -> ArrowTable:
    try:
        return read_parquet(BytesIO(data)).read_all()
    except (KeyboardInterrupt, SystemExit):
        raise
    # What is no parquet makes the reader panic, and a Rust panic is no Exception.
    except BaseException as error:
        raise UnsoundReleaseError(f"{path} cannot be read as parquet: {error}") from error


def _whole(column: ChunkedArray) -> Array:
    # An empty file has no chunk to start from; nor any value, so that any type will do.
    return column.combine_chunks() if column.num_chunks else Array([], DataType.int64())
