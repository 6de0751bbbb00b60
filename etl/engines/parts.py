"""The job in parts: what one machine of several does with some records, or some films.

A part is an Arrow table. Each function takes one, and what is known of all of them by then, and
returns another: films that no other part has, or figures that are added up over all parts. What
carries the parts from one function to the next is `etl.engines.spark`.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.feature_groups import FEATURE_GROUPS
from cartelera.contract.names import compact, key
from etl.catalogue.catalogue import assemble, cast_large_strings, from_rows, sort_films, to_rows
from etl.catalogue.words import WordCounts, count_words, merge_counts, term_frequencies
from etl.clean.parsers import parse_film_ids
from etl.clean.records import clean_entries, clean_films, select_cells, select_entries, select_films
from etl.clean.schemas import REQUIRED_COLUMNS
from etl.clean.unnest import CREDIT_LISTS, KEYWORD_LISTS, LISTS, MOVIE_LISTS, unnest
from etl.features.tfidf import (
    TEXTS,
    Counts,
    Vocabulary,
    count_names,
    count_telling,
    document_frequencies,
    scale_by_idf,
    side_by_side,
    weigh,
)
from etl.quarantine import LINE, Rejection
from etl.report.lists import LENGTHS, VALUES, count_lengths, count_values
from etl.report.statistics import decades_of
from etl.tables.filmographies import credited, filmographies
from etl.tables.tables import SUMMED_BY, sum_up

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from numpy.typing import NDArray
    from scipy import sparse

    from etl.catalogue.catalogue import Catalogue
    from etl.clean.unnest import NestedColumn
    from etl.extract.raw_files import Batch

# The raw files' places among the sources.
MOVIES, CREDITS, KEYWORDS = range(3)
_LISTS = (MOVIE_LISTS, CREDIT_LISTS, KEYWORD_LISTS)
PEOPLE = ("directors", "cast")
# What the films of a part are ordered by: see `sort_films`.
COMPACT = "compact"

RAW = pa.schema(
    [
        ("source", pa.int32()),
        ("line", pa.int64()),
        # The film's id; a record without one goes by its line, below 0.
        ("film", pa.int64()),
        ("cells", pa.list_(pa.string())),
    ]
)
ASIDE = pa.schema(
    [(name, pa.int64() if name == "line" else pa.string()) for name in Rejection._fields]
)
SUMS = pa.schema(
    [
        ("by", pa.string()),
        ("name", pa.string()),
        *((name, pa.int64()) for name in ("cantidad", "cantidad_informada", "ganancia_total")),
        ("votes", pa.int64()),
    ]
)
CODES = pa.schema([("name", pa.string()), ("code", pa.string()), ("film", pa.int64())])
CREDITED = pa.schema(
    [
        ("people", pa.string()),
        ("film", pa.int64()),
        ("place", pa.int64()),
        ("name", pa.string()),
        ("extra", pa.string()),
        ("release_date", pa.timestamp("us")),
        ("vote_count", pa.int64()),
        ("returned", pa.float64()),
    ]
)
NAMES = pa.schema(
    [
        ("block", pa.string()),
        ("spelling", pa.bool_()),
        ("name", pa.string()),
        ("films", pa.int64()),
        # Where it first stands: a film's row and a place there, or the order that names go by.
        ("part", pa.int64()),
        ("place", pa.int64()),
    ]
)
VOCABULARY = pa.schema(
    [
        ("block", pa.string()),
        ("name", pa.string()),
        # Its column in the feature matrix.
        ("feature", pa.int64()),
        ("films", pa.int64()),
    ]
)
TOLD = pa.schema([("feature", pa.int64()), ("films", pa.int64())])
WEIGHTS = pa.schema([("features", pa.list_(pa.int32())), ("weights", pa.list_(pa.float32()))])
LISTED_VALUES = pa.schema(
    [("list", pa.string()), ("by", pa.string()), ("part", pa.int64()), *VALUES]
)
LISTED_LENGTHS = LENGTHS.insert(0, pa.field("list", pa.string()))
WORDS = pa.schema([("word", pa.string()), ("times", pa.int64())])

# The columns that are read, where not all are.
READ_FOR_SUMS = ("revenue", "vote_count", *SUMMED_BY)
READ_FOR_CODES = ("id", "production_countries")
READ_FOR_CREDITS = ("release_date", "vote_count", "budget", "revenue", *PEOPLE)
READ_FOR_LISTS = ("id", "release_year", *LISTS)
READ_FOR_FEATURES = (
    *("id", "release_year", "original_language", "collection", *LISTS),
    *("words_of_title", "words_of_text"),
)


class Source(NamedTuple):
    """A raw file: its name, and the columns of its header."""

    name: str
    columns: tuple[str, ...]


class Known(NamedTuple):
    """What has to be known of all films before the features of some can be counted.

    `codes` and `periods` are those of `count_names`.
    """

    codes: dict[str, str]
    periods: range


class Fitted(NamedTuple):
    """What has to be known of all films before some can be weighed.

    Attributes
    ----------
    known
    vocabularies
        By block, the features that these films have, in their order.
    features : int64, shape (features of these films,)
        The column of each in the matrix of all films, block after block.
    films
        How many films there are in all.
    """

    known: Known
    vocabularies: dict[str, Vocabulary]
    features: NDArray[np.int64]
    films: int

    def columns(self, block: str) -> NDArray[np.int64]:
        """Return the part of `features` that is a block's."""
        ends = np.cumsum([len(self.vocabularies[each].names) for each in FEATURE_GROUPS])
        return np.split(self.features, ends)[list(FEATURE_GROUPS).index(block)]


