"""The facts of each film, as `contract.formats.film_facts` has them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, cast

import numpy as np
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

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cartelera.contract.formats.film_facts import DatosDePelicula

# How many films become Python objects at a time.
_AT_ONCE = 8_192
# Of a list of structs: its column of the catalogue, and its fields.
_GENRES = ("genres", ("name",))
_LANGUAGES = ("spoken_languages", ("iso_639_1", "name"))
_COUNTRIES = ("production_countries", ("iso_3166_1", "name"))
_PERSON = ("id", "name")


def film_facts(films: pa.Table) -> Iterator[list[DatosDePelicula]]:
    """Yield the facts of some films, in order, some thousands at a time.

    Parameters
    ----------
    films
        Rows of the published catalogue, with `UNPUBLISHED_COLUMNS` beside.
    """
    for start in range(0, len(films), _AT_ONCE):
        yield _facts(films.slice(start, _AT_ONCE).combine_chunks())


def _facts(films: pa.Table) -> list[DatosDePelicula]:
    texts = {
        name: [text or None for text in films[name].to_pylist()]
        for name in ("overview", "tagline", "original_title", "imdb_id", "original_language")
    }
    amounts = {
        name: [amount or None for amount in films[name].to_pylist()]
        for name in ("budget", "revenue")
    }
    returns = known_returns(films.select(["budget", "revenue"]).to_pandas()).round(4)
    votes = films["vote_count"].to_pylist()
    ratings = films["vote_average"].to_pylist()
    sagas = zip(films["collection_id"].to_pylist(), films["collection"].to_pylist(), strict=True)
    languages = texts["original_language"]
    ids = films["id"].to_pylist()
    columns: dict[str, list[Any]] = {
        "id": ids,
        "titulo": films["title"].to_pylist(),
        "anio": films["release_year"].to_pylist(),
        "titulo_original": texts["original_title"],
        "fecha": films["release_date"].cast(pa.string()).to_pylist(),
        "estado": list(map(STATUSES.get, films["status"].to_pylist())),
        "adultos": films["adult"].to_pylist(),
        "sinopsis": texts["overview"],
        "lema": texts["tagline"],
        "duracion": films["runtime"].to_pylist(),
        "presupuesto": amounts["budget"],
        "ingresos_total": amounts["revenue"],
        "retorno": returns.astype(object).where(returns.notna(), None).tolist(),
        "popularidad": films["popularity"].to_pylist(),
        # An average of no votes is none.
        "voto_promedio": [
            rating if count else None for rating, count in zip(ratings, votes, strict=True)
        ],
        "voto_total": votes,
        "imdb_id": texts["imdb_id"],
        "idioma_original": [code and _language(code) for code in languages],
        "franquicia": [
            None if name is None else {"id": number, "franquicia": name} for number, name in sagas
        ],
        "generos": _lists(films, *_GENRES, _genre),
        "idiomas": _lists(films, *_LANGUAGES, _spoken),
        "paises": _lists(films, *_COUNTRIES, _country),
        "productoras": _lists(films, "production_companies", _PERSON, _company),
        "directores": _lists(films, "directors", _PERSON, _person),
        "guionistas": _lists(films, "writers", _PERSON, _person),
        "reparto": _lists(films, "cast", (*_PERSON, "character"), _player, LEADING_CAST),
        "reparto_total": pc.list_value_length(films["cast"]).to_pylist(),
        "temas": _lists(films, "keywords", ("name",), str),
        "tmdb_url": [f"https://www.themoviedb.org/movie/{number}" for number in ids],
        "imdb_url": [
            imdb_id and f"https://www.imdb.com/title/{imdb_id}/" for imdb_id in texts["imdb_id"]
        ],
    }
    return [
        cast("DatosDePelicula", dict(zip(columns, values, strict=True)))
        for values in zip(*columns.values(), strict=True)
    ]


def _lists(
    films: pa.Table,
    column: str,
    fields: Sequence[str],
    entry: Callable[..., Any],
    most: int | None = None,
) -> list[list[Any]]:
    """Return of each film the entries of a list, at most some; entries without a name are none."""
    lists = films[column].combine_chunks()
    if most is not None:
        lists = pc.list_slice(lists, 0, most)
    structs = lists.flatten()
    values = (structs.field(field).to_pylist() for field in fields)
    flat = list(map(entry, *values))
    ends = np.cumsum(lists.value_lengths().to_numpy(zero_copy_only=False)).tolist()
    return [flat[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]


@cache
def _genre(name: str) -> dict[str, str | None]:
    return {"genero": name, "nombre": genre_names(name).name}


@cache
def _language(code: str) -> dict[str, str | None]:
    return {"idioma": code, "nombre": language_names(code).name}


def _spoken(code: str | None, name: str) -> dict[str, str | None]:
    # Some data sets have the names alone.
    return _language(code) if code else {"idioma": name, "nombre": None}


@cache
def _country(code: str | None, name: str) -> dict[str, str | None]:
    code = code or country_code(name)
    return {"codigo": code, "pais": name, "nombre": country_names(code).name if code else None}


def _company(number: int | None, name: str) -> dict[str, Any]:
    return {"id": number, "productora": name}


def _person(number: int | None, name: str) -> dict[str, Any]:
    return {"id": number, "nombre": name}


def _player(number: int | None, name: str, character: str | None) -> dict[str, Any]:
    return {"id": number, "nombre": name, "personaje": character}
