"""Look-up tables too large to open for one question: only the block that holds its answer is read.

Such a table is a folder, `tables/<route>/`, of a release, with one folder more for each other way
in which it is asked; see `cartelera.lookup.blocks` for what is in each of them::

    index, 0000.pack …  its rows, in order; of entries with the same key all in one block
    by_id/…             film tables: rows by the id of the film
    by_rank/…           rankings: the rows again, the first entry of the ranking first
    nombres/…           the names, in order, to suggest those beside a mistyped one
    nombres             the best known names, to suggest from

A name's block is found by bisection among what comes first in each, then the name in the block.
The films of people stand in their own rows.
"""

from __future__ import annotations

import json
import os
from bisect import bisect_left
from collections import OrderedDict
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from cartelera.contract.block_format import (
    Conocido,
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
from cartelera.contract.tables import (
    BY_RANK,
    FILMACIONES,
    KEY,
    POSITION,
    TableSchema,
)
from cartelera.lookup.blocks import Blocks
from cartelera.lookup.suggestions import LIMIT, Names, ranked
from cartelera.lookup.table import Table, WholeTable, run_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cartelera.contract.tables import Filmacion
    from cartelera.lookup.blocks import ReadRange
    from cartelera.lookup.suggestions import Near

# Of a function's memory this share is for blocks, as they lie in storage.
KEPT_SHARE = 1 / 16
_MEMORY_VARIABLE = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
_USUAL_MEMORY_MB = 1_024


class BlockTable[Row](Table[Row]):
    """A look-up table whose blocks are read when a question needs them, and kept for a while.

    Raises
    ------
    StorageError, UnsoundReleaseError
        Whatever is asked of it: when something that it takes cannot be read, or is not what the
        job published.
    """

    def __init__(
        self,
        schema: TableSchema[Row],
        index: bytes,
        read_file: Callable[[str], bytes],
        read_range: ReadRange,
        kept_share: float = KEPT_SHARE,
    ) -> None:
        """Open a table in blocks.

        Parameters
        ----------
        schema
            The table's.
        index
            The bytes of the index of its rows.
        read_file
            Reads and verifies a file of the release.
        read_range
            Reads a part of one.
        kept_share
            Of the function's memory, the share that its open blocks may take, by their bytes in
            storage.
        """
        self.schema = schema
        self._read_file = read_file
        self._read_range = read_range
        self._kept = _Kept(kept_share)
        self._blocks = Blocks(rows_folder(schema), index, read_range)
        self._row_columns = row_columns(schema)
        self._last: _Rows | None = None
        self._last_row: tuple[int, dict[str, Any]] | None = None

    def __len__(self) -> int:
        """See `Table`."""
        return self._blocks.rows

    def row(self, position: int) -> Row:
        """See `Table`."""
        values = self._values(position)
        return cast("Row", {field: values[field] for field in self.schema.fields})

    def value(self, column: str, position: int) -> object:
        """See `Table`; of `films` it is the films themselves, see `films`."""
        if column == KEY:
            block = self._holding(position)
            return block.keys[position - block.rows.start]
        return self._values(position)[column]

    def ranked(self, first: int, count: int) -> list[Row]:
        """See `Table`."""
        rows = []
        for place in range(first, min(first + count, self.entries)):
            number = self._by_rank.of_row(place)
            lines = self._kept.open(self._by_rank, number, _lines)
            values = _parsed(lines[place - self._by_rank.rows_of(number).start])
            rows.append(cast("Row", dict(zip(self.schema.fields, values, strict=True))))
        return rows

    @property
    def entries(self) -> int:
        """See `Table`."""
        return self._by_rank.rows

    def position_of_id(self, film_id: int) -> int | None:
        """See `Table`."""
        ids, positions = self._kept.open(self._by_id, self._by_id.of(film_id), _parsed_lines)
        place = bisect_left(ids, film_id)
        if place == len(ids) or ids[place] != film_id:
            return None
        return cast("int", positions[place])

    def suggestions(self, name: str) -> list[str]:
        """See `Table`.

        The best known names are looked through, and those beside which this one would stand:
        of a little known name the beginning must be right.
        """
        asked = key(name)
        best: dict[str, str] = {}
        for suggested in sorted({*self._near_known(asked), *self._near_beside(asked)}):
            best.setdefault(suggested.key, suggested.name)
            if len(best) == LIMIT:
                break
        return list(dict.fromkeys(best.values()))

    def of_key(self, name_key: str) -> range:
        """See `Table`."""
        wanted = compact(name_key)
        block = self._open(self._blocks.of(wanted))
        own = run_of(wanted, len(block.keys), lambda row: compact(block.keys[row]))
        return range(block.rows.start + own.start, block.rows.start + own.stop)

    def best_known(self, count: int) -> list[int]:
        """See `Table`; of the `MOST_NAMES` best known."""
        known = self._known
        return [cast("int", known.value(POSITION, row)) for row in known.best_known(count)]

    def open_all(self) -> None:
        """Open every block once, and parse all that is in it."""
        for number in range(len(self._blocks)):
            rows, keys, lines = self._open(number)
            if not len(rows) == len(keys) == len(lines):
                raise UnsoundReleaseError(f"block {number} of {self._blocks.folder} lacks rows")
            _parsed(b"[" + b",".join(lines) + b"]")
        if self.schema.films:
            for number in range(len(self._by_id)):
                _parsed_lines(self._by_id.read(number))
        if BY_RANK in self.schema.index:
            self.ranked(0, self.entries)
        for number in range(len(self._names)):
            self._beside(number)
        len(self._known)

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
    def _known(self) -> WholeTable[Conocido]:
        schema = names_schema(self.schema)
        return WholeTable(schema, self._read_file(schema.path))

    def _blocks_in(self, folder: str) -> Blocks:
        return Blocks(folder, self._read_file(index_path(folder)), self._read_range)

    def _near_known(self, asked: str) -> Iterator[_Suggested]:
        known = self._known
        for near in ranked(asked, known.names):
            position = cast("int", known.value(POSITION, near.position))
            name_key = known.names.keys[near.position]
            yield _Suggested(near._replace(position=position), name_key, known.name(near.position))

    def _near_beside(self, asked: str) -> Iterator[_Suggested]:
        if len(self._known) == len(self):
            return
        number = self._names.of(compact(asked))
        start = self._names.rows_of(number).start
        keys, votes, names = self._beside(number)
        for near in ranked(asked, Names(keys, votes)):
            position = start + near.position
            yield _Suggested(
                near._replace(position=position), keys[near.position], names[near.position]
            )

    def _beside(self, number: int) -> tuple[list[str], list[int], list[str]]:
        # Not kept: opened they are many times as large as in storage.
        keys, votes, names = _parsed_lines(self._names.read(number))
        return keys, votes, names

    def _values(self, position: int) -> dict[str, Any]:
        """Return the columns of a row, most often of the one that was needed last."""
        if self._last_row is None or self._last_row[0] != position:
            block = self._holding(position)
            values = _parsed(block.lines[position - block.rows.start])
            self._last_row = position, dict(zip(self._row_columns, values, strict=True))
        return self._last_row[1]

    def _holding(self, position: int) -> _Rows:
        """Return the block of a row, most often the one that was needed last."""
        if self._last is None or position not in self._last.rows:
            return self._open(self._blocks.of_row(position))
        return self._last

    def _open(self, number: int) -> _Rows:
        def parse(data: bytes) -> _Rows:
            keys, *lines = _lines(data)
            return _Rows(self._blocks.rows_of(number), _parsed(keys), lines)

        self._last = self._kept.open(self._blocks, number, parse)
        return self._last


class Films:
    """The films of people in a partitioned table."""

    def row(self, film: list[object]) -> Filmacion:
        """Return a film of somebody's `films`."""
        return cast("Filmacion", dict(zip(FILMACIONES.fields, film, strict=True)))


class _Rows(NamedTuple):
    """A block of a table's rows as it is opened: each row is parsed when it is needed."""

    rows: range
    keys: list[str]
    lines: list[bytes]


class _Suggested(NamedTuple):
    """A name that is near what was asked; its position is that in the table."""

    near: Near
    key: str
    name: str


class _Kept:
    """Blocks of a table, of which those that were needed last are kept open."""

    def __init__(self, share: float) -> None:
        self._open: OrderedDict[tuple[str, int], tuple[int, Any]] = OrderedDict()
        megabytes = int(os.environ.get(_MEMORY_VARIABLE, _USUAL_MEMORY_MB))
        self._room = int(megabytes * 1_000_000 * share)

    def open[Opened](self, blocks: Blocks, number: int, parse: Callable[[bytes], Opened]) -> Opened:
        """Return a block as it is parsed."""
        place = blocks.folder, number
        if place in self._open:
            self._open.move_to_end(place)
            return cast("Opened", self._open[place][1])
        data = blocks.read(number)
        opened = parse(data)
        self._open[place] = len(data), opened
        self._room -= len(data)
        # The last one stays, however large it is.
        while self._room < 0 and len(self._open) > 1:
            size, _ = self._open.popitem(last=False)[1]
            self._room += size
        return opened


def _lines(block: bytes) -> list[bytes]:
    return block.split(b"\n")


def _parsed(line: bytes) -> list[Any]:
    try:
        return cast("list[Any]", json.loads(line))
    except (ValueError, RecursionError) as error:
        raise UnsoundReleaseError(f"a block holds no JSON: {error}") from error


def _parsed_lines(block: bytes) -> list[list[Any]]:
    return [_parsed(line) for line in _lines(block)]
