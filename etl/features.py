"""Features of a film: what it has in common with others, as a sparse TF-IDF matrix.

Every kind of feature is a block of columns. Within a block a film's weights are TF-IDF
(Salton and Buckley, 1988) scaled to unit length, so that a film with thirty keywords has no
more of them than one with three; the blocks are weighted, put side by side, and each film's
whole row is scaled to unit length again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, TfidfTransformer
from sklearn.preprocessing import normalize

from etl.words import TEXTS, WordCounts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from etl.catalogue import Catalogue

# How much each block weighs in a film that has them all. Set by hand: what two films are about
# and who made them outweighs a genre, which thousands share and many films have nothing else.
BLOCK_WEIGHTS = {
    "title": 0.4,
    "genres": 0.3,
    "directors": 0.7,
    "cast": 0.7,
    "collection": 0.8,
    "production_companies": 0.3,
    "keywords": 1.0,
    "overview": 0.7,
}
# Those named first on the poster say what kind of film it is.
LEADING_CAST = 6
# What only one film has makes it like no other: such features only shorten the rest.
MIN_FILMS = 2


class Features(NamedTuple):
    """What films have in common.

    Attributes
    ----------
    matrix
        Shape (films, features), rows of unit length; a film that shares nothing with any other
        has an empty row.
    names
        One row a feature: its `block` and its `name` there.
    """

    matrix: sparse.csr_array
    names: pd.DataFrame


class Block(NamedTuple):
    """The features of one kind: a column each, and what each is called."""

    matrix: sparse.csr_array
    names: np.ndarray[tuple[int], np.dtype[np.object_]]


def name_blocks(catalogue: Catalogue) -> dict[str, Block]:
    """Return what films share by name, in the catalogue's order, by block and each for itself."""
    films = catalogue.films
    lists = catalogue.lists
    cast = lists["cast"]
    cast = cast[cast.groupby("film").cumcount() < LEADING_CAST]
    collections = films.loc[films["collection"].notna(), "collection"]
    return {
        "collection": _name_block(collections.index.to_numpy(), collections, len(films)),
        **{
            name: _name_block(entries["film"].to_numpy(), entries["name"], len(films))
            for name, entries in {**lists, "cast": cast}.items()
            if name in BLOCK_WEIGHTS
        },
    }


def text_blocks(words: dict[str, WordCounts]) -> dict[str, Block]:
    """Return what films share in their texts, as `name_blocks` does; `words` are used up by it."""
    return {column: _text_block(words.pop(column)) for column in TEXTS}


def build_features(blocks: dict[str, Block]) -> Features:
    """Weigh the blocks and put them side by side; they are used up by it."""
    matrices = []
    names = []
    for name, weight in BLOCK_WEIGHTS.items():
        block = blocks.pop(name)
        block.matrix.data *= np.float32(weight)
        matrices.append(block.matrix)
        names.append(pd.DataFrame({"block": name, "name": block.names}, dtype="str"))
    stacked = sparse.hstack(matrices, format="csr", dtype=np.float32)
    matrices.clear()
    # Films that share nothing at all have no features, which is no matrix to scikit-learn.
    matrix = sparse.csr_array(normalize(stacked, copy=False)) if stacked.nnz else stacked
    return Features(matrix, pd.concat(names, ignore_index=True))


def _text_block(words: WordCounts) -> Block:
    """Weigh the words of a text, but for those that tell nothing."""
    vocabulary = np.array(words.vocabulary, np.object_)
    counts = sparse.csr_array(
        (words.counts.astype(np.float32), words.words, words.starts),
        shape=(words.texts, len(vocabulary)),
    )
    counts.sort_indices()
    telling = np.array([word not in ENGLISH_STOP_WORDS for word in words.vocabulary], np.bool_)
    return _weighed(counts, vocabulary, telling)


def _name_block(
    films: np.ndarray[tuple[int], np.dtype[np.int64]], names: pd.Series[str], count: int
) -> Block:
    """Count names, one row a film; a name stands in a film once."""
    codes, unique = pd.factorize(names)
    shape = (count, len(unique))
    counts = sparse.coo_array((np.ones(len(codes), np.float32), (films, codes)), shape).tocsr()
    counts.data[:] = 1
    return _weighed(counts, np.asarray(unique, np.object_), np.ones(len(unique), np.bool_))


def _weighed(
    counts: sparse.csr_array,
    names: np.ndarray[tuple[int], np.dtype[np.object_]],
    telling: NDArray[np.bool_],
) -> Block:
    """Weigh the features that are telling and that several films share; drop the others."""
    films = np.bincount(counts.indices, minlength=counts.shape[1])
    kept = np.flatnonzero((films >= MIN_FILMS) & telling)
    shared = counts[:, kept]
    if shared.nnz:
        weigher = TfidfTransformer(sublinear_tf=True).fit(shared)
        shared = sparse.csr_array(weigher.transform(shared, copy=False))
    return Block(shared, names[kept])
