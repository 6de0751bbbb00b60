"""The cleaned catalogue: every film once, in the order that the whole release shares."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.film_status import STATUSES
from cartelera.contract.tables import KEY
from etl.catalogue.localized_names import country_code
from etl.catalogue.name_keys import compact_keys, name_keys
from etl.clean.schemas import FILM_TYPES, UNPUBLISHED_COLUMNS
from etl.clean.unnest import LISTS
from etl.quarantine import LINE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from etl.clean.unnest import NestedColumn

    type Order = Sequence[tuple[str, str]]

# The column of keys without their spaces, by which named rows are in order.
COMPACT = "compact"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The films, and the entries of their lists.

    Attributes
    ----------
    films
        One row a film, numbered from 0: `CLEAN_COLUMNS`, `LINE`, and the title's `key`. They are
        in look-up order: by title key without spaces, then most votes, then id.
    lists
        By name, as in `LISTS`: one row an entry in the films' order, with `film` (its row),
        `code`, `name` and `extra`.
    """

    films: pd.DataFrame
    lists: dict[str, pd.DataFrame]


def name_order(votes: str, *ties: str) -> Order:
    """Return the order of named rows: by key without its spaces, then most votes, then the ties.

    Parameters
    ----------
    votes
        The column of the number of votes.
    *ties
        The columns that decide among equals, ascending.

    Returns
    -------
    sequence of tuple
        Columns and their directions, as `pyarrow.compute.sort_indices` takes them.
    """
    return [(COMPACT, "ascending"), (votes, "descending"), *((tie, "ascending") for tie in ties)]


FILM_ORDER = name_order("vote_count", "id")


def sort_by_name(rows: pd.DataFrame, order: Order) -> pd.DataFrame:
    """Sort rows by name; stable.

    Parameters
    ----------
    rows
        They have a `key`, and the columns of the order but `COMPACT`.
    order
        As `name_order` returns it.

    Returns
    -------
    DataFrame
        The rows, numbered from 0.
    """
    by = {name: pa.array(rows[name]) for name, _ in order if name != COMPACT}
    by[COMPACT] = pa.array(compact_keys(rows[KEY]))
    # By Arrow: pandas makes categories of the strings first, which takes four times as long.
    places = pc.sort_indices(pa.table(by), list(order))
    return rows.take(places.to_numpy()).reset_index(drop=True)


def sort_films(films: pd.DataFrame) -> pd.DataFrame:
    """Give the films of `clean_films` their keys, and put them in look-up order."""
    return sort_by_name(films.assign(key=name_keys(films["title"])), FILM_ORDER)


def film_texts(films: pd.DataFrame) -> dict[str, pd.Series[str]]:
    """Return the texts of films whose words are counted: their titles, and what describes them."""
    return {"title": films["title"], "text": films["overview"] + " " + films["tagline"]}


def assemble(films: pd.DataFrame, lists: dict[str, pd.DataFrame]) -> Catalogue:
    """Put films and lists together: each entry gets the row of its film, and its place.

    Parameters
    ----------
    films
        Those of `sort_films`.
    lists
        By name, those of `clean_entries`; a missing one is empty. They are removed from the
        mapping: twice they would fill the memory.
    """
    rows = pd.Series(films.index, index=films["id"])
    numbered = {}
    for name, nested in LISTS.items():
        entries = lists.pop(name, None)
        if entries is None:
            entries = nested.schema.empty_table().to_pandas().drop(columns=LINE)
        film = rows.reindex(entries.pop("film")).to_numpy()
        order = np.argsort(film, kind="stable")
        # Column by column, each let go when it is in order: all of a long list at once would be
        # the most that is in memory.
        columns = {column: entries.pop(column).array.take(order) for column in [*entries]}
        numbered[name] = pd.DataFrame({"film": film[order], **columns})
    return Catalogue(films, numbered)


def day_is_unknown(dates: pd.Series[pd.Timestamp]) -> pd.Series[bool]:
    """Return which dates most likely stand for the year alone: those of 1 January."""
    return (dates.dt.month == 1) & (dates.dt.day == 1)