def raw_part(source: int, batch: Batch) -> pa.Table:
    """Return the whole records of a batch of a raw file as a part, of the schema `RAW`."""
    records = batch.records.drop(columns=LINE)
    lines = batch.records[LINE].to_numpy()
    ids = parse_film_ids(records["id"]).fillna(0).to_numpy("int64")
    ends = np.arange(len(records) + 1) * len(records.columns)
    cells = pa.array(records.to_numpy().ravel(), pa.string())
    return pa.table(
        [
            pa.array(np.full(len(records), source), pa.int32()),
            pa.array(lines),
            pa.array(np.where(ids > 0, ids, -lines)),
            pa.ListArray.from_arrays(pa.array(ends, pa.int32()), cells),
        ],
        schema=RAW,
    )


def source_of(name: str, batch: Batch) -> Source:
    """Return what has to be known of the file that a batch was read from."""
    return Source(name, tuple(batch.records.columns.drop(LINE)))


def take_in(raw: pa.Table, sources: Mapping[int, Source]) -> tuple[pa.Table, pa.Table]:
    """Clean and unnest the records of some films, all that there are of each.

    Returns the films, of the schema `film_rows()`, and what was set aside, of `ASIDE`.
    """
    by_source = raw.to_pandas().sort_values("line", ignore_index=True)
    frames = {
        number: _frame(by_source[by_source["source"] == number], source.columns)
        for number, source in sources.items()
    }
    name = sources[MOVIES].name
    selected = select_films(frames.pop(MOVIES), name)
    cleaned = clean_films(selected.records, name)
    aside = [*selected.set_aside, *cleaned.set_aside]
    films = sort_films(cleaned.records)
    known = frozenset(films["id"])
    lists = _unnested(selected.records, name, MOVIE_LISTS, aside)
    for column, entries in lists.items():
        lists[column] = entries[entries["film"].isin(known)]
    for number, frame in frames.items():
        name = sources[number].name
        kept = select_entries(frame, name, known, {})
        aside += kept.set_aside
        lists |= _unnested(kept.records, name, _LISTS[number], aside)
    return _film_rows(assemble(films, lists)), pa.Table.from_pylist(
        [entry._asdict() for entry in aside], schema=ASIDE
    )


@cache
def people_rows() -> pa.Schema:
    """Return the columns of `sum_up_people`."""
    somebody = [
        pa.array([""] if pa.types.is_string(kind) else [0]).cast(kind) for kind in CREDITED.types
    ]
    return sum_up_people(pa.table(somebody, schema=CREDITED)).schema


@cache
def film_rows() -> pa.Schema:
    """Return the columns of the films that `take_in` gives: what it gives of no records."""
    sources = {MOVIES: Source("", tuple(REQUIRED_COLUMNS["movies"]))}
    films, _ = take_in(RAW.empty_table(), sources)
    return films.schema


def catalogue_of(rows: pa.Table) -> Catalogue:
    """Return films of `take_in` as a catalogue of their own."""
    return from_rows(
        rows.select([name for name in catalogue_columns() if name in rows.column_names])
    )


def catalogue_columns() -> list[str]:
    """Return the columns of films of `take_in` that are the catalogue's, in its order."""
    others = {COMPACT, *map(words_column, TEXTS)}
    return [name for name in film_rows().names if name not in others]


