"""Cleaning and unnesting: raw records in, tidy frames and what was set aside out.

Every function here is pure: pandas frames of raw strings in, pandas frames out. A film is
known by its TMDB id; nested cells become long frames, one row an entry.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from cartelera.names import LONGEST_NAME, tidy
from cartelera.tables import FIRST_YEAR, LAST_YEAR
from etl.cells import UnreadableCellError, parse_object, parse_objects
from etl.quarantine import SetAside
from etl.raw import LINE

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable

NOT_A_FILM = "id is not a number"
SHIFTED = "fields shifted"
UNDATED = "no release date"
BAD_DATE = "release date is not a date"
UNTITLED = "no title"
LONG_TITLE = "title too long"
REPEATED = "repeated id"
NO_SUCH_FILM = "film is not in the catalogue"
UNREADABLE = "unreadable"

# TMDB numbers its films from 1.
_NO_FILM = 0
# What a number may be at the most: far above any film, far below what overflows a sum.
_HIGHEST = {
    "budget": 1e12,
    "revenue": 1e12,
    "runtime": 1e5,
    "popularity": 1e9,
    "vote_average": 10.0,
    "vote_count": 1e9,
}
_HIGHEST_CODE = 2**53
_TEXTS = ("overview", "status", "tagline")


@dataclass(frozen=True, slots=True)
class Nested:
    """How one nested cell is unnested.

    Attributes
    ----------
    column
        The raw column.
    name, code
        The keys of an entry that hold its name and its identifier.
    extra
        A further key to keep, as `character`.
    only
        A test an entry must pass, as being a director.
    ordered_by
        The key that gives the order; otherwise it is that of the list.
    """

    column: str
    name: str = "name"
    code: str = "id"
    extra: str | None = None
    only: Callable[[dict[str, object]], bool] | None = None
    ordered_by: str | None = None


GENRES = Nested("genres")
COMPANIES = Nested("production_companies")
COUNTRIES = Nested("production_countries", code="iso_3166_1")
LANGUAGES = Nested("spoken_languages", code="iso_639_1")
DIRECTORS = Nested("crew", only=lambda entry: entry.get("job") == "Director")
CAST = Nested("cast", extra="character", ordered_by="order")
KEYWORDS = Nested("keywords")

MOVIE_LISTS = {
    "genres": GENRES,
    "production_companies": COMPANIES,
    "production_countries": COUNTRIES,
    "spoken_languages": LANGUAGES,
}
CREDIT_LISTS = {"directors": DIRECTORS, "cast": CAST}
KEYWORD_LISTS = {"keywords": KEYWORDS}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Cleaned records of one raw file, or of a batch of it.

    Attributes
    ----------
    records
        One row a record that was kept, in the order they came.
    lists
        By name, a long frame in order of the films and their entries, with `film` (its id),
        `code`, `name` and `extra` (for the cast, the character).
    set_aside
        What was dropped of them.
    """

    records: pd.DataFrame
    lists: dict[str, pd.DataFrame]
    set_aside: list[SetAside]


def clean_movies(raw: pd.DataFrame, file: str) -> Cleaned:
    """Clean the films of a whole file: repeated ids keep the one with most votes, then the first.

    `raw` has the columns of `MOVIES_COLUMNS` as strings, and `LINE`. The records have `id`,
    `title`, `release_date` (datetime64), `release_year`, `return` (revenue over budget, 0
    where it cannot be computed), `collection_id` and `collection` (null without one),
    `runtime` (minutes, null where unknown), and what is kept of the other columns.
    """
    aside = _Aside(file)
    raw = _films_only(raw, aside)
    ids = _film_ids(raw["id"]).astype("int64")
    dates = _dates(raw)
    numbers = {column: _number(raw, column, high, aside) for column, high in _HIGHEST.items()}
    budget, revenue = (numbers[column].fillna(0).round() for column in ("budget", "revenue"))
    runtime = numbers["runtime"].round()
    collections = _collections(raw, aside)
    language = raw["original_language"].map(tidy)
    records = pd.DataFrame(
        {
            LINE: raw[LINE],
            "id": ids,
            "title": _titles(raw),
            "release_date": dates,
            "release_year": dates.dt.year.astype("int64"),
            "original_language": language.where(language != ""),
            "runtime": runtime.where(runtime > 0).astype("Int64"),
            "budget": budget.astype("int64"),
            "revenue": revenue.astype("int64"),
            "return": (revenue / budget).where(budget > 0, 0.0),
            "popularity": numbers["popularity"].fillna(0.0),
            "vote_average": numbers["vote_average"].fillna(0.0),
            "vote_count": numbers["vote_count"].fillna(0).round().astype("int64"),
            "collection_id": [collection[0] for collection in collections],
            "collection": [collection[1] for collection in collections],
            **{column: raw[column].map(tidy) for column in _TEXTS},
        }
    ).astype({"collection_id": "Int64", "collection": "str"})
    lists = {name: _unnest(raw, ids, nested, aside) for name, nested in MOVIE_LISTS.items()}
    return Cleaned(records, lists, aside.entries)


