from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest

from cartelera.contract.names import MAX_NAME_LENGTH
from cartelera.contract.tables import FIRST_YEAR, LAST_YEAR
from etl.clean.records import clean_films, select_films
from etl.clean.rules import Violation, violations
from etl.clean.schemas import (
    BAD_DATE,
    FILM_COLUMNS,
    FILM_RECORD,
    FILM_VALUES,
    FILMS,
    LIST_RECORD,
    LONG_TITLE,
    NOT_A_FILM,
    SHIFTED,
    UNDATED,
    UNTITLED,
    entry_schema,
)
from etl.clean.unnest import LISTS
from etl.errors import ContractError
from etl.quarantine import LINE

if TYPE_CHECKING:
    from collections.abc import Callable

    from etl.clean.rules import Schema

    type Raw = Callable[..., pd.DataFrame]

TOO_LONG = "x" * (MAX_NAME_LENGTH + 1)
LONGER = f"longer than {MAX_NAME_LENGTH} characters"
AMOUNT = "not from 0 to 1,000,000,000,000"


@pytest.fixture(scope="module")
def films(raw_films: Raw) -> pd.DataFrame:
    """Three clean films."""
    collection = "{'id': 3, 'name': 'Up Collection'}"
    raw = raw_films({}, {"runtime": "96", "belongs_to_collection": collection}, {})
    return clean_films(select_films(raw, "movies").records, "movies").records


def with_value(frame: pd.DataFrame, row: int, column: str, value: object) -> pd.DataFrame:
    values = frame[column].astype(object).tolist()
    values[row] = value
    return frame.assign(**{column: pd.Series(values, frame.index).astype(frame[column].dtype)})


@pytest.mark.parametrize(
    ("schema", "column", "rule", "broken"),
    [
        (FILM_RECORD, "id", NOT_A_FILM, ["x", "", "0", "-1", "1.5", "1997-08-20", "9" * 10]),
        (FILM_RECORD, "adult", SHIFTED, [" - Written by Nobody", "2", "Falsee"]),
        (FILM_RECORD, "release_date", BAD_DATE, ["1", "2003-02-30", "30/10/1995", "1865-01-01"]),
        (FILM_RECORD, "title", UNTITLED, [""]),
        (FILM_RECORD, "title", LONG_TITLE, [TOO_LONG]),
        (LIST_RECORD, "id", NOT_A_FILM, ["x", "", "0", "-1", "1.5"]),
        *(
            (FILM_VALUES, column, f"not a number from 0 to {high:,.0f}", ["x", "-1", "inf"])
            for column, high in ((name, each.highest) for name, each in FILM_COLUMNS.items())
            if high is not None
        ),
        (FILM_VALUES, "vote_average", "not a number from 0 to 10", ["10.01", "11", "1e30"]),
        (FILM_VALUES, "budget", "not a number from 0 to 1,000,000,000,000", ["1000000000001"]),
    ],
)
def test_a_raw_value_that_breaks_a_rule_is_named_with_its_row_its_column_and_the_rule(
    raw_films: Raw, schema: Schema, column: str, rule: str, broken: list[str]
) -> None:
    sound = raw_films(*({} for _ in broken))
    frame = pd.concat([sound, sound.assign(**{column: broken})], ignore_index=True)

    assert violations(schema, sound) == []
    assert violations(schema, frame) == [
        Violation(len(broken) + row, column, rule, value) for row, value in enumerate(broken)
    ]


@pytest.mark.parametrize("text", ["", "  "])
def test_a_film_without_a_date_is_undated_before_its_date_is_wrong(
    raw_films: Raw, text: str
) -> None:
    assert violations(FILM_RECORD, raw_films({"release_date": text})) == [
        Violation(0, "release_date", UNDATED, text),
        Violation(0, "release_date", BAD_DATE, text),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"id": " 862.0 "},
        {"adult": ""},
        {"adult": " TRUE"},
        {"release_date": " 1995-1-2 "},
        {"release_date": f"{FIRST_YEAR}-01-01"},
        {"release_date": f"{LAST_YEAR}-12-31"},
        {"title": "x" * MAX_NAME_LENGTH},
        {"budget": ""},
        {"budget": "  "},
        {"budget": " 1e12 "},
        {"vote_average": "10.0"},
        {"runtime": "0"},
    ],
)
def test_what_can_be_read_breaks_no_rule(raw_films: Raw, change: dict[str, str]) -> None:
    raw = raw_films(change)

    assert violations(FILM_RECORD, raw) == violations(FILM_VALUES, raw) == []