def words_of(rows: pa.Table, text: str) -> WordCounts:
    """Return the words of a text of films of `take_in`."""
    column = rows[words_column(text)].combine_chunks()
    structs = pc.list_flatten(column)
    words = structs.field("word").dictionary_encode()
    counted = WordCounts(
        len(column),
        words.dictionary.to_pylist(),
        np.r_[0, np.cumsum(pc.list_value_length(column).to_numpy())].astype(np.int64),
        words.indices.to_numpy(),
        structs.field("times").to_numpy(),
    )
    return merge_counts([counted])


def sums_of(rows: pa.Table) -> pa.Table:
    """Sum up films by everything that they are summed up by."""
    catalogue = catalogue_of(rows)
    return _together(
        SUMS,
        (sum_up(catalogue.films, catalogue.lists, by).assign(by=by) for by in SUMMED_BY),
    )


def codes_of(rows: pa.Table, start: int) -> pa.Table:
    """Return the first code that films give each country; `start` is their first row."""
    entries = catalogue_of(rows).lists["production_countries"].dropna(subset="code")
    first = entries.drop_duplicates("name")
    return _of_frame(CODES, first.assign(film=first["film"] + start))


def credits_of(rows: pa.Table, start: int) -> pa.Table:
    """Return the credits of films, with what each film returned; `start` is their first row."""
    catalogue = catalogue_of(rows)

    def of(people: str) -> pd.DataFrame:
        frame = credited(catalogue.films, catalogue.lists[people])
        return frame.assign(people=people, film=frame["film"] + start, place=frame.index)

    return _together(CREDITED, map(of, PEOPLE))


def sum_up_people(credits_: pa.Table) -> pa.Table:
    """Return the `filmographies` of some names in one list, given all of their credits there.

    `compact` is what they are put in order by, as in `table_layout.in_key_order`.
    """
    frame = credits_.to_pandas().sort_values(["film", "place"], ignore_index=True)
    people = filmographies(frame)
    people = people.assign(
        people=credits_["people"][0].as_py(),
        compact=people["name"].map(key).map(compact).astype("str"),
    )
    return cast_large_strings(pa.Table.from_pandas(people, preserve_index=False))


def values_of(rows: pa.Table, part: int) -> pa.Table:
    """Count the values of the lists of the films of a part, the one of this number."""
    tables = []
    for name, entries in catalogue_of(rows).lists.items():
        for by, values in count_values(entries).items():
            all_alike = (pa.repeat(each, len(values)) for each in (name, by, part))
            tables.append(pa.table([*all_alike, *values.columns], schema=LISTED_VALUES))
    return pa.concat_tables(tables)


def lengths_of(rows: pa.Table) -> pa.Table:
    """Count films by how many entries their lists have."""
    catalogue = catalogue_of(rows)
    tables = []
    for name, entries in catalogue.lists.items():
        counted = count_lengths(entries, decades_of(catalogue.films))
        columns = [pa.repeat(name, len(counted)), *counted.columns]
        tables.append(pa.table(columns, schema=LISTED_LENGTHS))
    return pa.concat_tables(tables)


def title_words_of(rows: pa.Table) -> pa.Table:
    """Return how often each word stands in the titles of films."""
    times = term_frequencies(words_of(rows, "title"))
    return pa.table([[*times], [*times.values()]], schema=WORDS)


def names_of(rows: pa.Table, part: int, known: Known) -> pa.Table:
    """Return what the films of a part, the one of this number, have, and how many have each."""

    def of(block: str, counts: Counts) -> Iterator[pd.DataFrame]:
        films = document_frequencies(counts.matrix)
        yield pd.DataFrame({"name": counts.names, "films": films}).assign(
            block=block, spelling=False
        )
        yield pd.DataFrame({"name": counts.spellings}).assign(block=block, spelling=True, films=1)

    frames = (
        frame.assign(part=part, place=frame.index)
        for block, counts in _counts(rows, known).items()
        for frame in of(block, counts)
    )
    return _together(NAMES, frames)


def vocabulary_rows(block: str, vocabulary: Vocabulary, start: int) -> pa.Table:
    """Return the features of a block, the first of which has a column of the matrix, as rows."""
    count = len(vocabulary.names)
    return pa.table(
        [
            pa.repeat(block, count),
            pa.array(vocabulary.names, pa.string()),
            np.arange(start, start + count),
            vocabulary.films,
        ],
        schema=VOCABULARY,
    )


