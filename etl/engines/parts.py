"""Raw records and films as Arrow rows, for an engine that carries them from machine to machine."""

from __future__ import annotations

import io
from functools import cache, partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from rich.console import Console

from etl.catalogue.catalogue import COMPACT, cast_large_strings, from_rows, to_rows
from etl.catalogue.name_keys import compact_keys
from etl.catalogue.words import WordCounts, merge_counts
from etl.clean.parsers import parse_film_ids
from etl.clean.schemas import RAW_ROLES
from etl.clean.unnest import MOVIE_LISTS, NestedColumn
from etl.engines.intake import Intake, Source
from etl.engines.runners.workers import Workers
from etl.engines.steps import Part, words_column
from etl.extract.raw_files import Batch
from etl.features.tfidf import TEXTS
from etl.progress import Stages
from etl.quarantine import LINE, Rejection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    type Header = tuple[str, tuple[str, ...], Mapping[str, NestedColumn]]

RAW = pa.schema(
    [
        ("source", pa.int32()),
        ("line", pa.int64()),
        # The film's id; a record without one goes by its line, below 0.
        ("film", pa.int64()),
        ("cells", pa.list_(pa.string())),
    ]
)
REJECTIONS = pa.schema(
    [(name, pa.int64() if name == "line" else pa.string()) for name in Rejection._fields]
)
# More than any film has records.
_ALL = 1 << 31


def raw_rows(source: int, records: pd.DataFrame) -> pa.Table:
    """Return records of a raw file as rows of the schema `RAW`.

    Parameters
    ----------
    source
        The file's number; see `Source`.
    records
        As in `Batch`.
    """
    cells = records.drop(columns=LINE)
    lines = records[LINE].to_numpy()
    ids = parse_film_ids(cells["id"]).fillna(0).to_numpy("int64")
    ends = np.arange(len(cells) + 1) * len(cells.columns)
    columns = [
        pa.array(np.full(len(cells), source), pa.int32()),
        pa.array(lines),
        pa.array(np.where(ids > 0, ids, -lines)),
        pa.ListArray.from_arrays(
            pa.array(ends, pa.int32()), pa.array(cells.to_numpy().ravel(), pa.string())
        ),
    ]
    return pa.table(columns, schema=RAW)


def take_in(raw: pa.Table, headers: Mapping[int, Header]) -> tuple[pa.Table, pa.Table]:
    """Return the films of some records, all that there are of each, and what was set aside.

    Parameters
    ----------
    raw
        Of the schema `RAW`; the outcome is of the schemas `film_schema()` and `REJECTIONS`.
    headers
        By number of the source, its name, the columns of its records, and its lists.
    """
    by_source = raw.to_pandas().sort_values("line", ignore_index=True)
    sources = []
    for number, (name, columns, lists) in headers.items():
        own = by_source[by_source["source"] == number]
        sources.append(Source(number, name, 0, partial(_batches, own, columns), lists))
    intake = Intake(Stages(Console(file=io.StringIO())), Workers(1), _ALL, tolerance=None)
    films = film_rows(Part(*intake.take_in(sources)))
    rejections = [entry._asdict() for entry in intake.ledger.quarantine]
    return films, pa.Table.from_pylist(rejections, schema=REJECTIONS)


def film_rows(part: Part) -> pa.Table:
    """Return films as rows; `part_of` is the inverse.

    They have the columns of the catalogue, the words of their texts, and what they are in order by.
    """
    rows = to_rows(part.catalogue)
    for text in TEXTS:
        rows = rows.append_column(words_column(text), _word_lists(part.words[text]))
    return cast_large_strings(
        rows.append_column(COMPACT, pa.array(compact_keys(part.catalogue.films["key"])))
    )


@cache
def film_schema() -> pa.Schema:
    """Return the schema of `film_rows`: that of no films."""
    films, _ = take_in(
        RAW.empty_table(), {0: ("", tuple(RAW_ROLES["movies"].columns), MOVIE_LISTS)}
    )
    return films.schema


def catalogue_columns() -> list[str]:
    """Return the columns of `film_rows` that are the catalogue's, in its order."""
    others = {COMPACT, *map(words_column, TEXTS)}
    return [name for name in film_schema().names if name not in others]


def part_of(rows: pa.Table, start: int) -> Part:
    """Return films as a part; the inverse of `film_rows`.

    Parameters
    ----------
    rows
        A run of the rows of `film_rows`; columns may be left out.
    start
        The first film's row in the whole catalogue.
    """
    words = {
        text: _word_counts(rows[words_column(text)].combine_chunks())
        for text in TEXTS
        if words_column(text) in rows.column_names
    }
    own = [name for name in rows.column_names if name in set(catalogue_columns())]
    return Part(from_rows(rows.select(own)), words, start)


def read_as_films(table: pa.Table) -> pa.Table:
    """Return films that Spark has written with the types that `film_rows` has."""
    return table.cast(pa.schema([film_schema().field(name) for name in table.column_names]))


def _batches(
    raw: pd.DataFrame, columns: Sequence[str], _: Callable[[int], None]
) -> Iterator[Batch]:
    cells = np.array(raw["cells"].tolist(), np.object_).reshape(len(raw), len(columns))
    records = pd.DataFrame(cells, columns=list(columns), dtype="str")
    yield Batch(records.assign(**{LINE: raw["line"].to_numpy("int64")}), [])


def _word_lists(words: WordCounts) -> pa.ListArray:
    vocabulary = words.vocabulary.cast(pa.string())
    structs = pa.StructArray.from_arrays(
        [vocabulary.take(pa.array(words.words)), pa.array(words.counts)], names=["word", "times"]
    )
    return pa.ListArray.from_arrays(pa.array(words.starts, pa.int32()), structs)


def _word_counts(column: pa.ListArray) -> WordCounts:
    structs = pc.list_flatten(column)
    words = structs.field("word").dictionary_encode()
    starts = np.r_[0, np.cumsum(pc.list_value_length(column).to_numpy())].astype(np.int64)
    vocabulary, numbers = words.dictionary.cast(pa.large_string()), words.indices.to_numpy()
    times = structs.field("times").to_numpy()
    # Numbered by the alphabet.
    return merge_counts([WordCounts(len(column), vocabulary, starts, numbers, times)])
