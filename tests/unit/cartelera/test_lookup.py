from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartelera.errors import NotInCatalogueError
from cartelera.layout import UnsoundReleaseError
from cartelera.lookup import Table
from cartelera.names import key
from cartelera.tables import PELICULAS_IDIOMA

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartelera.tables import Duracion, Productora

    type Companies = Callable[..., Table[Productora]]


def names(table: Table[Productora], *spellings: str) -> list[str]:
    return [table.row(position)["productora"] for position in table.positions(*spellings)]


def test_a_name_is_found_whatever_its_case_and_punctuation(companies: Companies) -> None:
    table = companies(**{"Warner Bros.": 9, "Pixar": 5, "Gaumont": 2})

    assert table.find("warner BROS") == {
        "productora": "Warner Bros.",
        "revenue_total": 0,
        "cantidad": 1,
    }


def test_the_best_known_of_several_spellings_answers_and_the_rest_are_listed(
    companies: Companies,
) -> None:
    table = companies(**{"Warner Bros": 3, "Warner Bros.": 9})

    assert names(table, "warner bros") == ["Warner Bros.", "Warner Bros"]
    assert [other["productora"] for other in table.find("warner bros")["otras"]] == [  # type: ignore[typeddict-item]
        "Warner Bros"
    ]


def test_the_exact_spelling_goes_before_the_best_known(companies: Companies) -> None:
    table = companies(**{"Warner Bros": 3, "Warner Bros.": 9})

    assert names(table, "Warner Bros") == ["Warner Bros", "Warner Bros."]


def test_the_same_words_go_before_the_best_known(companies: Companies) -> None:
    table = companies(**{"Therapist": 9, "The Rapist": 3})

    assert names(table, "the rapist") == ["The Rapist", "Therapist"]


def test_the_likelier_of_two_spellings_decides(companies: Companies) -> None:
    table = companies(**{"Périphéria": 1, "P%C3%A9riph%C3%A9ria": 5})

    assert names(table, "Périphéria", "P%C3%A9riph%C3%A9ria") == ["Périphéria"]
    assert names(table, "P%C3%A9riph%C3%A9ria", "P%25C3%25A9") == ["P%C3%A9riph%C3%A9ria"]


def test_an_exact_spelling_goes_before_a_likelier_one_that_only_comes_near(
    companies: Companies,
) -> None:
    table = companies(**{"K%2FW Productions": 1, "KW Productions": 5})

    assert names(table, "K/W Productions", "K%2FW Productions") == ["K%2FW Productions"]
    assert names(table, "k/w productions", "k%2fw productions") == ["KW Productions"]


def test_a_name_that_is_not_there_comes_with_suggestions(companies: Companies) -> None:
    table = companies(Pixar=5, Gaumont=2)

    with pytest.raises(NotInCatalogueError) as caught:
        table.find("Pixxar")

    assert caught.value.suggestions == ["Pixar"]
    assert "«Pixxar»" in caught.value.detail


def test_nothing_is_found_in_an_empty_table(companies: Companies) -> None:
    with pytest.raises(NotInCatalogueError):
        companies().find("Pixar")


encodable = st.characters(exclude_categories=["Cs"])
visible = st.text(encodable, min_size=1, max_size=20).filter(key)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(visible, st.integers(0, 9), min_size=1, max_size=30))
def test_every_name_finds_itself(companies: Companies, votes: dict[str, int]) -> None:
    table = companies(**votes)

    for name in votes:
        assert names(table, name)[0] == name


@pytest.mark.parametrize("film", [862, 254, 10730, 244, 3573, 12254, 8329, 77])
def test_a_film_is_found_by_its_id(films: Table[Duracion], film: int) -> None:
    position = films.position_of_id(film)

    assert position is not None
    assert films.row(position)["id"] == film


@pytest.mark.parametrize("film", [1, 500, 99999])
def test_an_id_that_no_film_has_is_nowhere(films: Table[Duracion], film: int) -> None:
    assert films.position_of_id(film) is None


def test_a_missing_value_is_none(films: Table[Duracion]) -> None:
    position = films.position_of_id(12254)

    assert position is not None
    assert films.row(position)["duracion"] is None


def test_a_file_with_other_columns_is_refused(make_parquet: Callable[..., bytes]) -> None:
    with pytest.raises(UnsoundReleaseError, match="has columns a, expected key"):
        Table(PELICULAS_IDIOMA, make_parquet({"a": [1]}))
