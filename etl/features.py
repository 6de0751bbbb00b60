"""Features of a film: what it has in common with others, as a sparse TF-IDF matrix.

Every kind of feature is a block of columns. Within a block a film's weights are TF-IDF
(Salton and Buckley, 1988) scaled to unit length, so that a film with thirty keywords has no
more of them than one with three; the blocks are weighted, put side by side, and each film's
whole row is scaled to unit length again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.feature_extraction.text import ENGLISH_STOP_WORDS, CountVectorizer, TfidfTransformer
from sklearn.preprocessing import normalize

from cartelera.names import key

if TYPE_CHECKING:
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


def build_features(catalogue: Catalogue) -> sparse.csr_array:
    """Return the features of every film, shape (films, features), rows of unit length.

    A film that shares nothing with any other has an empty row.
    """
    films = catalogue.films
    lists = catalogue.lists
    cast = lists["cast"]
    cast = cast[cast.groupby("film").cumcount() < LEADING_CAST]
    collections = films.loc[films["collection"].notna(), "collection"]
    blocks = {
        "title": _text_block(films["title"]),
        "overview": _text_block(films["overview"]),
        "collection": _name_block(collections.index.to_numpy(), collections, len(films)),
        **{
            name: _name_block(entries["film"].to_numpy(), entries["name"], len(films))
            for name, entries in {**lists, "cast": cast}.items()
            if name in BLOCK_WEIGHTS
        },
    }
    weighted = [
        block * weight for name, weight in BLOCK_WEIGHTS.items() if (block := blocks[name]).nnz
    ]
    if not weighted:
        return sparse.csr_array((len(films), 0), dtype=np.float32)
    return sparse.csr_array(normalize(sparse.hstack(weighted, format="csr")), dtype=np.float32)


def _text_block(texts: pd.Series[str]) -> sparse.csr_array:
    """Count the words of a text, normalised as names are, and weigh them."""
    # The vectorizer takes words apart as keys do: letters of any script and digits.
    vectorizer = CountVectorizer(
        preprocessor=key, tokenizer=str.split, token_pattern=None, dtype=np.float32
    )
    try:
        counts = vectorizer.fit_transform(texts)
    except ValueError:  # scikit-learn's word for an empty vocabulary
        return sparse.csr_array((len(texts), 0), dtype=np.float32)
    words = vectorizer.get_feature_names_out()
    telling = ~np.isin(words, list(ENGLISH_STOP_WORDS))
    return _weighed(sparse.csr_array(counts)[:, np.flatnonzero(telling)])


def _name_block(
    films: np.ndarray[tuple[int], np.dtype[np.int64]], names: pd.Series[str], count: int
) -> sparse.csr_array:
    """Count names, one row a film; a name stands in a film once."""
    codes, unique = pd.factorize(names)
    shape = (count, len(unique))
    counts = sparse.coo_array((np.ones(len(codes), np.float32), (films, codes)), shape).tocsr()
    counts.data[:] = 1
    return _weighed(counts)


def _weighed(counts: sparse.csr_array) -> sparse.csr_array:
    shared = counts[
        :, np.flatnonzero(np.bincount(counts.indices, minlength=counts.shape[1]) >= MIN_FILMS)
    ]
    if not shared.nnz:
        return sparse.csr_array((counts.shape[0], 0), dtype=np.float32)
    return sparse.csr_array(TfidfTransformer(sublinear_tf=True).fit_transform(shared))
