"""A table too large to open, in blocks of which each is read and verified by itself.

A folder of a release holds the blocks one after the other in packs, and says where each lies::

    index.parquet  of each block what comes first in it, its place and its SHA-256
    0000.pack …    the blocks

The manifest vouches for the index, and the index for each block, so that a block can be read by
its range of bytes and be trusted no less than a whole file. A block is text, in lines of JSON: a
few of them can be read and the others left, which no format of columns allows.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, cast

from cartelera.layout import check_hash
from cartelera.lookup import read_columns

if TYPE_CHECKING:
    from collections.abc import Callable

    # Returns so many bytes of a file from a place on: the path, the place, how many.
    type ReadRange = Callable[[str, int, int], bytes]

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


class Blocks:
    """The blocks of a folder, in order. Blocks and rows are numbered from 0."""

    def __init__(self, folder: str, index: bytes, read_range: ReadRange) -> None:
        """Open the bytes of a folder's index.

        Raises
        ------
        UnsoundReleaseError
            When they are no parquet, or hold other columns.
        """
        self.folder = folder
        self._columns = read_columns(index_path(folder), index, INDEX_COLUMNS)
        self._read_range = read_range

    def __len__(self) -> int:
        return len(self._columns[END])

    @property
    def rows(self) -> int:
        """How many rows there are in all blocks."""
        return self._end(len(self) - 1)

    def rows_of(self, number: int) -> range:
        """Return the rows of a block."""
        return range(self._end(number - 1) if number else 0, self._end(number))

    def of_row(self, row: int) -> int:
        """Return the block that holds a row."""
        ends = self._columns[END]
        return bisect_right(range(len(self)), row, key=lambda number: ends[number].as_py())

    def of(self, value: str | int) -> int:
        """Return the block that holds a value, if any does.

        It is the last one whose first is not beyond it; the first one for what is before all.
        """
        first = self._columns[FIRST]
        after = bisect_right(range(len(self)), value, key=lambda number: first[number].as_py())
        return max(0, after - 1)

    def read(self, number: int) -> bytes:
        """Return a block.

        Raises
        ------
        StorageError, UnsoundReleaseError
            When it cannot be read, or is not what the job published.
        """
        pack, offset, size, digest = (
            self._columns[column][number].as_py() for column in (PACK, OFFSET, SIZE, SHA256)
        )
        path = pack_path(self.folder, pack)
        data = self._read_range(path, offset, size)
        check_hash(f"{path}, {size:,} bytes from {offset:,} on", data, digest.hex())
        return data

    def _end(self, number: int) -> int:
        return cast("int", self._columns[END][number].as_py())
