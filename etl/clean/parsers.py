"""Reading single values of the raw films: a column of texts in, values or nulls out."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.names import MAX_NAME_LENGTH
from cartelera.contract.readings import IMDB_ID
from cartelera.contract.tables import FIRST_YEAR, LAST_YEAR
from etl.clean.nested_cells import UnreadableCellError, parse_entry
from etl.clean.tidied import tidy_column, to_array
from etl.clean.unnest import parse_code, parse_name
from etl.extract.missing import MISSING, is_no_list

_WHOLE_NUMBER = re.compile(r"([0-9]{1,9})(?:\.0+)?")
_DATE = re.compile(
    r"^(?P<year>[0-9]{4})(?P<between>[-/])(?P<month>[0-9]{1,2})(?P=between)(?P<day>[0-9]{1,2})"
    r"(?:[T ][0-9]{1,2}:[0-9:.]+(?:Z|[+-][0-9:]+| UTC)?)?$"
)
# Nearly all that there are.
_PLAIN_DATE = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_PLAIN_NUMBER = r"^[0-9]{1,15}(?:\.[0-9]{1,15})?$"
# In US$. Smaller budgets and revenues were entered in thousands or millions: a budget of 1 dollar
# with a revenue of 8,500,000.
LEAST_PLAUSIBLE = 1_000
# Booleans as databases, R and spreadsheets write them; numbers also as pandas does beside missing
# ones.
FLAGS = dict.fromkeys(("true", "t", "yes", "1", "1.0", "verdadero"), True) | dict.fromkeys(
    ("false", "f", "no", "0", "0.0", "falso"), False
)


class Collection(NamedTuple):
    """A film's collection, or why its cell cannot be used."""

    id: int | None = None
    name: str | None = None
    problem: str | None = None


def _parse_whole_number(text: str) -> int | None:
    match = _WHOLE_NUMBER.fullmatch(text.strip())
    return int(match[1]) if match else None


def parse_film_ids(texts: pd.Series[str]) -> pd.Series[int]:
    """Read whole numbers from 1, as TMDB's are; spreadsheets write 862 as 862.0."""
    array = to_array(texts)
    plain = pc.match_substring_regex(array, "^[0-9]{1,9}$")
    others = map(_parse_whole_number, array.filter(pc.invert(plain)).to_pylist())
    numbers = pc.if_else(plain, array, None).cast(pa.int64())
    numbers = pc.replace_with_mask(numbers, pc.invert(plain), pa.array(others, pa.int64()))
    numbers = pc.if_else(pc.greater(numbers, 0), numbers, None)
    ids: pd.Series[int] = numbers.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    return ids.set_axis(texts.index)


def are_missing(texts: pd.Series[str]) -> pd.Series[bool]:
    """Return which texts say that there is no value."""
    return texts.str.strip().isin(MISSING)


def parse_flags(texts: pd.Series[str]) -> pd.Series[bool]:
    """Read booleans as `FLAGS` has them; what is none is False."""
    return texts.str.strip().str.lower().isin(text for text, flag in FLAGS.items() if flag)


def parse_dates(texts: pd.Series[str]) -> pd.Series[pd.Timestamp]:
    """Read dates of the years that a film may be of; a time of day is left off."""
    # Many films are of one day.
    places, distinct = texts.factorize()
    dates = _parse_days(pd.Series(distinct, dtype="str")).reindex(places)
    return dates.set_axis(texts.index)


def _parse_days(texts: pd.Series[str]) -> pd.Series[pd.Timestamp]:
    plain = texts.str.fullmatch(_PLAIN_DATE)
    days = texts[~plain].str.strip().str.extract(_DATE)
    others = days["year"] + "-" + days["month"] + "-" + days["day"]
    dates = pd.to_datetime(texts.where(plain, others), format="%Y-%m-%d", errors="coerce")
    return dates.where(dates.dt.year.between(FIRST_YEAR, LAST_YEAR))


def parse_years(texts: pd.Series[str]) -> pd.Series[int]:
    """Read the years of dates."""
    return parse_dates(texts).dt.year


