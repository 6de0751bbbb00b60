"""Reading the films recommended beside each: see `contract.formats.neighbours`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from cartelera.contract.formats.neighbours import NEIGHBOUR, NEIGHBOURS_FOLDER
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.lookup.film_lines import FilmLines

if TYPE_CHECKING:
    from cartelera.lookup.blocks import ReadRange
    from cartelera.recommend.recommendations import Recomendada


class Neighbours:
    """The films beside each film, whose blocks are read when a question needs them, and cached.

    Films are the rows of the film tables.

    Raises
    ------
    StorageError, UnsoundReleaseError
        Any method: when a block that it needs cannot be read, or is not what the job published.
    """

    def __init__(self, index: bytes, read_range: ReadRange) -> None:
        """Open the index of the blocks.

        Parameters
        ----------
        index
            Its bytes.
        read_range
            Reads a part of a file of the release.
        """
        self._lines = FilmLines(NEIGHBOURS_FOLDER, index, read_range)

    def __len__(self) -> int:
        return len(self._lines)

    def of(self, film: int) -> list[Recomendada]:
        """Return the films beside one, best first."""
        return _parse(self._lines.line(film))

    def open_all(self) -> None:
        """Read every block once, and parse all that is in it."""
        for line in self._lines.read_all():
            _parse(line)


def _parse(line: str | bytes) -> list[Recomendada]:
    try:
        films = [dict(zip(NEIGHBOUR, each, strict=True)) for each in json.loads(line)]
    except (ValueError, TypeError, RecursionError) as error:
        raise UnsoundReleaseError(f"{NEIGHBOURS_FOLDER} holds no neighbours: {error}") from error
    return cast("list[Recomendada]", films)
