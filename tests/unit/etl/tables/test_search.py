"""What a search goes through: the index of the names of all look-up tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartelera.contract.formats.name_index import open_index
from cartelera.contract.names import compact, key
from cartelera.contract.tables import (
    FRANQUICIA,
    GET_ACTOR,
    GET_DIRECTOR,
    KINDS,
    NOMBRES,
    PELICULAS_IDIOMA,
    PELICULAS_PAIS,
    PRODUCTORAS_EXITOSAS,
    RECOMENDACION,
)
from cartelera.lookup.search import NameIndex
from etl.tables.rows import name_table, to_arrow
from etl.tables.search import MAX_SEARCHED, SearchedNames
from tests.name_indexes import Name, index_of

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
    aliases = None
    if other_names:
        aliases = pd.DataFrame(other_names, columns=["name", "alias"], dtype="str")
    return name_table(schema, entries, aliases)


def film_titles(*rows: tuple[int, str, int]) -> pa.Table:
    """Lay out films of an id, a title and votes, in look-up order."""
    ordered = sorted(rows, key=lambda row: (compact(key(row[1])), -row[2], row[0]))
    columns = {
        "key": [key(title) for _, title, _ in ordered],
        "votes": [votes for *_, votes in ordered],
        "by_id": range(len(ordered)),
        "better_known": None,
        "id": [film for film, *_ in ordered],
        "titulo": [title for _, title, _ in ordered],
        "anio": [1900 + film for film, *_ in ordered],
    }
    return to_arrow(RECOMENDACION, pd.DataFrame(columns))


def other_names(*rows: tuple[str, str, int, int]) -> pa.Table:
    """Lay out further names of films: a reading key, the name, its votes and the film's row."""
    return to_arrow(NOMBRES, pd.DataFrame(rows, columns=["key", "nombre", "votes", "film"]))


def searched(most: int = MAX_SEARCHED, **tables: pa.Table) -> NameIndex:
    """Return the index of some tables; those that are not given are empty."""
    names = SearchedNames(most)
    every = [
        *(
            (schema.path, tables.get(kind, film_titles() if schema.films else table(schema)))
            for kind, schema in KINDS.items()
        ),
        (NOMBRES.path, tables.get("nombres", other_names())),
        ("tables/other.parquet", pa.table({})),
    ]
    assert list(names.watch(every)) == every
    data, _ = names.index()
    return NameIndex(data)


def entries_of(index: NameIndex) -> list[tuple[str, str]]:
    entries = (index.entry(number) for number in range(len(index)))
    return [(entry["tipo"], entry["nombre"]) for entry in entries]


def test_the_names_of_every_table_are_found_each_with_its_kind() -> None:
    index = searched(
        pelicula=film_titles((1, "G", 1)),
        franquicia=table(FRANQUICIA, ("F", 2)),
        director=table(GET_DIRECTOR, ("E", 3)),
        actor=table(GET_ACTOR, ("D", 4)),
        productora=table(PRODUCTORAS_EXITOSAS, ("C", 5)),
        pais=table(PELICULAS_PAIS, ("B", 6)),
        idioma=table(PELICULAS_IDIOMA, ("A", 7)),
    )

    assert entries_of(index) == list(zip(KINDS, "GFEDCBA", strict=True))


def test_a_film_comes_with_its_id_and_year_and_nothing_else_does() -> None:
    index = searched(pelicula=film_titles((95, "Up", 9)), franquicia=table(FRANQUICIA, ("Up", 1)))

    assert [index.entry(number) for number in range(2)] == [
        {"tipo": "pelicula", "nombre": "Up", "id": 95, "anio": 1995},
        {"tipo": "franquicia", "nombre": "Up", "id": None, "anio": None},
    ]


def test_the_best_known_of_each_kind_come_first_as_far_up_as_they_are_among_it() -> None:
    index = searched(
        pelicula=film_titles((1, "B", 5), (2, "A", 5), (3, "C", 9), (4, "D", 1)),
        franquicia=table(FRANQUICIA, ("F", 90), ("E", 70)),
    )

    assert [name for _, name in entries_of(index)] == ["C", "A", "F", "B", "D", "E"]


def test_countries_and_languages_are_shown_by_their_spanish_names_where_they_have_one() -> None:
    index = searched(
        pais=table(PELICULAS_PAIS, ("Spain", 1), ("Wakanda", 1), nombre=["España", None]),
        idioma=table(PELICULAS_IDIOMA, ("en", 1), ("xyz", 1), nombre=["inglés", None]),
    )

    for asked, shown in (("spain", "España"), ("wakanda", "Wakanda"), ("en", "inglés")):
        assert index.find(asked, None, 0, 1).results[0]["nombre"] == shown
    assert {name for _, name in entries_of(index)} == {"España", "Wakanda", "inglés", "xyz"}


