"""The storage blocks of a table that is too large to open, and a cache of those in use."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections import OrderedDict
from typing import TYPE_CHECKING, Any, cast

from cartelera.contract.formats.block_format import (
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
from cartelera.lookup.columns import read_columns

if TYPE_CHECKING:
    from collections.abc import Callable

    # Takes a file's path, an offset and a size, and returns those bytes.
    type ReadRange = Callable[[str, int, int], bytes]
    # Parses JSON. Functions do it by the standard library, which they have imported; the job by
    # what is faster and at least as strict.
    type Loads = Callable[[str | bytes], Any]

_MEMORY_VARIABLE = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"
_DEFAULT_MEMORY_MB = 1_024


class Blocks:
    """The blocks of a folder, in order. Blocks and rows are numbered from 0."""

    def __init__(self, folder: str, index: bytes, read_range: ReadRange) -> None:
        """Open a folder's index.

        Parameters
        ----------
        folder
            The folder in the release.
        index
            The bytes of its index.
        read_range
            Reads a part of a file of the release.

        Raises
        ------
        UnsoundReleaseError
            When the index cannot be read, or holds other columns.
        """
        self.folder = folder
        self._columns = read_columns(index_path(folder), index, INDEX_COLUMNS)
        self._read_range = read_range

    def __len__(self) -> int:
        return len(self._columns[END])

    @property
    def rows(self) -> int:
        """The number of rows in all blocks."""
        return self._end(len(self) - 1)

    def row_range(self, number: int) -> range:
        """Return the rows of a block."""
        return range(self._end(number - 1) if number else 0, self._end(number))

    def with_row(self, row: int) -> int:
        """Return the number of the block that holds a row."""
        ends = self._columns[END]
        return bisect_right(range(len(self)), row, key=lambda number: ends[number].as_py())

    def with_value(self, value: str | int) -> int:
        """Return the number of the block that holds a value, if any does.

        It is the last block that does not start after the value, or else the first.
        """
        first = self._columns[FIRST]
        after = bisect_right(range(len(self)), value, key=lambda number: first[number].as_py())
        return max(0, after - 1)

    def read(self, number: int) -> bytes:
        """Read and verify a block.

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


class BlockCache:
    """Parsed blocks; the least recently used are dropped when they take too much memory."""

    def __init__(self, share: float) -> None:
        """Make a cache for a `share` of the function's memory, by the blocks' stored size."""
        self._parsed: OrderedDict[tuple[str, int], tuple[int, Any]] = OrderedDict()
        megabytes = int(os.environ.get(_MEMORY_VARIABLE, _DEFAULT_MEMORY_MB))
        self._free = int(megabytes * 1_000_000 * share)

    def get[Parsed](self, blocks: Blocks, number: int, parse: Callable[[bytes], Parsed]) -> Parsed:
        """Return a parsed block, read and parsed now unless it is cached.

        Parameters
        ----------
        blocks
            The blocks of a folder.
        number
            The block's number, from 0.
        parse
            Takes the block's bytes; for one folder always the same.

        Raises
        ------
        StorageError, UnsoundReleaseError
            When it cannot be read, or is not what the job published.
        """
        cache_key = blocks.folder, number
        if cache_key in self._parsed:
            self._parsed.move_to_end(cache_key)
            return cast("Parsed", self._parsed[cache_key][1])
        data = blocks.read(number)
        parsed = parse(data)
        self._parsed[cache_key] = len(data), parsed
        self._free -= len(data)
        # The last one stays, however large it is.
        while self._free < 0 and len(self._parsed) > 1:
            size, _ = self._parsed.popitem(last=False)[1]
            self._free += size
        return parsed
