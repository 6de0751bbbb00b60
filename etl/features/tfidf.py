"""Features of a film: what it has in common with others, as a sparse TF-IDF matrix.

Every kind of feature is a block of columns. Within a block a film's weights are TF-IDF
(Salton and Buckley, 1988) scaled to unit length, so that a film with thirty keywords has no
more of them than one with three; the blocks are weighted, put side by side, and each film's
whole row is scaled to unit length again, over the blocks that it has: what is not known of a
film is not held against it.

A block also weighs by what it tells of the film at hand: to be in Hindi says more than to be in
English, to be a documentary more than to be a drama. Within unit lengths that would be lost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfTransformer
from sklearn.preprocessing import normalize

from cartelera.contract.feature_groups import FEATURE_GROUPS, FILTER_TABLES
from etl.catalogue.catalogue import country_codes
from etl.catalogue.localized_names import UNNAMED, country_names, genre_names, language_names

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from etl.catalogue.catalogue import Catalogue
    from etl.catalogue.localized_names import LocalizedNames
    from etl.catalogue.words import WordCounts

    type Names = np.ndarray[tuple[int], np.dtype[np.object_]]

# Those named first on the poster say what kind of film it is; how much each says falls with the
# square root of the place, so that the cast ends softly.
LEADING_CAST = 15
# Years between two decades' centres, so to say: narrower than ten, because taste changes faster.
PERIOD_YEARS = 8
# Of a description, the words that tell most. A film's further words lengthen every answer's
# way and change no neighbour.
MOST_WORDS = 20
# How much more a block weighs in a film in which it tells more: without it the nearest films of
# an Indian film are American ones of its year, with much of it few films have much in common.
_TELLING = 0.25
# What only one film has makes it like no other: such features only shorten the rest. Words are
# many, and rare ones are misspelt, foreign, or nobody's subject.
_MIN_FILMS = 2
# Names that films can be filtered by are all kept, and so are all periods.
_FEWEST = dict.fromkeys((*FILTER_TABLES, "period"), 0) | {"text": 5}
# The kinds of words that are counted.
TEXTS = ("title", "text")


class Features(NamedTuple):
    """What films have in common.

    Attributes
    ----------
    matrix
        Shape (films, features), rows of unit length: every film has a period at least.
    names
        One row a feature: its `block` and its `name` there.
    """

    matrix: sparse.csr_array
    names: pd.DataFrame


class Counts(NamedTuple):
    """What some films have of one kind, before it is known what all films have.

    Attributes
    ----------
    matrix
        Shape (films, names): how much of each name a film has, 0 where it has none.
    names
        In the order in which they first stand there, words by the alphabet.
    spellings
        How names that go by several are written: each first one, in order. Empty elsewhere.
    """

    matrix: sparse.csr_array
    names: Names
    spellings: Names = np.array([], np.object_)


class Vocabulary(NamedTuple):
    """The features of one kind, as the whole catalogue has them.

    Attributes
    ----------
    names
        What each feature is called.
    films : int64, shape (features,)
        How many films have each: its document frequency.
    others
        What each may be asked for as beside its name, where films can be filtered by it.
    """

    names: pd.Index[str]
    films: NDArray[np.int64]
    others: tuple[tuple[str, ...], ...] = ()


class FeatureGroup(NamedTuple):
    """The features of one kind.

    Attributes
    ----------
    matrix
        Shape (films, features), rows of unit length.
    names
        What each feature is called.
    others
        What each may be asked for as beside its name, where films can be filtered by it.
    """

    matrix: sparse.csr_array
    names: Names
    others: tuple[tuple[str, ...], ...] = ()


def name_groups(catalogue: Catalogue) -> dict[str, FeatureGroup]:
    """Return what films share by name, in the catalogue's order, by block and each for itself."""
    codes = country_codes(catalogue.lists["production_countries"])
    years = catalogue.films["release_year"]
    span = period_span(years.min(), years.max()) if len(years) else range(0)
    counted = count_names(catalogue, codes, span)
    return {name: _block(name, counts, codes) for name, counts in counted.items()}


def text_groups(words: dict[str, WordCounts]) -> dict[str, FeatureGroup]:
    """Return what films share in their texts, as `name_groups` does; `words` are used up by it."""
    return {name: _block(name, count_telling(words.pop(name)), {}) for name in TEXTS}


def _block(block: str, counts: Counts, codes: Mapping[str, str]) -> FeatureGroup:
    films = document_frequencies(counts.matrix)
    vocabulary = fit(block, counts.names, films, counts.spellings, codes)
    matrix = weigh(block, counts, vocabulary, counts.matrix.shape[0])
    return FeatureGroup(matrix, vocabulary.names.to_numpy(np.object_), vocabulary.others)