def fitted_of(vocabulary: pa.Table, known: Known, films: int) -> Fitted:
    """Return what has to be known to weigh some films that have this vocabulary; see `Fitted`."""
    rows = vocabulary.sort_by("feature").to_pandas()
    vocabularies = {}
    for block in FEATURE_GROUPS:
        own = rows[rows["block"] == block]
        vocabularies[block] = Vocabulary(
            pd.Index(own["name"].to_numpy(np.object_)), own["films"].to_numpy()
        )
    return Fitted(known, vocabularies, rows["feature"].to_numpy(), films)


def told_of(rows: pa.Table, fitted: Fitted) -> pa.Table:
    """Return in how many films each word of the descriptions is among those that tell most."""
    films = document_frequencies(_weighed(rows, fitted, ["text"])["text"])
    told = np.flatnonzero(films)
    return pa.table([fitted.columns("text")[told], films[told]], schema=TOLD)


def weights_of(
    rows: pa.Table, fitted: Fitted, told: NDArray[np.int64], weights: Mapping[str, float]
) -> pa.Table:
    """Return the films' rows of the feature matrix; `told` are all of `told_of`, by feature."""
    matrices = {
        name: scale_by_idf(
            matrix,
            told[fitted.columns(name)] if name == "text" else fitted.vocabularies[name].films,
            fitted.films,
        )
        for name, matrix in _weighed(rows, fitted, list(FEATURE_GROUPS)).items()
    }
    matrix = side_by_side(matrices, weights)
    matrix.sort_indices()
    starts = pa.array(matrix.indptr, pa.int32())
    features = fitted.features.astype(np.int32)[matrix.indices]
    return pa.table(
        [
            pa.ListArray.from_arrays(starts, pa.array(features)),
            pa.ListArray.from_arrays(starts, pa.array(matrix.data, pa.float32())),
        ],
        schema=WEIGHTS,
    )


def _frame(raw: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    cells = np.array(raw["cells"].tolist(), np.object_).reshape(len(raw), len(columns))
    return pd.DataFrame(cells, columns=list(columns), dtype="str").assign(
        **{LINE: raw["line"].to_numpy("int64")}
    )


def _unnested(
    records: pd.DataFrame, file: str, lists: Mapping[str, NestedColumn], aside: list[Rejection]
) -> dict[str, pd.DataFrame]:
    part = unnest(select_cells(records, file, lists), lists)
    aside += part.set_aside
    entries = {}
    for name, nested in lists.items():
        kept = clean_entries([part.tables[name]], nested, file)
        aside += kept.set_aside
        entries[name] = kept.records
    return entries


def _film_rows(catalogue: Catalogue) -> pa.Table:
    films = catalogue.films
    rows = to_rows(catalogue)
    texts = {"title": films["title"], "text": films["overview"] + " " + films["tagline"]}
    for text, column in texts.items():
        rows = rows.append_column(words_column(text), _counted(column.tolist()))
    rows = rows.append_column(COMPACT, pa.array(map(compact, films["key"]), pa.string()))
    return cast_large_strings(rows)


def words_column(text: str) -> str:
    """Return the column of the words of a text."""
    return f"words_of_{text}"


def _counted(texts: list[str]) -> pa.ListArray:
    counted = count_words(texts)
    vocabulary = pa.array(counted.vocabulary, pa.string())
    return pa.ListArray.from_arrays(
        pa.array(counted.starts, pa.int32()),
        pa.StructArray.from_arrays(
            [vocabulary.take(pa.array(counted.words)), pa.array(counted.counts)],
            names=["word", "times"],
        ),
    )


def _counts(rows: pa.Table, known: Known) -> dict[str, Counts]:
    counted = count_names(catalogue_of(rows), known.codes, known.periods)
    return counted | {text: count_telling(words_of(rows, text)) for text in TEXTS}


def _weighed(rows: pa.Table, fitted: Fitted, blocks: list[str]) -> dict[str, sparse.csr_array]:
    counted = _counts(rows, fitted.known)
    return {
        block: weigh(block, counted[block], fitted.vocabularies[block], fitted.films)
        for block in blocks
    }


def _together(schema: pa.Schema, frames: Iterable[pd.DataFrame]) -> pa.Table:
    return pa.concat_tables([_of_frame(schema, frame) for frame in frames])


def _of_frame(schema: pa.Schema, frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame[schema.names], schema=schema, preserve_index=False)
