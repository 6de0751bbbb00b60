"""How tables are cut."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from cartelera.names import compact
from cartelera.partitioned import MOST_ROWS, parts_path
from cartelera.tables import BUSCAR, PELICULAS_IDIOMA, PRODUCTORAS_EXITOSAS
from etl.partition import partition
from etl.publish import ReleaseFile


def companies(keys: list[str]) -> pa.Table:
    ordered = sorted(keys, key=compact)
    numbers = list(range(len(ordered)))
    columns: dict[str, Any] = dict.fromkeys(PRODUCTORAS_EXITOSAS.columns, numbers)
    columns |= {"key": ordered, "votes": [1] * len(ordered), "productora": ordered}
    return pa.table({name: pa.array(values) for name, values in columns.items()})


@given(st.lists(st.text("ab ", min_size=1, max_size=3), min_size=1, max_size=40), st.integers(1, 9))
def test_every_row_is_in_one_part_and_equal_keys_are_in_the_same(
    keys: list[str], part_rows: int
) -> None:
    table = companies(keys)
    files = dict(partition([(PRODUCTORAS_EXITOSAS.path, table)], 0, part_rows))

    described = files[parts_path(PRODUCTORAS_EXITOSAS)]
    assert isinstance(described, ReleaseFile)
    parts = json.loads(described.data)
    own: list[list[str]] = []
    for number in range(described.rows):
        part = files[f"tables/productoras_exitosas/{number:04}.parquet"]
        assert isinstance(part, pa.Table)
        own.append(part["key"].to_pylist())
    assert [key for part in own for key in part] == table["key"].to_pylist()
    assert parts["rows"] == len(keys) == parts["entries"]
    assert parts["keys"] == [compact(part[0]) for part in own]
    assert parts["starts"] == [sum(map(len, own[:number])) for number in range(len(own))]
    compacts = [{compact(key) for key in part} for part in own]
    assert sum(map(len, compacts)) == len(set().union(*compacts))
    # Longer than asked for by its last key alone.
    for names in own:
        assert len(names) <= part_rows or compact(names[part_rows - 1]) == compact(names[-1])


def test_small_tables_and_those_that_are_searched_whole_stay_as_they_are() -> None:
    rows = companies(["a"] * (MOST_ROWS + 1))
    small = companies(["a"] * MOST_ROWS)
    tables = [
        (BUSCAR.path, rows),
        (PELICULAS_IDIOMA.path, rows),
        (PRODUCTORAS_EXITOSAS.path, small),
    ]

    assert [path for path, _ in partition(tables)] == [path for path, _ in tables]
    paths = [path for path, _ in partition([(PRODUCTORAS_EXITOSAS.path, rows)])]
    assert PRODUCTORAS_EXITOSAS.path not in paths
