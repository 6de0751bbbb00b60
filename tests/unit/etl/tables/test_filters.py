"""The tables of what recommendations can be kept to, against the catalogue itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from obstore.store import LocalStore

from cartelera.contract.feature_groups import FILTER_TABLES
from cartelera.contract.release_format import CATALOG, FEATURES, release_path
from cartelera.contract.tables import (
    FEATURE,
    GENERO,
    IDIOMA,
    KEY,
    PAIS,
    PELICULAS_IDIOMA,
    PELICULAS_PAIS,
    VOTES,
)
from cartelera.lookup.table import WholeTable
from etl.catalogue.localized_names import country_names, genre_names, language_names
from etl.features.hyperparameters import Hyperparameters
from etl.features.model import build_model
from etl.release.files import table_file
from etl.release.verification import open_release
from etl.tables.filters import filter_tables
from tests.unit.etl.catalogues import EQUAL, catalogue_of, features_of, groups_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cartelera.contract.release_format import Manifest
    from cartelera.contract.tables import Filtro, TableSchema
    from etl.catalogue.catalogue import Catalogue
    from etl.release.verification import VerifiedRelease

SCHEMAS = list(FILTER_TABLES.values())


@pytest.fixture(scope="module")
def release(sample_place: Path, sample_manifest: Manifest) -> VerifiedRelease:
    return open_release(LocalStore(sample_place), sample_manifest["release"])


@pytest.fixture(scope="module")
def films(sample_place: Path, sample_manifest: Manifest) -> list[dict[str, Any]]:
    """The sample's catalogue, a film a row."""
    path = sample_place / release_path(sample_manifest["release"], CATALOG)
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


def said_of(film: dict[str, Any], schema: TableSchema[Any]) -> set[str]:
    """Return what a film is of, as its filter calls it."""
    if schema is GENERO:
        names: Iterable[str] = [genre["name"] for genre in film["genres"]]
        return {genre_names(name).name or name for name in names}
    if schema is IDIOMA:
        code = film["original_language"]
        return {language_names(code).name or code} if code else set()
    countries = [(each["iso_3166_1"], each["name"]) for each in film["production_countries"]]
    return {(code and country_names(code).name) or name for code, name in countries if name}


def tables_of(catalogue: Catalogue) -> dict[str, WholeTable[Filtro]]:
    """Return the filters of a catalogue by what they are asked for as, opened."""
    aliases = {name: group.aliases for name, group in groups_of(catalogue).items()}
    tables = dict(filter_tables(features_of(catalogue), aliases))
    return {
        schema.route: WholeTable(schema, table_file(tables[schema.path]).data) for schema in SCHEMAS
    }


def called(table: WholeTable[Filtro], *names: str) -> list[str]:
    """Return what a filter finds for each of some names."""
    return [table.find(name)["nombre"] for name in names]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.route)
def test_the_films_of_each_row_are_exactly_those_of_the_catalogue(
    release: VerifiedRelease, films: list[dict[str, Any]], schema: TableSchema[Any]
) -> None:
    table: Any = release.table(schema)
    names = {name for film in films for name in said_of(film, schema)}

    assert {table.row(row)["nombre"] for row in range(len(table))} == names
    for row in range(len(table)):
        name = table.row(row)["nombre"]
        marked = release.model.has_feature(table.value(FEATURE, row))
        assert marked.tolist() == [name in said_of(film, schema) for film in films]
        assert table.value(VOTES, row) == marked.sum()


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.route)
def test_the_feature_of_each_row_is_the_one_of_that_name(
    release: VerifiedRelease,
    sample_place: Path,
    sample_manifest: Manifest,
    schema: TableSchema[Any],
) -> None:
    path = sample_place / release_path(sample_manifest["release"], FEATURES)
    features = pq.read_table(path).to_pylist()
    table: Any = release.table(schema)
    (group,) = [name for name, of_block in FILTER_TABLES.items() if of_block is schema]

    for row in range(len(table)):
        feature = features[table.value(FEATURE, row)]
        assert feature == {"block": group, "name": table.row(row)["nombre"]}


