"""The features of films as a sparse TF-IDF matrix: count, fit, weigh, scale, stack.

Every kind of feature is a group of columns. Within a group a film's weights are TF-IDF
(Salton and Buckley, Term-weighting approaches in automatic text retrieval, 1988) scaled to unit
length, so that a film with thirty keywords has no more of them than one with three. The groups
are weighted and stacked. A film's row is the longer the more is known of it; the model has its
length apart from it, see `etl.features.model`.

A group also weighs by how rare its features are: to be in Hindi says more than to be in English,
to be a documentary more than to be a drama. Within unit lengths that would be lost.

All films can be counted at once, or some at a time; then the document frequencies of all are
added up before any is weighed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from cartelera.contract.feature_groups import FEATURE_GROUPS, FILTER_TABLES
from etl.catalogue.localized_names import UNNAMED, country_names, genre_names, language_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from etl.catalogue.catalogue import Catalogue
    from etl.catalogue.localized_names import LocalizedNames
    from etl.catalogue.words import WordCounts

    type Names = np.ndarray[tuple[int], np.dtype[np.object_]]

# Those named first on the poster say what kind of film it is; a name weighs one over the square
# root of its place, so that the cast ends softly.
LEADING_CAST = 15
# The years between the centres of two periods: fewer than ten, because taste changes faster.
PERIOD_YEARS = 8
# The terms of a description that are kept, the heaviest. More of them slow every answer down and
# change no neighbour.
MAX_TERMS = 20
# scikit-learn's English ones. To import it for them, and for three lines of arithmetic, takes a
# second, a tenth of the job.
STOP_WORDS = frozenset(Path(__file__).with_name("stop_words.txt").read_text("utf-8").split())
# The power of a row's mean idf that its group is scaled by: without it the nearest films of an
# Indian film are American ones of its year, with much of it few films have much in common.
_MEAN_IDF_POWER = 0.25
# What only one film has makes it like no other: such features only shorten the rest. Words are
# many, and rare ones are misspelt, foreign, or nobody's subject.
_MIN_FILMS = 2
# Films whose terms are sorted at a time: all at once would be the most in memory.
_FILMS_AT_ONCE = 8_192
# Names that films can be filtered by are all kept, and so are all periods.
_MIN_FILMS_OF = dict.fromkeys((*FILTER_TABLES, "period"), 0) | {"text": 5}
# The groups whose features are words; `etl.catalogue.catalogue.film_texts` has their texts.
TEXTS = ("title", "text")
# The groups with names that have several spellings.
SPELLED = ("genres", "production_countries", "original_language")
FREQUENCIES = pa.schema([("name", pa.string()), ("films", pa.int64())])


class Features(NamedTuple):
    """The features of all films."""

    # float32, shape (films, features), the groups weighted.
    matrix: sparse.csr_array
    # One row a feature: its group, as `block`, and its `name` there.
    names: pd.DataFrame


class Counts(NamedTuple):
    """The term counts of some films in one group."""

    # float32, shape (films, names): how much of each name a film has, 0 where it has none.
    matrix: sparse.csr_array
    # In the order in which they first occur, words by the alphabet.
    names: Names
    # Of the groups in `SPELLED`: how the names are written, in order. Empty elsewhere.
    spellings: Names = np.array([], np.object_)


class Vocabulary(NamedTuple):
    """The features of one group, as the whole catalogue has them."""

    names: pd.Index[str]
    # The document frequency of each, shape (features,).
    films: NDArray[np.int64]
    # Of groups that films can be filtered by: the other names of each.
    aliases: tuple[tuple[str, ...], ...] = ()


class Corpus(NamedTuple):
    """What has to be known of all films before some can be counted and weighed."""

    # How many there are.
    films: int
    # Their `country_codes`, and their `period_span`.
    codes: Mapping[str, str]
    periods: range


def period_span(years: pd.Series[int]) -> range:
    """Return the first years of the periods that films of some years lie between."""
    if years.empty:
        return range(0)
    first = years.min() // PERIOD_YEARS * PERIOD_YEARS
    return range(first, years.max() + PERIOD_YEARS + 1, PERIOD_YEARS)


def count(
    group: str, catalogue: Catalogue, words: Mapping[str, WordCounts], corpus: Corpus
) -> Counts:
    """Count what the films of a catalogue have in one group.

    Parameters
    ----------
    group, catalogue
        One of `FEATURE_GROUPS`, and the films.
    words, corpus
        The words of their texts, by `TEXTS`, and what is known of all films.
    """
    films = catalogue.films
    if group in TEXTS:
        return _count_terms(words[group])
    if group == "cast":
        return _count_cast(catalogue.lists["cast"], len(films))
    if group == "period":
        return _count_periods(films["release_year"].to_numpy(), corpus.periods)
    if group in catalogue.lists:
        entries = catalogue.lists[group]
    else:
        entries = pd.DataFrame({"film": films.index, "name": films[group]}).dropna()
    return _count_list(entries, len(films), _synonyms(group, corpus.codes))


def frequencies(counts: Counts) -> pa.Table:
    """Return the document frequency of each name, in the order of the names."""
    return pa.table([counts.names, document_frequencies(counts.matrix)], schema=FREQUENCIES)


def document_frequencies(matrix: sparse.csr_array) -> NDArray[np.int64]:
    """Return how many films have each feature of a group, shape (features,)."""
    return np.bincount(matrix.indices, minlength=matrix.shape[1])


def min_films(group: str) -> int:
    """Return the least document frequency of a feature of a group."""
    return _MIN_FILMS_OF.get(group, _MIN_FILMS)


def fit(
    group: str, found: pa.Table, spellings: Sequence[str], codes: Mapping[str, str]
) -> Vocabulary:
    """Choose the features of a group.

    Parameters
    ----------
    group
        One of `FEATURE_GROUPS`.
    found
        The `frequencies` of all films, in the order in which the names first occur.
    spellings, codes
        As in `Counts` and `Corpus`, those of all films.
    """
    if group in TEXTS:
        found = found.sort_by("name")
    found = found.filter(pc.greater_equal(found["films"], min_films(group)))
    names = found["name"].to_numpy()
    vocabulary = Vocabulary(pd.Index(names, dtype=object), found["films"].to_numpy())
    synonyms = _synonyms(group, codes)
    if synonyms is None:
        return vocabulary
    aliases: dict[str, list[str]] = {name: [] for name in names}
    for name in spellings:
        known = synonyms(name)
        aliases[known.name or name] += [name, *known.others]
    return vocabulary._replace(aliases=tuple(map(tuple, aliases.values())))


def weigh(group: str, counts: Counts, vocabulary: Vocabulary, total: int) -> sparse.csr_array:
    """Return the TF-IDF rows of some films in one group, of unit length.

    Parameters
    ----------
    group, counts
        One of `FEATURE_GROUPS`, and the films' counts.
    vocabulary
        Of the group; of features that none of the films has it may lack any.
    total
        How many films the catalogue has.
    """
    places = vocabulary.names.get_indexer(pd.Index(counts.names, dtype=object))
    kept = np.flatnonzero(places >= 0)
    shared = counts.matrix[:, kept]
    shared = sparse.csr_array(
        (shared.data, places[kept].astype(np.int32)[shared.indices], shared.indptr),
        (shared.shape[0], len(vocabulary.names)),
    )
    shared.sort_indices()
    if not shared.nnz:
        return shared
    if group != "period":
        shared.data *= _idf(vocabulary.films, total)[shared.indices]
        shared = normalize_rows(shared)
    return _top_terms(shared, MAX_TERMS) if group == "text" else shared


def normalize_rows(matrix: sparse.csr_array) -> sparse.csr_array:
    """Scale the rows of a float32 matrix to unit length, as scikit-learn's `normalize` does."""
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    # In double precision and in their order, whatever the machine.
    squares = np.bincount(rows, matrix.data * matrix.data, minlength=matrix.shape[0])
    lengths = np.sqrt(squares)[rows]
    data = np.divide(matrix.data, lengths, out=matrix.data.astype(np.float64), where=lengths > 0)
    return sparse.csr_array(
        (data.astype(np.float32), matrix.indices, matrix.indptr), shape=matrix.shape
    )


