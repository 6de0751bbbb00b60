"""Large look-up tables in parts: see `cartelera.partitioned` for what is read of them, and how."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.names import compact
from cartelera.partitioned import (
    ID_COLUMNS,
    MOST_NAMES,
    MOST_ROWS,
    PART_IDS,
    PART_ROWS,
    films_schema,
    ids_path,
    names_schema,
    part_schema,
    parts_path,
    rank_schema,
)
from cartelera.tables import BY_ID, BY_RANK, FILMACIONES, FILMS, GROWING, KEY, POSITION, VOTES
from etl.publish import ReleaseFile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cartelera.partitioned import Parts
    from cartelera.tables import TableSchema

_GROWING = {schema.path: schema for schema in GROWING}


def partition(
    tables: Iterable[tuple[str, pa.Table]], most_rows: int = MOST_ROWS, part_rows: int = PART_ROWS
) -> Iterator[tuple[str, pa.Table | ReleaseFile]]:
    """Yield look-up tables as they come, but those that grow and have more rows than most in parts.

    `tables` are in the order of `build_tables`: the films of filmographies before the people.
    """
    films = pa.table({})
    for path, table in tables:
        if path == FILMACIONES.path:
            films = table
        if path in _GROWING and table.num_rows > most_rows:
            yield from _in_parts(_GROWING[path], table, films, part_rows)
        else:
            yield path, table


def _in_parts(
    schema: TableSchema[Any], table: pa.Table, films: pa.Table, part_rows: int
) -> Iterator[tuple[str, pa.Table | ReleaseFile]]:
    keys = [compact(name_key) for name_key in table[KEY].to_pylist()]
    starts = _starts(keys, part_rows)
    parts: Parts = {
        "rows": table.num_rows,
        "keys": [keys[start] for start in starts],
        "starts": starts,
        "ids": [],
        "entries": 0,
        "ranked": part_rows,
    }
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], table.num_rows], strict=True)):
        own = part_schema(schema, number)
        part = table.select(own.columns).slice(start, end - start)
        if schema.people:
            part, theirs = _with_films(part, films)
            beside = films_schema(schema, number)
            yield beside.path, theirs.select(beside.columns)
        yield own.path, part
    if schema.films:
        for number, by_id in enumerate(_by_id(table)):
            parts["ids"].append(by_id["id"][0].as_py())
            yield ids_path(schema, number), by_id
    if BY_RANK in schema.index:
        order = table[BY_RANK].drop_null()
        parts["entries"] = len(order)
        for number, start in enumerate(range(0, len(order), part_rows)):
            ranked = rank_schema(schema, number)
            yield ranked.path, table.select(ranked.columns).take(order.slice(start, part_rows))
    yield names_schema(schema).path, _best_known(schema, table)
    described = json.dumps(parts, ensure_ascii=False).encode()
    yield parts_path(schema), ReleaseFile(described, len(starts))


def _starts(keys: list[str], part_rows: int) -> list[int]:
    """Return where parts begin: of equal keys all are in one."""
    starts = [0]
    while (start := starts[-1] + part_rows) < len(keys):
        while start < len(keys) and keys[start] == keys[start - 1]:
            start += 1
        if start == len(keys):
            break
        starts.append(start)
    return starts


def _with_films(people: pa.Table, films: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return people whose films are rows of a table of their own, and that table."""
    lists = people[FILMS].combine_chunks()
    rows, places = np.unique(lists.flatten().to_numpy(), return_inverse=True)
    starts = np.r_[0, np.cumsum(lists.value_lengths().to_numpy())].astype(np.int32)
    own = pa.ListArray.from_arrays(pa.array(starts), pa.array(places.astype(np.int32)))
    field = people.schema.field(FILMS)
    place = people.schema.get_field_index(FILMS)
    return people.set_column(place, field, own), films.take(pa.array(rows))


def _by_id(table: pa.Table) -> Iterator[pa.Table]:
    order = table[BY_ID].combine_chunks()
    columns = [table["id"].take(order), order]
    by_id = pa.table(dict(zip(ID_COLUMNS, columns, strict=True)))
    for start in range(0, len(by_id), PART_IDS):
        yield by_id.slice(start, PART_IDS)


def _best_known(schema: TableSchema[Any], table: pa.Table) -> pa.Table:
    order = pc.sort_indices(
        pa.table({VOTES: table[VOTES], POSITION: np.arange(table.num_rows)}),
        [(VOTES, "descending"), (POSITION, "ascending")],
    )
    best = pa.array(np.sort(order.slice(0, MOST_NAMES).to_numpy()))
    named = names_schema(schema)
    columns = {KEY: table[KEY], VOTES: table[VOTES]}
    rows = pa.table({**columns, named.name: table[schema.name]}).take(best)
    return rows.append_column(POSITION, best.cast(pa.int64())).select(named.columns)