def parse_numbers(texts: pd.Series[str], highest: float) -> pd.Series[float]:
    """Read numbers from 0.

    Parameters
    ----------
    texts
        As the raw file has them.
    highest
        The highest number that is taken.

    Returns
    -------
    Series
        float64, of the index of `texts`; NaN where there is no such number.
    """
    array = to_array(texts)
    plain = pc.match_substring_regex(array, _PLAIN_NUMBER)
    as_mask = plain.to_numpy(zero_copy_only=False)
    values = np.empty(len(array))
    values[as_mask] = array.filter(plain).cast(pa.float64())
    values[~as_mask] = pd.to_numeric(texts[~as_mask].str.strip(), errors="coerce")
    numbers = pd.Series(values, texts.index)
    return numbers.where(numbers.between(0, highest))


def parse_names(texts: pd.Series[str]) -> pd.Series[str]:
    """Return texts as the catalogue shows them."""
    return pd.Series(tidy_column(to_array(texts)).to_pandas().array, texts.index, dtype="str")


def parse_texts(texts: pd.Series[str]) -> pd.Series[str]:
    """Return texts as `parse_names` does, empty where they are missing."""
    names = parse_names(texts)
    return names.where(~names.isin(MISSING), "")


def parse_codes(texts: pd.Series[str]) -> pd.Series[str]:
    """Return texts as `parse_names` does, null where they are missing."""
    codes = parse_names(texts)
    return codes.where(~codes.isin(MISSING))


def parse_titles(raw: pd.DataFrame) -> pd.Series[str]:
    """Return each film's title, or its original one where it has none.

    A film may be called "NA": a title that looks missing is, where the original one says more.
    """
    titles, originals = parse_names(raw["title"]), parse_names(raw["original_title"])
    missing = titles.isin(MISSING) & ~originals.isin(MISSING)
    return titles.where(~missing & (titles != ""), originals)


def parse_other_titles(texts: pd.Series[str]) -> pd.Series[str]:
    """Return titles as `parse_codes` does, null where they are too long to be asked for."""
    titles = parse_codes(texts)
    return titles.where(titles.str.len() <= MAX_NAME_LENGTH)


def parse_imdb_ids(texts: pd.Series[str]) -> pd.Series[str]:
    """Read the ids of films at IMDb."""
    ids = texts.str.strip()
    return ids.where(ids.str.fullmatch(IMDB_ID))


# For a film's id of it, its name, and what is wrong with it.
@lru_cache(maxsize=1 << 14)
def parse_collection(cell: str) -> Collection:
    """Read a film's collection, empty where it has none."""
    try:
        entry = parse_entry(cell)
    except UnreadableCellError as error:
        return Collection() if is_no_list(cell) else Collection(problem=str(error))
    if entry is None:
        return Collection()
    name = parse_name(entry.name)
    if not name:
        return Collection(problem="a collection without a usable name")
    return Collection(parse_code(entry.id), name)


def parse_collections(cells: pd.Series[str]) -> list[Collection]:
    """Read the collection of each film."""
    # Most films have none, and many have the same.
    parsed = {cell: parse_collection(cell) for cell in cells.unique()}
    return [parsed[cell] for cell in cells.tolist()]


def parse_collection_ids(cells: pd.Series[str]) -> pd.Series[int]:
    """Return the ids of films' collections."""
    ids = [collection.id for collection in parse_collections(cells)]
    return pd.Series(ids, cells.index, dtype="Int64")


def parse_collection_names(cells: pd.Series[str]) -> pd.Series[str]:
    """Return the names of films' collections."""
    names = [collection.name for collection in parse_collections(cells)]
    return pd.Series(names, cells.index, dtype="str")


def known_returns(films: pd.DataFrame) -> pd.Series[float]:
    """Return each film's revenue over its budget, null where it is not known.

    It is not where one of them is unknown, or below 1,000 US$ and so in another unit. Answers and
    the report have these; the catalogue's column `return` is `return_or_zero`.
    """
    budget, revenue = (
        films[column].where(films[column] >= LEAST_PLAUSIBLE) for column in ("budget", "revenue")
    )
    return (revenue / budget).astype("float64")


def return_or_zero(revenue: pd.Series[float], budget: pd.Series[float]) -> pd.Series[float]:
    """Return revenue over budget, 0 without a budget: the catalogue's column `return`.

    Answers and the report have `known_returns` instead.

    Parameters
    ----------
    revenue, budget
        In US$, of the same index; 0 where it is unknown.

    Returns
    -------
    Series
        float64, of that index.
    """
    return (revenue / budget).where(budget > 0, 0.0)
