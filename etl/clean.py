"""Cleaning and unnesting: raw records in, tidy frames and what was set aside out.

Every function here is pure: pandas frames of raw strings in, pandas frames out. A film is
known by its TMDB id; nested cells become long frames, one row an entry.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from cartelera.names import tidy
from etl.cells import UnreadableCellError, parse_object, parse_objects
from etl.quarantine import SetAside
from etl.raw import LINE

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator

NOT_A_FILM = "id is not a number"
SHIFTED = "fields shifted"
UNDATED = "no release date"
BAD_DATE = "release date is not a date"
UNTITLED = "no title"
REPEATED = "repeated id"
NO_SUCH_FILM = "film is not in the catalogue"
UNREADABLE = "unreadable"

# TMDB numbers its films from 1.
_NO_FILM = 0
# Plain numbers that count as 0 where there is none.
_MONEY = ("budget", "revenue")
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

    `raw` has the columns of `MOVIES_COLUMNS` as strings, and `line`. The records have `id`,
    `title`, `release_date` (datetime64), `release_year`, `return` (revenue over budget, 0
    where it cannot be computed), `collection_id` and `collection` (null without one),
    `runtime` (minutes, null where unknown), and what is kept of the other columns.
    """
    set_aside: list[SetAside] = []

    def drop(unusable: pd.Series[bool], reason: str, detail: Callable[[pd.Series], str]) -> None:
        nonlocal raw
        set_aside.extend(_whole_records(raw[unusable], file, reason, detail))
        raw = raw[~unusable]

    drop(_film_ids(raw["id"]).isna(), NOT_A_FILM, lambda record: f"id is {record['id']!r}")
    drop(
        ~raw["adult"].str.strip().str.casefold().isin(["true", "false", ""]),
        SHIFTED,
        lambda record: f"adult is {record['adult']!r}",
    )
    drop(raw["release_date"].str.strip() == "", UNDATED, lambda _: "release_date is empty")
    dates = pd.to_datetime(raw["release_date"].str.strip(), format="%Y-%m-%d", errors="coerce")
    drop(dates.isna(), BAD_DATE, lambda record: f"release_date is {record['release_date']!r}")
    titles = _titles(raw)
    drop(titles == "", UNTITLED, lambda _: "title and original_title are empty")
    drop(~_best_of_each_id(raw), REPEATED, lambda record: f"id {record['id']} stands here again")
    raw = raw.reset_index(drop=True)

    ids = _film_ids(raw["id"]).astype("int64")
    dates = pd.to_datetime(raw["release_date"].str.strip(), format="%Y-%m-%d")
    money = {column: _number(raw, column, file, set_aside).fillna(0) for column in _MONEY}
    runtime = _number(raw, "runtime", file, set_aside).round()
    collections = _collections(raw, file, set_aside)
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
            "budget": money["budget"].round().astype("int64"),
            "revenue": money["revenue"].round().astype("int64"),
            "return": (money["revenue"] / money["budget"]).where(money["budget"] > 0, 0.0),
            "popularity": _number(raw, "popularity", file, set_aside).fillna(0.0),
            "vote_average": _number(raw, "vote_average", file, set_aside).fillna(0.0),
            "vote_count": _number(raw, "vote_count", file, set_aside).fillna(0).astype("int64"),
            "collection_id": [collection[0] for collection in collections],
            "collection": [collection[1] for collection in collections],
            **{column: raw[column].map(tidy) for column in _TEXTS},
        }
    ).astype({"collection_id": "Int64", "collection": "str"})
    lists = {
        name: _unnest(raw, ids, nested, file, set_aside) for name, nested in MOVIE_LISTS.items()
    }
    return Cleaned(records, lists, set_aside)


def clean_lists(
    raw: pd.DataFrame,
    lists: dict[str, Nested],
    file: str,
    films: Container[int],
    seen: set[int],
) -> Cleaned:
    """Unnest a batch of credits or keywords of the `films` that were kept.

    The first record of a film counts; `seen` holds the ids of earlier batches and is added
    to. The records have `line` and `id`.
    """
    set_aside: list[SetAside] = []
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
        set_aside.extend(
            _whole_records(dropped, file, str(reason), lambda record: f"id is {record['id']!r}")
        )
    raw = raw[reason_of.isna()].reset_index(drop=True)
    ids = _film_ids(raw["id"]).astype("int64")
    unnested = {name: _unnest(raw, ids, nested, file, set_aside) for name, nested in lists.items()}
    return Cleaned(pd.DataFrame({LINE: raw[LINE], "id": ids}), unnested, set_aside)


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


