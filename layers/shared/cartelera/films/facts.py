"""Reading what the catalogue knows of a film: see `contract.formats.film_facts`."""

from __future__ import annotations

import json
from bisect import bisect_right
from typing import TYPE_CHECKING, cast

from cartelera.contract.formats.film_facts import FACTS_FOLDER, DatosDePelicula
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.lookup.blocks import BlockCache, Blocks

if TYPE_CHECKING:
    from cartelera.lookup.blocks import ReadRange

# The share of a function's memory for cached blocks.
CACHE_SHARE = 1 / 8


class FilmFacts:
    """The facts of films, whose blocks are read when a question needs them, and cached.

    Films are the rows of the film tables.

    Raises
    ------
    StorageError, UnsoundReleaseError
        Any method: when a block that it needs cannot be read, or is not what the job published.
    """

    def __init__(
        self, index: bytes, read_range: ReadRange, cache_share: float = CACHE_SHARE
    ) -> None:
        """Open the index of the blocks.

        Parameters
        ----------
        index
            Its bytes.
        read_range
            Reads a part of a file of the release.
        cache_share
            The share of the function's memory for cached blocks, by their stored size.
        """
        self._blocks = Blocks(FACTS_FOLDER, index, read_range)
        self._ends = [self._blocks.row_range(number).stop for number in range(len(self._blocks))]
        self._cache = BlockCache(cache_share)

    def __len__(self) -> int:
        return self._blocks.rows

    def json(self, film: int) -> str:
        """Return the facts of a film as JSON, as they are answered."""
        number = bisect_right(self._ends, film)
        lines = self._cache.get(self._blocks, number, lambda block: block.split(b"\n"))
        return lines[film - (self._ends[number - 1] if number else 0)].decode()

    def of(self, film: int) -> DatosDePelicula:
        """Return the facts of a film."""
        return _parse(self.json(film))

    def open_all(self) -> None:
        """Read every block once, and parse all that is in it."""
        for number in range(len(self._blocks)):
            lines = self._blocks.read(number).split(b"\n")
            if len(lines) != len(self._blocks.row_range(number)):
                raise UnsoundReleaseError(f"block {number} of {FACTS_FOLDER} lacks films")
            for line in lines:
                _parse(line)


def _parse(line: str | bytes) -> DatosDePelicula:
    try:
        facts = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnsoundReleaseError(f"a block of {FACTS_FOLDER} holds no JSON: {error}") from error
    if not isinstance(facts, dict) or facts.keys() != DatosDePelicula.__required_keys__:
        raise UnsoundReleaseError(f"a block of {FACTS_FOLDER} holds no facts")
    return cast("DatosDePelicula", facts)
