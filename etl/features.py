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

from cartelera.features import BLOCKS
from etl import genres, iso
from etl.iso import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from etl.catalogue import Catalogue
    from etl.iso import Known
    from etl.words import WordCounts

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
_MIN_TEXTS = 5


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


class Block(NamedTuple):
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


def name_blocks(catalogue: Catalogue) -> dict[str, Block]:
    """Return what films share by name, in the catalogue's order, by block and each for itself."""
    films = catalogue.films
    lists = catalogue.lists
    codes = lists["production_countries"].groupby("name")["code"].first().dropna().to_dict()
    known = {
        "genres": genres.known,
        "production_countries": lambda name: _country(codes.get(name)),
        "original_language": iso.language,
    }
    columns = {
        name: pd.DataFrame({"film": films.index, "name": films[name]}).dropna()
        for name in ("collection", "original_language")
    }
    blocks = {
        name: _list_block(entries, len(films), known.get(name))
        for name, entries in (lists | columns).items()
        if name in BLOCKS and name != "cast"
    }
    blocks["cast"] = _cast_block(lists["cast"], len(films))
    blocks["period"] = _period_block(films["release_year"].to_numpy())
    return blocks


def text_blocks(words: dict[str, WordCounts]) -> dict[str, Block]:
    """Return what films share in their texts, as `name_blocks` does; `words` are used up by it."""
    blocks = {"title": _text_block(words.pop("title"), _MIN_FILMS)}
    described = _text_block(words.pop("text"), _MIN_TEXTS)
    blocks["text"] = Block(_most_telling(described.matrix, MOST_WORDS), described.names)
    return blocks


def build_features(blocks: dict[str, Block], weights: Mapping[str, float]) -> Features:
    """Weigh the blocks and put them side by side; they are used up by it."""
    matrices = []
    names = []
    for name in BLOCKS:
        block = blocks.pop(name)
        matrix = by_what_it_tells(block.matrix)
        matrix.data *= np.float32(weights[name])
        matrices.append(matrix)
        names.append(pd.DataFrame({"block": name, "name": block.names}, dtype="str"))
    stacked = sparse.hstack(matrices, format="csr", dtype=np.float32)
    matrices.clear()
    # Films that share nothing at all have no features, which is no matrix to scikit-learn.
    matrix = sparse.csr_array(normalize(stacked, copy=False)) if stacked.nnz else stacked
    return Features(matrix, pd.concat(names, ignore_index=True))


def by_what_it_tells(matrix: sparse.csr_array) -> sparse.csr_array:
    """Scale the rows of a block, of unit length, by how rare what they hold is.

    A row's new length is the mean inverse document frequency of its features, weighed by their
    squares and from 0 to 1, to the power of `_TELLING`.
    """
    count = matrix.shape[0]
    films = np.bincount(matrix.indices, minlength=matrix.shape[1])
    # One film more than there are: what all films have still tells something.
    rarity = np.log((count + 1) / np.maximum(films, 1)) / np.log(count + 1)
    lengths = sparse.csr_array(
        (matrix.data**2 * rarity[matrix.indices], matrix.indices, matrix.indptr), matrix.shape
    ).sum(axis=1)
    scaled = matrix.copy()
    scaled.data *= np.repeat(lengths**_TELLING, np.diff(matrix.indptr)).astype(np.float32)
    return scaled


def _list_block(entries: pd.DataFrame, count: int, known: Callable[[str], Known] | None) -> Block:
    """Weigh the names of a list; a name stands in a film once.

    Those that are `known` by other names as well can be asked for: every one of them is kept.
    Names of one thing are one feature.
    """
    entries = entries[entries["name"] != ""]
    called = {name: known(name) if known else UNKNOWN for name in entries["name"].unique()}
    said = {name: each.name or name for name, each in called.items()}
    codes, unique = pd.factorize(entries["name"].map(said))
    counts = _matrix(np.ones(len(codes), np.float32), entries["film"].to_numpy(), codes, count)
    counts.data[:] = 1
    names = np.asarray(unique, np.object_)
    if known is None:
        return _weighed(counts, names, _MIN_FILMS)
    others: dict[str, list[str]] = {name: [] for name in names}
    for name, each in called.items():
        others[said[name]] += [name, *each.others]
    return _weighed(counts, names, 1)._replace(others=tuple(map(tuple, others.values())))


