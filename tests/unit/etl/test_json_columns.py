"""JSON by the column is that of each value."""

from __future__ import annotations

from typing import Any

import msgspec
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.json_columns import json_of, json_of_lists, json_of_rows, with_entries

TEXTS = st.text(
    st.sampled_from('aé世🎬 "\\/\n\r\t\x00\x1f\x7f\u2028') | st.characters(codec="utf-8")
)
ENTRY = pa.struct({"number": pa.int64(), "name": pa.string()})
COLUMNS = [
    (pa.bool_(), st.booleans()),
    (pa.int64(), st.integers(-(2**63), 2**63 - 1)),
    (pa.int16(), st.integers(-(2**15), 2**15 - 1)),
    (pa.float64(), st.floats()),
    (pa.string(), TEXTS),
    (pa.large_string(), TEXTS),
    (pa.list_(pa.string()), st.lists(TEXTS | st.none(), max_size=3)),
    (
        pa.list_(ENTRY),
        st.lists(
            st.none()
            | st.fixed_dictionaries(
                {"number": st.integers(0, 99) | st.none(), "name": TEXTS | st.none()}
            ),
            max_size=3,
        ),
    ),
]


@pytest.mark.parametrize(("kind", "values"), COLUMNS, ids=lambda each: str(each)[:40])
@given(data=st.data())
def test_each_value_is_written_as_it_is_by_itself(
    kind: pa.DataType, values: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    given_values = data.draw(st.lists(st.none() | values, max_size=5))
    start = data.draw(st.integers(0, len(given_values)))
    column = pa.array(given_values, kind)

    expected = [msgspec.json.encode(value).decode() for value in column.to_pylist()]

    assert json_of(column).to_pylist() == expected
    # What is left of a longer column is written like one of its own.
    assert json_of(column.slice(start, 2)).to_pylist() == expected[start : start + 2]


def test_rows_are_objects_of_their_columns() -> None:
    rows = pa.record_batch({"id": [1, 2], "nombre": ["Ana", None], "años": [[7], []]})

    assert json_of(rows.to_struct_array()).to_pylist() == [
        '{"id":1,"nombre":"Ana","años":[7]}',
        '{"id":2,"nombre":null,"años":[]}',
    ]


@given(st.lists(st.tuples(st.integers(0, 99), TEXTS | st.none(), st.lists(TEXTS)), max_size=5))
def test_rows_without_names_are_lists_of_their_values(
    rows: list[tuple[int, str, list[str]]],
) -> None:
    kinds = (pa.int64(), pa.large_string(), pa.large_list(pa.large_string()))
    columns = [pa.array([row[place] for row in rows], kind) for place, kind in enumerate(kinds)]

    expected = [msgspec.json.encode(row).decode() for row in rows]

    assert json_of_rows(*columns).to_pylist() == expected


def test_lists_of_json_are_lists_in_json() -> None:
    lists = pa.LargeListArray.from_arrays([0, 2, 2], pa.array(["1", "[2]"], pa.large_string()))

    assert json_of_lists(lists).to_pylist() == ["[1,[2]]", "[]"]


def test_lists_of_other_entries_are_as_long_as_before() -> None:
    lists = pa.array([[9], [1, 2], None, [], [3]]).slice(1)

    assert with_entries(lists, pa.array(["a", "b", "c"])).to_pylist() == [
        ["a", "b"],
        None,
        [],
        ["c"],
    ]
