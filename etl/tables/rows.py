"""How a look-up table is laid out: the order of its rows, its columns and their types."""

from __future__ import annotations

from typing import TYPE_CHECKING, get_args, get_type_hints

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.tables import (
    BETTER_KNOWN,
    BY_ID,
    BY_RANK,
    FEATURE,
    FILM,
    FILMS,
    KEY,
    ROLES,
    VOTES,
)
from etl.catalogue.catalogue import name_order, sort_by_name
from etl.catalogue.name_keys import compact_keys, name_keys

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from numpy.typing import NDArray

    from cartelera.contract.tables import TableSchema

# The order of the rows of a table of named entries, by their `name`; people of one name by their
# `id`, too.
NAME_ORDER = name_order(VOTES, "name")
_ARROW_TYPES = {str: pa.string(), int: pa.int64(), float: pa.float64()}
_INDEX_TYPES = {
    KEY: pa.field(KEY, pa.string(), nullable=False),
    VOTES: pa.field(VOTES, pa.int64(), nullable=False),
    BY_ID: pa.field(BY_ID, pa.int64(), nullable=False),
    BY_RANK: pa.field(BY_RANK, pa.int32()),
    BETTER_KNOWN: pa.field(BETTER_KNOWN, pa.int32()),
    FILM: pa.field(FILM, pa.int32(), nullable=False),
    FILMS: pa.field(FILMS, pa.list_(pa.int32())),
    ROLES: pa.field(ROLES, pa.list_(pa.string())),
    FEATURE: pa.field(FEATURE, pa.int32(), nullable=False),
}


def name_table(
    schema: TableSchema[Any],
    entries: pd.DataFrame,
    aliases: pd.DataFrame | None = None,
    ranked_by: str | None = None,
) -> pa.Table:
    """Lay out a table of named entries.

    Parameters
    ----------
    schema
        Its columns are taken from `entries`, the name from the column `name`.
    entries
        One row an entry, with its `votes`, and with its `key` where that is known already.
    aliases
        Other names: rows of an entry's `name` and of an `alias`. Each repeats its entry under
        another key.
    ranked_by
        The column that a ranking goes by, the highest first; the name decides among equals.
    """
    rows = entries.assign(own=True)
    if KEY not in entries:
        rows[KEY] = name_keys(entries["name"])
    if aliases is not None:
        again = entries.merge(aliases, on="name")
        again = again.assign(key=name_keys(again["alias"]), own=False)
        rows = pd.concat([rows, again[again["key"] != ""]], ignore_index=True)
        spaceless = rows.assign(key=compact_keys(rows["key"]))
        rows = rows[~spaceless.duplicated(["key", "name"])]
    if schema.people:
        rows["id"] = rows["id"].astype("Int64")
        rows = sort_by_name(rows, [*NAME_ORDER, ("id", "ascending")])
        rows[BY_ID] = id_order(pa.array(rows["id"]))
    else:
        rows = sort_by_name(rows, NAME_ORDER)
    if ranked_by:
        own = rows[rows["own"]].sort_values([ranked_by, "name"], ascending=[False, True])
        places = pd.Series(own.index, dtype="Int32")
        rows[BY_RANK] = places.reindex(range(len(rows)))
    return to_arrow(schema, rows.rename(columns={"name": schema.name}))


def alias_rows(names: Iterable[tuple[str, str]]) -> pd.DataFrame:
    """Return aliases as `name_table` takes them, of pairs of a name and another."""
    return pd.DataFrame(names, columns=["name", "alias"], dtype="str")


def film_table(schema: TableSchema[Any], films: pd.DataFrame) -> pa.Table:
    """Lay out a table of films.

    Parameters
    ----------
    schema
        The table's.
    films
        In look-up order: `id`, `key`, `vote_count`, and what else the schema has.
    """
    by_id = pd.Series(id_order(pa.array(films["id"])), films.index)
    columns = {"votes": films["vote_count"], "voto_total": films["vote_count"], "by_id": by_id}
    return to_arrow(schema, films.assign(**columns))


def id_order(ids: pa.Array | pa.ChunkedArray) -> NDArray[np.int64]:
    """Return the row numbers in order of the rows' ids, those without one at the end."""
    order: NDArray[np.uint64] = pc.sort_indices(ids).to_numpy()
    return order.astype(np.int64)


def to_arrow(schema: TableSchema[Any], rows: pd.DataFrame) -> pa.Table:
    """Return rows with the columns of a table, typed as its schema says.

    Parameters
    ----------
    schema
        The table's.
    rows
        In order; columns that are not the table's are left out.
    """
    return pa.Table.from_pandas(
        rows[list(schema.columns)], schema=arrow_schema(schema), preserve_index=False
    ).replace_schema_metadata(None)


def arrow_schema(schema: TableSchema[Any]) -> pa.Schema:
    """Return the columns of a table with their types."""
    types: dict[str, type] = get_type_hints(schema.row)
    return pa.schema(
        [_INDEX_TYPES.get(name) or _field(name, types[name]) for name in schema.columns]
    )


class BestKnown:
    """The rows with most votes of a table that comes in pieces: of equals the first ones."""

    def __init__(self, most: int) -> None:
        """Keep the `most` best known rows."""
        self._most = most
        self._pieces: list[pa.Table] = []

    def add(self, piece: pa.Table) -> None:
        """Take the next piece."""
        self._pieces.append(piece)
        if sum(map(len, self._pieces)) > 2 * self._most:
            self._pieces = [self.rows()]

    def rows(self) -> pa.Table:
        """Return the best known of all that came, in the order that they came in."""
        rows = pa.concat_tables(self._pieces)
        if len(rows) <= self._most:
            return rows
        best = np.argsort(-rows[VOTES].to_numpy(), kind="stable")[: self._most]
        return rows.take(pa.array(np.sort(best)))


def first_of_each(
    first: NDArray[np.integer[Any]], second: NDArray[np.integer[Any]]
) -> NDArray[np.bool_]:
    """Mark the first of each run of equal pairs.

    Parameters
    ----------
    first, second : shape (rows,)
        The pairs, sorted.

    Returns
    -------
    NDArray
        bool, shape (rows,).
    """
    marks = np.ones(len(first), np.bool_)
    marks[1:] = (np.diff(first) != 0) | (np.diff(second) != 0)
    return marks


def _field(name: str, annotation: type) -> pa.Field:
    kinds = get_args(annotation)
    arrow_type = _ARROW_TYPES[next(iter(kinds), annotation)]
    return pa.field(name, arrow_type, nullable=type(None) in kinds)
