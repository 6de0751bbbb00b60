"""Look-up tables, and finding their rows by name, as people type it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_left
from functools import cached_property
from heapq import nlargest
from typing import TYPE_CHECKING, cast, override

from cartelera.contract.names import compact, key
from cartelera.contract.tables import BY_ID, BY_RANK, KEY, VOTES
from cartelera.errors import NotInCatalogueError, not_in_catalogue
from cartelera.lookup.columns import read_columns
from cartelera.lookup.fuzzy import Budget
from cartelera.lookup.links import complete

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    from arro3.core import Array
    from numpy.typing import NDArray

    from cartelera.contract.tables import TableSchema
    from cartelera.lookup.suggestions import Candidate, SuggestionIndex

# Sorts after every character that a key can hold.
_LAST = "\U0010ffff"
# Keys that are kept unpacked: those that nearly all searches compare with, half a megabyte.
_KNOWN_KEYS = 4_096


class Table[Row](ABC):
    """A look-up table: rows in order of `compact(key)`, found by their names.

    Positions are row numbers, from 0.
    """

    schema: TableSchema[Row]

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of rows."""

    @abstractmethod
    def row(self, position: int) -> Row:
        """Return the row at `position`."""

    @abstractmethod
    def value(self, column: str, position: int) -> object:
        """Return one cell.

        Parameters
        ----------
        column
            One of the schema's columns.
        position
            The row's.

        Returns
        -------
        object
            What `cartelera.contract.tables` says of the column; None for a null.
        """

    @abstractmethod
    def ranking_page(self, first: int, count: int) -> list[Row]:
        """Return a page of a ranking, best first.

        Parameters
        ----------
        first
            The place of the page's first row, from 0.
        count
            How many rows to return; there are fewer at the end.
        """

    @property
    @abstractmethod
    def entries(self) -> int:
        """The number of a ranking's entries; one with several names counts once."""

    @abstractmethod
    def positions_of_id(self, number: int) -> list[int]:
        """Return the positions of the rows with an id. Tables of films and people only."""

    def position_of_id(self, film_id: int) -> int | None:
        """Return the position of the film with an id, or None. Film tables only."""
        return next(iter(self.positions_of_id(film_id)), None)

    @abstractmethod
    def near(self, name: str, budget: Budget) -> list[tuple[Candidate, str]]:
        """Return the entries nearest to an unknown name, best first, and their names.

        Parameters
        ----------
        name
            The name, as it is written.
        budget
            Pays for the search.
        """

    def suggestions(self, name: str, budget: Budget | None = None) -> list[str]:
        """Return the names nearest to an unknown one, best first.

        Parameters
        ----------
        name
            The name, as it is written.
        budget
            Pays for the search; one of its own when None.
        """
        return list(dict.fromkeys(near for _, near in self.near(name, budget or Budget())))

    @abstractmethod
    def rows_with_key(self, name_key: str) -> range:
        """Return the positions of the entries with a key, whatever its spaces."""

    @abstractmethod
    def most_voted(self, count: int) -> list[int]:
        """Return the positions of the rows with most votes, in order."""

    def find(self, *spellings: str) -> Row:
        """Return the entry of a name; entries that share its key are under `otras`.

        See `matches` for the spellings.

        Raises
        ------
        NotInCatalogueError
            When there is none; it suggests the nearest names.
        """
        best, *others = self.positions(*spellings)
        return self.with_others(best, others)

    def with_others(self, best: int, others: Sequence[int]) -> Row:
        """Return a row with others, if any, under `otras`.

        Parameters
        ----------
        best
            The row's position.
        others
            Those of the others, in order.
        """
        row = self.row(best)
        if others:
            cast("dict[str, object]", row)["otras"] = [self.row(other) for other in others]
        return row

    def positions(self, *spellings: str) -> list[int]:
        """Return the positions of the entries of a name, at least one; see `matches`.

        Raises
        ------
        NotInCatalogueError
            When there is none; it suggests the nearest names.
        """
        if found := self.matches(*spellings):
            return found
        budget = Budget()
        raise NotInCatalogueError(
            not_in_catalogue(spellings[0]),
            self.suggestions(spellings[0], budget),
            budget.notice,
        )

    def matches(self, *spellings: str) -> list[int]:
        """Return the positions of the entries of a name, best first.

        `spellings` are what the name may be, likeliest first: the first that is spelt exactly so
        decides, else the key of the likeliest; the key of another, as "24" of "%24", is that of
        another name. The exact spelling comes first, then those that agree word by word, then the
        best known.
        """
        likeliest: list[int] = []
        for place, spelling in enumerate(spellings):
            name_key = key(spelling)
            group = self.rows_with_key(name_key)
            if not place:
                likeliest = self._sorted(spelling, name_key, group)
            if any(self.name(position) == spelling for position in group):
                return self._sorted(spelling, name_key, group) if place else likeliest
        return likeliest

    def name(self, position: int) -> str:
        """Return the name of the row at `position`."""
        return cast("str", self.value(self.schema.name, position))

    def _sorted(self, spelling: str, words: str, group: Sequence[int]) -> list[int]:
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
            When they cannot be read, or hold other columns than `schema`.
        """
        self.schema = schema
        self._columns = read_columns(schema.path, data, schema.columns)
        self._rows = len(self._columns[KEY])
        self._compact_keys = _CompactKeys(self._columns[KEY])

    @override
    def __len__(self) -> int:
        return self._rows

    @override
    def row(self, position: int) -> Row:
        fields = {field: self.value(field, position) for field in self.schema.fields}
        return complete(self.schema, fields)

    @override
    def value(self, column: str, position: int) -> object:
        return self._columns[column][position].as_py()

    def column(self, column: str) -> list[object]:
        """Return a whole column, unpacked."""
        return cast("list[object]", self._columns[column].to_pylist())

    def numbers(self, column: str) -> NDArray[np.int64]:
        """Return a whole column of numbers as an array."""
        return self._columns[column].to_numpy()

    @override
    def ranking_page(self, first: int, count: int) -> list[Row]:
        last = min(first + count, self.entries)
        return [self.row(cast("int", self.value(BY_RANK, place))) for place in range(first, last)]

    @property
    @override
    def entries(self) -> int:
        return self._rows - self._columns[BY_RANK].null_count

    @override
    def positions_of_id(self, number: int) -> list[int]:
        order = self._columns[BY_ID]
        ids = self._columns["id"]
        with_id = self._rows - ids.null_count
        found = equal_range(number, with_id, lambda place: ids[order[place].as_py()].as_py())
        return [order[place].as_py() for place in found]

    @override
    def near(self, name: str, budget: Budget) -> list[tuple[Candidate, str]]:
        found = self.suggestion_index.candidates(key(name), budget=budget)
        return [(candidate, self.name(candidate.position)) for candidate in found]

    @override
    def rows_with_key(self, name_key: str) -> range:
        return equal_range(compact(name_key), self._rows, self._compact_keys.__getitem__)

    @override
    def most_voted(self, count: int) -> list[int]:
        votes = cast("list[int]", self.column(VOTES))
        return nlargest(count, range(self._rows), key=votes.__getitem__)

    def starting_with(self, name_key: str) -> range:
        """Return the positions of the entries whose keys start with another, without spaces."""
        prefix = compact(name_key)
        rows, compact_key = range(self._rows), self._compact_keys.__getitem__
        start = bisect_left(rows, prefix, key=compact_key)
        return range(start, bisect_left(rows, prefix + _LAST, start, key=compact_key))

    @cached_property
    def suggestion_index(self) -> SuggestionIndex:
        """The names to suggest from."""
        # Here and not above: only what was mistyped needs it.
        from cartelera.lookup.suggestions import SuggestionIndex  # noqa: PLC0415

        keys, votes = self.column(KEY), self.column(VOTES)
        return SuggestionIndex(cast("list[str]", keys), cast("list[int]", votes))


class _CompactKeys(dict[int, str]):
    """The keys of rows without their spaces: every search begins at the same rows."""

    def __init__(self, keys: Array) -> None:
        super().__init__()
        self._keys = keys

    def __missing__(self, position: int) -> str:
        found = compact(cast("str", self._keys[position].as_py()))
        if len(self) < _KNOWN_KEYS:
            self[position] = found
        return found


def equal_range[Key: (str, int)](value: Key, rows: int, value_of: Callable[[int], Key]) -> range:
    """Return the rows that have a value, such as a compact key, by bisection.

    Parameters
    ----------
    value
        The value to find.
    rows
        The number of rows, which are in order of their values.
    value_of
        Returns a row's value.
    """
    start = end = bisect_left(range(rows), value, key=value_of)
    while end < rows and value_of(end) == value:
        end += 1
    return range(start, end)