def status_places(statuses: pd.Series[str]) -> pd.Series[int]:
    """Return the place of each film's status in `STATUS_VALUES`; see `STATUSES`."""
    places = {name: place for place, name in enumerate(STATUSES)}
    return statuses.map(places).fillna(places["Released"]).astype("int64")


def country_codes(entries: pd.DataFrame) -> pd.Series[str]:
    """Return the code of each country by its name: that of the first film that gives one.

    In lists of names alone none does; then it is the one that the name has in ISO.
    """
    codes = entries.groupby("name")["code"].first()
    unknown = codes.index[codes.isna()]
    codes[unknown] = [country_code(name) for name in unknown]
    return codes.dropna()


def to_arrow(catalogue: Catalogue) -> pa.Table:
    """Return the catalogue as people read it: a row a film, the lists as lists of structs."""
    return drop_internal_columns(to_rows(catalogue))


def drop_internal_columns(rows: pa.Table) -> pa.Table:
    """Drop the columns of `to_rows` that are of use to the job alone: it looks films up by them."""
    return rows.drop_columns([LINE, KEY, *UNPUBLISHED_COLUMNS])


def to_rows(catalogue: Catalogue) -> pa.Table:
    """Return the whole catalogue as one table, a row a film; `from_rows` is its inverse."""
    films = catalogue.films
    table = pa.Table.from_pandas(films, preserve_index=False)
    date = table.schema.get_field_index("release_date")
    table = table.set_column(date, "release_date", table["release_date"].cast(pa.date32()))
    for name, entries in catalogue.lists.items():
        table = table.append_column(name, _to_structs(LISTS[name], entries, len(films)))
    return cast_large_strings(table)


def from_rows(rows: pa.Table) -> Catalogue:
    """Return the catalogue of rows of `to_rows`, numbered from 0, as far as it has the columns."""
    lists = {
        name: _from_structs(nested, rows[name].combine_chunks())
        for name, nested in LISTS.items()
        if name in rows.column_names
    }
    films = rows.drop_columns(list(lists)).to_pandas(
        # Numbers that may be missing stay numbers.
        types_mapper={pa.int64(): pd.Int64Dtype()}.get,
        date_as_object=False,
    )
    return Catalogue(films.astype({name: FILM_TYPES.get(name, "str") for name in films}), lists)


def cast_large_strings(table: pa.Table) -> pa.Table:
    """Return a table with Arrow's usual strings for pandas' large ones."""
    fields = [field.with_type(_cast(field.type)) for field in table.schema]
    return table.replace_schema_metadata(None).cast(pa.schema(fields))


def _cast(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_large_string(kind):
        return pa.string()
    if pa.types.is_list(kind):
        return pa.list_(_cast(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_cast(field.type)) for field in kind])
    return kind


def _fields(nested: NestedColumn) -> dict[str, str]:
    """Return the columns of a list's entries, each by the field of its structs."""
    return {nested.code: "code", "name": "name"} | (
        {"character": "extra"} if nested.character else {}
    )


def _to_structs(nested: NestedColumn, entries: pd.DataFrame, films: int) -> pa.ListArray:
    fields = _fields(nested)
    columns = pa.Table.from_pandas(entries[[*fields.values()]], preserve_index=False)
    structs = columns.rename_columns([*fields]).to_struct_array().combine_chunks()
    starts = entries["film"].searchsorted(range(films + 1))
    return pa.ListArray.from_arrays(pa.array(starts, pa.int32()), structs)


def _from_structs(nested: NestedColumn, column: pa.ListArray) -> pd.DataFrame:
    structs = pc.list_flatten(column)
    entries = pd.DataFrame({"film": pc.list_parent_indices(column).to_numpy().astype("int64")})
    for field, name in _fields(nested).items():
        dtype = "Int64" if name == "code" and nested.numbered else "str"
        entries[name] = structs.field(field).to_pandas().astype(dtype)
    return entries if nested.character else entries.assign(extra=pd.Series(dtype="str"))
