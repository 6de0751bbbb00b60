"""Reading what the catalogue knows of a film: see `contract.formats.film_facts`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast, override

from cartelera.contract.formats.film_facts import FACTS_FOLDER, DatosDePelicula
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.lookup.film_lines import FilmLines

if TYPE_CHECKING:
    from cartelera.lookup.blocks import ReadRange


class FilmFacts(FilmLines[DatosDePelicula]):
    """The facts of films, as they are answered."""

    def __init__(self, index: bytes, read_range: ReadRange) -> None:
        """Open the index of the blocks; see `FilmLines`."""
        super().__init__(FACTS_FOLDER, index, read_range)

    @override
    def parse(self, line: str | bytes) -> DatosDePelicula:
        try:
            facts = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise UnsoundReleaseError(
                f"a block of {FACTS_FOLDER} holds no JSON: {error}"
            ) from error
        if not isinstance(facts, dict) or facts.keys() != DatosDePelicula.__required_keys__:
            raise UnsoundReleaseError(f"a block of {FACTS_FOLDER} holds no facts")
        return cast("DatosDePelicula", facts)