def test_violations_come_by_row_and_of_a_row_in_the_order_of_the_rules(raw_films: Raw) -> None:
    raw = raw_films(
        {"title": ""}, {}, {"title": TOO_LONG, "adult": "?", "id": "x", "release_date": "y"}
    )

    assert [(found.row, found.rule) for found in violations(FILM_RECORD, raw)] == [
        (0, UNTITLED),
        (2, NOT_A_FILM),
        (2, SHIFTED),
        (2, BAD_DATE),
        (2, LONG_TITLE),
    ]


def test_a_row_is_known_by_its_index(raw_films: Raw) -> None:
    raw = raw_films({"id": "x"}, {}, {"id": "y"}).set_axis([30, 10, 20])

    assert [(found.row, found.value) for found in violations(FILM_RECORD, raw)] == [
        (20, "y"),
        (30, "x"),
    ]


@pytest.mark.parametrize("schema", [FILM_RECORD, FILM_VALUES, LIST_RECORD, FILMS])
def test_no_rows_break_no_rule(raw_films: Raw, films: pd.DataFrame, schema: Schema) -> None:
    frame = films if schema is FILMS else raw_films({})

    assert violations(schema, frame.iloc[:0]) == []


@pytest.mark.parametrize("schema", [FILM_RECORD, FILM_VALUES, LIST_RECORD])
def test_a_raw_column_that_is_missing_stops_the_job_by_name(raw_films: Raw, schema: Schema) -> None:
    for column in schema.columns:
        with pytest.raises(ContractError, match=rf"^column {column} breaks "):
            violations(schema, raw_films({}, {}).drop(columns=column))


@pytest.mark.parametrize("schema", [FILM_RECORD, FILM_VALUES, LIST_RECORD])
def test_a_raw_column_that_is_no_text_stops_the_job_by_name(raw_films: Raw, schema: Schema) -> None:
    for column in schema.columns:
        with pytest.raises(ContractError, match=rf"^column {column} breaks "):
            violations(schema, raw_films({}, {}).assign(**{column: [1, 2]}))


def test_clean_films_break_no_rule(films: pd.DataFrame) -> None:
    assert violations(FILMS, films) == []
    assert films["collection"].notna().tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("column", "value", "rule"),
    [
        ("id", 0, "below 1"),
        ("id", -3, "below 1"),
        ("title", "", "empty"),
        ("title", TOO_LONG, LONGER),
        ("original_language", "", "empty"),
        ("original_language", TOO_LONG, LONGER),
        ("runtime", 0, "not from 1 to 100,000"),
        ("runtime", 100_001, "not from 1 to 100,000"),
        ("budget", -5, AMOUNT),
        ("budget", 10**12 + 1, AMOUNT),
        ("revenue", -5, AMOUNT),
        ("revenue", 10**12 + 1, AMOUNT),
        ("return", -0.5, AMOUNT),
        ("return", np.inf, AMOUNT),
        ("popularity", -0.5, "not from 0 to 1,000,000,000"),
        ("popularity", 1.1e9, "not from 0 to 1,000,000,000"),
        ("vote_average", -0.5, "not from 0 to 10"),
        ("vote_average", 10.5, "not from 0 to 10"),
        ("vote_count", -1, "not from 0 to 1,000,000,000"),
        ("vote_count", 10**9 + 1, "not from 0 to 1,000,000,000"),
        ("collection_id", -1, "below 0"),
        ("collection", "", "empty"),
        ("collection", TOO_LONG, LONGER),
    ],
)
def test_a_clean_value_that_breaks_a_rule_is_named_with_its_row_its_column_and_the_rule(
    films: pd.DataFrame, column: str, value: object, rule: str
) -> None:
    assert violations(FILMS, with_value(films, 1, column, value)) == [
        Violation(1, column, rule, value)
    ]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", 1 << 40),
        ("title", "x" * MAX_NAME_LENGTH),
        ("original_language", None),
        ("runtime", None),
        ("runtime", 1),
        ("budget", 10**12),
        ("return", 1e12),
        ("vote_average", 10.0),
        ("collection_id", None),
        ("collection_id", 0),
        ("collection", None),
        ("overview", "x" * 5_000),
        ("tagline", ""),
    ],
)
def test_a_clean_value_may_go_to_the_limit(films: pd.DataFrame, column: str, value: object) -> None:
    assert violations(FILMS, with_value(films, 1, column, value)) == []


@pytest.mark.parametrize("column", ["title", "overview", "return", "popularity", "status"])
def test_a_clean_value_is_missing_only_where_it_may(films: pd.DataFrame, column: str) -> None:
    (violation,) = violations(FILMS, with_value(films, 2, column, None))

    assert (violation.row, violation.column) == (2, column)
    assert pd.isna(violation.value)  # type: ignore[call-overload]


