"""Reading what the catalogue knows of a film: see `contract.formats.film_facts`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, cast

from cartelera.contract.formats.film_facts import FACTS_FOLDER, RECORD
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.lookup.film_lines import FilmLines

if TYPE_CHECKING:
    from cartelera.contract.formats.film_facts import DatosDePelicula
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

    def of(self, film: int) -> DatosDePelicula:
        """Return the facts of a film."""
        return _facts(self._lines.line(film))

    def open_all(self) -> None:
        """Read every block once: parse all that is in it, and its first film to the last field."""
        for films, records in self._lines.read_all():
            if {len(cast("list[object]", record)) for record in records} != {len(RECORD)}:
                raise UnsoundReleaseError(f"{FACTS_FOLDER} lacks facts of a film in {films}")
            self.of(films.start)


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
