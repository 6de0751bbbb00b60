"""Cleaning: frames of raw texts in, typed frames out, and what was set aside on the way."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa

from etl.clean.parsers import parse_collections, parse_film_ids, parse_titles
from etl.clean.rules import violations
from etl.clean.schemas import (
    CLEAN_COLUMNS,
    COLLECTION,
    FILM_COLUMNS,
    FILM_RECORD,
    FILM_TYPES,
    FILM_VALUES,
    FILMS,
    LIST_RECORD,
    entry_schema,
)
from etl.clean.tidied import to_array, to_own_array
from etl.clean.unnest import UNREADABLE, NestedCells, NestedColumn
from etl.quarantine import LINE, Rejection, excerpt

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    from etl.clean.rules import Schema

REPEATED = "repeated id"
REPEATED_WORD_FOR_WORD = "repeated word for word"
NO_SUCH_FILM = "film is not in the catalogue"

# In characters.
_MAX_DETAIL_LENGTH = 200


class Selected(NamedTuple):
    """The rows of a frame that are kept, numbered from 0 in their order, and the others."""

    records: pd.DataFrame
    set_aside: list[Rejection]


def select_films(raw: pd.DataFrame, file: str) -> Selected:
    """Keep the records that are films with a date and a title, each id once.

    Of records with the same id the one with most votes is kept, then the first.

    Parameters
    ----------
    raw
        All records of the films' file: texts, and `LINE`.
    file
        The file's name.
    """
    invalid, set_aside = _invalid(FILM_RECORD, raw.assign(title=parse_titles(raw)), raw, file)
    valid = raw[["id", "vote_count"]].drop(index=invalid)
    best = _best_of_each_id(valid)
    # Only records of the same id can be the same: comparing all of them takes far longer.
    repeated = raw.loc[valid.index[valid["id"].duplicated(keep=False)]]
    identical = repeated.drop(columns=LINE).duplicated().reindex(valid.index, fill_value=False)
    for others, reason in ((identical, REPEATED_WORD_FOR_WORD), (~identical, REPEATED)):
        set_aside += _reject(raw.loc[valid.index[~best & others]], reason, "id", file)
    return Selected(raw.loc[valid.index[best]].reset_index(drop=True), set_aside)


def clean_films(raw: pd.DataFrame, file: str) -> Selected:
    """Read the columns of films; set aside single values, and films that break a rule of `FILMS`.

    Parameters
    ----------
    raw
        The records that `select_films` kept.
    file
        The file's name.

    Returns
    -------
    Selected
        The films, with `LINE` and `CLEAN_COLUMNS`.
    """
    unreadable = [(each.row, each.column, each.rule) for each in violations(FILM_VALUES, raw)]
    for row, collection in enumerate(parse_collections(raw[COLLECTION])):
        if collection.problem:
            unreadable.append((row, COLLECTION, collection.problem))
    set_aside = [
        Rejection(file, int(raw[LINE][row]), column, UNREADABLE, value, detail, column)
        for row, column, detail in unreadable
        for value in [excerpt(raw[column][row])]
    ]
    columns = {name: column.read(raw) for name, column in CLEAN_COLUMNS.items()}
    films = pd.DataFrame({LINE: raw[LINE], **columns}).astype(FILM_TYPES)
    kept, invalid = _select_valid(FILMS, films, films, file)
    return Selected(kept, set_aside + invalid)


def select_entries(
    raw: pd.DataFrame, file: str, films: Container[int], seen: dict[int, int]
) -> Selected:
    """Keep the records of a batch of credits or keywords that belong to films, the first of each.

    Parameters
    ----------
    raw
        The records: texts with an `id`, and `LINE`.
    file
        The file's name.
    films
        The ids of the films in the catalogue.
    seen
        By film, the hash of its record in this batch or an earlier one; it is added to.
    """
    kept, set_aside = _select_valid(LIST_RECORD, raw, raw, file)
    reasons: list[str | None] = []
    texts = [to_array(kept[column]) for column in kept.columns if column != LINE]
    # As bytes, which nobody has to decode.
    cells = [each.cast(pa.large_binary()).to_pylist() for each in texts]
    hashes = map(hash, zip(*cells, strict=True))
    for film, content_hash in zip(parse_film_ids(kept["id"]).tolist(), hashes, strict=True):
        if film in seen:
            reasons.append(REPEATED_WORD_FOR_WORD if seen[film] == content_hash else REPEATED)
        elif film not in films:
            reasons.append(NO_SUCH_FILM)
        else:
            seen[film] = content_hash
            reasons.append(None)
    if not any(reasons):
        return Selected(kept, set_aside)
    reason_of = np.array(reasons, np.object_)
    for reason in sorted({*filter(None, reasons)}):
        rejected = np.flatnonzero(reason_of == reason)
        set_aside += _reject(kept.take(rejected), reason, "id", file)
    usable = np.flatnonzero(~reason_of.astype(np.bool_))
    return Selected(kept.take(usable).reset_index(drop=True), set_aside)


def select_cells(raw: pd.DataFrame, file: str, lists: Mapping[str, NestedColumn]) -> NestedCells:
    """Return the cells of records that are kept, to be unnested.

    Parameters
    ----------
    raw
        The records: texts with an `id`, and `LINE`.
    file
        The file's name.
    lists
        By name, the lists to make of the cells.
    """
    columns = {nested.column for nested in lists.values()}
    return NestedCells(
        file,
        parse_film_ids(raw["id"]).tolist(),
        raw[LINE].tolist(),
        {column: to_own_array(raw[column]) for column in columns},
    )


def clean_entries(tables: Iterable[pa.Table], nested: NestedColumn, file: str) -> Selected:
    """Put the unnested entries of one list together, and set aside those that break a rule.

    Parameters
    ----------
    tables
        The entries in batches, of the schema `nested.schema`.
    nested
        Where they come from.
    file
        Their file's name.

    Returns
    -------
    Selected
        The entries: `film` (its id), `code`, `name` and `extra`.
    """
    whole = pa.concat_tables([nested.schema.empty_table(), *tables])
    # Numbers that may be missing stay numbers.
    frame = whole.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    frame = frame.astype({"film": "int64", LINE: "int64"})
    schema = entry_schema(numbered=nested.numbered)
    kept, set_aside = _select_valid(schema, frame, frame, file, nested.column)
    return Selected(kept.drop(columns=LINE), set_aside)


def _select_valid(
    schema: Schema,
    checked: pd.DataFrame,
    raw: pd.DataFrame,
    file: str,
    field: str | None = None,
) -> Selected:
    """Keep the rows of `raw` that break no rule as they stand in `checked`.

    The first rule that a row breaks is the reason. Rows are records, or entries of a `field`.
    """
    invalid, set_aside = _invalid(schema, checked, raw, file, field)
    if not invalid:
        return Selected(raw, [])
    return Selected(raw.drop(index=invalid).reset_index(drop=True), set_aside)


def _invalid(
    schema: Schema,
    checked: pd.DataFrame,
    raw: pd.DataFrame,
    file: str,
    field: str | None = None,
) -> tuple[list[int], list[Rejection]]:
    """Return which rows `_select_valid` does not keep, and set them aside."""
    first = {violation.row: violation for violation in reversed(violations(schema, checked))}
    rows: dict[tuple[str, str], list[int]] = {}
    for row, violation in sorted(first.items()):
        rows.setdefault((violation.rule, violation.column), []).append(row)
    set_aside = []
    for (rule, column), broken in rows.items():
        set_aside += _reject(raw.loc[broken], rule, column, file, field)
    return [*first], set_aside


def _best_of_each_id(raw: pd.DataFrame) -> pd.Series[bool]:
    votes = FILM_COLUMNS["vote_count"].read(raw)
    ids = parse_film_ids(raw["id"])
    order = votes.sort_values(ascending=False, kind="stable").index
    return ~ids.loc[order].duplicated().reindex(raw.index)


def _reject(
    raw: pd.DataFrame, reason: str, column: str, file: str, field: str | None = None
) -> list[Rejection]:
    """Set rows aside because of the value of one of their columns."""
    cells = [
        [None if missing else value for value, missing in zip(values, nulls, strict=True)]
        for values, nulls in (
            (raw[name].tolist(), raw[name].isna().tolist()) for name in raw if name != LINE
        )
    ]
    records = map(list, zip(*cells, strict=True))
    rows = zip(raw[LINE].tolist(), records, raw[column].tolist(), strict=True)
    return [
        Rejection(
            file,
            line,
            field,
            reason,
            excerpt(json.dumps(record, ensure_ascii=False, default=str)),
            f"{column} is {excerpt(repr(value), _MAX_DETAIL_LENGTH)}",
            field or column,
        )
        for line, record, value in rows
    ]
