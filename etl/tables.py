"""The look-up tables: each question's answers, aggregated once, in the order they are found."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args, get_type_hints

import pandas as pd
import pyarrow as pa

from cartelera.names import compact, key
from cartelera.tables import (
    BY_ID,
    CANTIDAD_FILMACIONES_DIA,
    CANTIDAD_FILMACIONES_MES,
    FRANQUICIA,
    KEY,
    PELICULAS_DURACION,
    PELICULAS_IDIOMA,
    PELICULAS_PAIS,
    PRODUCTORAS_EXITOSAS,
    RECOMENDACION,
    SCORE_TITULO,
    VOTES,
    VOTOS_TITULO,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartelera.tables import TableSchema
    from etl.catalogue import Catalogue

_ARROW_TYPES = {str: pa.string(), int: pa.int64(), float: pa.float64()}
_TITLE_FIELDS = {
    "title": "titulo",
    "release_year": "anio",
    "popularity": "popularidad",
    "vote_average": "voto_promedio",
}
# As they are answered, and as they may be asked for; Monday comes first.
MONTHS = (
    ("enero", "january", "1", "01"),
    ("febrero", "february", "2", "02"),
    ("marzo", "march", "3", "03"),
    ("abril", "april", "4", "04"),
    ("mayo", "may", "5", "05"),
    ("junio", "june", "6", "06"),
    ("julio", "july", "7", "07"),
    ("agosto", "august", "8", "08"),
    ("septiembre", "setiembre", "september", "9", "09"),
    ("octubre", "october", "10"),
    ("noviembre", "november", "11"),
    ("diciembre", "december", "12"),
)
DAYS = (
    ("lunes", "monday"),
    ("martes", "tuesday"),
    ("miércoles", "wednesday"),
    ("jueves", "thursday"),
    ("viernes", "friday"),
    ("sábado", "saturday"),
    ("domingo", "sunday"),
)
# A franchise is also found without the word that most of them end in.
_COLLECTION_WORDS = frozenset({"collection", "coleccion"})


def build_tables(catalogue: Catalogue) -> dict[str, pa.Table]:
    """Return every look-up table by its path in the release."""
    films = catalogue.films
    countries = _films_of(catalogue, "production_countries")
    companies = _films_of(catalogue, "production_companies")
    codes = countries[["name", "code"]].drop_duplicates().dropna()
    franchises = _totals(films, "collection")
    dates = films["release_date"].dt
    titled = films.rename(columns=_TITLE_FIELDS)
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
        RECOMENDACION: _film_table(RECOMENDACION, titled),
        SCORE_TITULO: _film_table(SCORE_TITULO, titled),
        VOTOS_TITULO: _film_table(VOTOS_TITULO, titled),
        CANTIDAD_FILMACIONES_MES: _name_table(
            CANTIDAD_FILMACIONES_MES, _counts(dates.month - 1, MONTHS), _other_names(MONTHS)
        ),
        CANTIDAD_FILMACIONES_DIA: _name_table(
            CANTIDAD_FILMACIONES_DIA, _counts(dates.day_of_week, DAYS), _other_names(DAYS)
        ),
    }
    return {schema.path: table for schema, table in tables.items()}


def _counts(numbers: pd.Series[int], names: Sequence[Sequence[str]]) -> pd.DataFrame:
    """Count how often each number from 0 stands there, under its first name; 0 is counted, too."""
    counts = numbers.value_counts().reindex(range(len(names)), fill_value=0)
    first = [name for name, *_ in names]
    return pd.DataFrame({"name": first, VOTES: 0, "cantidad": counts.to_numpy()})


def _other_names(names: Sequence[Sequence[str]]) -> pd.DataFrame:
    """Return a row for each further name of something: `name`, the first one, and `code`."""
    others = [(first, other) for first, *more in names for other in more]
    return pd.DataFrame(others, columns=["name", "code"], dtype="str")


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
    columns = {"votes": films["vote_count"], "voto_total": films["vote_count"], "by_id": by_id}
    return _to_arrow(schema, films.assign(**columns))


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
