"""Lines of JSON, one a film, in blocks: of the films asked for alone are they read and parsed."""

from __future__ import annotations

import json
from bisect import bisect_right
from typing import TYPE_CHECKING, cast

from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.lookup.blocks import BlockCache, Blocks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cartelera.lookup.blocks import ReadRange

# The share of a function's memory for cached blocks.
CACHE_SHARE = 1 / 8


class FilmLines:
    """A line of JSON for each film, by its row in the film tables; blocks are cached.

    Raises
    ------
    StorageError, UnsoundReleaseError
        Any method: when a block that it needs cannot be read, or is not what the job published.
    """

    def __init__(
        self, folder: str, index: bytes, read_range: ReadRange, cache_share: float = CACHE_SHARE
    ) -> None:
        """Open the index of the blocks.

        Parameters
        ----------
        folder
            Their folder in the release.
        index
            The bytes of the index.
        read_range
            Reads a part of a file of the release.
        cache_share
            The share of the function's memory for cached blocks, by their stored size.
        """
        self._blocks = Blocks(folder, index, read_range)
        self._ends = [self._blocks.row_range(number).stop for number in range(len(self._blocks))]
        self._cache = BlockCache(cache_share)

    def __len__(self) -> int:
        return self._blocks.rows

    def line(self, film: int) -> str:
        """Return the line of a film."""
        number = bisect_right(self._ends, film)
        lines = self._cache.get(self._blocks, number, lambda block: block.split(b"\n"))
        return lines[film - (self._ends[number - 1] if number else 0)].decode()

    def read_all(self) -> Iterator[tuple[range, list[object]]]:
        """Yield the films of each block, and what their lines hold."""
        folder = self._blocks.folder
        for number in range(len(self._blocks)):
            films, block = self._blocks.row_range(number), self._blocks.read(number)
            try:
                lines = json.loads(b"[" + block.replace(b"\n", b",") + b"]")
            except (ValueError, RecursionError) as error:
                raise UnsoundReleaseError(
                    f"block {number} of {folder} holds no JSON: {error}"
                ) from error
            if len(lines) != len(films):
                raise UnsoundReleaseError(f"block {number} of {folder} lacks films")
            yield films, cast("list[object]", lines)
