"""Reading what the catalogue knows of a film: see `contract.formats.film_facts`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, cast

from cartelera.contract.formats.film_facts import FACTS_FOLDER, DatosDePelicula
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.lookup.film_lines import FilmLines

if TYPE_CHECKING:
    from cartelera.lookup.blocks import ReadRange


class FilmFacts:
    """The facts of films, whose blocks are read when a question needs them, and cached.

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
        self._lines = FilmLines(FACTS_FOLDER, index, read_range)

    def __len__(self) -> int:
        return len(self._lines)

    def json(self, film: int) -> str:
        """Return the facts of a film as JSON, as they are answered."""
        return self._lines.line(film)

    def of(self, film: int) -> DatosDePelicula:
        """Return the facts of a film."""
        return _parse(self.json(film))

    def open_all(self) -> None:
        """Read every block once, and parse all that is in it."""
        for line in self._lines.read_all():
            _parse(line)


def _parse(line: str | bytes) -> DatosDePelicula:
    try:
        facts = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise UnsoundReleaseError(f"a block of {FACTS_FOLDER} holds no JSON: {error}") from error
    if not isinstance(facts, dict) or facts.keys() != DatosDePelicula.__required_keys__:
        raise UnsoundReleaseError(f"a block of {FACTS_FOLDER} holds no facts")
    return cast("DatosDePelicula", facts)
