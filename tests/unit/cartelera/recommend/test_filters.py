"""Which films the filters of recommendations let through."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartelera.contract.tables import RECOMENDACION
from cartelera.errors import NotInCatalogueError
from cartelera.parameters import parse_parameters
from cartelera.recommend.filters import FILTERS, filter_mask
from tests.models import CATALOGUE, Film, films, filter_values, passes_filters, release_of

if TYPE_CHECKING:
    from cartelera.release import Release

A, B, C, D, E, F, G = range(7)


@pytest.fixture(scope="module")
def release() -> Release:
    return release_of(CATALOGUE)


def passing(release: Release, *seeds: int, **values: object) -> list[int]:
    """Return the rows that pass filters given as a client gives them."""
    parsed = parse_parameters([each.parameter for each in FILTERS], values)
    return np.flatnonzero(filter_mask(release, parsed, seeds)).tolist()


@settings(max_examples=40)
@given(st.lists(films, min_size=1, max_size=10), filter_values, st.data())
def test_films_fit_that_have_all_that_is_asked_for(
    catalogue: list[Film], values: dict[str, Any], data: st.DataObject
) -> None:
    release = release_of(catalogue)
    table = release.table(RECOMENDACION)
    in_rows = [catalogue[table.row(row)["id"] - 1] for row in range(len(table))]
    seeds = data.draw(st.lists(st.integers(0, len(in_rows) - 1), max_size=3))

    found = passing(release, *seeds, **values)

    assert found == [
        row
        for row, film in enumerate(in_rows)
        if row not in seeds and passes_filters(film, [in_rows[seed] for seed in seeds], values)
    ]


@pytest.mark.parametrize(
    ("genre", "expected"),
    [
        ("Drama", [A, B, G]),
        ("terror", [B, C, D]),
        ("HORROR", [B, C, D]),
        ("miedo", [B, C, D]),
        ("comedy", [D, F]),
        ("Drama, horror", [B]),
    ],
)
def test_a_genre_may_be_asked_for_by_any_of_its_names(
    release: Release, genre: str, expected: list[int]
) -> None:
    assert passing(release, genero=genre) == expected


@pytest.mark.parametrize("language", ["fr", "French", "frances", "Francés"])
def test_a_language_may_be_asked_for_by_any_of_its_names(release: Release, language: str) -> None:
    assert passing(release, idioma=language) == [A, B]


@pytest.mark.parametrize("country", ["Francia", "france"])
def test_a_country_may_be_asked_for_by_any_of_its_names(release: Release, country: str) -> None:
    assert passing(release, pais=country) == [A, B, E]


def test_a_film_must_fit_all_that_is_asked_for(release: Release) -> None:
    assert passing(release, genero="drama", idioma="fr", desde=1985) == [B]
    assert passing(release, genero="drama", idioma="en", pais="Francia") == []


def test_years_are_from_the_first_to_the_last_with_both_of_them(release: Release) -> None:
    assert passing(release, desde=1985, hasta=2000) == [B, C, D, E]
    assert passing(release, desde=2005) == [F, G]
    assert passing(release, hasta=1980) == [A]


def test_films_may_be_asked_for_that_enough_people_voted_for(release: Release) -> None:
    assert passing(release, min_votos=50) == [A, C, G]
    assert len(passing(release, min_votos=0)) == 7


def test_films_of_the_same_collections_as_those_given_may_be_left_out(release: Release) -> None:
    assert passing(release, C) == [A, B, D, E, F, G]
    assert passing(release, C, sin_franquicia=True) == [A, E, F, G]
    assert passing(release, C, F, sin_franquicia=True) == [A, G]


@pytest.mark.parametrize(
    ("name", "asked", "near"),
    [
        ("genero", "terorr", "Terror"),
        ("idioma", "Ingles!a", "inglés"),
        ("pais", "Frncia", "Francia"),
    ],
)
def test_an_unknown_genre_language_or_country_is_not_there_and_the_nearest_are_named(
    release: Release, name: str, asked: str, near: str
) -> None:
    with pytest.raises(NotInCatalogueError) as caught:
        passing(release, **{name: asked})

    assert caught.value.detail == f"`{name}`: «{asked}» no está en el catálogo."
    assert near in caught.value.suggestions


def test_films_of_no_collection_are_not_of_the_same_one(release: Release) -> None:
    assert passing(release, A, sin_franquicia=True) == [B, C, D, E, F, G]
    assert passing(release, B, sin_franquicia=True) == [A, E, F, G]
