from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.cells import UnreadableCellError, parse_object, parse_objects

scalars = (
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]))
)
objects = st.lists(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), scalars))


@given(objects)
def test_a_list_is_read_from_a_python_literal(value: list[dict[str, object]]) -> None:
    assert parse_objects(repr(value)) == value


@given(objects)
def test_a_list_is_read_from_json(value: list[dict[str, object]]) -> None:
    assert parse_objects(json.dumps(value)) == value


@pytest.mark.parametrize("cell", ["", "  ", "[]"])
def test_an_empty_cell_is_an_empty_list(cell: str) -> None:
    assert parse_objects(cell) == []


def test_an_object_is_read_from_either() -> None:
    assert parse_object("{'id': 1, 'name': \"Ocean's\"}") == {"id": 1, "name": "Ocean's"}
    assert parse_object('{"id": 1, "name": null}') == {"id": 1, "name": None}
    assert parse_object("") is None


@pytest.mark.parametrize(
    "cell", ["False", "3", "{}", "[1]", "[{'a': 1}", "open('x')", "[" * 10_000, "\0", "1_"]
)
def test_anything_else_is_no_list(cell: str) -> None:
    with pytest.raises(UnreadableCellError):
        parse_objects(cell)


@pytest.mark.parametrize("cell", ["False", "[]", "[{'a': 1}]", "'text'"])
def test_anything_else_is_no_object(cell: str) -> None:
    with pytest.raises(UnreadableCellError):
        parse_object(cell)


def test_an_odd_escape_in_a_cell_is_no_news(recwarn: pytest.WarningsRecorder) -> None:
    assert parse_objects(r"[{'a': 'G\d'}]") == [{"a": r"G\d"}]
    assert not recwarn.list
