"""Lines of JSON, one a film, in blocks: those of the films asked for alone are read."""

from __future__ import annotations

from abc import ABC, abstractmethod
from bisect import bisect_right
from typing import TYPE_CHECKING

from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.lookup.blocks import BlockCache, Blocks, lines_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartelera.lookup.blocks import ReadRange

# The share of a function's memory for cached blocks.
CACHE_SHARE = 1 / 8


class FilmLines[Line](ABC):
    """A line of JSON for each film, by its row in the film tables.

    Blocks are read when a question needs them, and cached.

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

    @abstractmethod
    def parse(self, line: str | bytes) -> Line:
        """Return what a line holds."""

    def __len__(self) -> int:
        return self._blocks.rows

    def of(self, film: int) -> Line:
        """Return what is known of a film."""
        return self.parse(self.line(film))

    def open_all(self, parse: Callable[[bytes], object]) -> None:
        """Read every block once, and parse each line of it: as functions do, or more strictly."""
        for number in range(len(self._blocks)):
            lines = lines_of(self._blocks.read(number))
            if len(lines) != len(self._blocks.row_range(number)):
                raise UnsoundReleaseError(f"block {number} of {self._blocks.folder} lacks films")
            for line in lines:
                parse(line)

    def line(self, film: int) -> str:
        """Return the line of a film."""
        number = bisect_right(self._ends, film)
        lines = self._cache.get(self._blocks, number, lines_of)
        return lines[film - (self._ends[number - 1] if number else 0)].decode().rstrip("\n")
