"""The steps of the job: what is done to some films, be it all of them or a part.

A part is a run of films in the order of the catalogue. A step takes a part and a *kind*, such as
the name of a list, and returns an Arrow table. What it returns of several parts is added up by
key, or stands in the order of the parts; of a single part it is final. What runs the steps is a
runner: see `etl.engines.runners.runner`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.feature_groups import FEATURE_GROUPS
from cartelera.contract.tables import KEY
from etl.catalogue.catalogue import COMPACT, cast_large_strings, country_codes
from etl.catalogue.name_keys import compact_keys, name_keys
from etl.catalogue.words import term_frequencies
from etl.clean.unnest import LISTS
from etl.features.tfidf import (
    FREQUENCIES,
    SPELLED,
    TEXTS,
    Corpus,
    Vocabulary,
    count,
    document_frequencies,
    frequencies,
    scale_by_idf,
    stack,
    weigh,
)
from etl.report.lists import (
    KINDS,
    LENGTHS,
    NAME,
    REACHED,
    VALUES,
    count_lengths,
    count_reached,
    count_values,
)
from etl.report.statistics import REACHING, decades_of
from etl.tables.filmographies import credited, filmographies
from etl.tables.tables import CREDITED, SUMMED_BY, SUMS, sum_up

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray
    from scipy import sparse

    from etl.catalogue.catalogue import Catalogue
    from etl.catalogue.words import WordCounts
    from etl.features.tfidf import Counts

    # The rows of a kind that are shared with a part: those of its own keys at least.
    type Shared = Callable[[str], pa.Table]

# What is counted of the values in lists: each list and each kind of value.
LIST_VALUE_KINDS = {f"{name}-{by}": (name, by) for name in LISTS for by in KINDS}
# By list, the kind of its names.
REACHING_KINDS = {name: f"{name}-{NAME}" for name in REACHING}
# The features of one group; `feature` is the column of the matrix.
VOCABULARY = pa.schema([("name", pa.string()), ("feature", pa.int64()), ("films", pa.int64())])


def words_column(text: str) -> str:
    """Return the column that holds the words of a text."""
    return f"words_of_{text}"


@dataclass
class Part:
    """A run of films."""

    # The films, numbered from 0, and their lists; of both there may be some columns alone.
    catalogue: Catalogue
    # By text.
    words: dict[str, WordCounts]
    # The row of the first film in the whole catalogue.
    start: int = 0
    _counts: dict[str, Counts] = field(default_factory=dict)
    _weighted: dict[str, sparse.csr_array] = field(default_factory=dict)

    def counts(self, group: str, corpus: Corpus) -> Counts:
        """Return the term counts of a feature group, counted once; what was counted is let go.

        Parameters
        ----------
        group
            One of `FEATURE_GROUPS`.
        corpus
            What is known of all films.
        """
        if group not in self._counts:
            self._counts[group] = count(group, self.catalogue, self.words, corpus)
            # The largest things in memory.
            self.words.pop(group, None)
            self.catalogue.lists.pop(group, None)
        return self._counts[group]

    def weighted(self, group: str, vocabulary: Vocabulary, corpus: Corpus) -> sparse.csr_array:
        """Return the TF-IDF rows of a feature group, computed once; its counts are let go.

        Parameters
        ----------
        group
            One of `FEATURE_GROUPS`.
        vocabulary
            Its features.
        corpus
            What is known of all films.

        Returns
        -------
        csr_array
            float32, shape (films, features of the group); see `weigh`.
        """
        if group not in self._weighted:
            counts = self.counts(group, corpus)
            self._weighted[group] = weigh(group, counts, vocabulary, corpus.films)
            del self._counts[group]
        return self._weighted[group]

    def forget(self, group: str) -> None:
        """Let the TF-IDF rows of a feature group go."""
        del self._weighted[group]


class Step(NamedTuple):
    """One step: it reads some columns of the films, and its outcome has a schema."""

    name: str
    # Called with a part and a kind, and with what is shared with the part, if anything is.
    work: Callable[..., pa.Table]
    kinds: Sequence[str]
    columns: Sequence[str]
    schema: pa.Schema

    def knowing(self, **known: object) -> Step:
        """Return the step with arguments that are the same for all parts."""
        return self._replace(work=partial(self.work, **known))


def _totals(part: Part, by: str) -> pa.Table:
    frame = sum_up(part.catalogue.films, part.catalogue.lists, by)
    return _to_arrow(frame, TOTALS.schema)


def _country_codes(part: Part, countries: str) -> pa.Table:
    codes = country_codes(part.catalogue.lists[countries])
    return pa.table([codes.index.to_numpy(), codes.to_numpy()], schema=COUNTRY_CODES.schema)


def _credits(part: Part, people: str) -> pa.Table:
    frame = credited(part.catalogue.films, part.catalogue.lists[people])
    return _to_arrow(frame.assign(film=frame["film"] + part.start), CREDITS.schema)


def sum_credits(credits_of_some: pa.Table) -> pa.Table:
    """Return the filmographies of some names, given all of their `CREDITS`, in order."""
    frame = credits_of_some.to_pandas()
    # Both at once are the largest things in memory.
    del credits_of_some
    people = filmographies(frame)
    del frame
    people[KEY] = name_keys(people["name"])
    people[COMPACT] = compact_keys(people[KEY])
    return cast_large_strings(pa.Table.from_pandas(people, preserve_index=False))


def _list_values(part: Part, kind: str) -> pa.Table:
    name, by = LIST_VALUE_KINDS[kind]
    return count_values(part.catalogue.lists[name], by)


def _list_lengths(part: Part, name: str) -> pa.Table:
    return count_lengths(part.catalogue.lists[name], decades_of(part.catalogue.films))


def _reached(part: Part, kind: str, shared: Shared) -> pa.Table:
    name, _ = LIST_VALUE_KINDS[kind]
    return count_reached(part.catalogue.lists[name], shared(kind))


def _words(part: Part, text: str) -> pa.Table:
    times = term_frequencies(part.words[text])
    columns = pa.array(times, pa.string()), pa.array(times.values(), pa.int64())
    return pa.table(columns, schema=TITLE_WORDS.schema)


def _spellings(part: Part, group: str, corpus: Corpus) -> pa.Table:
    return pa.table([part.counts(group, corpus).spellings], schema=SPELLINGS.schema)


def _frequencies(part: Part, group: str, corpus: Corpus) -> pa.Table:
    return frequencies(part.counts(group, corpus))


def vocabulary_rows(vocabulary: Vocabulary, start: int) -> pa.Table:
    """Return the features of a group as rows of the schema `VOCABULARY`.

    Parameters
    ----------
    vocabulary
        The features.
    start
        The column of the first one in the matrix.
    """
    features = np.arange(start, start + len(vocabulary.names))
    return pa.table([vocabulary.names, features, vocabulary.films], schema=VOCABULARY)


def _top_terms(part: Part, group: str, shared: Shared, corpus: Corpus) -> pa.Table:
    vocabulary, features = _vocabulary(shared(group))
    films = document_frequencies(part.weighted(group, vocabulary, corpus))
    found = np.flatnonzero(films)
    return pa.table([features[found], films[found]], schema=TOP_TERMS.schema)


def _feature_rows(
    part: Part,
    _: str,
    shared: Shared,
    corpus: Corpus,
    top_terms: NDArray[np.int64],
    weights: Mapping[str, float],
) -> pa.Table:
    matrices, own = {}, []
    for group in FEATURE_GROUPS:
        vocabulary, features = _vocabulary(shared(group))
        matrix = part.weighted(group, vocabulary, corpus)
        films = top_terms[features] if group in TOP_TERMS.kinds else vocabulary.films
        matrices[group] = scale_by_idf(matrix, films, corpus.films)
        part.forget(group)
        own.append(features)
    matrix = stack(matrices, weights)
    matrix.sort_indices()
    starts = pa.array(matrix.indptr, pa.int32())
    lists = np.concatenate(own).astype(np.int32)[matrix.indices], matrix.data
    columns = [pa.ListArray.from_arrays(starts, pa.array(each)) for each in lists]
    return pa.table(columns, schema=FEATURE_ROWS.schema)


def of_kind(rows: pa.Table, kind: str) -> pa.Table:
    """Return the rows of one kind, without the column `kind`.

    Parameters
    ----------
    rows
        Of several kinds, each named in that column.
    kind
        The kind to return.
    """
    return rows.filter(pc.equal(rows["kind"], kind)).drop_columns("kind")


def _vocabulary(rows: pa.Table) -> tuple[Vocabulary, NDArray[np.int64]]:
    """Return the features of `vocabulary_rows`, and the column of each in the matrix."""
    rows = rows.sort_by("feature")
    names = pd.Index(rows["name"].to_numpy(), dtype=object)
    return Vocabulary(names, rows["films"].to_numpy()), rows["feature"].to_numpy()


def _to_arrow(frame: pd.DataFrame, schema: pa.Schema) -> pa.Table:
    return pa.Table.from_pandas(frame, schema=schema, preserve_index=False)


_LISTED = ("id", "release_year", *LISTS)
_FEATURES = (
    *("id", "release_year", "original_language", "collection", *LISTS),
    *map(words_column, TEXTS),
)
_NAMED = ("name", pa.string())
# Films, summed up by a column or a list; see `sum_up`.
TOTALS = Step(
    "totals",
    _totals,
    SUMMED_BY,
    ("revenue", "vote_count", *SUMMED_BY),
    pa.schema([_NAMED, *((name, pa.int64()) for name in SUMS)]),
)
# The code of each country: that of the first film that gives one.
COUNTRY_CODES = Step(
    "country_codes",
    _country_codes,
    ("production_countries",),
    ("id", "production_countries"),
    pa.schema([_NAMED, ("code", pa.string())]),
)
# The credits of each list of people, with what each film returned.
CREDITS = Step(
    "credits",
    _credits,
    [*CREDITED],
    ("release_date", "vote_count", "budget", "revenue", *CREDITED),
    pa.schema(
        [
            ("film", pa.int64()),
            _NAMED,
            ("code", pa.int64()),
            ("extra", pa.string()),
            ("release_date", pa.timestamp("us")),
            ("vote_count", pa.int64()),
            ("returned", pa.float64()),
        ]
    ),
)
# How often each kind of value stands in each list.
LIST_VALUES = Step("list_values", _list_values, [*LIST_VALUE_KINDS], _LISTED, VALUES)
# Films by their decade and how many entries of a list they have.
LIST_LENGTHS = Step("list_lengths", _list_lengths, [*LISTS], _LISTED, LENGTHS)
# Films by the most frequent of their names in a list, given the rank of each name.
REACHED_FILMS = Step("reached_films", _reached, [*REACHING_KINDS.values()], _LISTED, REACHED)
TITLE_WORDS = Step(
    "title_words",
    _words,
    ("title",),
    (words_column("title"),),
    pa.schema([("word", pa.string()), ("times", pa.int64())]),
)
# How the names of a feature group are spelled.
SPELLINGS = Step("spellings", _spellings, SPELLED, ("id", *SPELLED), pa.schema([_NAMED]))
# The document frequencies of each feature group.
DOCUMENT_FREQUENCIES = Step(
    "document_frequencies", _frequencies, [*FEATURE_GROUPS], _FEATURES, FREQUENCIES
)
# In how many films each term is one of the heaviest, by its feature; given their vocabulary.
TOP_TERMS = Step(
    "top_terms",
    _top_terms,
    ("text",),
    ("id", words_column("text")),
    pa.schema([("feature", pa.int64()), ("films", pa.int64())]),
)
# The films' rows of the feature matrix, given their vocabulary.
FEATURE_ROWS = Step(
    "feature_rows",
    _feature_rows,
    ("matrix",),
    _FEATURES,
    pa.schema([("features", pa.list_(pa.int32())), ("weights", pa.list_(pa.float32()))]),
)
