"""The format of tables too large to open: blocks that are read and verified one by one.

A folder of a release has the blocks, one after the other, in packs::

    index        a table: where each block is, what it starts with, and its SHA-256
    0000.pack …  the blocks

The manifest vouches for the index, and the index for each block, so a block read by its range of
bytes can be trusted like a whole file. A block is lines of JSON: a few of them can be parsed
without the others, which no columnar format allows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from cartelera.contract.release_format import table_path
from cartelera.contract.tables import BY_ID, BY_RANK, KEY, POSITION, TableSchema

if TYPE_CHECKING:
    from collections.abc import Container

# Larger tables, which take over 60 ms to open, are written in blocks. The real catalogue has none
# but those of people: for one of them all films would have to be opened, too.
MAX_WHOLE_ROWS = 200_000
MAX_WHOLE_PEOPLE = 10_000
# Rows per block, or a few more: with twice as many a question takes a tenth longer, with half as
# many the index takes twice as long to open.
BLOCK_ROWS = 64
# Ids per block.
BLOCK_IDS = 256
# Names per block, to suggest those beside a mistyped one.
BLOCK_NAMES = 4_096
# The best known names that can be suggested.
MAX_SUGGESTED_NAMES = 200_000

# What a block starts with: a key without its spaces, or a number.
FIRST = "first"
# The number of rows in it and in all blocks before it.
END = "end"
# Its pack's number, its offset and size there in bytes, and their hash.
PACK = "pack"
OFFSET = "offset"
SIZE = "size"
SHA256 = "sha256"
INDEX_COLUMNS = (FIRST, END, PACK, OFFSET, SIZE, SHA256)


def index_path(folder: str) -> str:
    """Return the path of the index of a folder's blocks."""
    return table_path(f"{folder}/index")


def pack_path(folder: str, number: int) -> str:
    """Return the path of a folder's pack.

    Parameters
    ----------
    folder
        A folder of blocks, as `rows_folder` returns it.
    number
        The pack's number, from 0.
    """
    return f"{folder}/{number:04}.pack"


class Sugerencia(TypedDict):
    """A name that can be suggested."""

    nombre: str


def rows_folder(schema: TableSchema[object]) -> str:
    """Return the folder of a table's rows.

    A block's first line has the keys of its rows, each further line the `row_columns` of a row.
    """
    return f"tables/{schema.route}"


def row_columns(schema: TableSchema[object]) -> tuple[str, ...]:
    """Return the columns of a row in a block: all but its key and those of row numbers.

    The values of `films` are the films themselves, each the fields of `FILMACIONES`.
    """
    return tuple(column for column in schema.columns if column not in {KEY, BY_ID, BY_RANK})


def ids_folder(schema: TableSchema[object]) -> str:
    """Return the folder of a table's rows by id; those without one are not in it.

    A block's first line has the ids, in order, and its second line the row of each. Equal ids are
    in one block.
    """
    return f"tables/{schema.route}/{BY_ID}"


def ranking_folder(schema: TableSchema[object]) -> str:
    """Return the folder of a ranking's rows in its order; each line has the fields of a row."""
    return f"tables/{schema.route}/{BY_RANK}"


def names_folder(schema: TableSchema[object]) -> str:
    """Return the folder of a table's names.

    A block's first line has their keys, its second line their votes and its third line the names.
    """
    return f"tables/{schema.route}/nombres"


def names_schema(schema: TableSchema[object]) -> TableSchema[Sugerencia]:
    """Return the schema of a table's best known names, in the order of the table."""
    return TableSchema(f"{schema.route}/nombres", Sugerencia, "nombre", (POSITION,))


def is_partitioned(schema: TableSchema[object], files: Container[str]) -> bool:
    """Return whether a release has a table in blocks.

    Parameters
    ----------
    schema
        The table's schema.
    files
        The paths of the release's files.
    """
    return schema.grows and index_path(rows_folder(schema)) in files