def clean_lists(
    raw: pd.DataFrame,
    lists: dict[str, Nested],
    file: str,
    films: Container[int],
    seen: set[int],
) -> Cleaned:
    """Unnest a batch of credits or keywords of the `films` that were kept.

    The first record of a film counts; `seen` holds the ids of earlier batches and is added
    to. The records have `LINE` and `id`.
    """
    aside = _Aside(file)
    reasons: list[str | None] = []
    for film in _film_ids(raw["id"]).fillna(_NO_FILM):
        if film == _NO_FILM:
            reasons.append(NOT_A_FILM)
        elif film in seen:
            reasons.append(REPEATED)
        elif film not in films:
            reasons.append(NO_SUCH_FILM)
        else:
            seen.add(film)
            reasons.append(None)
    reason_of = pd.Series(reasons, index=raw.index, dtype="str")
    for reason, dropped in raw.groupby(reason_of):
        aside.records(dropped, str(reason), "id")
    raw = raw[reason_of.isna()].reset_index(drop=True)
    ids = _film_ids(raw["id"]).astype("int64")
    unnested = {name: _unnest(raw, ids, nested, aside) for name, nested in lists.items()}
    return Cleaned(pd.DataFrame({LINE: raw[LINE], "id": ids}), unnested, aside.entries)


class _Aside:
    """What is set aside of one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.entries: list[SetAside] = []

    def records(self, raw: pd.DataFrame, reason: str, because_of: str) -> None:
        """Set whole records aside because of what stands in one of their columns."""
        for _, record in raw.iterrows():
            value = json.dumps(record.drop(LINE).tolist(), ensure_ascii=False)
            detail = f"{because_of} is {record[because_of]!r}"
            self.entries.append(SetAside(self.file, int(record[LINE]), None, reason, value, detail))

    def field(self, line: int, field: str, value: str, detail: str) -> None:
        """Set one field's value, or a part of it, aside from a record that is kept."""
        self.entries.append(SetAside(self.file, line, field, UNREADABLE, value, detail))


def _films_only(raw: pd.DataFrame, aside: _Aside) -> pd.DataFrame:
    """Return the records that are films with a date and a title, each id once."""

    def keep(usable: pd.Series[bool], reason: str, because_of: str) -> None:
        nonlocal raw
        aside.records(raw[~usable], reason, because_of)
        raw = raw[usable]

    keep(_film_ids(raw["id"]).notna(), NOT_A_FILM, "id")
    adult = raw["adult"].str.strip().str.casefold()
    keep(adult.isin(["true", "false", ""]), SHIFTED, "adult")
    keep(raw["release_date"].str.strip() != "", UNDATED, "release_date")
    keep(_dates(raw).notna(), BAD_DATE, "release_date")
    keep(_titles(raw) != "", UNTITLED, "title")
    keep(_titles(raw).str.len() <= LONGEST_NAME, LONG_TITLE, "title")
    keep(_best_of_each_id(raw), REPEATED, "id")
    return raw.reset_index(drop=True)


def _best_of_each_id(raw: pd.DataFrame) -> pd.Series[bool]:
    votes = pd.to_numeric(raw["vote_count"], errors="coerce").fillna(0)
    ids = _film_ids(raw["id"])
    order = votes.sort_values(ascending=False, kind="stable").index
    return ~ids.loc[order].duplicated().reindex(raw.index)


def _film_ids(values: pd.Series[str]) -> pd.Series[int]:
    """Read whole numbers from 1, null where there is none; spreadsheets write 862 as 862.0."""
    digits = values.str.strip().str.extract(r"^([0-9]{1,9})(?:\.0+)?$", expand=False)
    ids = pd.to_numeric(digits).astype("Int64")
    return ids.where(ids > _NO_FILM)


