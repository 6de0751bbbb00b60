from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cartelera.errors import InvalidParameterError, NotInCatalogueError
from cartelera.films import choose

if TYPE_CHECKING:
    from cartelera.lookup import Table
    from cartelera.tables import Duracion


def ids(
    films: Table[Duracion], title: str | None, year: int | None = None, film_id: int | None = None
) -> list[int]:
    return [
        films.row(position)["id"]
        for position in choose(films, None if title is None else (title,), year, film_id)
    ]


def test_of_several_films_of_a_title_the_best_known_leads(films: Table[Duracion]) -> None:
    assert ids(films, "king kong") == [254, 244, 10730]


def test_the_year_picks_among_films_of_a_title(films: Table[Duracion]) -> None:
    assert ids(films, "King Kong", year=1976) == [10730, 254, 244]


def test_the_id_picks_among_films_of_a_title_and_year(films: Table[Duracion]) -> None:
    assert ids(films, "Emma", year=1996, film_id=12254) == [12254, 3573]


def test_an_id_alone_is_enough(films: Table[Duracion]) -> None:
    assert ids(films, None, film_id=244) == [244]


def test_the_exact_spelling_of_a_title_leads(films: Table[Duracion]) -> None:
    assert ids(films, "Rec") == [77, 8329]
    assert ids(films, "rec") == [8329, 77]


def test_a_year_that_fits_none_says_which_there_are(films: Table[Duracion]) -> None:
    with pytest.raises(NotInCatalogueError) as caught:
        choose(films, ("King Kong",), 1950, None)

    assert "anio 1950" in caught.value.detail
    assert "King Kong (1933, id 244)" in caught.value.suggestions


def test_an_id_of_another_title_is_not_there(films: Table[Duracion]) -> None:
    with pytest.raises(NotInCatalogueError, match="id 862"):
        choose(films, ("King Kong",), None, 862)


def test_an_unknown_id_is_not_there(films: Table[Duracion]) -> None:
    with pytest.raises(NotInCatalogueError, match="id 999"):
        choose(films, None, None, 999)


def test_neither_title_nor_id_is_a_missing_parameter(films: Table[Duracion]) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        choose(films, None, 1995, None)

    assert caught.value.parameter == "pelicula"