def build_features(blocks: dict[str, FeatureGroup], weights: Mapping[str, float]) -> Features:
    """Weigh the blocks and put them side by side; they are used up by it."""
    matrices = {}
    names = []
    for name in FEATURE_GROUPS:
        block = blocks.pop(name)
        matrices[name] = scale_by_mean_idf(block.matrix)
        names.append(feature_names(name, block.names))
    return Features(side_by_side(matrices, weights), pd.concat(names, ignore_index=True))


def feature_names(block: str, names: Names | pd.Index[str]) -> pd.DataFrame:
    """Return the rows of `Features.names` that are a block's."""
    return pd.DataFrame({"block": block, "name": names}, dtype="str")


def side_by_side(
    matrices: dict[str, sparse.csr_array], weights: Mapping[str, float]
) -> sparse.csr_array:
    """Weigh the blocks of some films, as `scale_by_mean_idf` left them, and make them one matrix.

    Its rows are of unit length. The blocks are used up by it.
    """
    weighed = []
    for name in FEATURE_GROUPS:
        matrix = matrices.pop(name)
        matrix.data *= np.float32(weights[name])
        weighed.append(matrix)
    stacked = sparse.hstack(weighed, format="csr", dtype=np.float32)
    weighed.clear()
    # Films that share nothing at all have no features, which is no matrix to scikit-learn.
    return sparse.csr_array(normalize(stacked, copy=False)) if stacked.nnz else stacked


def document_frequencies(matrix: sparse.csr_array) -> NDArray[np.int64]:
    """Return how many films have each feature of a block, shape (features,)."""
    return np.bincount(matrix.indices, minlength=matrix.shape[1])


def period_span(first_year: int, last_year: int) -> range:
    """Return the first years of the periods that films of some years lie between."""
    first = first_year // PERIOD_YEARS * PERIOD_YEARS
    return range(first, last_year + PERIOD_YEARS + 1, PERIOD_YEARS)


def count_names(
    catalogue: Catalogue, codes: Mapping[str, str], periods: range
) -> dict[str, Counts]:
    """Count what films have by name, by block, of a whole catalogue or some of its films.

    `codes` are the `country_codes` of the whole, and `periods` its `period_span`.
    """
    films = catalogue.films
    columns = {
        name: pd.DataFrame({"film": films.index, "name": films[name]}).dropna()
        for name in ("collection", "original_language")
    }
    counts = {
        name: _count_list(entries, len(films), _known(name, codes))
        for name, entries in (catalogue.lists | columns).items()
        if name in FEATURE_GROUPS and name != "cast"
    }
    counts["cast"] = _count_cast(catalogue.lists["cast"], len(films))
    counts["period"] = _count_periods(films["release_year"].to_numpy(), periods)
    return counts


def count_telling(words: WordCounts) -> Counts:
    """Count the words of texts, but for those that tell nothing."""
    vocabulary = np.array(words.vocabulary, np.object_)
    counts = sparse.csr_array(
        (1 + np.log(words.counts.astype(np.float32)), words.words, words.starts),
        shape=(words.texts, len(vocabulary)),
    )
    counts.sort_indices()
    telling = np.flatnonzero([_tells(word) for word in words.vocabulary])
    return Counts(counts[:, telling], vocabulary[telling])


def fewest_films(block: str) -> int:
    """Return how many films must have a name of a block for it to be a feature."""
    return _FEWEST.get(block, _MIN_FILMS)


def fit(
    block: str,
    names: Names,
    films: NDArray[np.int64],
    spellings: Names,
    codes: Mapping[str, str],
) -> Vocabulary:
    """Choose the features of a block among the `names` that so many of all `films` have.

    `spellings` and `codes` are those of all films, as in `Counts` and `count_names`.
    """
    kept = np.flatnonzero(films >= fewest_films(block))
    vocabulary = Vocabulary(pd.Index(names[kept]), films[kept])
    known = _known(block, codes)
    if known is None:
        return vocabulary
    others: dict[str, list[str]] = {name: [] for name in vocabulary.names}
    for name in spellings:
        called = known(name)
        others[called.name or name] += [name, *called.others]
    return vocabulary._replace(others=tuple(map(tuple, others.values())))


def weigh(block: str, counts: Counts, vocabulary: Vocabulary, total: int) -> sparse.csr_array:
    """Return the rows of a block, of unit length, of some films among so many in `total`."""
    places = vocabulary.names.get_indexer(pd.Index(counts.names))
    kept = np.flatnonzero(places >= 0)
    shared = counts.matrix[:, kept]
    shared = sparse.csr_array(
        (shared.data, places[kept].astype(np.int32)[shared.indices], shared.indptr),
        (shared.shape[0], len(vocabulary.names)),
    )
    shared.sort_indices()
    if not shared.nnz:
        return shared
    if block != "period":
        weigher = TfidfTransformer()
        weigher.idf_ = _inverse_frequencies(vocabulary.films, total)
        shared = sparse.csr_array(weigher.transform(shared, copy=False))
    return _top_terms(shared, MOST_WORDS) if block == "text" else shared


