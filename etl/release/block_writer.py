"""Large look-up tables, written in blocks: see `cartelera.contract.block_format`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa

from cartelera.contract.block_format import (
    BLOCK_IDS,
    BLOCK_NAMES,
    BLOCK_ROWS,
    INDEX_COLUMNS,
    MAX_SUGGESTED_NAMES,
    MAX_WHOLE_ROWS,
    ids_folder,
    index_path,
    names_folder,
    names_schema,
    pack_path,
    ranking_folder,
    row_columns,
    rows_folder,
)
from cartelera.contract.names import compact
from cartelera.contract.tables import (
    BY_ID,
    BY_RANK,
    FILMACIONES,
    FILMS,
    GROWING,
    KEY,
    POSITION,
    VOTES,
)
from etl.release.publish import ReleaseFile
from etl.tables.rows import BestKnown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cartelera.contract.tables import TableSchema

    type File = tuple[str, pa.Table | ReleaseFile]

# What is held in memory to write a pack, and to verify it.
PACK_BYTES = 32_000_000
_GROWING = {schema.path: schema for schema in GROWING}
_PLACES = (pa.int64(), pa.int32(), pa.int32(), pa.int32(), pa.binary(32))


@dataclass(frozen=True, slots=True)
class BlockSizes:
    """Which tables are written in blocks, and how large blocks and packs are.

    Attributes
    ----------
    most_rows
        How many rows a table in one file may have; one with more is written in blocks.
    block_rows
        How many rows a block has, or a few more: of equal keys all are in one.
    block_ids
        How many ids of films a block of them has.
    block_names
        How many names a block of them has, or a few more, as with rows.
    most_names
        How many of a table's best known names can be suggested.
    pack_bytes
        How many bytes a pack may have; a single block that has more is one by itself.
    """

    most_rows: int = MAX_WHOLE_ROWS
    block_rows: int = BLOCK_ROWS
    block_ids: int = BLOCK_IDS
    block_names: int = BLOCK_NAMES
    most_names: int = MAX_SUGGESTED_NAMES
    pack_bytes: int = PACK_BYTES


DEFAULT_BLOCK_SIZES = BlockSizes()


def partition(
    tables: Iterable[tuple[str, pa.Table]], sizes: BlockSizes = DEFAULT_BLOCK_SIZES
) -> Iterator[File]:
    """Yield look-up tables as they come, but those that grow and have too many rows in packs.

    Parameters
    ----------
    tables
        Those of `build_tables`, whose pieces have the same path, in its order: the films of
        filmographies before the people. Of the people no more than some pieces are held.
    sizes
        How many rows are too many, and how large blocks and packs are.

    Yields
    ------
    tuple of str and pa.Table or ReleaseFile
        A path in the release, and what lies there.
    """
    films = pa.table({})
    for path, group in groupby(tables, key=itemgetter(0)):
        pieces = (piece for _, piece in group)
        # Those that may become more rows than most.
        begun = list(_begin(pieces, sizes.most_rows))
        if path in _GROWING and sum(map(len, begun)) > sizes.most_rows:
            yield from _in_blocks(_GROWING[path], chain(begun, pieces), films, sizes)
            continue
        # In one piece: where pieces met would show in how the file is laid out.
        table = pa.concat_tables(chain(begun, pieces)).combine_chunks()
        if path == FILMACIONES.path:
            films = table
        yield path, table


def _begin(pieces: Iterator[pa.Table], most_rows: int) -> Iterator[pa.Table]:
    rows = 0
    while rows <= most_rows and (piece := next(pieces, None)) is not None:
        rows += len(piece)
        yield piece


def _in_blocks(
    schema: TableSchema[Any], pieces: Iterable[pa.Table], films: pa.Table, sizes: BlockSizes
) -> Iterator[File]:
    if not schema.people:
        # Their order by id or rank is that of the whole.
        table = pa.concat_tables(pieces)
        if schema.films:
            yield from _by_id(schema, table, sizes)
        if BY_RANK in schema.index:
            yield from _by_rank(schema, table, sizes)
        pieces = [table]
    blocks = _Packs(rows_folder(schema), pa.string(), sizes.pack_bytes)
    names = _Packs(names_folder(schema), pa.string(), sizes.pack_bytes)
    known = BestKnown(sizes.most_names)
    for run in _cut(pieces, sizes.block_names):
        called = [run[column].to_pylist() for column in (KEY, VOTES, schema.name)]
        known.add(_named(schema, run, names.rows))
        yield from names.add(compact(called[0][0]), len(run), called)
        rows = _rows(schema, run, films)
        start = 0
        for block in _cut([run], sizes.block_rows):
            own = slice(start, start + len(block))
            keys = called[0][own]
            yield from blocks.add(compact(keys[0]), len(block), [keys, *rows[own]])
            start = own.stop
    yield from blocks.end()
    yield from names.end()
    yield names_schema(schema).path, known.rows()


def _named(schema: TableSchema[Any], run: pa.Table, start: int) -> pa.Table:
    """Return the names of rows of a table, the first of which is at `start`."""
    named = names_schema(schema)
    positions = pa.array(np.arange(start, start + len(run)))
    columns = {KEY: run[KEY], VOTES: run[VOTES], POSITION: positions, named.name: run[schema.name]}
    return pa.table(columns).select(named.columns)


def _rows(schema: TableSchema[Any], run: pa.Table, films: pa.Table) -> list[tuple[object, ...]]:
    """Return the `row_columns` of rows of a table."""
    columns = (
        _films(run[FILMS], films) if column == FILMS else run[column].to_pylist()
        for column in row_columns(schema)
    )
    return list(zip(*columns, strict=True))


def _films(lists: pa.ChunkedArray, films: pa.Table) -> list[list[tuple[object, ...]]]:
    """Return the fields of the films that are named by lists of their rows."""
    rows = lists.combine_chunks()
    theirs = films.select(FILMACIONES.fields).take(rows.flatten()).to_pydict()
    each = list(zip(*theirs.values(), strict=True))
    ends = np.cumsum(rows.value_lengths().to_numpy()).tolist()
    return [each[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]


def _cut(pieces: Iterable[pa.Table], most: int) -> Iterator[pa.Table]:
    """Yield runs of so many rows or a few more: of equal keys all are in one."""
    rest: pa.Table | None = None
    for piece in pieces:
        table = piece if rest is None else pa.concat_tables([rest, piece])
        start = 0
        while (end := _next_key(table[KEY], start + most)) < len(table):
            yield table.slice(start, end - start)
            start = end
        rest = table.slice(start)
    if rest is not None and len(rest):
        yield rest


def _next_key(keys: pa.ChunkedArray, at: int) -> int:
    """Return the first row from `at` on whose key is not that of the row before it."""
    while at < len(keys) and compact(keys[at].as_py()) == compact(keys[at - 1].as_py()):
        at += 1
    return at


def _by_id(schema: TableSchema[Any], table: pa.Table, sizes: BlockSizes) -> Iterator[File]:
    packs = _Packs(ids_folder(schema), pa.int64(), sizes.pack_bytes)
    positions = table[BY_ID].to_numpy()
    ids = table["id"].to_numpy()[positions]
    for start in range(0, len(ids), sizes.block_ids):
        own = slice(start, start + sizes.block_ids)
        lines = [ids[own].tolist(), positions[own].tolist()]
        yield from packs.add(lines[0][0], len(lines[0]), lines)
    yield from packs.end()


def _by_rank(schema: TableSchema[Any], table: pa.Table, sizes: BlockSizes) -> Iterator[File]:
    packs = _Packs(ranking_folder(schema), pa.int64(), sizes.pack_bytes)
    order = table[BY_RANK].drop_null()
    rows = table.select(schema.fields)
    for start in range(0, len(order), sizes.block_rows):
        ranked = rows.take(order.slice(start, sizes.block_rows)).to_pydict().values()
        lines = list(zip(*ranked, strict=True))
        yield from packs.add(start, len(lines), lines)
    yield from packs.end()


class _Packs:
    """The packs of a folder and their index, as blocks come.

    Attributes
    ----------
    rows
        How many have come.
    """

    def __init__(self, folder: str, first: pa.DataType, pack_bytes: int) -> None:
        """Start the packs of a folder.

        Parameters
        ----------
        folder
            Where they lie in the release.
        first
            The type of what comes first in a block.
        pack_bytes
            How many bytes a pack may have, unless it is one block.
        """
        self.rows = 0
        self._folder = folder
        self._pack_bytes = pack_bytes
        self._schema = pa.schema(list(zip(INDEX_COLUMNS, (first, *_PLACES), strict=True)))
        self._index: list[tuple[Any, ...]] = []
        self._encoder = msgspec.json.Encoder()
        self._number = 0
        self._pack = bytearray()
        self._pack_rows = 0

    def add(self, first: str | int, rows: int, lines: list[Any]) -> Iterator[File]:
        """Add a block of so many rows; yield the pack before it when that is full."""
        # Without the last end of line, after which a reader would find one more.
        block = self._encoder.encode_lines(lines)[:-1]
        if self._pack and len(self._pack) + len(block) > self._pack_bytes:
            yield self._end_pack()
        self.rows += rows
        digest = hashlib.sha256(block).digest()
        self._index.append((first, self.rows, self._number, len(self._pack), len(block), digest))
        self._pack += block
        self._pack_rows += rows

    def end(self) -> Iterator[File]:
        """Yield the last pack, and the index."""
        yield self._end_pack()
        columns = dict(zip(INDEX_COLUMNS, zip(*self._index, strict=True), strict=True))
        yield index_path(self._folder), pa.table(columns, schema=self._schema)

    def _end_pack(self) -> File:
        pack = ReleaseFile(bytes(self._pack), self._pack_rows)
        path = pack_path(self._folder, self._number)
        self._number += 1
        self._pack, self._pack_rows = bytearray(), 0
        return path, pack
