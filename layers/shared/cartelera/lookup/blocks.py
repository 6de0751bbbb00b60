"""The storage blocks of a table that is too large to open, and a cache of those in use."""

from __future__ import annotations

import os
from bisect import bisect_right
from collections import OrderedDict
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple, cast

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
# Bytes read at a time: a request to S3 takes some 20 ms before its first byte, and these some 3
# more, at the 85 MB/s that AWS says of a connection.
READ_TOGETHER = 256 * 1024


def lines_of(block: bytes) -> list[bytes]:
    """Return the lines of a block, at least one; each but the last has its newline, as JSON may."""
    # `split` looks at one byte after the other, and takes six to twelve times as long.
    return BytesIO(block).readlines() or [block]


class Blocks:
    """The blocks of a folder, in order. Blocks and rows are numbered from 0."""

    def __init__(
        self, folder: str, index: bytes, read_range: ReadRange, read_together: int = READ_TOGETHER
    ) -> None:
        """Open a folder's index.

        Parameters
        ----------
        folder
            The folder in the release.
        index
            The bytes of its index.
        read_range
            Reads a part of a file of the release.
        read_together
            How many bytes of blocks `read_around` reads, or a block more.

        Raises
        ------
        UnsoundReleaseError
            When the index cannot be read, or holds other columns.
        """
        self.folder = folder
        self._columns = read_columns(index_path(folder), index, INDEX_COLUMNS)
        self._read_range = read_range
        self._read_together = read_together

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
        pack, offset, size = self._place(number)
        return self.verified(number, self._read_range(pack_path(self.folder, pack), offset, size))

    def read_around(self, number: int) -> dict[int, bytes]:
        """Read a block and those beside it, which somebody may need next: none is verified.

        Raises
        ------
        StorageError
            When they cannot be read.
        """
        first, last = number, number
        while first and self._is_together(first - 1, number):
            first -= 1
        while last + 1 < len(self) and self._is_together(last + 1, number):
            last += 1
        pack, start, _ = self._place(first)
        places = [self._place(each) for each in range(first, last + 1)]
        size = sum(size for _, _, size in places)
        data = self._read_range(pack_path(self.folder, pack), start, size)
        return {
            first + place: data[offset - start : offset - start + size]
            for place, (_, offset, size) in enumerate(places)
        }

    def verified(self, number: int, data: bytes) -> bytes:
        """Return the bytes of a block if they are what the job published.

        Parameters
        ----------
        number
            The block's number.
        data
            What was read of it.

        Raises
        ------
        UnsoundReleaseError
            When they are not.
        """
        pack, offset, size = self._place(number)
        path, digest = pack_path(self.folder, pack), self._columns[SHA256][number].as_py()
        check_hash(f"{path}, {size:,} bytes from {offset:,} on", data, digest.hex())
        return data

    def _place(self, number: int) -> tuple[int, int, int]:
        """Return a block's pack, its offset there and its size."""
        pack, offset, size = (
            self._columns[column][number].as_py() for column in (PACK, OFFSET, SIZE)
        )
        return pack, offset, size

    def _is_together(self, one: int, other: int) -> bool:
        """Return whether two blocks start in the same stretch of a pack."""
        pack, offset, _ = self._place(one)
        other_pack, other_offset, _ = self._place(other)
        stretches = (start // self._read_together for start in (offset, other_offset))
        return pack == other_pack and len(set(stretches)) == 1

    def _end(self, number: int) -> int:
        return cast("int", self._columns[END][number].as_py())


class BlockCache:
    """Blocks in use, parsed, and those read with them; the least recently used are dropped."""

    def __init__(self, share: float) -> None:
        """Make a cache for a `share` of the function's memory, by the blocks' stored size."""
        self._blocks: OrderedDict[tuple[str, int], _CachedBlock] = OrderedDict()
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
        key = blocks.folder, number
        cached = self._blocks.get(key)
        if cached is not None and cached.is_parsed:
            self._blocks.move_to_end(key)
            return cast("Parsed", cached.content)
        if cached is None:
            for each, data in blocks.read_around(number).items():
                if (blocks.folder, each) not in self._blocks:
                    self._add((blocks.folder, each), _CachedBlock(len(data), data))
        # What turns out to be damaged is read again for the next question.
        size, data, _ = self._blocks.pop(key)
        self._free += size
        parsed = parse(blocks.verified(number, data))
        self._add(key, _CachedBlock(size, parsed, is_parsed=True))
        # The last one stays, however large it is.
        while self._free < 0 and len(self._blocks) > 1:
            dropped = self._blocks.popitem(last=False)[1]
            self._free += dropped.size
        return parsed

    def _add(self, key: tuple[str, int], block: _CachedBlock) -> None:
        self._blocks[key] = block
        self._free -= block.size


class _CachedBlock(NamedTuple):
    """A block: its stored size, and what was parsed of it, or the bytes as they were read."""

    size: int
    content: Any
    is_parsed: bool = False