def scale_by_mean_idf(matrix: sparse.csr_array) -> sparse.csr_array:
    """Scale the rows of a block, of unit length, by how rare what they hold is.

    A row's new length is the mean inverse document frequency of its features, weighed by their
    squares and from 0 to 1, to the power of `_TELLING`.
    """
    return scale_by_idf(matrix, document_frequencies(matrix), matrix.shape[0])


def scale_by_idf(
    matrix: sparse.csr_array, films: NDArray[np.int64], total: int
) -> sparse.csr_array:
    """Scale some rows of a block as `scale_by_mean_idf` scales all.

    `films` are the block's document frequencies among all films, so many in `total`.
    """
    # One film more than there are: what all films have still tells something.
    rarity = np.log((total + 1) / np.maximum(films, 1)) / np.log(total + 1)
    lengths = sparse.csr_array(
        (matrix.data**2 * rarity[matrix.indices], matrix.indices, matrix.indptr), matrix.shape
    ).sum(axis=1)
    scaled = matrix.copy()
    scaled.data *= np.repeat(lengths**_TELLING, np.diff(matrix.indptr)).astype(np.float32)
    return scaled


def _known(block: str, codes: Mapping[str, str]) -> Callable[[str], LocalizedNames] | None:
    """Return what tells the names of a block that go by several; others have None."""
    if block == "production_countries":
        return lambda name: _country(codes.get(name))
    return {"genres": genre_names, "original_language": language_names}.get(block)


def _count_list(
    entries: pd.DataFrame, count: int, known: Callable[[str], LocalizedNames] | None
) -> Counts:
    """Count the names of a list; a name stands in a film once, and names of one thing are one."""
    entries = entries[entries["name"] != ""]
    names = entries["name"]
    spellings = np.asarray(names.unique() if known else [], np.object_)
    if known:
        names = names.map({name: known(name).name or name for name in spellings})
    codes, unique = pd.factorize(names)
    counts = _matrix(np.ones(len(codes), np.float32), entries["film"].to_numpy(), codes, count)
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
    entries, billing = entries[leading], billing[leading]
    first = ~entries.duplicated(["film", "name"]).to_numpy()
    entries, billing = entries[first], billing[first]
    codes, unique = pd.factorize(entries["name"])
    weights = (1 / np.sqrt(1 + billing)).astype(np.float32)
    counts = _matrix(weights, entries["film"].to_numpy(), codes, count)
    return Counts(counts, np.asarray(unique, np.object_))


def _count_periods(years: NDArray[np.int64], periods: range) -> Counts:
    """Place each film between the two periods that its year lies between, nearer to one.

    So the likeness of two years falls with their distance, and no New Year's Eve parts what
    belongs together.
    """
    place, rest = np.divmod(years - periods.start, PERIOD_YEARS)
    films = np.arange(len(years))
    nearness = (rest / PERIOD_YEARS).astype(np.float32)
    counts = _matrix(
        np.concatenate([1 - nearness, nearness]),
        np.concatenate([films, films]),
        np.concatenate([place, place + 1]),
        len(years),
        len(periods),
    )
    counts.eliminate_zeros()
    lengths = sparse.csr_array(normalize(counts)) if counts.nnz else counts
    return Counts(lengths, np.array(list(map(str, periods)), np.object_))


def _tells(word: str) -> bool:
    """Tell whether a word may say what a film is about: single letters and the commonest do not."""
    return len(word) > 1 and word not in ENGLISH_STOP_WORDS


def _top_terms(matrix: sparse.csr_array, count: int) -> sparse.csr_array:
    """Keep each row's `count` heaviest entries, scaled to unit length again."""
    films = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    order = np.lexsort((matrix.indices, -matrix.data, films))
    place = np.arange(matrix.nnz) - matrix.indptr[films]
    light = order[place >= count]
    matrix.data[light] = 0
    matrix.eliminate_zeros()
    return sparse.csr_array(normalize(matrix)) if matrix.nnz else matrix


def _matrix(
    weights: NDArray[np.float32],
    films: NDArray[np.int64],
    columns: NDArray[np.int64],
    count: int,
    width: int | None = None,
) -> sparse.csr_array:
    if width is None:
        width = int(columns.max()) + 1 if len(columns) else 0
    return sparse.coo_array((weights, (films, columns)), (count, width)).tocsr()


def _inverse_frequencies(films: NDArray[np.int64], total: int) -> NDArray[np.float32]:
    """Return the inverse document frequencies that `TfidfTransformer` would fit, smoothed."""
    known = np.full(len(films), total + 1, np.float32) / (films.astype(np.float32) + 1)
    return np.log(known) + 1
