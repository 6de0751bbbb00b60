"""Listing films: every filter and order, against the same done film by film."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartelera.contract.film_status import STATUSES
from cartelera.contract.formats.film_lists import NAMED
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.contract.tables import FRANQUICIA, PELICULAS_PAIS
from cartelera.films.lists import LIST_ORDERS, FilmLists
from etl.tables import film_lists

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    type Film = dict[str, Any]

COUNTRIES = ["France", "Spain", "Peru"]
SAGAS = ["Alien Collection", "Dune"]
ITEM = pa.list_(pa.struct([("name", pa.string())]))
SCHEMA = pa.schema(
    [
        *[("id", pa.int64()), ("title", pa.string()), ("release_date", pa.date32())],
        *[("vote_count", pa.int64()), ("vote_average", pa.float64()), ("runtime", pa.int64())],
        *[("revenue", pa.int64()), ("original_language", pa.string())],
        *[("collection", pa.string()), ("status", pa.string()), ("adult", pa.bool_())],
        *[("production_countries", ITEM), ("production_companies", ITEM)],
        *[("genres", ITEM), ("keywords", ITEM)],
    ]
)
some_films = st.lists(
    st.fixed_dictionaries(
        {
            "title": st.sampled_from(["Ñandú", "Alien", "x" * 9]),
            "release_date": st.dates(date(1998, 12, 30), date(2002, 1, 2)),
            "vote_count": st.sampled_from([0, 1, 7, 100]),
            "vote_average": st.sampled_from([0.0, 5.5, 6.25, 10.0]),
            "runtime": st.sampled_from([None, 1, 90, 91, 200]),
            "revenue": st.sampled_from([0, 5, 10**11]),
            "original_language": st.sampled_from([None, "en", "fr"]),
            "collection": st.sampled_from([None, *SAGAS]),
            "status": st.sampled_from(["", *STATUSES]),
            "adult": st.booleans(),
            "production_countries": st.lists(st.sampled_from(COUNTRIES), unique=True),
            "genres": st.lists(st.sampled_from(["Horror", "Drama"]), unique=True),
            "keywords": st.lists(
                st.sampled_from(["time travel", "travel", "space-time", "Time"]), unique=True
            ),
        }
    ),
    min_size=1,
    max_size=20,
)
edges = st.sampled_from([0, 1, 6, 90, 91, 1000])


def lists_of(films: Sequence[Film]) -> FilmLists:
    return FilmLists(lists_file(films))


def lists_file(films: Sequence[Film]) -> bytes:
    """Make the file of films as the job does; their ids are their rows, from 1."""
    rows = [
        {
            "id": row,
            **film,
            "production_companies": [],
            **{
                name: [{"name": value} for value in film[name]]
                for name in ("production_countries", "genres", "keywords")
            },
        }
        for row, film in enumerate(films, 1)
    ]
    made = film_lists.FilmLists()
    half = len(rows) // 2
    for piece in (rows[:half], rows[half:]):
        made.add(pa.Table.from_pylist(piece, schema=SCHEMA))
    tables = [
        (FRANQUICIA.path, pa.table({FRANQUICIA.name: ["Dune", *SAGAS]})),
        (PELICULAS_PAIS.path, pa.table({PELICULAS_PAIS.name: [*COUNTRIES, "France"]})),
    ]
    assert list(made.watch(tables)) == tables
    data, count = made.file()
    assert count == len(films)
    return data


def has(film: Film, *keywords: str) -> bool:
    return not {*keywords}.isdisjoint(film["keywords"])


def ids(lists: FilmLists, films: int) -> set[int]:
    return {film["id"] for film in lists.page(films, "votos", 0, 10**6).films}


@settings(max_examples=40)
@given(some_films, edges, edges)
def test_each_filter_lets_through_the_films_that_it_says(
    films: list[Film], low: int, high: int
) -> None:
    lists = lists_of(films)
    horror = lists.genre("Terror") if "Terror" in lists.genres else 0
    filters: list[tuple[int, Callable[[Film], bool]]] = [
        (lists.all, lambda _: True),
        (lists.adult, lambda film: film["adult"]),
        (horror, lambda film: "Horror" in film["genres"]),
        (lists.status("rumoreada"), lambda film: film["status"] == "Rumored"),
        (lists.status("estrenada"), lambda film: film["status"] in ("", "Released")),
        (lists.entry("franquicia", 0), lambda film: film["collection"] == "Dune"),
        (lists.entry("pais", 3), lambda film: "France" in film["production_countries"]),
        (lists.theme("TRAVEL"), lambda film: has(film, "time travel", "travel")),
        (lists.theme("time"), lambda film: has(film, "time travel", "Time", "space-time")),
        (lists.theme("tim"), lambda _: False),
        (lists.in_years(1999, 2000), lambda film: 1999 <= film["release_date"].year <= 2000),
        (lists.in_years(2001, None), lambda film: film["release_date"].year >= 2001),
        (lists.in_years(2001, 2000), lambda _: False),
        (lists.at_least("votes", low), lambda film: film["vote_count"] >= low),
        (lists.at_least("ratings", low), lambda film: film["vote_average"] >= low),
        (lists.below("minutes", high), lambda film: (film["runtime"] or 0) < high),
        (
            lists.below("minutes", high, inclusive=True),
            lambda film: (film["runtime"] or 0) <= high,
        ),
        (lists.of_rows([0, 0]), lambda film: film is films[0]),
    ]

    for number, (found, expected) in enumerate(filters):
        let_through = {row for row, film in enumerate(films, 1) if expected(film)}
        assert ids(lists, found) == let_through, number


@settings(max_examples=40)
@given(some_films, st.sampled_from(LIST_ORDERS), st.integers(0, 9), st.integers(1, 5), st.data())
def test_pages_are_a_list_in_its_order_however_many_films_are_sorted(
    films: list[Film], order: str, first: int, count: int, data: st.DataObject
) -> None:
    lists = FilmLists(lists_file(films), few=data.draw(st.sampled_from([0, 10**6])))
    rows = data.draw(st.sets(st.integers(0, len(films) - 1)))
    chosen = lists.of_rows(rows)

    whole = lists.page(chosen, order, 0, len(films))
    page = lists.page(chosen, order, first, count)

    assert page.total == whole.total == len(rows)
    assert page.films == whole.films[first : first + count]
    assert {film["id"] - 1 for film in whole.films} == rows
    keys: dict[str, Callable[[Any], Any]] = {
        "votos": lambda film: -film["voto_total"],
        "puntuacion": lambda film: -film["puntuacion"],
        "recaudacion": lambda film: -(film["ingresos_total"] or 0),
        "fecha": lambda film: [-ord(digit) for digit in film["fecha"]],
        "titulo": lambda film: film["id"],
    }
    assert whole.films == sorted(whole.films, key=keys[order])


@given(some_films)
def test_a_film_of_a_list_says_what_is_known_of_it(films: list[Film]) -> None:
    lists = lists_of(films)

    for listed in lists.page(lists.all, "titulo", 0, len(films)).films:
        film = films[listed["id"] - 1]
        assert listed["titulo"] == film["title"]
        assert listed["fecha"] == film["release_date"].isoformat()
        assert listed["anio"] == film["release_date"].year
        assert listed["duracion"] == film["runtime"]
        assert listed["voto_total"] == film["vote_count"]
        assert listed["voto_promedio"] == (film["vote_average"] if film["vote_count"] else None)
        assert listed["ingresos_total"] == (film["revenue"] or None)


def test_every_facet_has_a_table() -> None:
    assert len({schema.path for schema in NAMED.values()}) == len(NAMED)


def test_what_is_no_file_of_lists_is_refused() -> None:
    with pytest.raises(UnsoundReleaseError, match="peliculas"):
        FilmLists(b"junk")
