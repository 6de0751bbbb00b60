"""What is known of films, read block by block."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pytest

from cartelera.contract.formats.film_facts import FACTS_FOLDER, DatosDePelicula
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.films.facts import FilmFacts
from cartelera.http.handler import to_json
from etl.release.block_writer import BlockSizes, FilmLinesWriter, PackWriter
from etl.release.files import ReleaseFile
from etl.release.table_files import encode_table

if TYPE_CHECKING:
    from collections.abc import Sequence

EMPTY = dict.fromkeys(DatosDePelicula.__annotations__)


def written(films: Sequence[dict[str, Any]], pieces: int) -> dict[str, bytes]:
    """Write facts in pieces of some, three a block, two blocks a pack."""
    writer = FilmLinesWriter(FACTS_FOLDER, BlockSizes(block_rows=3, pack_bytes=6_000))
    files: dict[str, bytes] = {}
    for start in range(0, len(films), pieces):
        files |= {path: file.data for path, file in writer.add(films[start : start + pieces])}
    for path, file in writer.end():
        files[path] = getattr(file, "data", None) or encode_table(file)
    return files


def facts_in(files: dict[str, bytes]) -> FilmFacts:
    index = files["tables/pelicula/index.parquet"]
    return FilmFacts(index, lambda path, start, size: files[path][start : start + size])


def test_each_film_has_its_facts_in_whatever_pieces_they_came() -> None:
    films = [
        EMPTY
        | {
            "id": number,
            "titulo": f"ñ {number} \u2028\n\u4e16",
            "paises": [{"codigo": "PE", "pais": "Peru", "nombre": "Perú"}],
            "reparto": [{"id": 1, "nombre": "Ana", "personaje": None}] * number,
            "popularidad": 0.1 * number,
        }
        for number in range(10)
    ]
    files = written(films, 10)
    facts = facts_in(files)

    assert len(files) > 2
    assert all(written(films, pieces) == files for pieces in (1, 4, 7))
    assert len(facts) == 10
    for number in (9, 0, 4, 4, 5, 9):
        assert facts.of(number) == films[number]
        # To the letter what is answered.
        assert facts.line(number) == to_json(films[number])
    facts.open_all(facts.parse)


@pytest.mark.parametrize("line", [b"[]", b"{}", b"null", b'{"id":1', b"[" * 100_000])
def test_what_is_no_film_is_refused(line: bytes) -> None:
    files = written([EMPTY | {"id": number} for number in range(5)], 5)
    whole = files["tables/pelicula/0000.pack"]
    writer = PackWriter("tables/pelicula", pa.int64(), 1)
    lines = [*map(msgspec.Raw, whole.split(b"\n")[:2]), msgspec.Raw(line)]
    for path, file in (*writer.add(0, 3, lines), *writer.end()):
        files[path] = file.data if isinstance(file, ReleaseFile) else encode_table(file)
    facts = facts_in(files)

    with pytest.raises(UnsoundReleaseError, match=r"holds no (facts|JSON)"):
        facts.open_all(facts.parse)


def test_a_block_with_a_film_too_few_is_refused() -> None:
    files = {}
    writer = PackWriter("tables/pelicula", pa.int64(), 1)
    for path, file in (*writer.add(0, 2, [EMPTY]), *writer.end()):
        files[path] = file.data if isinstance(file, ReleaseFile) else encode_table(file)
    facts = facts_in(files)

    with pytest.raises(UnsoundReleaseError, match="lacks films"):
        facts.open_all(facts.parse)
