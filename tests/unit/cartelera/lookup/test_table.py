from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartelera.contract.names import compact, key
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.contract.tables import PELICULAS_IDIOMA
from cartelera.errors import NotInCatalogueError
from cartelera.lookup.table import WholeTable
from cartelera.parameters import PathValue, Text

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartelera.contract.tables import Duracion, Idioma, Productora

    type Companies = Callable[..., WholeTable[Productora]]


def names(table: WholeTable[Productora], *spellings: str) -> list[str]:
    return [table.row(position)["productora"] for position in table.positions(*spellings)]


def test_a_name_is_found_whatever_its_case_and_punctuation(companies: Companies) -> None:
    table = companies(**{"Warner Bros.": 9, "Pixar": 5, "Gaumont": 2})

    assert table.find("warner BROS") == {
        "productora": "Warner Bros.",
        "revenue_total": 0,
        "cantidad": 1,
        "cantidad_informada": 0,
        "ingresos_total": 0,
        "peliculas_url": "/peliculas?productora=Warner%20Bros.&estado=todas&adultos=true",
    }


def test_the_best_known_of_several_spellings_answers_and_the_rest_are_listed(
    companies: Companies,
) -> None:
    table = companies(**{"Warner Bros": 3, "Warner Bros.": 9})

    assert names(table, "warner bros") == ["Warner Bros.", "Warner Bros"]
    assert [other["productora"] for other in table.find("warner bros")["otras"]] == ["Warner Bros"]


def test_the_exact_spelling_goes_before_the_best_known(companies: Companies) -> None:
    table = companies(**{"Warner Bros": 3, "Warner Bros.": 9})

    assert names(table, "Warner Bros") == ["Warner Bros", "Warner Bros."]


def test_a_name_that_is_not_there_matches_nothing_and_a_position_is_what_matches(
    companies: Companies,
) -> None:
    table = companies(**{"Warner Bros": 3, "Warner Bros.": 9})

    assert table.matches("Pixar") == []
    assert table.matches("Pixar", "Warner Bros") == table.positions("Warner Bros")


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
def test_a_film_is_found_by_its_id(films: WholeTable[Duracion], film: int) -> None:
    position = films.position_of_id(film)

    assert position is not None
    assert films.row(position)["id"] == film


@pytest.mark.parametrize("film", [1, 500, 99999])
def test_an_id_that_no_film_has_is_nowhere(films: WholeTable[Duracion], film: int) -> None:
    assert films.position_of_id(film) is None


def test_a_missing_value_is_none(films: WholeTable[Duracion]) -> None:
    position = films.position_of_id(12254)

    assert position is not None
    assert films.row(position)["duracion"] is None


def test_a_file_with_other_columns_is_refused(make_parquet: Callable[..., bytes]) -> None:
    with pytest.raises(UnsoundReleaseError, match="has columns a, expected key"):
        WholeTable(PELICULAS_IDIOMA, make_parquet({"a": [1]}))


KEYS = ["e t", "et", "eta", "eta carinae", "et al", "etz", "f"]


@pytest.fixture
def ranking(make_parquet: Callable[..., bytes]) -> WholeTable[Idioma]:
    """Seven keys of five entries: the first and the fifth, the third and the sixth are one."""
    columns: dict[str, list[Any]] = {
        "key": KEYS,
        "votes": [70, 60, 50, 40, 70, 50, 10],
        "by_rank": [6, 3, 0, 2, 1, None, None],
        "idioma": ["et", "et", "eta", "ec", "et", "eta", "f"],
        "nombre": [None] * 7,
        "cantidad": [7, 6, 5, 4, 7, 5, 1],
    }
    return WholeTable(PELICULAS_IDIOMA, make_parquet(columns))


def test_a_ranking_counts_each_entry_once_and_gives_it_in_order(
    ranking: WholeTable[Idioma],
) -> None:
    assert len(ranking) == 7
    assert ranking.entries == 5
    assert [row["cantidad"] for row in ranking.ranking_page(0, 5)] == [1, 4, 7, 5, 6]
    assert ranking.ranking_page(0, 1) == [
        {
            "idioma": "f",
            "nombre": None,
            "cantidad": 1,
            "peliculas_url": "/peliculas?idioma=f&estado=todas&adultos=true",
        }
    ]


