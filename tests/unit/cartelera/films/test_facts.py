"""What is known of films, read block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cartelera.contract.formats.film_facts import RECORD
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.films.facts import FilmFacts
from etl.release.block_writer import BlockSizes, FactsWriter
from etl.release.table_files import encode_table

if TYPE_CHECKING:
    from collections.abc import Sequence

EMPTY = dict.fromkeys(RECORD) | {
    name: []
    for name in (
        *("generos", "idiomas", "paises", "productoras"),
        *("directores", "guionistas", "reparto", "temas"),
    )
}


def written(records: Sequence[dict[str, Any]], pieces: int) -> dict[str, bytes]:
    """Write records in pieces of some, three a block, two blocks a pack."""
    writer = FactsWriter(BlockSizes(block_rows=3, pack_bytes=2_000))
    rows = [[record[name] for name in RECORD] for record in records]
    files: dict[str, bytes] = {}
    for start in range(0, len(rows), pieces):
        files |= {path: file.data for path, file in writer.add(rows[start : start + pieces])}
    for path, file in writer.end():
        files[path] = getattr(file, "data", None) or encode_table(file)
    return files


def facts_in(files: dict[str, bytes]) -> FilmFacts:
    index = files["tables/pelicula/index.parquet"]
    return FilmFacts(index, lambda path, start, size: files[path][start : start + size])


def test_each_film_has_its_facts_in_whatever_pieces_they_came() -> None:
    records = [
        EMPTY
        | {
            "id": number,
            "titulo": f"ñ {number}",
            "imdb_id": "tt1" if number % 2 else None,
            "franquicia": (7, "Saga") if number % 3 else None,
            "reparto": [(1, "Ana", None)] * number,
            "paises": [("PE", "Peru", "Perú")],
        }
        for number in range(10)
    ]
    files = written(records, 10)
    facts = facts_in(files)

    assert len(files) > 2
    assert all(written(records, pieces) == files for pieces in (1, 4, 7))
    assert len(facts) == 10
    for number in (9, 0, 4, 4, 5, 9):
        film = facts.of(number)
        assert (film["id"], film["titulo"]) == (number, f"ñ {number}")
        assert film["reparto"] == [{"id": 1, "nombre": "Ana", "personaje": None}] * number
        assert film["paises"] == [{"codigo": "PE", "pais": "Peru", "nombre": "Perú"}]
        saga = {"id": 7, "franquicia": "Saga"} if number % 3 else None
        assert film["franquicia"] == saga
        assert film["tmdb_url"] == f"https://www.themoviedb.org/movie/{number}"
        url = "https://www.imdb.com/title/tt1/" if number % 2 else None
        assert film["imdb_url"] == url
    facts.open_all()


@pytest.mark.parametrize("change", [{"paises": [("PE",)]}, {"generos": None}, {"franquicia": 7}])
def test_what_is_no_record_is_refused(change: dict[str, Any]) -> None:
    facts = facts_in(written([EMPTY | change], 1))

    with pytest.raises(UnsoundReleaseError, match="holds no facts"):
        facts.open_all()
