"""The look-up tables: each question's answers, aggregated once, in the order they are found."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args, get_type_hints

import pandas as pd
import pyarrow as pa

from cartelera.names import compact, key
from cartelera.tables import (
    BY_ID,
    FRANQUICIA,
    KEY,
    PELICULAS_DURACION,
    PELICULAS_IDIOMA,
    PELICULAS_PAIS,
    PRODUCTORAS_EXITOSAS,
    RECOMENDACION,
    VOTES,
)

if TYPE_CHECKING:
    from cartelera.tables import TableSchema
    from etl.catalogue import Catalogue

_ARROW_TYPES = {str: pa.string(), int: pa.int64(), float: pa.float64()}
# A franchise is also found without the word that most of them end in.
_COLLECTION_WORDS = frozenset({"collection", "coleccion"})


def build_tables(catalogue: Catalogue) -> dict[str, pa.Table]:
    """Return every look-up table by its path in the release."""
    films = catalogue.films
    countries = _films_of(catalogue, "production_countries")
    companies = _films_of(catalogue, "production_companies")
    codes = countries[["name", "code"]].drop_duplicates().dropna()
    franchises = _totals(films, "collection")
    tables = {
        PELICULAS_IDIOMA: _name_table(PELICULAS_IDIOMA, _totals(films, "original_language")),
        PELICULAS_PAIS: _name_table(PELICULAS_PAIS, _totals(countries, "name"), codes),
        FRANQUICIA: _name_table(FRANQUICIA, franchises, _short_names(franchises)),
        PRODUCTORAS_EXITOSAS: _name_table(PRODUCTORAS_EXITOSAS, _totals(companies, "name")),
        PELICULAS_DURACION: _film_table(
            PELICULAS_DURACION,
            films.rename(
                columns={"title": "pelicula", "runtime": "duracion", "release_year": "anio"}
            ),
        ),
        RECOMENDACION: _film_table(
            RECOMENDACION, films.rename(columns={"title": "titulo", "release_year": "anio"})
        ),
    }
    return {schema.path: table for schema, table in tables.items()}


def _films_of(catalogue: Catalogue, name: str) -> pd.DataFrame:
    """Return one row a film and entry of a list: the entry's name and code, the film's sums."""
    entries = catalogue.lists[name]
    entries = entries[entries["name"] != ""]
    films = catalogue.films.loc[entries["film"], ["revenue", "vote_count"]]
    return films.assign(name=entries["name"].to_numpy(), code=entries["code"].to_numpy())


def _totals(films: pd.DataFrame, by: str) -> pd.DataFrame:
    """Sum up films by a column; those without a value in it belong to no group."""
    totals = films.groupby(by, sort=True).agg(
        cantidad=("revenue", "size"), ganancia_total=("revenue", "sum"), votes=("vote_count", "sum")
    )
    average = (totals["ganancia_total"] / totals["cantidad"]).round(2)
    return totals.assign(
        ganancia_promedio=average, revenue_total=totals["ganancia_total"]
    ).reset_index(names="name")


def _short_names(franchises: pd.DataFrame) -> pd.DataFrame:
    """Return a row a franchise that is also known by a shorter name: `name` and `code`."""
    short = []
    for name in franchises["name"]:
        *words, last = key(name).split() or [""]
        if words and last in _COLLECTION_WORDS:
            short.append((name, " ".join(words)))
    return pd.DataFrame(short, columns=["name", "code"], dtype="str")


def _name_table[Row](
    schema: TableSchema[Row], totals: pd.DataFrame, aliases: pd.DataFrame | None = None
) -> pa.Table:
    """Lay out a table of named entries; an alias repeats its entry under another key."""
    rows = totals.assign(key=totals["name"].map(key))
    if aliases is not None:
        again = totals.merge(aliases, on="name")
        again = again.assign(key=again["code"].map(key))
        rows = pd.concat([rows, again[again["key"] != ""]], ignore_index=True)
    rows["compact"] = rows["key"].map(compact)
    rows = rows.drop_duplicates(["compact", "name"])
    rows = rows.sort_values(["compact", "votes", "name"], ascending=[True, False, True])
    return _to_arrow(schema, rows.rename(columns={"name": schema.name}))


def _film_table[Row](schema: TableSchema[Row], films: pd.DataFrame) -> pa.Table:
    """Lay out a table of films: they come in look-up order already."""
    by_id = films["id"].argsort(kind="stable")
    return _to_arrow(schema, films.assign(votes=films["vote_count"], by_id=by_id))


def _to_arrow[Row](schema: TableSchema[Row], rows: pd.DataFrame) -> pa.Table:
    types: dict[str, type] = {KEY: str, VOTES: int, BY_ID: int, **get_type_hints(schema.row)}
    fields = [
        pa.field(
            column,
            _ARROW_TYPES[next(iter(get_args(types[column])), types[column])],
            nullable=type(None) in get_args(types[column]),
        )
        for column in schema.columns
    ]
    return pa.Table.from_pandas(
        rows[list(schema.columns)], schema=pa.schema(fields), preserve_index=False
    ).replace_schema_metadata(None)
