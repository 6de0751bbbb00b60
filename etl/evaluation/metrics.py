"""The metrics of recommendations.

Recommendations are int64, shape (users, k): columns of films, the best first, -1 where a scorer
had no film left. Hits, bool of the same shape, mark the relevant ones. All metrics but `coverage`
are float64, shape (users,). What holds of users holds of films that are recommended for, too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    type Floats = NDArray[np.float64]
    type Columns = NDArray[np.int64]

_BOOTSTRAP_SEED = 95
_NO_FILM = -1


class Estimate(NamedTuple):
    """A mean and its 95 % confidence interval."""

    mean: float
    low: float
    high: float


def top_n(scores: NDArray[np.floating], k: int) -> Columns:
    """Return the columns of the `k` highest scores of each row, the highest first.

    Parameters
    ----------
    scores : shape (users, films)
        -inf excludes a film, nan is a ValueError. Of equal scores the lower column comes first.
    k
    """
    if np.isnan(scores).any():
        raise ValueError("a score is no number (nan): a film that must not come has -inf")
    columns = np.full((len(scores), k), _NO_FILM, np.int64)
    # A stable sort of whole rows gives the same, slower.
    place = -min(k, scores.shape[1])
    lowest = np.partition(scores, place, axis=1)[:, place]
    for row, least, best in zip(scores, lowest, columns, strict=True):
        candidates = np.flatnonzero((row >= least) & (row > -np.inf))
        highest = candidates[np.argsort(-row[candidates], kind="stable")][:k]
        best[: len(highest)] = highest
    return columns


def ndcg(hits: NDArray[np.bool_], relevant: Columns) -> Floats:
    """Return the normalised discounted cumulative gain of each user, from 0 to 1.

    A hit at rank i gains 1 / log2(i + 1). Järvelin and Kekäläinen, "Cumulated gain-based
    evaluation of IR techniques", TOIS 2002. scikit-learn and implicit give its mean over users
    alone, and no interval can be estimated of that.

    Parameters
    ----------
    hits : shape (users, k)
    relevant : shape (users,)
        How many relevant films each user has, at least one.
    """
    k = hits.shape[1]
    gains = 1 / np.log2(np.arange(2, k + 2))
    ideal = np.cumsum(gains)[np.minimum(relevant, k) - 1]
    return np.asarray(hits @ gains / ideal)


def hit_rate(hits: NDArray[np.bool_]) -> Floats:
    """Return 1 for each user with a hit, else 0.

    Deshpande and Karypis, "Item-based top-N recommendation algorithms", TOIS 2004.
    """
    return hits.any(axis=1).astype(np.float64)


def recall(hits: NDArray[np.bool_], relevant: Columns) -> Floats:
    """Return the share of each user's relevant films that was recommended.

    Herlocker et al., "Evaluating collaborative filtering recommender systems", TOIS 2004.

    Parameters
    ----------
    hits, relevant
        As those of `ndcg`. Who has more than `k` relevant films cannot reach 1.
    """
    return np.divide(hits.sum(axis=1), relevant)


def precision(hits: NDArray[np.bool_]) -> Floats:
    """Return the share of the `k` places with a hit; see Herlocker et al. (2004)."""
    return hits.mean(axis=1)


def coverage(recommended: Columns, films: int) -> float:
    """Return the share of all films that was recommended to anyone, from 0 to 1.

    Ge, Delgado-Battenfeld and Jannach, "Beyond accuracy: evaluating recommender systems by
    coverage and serendipity", RecSys 2010.

    Parameters
    ----------
    recommended : shape (users, k)
    films
        How many there are.
    """
    return len(np.unique(recommended[recommended != _NO_FILM])) / films


def highest_share(recommended: Columns) -> float:
    """Return the share of users who are recommended the film that most are, from 0 to 1.

    The highest k-occurrence (Radovanović et al., "Hubs in space", JMLR 2010), over the users.

    Parameters
    ----------
    recommended : shape (users, k)
    """
    counts = np.unique(recommended[recommended != _NO_FILM], return_counts=True)[1]
    return float(counts.max(initial=0) / len(recommended))


def diversity(recommended: Columns, vectors: Floats) -> Floats:
    """Return one less the mean cosine over all pairs of a user's films, from 0 to 1.

    The complement of the intra-list similarity of Ziegler et al., "Improving recommendation
    lists through topic diversification", WWW 2005; 0 where there is no pair.

    Parameters
    ----------
    recommended
    vectors : shape (films, features)
        Nothing negative; rows of unit length, or of zeros: such a film is like no other.
    """
    present = recommended != _NO_FILM
    lists = vectors[recommended] * present[:, :, None]
    # The sum over all pairs is the square of the sum, less that of each with itself.
    twice = (lists.sum(axis=1) ** 2).sum(axis=1) - (lists**2).sum(axis=(1, 2))
    films = present.sum(axis=1)
    pairs = films * (films - 1)
    mean = np.divide(twice, pairs, out=np.ones_like(twice), where=pairs > 0)
    # Rounding may take it a hair beyond.
    return np.asarray(np.clip(1 - mean, 0, 1))


def novelty(recommended: Columns, raters: Columns, users: int) -> Floats:
    """Return the mean self-information -log2 p of a user's films, in bits; 0 for an empty list.

    p is how probably somebody knows a film: Zhou et al., "Solving the apparent
    diversity-accuracy dilemma of recommender systems", PNAS 2010. By Laplace's rule of succession
    it is (raters + 1) / (users + 2), so that a film that nobody knows has one.

    Parameters
    ----------
    recommended
    raters : shape (films,)
        How many of the `users` know each film.
    users
    """
    present = recommended != _NO_FILM
    information = np.log2(users + 2) - np.log2(raters + 1)
    total = (information[recommended] * present).sum(axis=1)
    return np.asarray(total / np.maximum(present.sum(axis=1), 1))


def estimate(values: Floats, resamples: int = 2000) -> Estimate:
    """Return the mean of users' values and its interval, always the same.

    The percentile bootstrap: Efron and Tibshirani, "An introduction to the bootstrap", 1993,
    chapter 13. SciPy's refuses a single user.

    Parameters
    ----------
    values : shape (users,)
    resamples
        How many samples are drawn of them.
    """
    generator = np.random.default_rng(_BOOTSTRAP_SEED)
    drawn = generator.integers(len(values), size=(resamples, len(values)))
    low, high = np.percentile(values[drawn].mean(axis=1), [2.5, 97.5])
    return Estimate(float(values.mean()), float(low), float(high))
