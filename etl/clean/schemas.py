"""What the job demands of its input and of its output: rules, declared a column at a time.

A rule that a raw record breaks sets the record aside; one that a raw value breaks sets the
value aside and leaves it unknown. The rules for what is clean are the promises that the
catalogue keeps; what breaks them does not get in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pandera.pandas as pa
from pandera.errors import SchemaErrors

from cartelera.contract.names import LONGEST_NAME
from cartelera.contract.tables import FIRST_YEAR, LAST_YEAR
from etl.clean.parsers import dates, film_ids, numbers
from etl.errors import ContractError
from etl.quarantine import LINE

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

NOT_A_FILM = "id is not a number"
SHIFTED = "fields shifted"
UNDATED = "no release date"
BAD_DATE = "release date is not a date"
UNTITLED = "no title"
LONG_TITLE = "title too long"

# What a number may be at the most: far above any film, far below what overflows a sum.
HIGHEST = {
    "budget": 1e12,
    "revenue": 1e12,
    "runtime": 1e5,
    "popularity": 1e9,
    "vote_average": 10.0,
    "vote_count": 1e9,
}


def _rule(name: str, holds: Callable[[pd.Series], pd.Series[bool]]) -> pa.Check:
    return pa.Check(holds, name=name, error=name)


def _between(low: float, high: float) -> pa.Check:
    return pa.Check.in_range(low, high, error=f"not from {low:,.0f} to {high:,.0f}")


def _number(high: float) -> pa.Column:
    rule = _rule(
        f"not a number from 0 to {high:,.0f}",
        lambda texts: numbers(texts, high).notna() | (texts.str.strip() == ""),
    )
    return pa.Column("str", rule)


_FILM_ID = pa.Column("str", _rule(NOT_A_FILM, lambda ids: film_ids(ids).notna()))

# A record of the films' file; its title is the one that is shown.
FILM_RECORD = pa.DataFrameSchema(
    {
        "id": _FILM_ID,
        "adult": pa.Column(
            "str",
            _rule(SHIFTED, lambda adult: adult.str.strip().str.lower().isin(["true", "false", ""])),
        ),
        "release_date": pa.Column(
            "str",
            [
                _rule(UNDATED, lambda texts: texts.str.strip() != ""),
                _rule(BAD_DATE, lambda texts: dates(texts).notna()),
            ],
        ),
        "title": pa.Column(
            "str",
            [
                _rule(UNTITLED, lambda titles: titles != ""),
                _rule(LONG_TITLE, lambda titles: titles.str.len() <= LONGEST_NAME),
            ],
        ),
    }
)
FILM_VALUES = pa.DataFrameSchema({column: _number(high) for column, high in HIGHEST.items()})
# A record of the credits or the keywords.
LIST_RECORD = pa.DataFrameSchema({"id": _FILM_ID})

_NAME = pa.Check.str_length(max_value=LONGEST_NAME, error=f"longer than {LONGEST_NAME} characters")
_FILLED = pa.Check.str_length(min_value=1, error="empty")

FILMS = pa.DataFrameSchema(
    {
        LINE: pa.Column("int64", pa.Check.ge(1, error="below 1")),
        "id": pa.Column("int64", pa.Check.ge(1, error="below 1"), unique=True),
        "title": pa.Column("str", [_FILLED, _NAME]),
        "release_date": pa.Column("datetime64[us]"),
        "release_year": pa.Column("int64", _between(FIRST_YEAR, LAST_YEAR)),
        "original_language": pa.Column("str", [_FILLED, _NAME], nullable=True),
        "runtime": pa.Column("Int64", _between(1, HIGHEST["runtime"]), nullable=True),
        "budget": pa.Column("int64", _between(0, HIGHEST["budget"])),
        "revenue": pa.Column("int64", _between(0, HIGHEST["revenue"])),
        "return": pa.Column("float64", _between(0, HIGHEST["revenue"])),
        "popularity": pa.Column("float64", _between(0, HIGHEST["popularity"])),
        "vote_average": pa.Column("float64", _between(0, HIGHEST["vote_average"])),
        "vote_count": pa.Column("int64", _between(0, HIGHEST["vote_count"])),
        "collection_id": pa.Column("Int64", pa.Check.ge(0, error="below 0"), nullable=True),
        "collection": pa.Column("str", [_FILLED, _NAME], nullable=True),
        "overview": pa.Column("str"),
        "status": pa.Column("str"),
        "tagline": pa.Column("str"),
    },
    strict=True,
)


def entries(*, numbered: bool) -> pa.DataFrameSchema:
    """Return the rules for what was unnested; its codes are numbers, or texts."""
    code = pa.Column("Int64", pa.Check.ge(0, error="below 0"), nullable=True)
    return pa.DataFrameSchema(
        {
            "film": pa.Column("int64", pa.Check.ge(1, error="below 1")),
            LINE: pa.Column("int64", pa.Check.ge(1, error="below 1")),
            "code": code if numbered else pa.Column("str", [_FILLED, _NAME], nullable=True),
            "name": pa.Column("str", _NAME if not numbered else [_FILLED, _NAME]),
            "extra": pa.Column("str", [_FILLED, _NAME], nullable=True),
        },
        strict=True,
    )


class Violation(NamedTuple):
    """A value that breaks a rule: the frame's row (its index), the column and the rule."""

    row: int
    column: str
    rule: str
    value: object


def violations(schema: pa.DataFrameSchema, frame: pd.DataFrame) -> list[Violation]:
    """Return everything in `frame` that breaks a rule of `schema`, in order of the rows.

    Of one row the violations come in the order in which the rules are declared. The frame's
    index is unique.

    Raises
    ------
    ContractError
        When a column is missing, or holds another type than is declared.
    """
    if frame.empty:
        return []
    try:
        schema.validate(frame, lazy=True)
    except SchemaErrors as error:
        cases = error.failure_cases
    else:
        return []
    # Of a column of another type whatever else is said comes from that.
    mistyped = cases[cases["check"].astype("str").str.startswith("dtype(")]
    whole = cases[cases["index"].isna()] if mistyped.empty else mistyped
    if len(whole):
        first = whole.iloc[0]
        raise ContractError(
            f"column {first['column'] or first['failure_case']} breaks {first['check']}: "
            f"found {first['failure_case']}"
        )
    found = [
        Violation(int(row), str(column), str(rule), value)
        for row, column, rule, value in zip(
            cases["index"], cases["column"], cases["check"], cases["failure_case"], strict=True
        )
    ]
    return sorted(found, key=lambda violation: violation.row)
