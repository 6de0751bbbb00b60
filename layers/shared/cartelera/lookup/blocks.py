"""Blocks of a table that is too large to open, each read and verified by itself."""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, cast

from cartelera.contract.block_format import (
    END,
    FIRST,
    INDEX_COLUMNS,
    OFFSET,
    PACK,
    SHA256,
    SIZE,
    index_path,
    pack_path,
)
from cartelera.contract.release_format import check_hash
from cartelera.lookup.table import read_columns

if TYPE_CHECKING:
    from collections.abc import Callable

    # Returns so many bytes of a file from a place on: the path, the place, how many.
    type ReadRange = Callable[[str, int, int], bytes]


class Blocks:
    """The blocks of a folder, in order. Blocks and rows are numbered from 0."""

    def __init__(self, folder: str, index: bytes, read_range: ReadRange) -> None:
        """Open the bytes of a folder's index.

        Raises
        ------
        UnsoundReleaseError
            When they are no table, or hold other columns.
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
