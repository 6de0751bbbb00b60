"""What a search can find: the names of all look-up tables in one, and the words of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.tables import BUSCAR, ENTRY, FOUND_IN, KEY, KIND, KINDS, PALABRAS, VOTES
from etl.catalogue.catalogue import name_order, sort_by_name
from etl.tables.rows import first_of_each, to_arrow

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartelera.contract.tables import TableSchema

# A search looks through all that it can find. The real catalogue has some 280,000 names; of a
# larger one these are the best known, and the others are found at their own routes.
MOST_SEARCHED = 400_000
# Those that are shown by their Spanish name.
_SPANISH = "nombre"
# What tells entries apart.
_ENTRY = ["tipo", "nombre", "id"]


def search_tables(tables: Mapping[TableSchema[Any], pa.Table]) -> dict[TableSchema[Any], pa.Table]:
    """Return the tables that a search goes through, made of the tables that it searches."""
    named = [_findable(kind, tables[schema], schema) for kind, schema in KINDS.items()]
    found = pd.concat(named, ignore_index=True)
    if len(found) > MOST_SEARCHED:
        best = np.argsort(-found[VOTES].to_numpy(), kind="stable")[:MOST_SEARCHED]
        found = found.take(np.sort(best))
    found = sort_by_name(found, name_order(VOTES))
    found[ENTRY] = _entries(found)
    return {BUSCAR: to_arrow(BUSCAR, found), PALABRAS: _words(found[KEY])}


def searched_columns(table: pa.Table, schema: TableSchema[Any]) -> pa.Table:
    """Return of a table what the search needs of it."""
    columns = [column for column in ("id", "anio", _SPANISH) if column in table.column_names]
    return table.select([KEY, VOTES, schema.name, *columns])


def _findable(kind: str, table: pa.Table, schema: TableSchema[Any]) -> pd.DataFrame:
    rows: pd.DataFrame = searched_columns(table, schema).to_pandas()
    shown = rows[schema.name]
    if _SPANISH in rows:
        shown = rows[_SPANISH].fillna(shown)
    rows = rows.assign(kind=list(KINDS).index(kind), tipo=kind, nombre=shown)
    return rows.reindex(columns=[KEY, VOTES, KIND, *BUSCAR.fields]).astype(
        {"id": "Int64", "anio": "Int64"}
    )


def _entries(found: pd.DataFrame) -> pd.Series[int]:
    """Return each row's entry: the first row of the same kind, name and id."""
    rows = pd.Series(found.index, index=found.index)
    # Most names stand once among their kind: the others are aliases.
    several = found[found.duplicated(_ENTRY, keep=False)]
    by = [several[column] for column in _ENTRY]
    rows[several.index] = rows[several.index].groupby(by, dropna=False).transform("min")
    return rows.astype("int32")


def _words(keys: pd.Series[str]) -> pa.Table:
    split = pc.split_pattern(pa.array(keys.to_numpy(), pa.string()), " ")
    words = pc.list_flatten(split).dictionary_encode()
    rows = pc.list_parent_indices(split).to_numpy()
    codes = words.indices.to_numpy()
    order = np.argsort(codes, kind="stable")
    codes, rows = codes[order], rows[order]
    # "Bora Bora" holds its word twice.
    first = first_of_each(codes, rows)
    codes, rows = codes[first], rows[first]
    starts = np.r_[0, np.cumsum(np.bincount(codes, minlength=len(words.dictionary)))]
    found_in = pa.ListArray.from_arrays(pa.array(starts, pa.int32()), pa.array(rows, pa.int32()))
    table = pa.table({KEY: words.dictionary, VOTES: np.diff(starts), FOUND_IN: found_in})
    return table.sort_by(KEY)
