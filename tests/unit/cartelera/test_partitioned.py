"""Tables in parts: they answer as whole ones do, and read no more than an answer takes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartelera import partitioned
from cartelera.layout import release_path
from cartelera.lookup import WholeTable
from cartelera.partitioned import PartitionedTable, names_schema, parts_path
from cartelera.people import FILM_LIMIT
from cartelera.tables import (
    BY_RANK,
    FILMACIONES,
    FRANQUICIA,
    GET_ACTOR,
    GET_DIRECTOR,
    GROWING,
    PELICULAS_DURACION,
    PRODUCTORAS_EXITOSAS,
)
from tests.partitions import as_stored, tables_in_parts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cartelera.layout import Manifest
    from cartelera.tables import TableSchema

ROWS = 7


class Folder:
    """Files of a release that remember what was read of them."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.read: list[str] = []

    def __call__(self, path: str) -> bytes:
        self.read.append(path)
        return self.files[path]

    def open[Row](self, schema: TableSchema[Row]) -> PartitionedTable[Row]:
        return PartitionedTable(schema, self.files[parts_path(schema)], self)


@pytest.fixture(scope="module")
def files(sample_place: Path, sample_manifest: Manifest) -> dict[str, bytes]:
    return as_stored(tables_in_parts(sample_place, sample_manifest, ROWS))


@pytest.fixture
def folder(files: dict[str, bytes]) -> Folder:
    return Folder(files)


@pytest.fixture(scope="module")
def open_whole(
    sample_place: Path, sample_manifest: Manifest
) -> Callable[[TableSchema[Any]], WholeTable[Any]]:
    def open_one(schema: TableSchema[Any]) -> WholeTable[Any]:
        path = sample_place / release_path(sample_manifest["release"], schema.path)
        return WholeTable(schema, path.read_bytes())

    return open_one


type OpenWhole = Callable[[TableSchema[Any]], WholeTable[Any]]
each_table = pytest.mark.parametrize("schema", GROWING, ids=lambda schema: schema.route)


@each_table
def test_every_row_is_the_same_in_parts(
    folder: Folder, open_whole: OpenWhole, schema: TableSchema[Any]
) -> None:
    table, whole = folder.open(schema), open_whole(schema)

    assert len(table) == len(whole) > ROWS
    assert [table.row(row) for row in range(len(table))] == [
        whole.row(row) for row in range(len(whole))
    ]
    assert sum(len(part) for part in table.parts()) == len(whole)


@each_table
def test_every_name_is_found_where_it_is_in_the_whole_table(
    folder: Folder, open_whole: OpenWhole, schema: TableSchema[Any]
) -> None:
    table, whole = folder.open(schema), open_whole(schema)
    names = [whole.name(row) for row in range(len(whole))]

    assert [table.matches(name) for name in names] == [whole.matches(name) for name in names]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(asked=st.data())
@each_table
def test_what_is_asked_wrongly_has_the_same_suggestions(
    folder: Folder, open_whole: OpenWhole, schema: TableSchema[Any], asked: st.DataObject
) -> None:
    table, whole = folder.open(schema), open_whole(schema)
    name = whole.name(asked.draw(st.integers(0, len(whole) - 1)))
    at = asked.draw(st.integers(0, len(name)))
    typed = name[:at] + asked.draw(st.sampled_from(["", "q", "a", " "])) + name[at + 1 :]

    assert table.matches(typed) == whole.matches(typed)
    assert table.suggestions(typed) == whole.suggestions(typed)