def scale_by_mean_idf(matrix: sparse.csr_array) -> sparse.csr_array:
    """Scale the rows of a group, of unit length, by their mean idf; see `scale_by_idf`."""
    return scale_by_idf(matrix, document_frequencies(matrix), matrix.shape[0])


def scale_by_idf(
    matrix: sparse.csr_array, films: NDArray[np.int64], total: int
) -> sparse.csr_array:
    """Scale the rows of some films in one group by how rare their features are.

    A row's new length is the mean idf of its features, weighed by their squares and from 0 to 1,
    to the power of `_MEAN_IDF_POWER`.

    Parameters
    ----------
    matrix : shape (films, features)
        Rows of unit length.
    films, total
        Of all films: the features' document frequencies, shape (features,), and how many there are.
    """
    # One film more than there are: what all films have still weighs something.
    idf = np.log((total + 1) / np.maximum(films, 1)) / np.log(total + 1)
    lengths = sparse.csr_array(
        (matrix.data**2 * idf[matrix.indices], matrix.indices, matrix.indptr), matrix.shape
    ).sum(axis=1)
    scaled = matrix.copy()
    scaled.data *= np.repeat(lengths**_MEAN_IDF_POWER, np.diff(matrix.indptr)).astype(np.float32)
    return scaled


def stack(matrices: dict[str, sparse.csr_array], weights: Mapping[str, float]) -> sparse.csr_array:
    """Weigh the groups of some films and make them one matrix.

    Parameters
    ----------
    matrices, weights
        By group; the matrices as `scale_by_idf` left them. They are used up.
    """
    weighted = []
    for group in FEATURE_GROUPS:
        matrix = matrices.pop(group)
        matrix.data *= np.float32(weights[group])
        weighted.append(matrix)
    return sparse.hstack(weighted, format="csr", dtype=np.float32)


