"""A table too large to open, in blocks of which each is read and verified by itself.

A folder of a release holds the blocks one after the other in packs, and says where each lies::

    index.parquet  of each block what comes first in it, its place and its SHA-256
    0000.pack …    the blocks

The manifest vouches for the index, and the index for each block, so that a block can be read by
its range of bytes and be trusted no less than a whole file. A block is text, in lines of JSON: a
few of them can be read and the others left, which no format of columns allows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from cartelera.contract.tables import BY_ID, BY_RANK, GROWING, KEY, POSITION, TableSchema

if TYPE_CHECKING:
    from collections.abc import Container

# A table of more rows than these, which take some 60 ms to open, is partitioned. The real
# catalogue has none: its 192,000 actors are the most.
MAX_WHOLE_ROWS = 200_000
# So many rows or a few more are in one block: with twice as many a question takes a tenth longer,
# and with half as many it takes twice as long to open the index.
BLOCK_ROWS = 64
# The ids of so many films are in one block.
BLOCK_IDS = 256
# So many names are in one block of those that are suggested beside a mistyped one.
BLOCK_NAMES = 4_096
# So many of the best known names can be suggested.
MAX_SUGGESTED_NAMES = 200_000

# What comes first in a block: a key without its spaces, or a number.
FIRST = "first"
# How many rows are in it and in all blocks before it.
END = "end"
# Its pack's number, its first byte there, how many it has, and their hash.
PACK = "pack"
OFFSET = "offset"
SIZE = "size"
SHA256 = "sha256"
INDEX_COLUMNS = (FIRST, END, PACK, OFFSET, SIZE, SHA256)


def index_path(folder: str) -> str:
    """Return where the index of a folder's blocks lies in a release."""
    return f"{folder}/index.parquet"


def pack_path(folder: str, number: int) -> str:
    """Return where a pack of a folder lies in a release."""
    return f"{folder}/{number:04}.pack"


class Sugerencia(TypedDict):
    """A name that can be suggested."""

    nombre: str


def rows_folder(schema: TableSchema[object]) -> str:
    """Return where the blocks of a table lie in a release.

    A block's first line has the keys of its rows, and each further one the `row_columns` of a row.
    """
    return f"tables/{schema.route}"


def row_columns(schema: TableSchema[object]) -> tuple[str, ...]:
    """Return the columns of a row in a block: all but its key and those that name rows.

    Where `films` would name them stand the films themselves, each the fields of `FILMACIONES`.
    """
    return tuple(column for column in schema.columns if column not in {KEY, BY_ID, BY_RANK})


def ids_folder(schema: TableSchema[object]) -> str:
    """Return where the blocks of a film table's rows by id lie.

    A block's first line has the ids, in order, and its second the row of each.
    """
    return f"tables/{schema.route}/{BY_ID}"


def ranking_folder(schema: TableSchema[object]) -> str:
    """Return where the blocks of a ranking in its order lie; each line has the fields of a row."""
    return f"tables/{schema.route}/{BY_RANK}"


def names_folder(schema: TableSchema[object]) -> str:
    """Return where the blocks of all names lie.

    A block's first line has their keys, its second their votes and its third the names.
    """
    return f"tables/{schema.route}/nombres"


def names_schema(schema: TableSchema[object]) -> TableSchema[Sugerencia]:
    """Return what is in the best known names, which are in the order of the table."""
    return TableSchema(f"{schema.route}/nombres", Sugerencia, "nombre", (POSITION,))


def is_partitioned(schema: TableSchema[object], files: Container[str]) -> bool:
    """Tell whether a table lies in blocks in a release of these files."""
    return schema in GROWING and index_path(rows_folder(schema)) in files
