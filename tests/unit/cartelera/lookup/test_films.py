from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cartelera.errors import InvalidParameterError, NotInCatalogueError
from cartelera.lookup.films import find_film_row, find_film_rows

if TYPE_CHECKING:
    from cartelera.contract.tables import Duracion
    from cartelera.lookup.table import WholeTable


def ids(
    films: WholeTable[Duracion],
    title: str | None,
    year: int | None = None,
    film_id: int | None = None,
) -> list[int]:
    return [
        films.row(position)["id"]
        for position in find_film_rows(films, None if title is None else (title,), year, film_id)
    ]


def test_of_several_films_of_a_title_the_best_known_leads(films: WholeTable[Duracion]) -> None:
    assert ids(films, "king kong") == [254, 244, 10730]


def test_the_year_picks_among_films_of_a_title(films: WholeTable[Duracion]) -> None:
    assert ids(films, "King Kong", year=1976) == [10730, 254, 244]


def test_the_id_picks_among_films_of_a_title_and_year(films: WholeTable[Duracion]) -> None:
    assert ids(films, "Emma", year=1996, film_id=12254) == [12254, 3573]


def test_an_id_alone_is_enough(films: WholeTable[Duracion]) -> None:
    assert ids(films, None, film_id=244) == [244]


def test_the_exact_spelling_of_a_title_leads(films: WholeTable[Duracion]) -> None:
    assert ids(films, "Rec") == [77, 8329]
    assert ids(films, "rec") == [8329, 77]


def test_a_year_that_fits_none_says_which_there_are(films: WholeTable[Duracion]) -> None:
    with pytest.raises(NotInCatalogueError) as caught:
        find_film_rows(films, ("King Kong",), 1950, None)

    assert "anio 1950" in caught.value.detail
    assert "King Kong (1933, id 244)" in caught.value.suggestions


def test_an_id_of_another_title_is_not_there(films: WholeTable[Duracion]) -> None:
    with pytest.raises(NotInCatalogueError, match="id 862"):
        find_film_rows(films, ("King Kong",), None, 862)


def test_an_unknown_id_is_not_there(films: WholeTable[Duracion]) -> None:
    with pytest.raises(NotInCatalogueError, match="id 999"):
        find_film_rows(films, None, None, 999)


def test_neither_title_nor_id_is_a_missing_parameter(films: WholeTable[Duracion]) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        find_film_rows(films, None, 1995, None)

    assert caught.value.parameter == "pelicula"


def found(films: WholeTable[Duracion], title: str | None, *asked: int | None) -> int | None:
    position = find_film_row(films, None if title is None else (title,), *asked)
    return None if position is None else films.row(position)["id"]


@pytest.mark.parametrize(
    ("title", "year", "film_id"),
    [
        ("king kong", None, None),
        ("King Kong", 1976, None),
        ("Emma", 1996, 12254),
        ("rec", None, None),
        ("Rec", None, None),
        (None, None, 244),
        (None, 1933, 244),
    ],
)
def test_the_position_of_a_film_is_that_of_the_first_of_those_asked_for(
    films: WholeTable[Duracion], title: str | None, year: int | None, film_id: int | None
) -> None:
    assert found(films, title, year, film_id) == ids(films, title, year, film_id)[0]


@pytest.mark.parametrize(
    ("title", "year", "film_id"),
    [
        ("King Kong", 1950, None),
        ("King Kong", None, 862),
        ("Up", None, None),
        (None, None, 999),
        (None, 1950, 244),
        (None, None, None),
    ],
)
def test_a_film_that_is_not_there_has_no_position(
    films: WholeTable[Duracion], title: str | None, year: int | None, film_id: int | None
) -> None:
    assert found(films, title, year, film_id) is None


@pytest.mark.parametrize(
    ("suggestion", "film_ids"),
    [
        ("King Kong (2005, id 254)", [254, 244, 10730]),
        ("King Kong (1976, id 10730)", [10730, 254, 244]),
        ("KING KONG (1976, id 10730) ", [10730, 254, 244]),
        ("[REC] (2007, id 8329)", [8329, 77]),
        ("King Kong (1976, id 254)", []),
        ("King Kong (2005, id 862)", []),
        ("King Kong (2005, id 999)", []),
        ("King Kong (2005, id 9999999999)", []),
        ("King Kong (2005)", []),
    ],
)
def test_a_film_is_found_as_it_was_suggested(
    films: WholeTable[Duracion], suggestion: str, film_ids: list[int]
) -> None:
    assert found(films, suggestion, None, None) == next(iter(film_ids), None)
    if film_ids:
        assert ids(films, suggestion) == film_ids
    else:
        with pytest.raises(NotInCatalogueError):
            ids(films, suggestion)


def test_every_film_is_found_by_what_is_suggested_where_the_year_fits_none(
    films: WholeTable[Duracion],
) -> None:
    for title in ("King Kong", "Emma", "Rec"):
        with pytest.raises(NotInCatalogueError) as caught:
            find_film_rows(films, (title,), 1900, None)
        for suggestion in caught.value.suggestions:
            (film, *_) = ids(films, suggestion)
            assert suggestion.endswith(f"id {film})")
            with pytest.raises(NotInCatalogueError):
                ids(films, suggestion, year=1900)
