"""The sparse model: which films are alike, and which a person may like, with NumPy alone.

Films are rows in the order of the film tables, features are columns; every film's row has
unit length, so a dot product of two rows is their cosine similarity. The matrix is kept
twice, by film (CSR) and by feature (CSC, the posting lists of an inverted index): the first
says which features a film has, the second walks only the films that share one of them.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cartelera.contract.release_format import MODEL, UnsoundReleaseError
from cartelera.recommend.unpickle import load_arrays

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import IO

    from numpy.typing import NDArray

# What MODEL holds, by name, with the kind of number of each array.
ARRAYS = {
    "film_starts": np.dtype(np.int64),
    "film_features": np.dtype(np.int32),
    "film_weights": np.dtype(np.float32),
    "feature_starts": np.dtype(np.int64),
    "feature_films": np.dtype(np.int32),
    "feature_weights": np.dtype(np.float32),
    "background": np.dtype(np.float32),
    "taste": np.dtype(np.float32),
    "votes": np.dtype(np.int32),
    "years": np.dtype(np.int32),
    "collections": np.dtype(np.int32),
    "prior": np.dtype(np.float32),
}
_BY_FEATURE = ("background", "taste")
_BY_FILM = ("votes", "years", "collections", "prior")

# How much what somebody dislikes counts, against what they like.
_DISLIKE = 0.25
_STRETCHES_PER_NEIGHBOUR = 20
# A varied list is chosen from so many times as many films as it has, or from this many.
_POOL = 10
_SMALLEST_POOL = 100


class Share(NamedTuple):
    """A part of a score: the feature, or the place in a list, that it comes from."""

    source: int
    share: float


class _Entries(NamedTuple):
    """The entries of some films: the film's place among them, the feature, and its weight."""

    places: NDArray[np.int64]
    features: NDArray[np.int32]
    weights: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Model:
    """A films-by-features matrix of unit rows, by film and by feature.

    Attributes
    ----------
    film_starts : int64, shape (films + 1,)
        Film `i` has the entries `film_starts[i]` up to `film_starts[i + 1]` of the next two.
    film_features, film_weights : int32 and float32, shape (entries,)
        The feature and its weight; a film's features rise.
    feature_starts : int64, shape (features + 1,)
        Feature `j` has the entries `feature_starts[j]` up to `feature_starts[j + 1]`.
    feature_films, feature_weights : int32 and float32, shape (entries,)
        The film and the feature's weight in it; a feature names a film once at most.
    background : float32, shape (features,)
        A feature's mean weight over all films, and a little more: what a taste is held against.
    taste : float32, shape (features,)
        How much a feature counts in somebody's taste.
    votes : int32, shape (films,)
        How many people voted for the film: who comes first among equally similar films.
    years : int32, shape (films,)
        The year the film came out.
    collections : int32, shape (films,)
        The number of the film's collection, -1 where it belongs to none.
    prior : float32, shape (films,)
        How well known and well rated the film is, over 0 up to 1.
    """

    film_starts: NDArray[np.int64]
    film_features: NDArray[np.int32]
    film_weights: NDArray[np.float32]
    feature_starts: NDArray[np.int64]
    feature_films: NDArray[np.int32]
    feature_weights: NDArray[np.float32]
    background: NDArray[np.float32]
    taste: NDArray[np.float32]
    votes: NDArray[np.int32]
    years: NDArray[np.int32]
    collections: NDArray[np.int32]
    prior: NDArray[np.float32]
    _powers: dict[float, NDArray[np.float32]] = field(
        init=False, default_factory=dict, compare=False
    )

    @property
    def films(self) -> int:
        """How many films the model knows."""
        return len(self.votes)

    @property
    def features(self) -> int:
        """How many features films may have."""
        return len(self.taste)

    def row(self, film: int) -> NDArray[np.float32]:
        """Return the weights of a film's features, shape (features,), of unit length."""
        weights = np.zeros(self.features, dtype=np.float32)
        own = self._entries(film)
        weights[self.film_features[own]] = self.film_weights[own]
        return weights

    def similarities(self, film: int) -> NDArray[np.float32]:
        """Return the cosine of one film with every film, shape (films,)."""
        scores = np.zeros(self.films, dtype=np.float32)
        own = self._entries(film)
        for feature, weight in zip(self.film_features[own], self.film_weights[own], strict=True):
            posting = self._postings(feature)
            # Plain fancy assignment adds up rightly: no film stands twice in a posting list.
            scores[self.feature_films[posting]] += weight * self.feature_weights[posting]
        return scores

    def profile(
        self, likes: Sequence[tuple[int, float]], dislikes: Sequence[tuple[int, float]] = ()
    ) -> NDArray[np.float32]:
        """Return somebody's taste: a vector of unit length, shape (features,).

        `likes` and `dislikes` are rows of films, and how much each, more than 0. A feature
        counts by how much more of it there is in the films that somebody likes than in all
        films, by the logarithm of one more than that; what they dislike counts against it.
        Taking logarithms of such ratios is what relevance feedback does with the words of the
        documents that a reader found relevant (Robertson and Sparck Jones, 1976); here weights
        stand for counts. Zero when nothing is known of the films, or no films are given.
        """
        profile = self._emphasis(likes) - np.float32(_DISLIKE) * self._emphasis(dislikes)
        length = np.float32(np.sqrt(profile @ profile))
        return (profile / length if length > 0 else profile).astype(np.float32, copy=False)

    def affinities(self, profile: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the cosine of a profile with every film, shape (films,), from -1 to 1."""
        scores = np.zeros(self.films, dtype=np.float32)
        # A reduction over no entries would give that of the next film.
        some = np.flatnonzero(np.diff(self.film_starts))
        if len(some):
            parts = profile[self.film_features] * self.film_weights
            scores[some] = np.add.reduceat(parts, self.film_starts[some])
        return scores

    def with_quality_prior(
        self,
        scores: NDArray[np.float32],
        quality: float,
        films: NDArray[np.integer] | None = None,
    ) -> NDArray[np.float32]:
        """Return scores with the quality prior mixed in, of the shape of the scores.

        They are of all films, or of the rows given. They are multiplied by the prior to the power
        of `quality`: 0 leaves them as they are. What speaks against a film is not made less of by
        its being little known.
        """
        power = self._powers.get(quality)
        if power is None:
            power = self.prior**quality
            # The last one alone: nearly everybody asks for the usual one.
            self._powers.clear()
            self._powers[quality] = power
        if films is not None:
            power = power[films]
        return np.where(scores > 0, scores * power, scores)

    def filter_mask(
        self,
        features: Sequence[int],
        years: tuple[int | None, int | None],
        min_votes: int | None,
        left_out: Sequence[int],
        *,
        without_collections: bool,
    ) -> NDArray[np.bool_]:
        """Mark the films that fit what is asked, shape (films,).

        Parameters
        ----------
        features
            Every one of these they must have.
        years
            The first and the last that they may be of; None is no bound.
        min_votes
            How many votes they must have.
        left_out
            Rows of films that do not fit.
        without_collections
            Whether the films of the same collections do not, either.
        """
        marks = np.ones(self.films, dtype=np.bool_)
        for feature in features:
            marks &= self.having(feature)
        first, last = years
        if first is not None:
            marks &= self.years >= first
        if last is not None:
            marks &= self.years <= last
        if min_votes is not None:
            marks &= self.votes >= min_votes
        if without_collections:
            own = self.collections[list(left_out)]
            marks &= ~np.isin(self.collections, own[own >= 0])
        marks[list(left_out)] = False
        return marks

    def having(self, feature: int) -> NDArray[np.bool_]:
        """Mark the films that have a feature, shape (films,)."""
        marks = np.zeros(self.films, dtype=np.bool_)
        marks[self.feature_films[self._postings(feature)]] = True
        return marks

    def top_n(
        self,
        scores: NDArray[np.float32],
        n: int,
        diversity: float = 0.0,
        per_collection: int | None = None,
        among: NDArray[np.bool_] | None = None,
    ) -> list[int]:
        """Return the rows of the `n` films of the highest scores, best first.

        Films whose score is -inf are left out, and those that are not `among` the marked; there
        are fewer than `n` when no more are left. Among equals the one with most votes comes
        first, then the lower row.

        Parameters
        ----------
        diversity
            From 0 to 1, how much a film's likeness to those before it counts against it, beside
            its own score over the highest: maximal marginal relevance (Carbonell and Goldstein,
            1998). It takes its choice from the best `max(10 n, 100)` films.
        per_collection
            How many films of one collection there may be; any number when None.
        among
            Shape (films,); all films when None.
        """
        if among is not None:
            scores = np.where(among, scores, np.float32(-np.inf))
        left = int(np.count_nonzero(scores > -np.inf))
        size = min(left, max(n * _POOL, _SMALLEST_POOL) if diversity else n)
        while True:
            pool = self._highest(scores, size)
            chosen = self._choose(pool, scores[pool], n, diversity, per_collection)
            if len(chosen) == n or size == left:
                return chosen
            size = min(left, size * 4)

    def top_n_of(
        self,
        films: NDArray[np.integer],
        scores: NDArray[np.float32],
        n: int,
        per_collection: int | None = None,
    ) -> list[int]:
        """Return the rows of the best `n` of some films, as `top_n` does without diversity.

        `films` are rows, none of them twice, and `scores` theirs, both of shape (some,).
        """
        order = self._order(films, scores)
        return self._choose(films[order], scores[order], n, 0.0, per_collection)

    def explain(self, wanted: NDArray[np.float32], film: int) -> list[Share]:
        """Return what speaks for a film, the largest part of its score first.

        `wanted` is a film's `row`, or a profile, shape (features,). The parts are those of the
        dot product of the two, feature by feature; what is not over 0 is left out.
        """
        own = self._entries(film)
        features = self.film_features[own]
        parts = wanted[features] * self.film_weights[own]
        order = np.lexsort((features, -parts))
        return [
            Share(int(features[place]), float(parts[place])) for place in order if parts[place] > 0
        ]

    def attribute(
        self,
        profile: NDArray[np.float32],
        likes: Sequence[tuple[int, float]],
        films: Sequence[int],
    ) -> list[list[Share]]:
        """Return, for each of some films, which of the likes speak for it, by their place.

        Each part of the film's score, as of `explain`, is divided among the likes that have its
        feature, by how much of it each has. The shares are of their sum, the largest first.
        """
        entries = [self._entries(like) for like, _ in likes]
        total = sum(weight for _, weight in likes)
        features = np.concatenate([self.film_features[own] for own in entries])
        weights = np.concatenate(
            [
                weight / total * self.film_weights[own].astype(np.float64)
                for own, (_, weight) in zip(entries, likes, strict=True)
            ]
        )
        places = np.repeat(np.arange(len(likes)), [own.stop - own.start for own in entries])
        in_all = np.bincount(features, weights, minlength=self.features)
        found = []
        for film in films:
            parts = np.zeros(self.features)
            for feature, part in self.explain(profile, film):
                parts[feature] = part / in_all[feature]
            shares = np.bincount(places, weights * parts[features], minlength=len(likes))
            order = np.argsort(-shares, kind="stable")
            found.append(
                [Share(int(n), float(shares[n] / shares.sum())) for n in order if shares[n] > 0]
            )
        return found

    def to_pickle(self, sink: IO[bytes]) -> None:
        """Write the dict of arrays that `read_model` opens."""
        pickle.dump({name: getattr(self, name) for name in ARRAYS}, sink, protocol=5)

    def _entries(self, film: int) -> slice:
        return slice(self.film_starts[film], self.film_starts[film + 1])

    def _postings(self, feature: int) -> slice:
        return slice(self.feature_starts[feature], self.feature_starts[feature + 1])

    def _emphasis(self, films: Sequence[tuple[int, float]]) -> NDArray[np.float32]:
        """Return how much more there is of each feature in some films than in all."""
        mean = np.zeros(self.features, dtype=np.float32)
        total = sum(weight for _, weight in films)
        for film, weight in films:
            own = self._entries(film)
            mean[self.film_features[own]] += np.float32(weight / total) * self.film_weights[own]
        return self.taste * np.log1p(mean / self.background)

    def _highest(self, scores: NDArray[np.float32], n: int) -> NDArray[np.int64]:
        if n <= 0:
            return np.array([], np.int64)
        candidates = np.flatnonzero((scores >= _at_most_the_nth(scores, n)) & (scores > -np.inf))
        return candidates[self._order(candidates, scores[candidates])[:n]]

    def _order(self, films: NDArray[np.integer], scores: NDArray[np.float32]) -> NDArray[np.int64]:
        """Return the places of some films, the highest score first, then most votes, then row."""
        return np.lexsort((films, -self.votes[films], -scores))

    def _choose(
        self,
        pool: NDArray[np.integer],
        scores: NDArray[np.float32],
        n: int,
        diversity: float,
        per_collection: int | None,
    ) -> list[int]:
        """Choose up to `n` films of a pool, one after the other; `scores` are of the pool's."""
        chosen: list[int] = []
        highest = float(scores[0]) if len(scores) and scores[0] > 0 else 1.0
        # In double precision: over a score of next to nothing the others are beyond a single one.
        worth = (1 - diversity) * (scores.astype(np.float64) / highest)
        likeness = np.zeros(len(pool), dtype=np.float32)
        of_collection = self.collections[pool]
        entries = self._entries_of(pool) if diversity else None
        while len(chosen) < n:
            # The first of equals, so that without diversity the pool's order is kept.
            place = int(np.argmax(worth - diversity * likeness)) if len(pool) else 0
            if not len(pool) or worth[place] == -np.inf:
                break
            film = int(pool[place])
            chosen.append(film)
            worth[place] = -np.inf
            if per_collection is not None and of_collection[place] >= 0:
                same = of_collection == of_collection[place]
                if (
                    np.count_nonzero(self.collections[chosen] == of_collection[place])
                    >= per_collection
                ):
                    worth[same] = -np.inf
            if entries is not None:
                likeness = np.maximum(likeness, self._likeness(film, entries, len(pool)))
        return chosen

    def _entries_of(self, films: NDArray[np.integer]) -> _Entries:
        starts = self.film_starts[films]
        counts = self.film_starts[films + 1] - starts
        own = np.arange(counts.sum()) + np.repeat(starts - np.cumsum(counts) + counts, counts)
        places = np.repeat(np.arange(len(films)), counts)
        return _Entries(places, self.film_features[own], self.film_weights[own])

    def _likeness(self, film: int, entries: _Entries, others: int) -> NDArray[np.float32]:
        """Return the cosine of a film with some others, to the bit that of `similarities`."""
        own = self._entries(film)
        features, weights = self.film_features[own], self.film_weights[own]
        likeness = np.zeros(others, dtype=np.float32)
        if len(features):
            found = np.searchsorted(features, entries.features).clip(max=len(features) - 1)
            shared = features[found] == entries.features
            # One after the other, by the number of the feature: as there.
            parts = weights[found[shared]] * entries.weights[shared]
            np.add.at(likeness, entries.places[shared], parts)
        return likeness


def _at_most_the_nth(scores: NDArray[np.float32], n: int) -> float:
    """Return a bound that at least the `n` highest scores reach, and few others.

    The n-th highest of the stretches' maxima, since each stretch has one score as high as that.
    Selecting among all scores directly takes several times as long: most of them are equal.
    """
    stretch = max(1, len(scores) // (n * _STRETCHES_PER_NEIGHBOUR))
    highest = np.maximum.reduceat(scores, np.arange(0, len(scores), stretch))
    return float(np.partition(highest, -n)[-n])


def read_model(data: bytes) -> Model:
    """Open the bytes of a release's model.

    Raises
    ------
    UnsoundReleaseError
        When they are not the arrays that `ARRAYS` names, or do not fit together.
    """
    try:
        arrays = load_arrays(data)
    except (pickle.UnpicklingError, EOFError, ValueError) as error:
        raise UnsoundReleaseError(f"{MODEL}: {error}") from error
    if not isinstance(arrays, dict) or arrays.keys() != ARRAYS.keys():
        raise UnsoundReleaseError(f"{MODEL} does not hold {', '.join(ARRAYS)}")
    for name, dtype in ARRAYS.items():
        array = arrays[name]
        if not isinstance(array, np.ndarray) or array.dtype != dtype or array.ndim != 1:
            raise UnsoundReleaseError(f"{MODEL}: {name} is no one-dimensional array of {dtype}")
    model = Model(**arrays)
    _check_lengths(model)
    return model


def _check_lengths(model: Model) -> None:
    for starts, features, weights in (
        (model.film_starts, model.film_features, model.film_weights),
        (model.feature_starts, model.feature_films, model.feature_weights),
    ):
        if not len(starts) or not starts[-1] == len(features) == len(weights):
            raise UnsoundReleaseError(f"{MODEL}: its arrays do not fit together")
    for names, starts, kind in (
        (_BY_FILM, model.film_starts, "film"),
        (_BY_FEATURE, model.feature_starts, "feature"),
    ):
        for name in names:
            if len(getattr(model, name)) != len(starts) - 1:
                raise UnsoundReleaseError(f"{MODEL}: it does not have {name} for every {kind}")
