"""The cleaned catalogue: every film once, in the order that the whole release shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.names import compact, key
from etl.clean.unnest import LISTS
from etl.quarantine import LINE

# What an entry's name and code are called in the catalogue, where not `id` and `name`.
_FIELD_NAMES = {
    "production_countries": {"code": "iso_3166_1"},
    "spoken_languages": {"code": "iso_639_1"},
    "cast": {"extra": "character"},
}
# Numbers of a film that may be missing.
_NULLABLE = ["runtime", "collection_id"]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The films and what was unnested of them.

    Attributes
    ----------
    films
        One row a film, numbered from 0 in look-up order: by title key without spaces, then
        most votes, then id. `key` is the title's key; see `clean_films` for the rest.
    lists
        By name, as in `LISTS`, a long frame in order of the films and their entries, with `film`
        (the film's row number), `code`, `name` and `extra`.
    """

    films: pd.DataFrame
    lists: dict[str, pd.DataFrame]


def in_look_up_order(films: pd.DataFrame) -> pd.DataFrame:
    """Give the films of `clean_films` their keys, and put them in the order of `Catalogue`."""
    films = films.assign(key=films["title"].map(key).astype("str"))
    films["compact"] = films["key"].map(compact)
    films = films.sort_values(
        ["compact", "vote_count", "id"], ascending=[True, False, True], kind="stable"
    )
    return films.drop(columns="compact").reset_index(drop=True)


def assemble(films: pd.DataFrame, lists: dict[str, pd.DataFrame]) -> Catalogue:
    """Give every list its films' row numbers, and put it in their order.

    `films` are those of `in_look_up_order` and `lists`, by name, those of `clean_entries`; one
    that is missing is empty. They are taken out of `lists`: twice they would fill the memory.
    """
    rows = pd.Series(films.index, index=films["id"])
    numbered = {}
    for name, nested in LISTS.items():
        entries = lists.pop(name, None)
        if entries is None:
            entries = nested.schema.empty_table().to_pandas().drop(columns=LINE)
        entries = entries.assign(film=rows.reindex(entries["film"]).to_numpy())
        numbered[name] = entries.sort_values("film", kind="stable", ignore_index=True)
    return Catalogue(films, numbered)


def country_codes(entries: pd.DataFrame) -> dict[str, str]:
    """Return each country's code, that of the first film that gives one."""
    codes = entries.groupby("name")["code"].first().dropna()
    return dict(zip(codes.index, codes, strict=True))


def to_arrow(catalogue: Catalogue) -> pa.Table:
    """Return the catalogue as one table, a row a film, with the lists as lists of structs."""
    return shown(to_rows(catalogue))


def shown(rows: pa.Table) -> pa.Table:
    """Return of `to_rows` what is for people to read."""
    return rows.drop_columns([LINE, "key"])


def to_rows(catalogue: Catalogue) -> pa.Table:
    """Return all that the catalogue holds as `to_arrow` does; `from_rows` is its inverse."""
    films = catalogue.films
    table = pa.Table.from_pandas(films, preserve_index=False)
    date = table.schema.get_field_index("release_date")
    table = table.set_column(date, "release_date", table["release_date"].cast(pa.date32()))
    for name, entries in catalogue.lists.items():
        table = table.append_column(name, _list_column(name, entries, len(films)))
    return plain(table)


def from_rows(rows: pa.Table) -> Catalogue:
    """Return the catalogue of `to_rows`, or of some of its rows, numbered from 0.

    Columns that are not among the rows are not in the outcome.
    """
    lists = {
        name: _entries(name, rows[name].combine_chunks())
        for name in LISTS
        if name in rows.column_names
    }
    films = rows.drop_columns(list(lists))
    dates = films.schema.get_field_index("release_date")
    if dates >= 0:
        released = films["release_date"].cast(pa.timestamp("us"))
        films = films.set_column(dates, "release_date", released)
    frame = films.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    whole = frame.columns[frame.dtypes == "Int64"].difference(_NULLABLE)
    return Catalogue(frame.astype(dict.fromkeys(whole, "int64")), lists)


def plain(table: pa.Table) -> pa.Table:
    """Return a table with Arrow's usual strings for pandas' large ones."""
    fields = [field.with_type(_plain(field.type)) for field in table.schema]
    return table.replace_schema_metadata(None).cast(pa.schema(fields))


def _plain(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_large_string(kind):
        return pa.string()
    if pa.types.is_list(kind):
        return pa.list_(_plain(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_plain(field.type)) for field in kind])
    return kind


def _list_column(name: str, entries: pd.DataFrame, films: int) -> pa.ListArray:
    names = _FIELD_NAMES.get(name, {})
    columns = {names.get("code", "id"): entries["code"], "name": entries["name"]}
    if "extra" in names:
        columns[names["extra"]] = entries["extra"]
    structs = pa.StructArray.from_arrays(
        [_array(column) for column in columns.values()], names=list(columns)
    )
    starts = entries["film"].searchsorted(range(films + 1))
    return pa.ListArray.from_arrays(pa.array(starts, pa.int32()), structs)


def _array(column: pd.Series[Any]) -> pa.Array:
    array = pa.Array.from_pandas(column)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _entries(name: str, column: pa.ListArray) -> pd.DataFrame:
    nested = LISTS[name]
    names = _FIELD_NAMES.get(name, {})
    films = pc.list_parent_indices(column).to_numpy()
    structs = pc.list_flatten(column)
    codes = structs.field(names.get("code", "id"))
    extra = structs.field(names["extra"]) if "extra" in names else pa.nulls(len(films), pa.string())
    return pd.DataFrame(
        {
            "film": films.astype("int64"),
            "code": codes.to_pandas().astype("Int64" if nested.numbered else "str"),
            "name": structs.field("name").to_pandas().astype("str"),
            "extra": extra.to_pandas().astype("str"),
        }
    )
