"""Selecting the best films by score: with a limit per collection, and diversity."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cartelera.recommend.model import Model

_STRETCHES_PER_FILM = 20
# A diverse list is selected from this many films for each of its own, and from at least this many.
_POOL_PER_FILM = 10
_MIN_POOL = 100


class _Entries(NamedTuple):
    """The entries of a pool's films: the film's place in the pool, the feature, its weight.

    `row` is zeros, shape (features,): room for one film's weights.
    """

    places: NDArray[np.int64]
    features: NDArray[np.int32]
    weights: NDArray[np.float32]
    row: NDArray[np.float32]


def top_n(
    model: Model, scores: NDArray[np.float32], n: int, diversity: float, per_collection: int | None
) -> list[int]:
    """Select films by the scores of all.

    Parameters
    ----------
    model, n, diversity, per_collection
        As of `Model.top_n`.
    scores
        float32, shape (films,); those of -inf are left out.

    Returns
    -------
    list of int
        Their rows, best first.
    """
    left = int(np.count_nonzero(scores > -np.inf))
    size = min(left, max(n * _POOL_PER_FILM, _MIN_POOL) if diversity else n)
    while True:
        pool = _highest(scores, size, model.votes)
        chosen = _select(model, pool, scores[pool], n, diversity, per_collection)
        if len(chosen) == n or size == left:
            return chosen
        size = min(left, size * 4)


def top_n_of(
    model: Model,
    films: NDArray[np.integer],
    scores: NDArray[np.float32],
    n: int,
    per_collection: int | None,
) -> list[int]:
    """Select films by the scores of some.

    Parameters
    ----------
    model, n, per_collection
        As of `Model.top_n_of`.
    films
        Rows, none of them twice, shape (m,).
    scores
        Theirs, float32, shape (m,).

    Returns
    -------
    list of int
        Rows, best first.
    """
    order = _rank(films, scores, model.votes)
    return _select(model, films[order], scores[order], n, 0.0, per_collection)


def _rank(
    films: NDArray[np.integer], scores: NDArray[np.float32], votes: NDArray[np.int32]
) -> NDArray[np.int64]:
    """Return the order of some films: highest score first, then most votes, then lower row."""
    return np.lexsort((films, -votes[films], -scores))


def _select(  # noqa: PLR0913, PLR0917 (the pool, and the three limits of a list)
    model: Model,
    pool: NDArray[np.integer],
    scores: NDArray[np.float32],
    n: int,
    diversity: float,
    per_collection: int | None,
) -> list[int]:
    """Select films from a ranked pool one by one, each the best given those before it."""
    chosen: list[int] = []
    highest = float(scores[0]) if len(scores) and scores[0] > 0 else 1.0
    # In double precision: divided by a tiny score, the others overflow single precision.
    relevance = (1 - diversity) * (scores.astype(np.float64) / highest)
    redundancy = np.zeros(len(pool), dtype=np.float32)
    collections = model.collections[pool]
    entries = _entries(model, pool) if diversity else None
    while len(chosen) < n:
        # `argmax` returns the first of equals: without diversity the pool's order is kept.
        place = int(np.argmax(relevance - diversity * redundancy)) if len(pool) else 0
        if not len(pool) or relevance[place] == -np.inf:
            break
        film = int(pool[place])
        chosen.append(film)
        relevance[place] = -np.inf
        collection = collections[place]
        if per_collection is not None and collection >= 0:
            count = np.count_nonzero(model.collections[chosen] == collection)
            if count >= per_collection:
                relevance[collections == collection] = -np.inf
        if entries is not None:
            similarity = _similarities(model, film, entries, len(pool))
            redundancy = np.maximum(redundancy, similarity)
    return chosen


def _highest(scores: NDArray[np.float32], n: int, votes: NDArray[np.int32]) -> NDArray[np.int64]:
    if n <= 0:
        return np.array([], np.int64)
    candidates = np.flatnonzero((scores >= _lower_bound(scores, n)) & (scores > -np.inf))
    return candidates[_rank(candidates, scores[candidates], votes)[:n]]


def _lower_bound(scores: NDArray[np.float32], n: int) -> float:
    """Return a bound that at least the `n` highest scores reach, and few others.

    It is the n-th highest maximum of stretches: n stretches have a score at least as high.
    Partitioning all scores directly takes several times as long: most of them are equal.
    """
    stretch = max(1, len(scores) // (n * _STRETCHES_PER_FILM))
    maxima = np.maximum.reduceat(scores, np.arange(0, len(scores), stretch))
    return float(np.partition(maxima, -n)[-n])


def _entries(model: Model, films: NDArray[np.integer]) -> _Entries:
    starts = model.film_starts[films]
    counts = model.film_starts[films + 1] - starts
    own = np.arange(counts.sum()) + np.repeat(starts - np.cumsum(counts) + counts, counts)
    places = np.repeat(np.arange(len(films)), counts)
    row = np.zeros(model.features, dtype=np.float32)
    return _Entries(places, model.film_features[own], model.film_weights[own], row)


def _similarities(model: Model, film: int, entries: _Entries, count: int) -> NDArray[np.float32]:
    """Return the cosine of a film with a pool's films, bit for bit that of `similarities`."""
    similarities = np.zeros(count, dtype=np.float32)
    own = model.entries(film)
    features = model.film_features[own]
    entries.row[features] = model.film_weights[own]
    products = entries.row[entries.features] * entries.weights
    entries.row[features] = 0
    shared = np.flatnonzero(products != 0)
    # Added in the order of the features, as `similarities` does.
    np.add.at(similarities, entries.places[shared], products[shared])
    return similarities
