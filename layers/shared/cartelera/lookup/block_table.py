"""Look-up tables too large to open for one question: only the block with its answer is read.

Such a table is a folder, `tables/<route>/`, of a release, with one more folder for each other way
to look it up; `contract.formats.block_format` says what is in each of them::

    index, 0000.pack …  the rows, in order; entries with the same key are in one block
    by_id/…             tables of films and people: rows by id
    by_rank/…           rankings: the rows again, in the order of the ranking
    nombres/…           the names, in order, to suggest those beside a mistyped one
    nombres             the best known names, to suggest from

A name's block is found by bisection among the blocks' first keys, then the name in the block.
The films of people are in their own rows.
"""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, cast, override

from cartelera.contract.formats.block_format import (
    Sugerencia,
    ids_folder,
    index_path,
    names_folder,
    names_schema,
    ranking_folder,
    row_columns,
    rows_folder,
)
from cartelera.contract.names import compact, key
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.contract.tables import BY_ID, BY_RANK, KEY, POSITION, TableSchema
from cartelera.lookup.blocks import READ_TOGETHER, BlockCache, Blocks, lines_of
from cartelera.lookup.fuzzy import MAX_SUGGESTIONS, Budget
from cartelera.lookup.links import complete
from cartelera.lookup.table import Table, WholeTable, equal_range

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cartelera.lookup.blocks import Loads, ReadRange
    from cartelera.lookup.suggestions import Candidate

# The share of a function's memory for cached blocks.
CACHE_SHARE = 1 / 16


