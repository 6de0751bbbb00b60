"""The facts of each film, as `contract.formats.film_facts` describes its record."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.film_status import STATUSES
from cartelera.contract.formats.film_facts import LEADING_CAST, RECORD
from etl.catalogue.localized_names import (
    country_code,
    country_names,
    genre_names,
    language_names,
)
from etl.clean.parsers import known_returns

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# How many films become Python objects at a time.
_AT_ONCE = 8_192
# Of a list of structs: its column of the catalogue, its fields, and what becomes of an entry.
_GENRES = ("genres", ("name",))
_LANGUAGES = ("spoken_languages", ("iso_639_1", "name"))
_COUNTRIES = ("production_countries", ("iso_3166_1", "name"))
_PERSON = ("id", "name")


def film_records(films: pa.Table) -> Iterator[list[tuple[Any, ...]]]:
    """Yield the records of some films, in order, some thousands at a time.

    Parameters
    ----------
    films
        Rows of the published catalogue, with `UNPUBLISHED_COLUMNS` beside.
    """
    for start in range(0, len(films), _AT_ONCE):
        yield _records(films.slice(start, _AT_ONCE).combine_chunks())


def _records(films: pa.Table) -> list[tuple[Any, ...]]:
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
    columns = {
        "id": films["id"].to_pylist(),
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
        "idioma_original": [code and (code, _language(code)) for code in languages],
        "franquicia": [None if name is None else (number, name) for number, name in sagas],
        "generos": _lists(films, *_GENRES, lambda name: (name, _genre(name))),
        "idiomas": _lists(films, *_LANGUAGES, _spoken),
        "paises": _lists(films, *_COUNTRIES, _country),
        "productoras": _lists(films, "production_companies", _PERSON),
        "directores": _lists(films, "directors", _PERSON),
        "guionistas": _lists(films, "writers", _PERSON),
        "reparto": _lists(films, "cast", (*_PERSON, "character"), most=LEADING_CAST),
        "reparto_total": pc.list_value_length(films["cast"]).to_pylist(),
        "temas": _lists(films, "keywords", ("name",), str),
    }
    return list(zip(*(columns[name] for name in RECORD), strict=True))


def _lists(
    films: pa.Table,
    column: str,
    fields: Sequence[str],
    entry: Callable[..., Any] | None = None,
    most: int | None = None,
) -> list[list[Any]]:
    """Return of each film the entries of a list, at most some; entries without a name are none."""
    lists = films[column].combine_chunks()
    if most is not None:
        lists = pc.list_slice(lists, 0, most)
    structs = lists.flatten()
    values = (structs.field(field).to_pylist() for field in fields)
    flat: list[Any] = list(map(entry, *values) if entry else zip(*values, strict=True))
    ends = np.cumsum(lists.value_lengths().to_numpy(zero_copy_only=False)).tolist()
    return [flat[start:end] for start, end in zip([0, *ends[:-1]], ends, strict=True)]


@cache
def _genre(name: str) -> str | None:
    return genre_names(name).name


@cache
def _language(code: str) -> str | None:
    return language_names(code).name


def _spoken(code: str | None, name: str) -> tuple[str, str | None]:
    # Some data sets have the names alone.
    return (code, _language(code)) if code else (name, None)


@cache
def _country(code: str | None, name: str) -> tuple[str | None, str, str | None]:
    code = code or country_code(name)
    return code, name, country_names(code).name if code else None
