"""Hubness: how far few films take the places in the lists of all.

Radovanović, Nanopoulos and Ivanović, "Hubs in space: popular nearest neighbors in
high-dimensional data", JMLR 2010. A film's k-occurrence is the number of lists that it is in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from cartelera.recommend.model import Model

    type Rows = NDArray[np.int64]

_HUBS = 100


class Hubness(NamedTuple):
    """The k-occurrences of all films."""

    # The highest, and the row that has it.
    most: int
    film: int
    # The share of all places that the 100 highest take.
    top_100: float
    # The share of films that are in no list.
    never: float
    # The third standardised moment; 0 when all films are in as many lists.
    skewness: float


def hubness(others: Rows, films: int) -> Hubness:
    """Measure how unevenly films are in each other's lists.

    Parameters
    ----------
    others
        The rows of all films in the lists, one for each place.
    films
        How many films there are, a list each.
    """
    occurrences = np.bincount(others, minlength=films)
    deviations = occurrences - occurrences.mean()
    highest = np.sort(occurrences)[-_HUBS:]
    return Hubness(
        most=int(highest[-1]),
        film=int(occurrences.argmax()),
        top_100=float(highest.sum() / max(len(others), 1)),
        never=float((occurrences == 0).mean()),
        # scipy's warns where all are the same, and gives nan.
        skewness=float((deviations**3).mean() / (occurrences.std() ** 3 or 1)),
    )


def first_reasons(
    model: Model, groups: pd.Series[str], films: Rows, others: Rows
) -> dict[str, float]:
    """Return the share of pairs of films in which a group has the first reason, highest first.

    Parameters
    ----------
    model, groups
        The model, and the group of each of its features.
    films, others
        Rows, shape (pairs,) each; pairs that share nothing do not count.
    """
    shape = (model.films, model.features)
    # In double precision, as `explain` multiplies: what is equal in single precision need not be.
    weights = model.film_weights.astype(np.float64)
    rows = sparse.csr_array((weights, model.film_features, model.film_starts), shape)
    terms = rows[films].multiply(rows[others]).tocsr()
    terms.sort_indices()
    pairs = np.repeat(np.arange(len(films)), np.diff(terms.indptr))
    # As `explain` has them: the largest first, of equals the first feature.
    order = np.lexsort((terms.indices, -terms.data, pairs))
    first = order[np.unique(pairs, return_index=True)[1]]
    shares: dict[str, float] = (
        groups.iloc[terms.indices[first]].value_counts(normalize=True).to_dict()
    )
    return shares
