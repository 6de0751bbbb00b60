from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Any, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartelera.contract.tables import PELICULAS_IDIOMA
from cartelera.errors import InvalidParameterError, NotInCatalogueError
from cartelera.lookup.listing import LIST_LIMIT, LIST_PAGE, MAX_LIMIT, find_or_list
from cartelera.lookup.table import WholeTable
from cartelera.parameters import MAX_PAGE

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartelera.contract.tables import Idioma
    from cartelera.lookup.listing import Listado

    type Languages = Callable[..., WholeTable[Idioma]]


def language(code: str, name: str | None, films: int) -> Idioma:
    url = f"/peliculas?idioma={code}&estado=todas&adultos=true"
    return {"idioma": code, "nombre": name, "cantidad": films, "peliculas_url": url}


FRENCH = language("fr", "francés", 20)
ENGLISH = language("en", "inglés", 70)
ZULU = language("zu", None, 1)


@pytest.fixture
def languages(make_parquet: Callable[[dict[str, list[Any]]], bytes]) -> WholeTable[Idioma]:
    """Three languages in order of their keys, two of which are found by two names."""
    keys = {"en": ENGLISH, "fr": FRENCH, "frances": FRENCH, "ingles": ENGLISH, "zu": ZULU}
    columns: dict[str, list[Any]] = {
        "key": list(keys),
        "votes": [9, 5, 5, 9, 0],
        "by_rank": [0, 1, 4, None, None],
    }
    for field in PELICULAS_IDIOMA.fields:
        columns[field] = [dict(row)[field] for row in keys.values()]
    return WholeTable(PELICULAS_IDIOMA, make_parquet(columns))


def page_of(table: WholeTable[Idioma], page: int | None, limit: int | None) -> Listado[Idioma]:
    return cast("Listado[Idioma]", find_or_list(table, None, page, limit, 2))


def test_without_a_name_the_first_of_the_ranking_answer_as_many_as_is_usual(
    languages: WholeTable[Idioma],
) -> None:
    assert find_or_list(languages, None, None, None, 2) == {
        "total": 3,
        "pagina": 1,
        "limite": 2,
        "resultados": [ENGLISH, FRENCH],
    }


@pytest.mark.parametrize(
    ("page", "limit", "rows"),
    [
        (1, 1, [ENGLISH]),
        (2, 1, [FRENCH]),
        (3, 1, [ZULU]),
        (2, None, [ZULU]),
        (None, 3, [ENGLISH, FRENCH, ZULU]),
        (None, MAX_LIMIT, [ENGLISH, FRENCH, ZULU]),
        (1, 4, [ENGLISH, FRENCH, ZULU]),
        (3, None, []),
        (2, 3, []),
        (MAX_PAGE, MAX_LIMIT, []),
    ],
)
def test_a_page_may_be_asked_for_and_the_total_counts_entries_and_not_their_names(
    languages: WholeTable[Idioma], page: int | None, limit: int | None, rows: list[Idioma]
) -> None:
    assert page_of(languages, page, limit) == {
        "total": 3,
        "pagina": page or 1,
        "limite": limit or 2,
        "resultados": rows,
    }


def test_a_name_is_looked_up(languages: WholeTable[Idioma]) -> None:
    assert find_or_list(languages, ("Inglés",), None, None, 2) == ENGLISH
    assert find_or_list(languages, ("FR", "Ingl%C3%A9s?"), None, None, 2) == FRENCH


def test_a_name_that_is_not_there_is_not_answered_with_the_list(
    languages: WholeTable[Idioma],
) -> None:
    with pytest.raises(NotInCatalogueError):
        find_or_list(languages, ("klingon",), None, None, 2)


@pytest.mark.parametrize(
    ("page", "limit", "parameter"),
    [(1, None, "pagina"), (None, 10, "limite"), (2, 10, "pagina")],
)
def test_a_name_goes_with_neither_page_nor_limit_and_the_refusal_names_them(
    languages: WholeTable[Idioma], page: int | None, limit: int | None, parameter: str
) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        find_or_list(languages, ("en",), page, limit, 2)

    assert caught.value.parameter == parameter
    assert f"`{parameter}`" in caught.value.detail
    assert "`idioma`" in caught.value.detail


def test_a_page_has_no_default_so_that_it_is_known_whether_it_was_asked_for() -> None:
    assert LIST_PAGE.parse(None) is None
    assert LIST_LIMIT.parse(None) is None


@pytest.mark.parametrize(("parameter", "highest"), [(LIST_PAGE, 100_000), (LIST_LIMIT, 500)])
def test_pages_and_limits_begin_with_1_and_end(parameter: Any, highest: int) -> None:
    assert parameter.parse("1") == 1
    assert parameter.parse(str(highest)) == highest
    for beyond in ("0", str(highest + 1)):
        with pytest.raises(InvalidParameterError) as caught:
            parameter.parse(beyond)
        assert caught.value.parameter == parameter.name


def test_an_empty_table_lists_nothing(
    make_parquet: Callable[[dict[str, list[Any]]], bytes],
) -> None:
    empty = WholeTable(
        PELICULAS_IDIOMA, make_parquet({name: [] for name in PELICULAS_IDIOMA.columns})
    )

    assert page_of(empty, None, None) == {"total": 0, "pagina": 1, "limite": 2, "resultados": []}


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(1, 5))
def test_the_pages_are_the_whole_ranking(languages: WholeTable[Idioma], limit: int) -> None:
    pages = [page_of(languages, page, limit)["resultados"] for page in range(1, 5)]

    assert list(chain.from_iterable(pages)) == [ENGLISH, FRENCH, ZULU]