def feature_names(vocabularies: Mapping[str, Vocabulary]) -> pd.DataFrame:
    """Return `Features.names` of the vocabularies of all groups."""
    named = (
        pd.DataFrame({"block": group, "name": vocabularies[group].names}, dtype="str")
        for group in FEATURE_GROUPS
    )
    return pd.concat(named, ignore_index=True)


def _synonyms(group: str, codes: Mapping[str, str]) -> Callable[[str], LocalizedNames] | None:
    """Return what finds the names of one thing, in groups whose names have several spellings."""
    if group == "production_countries":
        return lambda name: _country(codes.get(name))
    return {"genres": genre_names, "original_language": language_names}.get(group)


def _count_terms(words: WordCounts) -> Counts:
    """Count words, their counts on a logarithmic scale, but for stop words."""
    counts = sparse.csr_array(
        (1 + np.log(words.counts.astype(np.float32)), words.words, words.starts),
        shape=(words.texts, len(words.vocabulary)),
    )
    counts.sort_indices()
    # Single letters and the commonest words say nothing of a film.
    stops = pc.is_in(words.vocabulary, pa.array(STOP_WORDS, words.vocabulary.type))
    kept = pc.and_(pc.greater(pc.utf8_length(words.vocabulary), 1), pc.invert(stops))
    terms = words.vocabulary.filter(kept).to_numpy(zero_copy_only=False)
    return Counts(counts[:, np.flatnonzero(kept)], terms)


