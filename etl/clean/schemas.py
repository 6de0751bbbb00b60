"""The columns of the data, each declared once: where it is read from, its type and its rules.

A rule that a raw record breaks sets the record aside; one that a raw value breaks sets the
value aside and leaves it unknown. The rules for clean columns are the promises that the
catalogue keeps; a film or an entry that breaks one does not get in.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from cartelera.contract.names import MAX_NAME_LENGTH
from cartelera.contract.tables import FIRST_YEAR, LAST_YEAR
from etl.clean.parsers import (
    FLAGS,
    are_missing,
    parse_codes,
    parse_collection_ids,
    parse_collection_names,
    parse_dates,
    parse_film_ids,
    parse_flags,
    parse_imdb_ids,
    parse_names,
    parse_numbers,
    parse_other_titles,
    parse_texts,
    parse_titles,
    parse_years,
    return_or_zero,
)
from etl.clean.rules import Column, Rule, Schema
from etl.clean.unnest import CREDIT_LISTS, KEYWORD_LISTS, MOVIE_LISTS
from etl.extract.shapes import Role
from etl.quarantine import LINE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from etl.clean.unnest import NestedColumn

NOT_A_FILM = "id is not a number"
SHIFTED = "fields shifted"
UNDATED = "no release date"
BAD_DATE = "release date is not a date"
UNTITLED = "no title"
LONG_TITLE = "title too long"
LONG_NAME = f"longer than {MAX_NAME_LENGTH} characters"
NO_IMDB_ID = "not an id of IMDb"

COLLECTION = "belongs_to_collection"


def _raw_column(rules: dict[str, Callable[[pd.Series[str]], pd.Series[bool]]]) -> Column:
    return Column("str", [Rule(*rule) for rule in rules.items()])


def _between(low: float, high: float) -> Rule:
    return Rule(f"not from {low:,.0f} to {high:,.0f}", lambda values: values.between(low, high))


_NAME = Rule(LONG_NAME, lambda texts: texts.str.len() <= MAX_NAME_LENGTH)
_FILLED = Rule("empty", lambda texts: texts != "")
_POSITIVE = Rule("below 1", lambda numbers: numbers >= 1)
_NOT_NEGATIVE = Rule("below 0", lambda numbers: numbers >= 0)


class FilmColumn(NamedTuple):
    """A column of the clean films.

    Attributes
    ----------
    dtype
        Its type in pandas.
    raw
        The raw columns that it is read from.
    read
        Reads it from a frame of raw records; null where a value is unknown.
    schema
        Its type, and the rules for its values.
    highest
        For a number: the highest that a raw value may hold.
    """

    dtype: str
    raw: Sequence[str]
    read: Callable[[pd.DataFrame], pd.Series]
    schema: Column
    highest: float | None = None


def _column(
    dtype: str,
    raw: str | list[str],
    parse: Callable[[Any], pd.Series],
    *rules: Rule,
    nullable: bool = False,
    unique: bool = False,
) -> FilmColumn:
    schema = Column(dtype, rules, nullable, unique)
    columns = [raw] if isinstance(raw, str) else raw
    return FilmColumn(dtype, columns, lambda records: parse(records[raw]), schema)


def _number(raw: str, highest: float, dtype: str = "int64", lowest: int = 0) -> FilmColumn:
    """Declare a number that is 0 where it is unknown or, above a `lowest` of 1, null.

    `highest` is far above any film, and far below what overflows a sum.
    """

    def parse(texts: pd.Series[str]) -> pd.Series[float]:
        numbers = parse_numbers(texts, highest)
        numbers = numbers if dtype == "float64" else numbers.round()
        return numbers.where(numbers >= lowest) if lowest else numbers.fillna(0)

    column = _column(dtype, raw, parse, _between(lowest, highest), nullable=lowest > 0)
    return column._replace(highest=highest)


def _parse_returns(raw: pd.DataFrame) -> pd.Series[float]:
    budget, revenue = (FILM_COLUMNS[column].read(raw) for column in ("budget", "revenue"))
    return return_or_zero(revenue, budget)


_AMOUNT = 1e12
FILM_COLUMNS = {
    "id": _column("int64", "id", parse_film_ids, _POSITIVE, unique=True),
    "title": _column("str", ["title", "original_title"], parse_titles, _FILLED, _NAME),
    "release_date": _column("datetime64[us]", "release_date", parse_dates),
    "release_year": _column("int64", "release_date", parse_years, _between(FIRST_YEAR, LAST_YEAR)),
    "original_language": _column(
        "str", "original_language", parse_codes, _FILLED, _NAME, nullable=True
    ),
    # In minutes.
    "runtime": _number("runtime", 1e5, "Int64", lowest=1),
    # In US$.
    "budget": _number("budget", _AMOUNT),
    "revenue": _number("revenue", _AMOUNT),
    # Revenue over budget, 0 where the budget is unknown.
    "return": _column("float64", ["budget", "revenue"], _parse_returns, _between(0, _AMOUNT)),
    "popularity": _number("popularity", 1e9, "float64"),
    "vote_average": _number("vote_average", 10, "float64"),
    "vote_count": _number("vote_count", 1e9),
    "collection_id": _column(
        "Int64", COLLECTION, parse_collection_ids, _NOT_NEGATIVE, nullable=True
    ),
    "collection": _column("str", COLLECTION, parse_collection_names, _FILLED, _NAME, nullable=True),
    "overview": _column("str", "overview", parse_texts),
    "status": _column("str", "status", parse_texts),
    "tagline": _column("str", "tagline", parse_texts),
}

# What answers need of films and the catalogue does not publish.
UNPUBLISHED_COLUMNS = {
    # For adults alone; False where it is unknown.
    "adult": _column("bool", "adult", parse_flags),
    "original_title": _column(
        "str", "original_title", parse_other_titles, _FILLED, _NAME, nullable=True
    ),
    "imdb_id": _column("str", "imdb_id", parse_imdb_ids, _FILLED, nullable=True),
}
CLEAN_COLUMNS = FILM_COLUMNS | UNPUBLISHED_COLUMNS

FILM_TYPES = {LINE: "int64"} | {name: column.dtype for name, column in CLEAN_COLUMNS.items()}
_LINE = {LINE: Column("int64", [_POSITIVE])}
FILMS = Schema(_LINE | {name: column.schema for name, column in CLEAN_COLUMNS.items()}, strict=True)

_FILM_ID = _raw_column({NOT_A_FILM: lambda ids: parse_film_ids(ids).notna()})
# A record of the films' file; its title is the one that is shown. Whatever keeps a film out of the
# catalogue is here, so that of the records with its id one that gets in is chosen.
FILM_RECORD = Schema(
    {
        "id": _FILM_ID,
        "adult": _raw_column(
            {SHIFTED: lambda texts: texts.str.strip().str.lower().isin(FLAGS) | are_missing(texts)}
        ),
        "release_date": _raw_column(
            {
                UNDATED: lambda texts: ~are_missing(texts),
                BAD_DATE: lambda texts: parse_dates(texts).notna(),
            }
        ),
        "title": _raw_column(
            {
                UNTITLED: lambda titles: titles != "",
                LONG_TITLE: lambda titles: titles.str.len() <= MAX_NAME_LENGTH,
            }
        ),
        "original_language": _raw_column(
            {LONG_NAME: lambda texts: parse_names(texts).str.len() <= MAX_NAME_LENGTH}
        ),
    }
)
# A record of the credits or the keywords.
LIST_RECORD = Schema({"id": _FILM_ID})


def _raw_number(highest: float) -> Column:
    def holds(texts: pd.Series[str]) -> pd.Series[bool]:
        return parse_numbers(texts, highest).notna() | are_missing(texts)

    return _raw_column({f"not a number from 0 to {highest:,.0f}": holds})


# The raw values of a film that are set aside one by one.
FILM_VALUES = Schema(
    {
        name: _raw_number(column.highest)
        for name, column in FILM_COLUMNS.items()
        if column.highest is not None
    }
    | {
        "original_title": _raw_column(
            {LONG_NAME: lambda texts: parse_names(texts).str.len() <= MAX_NAME_LENGTH}
        ),
        "imdb_id": _raw_column(
            {NO_IMDB_ID: lambda texts: parse_imdb_ids(texts).notna() | are_missing(texts)}
        ),
    }
)


def _role(name: str, record: Schema, lists: Mapping[str, NestedColumn], *others: str) -> Role:
    nested = frozenset(each.column for each in lists.values())
    columns = sorted({*record.columns, *nested, *others})
    return Role(name, columns, required=["id"], numbers=frozenset({"id"}), lists=nested)


_KEYWORDS = _role("keywords", LIST_RECORD, KEYWORD_LISTS)
_RAW_OF_FILMS = [raw for column in CLEAN_COLUMNS.values() for raw in column.raw]
# What is read of each raw file.
RAW_ROLES = {
    "movies": replace(
        _role("movies", FILM_RECORD, MOVIE_LISTS, *_RAW_OF_FILMS),
        required=["id", "title", "release_date"],
        numbers=frozenset(
            {"id", *(raw for each in FILM_COLUMNS.values() if each.highest for raw in each.raw)}
        ),
        dates=frozenset({"release_date"}),
        # Some data sets have the keywords beside the films.
        lists=frozenset(each.column for each in (MOVIE_LISTS | KEYWORD_LISTS).values()),
        objects=frozenset({COLLECTION}),
    ),
    "credits": _role("credits", LIST_RECORD, CREDIT_LISTS),
    "keywords": replace(_KEYWORDS, required=_KEYWORDS.columns),
}


def entry_schema(*, numbered: bool) -> Schema:
    """Return the rules for unnested entries, whose codes are numbers or texts."""
    code = Column("Int64", [_NOT_NEGATIVE], nullable=True)
    return Schema(
        {
            "film": Column("int64", [_POSITIVE]),
            LINE: Column("int64", [_POSITIVE]),
            "code": code if numbered else Column("str", [_FILLED, _NAME], nullable=True),
            "name": Column("str", [_FILLED, _NAME] if numbered else [_NAME]),
            "extra": Column("str", [_FILLED, _NAME], nullable=True),
        },
        strict=True,
    )