class BlockTable[Row](Table[Row]):
    """A look-up table whose blocks are read when a question needs them, and cached.

    Raises
    ------
    StorageError, UnsoundReleaseError
        Any method: when a block that it needs cannot be read, or is not what the job published.
    """

    def __init__(  # noqa: PLR0913, PLR0917 (where it reads, and limits that a test varies)
        self,
        schema: TableSchema[Row],
        index: bytes,
        read_file: Callable[[str], bytes],
        read_range: ReadRange,
        cache_share: float = CACHE_SHARE,
        read_together: int = READ_TOGETHER,
    ) -> None:
        """Open a table in blocks.

        Parameters
        ----------
        schema
            The table's schema.
        index
            The bytes of the index of its rows.
        read_file, read_range
            Read and verify a file of the release, and read a part of one.
        cache_share
            The share of the function's memory for cached blocks, by their stored size.
        read_together
            How many bytes of blocks are read at a time, or a block more.
        """
        self.schema = schema
        self._read_file = read_file
        self._read_range = read_range
        self._read_together = read_together
        self._cache = BlockCache(cache_share)
        self._blocks = Blocks(rows_folder(schema), index, read_range, read_together)
        self._row_columns = row_columns(schema)
        self._last_block: _RowBlock | None = None
        self._last_row: tuple[int, dict[str, Any]] | None = None

    @override
    def __len__(self) -> int:
        return self._blocks.rows

    @override
    def row(self, position: int) -> Row:
        values = self._values(position)
        return complete(self.schema, {field: values[field] for field in self.schema.fields})

    @override
    def value(self, column: str, position: int) -> object:
        """Return one cell; that of `films` has the films themselves, see `row_columns`."""
        if column == KEY:
            block = self._block_with(position)
            return block.keys[position - block.rows.start]
        return self._values(position)[column]

    @override
    def ranking_page(self, first: int, count: int) -> list[Row]:
        rows = []
        for place in range(first, min(first + count, self.entries)):
            number = self._by_rank.with_row(place)
            lines = self._cache.get(self._by_rank, number, lines_of)
            values = _parse(lines[place - self._by_rank.row_range(number).start])
            fields = dict(zip(self.schema.fields, values, strict=True))
            rows.append(complete(self.schema, fields))
        return rows

    @property
    @override
    def entries(self) -> int:
        return self._by_rank.rows

    @override
    def positions_of_id(self, number: int) -> list[int]:
        if not len(self._by_id):
            return []
        block = self._by_id.with_value(number)
        ids, positions = self._cache.get(self._by_id, block, _parse_lines)
        found = equal_range(number, len(ids), ids.__getitem__)
        return cast("list[int]", positions[found.start : found.stop])

    @override
    def near(self, name: str, budget: Budget) -> list[tuple[Candidate, str]]:
        """Return the nearest of the best known names and of the names beside this one.

        A little known name is suggested only where its beginning is right.
        """
        query = key(name)
        best: dict[str, tuple[Candidate, str]] = {}
        near = {*self._well_known(query, budget), *self._beside(query, budget)}
        for candidate, name_key, suggested in sorted(near):
            best.setdefault(name_key, (candidate, suggested))
            if len(best) == MAX_SUGGESTIONS:
                break
        return list(best.values())

    @override
    def rows_with_key(self, name_key: str) -> range:
        compact_key = compact(name_key)
        block = self._block(self._blocks.with_value(compact_key))
        own = equal_range(compact_key, len(block.keys), lambda row: compact(block.keys[row]))
        return range(block.rows.start + own.start, block.rows.start + own.stop)

    @override
    def most_voted(self, count: int) -> list[int]:
        """Return the positions of the rows with most votes, at most `MAX_SUGGESTED_NAMES`."""
        names = self._known_names
        return [cast("int", names.value(POSITION, row)) for row in names.most_voted(count)]

    def open_all(self, loads: Loads = json.loads, parse_row: Loads = json.loads) -> None:
        """Open every block once, and parse all that is in it.

        Parameters
        ----------
        loads
            A parser of JSON.
        parse_row
            A parser of a row's line, as strict as that or more.
        """
        for number in range(len(self._blocks)):
            # Each alone, and not those beside it for a question to come.
            keys, *lines = lines_of(self._blocks.read(number))
            if not len(self._blocks.row_range(number)) == len(_parse(keys, loads)) == len(lines):
                raise UnsoundReleaseError(f"block {number} of {self._blocks.folder} lacks rows")
            for line in lines:
                _parse(line, parse_row)
        if BY_ID in self.schema.index:
            for number in range(len(self._by_id)):
                _parse_lines(self._by_id.read(number), loads)
        if BY_RANK in self.schema.index:
            self.ranking_page(0, self.entries)
        for number in range(len(self._names)):
            _parse_names(self._names.read(number), loads)
        len(self._known_names)

    @cached_property
    def _by_id(self) -> Blocks:
        return self._blocks_in(ids_folder(self.schema))

    @cached_property
    def _by_rank(self) -> Blocks:
        return self._blocks_in(ranking_folder(self.schema))

    @cached_property
    def _names(self) -> Blocks:
        return self._blocks_in(names_folder(self.schema))

    @cached_property
    def _known_names(self) -> WholeTable[Sugerencia]:
        schema = names_schema(self.schema)
        return WholeTable(schema, self._read_file(schema.path))

    def _blocks_in(self, folder: str) -> Blocks:
        index = self._read_file(index_path(folder))
        return Blocks(folder, index, self._read_range, self._read_together)

    def _well_known(self, query: str, budget: Budget) -> Iterator[tuple[Candidate, str, str]]:
        """Yield candidates, by their positions in the table, with their keys and names."""
        names = self._known_names
        index = names.suggestion_index
        for each in index.candidates(query, budget=budget):
            position = cast("int", names.value(POSITION, each.position))
            name_key = index.keys[each.position]
            yield each._replace(position=position), name_key, names.name(each.position)

    def _beside(self, query: str, budget: Budget) -> Iterator[tuple[Candidate, str, str]]:
        """Yield candidates, as `_well_known` does, of the block in which the query would be."""
        # Here and not above, as in `WholeTable`.
        from cartelera.lookup.suggestions import SuggestionIndex  # noqa: PLC0415

        if len(self._known_names) == len(self):
            return
        number = self._names.with_value(compact(query))
        start = self._names.row_range(number).start
        # Not cached: parsed they are many times as large as in storage.
        keys, votes, names = _parse_names(self._names.read(number))
        for each in SuggestionIndex(keys, votes).candidates(query, budget=budget):
            place = each.position
            yield each._replace(position=start + place), keys[place], names[place]

    def _values(self, position: int) -> dict[str, Any]:
        """Return the columns of a row, most often of the last one."""
        if self._last_row is None or self._last_row[0] != position:
            block = self._block_with(position)
            values = _parse(block.lines[position - block.rows.start])
            self._last_row = position, dict(zip(self._row_columns, values, strict=True))
        return self._last_row[1]

    def _block_with(self, position: int) -> _RowBlock:
        """Return the block of a row, most often the last one."""
        if self._last_block is None or position not in self._last_block.rows:
            return self._block(self._blocks.with_row(position))
        return self._last_block

    def _block(self, number: int) -> _RowBlock:
        def parse(data: bytes) -> _RowBlock:
            keys, *lines = lines_of(data)
            return _RowBlock(self._blocks.row_range(number), _parse(keys), lines)

        self._last_block = self._cache.get(self._blocks, number, parse)
        return self._last_block


class _RowBlock(NamedTuple):
    """An open block of a table's rows: each row is parsed when it is needed."""

    rows: range
    keys: list[str]
    lines: list[bytes]


def _parse(line: bytes, loads: Loads = json.loads) -> list[Any]:
    try:
        return cast("list[Any]", loads(line))
    except (ValueError, RecursionError) as error:
        raise UnsoundReleaseError(f"a block holds no JSON: {error}") from error


def _parse_lines(block: bytes, loads: Loads = json.loads) -> list[list[Any]]:
    return [_parse(line, loads) for line in lines_of(block)]


def _parse_names(block: bytes, loads: Loads = json.loads) -> tuple[list[str], list[int], list[str]]:
    keys, votes, names = _parse_lines(block, loads)
    return keys, votes, names