def test_all_names_of_an_entry_lead_to_it() -> None:
    index = searched(
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

    assert sorted(entries_of(index)) == [
        ("idioma", "España"),
        ("pais", "España"),
        ("pais", "Fiyi"),
        ("pelicula", "España"),
    ]
    for asked, kind, found in (("es", "pais", "España"), ("viti", "pais", "Fiyi")):
        assert [each["nombre"] for each in index.find(asked, kind, 0, 9).results] == [found]
    assert index.find("spa", "idioma", 0, 9).total == 1


def test_a_film_is_found_by_its_other_names_and_by_what_they_may_be_read_as() -> None:
    index = searched(
        pelicula=film_titles((9, "Alien", 4), (5, "Spirited Away", 9), (7, "Se7en", 2)),
        nombres=other_names(
            ("千と千尋の神隠し", "千と千尋の神隠し", 9, 2), ("7 pecados", "Los Siete Pecados", 2, 1)
        ),
    )

    for asked, film in (("千と", 5), ("7 pecados", 7), ("los siete pec", 7), ("spirited", 5)):
        assert [each["id"] for each in index.find(asked, None, 0, 9).results] == [film]
    assert len(index) == 3


def test_a_film_that_is_shown_by_another_name_says_by_which_it_was_found() -> None:
    index = searched(
        pelicula=film_titles((1, "The Godfather", 9), (2, "Heat", 5), (3, "Se7en", 3)),
        nombres=other_names(
            ("godfather", "The Godfather", 9, 2),
            ("padrino", "El padrino", 9, 2),
            ("padrinho", "O Padrinho", 9, 2),
            ("7", "Seven", 3, 1),
        ),
    )

    for asked, name in (
        ("el padrino", "El padrino"),
        ("padrino", "El padrino"),
        ("padri", "El padrino"),
        ("Padrino, El (1901)", "El padrino"),
        ("el pardino", "El padrino"),
        ("padrinho", "O Padrinho"),
        ("seven", "Seven"),
        ("the godfather", None),
        ("godfahter", None),
        ("godf", None),
        ("se7en", None),
        ("heat", None),
    ):
        (best, *_) = index.find(asked, None, 0, 9).results
        assert best.get("encontrada_como") == name, asked


def test_namesakes_are_entries_of_their_own() -> None:
    films = searched(pelicula=film_titles((1, "Up", 3), (2, "Up", 3), (3, "Up", 9)))
    people = searched(
        actor=table(GET_ACTOR, ("Uma", 3), ("uma", 2), ("Úma", 1)),
        director=table(GET_DIRECTOR, ("Uma", 9)),
    )

    assert [films.entry(number)["id"] for number in range(3)] == [3, 1, 2]
    assert entries_of(people) == [
        ("actor", "Uma"),
        ("actor", "uma"),
        ("director", "Uma"),
        ("actor", "Úma"),
    ]


def test_texts_are_in_the_order_in_which_they_are_looked_up() -> None:
    sections = open_index(index_of(Name("Я б 千 zz 𝕏 éa eb ß"), Name("The Я"), Name("x Y z")))

    for texts in (sections.forms, sections.words):
        found = texts.run(range(len(texts)))
        assert found == sorted(found)
    assert sections.forms.run(range(4)) == ["theя", "xyz", "я", "яб千zzxeaebss"]


def test_people_of_one_name_are_entries_of_their_own_where_their_ids_differ() -> None:
    namesakes = table(GET_ACTOR, ("Uma", 3), ("Uma", 2), ("Uma", 1), id=[7, None, 5])

    index = searched(actor=namesakes)

    entries = [index.entry(number) for number in range(len(index))]
    assert [(entry["nombre"], entry["id"]) for entry in entries] == [
        ("Uma", 7),
        ("Uma", None),
        ("Uma", 5),
    ]


def test_the_entries_with_a_word_are_each_given_once_in_order() -> None:
    sections = open_index(
        index_of(Name("Bora Bora", 5), Name("Bora", 9), Name("Toy of Bora", 7), Name("R.I.P.", 3))
    )
    starts = sections.posting_starts

    held = {
        sections.words[word]: sections.postings.run(range(starts[word], starts[word + 1])).tolist()
        for word in range(len(sections.words))
    }

    assert held == {
        "bora": [0, 1, 2],
        "of": [1],
        "toy": [1],
        **{word: [3] for word in ("i", "p", "r", "rip")},
    }


def test_where_there_is_nothing_nothing_is_found() -> None:
    assert len(searched()) == 0
    assert searched().find("up", None, 0, 9).total == 0


def test_of_very_many_names_the_best_known_are_searched() -> None:
    index = searched(
        most=3,
        productora=table(PRODUCTORAS_EXITOSAS, *((f"Company {n}", n) for n in range(9))),
        pelicula=film_titles((1, "Film", 7)),
    )

    assert {name for _, name in entries_of(index)} == {"Film", "Company 7", "Company 8"}


names = st.lists(
    st.sampled_from(["toy", "Toy", "la", "the", "ñu", "千", "x!"]), min_size=1, max_size=3
)
entries = st.lists(
    st.tuples(names.map(" ".join), st.integers(0, 3)), max_size=6, unique_by=lambda row: row[0]
)


@settings(max_examples=15)
@given(entries, entries, entries, st.lists(names.map(" ".join), max_size=3))
def test_a_search_finds_every_name_of_every_table(
    films: list[Named], companies: list[Named], countries: list[Named], aliases: list[str]
) -> None:
    other_names = [(name, alias) for name, _ in countries[:1] for alias in aliases]
    index = searched(
        pelicula=film_titles(*((n, *film) for n, film in enumerate(films, 1))),
        productora=table(PRODUCTORAS_EXITOSAS, *companies),
        pais=table(PELICULAS_PAIS, *countries, other_names=other_names),
    )

    for kind, own in (("pelicula", films), ("productora", companies), ("pais", countries)):
        for name, _ in own:
            shown = [result["nombre"] for result in index.find(name, kind, 0, 100).results]
            assert name in shown
            assert len(shown) == len(set(shown))
    for name, alias in other_names:
        found = index.find(alias, "pais", 0, 100)
        assert name in [result["nombre"] for result in found.results]


@pytest.mark.parametrize("kind", KINDS)
def test_a_catalogue_with_nothing_of_a_kind_is_searched_for_the_others(kind: str) -> None:
    others = {
        other: film_titles((1, "Up", 1)) if schema.films else table(schema, ("Up", 1))
        for other, schema in KINDS.items()
        if other != kind
    }

    index = searched(**others)

    assert {found["tipo"] for found in index.find("up", None, 0, 9).results} == {*KINDS} - {kind}
