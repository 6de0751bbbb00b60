"""Reading the films recommended beside each: see `contract.formats.neighbours`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast, override

from cartelera.contract.formats.neighbours import NEIGHBOUR, NEIGHBOURS_FOLDER
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.lookup.film_lines import FilmLines

if TYPE_CHECKING:
    from cartelera.lookup.blocks import ReadRange
    from cartelera.recommend.recommendations import Recomendada


class Neighbours(FilmLines["list[Recomendada]"]):
    """The films beside each film, best first."""

    def __init__(self, index: bytes, read_range: ReadRange) -> None:
        """Open the index of the blocks; see `FilmLines`."""
        super().__init__(NEIGHBOURS_FOLDER, index, read_range)

    @override
    def parse(self, line: str | bytes) -> list[Recomendada]:
        try:
            films = [dict(zip(NEIGHBOUR, each, strict=True)) for each in json.loads(line)]
        except (ValueError, TypeError, RecursionError) as error:
            raise UnsoundReleaseError(
                f"{NEIGHBOURS_FOLDER} holds no neighbours: {error}"
            ) from error
        return cast("list[Recomendada]", films)
