"""Writes large look-up tables in blocks, as `contract.formats.block_format` describes."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.formats import block_format
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
from etl.release.files import ReleaseFile
from etl.tables.rows import BestKnown, id_order

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from cartelera.contract.tables import TableSchema

    type File = tuple[str, pa.Table | ReleaseFile]
    type WriteBlocks = Callable[
        [TableSchema[Any], Iterable[pa.Table], pa.Table, BlockSizes], Iterable[File]
    ]

# The most bytes of a pack, unless it has a single block: what is in memory to write or verify it.
_PACK_BYTES = 32_000_000
# Between the films of somebody, as Arrow has it.
_BETWEEN = pa.scalar(b",", pa.large_binary())
# Films that become Python objects at a time.
_FILMS_AT_ONCE = 8_192
_GROWING = {schema.path: schema for schema in GROWING}
_PLACE_TYPES = (pa.int64(), pa.int32(), pa.int32(), pa.int32(), pa.binary(32))


@dataclass(frozen=True, slots=True)
class BlockSizes:
    """Which tables are written in blocks, and how large those are: see `block_format`."""

    most_rows: int = block_format.MAX_WHOLE_ROWS
    most_people: int = block_format.MAX_WHOLE_PEOPLE
    block_rows: int = block_format.BLOCK_ROWS
    block_ids: int = block_format.BLOCK_IDS
    block_names: int = block_format.BLOCK_NAMES
    most_names: int = block_format.MAX_SUGGESTED_NAMES
    pack_bytes: int = _PACK_BYTES


DEFAULT_BLOCK_SIZES = BlockSizes()
_ENCODER = msgspec.json.Encoder()


def write_blocks(
    schema: TableSchema[Any], pieces: Iterable[pa.Table], films: pa.Table, sizes: BlockSizes
) -> Iterator[File]:
    """Yield the files of a table in blocks.

    Parameters
    ----------
    schema, pieces
        The table, and its rows in order; no more than a few pieces of people are in memory.
    films
        `FILMACIONES` of all films, if it is a table of people.
    sizes
        How large blocks are.

    Yields
    ------
    tuple of str and pa.Table or ReleaseFile
        A path in the release, and what lies there.
    """
    if not schema.people:
        # The order by rank is that of the whole table.
        table = pa.concat_tables(pieces)
        if BY_RANK in schema.index:
            yield from _by_rank(schema, table, sizes)
        pieces = [table]
    rows = PackWriter(block_format.rows_folder(schema), pa.string(), sizes.pack_bytes)
    names = PackWriter(block_format.names_folder(schema), pa.string(), sizes.pack_bytes)
    suggested = BestKnown(sizes.most_names)
    film_lines = _film_lines(films) if schema.people else pa.array([], pa.large_binary())
    ids: list[pa.Array] = []
    for run in _runs(pieces, sizes.block_names):
        columns = [run[column].to_pylist() for column in (KEY, VOTES, schema.name)]
        suggested.add(_names(schema, run, names.rows))
        if BY_ID in schema.index:
            ids += run["id"].chunks
        yield from names.add(compact(columns[0][0]), len(run), columns)
        lines = _row_lines(schema, run, film_lines)
        start = 0
        for block in _runs([run], sizes.block_rows):
            own = slice(start, start + len(block))
            keys = columns[0][own]
            yield from rows.add(compact(keys[0]), len(block), [keys, *lines[own]])
            start = own.stop
    yield from rows.end()
    yield from names.end()
    if ids:
        yield from _by_id(schema, pa.chunked_array(ids), sizes)
    yield block_format.names_schema(schema).path, suggested.rows()


def split_into_blocks(
    tables: Iterable[tuple[str, pa.Table]],
    sizes: BlockSizes = DEFAULT_BLOCK_SIZES,
    write: WriteBlocks = write_blocks,
) -> Iterator[File]:
    """Yield look-up tables as they are, but those that grow and have too many rows in packs.

    Parameters
    ----------
    tables
        Those of `build_tables`, in its order: the films of filmographies before the people. The
        pieces of a table have the same path. No more than a few pieces of people are in memory.
    sizes
        Which tables are in blocks.
    write
        Returns the files of those; it reads their pieces at once.

    Yields
    ------
    tuple of str and pa.Table or ReleaseFile
        A path in the release, and what lies there.
    """
    films = pa.table({})
    for path, group in groupby(tables, key=itemgetter(0)):
        pieces = (piece for _, piece in group)
        people = path in _GROWING and _GROWING[path].people
        most_rows = min(sizes.most_rows, sizes.most_people) if people else sizes.most_rows
        first = list(_first_pieces(pieces, most_rows))
        if path in _GROWING and sum(map(len, first)) > most_rows:
            yield from write(_GROWING[path], chain(first, pieces), films, sizes)
            continue
        # In one piece: where pieces met would show in how the file is laid out.
        table = pa.concat_tables(chain(first, pieces)).combine_chunks()
        if people:
            # Each piece has its own.
            place = table.schema.get_field_index(BY_ID)
            order = pa.array(id_order(table["id"]))
            table = table.set_column(place, table.schema.field(place), order)
        if path == FILMACIONES.path:
            films = table
        yield path, table


def _first_pieces(pieces: Iterator[pa.Table], most_rows: int) -> Iterator[pa.Table]:
    """Take pieces until they have more than `most_rows` rows, or there are no more."""
    rows = 0
    while rows <= most_rows and (piece := next(pieces, None)) is not None:
        rows += len(piece)
        yield piece


def _names(schema: TableSchema[Any], run: pa.Table, start: int) -> pa.Table:
    """Return the `names_schema` of rows of a table, the first of which is at `start`."""
    names = block_format.names_schema(schema)
    positions = pa.array(np.arange(start, start + len(run)))
    columns = {KEY: run[KEY], VOTES: run[VOTES], POSITION: positions, names.name: run[schema.name]}
    return pa.table(columns).select(names.columns)


def _row_lines(
    schema: TableSchema[Any], run: pa.Table, film_lines: pa.Array
) -> list[tuple[object, ...]]:
    """Return the `row_columns` of rows of a table."""
    columns = (
        _lines_of(run[FILMS], film_lines) if column == FILMS else run[column].to_pylist()
        for column in block_format.row_columns(schema)
    )
    return list(zip(*columns, strict=True))


def _film_lines(films: pa.Table) -> pa.Array:
    """Return the fields of each film of filmographies as JSON, which is written many times."""
    lines = []
    for batch in films.select(FILMACIONES.fields).to_batches(_FILMS_AT_ONCE):
        fields = list(zip(*batch.to_pydict().values(), strict=True))
        lines.append(pa.array(encode_lines(fields).split(b"\n"), pa.large_binary()))
    return pa.chunked_array(lines, pa.large_binary()).combine_chunks()


def _lines_of(lists: pa.ChunkedArray, film_lines: pa.Array) -> list[msgspec.Raw]:
    """Return lists of films as JSON, given those of their rows."""
    rows = lists.combine_chunks()
    starts = pa.array(np.r_[0, np.cumsum(rows.value_lengths().to_numpy())], pa.int32())
    films = pa.ListArray.from_arrays(starts, film_lines.take(rows.flatten()))
    return [msgspec.Raw(b"[%b]" % each) for each in pc.binary_join(films, _BETWEEN).to_pylist()]


def _runs(pieces: Iterable[pa.Table], size: int) -> Iterator[pa.Table]:
    """Cut a table into runs of `size` rows, or a few more: equal keys are all in one run."""
    rest: pa.Table | None = None
    for piece in pieces:
        table = piece if rest is None else pa.concat_tables([rest, piece])
        start = 0
        while (end := _next_key(table[KEY], start + size)) < len(table):
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


def _by_id(schema: TableSchema[Any], column: pa.ChunkedArray, sizes: BlockSizes) -> Iterator[File]:
    packs = PackWriter(block_format.ids_folder(schema), pa.int64(), sizes.pack_bytes)
    positions = id_order(column)[: len(column) - column.null_count]
    ids = column.take(pa.array(positions)).to_pylist()
    start = 0
    while start < len(ids):
        end = start + sizes.block_ids
        while end < len(ids) and ids[end] == ids[end - 1]:
            end += 1
        lines = [ids[start:end], positions[start:end].tolist()]
        yield from packs.add(ids[start], len(lines[0]), lines)
        start = end
    yield from packs.end()


def _by_rank(schema: TableSchema[Any], table: pa.Table, sizes: BlockSizes) -> Iterator[File]:
    packs = PackWriter(block_format.ranking_folder(schema), pa.int64(), sizes.pack_bytes)
    order = table[BY_RANK].drop_null()
    rows = table.select(schema.fields)
    for start in range(0, len(order), sizes.block_rows):
        ranked = rows.take(order.slice(start, sizes.block_rows)).to_pydict().values()
        lines = list(zip(*ranked, strict=True))
        yield from packs.add(start, len(lines), lines)
    yield from packs.end()


def encode_lines(lines: list[Any]) -> bytes:
    """Return lines of JSON as they lie in a block."""
    # Without the last end of line, after which a reader would find one more.
    return _ENCODER.encode_lines(lines)[:-1]


class FilmLinesWriter:
    """Writes a line of JSON for each film in blocks, as the films come."""

    def __init__(self, folder: str, sizes: BlockSizes = DEFAULT_BLOCK_SIZES) -> None:
        """Begin a folder.

        Parameters
        ----------
        folder
            The folder in the release.
        sizes
            How large blocks and packs are.
        """
        self._packs = PackWriter(folder, pa.int64(), sizes.pack_bytes)
        self._block_rows = sizes.block_rows
        # Less than a block: blocks are the same in whatever pieces the films come.
        self._waiting: list[object] = []

    def add(self, lines: Sequence[object]) -> Iterator[File]:
        """Add what the lines of the next films hold; yield the packs that are full."""
        self._waiting += lines
        while len(self._waiting) >= self._block_rows:
            yield from self._write()

    def end(self) -> Iterator[File]:
        """Yield the last pack, and the index."""
        if self._waiting:
            yield from self._write()
        yield from self._packs.end()

    def _write(self) -> Iterator[File]:
        lines = self._waiting[: self._block_rows]
        del self._waiting[: self._block_rows]
        yield from self._packs.add(self._packs.rows, len(lines), lines)


class PackWriter:
    """Writes the packs of a folder and their index; `rows` counts what has been added."""

    def __init__(self, folder: str, first_type: pa.DataType, pack_bytes: int) -> None:
        """Begin a folder.

        Parameters
        ----------
        folder
            The folder in the release.
        first_type
            The type of what comes first in a block.
        pack_bytes
            The most bytes of a pack, unless it has a single block.
        """
        self.rows = 0
        self._folder = folder
        self._pack_bytes = pack_bytes
        types = (first_type, *_PLACE_TYPES)
        self._schema = pa.schema(zip(block_format.INDEX_COLUMNS, types, strict=True))
        self._index: list[tuple[Any, ...]] = []
        self._number = 0
        # The blocks of the pack, and how many bytes and rows those are.
        self._pack: list[bytes] = []
        self._size = 0
        self._pack_rows = 0

    def add(self, first: str | int, rows: int, lines: list[Any]) -> Iterator[File]:
        """Add a block of `rows` rows; yield the pack before it when that is full."""
        yield from self.add_block(first, rows, encode_lines(lines))

    def add_block(self, first: str | int, rows: int, block: bytes) -> Iterator[File]:
        """Do what `add` does, given the block as `encode_lines` makes it."""
        if self._pack and self._size + len(block) > self._pack_bytes:
            yield self._end_pack()
        self.rows += rows
        digest = hashlib.sha256(block).digest()
        self._index.append((first, self.rows, self._number, self._size, len(block), digest))
        self._pack.append(block)
        self._size += len(block)
        self._pack_rows += rows

    def end(self) -> Iterator[File]:
        """Yield the last pack, and the index."""
        yield self._end_pack()
        # In a table where nobody has an id there is none.
        columns = list(zip(*self._index, strict=True)) or [()] * len(self._schema)
        yield block_format.index_path(self._folder), pa.table(columns, schema=self._schema)

    def _end_pack(self) -> File:
        pack = ReleaseFile(b"".join(self._pack), self._pack_rows)
        path = block_format.pack_path(self._folder, self._number)
        self._number += 1
        self._pack, self._size, self._pack_rows = [], 0, 0
        return path, pack