def _dates(raw: pd.DataFrame) -> pd.Series[pd.Timestamp]:
    """Read dates of the years a film may be of, null where there is none."""
    texts = raw["release_date"].str.strip()
    texts = texts.where(texts.str.fullmatch(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"))
    dates = pd.to_datetime(texts, format="%Y-%m-%d", errors="coerce")
    return dates.where(dates.dt.year.between(FIRST_YEAR, LAST_YEAR))


def _titles(raw: pd.DataFrame) -> pd.Series[str]:
    """Return each film's title, or its original one where it has none."""
    titles = raw["title"].map(tidy)
    return titles.where(titles != "", raw["original_title"].map(tidy))


def _number(raw: pd.DataFrame, column: str, high: float, aside: _Aside) -> pd.Series[float]:
    """Read a column of numbers from 0 to `high`: null where empty; any other is set aside."""
    texts = raw[column].str.strip()
    numbers = pd.to_numeric(texts, errors="coerce").astype("float64")
    numbers = numbers.where(numbers.between(0, high))
    unreadable = numbers.isna() & (texts != "")
    for line, text in zip(raw[LINE][unreadable], texts[unreadable], strict=True):
        aside.field(line, column, text, f"not a number from 0 to {high:,.0f}")
    return numbers


def _collections(raw: pd.DataFrame, aside: _Aside) -> list[tuple[int | None, str | None]]:
    """Read each film's collection: its id and its name."""
    column = "belongs_to_collection"
    collections: list[tuple[int | None, str | None]] = []
    for line, cell in zip(raw[LINE], raw[column], strict=True):
        try:
            collection = parse_object(cell) or {}
        except UnreadableCellError as error:
            aside.field(line, column, cell, str(error))
            collection = {}
        name = _name(collection.get("name"))
        if collection and not name:
            aside.field(line, column, cell, "a collection without a usable name")
        collections.append((_number_code(collection.get("id")), name) if name else (None, None))
    return collections


def _unnest(raw: pd.DataFrame, ids: pd.Series[int], nested: Nested, aside: _Aside) -> pd.DataFrame:
    """Turn one nested column into a long frame; unreadable cells and entries are set aside."""
    # Only a country's and a language's code is a text; the others are TMDB's numbers.
    numbered = nested.code == "id"
    read_code: Callable[[object], int | str | None] = _number_code if numbered else _text_code
    rows: list[tuple[int, int | str | None, str, str | None]] = []
    for film, line, cell in zip(ids, raw[LINE], raw[nested.column], strict=True):
        try:
            entries = parse_objects(cell)
        except UnreadableCellError as error:
            aside.field(line, nested.column, cell, str(error))
            continue
        seen: set[str] = set()
        for entry in _ordered(entries, nested):
            name = _name(entry.get(nested.name))
            code = read_code(entry.get(nested.code))
            # Some languages have a code and no name.
            known_as = name or ("" if numbered else code)
            if not known_as:
                aside.field(line, nested.column, repr(entry), "an entry without a usable name")
            elif nested.extra or known_as not in seen:
                seen.add(str(known_as))
                extra = _name(entry.get(nested.extra)) if nested.extra else None
                rows.append((film, code, name, extra or None))
    frame = pd.DataFrame(rows, columns=["film", "code", "name", "extra"])
    return frame.astype(
        {"film": "int64", "code": "Int64" if numbered else "str", "name": "str", "extra": "str"}
    )


def _ordered(entries: list[dict[str, object]], nested: Nested) -> Iterable[dict[str, object]]:
    kept = [entry for entry in entries if nested.only is None or nested.only(entry)]
    orders = [_number_code(entry.get(nested.ordered_by or "")) for entry in kept]
    if nested.ordered_by is None or None in orders:
        # Without numbers the list itself is in billing order.
        return kept
    return [kept[place] for place in sorted(range(len(kept)), key=lambda place: orders[place] or 0)]


def _name(value: object) -> str:
    """Return a name as the catalogue shows it, empty when there is none that can be used."""
    name = tidy(value) if isinstance(value, str) else ""
    return name if len(name) <= LONGEST_NAME else ""


def _text_code(value: object) -> str | None:
    return _name(value) or None


def _number_code(value: object) -> int | None:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,16}", value.strip()):
        value = int(value)
    if not isinstance(value, int) or not 0 <= value <= _HIGHEST_CODE:
        return None
    return int(value)