@pytest.mark.parametrize("schema", [each for each in GROWING if each.films])
def test_every_id_is_found_and_no_other(
    folder: Folder, open_whole: OpenWhole, schema: TableSchema[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    table, whole = folder.open(schema), open_whole(schema)
    ids = {int(number) for number in whole.numbers("id")}

    for film in sorted({*ids, *(each + 1 for each in ids), 0, 10**9}):
        assert table.position_of_id(film) == whole.position_of_id(film)


@pytest.mark.parametrize("schema", [FRANQUICIA, PRODUCTORAS_EXITOSAS])
@pytest.mark.parametrize("count", [1, ROWS, 10, 500])
def test_a_ranking_has_the_same_pages(
    folder: Folder, open_whole: OpenWhole, schema: TableSchema[Any], count: int
) -> None:
    table, whole = folder.open(schema), open_whole(schema)

    assert BY_RANK in schema.index
    assert table.entries == whole.entries > 0
    for first in range(0, whole.entries + count, count):
        assert table.ranked(first, count) == whole.ranked(first, count)


@pytest.mark.parametrize("schema", [GET_DIRECTOR, GET_ACTOR])
def test_everybody_has_the_same_films(
    folder: Folder, open_whole: OpenWhole, schema: TableSchema[Any]
) -> None:
    table, whole, films = folder.open(schema), open_whole(schema), open_whole(FILMACIONES)

    for person in range(len(whole)):
        own = table.films(person)
        listed: Any = table.value("films", person)
        expected: Any = whole.value("films", person)
        assert [own.row(row) for row in listed] == [films.row(row) for row in expected]
        assert len(own) <= FILM_LIMIT.high * ROWS


def test_a_name_opens_the_one_part_that_holds_it(folder: Folder) -> None:
    table = folder.open(PELICULAS_DURACION)
    assert folder.read == []

    assert table.find("Alien")["pelicula"] == "Alien"

    (part,) = folder.read
    assert part == "tables/peliculas_duracion/0001.parquet"
    table.find("ALIEN")
    assert folder.read == [part]


def test_an_id_opens_the_ids_and_the_part_of_the_film(folder: Folder) -> None:
    table = folder.open(PELICULAS_DURACION)

    position = table.position_of_id(862)
    assert position is not None
    assert table.row(position)["pelicula"] == "Toy Story"

    ids, part = folder.read
    assert ids == "tables/peliculas_duracion/by_id/0000.parquet"
    assert part.startswith("tables/peliculas_duracion/00")


def test_the_first_page_of_a_ranking_opens_one_file(folder: Folder) -> None:
    folder.open(PRODUCTORAS_EXITOSAS).ranked(0, ROWS)

    assert folder.read == ["tables/productoras_exitosas/by_rank/0000.parquet"]


def test_the_films_of_a_person_open_one_file_more(folder: Folder) -> None:
    table = folder.open(GET_DIRECTOR)

    (person,) = table.positions("Hayao Miyazaki")
    films = table.films(person)

    assert "My Neighbor Totoro" in [films.row(row)["titulo"] for row in range(len(films))]
    part, beside = folder.read
    assert beside == part.replace("get_director/", "get_director/filmaciones/")


def test_of_the_parts_those_needed_last_are_kept_within_a_share_of_memory(
    files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = [path for path in files if path.startswith("tables/peliculas_duracion/0")]
    largest = max(len(files[path]) for path in paths)
    # In a function of as many MB as it takes for a sixteenth of them to hold two parts.
    monkeypatch.setattr(partitioned, "_KEPT_SHARE", 2.5 * largest / 512_000_000)
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
    folder = Folder(files)
    table = folder.open(PELICULAS_DURACION)
    starts = json.loads(files[parts_path(PELICULAS_DURACION)])["starts"]

    for row in (starts[0], starts[1], starts[0], starts[1]):
        table.row(row)
    assert folder.read == paths[:2]

    table.row(starts[2])
    table.row(starts[1])
    assert folder.read == paths[:3]
    table.row(starts[0])
    assert folder.read == [*paths[:3], paths[0]]


def test_only_the_best_known_names_are_suggested_beyond_a_names_own_part(
    sample_place: Path, sample_manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etl.partition.MOST_NAMES", 20)
    folder = Folder(as_stored(tables_in_parts(sample_place, sample_manifest, ROWS)))
    table = folder.open(PELICULAS_DURACION)
    known = WholeTable(
        names_schema(PELICULAS_DURACION), folder(names_schema(PELICULAS_DURACION).path)
    )
    votes = sorted(int(vote) for part in table.parts() for vote in part.numbers("votes"))

    assert len(known) == 20
    assert sorted(known.numbers("votes").tolist()) == votes[-20:]
    best = known.name(0)
    assert best in table.suggestions(f"q{best}")
    # Little known, and right at its beginning: it stands where it would be looked for.
    unknown = min(
        (int(part.numbers("votes")[row]), part.name(row))
        for part in table.parts()
        for row in range(len(part))
    )[1]
    assert unknown in table.suggestions(f"{unknown}q")
