"""What a search goes through: the names of all look-up tables, and the words of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartelera.contract.names import compact, key
from cartelera.contract.tables import (
    BUSCAR,
    FRANQUICIA,
    GET_ACTOR,
    GET_DIRECTOR,
    KINDS,
    PALABRAS,
    PELICULAS_IDIOMA,
    PELICULAS_PAIS,
    PRODUCTORAS_EXITOSAS,
    RECOMENDACION,
)
from cartelera.lookup.search import read_lexicon, read_name_index
from etl.release.files import table_file
from etl.tables.rows import name_table, to_arrow
from etl.tables.search import search_tables

if TYPE_CHECKING:
    from cartelera.contract.tables import TableSchema

    type Named = tuple[str, int]

USUAL: dict[str, Any] = {
    "nombre": None,
    "by_rank": None,
    "id": None,
    "films": [],
    "roles": [],
    "cantidad": 1,
    "cantidad_filmaciones": 1,
    "cantidad_informada": 0,
    "ganancia_total": 0,
    "ganancia_promedio": 0.0,
    "ganancia_promedio_informada": None,
    "revenue_total": 0,
    "retorno_total": 0.0,
    "retorno_promedio": 0.0,
    "retorno_promedio_informado": None,
}


def table(
    schema: TableSchema[Any],
    *rows: Named,
    other_names: list[tuple[str, str]] | None = None,
    **more: list[Any],
) -> pa.Table:
    """Lay out a look-up table of names and votes as the job does."""
    entries = pd.DataFrame(rows, columns=["name", "votes"]).astype(
        {"name": "str", "votes": "int64"}
    )
    for column, value in USUAL.items():
        entries[column] = pd.Series(more.get(column, [value] * len(rows)), dtype="object")
    aliases = pd.DataFrame(other_names or [], columns=["name", "alias"], dtype="str")
    return name_table(schema, entries, aliases)


def film_titles(*rows: tuple[int, str, int]) -> pa.Table:
    """Lay out films of an id, a title and votes, in look-up order."""
    ordered = sorted(rows, key=lambda row: (compact(key(row[1])), -row[2], row[0]))
    columns = {
        "key": [key(title) for _, title, _ in ordered],
        "votes": [votes for *_, votes in ordered],
        "by_id": range(len(ordered)),
        "id": [film for film, *_ in ordered],
        "titulo": [title for _, title, _ in ordered],
        "anio": [1900 + film for film, *_ in ordered],
    }
    return to_arrow(RECOMENDACION, pd.DataFrame(columns))


def searched(**tables: pa.Table) -> tuple[list[dict[str, Any]], dict[str, list[int]]]:
    """Return the rows of `BUSCAR`, and those of `PALABRAS` by word; what is not given is empty."""
    found = search_tables(complete(tables))
    for schema in (BUSCAR, PALABRAS):
        assert tuple(found[schema].column_names) == schema.columns
    held = found[PALABRAS].to_pylist()
    assert [row["key"] for row in held] == sorted({row["key"] for row in held})
    assert all(row["votes"] == len(row["found_in"]) for row in held)
    return found[BUSCAR].to_pylist(), {row["key"]: row["found_in"] for row in held}


def complete(tables: dict[str, pa.Table]) -> dict[TableSchema[Any], pa.Table]:
    return {
        schema: tables.get(kind, film_titles() if schema.films else table(schema))
        for kind, schema in KINDS.items()
    }


def test_the_names_of_every_table_are_found_each_with_its_kind() -> None:
    rows, _ = searched(
        pelicula=film_titles((1, "G", 1)),
        franquicia=table(FRANQUICIA, ("F", 2)),
        director=table(GET_DIRECTOR, ("E", 3)),
        actor=table(GET_ACTOR, ("D", 4)),
        productora=table(PRODUCTORAS_EXITOSAS, ("C", 5)),
        pais=table(PELICULAS_PAIS, ("B", 6)),
        idioma=table(PELICULAS_IDIOMA, ("A", 7)),
    )

    assert [(row["key"], row["tipo"], row["nombre"], row["votes"]) for row in rows] == [
        ("a", "idioma", "A", 7),
        ("b", "pais", "B", 6),
        ("c", "productora", "C", 5),
        ("d", "actor", "D", 4),
        ("e", "director", "E", 3),
        ("f", "franquicia", "F", 2),
        ("g", "pelicula", "G", 1),
    ]


def test_a_film_comes_with_its_id_and_year_and_nothing_else_does() -> None:
    rows, _ = searched(pelicula=film_titles((95, "Up", 9)), franquicia=table(FRANQUICIA, ("Up", 1)))

    assert [(row["tipo"], row["id"], row["anio"]) for row in rows] == [
        ("pelicula", 95, 1995),
        ("franquicia", None, None),
    ]


def test_rows_are_in_order_of_their_keys_without_spaces_the_best_known_first() -> None:
    rows, _ = searched(
        pelicula=film_titles((1, "Spider-Man", 5), (2, "Spiderman", 7), (3, "Spider Z", 9)),
        franquicia=table(FRANQUICIA, ("Spi der man", 6), ("Spa", 0)),
    )

    assert [row["nombre"] for row in rows] == [
        "Spa",
        "Spiderman",
        "Spi der man",
        "Spider-Man",
        "Spider Z",
    ]


def test_countries_and_languages_are_shown_by_their_spanish_names_where_they_have_one() -> None:
    rows, _ = searched(
        pais=table(PELICULAS_PAIS, ("Spain", 1), ("Wakanda", 1), nombre=["España", None]),
        idioma=table(PELICULAS_IDIOMA, ("en", 1), ("xyz", 1), nombre=["inglés", None]),
    )

    assert {(row["key"], row["nombre"]) for row in rows} == {
        ("spain", "España"),
        ("wakanda", "Wakanda"),
        ("en", "inglés"),
        ("xyz", "xyz"),
    }


def test_all_names_of_an_entry_lead_to_its_first_row() -> None:
    rows, _ = searched(
        pais=table(
            PELICULAS_PAIS,
            ("Spain", 7),
            ("Fiji", 1),
            other_names=[("Spain", "España"), ("Spain", "ES"), ("Fiji", "Viti")],
            nombre=["España", "Fiyi"],
        ),
        idioma=table(PELICULAS_IDIOMA, ("es", 9), other_names=[("es", "spa")], nombre=["España"]),
        pelicula=film_titles((1, "España", 5)),
    )

    assert [(row["key"], row["tipo"], row["entry"]) for row in rows] == [
        ("es", "idioma", 0),
        ("es", "pais", 1),
        ("espana", "pais", 1),
        ("espana", "pelicula", 3),
        ("fiji", "pais", 4),
        ("spa", "idioma", 0),
        ("spain", "pais", 1),
        ("viti", "pais", 4),
    ]


def test_films_of_one_name_are_entries_of_their_own() -> None:
    rows, _ = searched(pelicula=film_titles((1, "Up", 3), (2, "Up", 3), (3, "Up", 9)))

    assert [(row["id"], row["entry"]) for row in rows] == [(3, 0), (1, 1), (2, 2)]


def test_two_people_of_nearly_one_name_are_entries_of_their_own() -> None:
    rows, _ = searched(actor=table(GET_ACTOR, ("Uma", 3), ("uma", 2), ("Úma", 1)))

    assert [(row["nombre"], row["entry"]) for row in rows] == [("Uma", 0), ("uma", 1), ("Úma", 2)]


def test_people_of_one_name_are_entries_of_their_own_where_their_ids_differ() -> None:
    namesakes = table(GET_ACTOR, ("Uma", 3), ("Uma", 2), ("Uma", 1), id=[7, None, 5])

    rows, _ = searched(actor=namesakes)

    assert [(row["id"], row["entry"]) for row in rows] == [(7, 0), (None, 1), (5, 2)]


def test_somebody_who_acts_and_directs_is_found_as_both() -> None:
    rows, _ = searched(
        actor=table(GET_ACTOR, ("Clint", 3)), director=table(GET_DIRECTOR, ("Clint", 9))
    )

    assert [(row["tipo"], row["entry"]) for row in rows] == [("director", 0), ("actor", 1)]


def test_a_word_is_found_in_every_name_that_holds_it_in_order() -> None:
    rows, words = searched(
        pelicula=film_titles((1, "Toy Story", 5), (2, "Tokyo Story", 3), (3, "Toy", 1)),
        franquicia=table(FRANQUICIA, ("Toy Story", 2)),
    )

    assert [row["key"] for row in rows] == ["tokyo story", "toy", "toy story", "toy story"]
    assert words == {"story": [0, 2, 3], "tokyo": [0], "toy": [1, 2, 3]}


def test_words_are_in_the_order_in_which_a_name_is_looked_up() -> None:
    _, words = searched(pelicula=film_titles((1, "Я б 千 zz 𝕏 éa eb ß", 5)))

    assert list(words) == sorted(words)


def test_a_word_that_a_name_holds_twice_is_found_in_it_once() -> None:
    _, words = searched(pelicula=film_titles((1, "Bora Bora", 5), (2, "Bora", 1)))

    assert words == {"bora": [0, 1]}


def test_where_there_is_nothing_nothing_is_found() -> None:
    assert searched() == ([], {})


names = st.lists(
    st.sampled_from(["toy", "Toy", "la", "the", "ñu", "千", "x!"]), min_size=1, max_size=3
)
entries = st.lists(
    st.tuples(names.map(" ".join), st.integers(0, 3)), max_size=6, unique_by=lambda row: row[0]
)


@settings(max_examples=40)
@given(entries, entries, entries, st.lists(names.map(" ".join), max_size=3))
def test_a_search_finds_every_name_of_every_table(
    films: list[Named], companies: list[Named], countries: list[Named], aliases: list[str]
) -> None:
    other_names = [(name, alias) for name, _ in countries[:1] for alias in aliases]
    tables = {
        "pelicula": film_titles(*((n, *film) for n, film in enumerate(films, 1))),
        "productora": table(PRODUCTORAS_EXITOSAS, *companies),
        "pais": table(PELICULAS_PAIS, *countries, other_names=other_names),
    }
    laid_out = search_tables(complete(tables))
    index = read_name_index(table_file(laid_out[BUSCAR]).data)
    words = read_lexicon(table_file(laid_out[PALABRAS]).data)

    for kind, own in (("pelicula", films), ("productora", companies), ("pais", countries)):
        for name, _ in own:
            found = index.find(name, kind, lambda: words, 0, 100)
            shown = [result["nombre"] for result in found.results]
            assert name in shown
            assert len(shown) == len(set(shown))
    for name, alias in other_names:
        found = index.find(alias, "pais", lambda: words, 0, 100)
        assert name in [result["nombre"] for result in found.results]


def test_tables_are_typed_as_their_readers_expect() -> None:
    found = search_tables(complete({"pelicula": film_titles((1, "Up", 1))}))

    assert found[BUSCAR].schema.field("entry") == pa.field("entry", pa.int32(), nullable=False)
    assert found[PALABRAS].schema.field("found_in").type == pa.list_(pa.int32())
    assert found[PALABRAS].schema.field("votes").type == pa.int64()


@pytest.mark.parametrize("kind", KINDS)
def test_a_catalogue_with_nothing_of_a_kind_is_searched_for_the_others(kind: str) -> None:
    others = {
        other: film_titles((1, "Up", 1)) if schema.films else table(schema, ("Up", 1))
        for other, schema in KINDS.items()
        if other != kind
    }

    rows, words = searched(**others)

    assert {row["tipo"] for row in rows} == set(KINDS) - {kind}
    assert words == {"up": list(range(len(KINDS) - 1))}
