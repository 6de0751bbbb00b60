"""The cleaned catalogue: every film once, in the order that the whole release shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from cartelera.names import compact, key
from etl.clean import CREDIT_LISTS, KEYWORD_LISTS, MOVIE_LISTS
from etl.raw import LINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from etl.clean import Cleaned

LISTS = (*MOVIE_LISTS, *CREDIT_LISTS, *KEYWORD_LISTS)
# What an entry's name and code are called in the catalogue, where not `id` and `name`.
_FIELD_NAMES = {
    "production_countries": {"code": "iso_3166_1"},
    "spoken_languages": {"code": "iso_639_1"},
    "cast": {"extra": "character"},
}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The films and what was unnested of them.

    Attributes
    ----------
    films
        One row a film, numbered from 0 in look-up order: by title key without spaces, then
        most votes, then id. `key` is the title's key; see `etl.clean` for the rest.
    lists
        By name, a long frame in order of the films and their entries, with `film` (the
        film's row number), `code`, `name` and `extra`.
    """

    films: pd.DataFrame
    lists: dict[str, pd.DataFrame]


def assemble(movies: Cleaned, others: Sequence[Cleaned]) -> Catalogue:
    """Put the films in look-up order and give every list its films' row numbers.

    `others` are the batches of credits and keywords; a list none of them has is empty.
    """
    films = movies.records.assign(key=[key(title) for title in movies.records["title"]])
    films["compact"] = films["key"].map(compact)
    films = films.sort_values(
        ["compact", "vote_count", "id"], ascending=[True, False, True], kind="stable"
    )
    films = films.drop(columns="compact").reset_index(drop=True)
    rows = pd.Series(films.index, index=films["id"])
    lists = {}
    for name in LISTS:
        parts = [part.lists[name] for part in (movies, *others) if name in part.lists]
        entries = pd.concat(parts, ignore_index=True) if parts else _no_entries(movies)
        entries["film"] = entries["film"].map(rows).astype("int64")
        lists[name] = entries.sort_values("film", kind="stable", ignore_index=True)
    return Catalogue(films, lists)


def to_arrow(catalogue: Catalogue) -> pa.Table:
    """Return the catalogue as one table, a row a film, with the lists as lists of structs."""
    films = catalogue.films.drop(columns=[LINE, "key"])
    table = pa.Table.from_pandas(films, preserve_index=False)
    date = table.schema.get_field_index("release_date")
    table = table.set_column(date, "release_date", table["release_date"].cast(pa.date32()))
    for name, entries in catalogue.lists.items():
        table = table.append_column(name, _list_column(name, entries, len(films)))
    return table.replace_schema_metadata(None)


def _no_entries(movies: Cleaned) -> pd.DataFrame:
    return next(iter(movies.lists.values())).iloc[:0].astype({"code": "Int64"})


def _list_column(name: str, entries: pd.DataFrame, films: int) -> pa.ListArray:
    names = _FIELD_NAMES.get(name, {})
    columns = {names.get("code", "id"): entries["code"], "name": entries["name"]}
    if "extra" in names:
        columns[names["extra"]] = entries["extra"]
    structs = pa.StructArray.from_arrays(
        [pa.Array.from_pandas(column) for column in columns.values()], names=list(columns)
    )
    starts = entries["film"].searchsorted(range(films + 1))
    return pa.ListArray.from_arrays(pa.array(starts, pa.int32()), structs)
