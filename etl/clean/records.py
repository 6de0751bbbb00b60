"""Cleaning: raw records in, films with typed columns out, and what was set aside on the way.

Every function here is pure: pandas frames of raw strings in, pandas frames out. A film is
known by its TMDB id.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import pandas as pd
import pyarrow as pa

from etl.clean.nested_cells import UnreadableCellError, parse_entry
from etl.clean.parsers import dates, film_ids, names, numbers, titles
from etl.clean.schemas import (
    FILM_RECORD,
    FILM_VALUES,
    FILMS,
    HIGHEST,
    LIST_RECORD,
    entries,
    violations,
)
from etl.clean.unnest import UNREADABLE, Nested, Records, number_code, usable_name
from etl.quarantine import LINE, Rejection

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    import pandera.pandas as pandera

REPEATED = "repeated id"
REPEATED_WORD_FOR_WORD = "repeated word for word"
NO_SUCH_FILM = "film is not in the catalogue"

_TEXTS = ("overview", "status", "tagline")
_COLLECTION = "belongs_to_collection"


class Selected(NamedTuple):
    """The rows of a frame that were kept, numbered from 0 in the order they came, and the rest."""

    records: pd.DataFrame
    set_aside: list[Rejection]


def select_films(raw: pd.DataFrame, file: str) -> Selected:
    """Keep the records of a whole file that are films with a date and a title, each id once.

    Repeated ids keep the record with most votes, then the first. `raw` has the columns of
    `MOVIES_COLUMNS` as strings, and `LINE`.
    """
    kept, set_aside = _obeying(FILM_RECORD, raw.assign(title=titles(raw)), raw, file)
    best = _best_of_each_id(kept)
    # Only what has the same id can be the same: comparing all of it all takes far longer.
    repeated = kept[kept["id"].duplicated(keep=False)]
    identical = repeated.drop(columns=LINE).duplicated().reindex(kept.index, fill_value=False)
    set_aside += _records(kept[~best & identical], REPEATED_WORD_FOR_WORD, "id", file)
    set_aside += _records(kept[~best & ~identical], REPEATED, "id", file)
    return Selected(kept[best].reset_index(drop=True), set_aside)


def clean_films(raw: pd.DataFrame, file: str) -> Selected:
    """Clean the records that `select_films` kept.

    The outcome has `id`, `title`, `release_date` (datetime64), `release_year`, `return`
    (revenue over budget, 0 where it cannot be computed), `collection_id` and `collection`
    (null without one), `runtime` (minutes, null where unknown), `LINE`, and what is kept of the
    other columns. What is set aside are single values, and films that break a rule of `FILMS`.
    """
    set_aside = [
        _value(file, raw, violation.row, violation.column, violation.rule)
        for violation in violations(FILM_VALUES, raw)
    ]
    read = {column: numbers(raw[column], high) for column, high in HIGHEST.items()}
    budget, revenue = (read[column].fillna(0).round() for column in ("budget", "revenue"))
    runtime = read["runtime"].round()
    released = dates(raw["release_date"])
    language = names(raw["original_language"])
    collections = [
        _collection(file, raw, row, cell, set_aside) for row, cell in enumerate(raw[_COLLECTION])
    ]
    films = pd.DataFrame(
        {
            LINE: raw[LINE],
            "id": film_ids(raw["id"]).astype("int64"),
            "title": titles(raw),
            "release_date": released.astype("datetime64[us]"),
            "release_year": released.dt.year.astype("int64"),
            "original_language": language.where(language != ""),
            "runtime": runtime.where(runtime > 0).astype("Int64"),
            "budget": budget.astype("int64"),
            "revenue": revenue.astype("int64"),
            "return": (revenue / budget).where(budget > 0, 0.0),
            "popularity": read["popularity"].fillna(0.0),
            "vote_average": read["vote_average"].fillna(0.0),
            "vote_count": read["vote_count"].fillna(0).round().astype("int64"),
            "collection_id": [collection[0] for collection in collections],
            "collection": [collection[1] for collection in collections],
            **{column: names(raw[column]) for column in _TEXTS},
        }
    ).astype({"collection_id": "Int64", "collection": "str"})
    kept, more = _obeying(FILMS, films, films, file)
    return Selected(kept, set_aside + more)


def select_entries(
    raw: pd.DataFrame, file: str, films: Container[int], seen: dict[int, int]
) -> Selected:
    """Keep the records of a batch of credits or keywords that belong to the `films`.

    The first record of a film counts; `seen` holds what earlier batches had, a hash by film,
    and is added to. The records have `LINE` and `id`.
    """
    kept, set_aside = _obeying(LIST_RECORD, raw, raw, file)
    reasons: list[str | None] = []
    cells = [kept[column] for column in kept.columns if column != LINE]
    for film, *content in zip(film_ids(kept["id"]), *cells, strict=True):
        content_hash = hash(tuple(content))
        if film in seen:
            reasons.append(REPEATED_WORD_FOR_WORD if seen[film] == content_hash else REPEATED)
        elif film not in films:
            reasons.append(NO_SUCH_FILM)
        else:
            seen[film] = content_hash
            reasons.append(None)
    reason_of = pd.Series(reasons, index=kept.index, dtype="str")
    for reason, dropped in kept.groupby(reason_of):
        set_aside += _records(dropped, str(reason), "id", file)
    return Selected(kept[reason_of.isna()].reset_index(drop=True), set_aside)


def to_unnest(raw: pd.DataFrame, file: str, lists: Mapping[str, Nested]) -> Records:
    """Return what unnesting needs of records that were kept."""
    columns = {nested.column for nested in lists.values()}
    return Records(
        file,
        film_ids(raw["id"]).tolist(),
        raw[LINE].tolist(),
        {column: raw[column].tolist() for column in columns},
    )


def clean_entries(tables: Iterable[pa.Table], nested: Nested, file: str) -> Selected:
    """Put together what was unnested of one column: `film`, `code`, `name` and `extra`, typed."""
    whole = pa.concat_tables([nested.schema.empty_table(), *tables])
    # Numbers that may be missing stay numbers.
    frame = whole.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    frame = frame.astype({"film": "int64", LINE: "int64"})
    kept = _obeying(entries(numbered=nested.numbered), frame, frame, file, nested.column)
    return Selected(kept.records.drop(columns=LINE), kept.set_aside)


def _obeying(
    schema: pandera.DataFrameSchema,
    checked: pd.DataFrame,
    raw: pd.DataFrame,
    file: str,
    field: str | None = None,
) -> Selected:
    """Keep the rows of `raw` that break no rule as they stand in `checked`.

    Of those that do, the first rule broken is the reason. They are whole records, or parts of
    the `field` of one.
    """
    first = {violation.row: violation for violation in reversed(violations(schema, checked))}
    if not first:
        return Selected(raw, [])
    rows: dict[tuple[str, str], list[int]] = {}
    for row, violation in sorted(first.items()):
        rows.setdefault((violation.rule, violation.column), []).append(row)
    set_aside = []
    for (rule, column), broken in rows.items():
        set_aside += _records(raw.loc[broken], rule, column, file, field)
    return Selected(raw.drop(index=list(first)).reset_index(drop=True), set_aside)


def _best_of_each_id(raw: pd.DataFrame) -> pd.Series[bool]:
    votes = pd.to_numeric(raw["vote_count"], errors="coerce").fillna(0)
    ids = film_ids(raw["id"])
    order = votes.sort_values(ascending=False, kind="stable").index
    return ~ids.loc[order].duplicated().reindex(raw.index)


def _collection(
    file: str, raw: pd.DataFrame, row: int, cell: str, set_aside: list[Rejection]
) -> tuple[int | None, str | None]:
    """Read a film's collection: its id and its name."""
    try:
        collection = parse_entry(cell)
    except UnreadableCellError as error:
        set_aside.append(_value(file, raw, row, _COLLECTION, str(error)))
        return None, None
    if collection is None:
        return None, None
    name = usable_name(collection.name)
    if not name:
        detail = "a collection without a usable name"
        set_aside.append(_value(file, raw, row, _COLLECTION, detail))
        return None, None
    return number_code(collection.id), name


def _records(
    raw: pd.DataFrame, reason: str, because_of: str, file: str, field: str | None = None
) -> list[Rejection]:
    """Set rows aside because of what stands in one of their columns."""
    cells = raw.drop(columns=LINE).astype("object")
    cells = cells.where(cells.notna(), None)
    return [
        Rejection(
            file,
            line,
            field,
            reason,
            json.dumps(record, ensure_ascii=False, default=str),
            f"{because_of} is {value!r}",
            field or because_of,
        )
        for line, record, value in zip(
            raw[LINE].tolist(),
            cells.to_numpy().tolist(),
            raw[because_of].tolist(),
            strict=True,
        )
    ]


def _value(file: str, raw: pd.DataFrame, row: int, column: str, detail: str) -> Rejection:
    """Set one value aside from a record that is kept."""
    return Rejection(
        file, int(raw[LINE].iloc[row]), column, UNREADABLE, raw[column].iloc[row], detail, column
    )
