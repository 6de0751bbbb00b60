"""The names of films, and the tables by which they are found."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from cartelera.contract.names import compact
from cartelera.contract.readings import (
    ANY_ARTICLES,
    ARTICLES,
    REWRITTEN,
    far_better_known,
    reading_keys,
)
from etl.catalogue.catalogue import sort_films
from etl.tables.film_names import NO_AKAS, better_known, by_reading_key, film_names, name_tables

if TYPE_CHECKING:
    from collections.abc import Sequence


def catalogue(*films: tuple[str, int, str, str | None, str | None]) -> pd.DataFrame:
    columns = ["title", "vote_count", "original_language", "original_title", "imdb_id"]
    frame = pd.DataFrame(films, columns=columns).assign(id=range(1, len(films) + 1))
    return sort_films(frame.astype(dict.fromkeys(("title", "original_title", "imdb_id"), "str")))


def tables(films: pd.DataFrame, akas: Sequence[tuple[int, str]] = ()) -> dict[str, Any]:
    others = pd.DataFrame(akas, columns=NO_AKAS.columns).astype(NO_AKAS.dtypes)
    names = by_reading_key(films, film_names(films, others))
    return {schema.route: table.to_pydict() for schema, table in name_tables(films, names)}


FILMS = catalogue(
    ("Amélie", 60, "fr", "Amelie", "tt0211915"),
    ("Godfather", 4, "en", "Godfather", None),
    ("The Godfather", 6000, "en", "The Godfather", "tt0068646"),
    ("The Wave", 500, "de", "Die Welle", "tt1063669"),
)


def names_like_titles() -> st.SearchStrategy[str]:
    """Return names of words that are read in more than one way, and of any others."""
    words = st.sampled_from(
        sorted(ANY_ARTICLES | REWRITTEN | {"l'amour", "L’", "die", "A.I.", "lo"})
    )
    return st.lists(words | st.text(max_size=4), min_size=1, max_size=4).map(" ".join)


def test_a_film_has_each_of_its_names_once() -> None:
    akas = pd.DataFrame({"film": [2, 2, 2], "name": ["Godfather", "El padrino", "EL PADRINO"]})
    names = film_names(FILMS, akas)

    columns = ["film", "name", "kind", "votes"]
    assert list(names[columns].itertuples(index=False, name=None)) == [
        (0, "Amélie", "title", 60),
        (1, "Godfather", "title", 4),
        (2, "The Godfather", "title", 6000),
        (3, "The Wave", "title", 500),
        (3, "Die Welle", "original", 500),
        (2, "Godfather", "aka", 6000),
        (2, "El padrino", "aka", 6000),
    ]


@given(st.lists(st.tuples(names_like_titles(), st.sampled_from(["en", "fr", "it", "xx"]))))
def test_a_name_comes_once_for_each_of_the_reading_keys_that_functions_look_up(
    titled: list[tuple[str, str]],
) -> None:
    films = catalogue(*((title, 1, language, None, None) for title, language in titled))
    names = film_names(films, NO_AKAS)

    keyed = by_reading_key(films, names)

    languages = films["original_language"]
    assert list(zip(keyed["film"], keyed["key"], strict=True)) == [
        (film, key)
        for film, name in zip(names["film"], names["name"], strict=True)
        for key in reading_keys(
            name, ARTICLES["en"] | ARTICLES["es"] | ARTICLES.get(languages[film], frozenset())
        )
    ]


def test_names_are_in_order_of_their_reading_keys_without_titles_that_are_their_own() -> None:
    names = tables(FILMS, [(2, "El padrino")])["nombres"]

    assert list(zip(names["key"], names["nombre"], names["film"], strict=True)) == [
        ("die welle", "Die Welle", 3),
        ("el padrino", "El padrino", 2),
        ("godfather", "The Godfather", 2),
        ("padrino", "El padrino", 2),
        ("wave", "The Wave", 3),
        ("welle", "Die Welle", 3),
    ]
    assert names["votes"] == [500, 6000, 6000, 6000, 500, 500]


def test_films_are_in_order_of_their_ids_at_imdb_where_they_have_one() -> None:
    assert tables(FILMS)["imdb"] == {
        "key": ["tt0068646", "tt0211915", "tt1063669"],
        "votes": [6000, 60, 500],
        "film": [2, 0, 3],
    }


def test_a_title_leads_to_a_far_better_known_film_that_it_may_be_meant_for() -> None:
    films = catalogue(
        ("Godfather", 4, "en", None, None),
        ("Godfather", 2, "en", None, None),
        ("The Godfather", 6000, "en", None, None),
        ("The Heat", 500, "en", None, None),
        ("Heat", 400, "en", None, None),
        ("El padrino", 9, "es", None, None),
        ("The As", 900, "en", None, None),
        ("As As", 1, "en", None, None),
    )
    others = pd.DataFrame(
        {"film": films.index[films["title"] == "The Godfather"], "name": "El Padrino"}
    )

    meant = better_known(films, by_reading_key(films, film_names(films, others)))

    titles = films["title"].tolist()
    known = [
        (titles[film], votes, titles[row])
        for film, (votes, row) in enumerate(zip(films["vote_count"], meant, strict=True))
        if not pd.isna(row)
    ]
    assert known == [
        ("El padrino", 9, "The Godfather"),
        ("Godfather", 4, "The Godfather"),
        ("Godfather", 2, "The Godfather"),
    ]


def test_where_there_is_no_other_name_the_tables_are_there_and_empty() -> None:
    films = catalogue(("Heat", 1, "en", None, None))

    assert {route: table["key"] for route, table in tables(films).items()} == {
        "nombres": [],
        "imdb": [],
    }


@given(
    st.lists(
        st.tuples(
            st.sampled_from(
                ["Heat", "The Heat", "A Heat", "Heat 2", "Heat Two", "He at", "The", ""]
            )
            | st.text(max_size=3),
            st.sampled_from([0, 1, 9, 100, 101, 1000, 10_000]),
        )
    )
)
def test_a_title_leads_to_the_best_known_film_of_any_of_its_reading_keys(
    rated: list[tuple[str, int]],
) -> None:
    films = catalogue(*((title, votes, "en", None, None) for title, votes in rated))
    names = by_reading_key(films, film_names(films, NO_AKAS))
    rows = list(zip(names["film"], map(compact, names["key"]), names["votes"], strict=True))
    titles = [compact(key) for key in films["key"]]

    expected = []
    for film, title in enumerate(titles):
        keys = [key for each, key, _ in rows if each == film]
        best = [max((row for row in rows if row[1] == key), key=itemgetter(2)) for key in keys]
        meant, _, votes = max(best, key=itemgetter(2), default=(film, "", 0))
        leader = films["vote_count"][titles.index(title)]
        other = titles[meant] != title
        expected.append(meant if other and far_better_known(votes, leader) else None)

    found = better_known(films, names)

    assert [None if pd.isna(each) else each for each in found] == expected
