"""Reading single values of the raw files: what a text says, or null where it says nothing."""

from __future__ import annotations

import re

import pandas as pd

from cartelera.contract.names import tidy
from cartelera.contract.tables import FIRST_YEAR, LAST_YEAR

# TMDB numbers its films from 1.
_NO_FILM = 0
_WHOLE_NUMBER = re.compile(r"([0-9]{1,9})(?:\.0+)?")
# In US$. Below it, budgets and takings were entered in thousands or millions: a budget of 1 dollar
# with takings of 8,500,000.
LEAST_PLAUSIBLE = 1_000


def film_ids(texts: pd.Series[str]) -> pd.Series[int]:
    """Read whole numbers from 1, null where there is none; spreadsheets write 862 as 862.0."""
    ids = pd.Series(map(_whole_number, texts.tolist()), texts.index, dtype="Int64")
    return ids.where(ids > _NO_FILM)


def _whole_number(text: str) -> int | None:
    digits = _WHOLE_NUMBER.fullmatch(text.strip())
    return int(digits[1]) if digits else None


def dates(texts: pd.Series[str]) -> pd.Series[pd.Timestamp]:
    """Read dates of the years a film may be of, null where there is none."""
    texts = texts.str.strip()
    texts = texts.where(texts.str.fullmatch(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"))
    read = pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce")
    return read.where(read.dt.year.between(FIRST_YEAR, LAST_YEAR))


def numbers(texts: pd.Series[str], high: float) -> pd.Series[float]:
    """Read numbers from 0 to `high`, null where there is none."""
    read = pd.to_numeric(texts.str.strip(), errors="coerce").astype("float64")
    return read.where(read.between(0, high))


def names(texts: pd.Series[str]) -> pd.Series[str]:
    """Return texts as the catalogue shows them."""
    return pd.Series(map(tidy, texts.tolist()), texts.index, dtype="str")


def titles(raw: pd.DataFrame) -> pd.Series[str]:
    """Return each film's title, or its original one where it has none."""
    shown = names(raw["title"])
    return shown.where(shown != "", names(raw["original_title"]))


def returns(films: pd.DataFrame) -> pd.Series[float]:
    """Return each film's takings over its budget, null where it cannot be told.

    That is where one of them is unknown, or below 1,000 US$ and so in another unit.
    """
    budget, revenue = (
        films[column].where(films[column] >= LEAST_PLAUSIBLE) for column in ("budget", "revenue")
    )
    return (revenue / budget).astype("float64")