def _titles(raw: pd.DataFrame) -> pd.Series[str]:
    """Return each film's title, or its original one where it has none."""
    titles = raw["title"].map(tidy)
    return titles.where(titles != "", raw["original_title"].map(tidy))


def _whole_records(
    raw: pd.DataFrame, file: str, reason: str, detail: Callable[[pd.Series], str]
) -> Iterator[SetAside]:
    for _, record in raw.iterrows():
        fields = record.drop(LINE).tolist()
        value = json.dumps(fields, ensure_ascii=False)
        yield SetAside(file, int(record[LINE]), None, reason, value, detail(record))


def _number(
    raw: pd.DataFrame, column: str, file: str, set_aside: list[SetAside]
) -> pd.Series[float]:
    """Read a column of numbers: null where empty; what is no finite number is set aside."""
    texts = raw[column].str.strip()
    numbers = pd.to_numeric(texts, errors="coerce").astype("float64")
    numbers = numbers.where(numbers.abs() != float("inf"))
    for line, text in zip(
        raw[LINE][numbers.isna() & (texts != "")],
        texts[numbers.isna() & (texts != "")],
        strict=True,
    ):
        set_aside.append(SetAside(file, line, column, UNREADABLE, text, "not a number"))
    return numbers


def _collections(
    raw: pd.DataFrame, file: str, set_aside: list[SetAside]
) -> list[tuple[int | None, str | None]]:
    column = "belongs_to_collection"
    collections: list[tuple[int | None, str | None]] = []
    for line, cell in zip(raw[LINE], raw[column], strict=True):
        try:
            collection = parse_object(cell) or {}
        except UnreadableCellError as error:
            set_aside.append(SetAside(file, line, column, UNREADABLE, cell, str(error)))
            collection = {}
        name = _text(collection.get("name"))
        if collection and not name:
            detail = "a collection without a name"
            set_aside.append(SetAside(file, line, column, UNREADABLE, cell, detail))
        collections.append((_integer(collection.get("id")), name) if name else (None, None))
    return collections


def _unnest(
    raw: pd.DataFrame, ids: pd.Series[int], nested: Nested, file: str, set_aside: list[SetAside]
) -> pd.DataFrame:
    """Turn one nested column into a long frame; unreadable cells and entries are set aside."""
    rows: list[tuple[int, object, str, str | None]] = []
    for film, line, cell in zip(ids, raw[LINE], raw[nested.column], strict=True):
        try:
            entries = parse_objects(cell)
        except UnreadableCellError as error:
            set_aside.append(SetAside(file, line, nested.column, UNREADABLE, cell, str(error)))
            continue
        seen: set[str] = set()
        for entry in _ordered(entries, nested):
            name = _text(entry.get(nested.name))
            code = entry.get(nested.code)
            if not name and not (isinstance(code, str) and code):
                value = json.dumps(entry, ensure_ascii=False, default=str)
                set_aside.append(
                    SetAside(
                        file, line, nested.column, UNREADABLE, value, "an entry without a name"
                    )
                )
            elif nested.extra or (name or code) not in seen:
                seen.add(name or str(code))
                extra = _text(entry.get(nested.extra)) if nested.extra else None
                rows.append((film, code, name, extra or None))
    frame = pd.DataFrame(rows, columns=["film", "code", "name", "extra"])
    # Only a country's and a language's code is a text; the others are TMDB's numbers.
    if nested.code == "id":
        frame["code"] = pd.to_numeric(frame["code"], errors="coerce").astype("Int64")
    return frame.astype({"film": "int64", "name": "str", "extra": "str"})


def _ordered(entries: list[dict[str, object]], nested: Nested) -> Iterable[dict[str, object]]:
    kept = [entry for entry in entries if nested.only is None or nested.only(entry)]
    key = nested.ordered_by
    if key is None:
        return kept
    # Entries without a number keep their place in the list, which is billing order too.
    numbers = [entry.get(key) for entry in kept]
    if not all(isinstance(number, int) for number in numbers):
        return kept
    return sorted(kept, key=lambda entry: _integer(entry.get(key)) or 0)


def _text(value: object) -> str:
    return tidy(value) if isinstance(value, str) else ""


def _integer(value: object) -> int | None:
    return value if isinstance(value, int) else None
