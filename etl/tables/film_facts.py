"""The facts of each film, as `contract.formats.film_facts` has them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.film_status import STATUSES
from cartelera.contract.formats.film_facts import LEADING_CAST
from etl.catalogue.localized_names import (
    country_code,
    country_names,
    genre_names,
    language_names,
)
from etl.clean.parsers import known_returns
from etl.json_columns import json_of, with_entries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Films at a time: more take more memory, and no less time.
_AT_ONCE = 4_096


def film_facts(films: pa.Table) -> Iterator[list[msgspec.Raw]]:
    """Yield the facts of some films, in order, some thousands at a time: `DatosDePelicula` as JSON.

    Parameters
    ----------
    films
        Rows of the published catalogue, with `UNPUBLISHED_COLUMNS` beside.
    """
    for batch in films.to_batches(_AT_ONCE):
        facts = json_of(_facts(batch).to_struct_array())
        yield [msgspec.Raw(each) for each in facts.cast(pa.large_binary()).to_pylist()]


def _facts(films: pa.RecordBatch) -> pa.RecordBatch:
    imdb_ids = _known(films["imdb_id"].cast(pa.string()))
    amounts = films.select(["budget", "revenue"])
    votes = films["vote_count"]
    columns = {
        "id": films["id"],
        "titulo": films["title"],
        "anio": films["release_year"],
        "titulo_original": _known(films["original_title"]),
        "fecha": films["release_date"].cast(pa.string()),
        "estado": _named(films["status"], STATUSES.get),
        "adultos": films["adult"],
        "sinopsis": _known(films["overview"]),
        "lema": _known(films["tagline"]),
        "duracion": films["runtime"],
        "presupuesto": _known(films["budget"]),
        "ingresos_total": _known(films["revenue"]),
        "retorno": pa.array(known_returns(amounts.to_pandas()).round(4)),
        "popularidad": films["popularity"],
        # An average of no votes is none.
        "voto_promedio": pc.if_else(pc.equal(votes, 0), None, films["vote_average"]),
        "voto_total": votes,
        "imdb_id": imdb_ids,
        "idioma_original": _languages(_known(films["original_language"])),
        "franquicia": _structs(
            mask=films["collection"].is_null(),
            id=films["collection_id"],
            franquicia=films["collection"],
        ),
        "generos": _lists(films["genres"], _genres),
        "idiomas": _lists(films["spoken_languages"], _spoken),
        "paises": _lists(films["production_countries"], _countries),
        "productoras": _lists(films["production_companies"], _companies),
        "directores": _lists(films["directors"], _people),
        "guionistas": _lists(films["writers"], _people),
        "reparto": _lists(pc.list_slice(films["cast"], 0, LEADING_CAST), _players),
        "reparto_total": pc.list_value_length(films["cast"]),
        "temas": _lists(films["keywords"], _keywords),
        "tmdb_url": _joined("https://www.themoviedb.org/movie/", films["id"].cast(pa.string())),
        "imdb_url": _joined("https://www.imdb.com/title/", imdb_ids, "/"),
    }
    return pa.record_batch(columns)


def _known(values: pa.Array) -> pa.Array:
    """Return values with nulls in place of empty texts, or of 0: what is not known."""
    unknown = 0 if pa.types.is_integer(values.type) else ""
    return pc.if_else(pc.equal(values, unknown), None, values)


def _lists(lists: pa.ListArray, entries: Callable[[pa.StructArray], pa.Array]) -> pa.Array:
    """Return lists of other entries, which are made of all of these at once."""
    return with_entries(lists, entries(lists.flatten()))


def _named(texts: pa.Array, name: Callable[[str], str | None]) -> pa.Array:
    """Return what each text is called; one text is looked up once."""
    encoded = texts.dictionary_encode()
    names = pa.array(map(name, encoded.dictionary.to_pylist()), pa.string())
    return names.take(encoded.indices)


@cache
def _genre(name: str) -> str | None:
    return genre_names(name).name


@cache
def _language(code: str) -> str | None:
    return language_names(code).name


@cache
def _country(code: str) -> str | None:
    return country_names(code).name


def _genres(genres: pa.StructArray) -> pa.StructArray:
    names = genres.field("name")
    return _structs(genero=names, nombre=_named(names, _genre))


def _languages(codes: pa.Array) -> pa.StructArray:
    names = _named(codes, _language)
    return _structs(mask=codes.is_null(), idioma=codes, nombre=names)


def _spoken(languages: pa.StructArray) -> pa.StructArray:
    # Some data sets have the names alone.
    codes = _known(languages.field("iso_639_1"))
    return _structs(
        idioma=pc.coalesce(codes, languages.field("name")),
        nombre=_named(codes, _language),
    )


def _countries(countries: pa.StructArray) -> pa.StructArray:
    codes, names = _known(countries.field("iso_3166_1")), countries.field("name")
    # Some data sets have the names alone.
    found = _named(pc.if_else(codes.is_null(), names, None), country_code)
    codes = pc.coalesce(codes, found)
    return _structs(codigo=codes, pais=names, nombre=_named(codes, _country))


def _companies(companies: pa.StructArray) -> pa.StructArray:
    return _structs(id=companies.field("id"), productora=companies.field("name"))


def _people(people: pa.StructArray) -> pa.StructArray:
    return _structs(id=people.field("id"), nombre=people.field("name"))


def _players(players: pa.StructArray) -> pa.StructArray:
    return _structs(
        id=players.field("id"),
        nombre=players.field("name"),
        personaje=players.field("character"),
    )


def _keywords(keywords: pa.StructArray) -> pa.Array:
    return keywords.field("name")


def _structs(mask: pa.Array | None = None, **fields: pa.Array) -> pa.StructArray:
    """Return structs of some fields; where `mask` is true, there is none."""
    return pa.StructArray.from_arrays([*fields.values()], [*fields], mask=mask)


def _joined(*parts: pa.Array | str) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")
