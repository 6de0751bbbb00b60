from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from cartelera.contract.tables import FILMACIONES, GET_ACTOR, GET_DIRECTOR
from cartelera.errors import InvalidParameterError
from cartelera.films.people import FILM_LIMIT, filmography, roles
from cartelera.lookup.table import WholeTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartelera.contract.tables import Actor, Director, Filmacion, TableSchema
    from cartelera.release import Release

    type MakeParquet = Callable[[dict[str, list[Any]]], bytes]

# Their rows, by key.
AUDITION, BIG, CAST_AWAY, DUMBO = range(4)
TITLES = ["Audition", "Big", "Cast Away", "Dumbo"]
TOM, NOBODY, UMA = range(3)


@pytest.fixture
def release(make_parquet: MakeParquet) -> Any:
    """Return what a filmography needs of a release."""
    films = WholeTable(
        FILMACIONES,
        make_parquet(
            {
                "key": [title.lower() for title in TITLES],
                "votes": [1, 2, 3, 4],
                "by_id": [3, 2, 1, 0],
                "id": [40, 30, 20, 10],
                "titulo": TITLES,
                "fecha": ["1999-10-06", "1988-06-03", "2000-12-22", "1941-10-22"],
                "retorno": [None, 8.4, 4.7, None],
                "costo": [None, 18_000_000, 90_000_000, 812],
                "ganancia": [None, 151_668_774, 429_632_142, None],
            }
        ),
    )
    return SimpleNamespace(table={FILMACIONES: films}.__getitem__)


def people[Row](
    make_parquet: MakeParquet, schema: TableSchema[Row], **more: list[Any]
) -> WholeTable[Row]:
    columns: dict[str, list[Any]] = {name: [3, 0, 1] for name in schema.columns}
    columns |= {
        "key": ["tom hanks", "tommy", "uma"],
        "films": [[CAST_AWAY, BIG, DUMBO], [], [AUDITION]],
        schema.name: ["Tom Hanks", "Tommy", "Uma"],
    }
    return WholeTable(schema, make_parquet(columns | more))


@pytest.fixture
def actors(make_parquet: MakeParquet) -> WholeTable[Actor]:
    played: list[list[str | None]] = [["Chuck", None, "Crow / Mouse"], [], [None]]
    return people(make_parquet, GET_ACTOR, roles=played)


@pytest.fixture
def directors(make_parquet: MakeParquet) -> WholeTable[Director]:
    return people(make_parquet, GET_DIRECTOR)


def titles(films: list[Filmacion]) -> list[str]:
    return [film["titulo"] for film in films]


def test_a_film_comes_with_what_is_known_of_it(
    directors: WholeTable[Director], release: Release
) -> None:
    assert filmography(release, directors, TOM, 1, 3)[1:] == [
        {
            "id": 30,
            "titulo": "Big",
            "fecha": "1988-06-03",
            "retorno": 8.4,
            "costo": 18_000_000,
            "ganancia": 151_668_774,
            "presupuesto": 18_000_000,
            "ingresos_total": 151_668_774,
        },
        {
            "id": 10,
            "titulo": "Dumbo",
            "fecha": "1941-10-22",
            "retorno": None,
            "costo": 812,
            "ganancia": None,
            "presupuesto": 812,
            "ingresos_total": None,
        },
    ]


@pytest.mark.parametrize(
    ("page", "limit", "listed"),
    [
        (1, 20, ["Cast Away", "Big", "Dumbo"]),
        (1, 3, ["Cast Away", "Big", "Dumbo"]),
        (1, 2, ["Cast Away", "Big"]),
        (2, 2, ["Dumbo"]),
        (2, 1, ["Big"]),
        (3, 1, ["Dumbo"]),
        (3, 2, []),
        (2, 3, []),
        (100_000, 100, []),
    ],
)
def test_films_come_in_the_order_of_the_table_a_page_at_a_time(
    directors: WholeTable[Director],
    release: Release,
    page: int,
    limit: int,
    listed: list[str],
) -> None:
    assert titles(filmography(release, directors, TOM, page, limit)) == listed


def test_everybody_has_films_of_their_own(actors: WholeTable[Actor], release: Release) -> None:
    assert titles(filmography(release, actors, UMA, 1, 20)) == ["Audition"]
    assert filmography(release, actors, NOBODY, 1, 20) == []
    assert roles(actors, NOBODY, 1, 20) == []


@pytest.mark.parametrize(
    ("page", "limit", "played"),
    [
        (1, 20, ["Chuck", None, "Crow / Mouse"]),
        (1, 2, ["Chuck", None]),
        (2, 2, ["Crow / Mouse"]),
        (3, 2, []),
    ],
)
def test_roles_come_film_by_film_on_the_same_page(
    actors: WholeTable[Actor],
    release: Release,
    page: int,
    limit: int,
    played: list[str | None],
) -> None:
    assert roles(actors, TOM, page, limit) == played
    assert len(filmography(release, actors, TOM, page, limit)) == len(played)


def test_twenty_films_are_listed_and_at_most_a_hundred() -> None:
    assert FILM_LIMIT.name == "limite"
    assert FILM_LIMIT.parse(None) == 20
    assert (FILM_LIMIT.parse("1"), FILM_LIMIT.parse("100")) == (1, 100)
    for beyond in ("0", "101"):
        with pytest.raises(InvalidParameterError):
            FILM_LIMIT.parse(beyond)