@pytest.mark.parametrize(
    ("first", "count", "ranked"),
    [
        (0, 2, [1, 4]),
        (2, 2, [7, 5]),
        (4, 2, [6]),
        (3, 100, [5, 6]),
        (5, 2, []),
        (6, 1, []),
        (10**9, 500, []),
        (0, 0, []),
    ],
)
def test_a_page_of_a_ranking_ends_with_it(
    ranking: WholeTable[Idioma], first: int, count: int, ranked: list[int]
) -> None:
    assert [row["cantidad"] for row in ranking.ranking_page(first, count)] == ranked


@pytest.mark.parametrize(
    ("name_key", "rows"),
    [
        ("et", range(2)),
        ("e t", range(2)),
        ("eta", range(2, 3)),
        ("eta l", range(4, 5)),
        ("f", range(6, 7)),
    ],
)
def test_the_entries_of_a_key_lie_together_whatever_its_spaces(
    ranking: WholeTable[Idioma], name_key: str, rows: range
) -> None:
    assert ranking.rows_with_key(name_key) == rows


@pytest.mark.parametrize("name_key", ["", "a", "e", "etb", "fa", "z", "et al b"])
def test_a_key_that_nothing_has_has_no_rows(ranking: WholeTable[Idioma], name_key: str) -> None:
    assert len(ranking.rows_with_key(name_key)) == 0


@pytest.mark.parametrize(
    ("name_key", "rows"),
    [
        ("e", range(6)),
        ("et", range(6)),
        ("e ta", range(2, 5)),
        ("etac", range(3, 4)),
        ("et al", range(4, 5)),
        ("f", range(6, 7)),
        ("", range(7)),
    ],
)
def test_the_keys_that_start_so_lie_together_whatever_the_spaces(
    ranking: WholeTable[Idioma], name_key: str, rows: range
) -> None:
    assert ranking.starting_with(name_key) == rows


@pytest.mark.parametrize("name_key", ["a", "etb", "eta carinae x", "g", "千"])
def test_what_no_key_starts_with_has_no_rows(ranking: WholeTable[Idioma], name_key: str) -> None:
    assert len(ranking.starting_with(name_key)) == 0


# But for U+10FFFF, which Unicode never assigns.
assignable = st.text(st.characters(max_codepoint=0x10FFFE, exclude_categories=["Cs"]), max_size=9)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.dictionaries(assignable.filter(key), st.integers(0, 9), max_size=20),
    assignable.map(key),
)
def test_keys_are_found_as_if_each_was_looked_at(
    companies: Companies, votes: dict[str, int], name_key: str
) -> None:
    table = companies(**votes)
    compact_keys = [compact(str(row_key)) for row_key in table.column("key")]

    for wanted in (name_key, *(key(name)[:3] for name in votes)):
        wanted_compact = compact(wanted)
        starting = [n for n, k in enumerate(compact_keys) if k.startswith(wanted_compact)]
        assert list(table.starting_with(wanted)) == starting
        assert list(table.rows_with_key(wanted)) == [
            n for n in starting if compact_keys[n] == wanted_compact
        ]


def test_a_whole_column_is_in_order_of_the_rows(ranking: WholeTable[Idioma]) -> None:
    numbers = ranking.numbers("votes")

    assert ranking.column("key") == KEYS
    assert ranking.column("nombre") == [None] * 7
    assert numbers.tolist() == [70, 60, 50, 40, 70, 50, 10]
    assert numbers.dtype == np.int64


def test_an_empty_table_has_columns_and_no_entries(companies: Companies) -> None:
    table = companies()

    assert table.column("key") == []
    assert table.numbers("votes").tolist() == []
    assert (table.entries, table.ranking_page(0, 10)) == (0, [])
    assert len(table.rows_with_key("a")) == len(table.starting_with("a")) == 0


@pytest.mark.parametrize("sign", ["$", "#", "!", "%"])
def test_an_escape_in_a_path_is_no_name_beside_what_it_stands_for(
    companies: Companies, sign: str
) -> None:
    code = quote(sign)[1:]
    table = companies(**{code: 9, f"%{code} Films": 5})

    assert table.matches(*Text("x").parse(PathValue(quote(sign))) or ()) == []
    assert names(table, *Text("x").parse(PathValue(code)) or ()) == [code]
    assert names(table, *Text("x").parse(PathValue(quote(f"%{code} Films"))) or ()) == [
        f"%{code} Films"
    ]
