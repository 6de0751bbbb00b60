"""What people's ratings say of the films: a sparse films-by-films matrix, learnt from who saw what.

It is EASE, a linear autoencoder: the weights with which what somebody saw is best told from the
other films that they saw (Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019).
With the Gram matrix G = XᵀX + λI of people by films, X, and P its inverse, the weight of film i for
film j is -P_ij / P_jj. Its closed form needs all pairs of films at once, so it is of the films that
most people rated, and of each film only the strongest weights are kept.

Weights are divided by a power of the number of people who rated the other film, as RP3beta does
(Paudel et al., "Updatable, accurate, diverse, and scalable recommendations for interactive
applications", TiiS 2017): the best known films go with everything otherwise.

Nobody can be read back from it: a pair of films that fewer than `MIN_COMMON` people rated both of
has no weight, and no person is in it.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse
from scipy.linalg import lapack
from threadpoolctl import threadpool_limits

from cartelera.recommend.item_weights import ItemWeights
from etl.errors import JobError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from etl.extract.ratings import Ratings

    type Floats = NDArray[np.float64]

# The fewest people who rated both of two films that have a weight.
MIN_COMMON = 5
# Their matrix is inverted in memory: 2.1 GB, and two minutes. In
# MovieLens' largest release the films beyond have a few hundred ratings in a million.
MAX_FILMS = 16_000
# The weights kept of each film, the largest: with both bounds, 26 MB.
MAX_WEIGHTS = 200
# Films whose products are computed at a time.
_BATCH = 500
# Decimals of a weight: fewer than two machines differ in.
_DECIMALS = 5


class EaseParameters(NamedTuple):
    """What the weights depend on; `python -m etl.evaluation` chooses among others.

    Attributes
    ----------
    regularisation
        λ: the higher, the less is learnt from what few people rated.
    popularity
        The power of the number of people who rated a film by which the weights for it are divided.
    half_confidence
        As many people as have to rate a film for half of the confidence in its ratings.
    strongest
        The mean over films of the largest weight of each. It is one number however many people
        there are, so that what the ratings are worth beside the content does not change with them.
    min_common, max_films, max_weights
        See `MIN_COMMON`, `MAX_FILMS` and `MAX_WEIGHTS`.
    """

    regularisation: float = 200.0
    popularity: float = 0.25
    half_confidence: float = 5.0
    strongest: float = 0.5
    min_common: int = MIN_COMMON
    max_films: int = MAX_FILMS
    max_weights: int = MAX_WEIGHTS


DEFAULT_PARAMETERS = EaseParameters()


def build_item_weights(
    ratings: Ratings, films: int, parameters: EaseParameters = DEFAULT_PARAMETERS
) -> ItemWeights:
    """Learn the weights of films for each other.

    Parameters
    ----------
    ratings
        Who rated which films.
    films
        How many films the catalogue has.
    parameters
        What the weights depend on.

    Raises
    ------
    JobError
        When the matrix cannot be inverted.
    """
    raters = np.bincount(ratings.films, minlength=films)
    # The most rated; of equals those that come first in the catalogue.
    rated = np.argsort(-raters, kind="stable")[: parameters.max_films]
    own = np.sort(rated[raters[rated] >= parameters.min_common])
    inverse, enough = _inverse_of_gram(_seen_by_people(ratings, own, films), parameters)
    divisors = np.diagonal(inverse) * raters[own] ** parameters.popularity
    weights = _strongest_weights(inverse, enough, divisors, parameters.max_weights)
    del inverse, enough
    if weights.nnz:
        highest = weights.max(axis=1).toarray().ravel()
        mean = highest[highest > 0].mean() if (highest > 0).any() else parameters.strongest
        weights.data = np.round(weights.data * (parameters.strongest / mean), _DECIMALS)
        weights.eliminate_zeros()
    counts = np.diff(weights.indptr)
    starts = np.zeros(films + 1, np.int64)
    starts[own + 1] = counts
    confidence = np.zeros(films)
    known = own[counts > 0]
    confidence[known] = raters[known] / (raters[known] + parameters.half_confidence)
    return ItemWeights(
        starts=np.cumsum(starts),
        others=own[weights.indices].astype(np.int32),
        weights=weights.data.astype(np.float32),
        confidence=confidence.astype(np.float32),
    )


def _seen_by_people(ratings: Ratings, own: NDArray[np.int64], films: int) -> sparse.csr_array:
    """Return who rated which of some films, float32, shape (people, own films)."""
    columns = np.full(films, -1, np.int32)
    columns[own] = np.arange(len(own))
    numbers = columns[ratings.films]
    kept = numbers >= 0
    before = np.concatenate([[0], np.cumsum(kept)])
    ones = np.ones(int(before[-1]), np.float32)
    shape = (len(ratings.starts) - 1, len(own))
    return sparse.csr_array((ones, numbers[kept], before[ratings.starts]), shape)


def _inverse_of_gram(
    seen: sparse.csr_array, parameters: EaseParameters
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return the inverse of XᵀX + λI, and which pairs of films enough people rated.

    Only the lower triangle of the inverse is right.
    """
    size = seen.shape[1]
    # In the order of LAPACK, which works in place then.
    gram = np.zeros((size, size), np.float64, order="F")
    enough = np.zeros((size, size), np.bool_)
    by_film = sparse.csr_array(seen.T)

    def multiply(start: int) -> None:
        rows = slice(start, start + _BATCH)
        common = (by_film[rows] @ seen).toarray()
        enough[rows] = common >= parameters.min_common
        gram[:, rows] = common.T

    # scipy's products need no lock of Python's.
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(multiply, range(0, size, _BATCH)))
    np.fill_diagonal(enough, val=False)
    gram[np.diag_indices(size)] += parameters.regularisation
    if size:
        with threadpool_limits(1, user_api="blas"):
            # Cholesky's factor, and the inverse from it, each in the place of what it is made of.
            factor, not_positive = lapack.dpotrf(gram, lower=1, overwrite_a=1, clean=0)
            gram, singular = lapack.dpotri(factor, lower=1, overwrite_c=1)
        if not_positive or singular:
            raise JobError("the ratings' matrix cannot be inverted: is λ above 0?")
    return gram, enough


def _strongest_weights(
    inverse: Floats, enough: NDArray[np.bool_], divisors: Floats, max_weights: int
) -> sparse.csr_array:
    """Return the largest weights of each film, by their size, float64, shape (films, films)."""
    size = len(inverse)
    counts, others, weights = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0)]
    for start in range(0, size, _BATCH):
        rows = slice(start, start + _BATCH)
        left = np.tril(inverse[rows], start)
        # What is right of the diagonal is below it in the other triangle.
        right = np.triu(inverse[:, rows].T, start + 1)
        batch = np.where(enough[rows], -(left + right) / divisors, 0)
        sizes = np.abs(batch)
        if max_weights < size:
            place = size - max_weights
            least = np.partition(sizes, place, axis=1)[:, [place]]
            batch[sizes < least] = 0
        row, column = np.nonzero(batch)
        counts.append(np.bincount(row, minlength=len(batch)))
        others.append(column)
        weights.append(batch[row, column])
    starts = np.concatenate([[0], np.cumsum(np.concatenate(counts))])
    return sparse.csr_array((np.concatenate(weights), np.concatenate(others), starts), (size, size))
