"""What the stages after cleaning make of a few films written out by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy import sparse

from cartelera.contract.tables import (
    FRANQUICIA,
    PELICULAS_DURACION,
    PELICULAS_IDIOMA,
    PELICULAS_PAIS,
    PRODUCTORAS_EXITOSAS,
    RECOMENDACION,
)
from etl.catalogue.catalogue import Catalogue, assemble, sort_films, to_arrow
from etl.clean.records import clean_entries
from etl.clean.unnest import LISTS, NestedCells, unnest
from etl.features.hyperparameters import tuned
from etl.features.model import build_model
from etl.features.tfidf import Features
from etl.tables.tables import build_tables
from tests.unit.etl.catalogues import made_of

if TYPE_CHECKING:
    from collections.abc import Callable, Container

    from cartelera.contract.tables import TableSchema
    from etl.clean.records import Selected
    from tests.unit.etl.conftest import Cleaned


@pytest.fixture(scope="module")
def catalogue(
    raw_films: Callable[..., pd.DataFrame],
    raw_credits: Callable[..., pd.DataFrame],
    clean_movies: Callable[[pd.DataFrame], Selected],
    unnest_movies: Callable[[pd.DataFrame], Cleaned],
    unnest_credits: Callable[[pd.DataFrame, Container[int]], Cleaned],
) -> Catalogue:
    pixar = "{'name': 'Pixar', 'id': 3}"
    disney = "{'name': 'Walt Disney', 'id': 2}"
    usa = "{'iso_3166_1': 'US', 'name': 'United States of America'}"
    france = "{'iso_3166_1': 'FR', 'name': 'France'}"
    toys = "{'id': 10194, 'name': 'Toy Story Collection'}"
    raw = raw_films(
        {
            "id": "862",
            "title": "Toy Story",
            "revenue": "300",
            "vote_count": "50",
            "runtime": "81.0",
            "release_date": "1995-10-30",
            "genres": "[{'id': 16, 'name': 'Animation'}]",
            "belongs_to_collection": toys,
            "production_companies": f"[{pixar}, {disney}]",
            "production_countries": f"[{usa}]",
            "overview": "A cowboy doll is threatened by a spaceman.",
        },
        {
            "id": "863",
            "title": "Toy Story 2",
            "revenue": "101",
            "vote_count": "40",
            "genres": "[{'id': 16, 'name': 'Animation'}]",
            "belongs_to_collection": toys,
            "production_companies": f"[{pixar}]",
            "production_countries": f"[{usa}]",
            "overview": "The cowboy doll is stolen.",
        },
        {
            "id": "194",
            "title": "Amélie",
            "revenue": "77",
            "vote_count": "30",
            "original_language": "fr",
            "production_countries": f"[{france}, {usa}]",
        },
        {"id": "5", "title": "Ámelie", "vote_count": "90", "original_language": ""},
    )
    crew = "[{'job': 'Director', 'name': 'JL'}, {'job': 'Screenplay', 'name': 'JW'}]"
    credits_ = unnest_credits(
        raw_credits(
            ("863", "[{'name': 'Tom Hanks', 'character': 'Woody', 'id': 31}]", "[]"),
            ("862", "[{'name': 'Tom Hanks', 'id': 31}]", crew),
        ),
        {862, 863, 194, 5},
    )
    films = sort_films(clean_movies(raw).records)
    return assemble(films, unnest_movies(raw).lists | credits_.lists)


def table(catalogue: Catalogue, schema: TableSchema[Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = dict(build_tables(made_of(catalogue).aggregates))[
        schema.path
    ].to_pylist()
    return rows


def answers(catalogue: Catalogue, schema: TableSchema[Any]) -> list[dict[str, Any]]:
    return [{field: row[field] for field in schema.fields} for row in table(catalogue, schema)]


def test_films_are_in_look_up_order_the_best_known_first(catalogue: Catalogue) -> None:
    assert catalogue.films["title"].tolist() == ["Ámelie", "Amélie", "Toy Story", "Toy Story 2"]


def test_the_catalogue_holds_every_film_with_its_lists(catalogue: Catalogue) -> None:
    amelie, toy_story = to_arrow(catalogue).to_pylist()[1:3]

    assert str(amelie["release_date"]) == "2009-05-28"
    assert amelie["production_countries"] == [
        {"iso_3166_1": "FR", "name": "France"},
        {"iso_3166_1": "US", "name": "United States of America"},
    ]
    assert amelie["cast"] == amelie["keywords"] == []
    assert toy_story["collection"] == "Toy Story Collection"
    assert toy_story["directors"] == [{"id": None, "name": "JL"}]
    assert toy_story["writers"] == [{"id": None, "name": "JW"}]
    assert toy_story["cast"] == [{"id": 31, "name": "Tom Hanks", "character": None}]
    assert toy_story["genres"] == [{"id": 16, "name": "Animation"}]


def test_lists_that_came_in_several_batches_already_in_order_are_written_like_others(
    catalogue: Catalogue,
) -> None:
    nested = {"cast": LISTS["cast"]}
    batches = [
        unnest(NestedCells("c", [film], [2], {"cast": pa.array([cell], pa.large_string())}), nested)
        for film, cell in [(194, "[{'name': 'Audrey Tautou'}]"), (862, "[{'name': 'Tom Hanks'}]")]
    ]
    cast = clean_entries([batch.tables["cast"] for batch in batches], LISTS["cast"], "c").records

    films = to_arrow(assemble(catalogue.films, {"cast": cast})).to_pylist()

    assert [[entry["name"] for entry in film["cast"]] for film in films] == [
        [],
        ["Audrey Tautou"],
        ["Tom Hanks"],
        [],
    ]


def test_films_are_counted_by_language(catalogue: Catalogue) -> None:
    counts = {(row["idioma"], row["cantidad"]) for row in answers(catalogue, PELICULAS_IDIOMA)}

    assert counts == {("en", 2), ("fr", 1)}


def test_a_language_goes_by_its_code_and_by_its_spanish_and_english_names(
    catalogue: Catalogue,
) -> None:
    rows = {row["key"]: row["idioma"] for row in table(catalogue, PELICULAS_IDIOMA)}

    assert rows == {
        **dict.fromkeys(["en", "eng", "english", "ingles"], "en"),
        **dict.fromkeys(["fr", "fra", "french", "frances"], "fr"),
    }


def test_films_are_counted_by_country_which_goes_by_all_its_names_and_codes(
    catalogue: Catalogue,
) -> None:
    rows = {row["key"]: row for row in table(catalogue, PELICULAS_PAIS)}

    for name in ("fr", "fra", "france", "francia", "french republic"):
        assert (rows[name]["pais"], rows[name]["nombre"]) == ("France", "Francia")
        assert rows[name]["cantidad"] == 1
    for name in ("us", "usa", "united states of america", "estados unidos"):
        assert rows[name]["pais"] == "United States of America"
        assert rows[name]["cantidad"] == 3


def test_a_franchise_is_summed_up_and_goes_with_and_without_collection(
    catalogue: Catalogue,
) -> None:
    rows = table(catalogue, FRANQUICIA)

    assert [row["key"] for row in rows] == ["toy story", "toy story collection"]
    assert answers(catalogue, FRANQUICIA) == 2 * [
        {
            "franquicia": "Toy Story Collection",
            "cantidad": 2,
            "ganancia_total": 401,
            "ganancia_promedio": 200.5,
            "cantidad_informada": 2,
            "ganancia_promedio_informada": 200.5,
        }
    ]


def test_of_names_that_share_a_key_the_best_known_comes_first(catalogue: Catalogue) -> None:
    companies = catalogue.lists["production_companies"]
    respelled = companies.assign(name=["Pixar", "Walt Disney", "PIXAR"])
    lists = catalogue.lists | {"production_companies": respelled}

    rows = table(Catalogue(catalogue.films, lists), PRODUCTORAS_EXITOSAS)

    assert [(row["productora"], row["votes"]) for row in rows] == [
        ("Pixar", 50),
        ("PIXAR", 40),
        ("Walt Disney", 50),
    ]


def test_a_company_is_credited_with_the_whole_of_each_of_its_films(catalogue: Catalogue) -> None:
    assert answers(catalogue, PRODUCTORAS_EXITOSAS) == [
        {
            "productora": "Pixar",
            "revenue_total": 401,
            "cantidad": 2,
            "cantidad_informada": 2,
        },
        {
            "productora": "Walt Disney",
            "revenue_total": 300,
            "cantidad": 1,
            "cantidad_informada": 1,
        },
    ]


def test_film_tables_hold_every_film_in_the_order_of_the_model(catalogue: Catalogue) -> None:
    rows = table(catalogue, PELICULAS_DURACION)

    assert [row["id"] for row in rows] == [5, 194, 862, 863]
    assert [row["by_id"] for row in rows] == [0, 1, 2, 3]
    assert [row["duracion"] for row in rows] == [None, None, 81, None]
    assert [row["id"] for row in table(catalogue, RECOMENDACION)] == [5, 194, 862, 863]


def test_rows_by_id_are_in_order_of_the_ids(catalogue: Catalogue) -> None:
    shuffled = Catalogue(catalogue.films.assign(id=[30, 10, 40, 20]), catalogue.lists)

    assert [row["by_id"] for row in table(shuffled, RECOMENDACION)] == [1, 3, 0, 2]


def test_the_second_part_is_most_like_the_first(catalogue: Catalogue) -> None:
    features, _ = made_of(catalogue).features()
    model = build_model(features, catalogue.films, tuned())

    similarities = model.similarities(2)
    similarities[2] = -np.inf

    assert catalogue.films["title"][model.top_n(similarities, 1)[0]] == "Toy Story 2"


def test_the_model_knows_of_every_film_what_serving_needs(catalogue: Catalogue) -> None:
    features = Features(
        sparse.csr_array((4, 0), dtype=np.float32),
        pd.DataFrame({"block": [], "name": []}, dtype="str"),
    )

    model = build_model(features, catalogue.films, tuned())

    assert model.votes.tolist() == [90, 30, 50, 40]
    assert model.years.tolist() == [2009, 2009, 1995, 2009]
    assert model.collections.tolist() == [-1, -1, 0, 0]
    assert model.prior.shape == (4,)


def test_films_of_one_title_and_as_many_votes_are_in_order_of_id(
    raw_films: Callable[..., pd.DataFrame], clean_movies: Callable[[pd.DataFrame], Selected]
) -> None:
    movies = clean_movies(raw_films({"id": "9"}, {"id": "8"}))

    assert sort_films(movies.records)["id"].tolist() == [8, 9]