def _count_list(
    entries: pd.DataFrame, count: int, synonyms: Callable[[str], LocalizedNames] | None
) -> Counts:
    """Count the names of a list; a name stands in a film once, and synonyms are one."""
    entries = entries[entries["name"] != ""]
    names = entries["name"]
    spellings = np.asarray(names.unique() if synonyms else [], np.object_)
    if synonyms:
        names = names.map({name: synonyms(name).name or name for name in spellings})
    codes, unique = pd.factorize(names)
    ones = np.ones(len(codes), np.float32)
    counts = _matrix(ones, entries["film"].to_numpy(), codes, (count, len(unique)))
    counts.data[:] = 1
    return Counts(counts, np.asarray(unique, np.object_), spellings)


def _country(code: str | None) -> LocalizedNames:
    """Return the names of a country, its code among them; not every entry has one."""
    if code is None:
        return UNNAMED
    known = country_names(code)
    return known._replace(others=(*known.others, code))


def _count_cast(entries: pd.DataFrame, count: int) -> Counts:
    """Count the leading cast, the first named the most; who plays twice is named once."""
    billing = entries.groupby("film").cumcount().to_numpy()
    leading = billing < LEADING_CAST
    films, billing = entries["film"].to_numpy()[leading], billing[leading]
    codes, unique = pd.factorize(entries["name"][leading])
    # By number: to tell which texts are equal takes the longest.
    first = ~pd.Series(films * max(1, len(unique)) + codes).duplicated().to_numpy()
    weights = (1 / np.sqrt(1 + billing[first])).astype(np.float32)
    counts = _matrix(weights, films[first], codes[first], (count, len(unique)))
    return Counts(counts, np.asarray(unique, np.object_))


def _count_periods(years: NDArray[np.int64], periods: range) -> Counts:
    """Place each film between the two periods that its year lies between, nearer to one.

    So the likeness of two years falls with their distance, and no New Year's Eve parts what
    belongs together.
    """
    place, rest = np.divmod(years - periods.start, PERIOD_YEARS)
    films = np.arange(len(years))
    nearness = (rest / PERIOD_YEARS).astype(np.float32)
    weights = np.concatenate([1 - nearness, nearness])
    columns = np.concatenate([place, place + 1])
    counts = _matrix(weights, np.tile(films, 2), columns, (len(years), len(periods)))
    counts.eliminate_zeros()
    return Counts(normalize_rows(counts), np.array(list(map(str, periods)), np.object_))


def _top_terms(matrix: sparse.csr_array, count: int) -> sparse.csr_array:
    """Keep each row's `count` heaviest entries, of equals the first; scale to unit length again."""
    for start in range(0, matrix.shape[0], _FILMS_AT_ONCE):
        starts = matrix.indptr[start : start + _FILMS_AT_ONCE + 1]
        data = matrix.data[starts[0] : starts[-1]]
        films = np.repeat(np.arange(len(starts) - 1, dtype=np.uint64), np.diff(starts))
        # Sorted as one number, which takes a tenth of the time: the bits of weights over 0 are in
        # the weights' order.
        order = np.argsort(films << 32 | ~data.view(np.uint32), kind="stable")
        place = np.arange(len(data)) - (starts - starts[0])[films]
        data[order[place >= count]] = 0
    matrix.eliminate_zeros()
    return normalize_rows(matrix)


def _matrix(
    weights: NDArray[np.float32],
    films: NDArray[np.int64],
    columns: NDArray[np.int64],
    shape: tuple[int, int],
) -> sparse.csr_array:
    return sparse.coo_array((weights, (films, columns)), shape).tocsr()


def _idf(films: NDArray[np.int64], total: int) -> NDArray[np.float32]:
    """Return the inverse document frequencies, smoothed, as scikit-learn's `TfidfTransformer`."""
    ratio = np.full(len(films), total + 1, np.float32) / (films.astype(np.float32) + 1)
    return np.log(ratio) + 1
