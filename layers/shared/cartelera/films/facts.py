"""Reading what the catalogue knows of a film: see `contract.formats.film_facts`."""

from __future__ import annotations

import json
from bisect import bisect_right
from typing import TYPE_CHECKING, Any, cast

from cartelera.contract.formats.film_facts import FACTS_FOLDER, RECORD
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.lookup.blocks import BlockCache, Blocks

if TYPE_CHECKING:
    from cartelera.contract.formats.film_facts import DatosDePelicula
    from cartelera.lookup.blocks import ReadRange

# The share of a function's memory for cached blocks: those of the real catalogue all fit.
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

    def of(self, film: int) -> DatosDePelicula:
        """Return the facts of a film."""
        number = bisect_right(self._ends, film)
        # Decoded once a block: a line is parsed whenever its film is asked for.
        lines = self._cache.get(self._blocks, number, lambda block: block.decode().split("\n"))
        return _facts(lines[film - (self._ends[number - 1] if number else 0)])

    def open_all(self) -> None:
        """Read every block once: parse all that is in it, and its first film to the last field."""
        for number in range(len(self._blocks)):
            films = self._blocks.row_range(number)
            records = _records(self._blocks.read(number))
            if [len(record) for record in records] != [len(RECORD)] * len(films):
                raise UnsoundReleaseError(f"block {number} of {FACTS_FOLDER} lacks facts")
            self.of(films.start)


def _records(block: bytes) -> list[list[object]]:
    try:
        return cast("list[list[object]]", json.loads(b"[" + block.replace(b"\n", b",") + b"]"))
    except (ValueError, RecursionError) as error:
        raise UnsoundReleaseError(f"a block of {FACTS_FOLDER} holds no JSON: {error}") from error


def _facts(line: str) -> DatosDePelicula:
    try:
        facts: dict[str, Any] = dict(zip(RECORD, json.loads(line), strict=True))
        # Written out, field by field: in loops over their names it takes twice as long.
        facts["generos"] = [{"genero": a, "nombre": b} for a, b in facts["generos"]]
        facts["idiomas"] = [{"idioma": a, "nombre": b} for a, b in facts["idiomas"]]
        facts["paises"] = [{"codigo": a, "pais": b, "nombre": c} for a, b, c in facts["paises"]]
        facts["productoras"] = [{"id": a, "productora": b} for a, b in facts["productoras"]]
        facts["directores"] = [{"id": a, "nombre": b} for a, b in facts["directores"]]
        facts["guionistas"] = [{"id": a, "nombre": b} for a, b in facts["guionistas"]]
        facts["reparto"] = [{"id": a, "nombre": b, "personaje": c} for a, b, c in facts["reparto"]]
        if facts["idioma_original"] is not None:
            code, name = facts["idioma_original"]
            facts["idioma_original"] = {"idioma": code, "nombre": name}
        if facts["franquicia"] is not None:
            number, name = facts["franquicia"]
            facts["franquicia"] = {"id": number, "franquicia": name}
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UnsoundReleaseError(f"a block of {FACTS_FOLDER} holds no facts: {error}") from error
    imdb_id = facts["imdb_id"]
    facts["tmdb_url"] = f"https://www.themoviedb.org/movie/{facts['id']}"
    facts["imdb_url"] = imdb_id and f"https://www.imdb.com/title/{imdb_id}/"
    return cast("DatosDePelicula", facts)