def _country(code: str | None) -> Known:
    """Return the names of a country, its code among them; not every entry has one."""
    if code is None:
        return UNKNOWN
    known = iso.country(code)
    return known._replace(others=(*known.others, code))


def _cast_block(entries: pd.DataFrame, count: int) -> Block:
    """Weigh the leading cast, the first named the most; who plays twice is named once."""
    billing = entries.groupby("film").cumcount().to_numpy()
    leading = billing < LEADING_CAST
    entries, billing = entries[leading], billing[leading]
    first = ~entries.duplicated(["film", "name"]).to_numpy()
    entries, billing = entries[first], billing[first]
    codes, unique = pd.factorize(entries["name"])
    weights = (1 / np.sqrt(1 + billing)).astype(np.float32)
    counts = _matrix(weights, entries["film"].to_numpy(), codes, count)
    return _weighed(counts, np.asarray(unique, np.object_), _MIN_FILMS)


def _period_block(years: NDArray[np.int64]) -> Block:
    """Place each film between the two periods that its year lies between, nearer to one.

    So the likeness of two years falls with their distance, and no New Year's Eve parts what
    belongs together.
    """
    if not len(years):
        return Block(_matrix(np.array([], np.float32), years, years, 0), np.array([], np.object_))
    first = years.min() // PERIOD_YEARS
    place, rest = np.divmod(years - first * PERIOD_YEARS, PERIOD_YEARS)
    films = np.arange(len(years))
    nearness = (rest / PERIOD_YEARS).astype(np.float32)
    counts = _matrix(
        np.concatenate([1 - nearness, nearness]),
        np.concatenate([films, films]),
        np.concatenate([place, place + 1]),
        len(years),
    )
    counts.eliminate_zeros()
    periods = [str((first + number) * PERIOD_YEARS) for number in range(counts.shape[1])]
    return Block(sparse.csr_array(normalize(counts)), np.array(periods, np.object_))


def _text_block(words: WordCounts, min_texts: int) -> Block:
    """Weigh the words of a text, but for those that tell nothing."""
    vocabulary = np.array(words.vocabulary, np.object_)
    counts = sparse.csr_array(
        (1 + np.log(words.counts.astype(np.float32)), words.words, words.starts),
        shape=(words.texts, len(vocabulary)),
    )
    counts.sort_indices()
    telling = np.flatnonzero([_tells(word) for word in words.vocabulary])
    return _weighed(counts[:, telling], vocabulary[telling], min_texts)


def _tells(word: str) -> bool:
    """Tell whether a word may say what a film is about: single letters and the commonest do not."""
    return len(word) > 1 and word not in ENGLISH_STOP_WORDS


def _most_telling(matrix: sparse.csr_array, count: int) -> sparse.csr_array:
    """Keep each row's `count` heaviest entries, scaled to unit length again."""
    films = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    order = np.lexsort((matrix.indices, -matrix.data, films))
    place = np.arange(matrix.nnz) - matrix.indptr[films]
    light = order[place >= count]
    matrix.data[light] = 0
    matrix.eliminate_zeros()
    return sparse.csr_array(normalize(matrix)) if matrix.nnz else matrix


def _matrix(
    weights: NDArray[np.float32], films: NDArray[np.int64], columns: NDArray[np.int64], count: int
) -> sparse.csr_array:
    shape = (count, int(columns.max()) + 1 if len(columns) else 0)
    return sparse.coo_array((weights, (films, columns)), shape).tocsr()


def _weighed(counts: sparse.csr_array, names: Names, min_films: int) -> Block:
    """Weigh the features that several films share; drop the others."""
    films = np.bincount(counts.indices, minlength=counts.shape[1])
    kept = np.flatnonzero(films >= min_films)
    shared = counts[:, kept]
    if shared.nnz:
        weigher = TfidfTransformer().fit(shared)
        shared = sparse.csr_array(weigher.transform(shared, copy=False))
    return Block(shared, names[kept])
