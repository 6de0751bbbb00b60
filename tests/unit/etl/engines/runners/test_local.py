"""Rows that are too many to be grouped, or put in order, all at once."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from etl.catalogue.catalogue import Catalogue
from etl.engines.runners.local import LocalRunner, LocalTable
from etl.engines.steps import Part

if TYPE_CHECKING:
    from collections.abc import Callable

KIND = "cast"
ORDER = [("compact", "ascending"), ("votes", "descending")]

some_rows = st.lists(st.tuples(st.sampled_from("abcdefg"), st.integers(0, 2)), max_size=30)
some = st.integers(1, 10)


def runner_of(**sizes: int) -> LocalRunner:
    return LocalRunner(Part(Catalogue(pd.DataFrame(), {}), {}), **sizes)


def table_of(rows: list[tuple[str, int]]) -> LocalTable:
    """Return rows with the place of each, in two chunks."""
    columns = {
        "compact": pa.array([name for name, _ in rows], pa.string()),
        "votes": pa.array([votes for _, votes in rows], pa.int64()),
        "row": pa.array(range(len(rows)), pa.int64()),
    }
    table, half = pa.table(columns), len(rows) // 2
    return LocalTable(lambda _: pa.concat_tables([table.slice(0, half), table.slice(half)]))


def counting(groups: list[pa.Table]) -> Callable[[pa.Table], pa.Table]:
    def work(rows: pa.Table) -> pa.Table:
        groups.append(rows)
        return rows

    return work


@given(some_rows, some)
def test_all_rows_of_a_key_are_grouped_together_and_in_order(
    rows: list[tuple[str, int]], size: int
) -> None:
    groups: list[pa.Table] = []

    grouped = runner_of(grouped_rows=size).group(table_of(rows), "compact", counting(groups))
    found = grouped.read(KIND).to_pylist()

    assert sorted(found, key=row_of) == table_of(rows).read(KIND).to_pylist()
    keys = [set(group["compact"].to_pylist()) for group in groups]
    assert sum(map(len, keys)) == len({name for name, _ in rows})
    assert all(group["row"].to_pylist() == sorted(group["row"].to_pylist()) for group in groups)


def test_few_rows_are_grouped_at_once_and_more_are_not() -> None:
    rows = [(name, 0) for name in "abcdef"]
    for size, expected in ((6, [6]), (5, [3, 3]), (2, [2, 2, 2])):
        groups: list[pa.Table] = []

        runner_of(grouped_rows=size).group(table_of(rows), "compact", counting(groups)).read(KIND)

        assert list(map(len, groups)) == expected


@given(some_rows, some)
def test_each_piece_comes_before_the_next_and_equal_rows_are_in_one(
    rows: list[tuple[str, int]], size: int
) -> None:
    ordered = runner_of(piece_rows=size).order(table_of(rows), ORDER)

    pieces = [piece.to_pylist() for piece in ordered.pieces(KIND)]

    together = [row for piece in pieces for row in piece]
    assert sorted(together, key=row_of) == table_of(rows).read(KIND).to_pylist()
    for piece, following in pairwise(pieces):
        assert max(map(place_of, piece)) < min(map(place_of, following))
        assert len(piece) >= size


def row_of(row: dict[str, Any]) -> int:
    number: int = row["row"]
    return number


def place_of(row: dict[str, Any]) -> tuple[str, int]:
    return row["compact"], -row["votes"]
