"""What is measured of recommendations, each figure defined here and nowhere else.

Recommended films are int64, shape (users, k), columns with the best first; -1 fills the places
that a method had no film for. Hits, bool of the same shape, say which of them were sought.
What is said of users holds of films that are recommended for, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

RESAMPLES = 2000

_BOOTSTRAP_SEED = 95
_NOTHING = -1


class Estimate(NamedTuple):
    """A mean, and the interval that holds 95 % of its bootstrap resamples."""

    mean: float
    low: float
    high: float


def top_n(scores: NDArray[np.floating], k: int) -> NDArray[np.int64]:
    """Return the columns of the `k` highest scores of each row, the highest first.

    Parameters
    ----------
    scores : shape (users, films)
        -inf marks what must not be recommended. Among equal scores the lower column comes first.

    Returns
    -------
    int64, shape (users, k)
        -1 in the last places of who can be recommended fewer than `k`.

    Raises
    ------
    ValueError
        When a score is no number.
    """
    if np.isnan(scores).any():
        raise ValueError("a score is no number (nan): a film that must not come has -inf")
    users, films = scores.shape
    taken = min(k, films)
    lowest = np.partition(scores, films - taken, axis=1)[:, films - taken, None]
    higher = scores > lowest
    equal = scores == lowest
    room = taken - higher.sum(axis=1, keepdims=True)
    # The lower columns fill what room the higher scores leave.
    chosen = higher | (equal & (equal.cumsum(axis=1) <= room))
    columns = np.nonzero(chosen)[1].reshape(users, taken)
    values = np.take_along_axis(scores, columns, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    columns = np.take_along_axis(columns, order, axis=1)
    columns[np.isneginf(np.take_along_axis(values, order, axis=1))] = _NOTHING
    return np.pad(columns, ((0, 0), (0, k - taken)), constant_values=_NOTHING)


def ndcg(hits: NDArray[np.bool_], sought: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the normalised discounted cumulative gain of each user, from 0 to 1.

    A hit in place i (from 1) gains 1 / log2(i + 1); the sum is divided by what it would be, had
    every place held one of the `sought` films, or as many places as there are such films. After
    Järvelin and Kekäläinen, "Cumulated gain-based evaluation of IR techniques", TOIS 2002.

    Parameters
    ----------
    hits : shape (users, k)
    sought : shape (users,)
        How many films there are to find, at least one.

    Returns
    -------
    float64, shape (users,)
    """
    k = hits.shape[1]
    gains = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.cumsum(gains)[np.minimum(sought, k) - 1]
    gained: NDArray[np.float64] = hits @ gains / ideal
    return gained


def hit_rate(hits: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return 1 for each user with a hit, else 0, shape (users,).

    After Deshpande and Karypis, "Item-based top-N recommendation algorithms", TOIS 2004, with
    several films to find instead of one.
    """
    return hits.any(axis=1).astype(np.float64)


def recall(hits: NDArray[np.bool_], sought: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return which share of the sought films was recommended to each user, shape (users,).

    Who seeks more than `k` films cannot reach 1. See Herlocker et al., "Evaluating collaborative
    filtering recommender systems", TOIS 2004.
    """
    return np.divide(hits.sum(axis=1), sought)


def precision(hits: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return which share of the `k` places held a hit for each user, shape (users,).

    A place left empty is a miss. See Herlocker et al. (2004), as above.
    """
    return hits.mean(axis=1)


def coverage(recommended: NDArray[np.int64], films: int) -> float:
    """Return which share of the films was recommended to anyone, from 0 to 1.

    After Ge, Delgado-Battenfeld and Jannach, "Beyond accuracy: evaluating recommender systems by
    coverage and serendipity", RecSys 2010.
    """
    return len(np.unique(recommended[recommended != _NOTHING])) / films


def diversity(recommended: NDArray[np.int64], vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return how much the films recommended to each user differ, from 0 to 1, shape (users,).

    One less the mean cosine over all pairs of them, 0 where there is no pair: the complement of
    the intra-list similarity of Ziegler et al., "Improving recommendation lists through topic
    diversification", WWW 2005.

    Parameters
    ----------
    recommended : shape (users, k)
    vectors : float64, shape (films, features)
        Nothing negative, rows of unit length, or of zeros for a film of which nothing is known:
        it is like no other.
    """
    there = recommended != _NOTHING
    lists = vectors[recommended] * there[:, :, None]
    # The sum over all pairs is the square of the sum, less that of each with itself.
    twice = (lists.sum(axis=1) ** 2).sum(axis=1) - (lists**2).sum(axis=(1, 2))
    films = there.sum(axis=1)
    pairs = films * (films - 1)
    mean = np.divide(twice, pairs, out=np.ones_like(twice), where=pairs > 0)
    # Rounding may take it a hair beyond.
    bounded: NDArray[np.float64] = np.clip(1 - mean, 0, 1)
    return bounded


def novelty(
    recommended: NDArray[np.int64], raters: NDArray[np.int64], users: int
) -> NDArray[np.float64]:
    """Return how little known the films recommended to each user are, in bits, shape (users,).

    The mean self-information -log2 p of the films, p being how probably a random person knows
    one, as in Zhou et al., "Solving the apparent diversity-accuracy dilemma of recommender
    systems", PNAS 2010. Of `users` people `raters` know a film; p is (raters + 1) / (users + 2)
    by Laplace's rule of succession, so that what nobody knows has one. 0 for an empty list.

    Parameters
    ----------
    recommended : shape (users, k)
    raters : int64, shape (films,)
    users : int
    """
    there = recommended != _NOTHING
    information = np.log2(users + 2) - np.log2(raters + 1)
    total: NDArray[np.float64] = (information[recommended] * there).sum(axis=1)
    mean: NDArray[np.float64] = total / np.maximum(there.sum(axis=1), 1)
    return mean


def estimate(values: NDArray[np.float64], resamples: int = RESAMPLES) -> Estimate:
    """Return the mean of one value a user, and its 95 % interval over users.

    The interval is the percentile bootstrap's (Efron and Tibshirani, "An introduction to the
    bootstrap", 1993, chapter 13); the same values give the same interval.

    Parameters
    ----------
    values : shape (users,), at least one
    resamples : int
    """
    generator = np.random.default_rng(_BOOTSTRAP_SEED)
    drawn = generator.integers(len(values), size=(resamples, len(values)))
    low, high = np.percentile(values[drawn].mean(axis=1), [2.5, 97.5])
    return Estimate(float(values.mean()), float(low), float(high))
