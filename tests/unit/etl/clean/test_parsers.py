from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from cartelera.contract.tables import FIRST_YEAR, LAST_YEAR
from etl.clean.parsers import parse_dates, parse_numbers

HIGHEST = 1e12
PLAIN_NUMBERS = st.from_regex(r"[0-9]{1,15}(\.[0-9]{1,7})?", fullmatch=True, alphabet="0123456789.")
ODD_NUMBERS = ["", " ", "x", " 5 ", "1e3", "+2", "-1", "inf", "nan", ".5", "5.", "1,5", "1\n"]
DAYS = st.builds("{:04}-{:02}-{:02}".format, st.integers(1800, 2200), *[st.integers(0, 32)] * 2)
ODD_DATES = [
    "",
    "x",
    " 1995-1-2 ",
    "1995/11/02",
    "1995-11/02",
    "1995-11-02T10:00:00Z",
    "1995-11-02\n",
]


@given(st.lists(PLAIN_NUMBERS | st.sampled_from(ODD_NUMBERS), max_size=9))
def test_a_column_of_numbers_is_read_as_each_of_them(texts: list[str]) -> None:
    numbers = parse_numbers(pd.Series(texts, range(5, 5 + len(texts)), dtype="str"), HIGHEST)

    np.testing.assert_array_equal(numbers.to_numpy(), [_number(text) for text in texts])
    assert numbers.index.tolist() == [*range(5, 5 + len(texts))]


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        return math.nan
    return number if 0 <= number <= HIGHEST else math.nan


@given(st.lists(DAYS | st.sampled_from(ODD_DATES), max_size=9))
def test_a_column_of_dates_is_read_as_each_of_them(texts: list[str]) -> None:
    dates = parse_dates(pd.Series(texts, dtype="str"))

    assert [None if pd.isna(date) else date.date() for date in dates] == [*map(_date, texts)]


def _date(text: str) -> dt.date | None:
    try:
        date = dt.date(*map(int, text.strip()[:10].replace("/", "-").split("-")))
    except (ValueError, TypeError):
        return None
    mixed = "/" in text and "-" in text
    return date if FIRST_YEAR <= date.year <= LAST_YEAR and not mixed else None