@pytest.mark.parametrize(
    ("schema", "counted"),
    [(IDIOMA, PELICULAS_IDIOMA), (PAIS, PELICULAS_PAIS)],
    ids=["idioma", "pais"],
)
def test_whatever_finds_a_language_or_a_country_elsewhere_finds_as_many_films_here(
    release: VerifiedRelease, schema: TableSchema[Any], counted: TableSchema[Any]
) -> None:
    table, counts = (release.table(each) for each in (schema, counted))

    for name in [str(counts.value(KEY, row)) for row in range(len(counts))]:
        (position, *_) = table.positions(name)
        marked = release.model.has_feature(int(str(table.value(FEATURE, position))))
        assert marked.sum() == counts.find(name)["cantidad"]


@pytest.mark.parametrize("schema", SCHEMAS, ids=lambda schema: schema.route)
def test_every_name_finds_itself_and_one_thing_alone(
    release: VerifiedRelease, schema: TableSchema[Any]
) -> None:
    table = release.table(schema)

    for row in range(len(table)):
        name = table.row(row)["nombre"]
        assert table.find(name)["nombre"] == name
        found = {table.row(position)["nombre"] for position in table.positions(name)}
        assert found == {name}


def test_a_genre_is_found_in_both_languages_and_by_what_people_say() -> None:
    entries = [(0, "Horror"), (0, "Science Fiction"), (1, "Horror"), (1, "War")]
    table = tables_of(catalogue_of(2, genres=entries))["genero"]

    assert called(table, "terror", "HORROR", "miedo") == ["Terror"] * 3
    assert (
        called(table, "ciencia ficcion", "science-fiction", "sci-fi", "scifi")
        == ["Ciencia ficción"] * 4
    )
    assert called(table, "bélica", "guerra", "war") == ["Bélica"] * 3
    assert table.matches("western") == []


def test_a_language_is_found_by_its_names_and_its_codes() -> None:
    films = [{"original_language": code} for code in ("en", "es", "cn", "zh")]
    table = tables_of(catalogue_of(films))["idioma"]

    assert called(table, "en", "eng", "English", "inglés") == ["inglés"] * 4
    assert called(table, "es", "spa", "castellano", "spanish") == ["español"] * 4
    assert called(table, "cn", "Cantonese", "zh", "mandarín") == ["cantonés"] * 2 + ["chino"] * 2


def test_a_country_is_found_by_its_names_of_today_or_then_and_by_its_codes() -> None:
    entries = [
        (0, "United States of America", "US"),
        (1, "United Kingdom", "GB"),
        (2, "Soviet Union", "SU"),
    ]
    table = tables_of(catalogue_of(3, production_countries=entries))["pais"]

    assert called(table, "US", "usa", "EE. UU.", "estados unidos") == ["Estados Unidos"] * 4
    assert called(table, "gb", "GBR", "UK", "Inglaterra", "United Kingdom") == ["Reino Unido"] * 5
    assert called(table, "su", "SUN", "Soviet Union", "unión soviética") == ["Unión Soviética"] * 4


def test_a_country_of_several_names_has_the_films_of_all_of_them() -> None:
    entries = [(0, "Burma", "BU"), (1, "Myanmar", "MM"), (2, "France", "FR"), (3, "Nowhere")]
    catalogue = catalogue_of(4, production_countries=entries)
    table = tables_of(catalogue)["pais"]
    model = build_model(
        features_of(catalogue), catalogue.films, Hyperparameters(EQUAL, EQUAL, 1.0, 1.0, {})
    )

    for name, marked in (
        ("birmania", [True, True, False, False]),
        ("burma", [True, True, False, False]),
        ("myanmar", [True, True, False, False]),
        ("francia", [False, False, True, False]),
        ("nowhere", [False, False, False, True]),
    ):
        (position, *others) = table.matches(name)
        assert model.has_feature(int(table.numbers(FEATURE)[position])).tolist() == marked
        assert others == []


def test_among_what_shares_a_name_the_one_of_most_films_is_meant() -> None:
    """A genre of TMDB's, and what somebody wrote there."""
    entries = [(0, "Miedo"), (1, "Horror"), (2, "Horror"), (3, "Horror")]
    table = tables_of(catalogue_of(4, genres=entries))["genero"]

    assert called(table, "miedo") == ["Terror"]
    assert called(table, "Miedo") == ["Miedo"]


def test_a_catalogue_of_which_nothing_is_known_has_filters_that_find_nothing() -> None:
    for table in tables_of(catalogue_of(2)).values():
        assert len(table) == 0
        assert table.matches("drama") == []