def test_an_id_that_two_clean_films_have_is_a_violation(films: pd.DataFrame) -> None:
    found = violations(FILMS, with_value(films, 2, "id", 1))

    assert 2 in {violation.row for violation in found}
    assert {(violation.column, violation.value) for violation in found} == {("id", 1)}


@pytest.mark.parametrize("year", [FIRST_YEAR - 1, LAST_YEAR + 1])
def test_a_year_that_no_film_can_be_of_is_a_violation(films: pd.DataFrame, year: int) -> None:
    date = pd.Timestamp(year, 1, 1)
    films = with_value(with_value(films, 1, "release_year", year), 1, "release_date", date)

    assert violations(FILMS, films) == [
        Violation(1, "release_year", f"not from {FIRST_YEAR:,} to {LAST_YEAR:,}", year)
    ]


def test_a_clean_column_that_is_missing_stops_the_job_by_name(films: pd.DataFrame) -> None:
    for column in FILMS.columns:
        with pytest.raises(ContractError, match=rf"^column {column} breaks "):
            violations(FILMS, films.drop(columns=column))


def test_a_clean_column_of_another_type_stops_the_job_by_name(films: pd.DataFrame) -> None:
    for column in FILMS.columns:
        with pytest.raises(ContractError, match=rf"^column {column} breaks dtype"):
            violations(FILMS, films.assign(**{column: [1j, 2j, 3j]}))


def test_a_type_that_is_wrong_is_told_with_the_one_that_is_declared(films: pd.DataFrame) -> None:
    halves = films.assign(budget=[0.5, 1.5, 2.5], title="")

    with pytest.raises(ContractError, match=r"^column budget breaks .*int64.*: found float64$"):
        violations(FILMS, halves)


def test_a_clean_column_that_nobody_has_declared_stops_the_job_by_name(
    films: pd.DataFrame,
) -> None:
    with pytest.raises(ContractError, match=r"^column video breaks "):
        violations(FILMS, films.assign(video=False))


def unnested(name: str) -> pd.DataFrame:
    code = pd.Series([1, None], dtype="Int64")
    if not LISTS[name].numbered:
        code = pd.Series(["a", None], dtype="str")
    return pd.DataFrame(
        {
            "film": [5, 5],
            LINE: [2, 2],
            "code": code,
            "name": pd.Series(["A", "B"], dtype="str"),
            "extra": pd.Series(["Ada", None], dtype="str"),
        }
    )


@pytest.mark.parametrize(("name", "numbered"), [("cast", True), ("spoken_languages", False)])
def test_a_sound_entry_breaks_no_rule(name: str, numbered: bool) -> None:  # noqa: FBT001
    frame = unnested(name)

    assert frame["code"].notna().tolist() == [True, False]
    assert violations(entry_schema(numbered=numbered), frame) == []
    with pytest.raises(ContractError, match=r"^column code breaks "):
        violations(entry_schema(numbered=not numbered), frame)


@pytest.mark.parametrize(
    ("name", "column", "value", "rule"),
    [
        ("cast", "film", 0, "below 1"),
        ("cast", LINE, 0, "below 1"),
        ("cast", "code", -1, "below 0"),
        ("cast", "name", "", "empty"),
        ("cast", "name", TOO_LONG, LONGER),
        ("cast", "extra", "", "empty"),
        ("cast", "extra", TOO_LONG, LONGER),
        ("spoken_languages", "code", "", "empty"),
        ("spoken_languages", "code", TOO_LONG, LONGER),
        ("spoken_languages", "name", TOO_LONG, LONGER),
    ],
)
def test_an_entry_that_breaks_a_rule_is_named_with_its_row_its_column_and_the_rule(
    name: str, column: str, value: object, rule: str
) -> None:
    schema = entry_schema(numbered=LISTS[name].numbered)

    assert violations(schema, with_value(unnested(name), 1, column, value)) == [
        Violation(1, column, rule, value)
    ]


def test_a_language_may_have_no_name() -> None:
    frame = with_value(unnested("spoken_languages"), 1, "name", "")

    assert violations(entry_schema(numbered=False), frame) == []


def test_an_entry_has_no_columns_but_the_declared_ones() -> None:
    schema = entry_schema(numbered=True)
    frame = unnested("cast")

    changed: list[tuple[str, Any]] = [
        *((column, frame.drop(columns=column)) for column in schema.columns),
        *((column, frame.assign(**{column: [1j, 2j]})) for column in schema.columns),
        ("order", frame.assign(order=1)),
    ]

    for column, other in changed:
        with pytest.raises(ContractError, match=rf"^column {column} breaks "):
            violations(schema, other)
