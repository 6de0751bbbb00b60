"""Lists are counted whole or in parts, and the same comes of it."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from etl.report.lists import (
    CODE,
    KINDS,
    NAME,
    CountedList,
    count_lengths,
    count_reached,
    count_values,
    distinct,
    films_up_to,
    most_frequent,
    steps_of,
)
from etl.report.statistics import ListSummary
from tests.unit.etl.report.conftest import count_with_reach, entries


def listed(count: int, *pairs: tuple[int, str]) -> CountedList:
    """Count a list of `count` films of one decade."""
    return count_with_reach(entries(*pairs), pd.Series([2000] * count))


def test_a_list_is_null_where_a_film_has_no_entry_and_is_measured_in_entries() -> None:
    found = ListSummary.of("genres", listed(4, (0, "a"), (0, "b"), (2, "a"))).column

    assert (found.nulls, found.distinct) == (2, 2)
    assert (found.low, found.median, found.high) == (1, 1.5, 2)


def test_a_list_that_no_film_has_has_no_range() -> None:
    found = ListSummary.of("genres", listed(1)).column

    assert (found.nulls, found.distinct) == (1, 0)
    assert (found.low, found.median, found.high) == (None, None, None)


def test_the_n_most_frequent_names_reach_the_films_that_have_one_of_them() -> None:
    counted = listed(8, (0, "a"), (1, "a"), (1, "b"), (2, "b"), (2, "a"), (3, "c"))

    assert ListSummary.of("genres", counted).reach == ((1, 3 / 8), (2, 3 / 8), (3, 4 / 8))


def test_many_names_are_counted_up_to_ranks_that_lie_ever_further_apart() -> None:
    # Name n stands in film n alone, but for the first, which all films of the first half have.
    half = [(film, "name 0000") for film in range(1_000)]
    names = [(film, f"name {film:04}") for film in range(1, 2_000)]

    found = dict(ListSummary.of("cast", listed(2_000, *half, *names)).reach)

    assert 30 < len(found) <= 40
    assert found[1] == 0.5
    assert found[max(found)] == 1
    assert all(found[rank] == max(0.5, rank / 2_000) for rank in found)


PLACES = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["", "a", "b", "Ñ", "日本"])), max_size=20
)


@settings(max_examples=40)
@given(PLACES, st.integers(0, 6))
def test_lists_counted_in_parts_add_up_to_the_whole(
    places: list[tuple[int, str]], cut: int
) -> None:
    places.sort(key=lambda place: place[0])
    decades = pd.Series([1990, 1990, 2000, 2000, 2010, 2010])
    whole = count_with_reach(entries(*places), decades)
    parts = [
        (
            entries(*((film - start, name) for film, name in places if start <= film < end)),
            decades.iloc[start:end].reset_index(drop=True),
        )
        for start, end in ((0, cut), (cut, 6))
    ]

    added = {
        kind: pa.concat_tables(count_values(part, kind) for part, _ in parts)
        .group_by("value", use_threads=False)
        .aggregate([("beside", "first"), ("entries", "sum"), ("films", "sum")])
        for kind in KINDS
    }
    lengths = pa.concat_tables(count_lengths(*part) for part in parts)
    added_lengths = lengths.group_by(["decade", "length"]).aggregate([("films", "sum")])
    names = whole.frequencies[NAME]
    steps = steps_of(names)
    reached = (
        pa.concat_tables(count_reached(part, steps) for part, _ in parts)
        .group_by("step")
        .aggregate([("films", "sum")])
        .rename_columns(["step", "films"])
    )

    for kind, table in whole.frequencies.items():
        assert as_rows(added[kind]) == as_rows(table)
    assert as_rows(added_lengths) == as_rows(whole.lengths)
    expected = whole.reached.tolist()
    assert films_up_to(reached, len(names)).tolist() == expected


def as_rows(table: pa.Table) -> list[tuple[Any, ...]]:
    return sorted((tuple(row.values()) for row in table.to_pylist()), key=repr)


def test_codes_are_called_as_the_first_film_calls_them() -> None:
    frame = pd.DataFrame(
        {"film": [0, 1, 1, 2], "code": ["es", "es", "", None], "name": ["", "Español", "x", "y"]}
    ).astype({"code": "str", "name": "str"})
    languages = count_with_reach(frame, pd.Series([2000] * 3))

    top, count, mentions = most_frequent(languages.frequencies[CODE], 5)

    assert [(each["value"], each["beside"], each["films"]) for each in top.to_pylist()] == [
        ("es", "", 2)
    ]
    assert (count, mentions) == (1, 2)
    assert distinct(languages.frequencies) == 4
