"""The sparse model: which films are alike, and which a person may like, with NumPy alone.

Films are rows, in the order of the film tables; features are columns. Each film's row has unit
length, so the dot product of two rows is their cosine similarity. The matrix is stored twice, by
film (CSR) and by feature (CSC, the posting lists of an inverted index): the first says which
features a film has, the second walks only the films that share a feature.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cartelera.contract.film_status import RELEASED, STATUS_VALUES
from cartelera.recommend import selection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

# How much a disliked film counts, compared with a liked one (Rocchio's negative feedback).
DISLIKE_WEIGHT = 0.25
# A feature that more than one in so many films have is added up for all films at once: some twenty
# of the real catalogue's, 4 MB.
_DENSE_SHARE = 16
# With more, those of some seventy films, it takes less to go through the films than through the
# features' films.
_FEW_FEATURES = 3_000
_BITS_OF_MINUS_INFINITY = np.float32(-np.inf).view(np.int32)


@dataclass(frozen=True, slots=True)
class Model:
    """A films-by-features matrix of unit rows, by film and by feature.

    Attributes
    ----------
    film_starts : int64, shape (films + 1,)
        Film `i` has the entries from `film_starts[i]` up to `film_starts[i + 1]`.
    film_features, film_weights : int32 and float32, shape (entries,)
        The feature and its weight; each film's features ascend.
    feature_starts : int64, shape (features + 1,)
        Feature `j` has the entries from `feature_starts[j]` up to `feature_starts[j + 1]`.
    feature_films, feature_weights : int32 and float32, shape (entries,)
        The film and the feature's weight in it; a feature names each film at most once.
    background : float32, shape (features,)
        Each feature's smoothed mean weight over all films: what a profile is compared with.
    taste : float32, shape (features,)
        How much each feature counts in a profile.
    votes : int32, shape (films,)
        How many people voted for the film: breaks ties.
    years : int32, shape (films,)
        The release year.
    collections : int32, shape (films,)
        The number of the film's collection, -1 for none.
    prior : float32, shape (films,)
        The quality prior, above 0 and at most 1: how well known and well rated the film is.
    completeness : float32, shape (films,)
        How much is known of the film, from 0 to 1, the most that is known of any: the squared
        length of its row before it was scaled to unit length.
    statuses : int32, shape (films,)
        The place of the film's status in `STATUS_VALUES`.
    adult : int32, shape (films,)
        1 for films for adults alone, else 0.
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
    completeness: NDArray[np.float32]
    statuses: NDArray[np.int32]
    adult: NDArray[np.int32]
    _powers: dict[float, tuple[NDArray[np.float32], NDArray[np.float32]]] = field(
        init=False, default_factory=dict, compare=False
    )
    _masks: dict[str, NDArray[np.bool_]] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )
    _dense: dict[int, NDArray[np.float32]] = field(
        init=False, default_factory=dict, compare=False, repr=False
    )

    @property
    def films(self) -> int:
        """The number of films."""
        return len(self.votes)

    @property
    def features(self) -> int:
        """The number of features."""
        return len(self.taste)

    def entries(self, film: int) -> slice:
        """Return where a film's entries lie in `film_features` and `film_weights`."""
        return slice(self.film_starts[film], self.film_starts[film + 1])

    def row(self, film: int) -> NDArray[np.float32]:
        """Return the weights of a film's features, shape (features,), of unit length."""
        weights = np.zeros(self.features, dtype=np.float32)
        own = self.entries(film)
        weights[self.film_features[own]] = self.film_weights[own]
        return weights

    def similarities(self, film: int) -> NDArray[np.float32]:
        """Return the cosine of one film with every film, shape (films,)."""
        scores = np.zeros(self.films, dtype=np.float32)
        own = self.entries(film)
        features, most = self.film_features[own].tolist(), self.films // _DENSE_SHARE
        for feature, weight in zip(features, self.film_weights[own], strict=True):
            posting = self._postings(feature)
            if posting.stop - posting.start > most:
                # To add 0 to the others changes nothing, and takes a fifth of the time.
                scores += weight * self._dense_weights(feature)
            else:
                # Plain fancy assignment adds up correctly: no film is twice in a posting list.
                scores[self.feature_films[posting]] += weight * self.feature_weights[posting]
        return scores

    def profile(
        self, likes: Sequence[tuple[int, float]], dislikes: Sequence[tuple[int, float]] = ()
    ) -> NDArray[np.float32]:
        """Return a person's profile.

        It has two parts. One is the mean of the liked films, which is what they share; it is the
        longer the more alike they are, and of a single film it is the film. The other makes up
        for what that lacks of unit length: a feature's weight is the logarithm of 1 plus the
        ratio of its mean in the liked films to its mean in all films, the relevance feedback of
        Robertson and Sparck Jones, "Relevance weighting of search terms" (1976), with weights in
        place of counts. So a narrow taste finds films of its kind, and a broad one what sets it
        apart. Dislikes count against both.

        Parameters
        ----------
        likes, dislikes
            Rows of films, and their weights, above 0.

        Returns
        -------
        NDArray
            float32, shape (features,), of unit length; zeros when the films have no features.
        """
        profile = self._emphasis(likes) - np.float32(DISLIKE_WEIGHT) * self._emphasis(dislikes)
        length = np.float32(np.sqrt(profile @ profile))
        return (profile / length if length > 0 else profile).astype(np.float32, copy=False)

    def narrowness(self, films: Sequence[tuple[int, float]]) -> float:
        """Return how much some films have in common: the length of the mean of their rows.

        Parameters
        ----------
        films
            Rows of films, and their weights, above 0.

        Returns
        -------
        float
            From 0, for films that share nothing, or for none, to 1, for films that are alike, and
            exactly 1 for a single film.
        """
        if len(films) == 1:
            return 1.0
        mean = self._mean(films)
        return float(np.sqrt(mean @ mean))

    def affinities(
        self, profile: NDArray[np.float32], few_features: int = _FEW_FEATURES
    ) -> NDArray[np.float32]:
        """Return the cosine of a profile with every film.

        Parameters
        ----------
        profile
            float32, shape (features,).
        few_features
            Up to how many features in it their films are gone through, and not all films.

        Returns
        -------
        NDArray
            float32, shape (films,), from -1 to 1.
        """
        features = np.flatnonzero(profile)
        if len(features) <= few_features:
            return self._products(features, profile[features])
        scores = np.zeros(self.films, dtype=np.float32)
        # `reduceat` over no entries would return the next film's first entry.
        nonempty = np.flatnonzero(np.diff(self.film_starts))
        if len(nonempty):
            products = profile[self.film_features] * self.film_weights
            scores[nonempty] = np.add.reduceat(products, self.film_starts[nonempty])
        return scores

    def quality(self, power: float) -> NDArray[np.float32]:
        """Return the quality prior to a power, shape (films,)."""
        return self._to_the_power(power)[0]

    def ranking_scores(
        self,
        similarities: NDArray[np.float32],
        power: float,
        ceiling: NDArray[np.float32] | np.float32 | float,
        films: NDArray[np.integer] | None = None,
    ) -> NDArray[np.float32]:
        """Return what films are ranked by: similarity times a power of quality and completeness.

        By similarity alone the films of which next to nothing is known would be beside
        everything, and by a quality without a ceiling the same famous ones: hubs (Radovanović et
        al., "Hubs in space", JMLR 2010). Negative similarities stay: being little known does not
        excuse a film.

        Parameters
        ----------
        similarities
            float32, shape (m,).
        power
            Of the quality prior and the completeness; to the power of 0 similarity counts alone.
        ceiling
            The highest `quality` that counts: that of the film asked about, or of the best of
            them; shape (m,) where each similarity has its own.
        films
            The rows of the similarities, shape (m,); those of all films when None.
        """
        quality, completeness = self._to_the_power(power)
        if films is not None:
            quality, completeness = quality[films], completeness[films]
        factors = np.minimum(quality, ceiling)
        factors *= completeness
        scores: NDArray[np.float32] = similarities * factors
        if similarities.min(initial=0) < 0:
            return np.where(similarities > 0, scores, similarities)
        return scores

    def ranking_factor(self, film: int, power: float, ceiling: np.float32 | float) -> float:
        """Return what `ranking_scores` multiplies a film's similarity by, where it is above 0.

        Parameters
        ----------
        film
            Its row.
        power, ceiling
            As of `ranking_scores`.
        """
        quality, completeness = self._to_the_power(power)
        return float(min(quality[film], ceiling) * completeness[film])

    def has_feature(self, feature: int) -> NDArray[np.bool_]:
        """Return the mask of the films that have a feature, shape (films,)."""
        mask = np.zeros(self.films, dtype=np.bool_)
        mask[self.feature_films[self._postings(feature)]] = True
        return mask

    def all_but(self, films: Sequence[int]) -> NDArray[np.bool_]:
        """Return the mask of all films but those of some rows, shape (films,)."""
        mask = np.ones(self.films, dtype=np.bool_)
        mask[list(films)] = False
        return mask

    def usual(self) -> NDArray[np.bool_]:
        """Return the mask of the films that are recommended unless others are asked for."""
        return self.of_status(RELEASED) & self.for_everyone()

    def of_status(self, status: str) -> NDArray[np.bool_]:
        """Return the mask of the films of a status, one of `STATUS_VALUES`; not to be changed."""
        return self._mask(status, lambda: self.statuses == STATUS_VALUES.index(status))

    def for_everyone(self) -> NDArray[np.bool_]:
        """Return the mask of the films that are not for adults alone; not to be changed."""
        return self._mask("for everyone", lambda: self.adult == 0)

    def in_collections_of(self, films: Sequence[int]) -> NDArray[np.bool_]:
        """Return the mask of the films that share a collection with any of `films` (rows)."""
        own = self.collections[list(films)]
        return np.isin(self.collections, own[own >= 0])

    def top_n(
        self,
        scores: NDArray[np.float32],
        n: int,
        diversity: float = 0.0,
        per_collection: int | None = None,
        mask: NDArray[np.bool_] | None = None,
    ) -> list[int]:
        """Return the films of the highest scores.

        Parameters
        ----------
        scores
            float32, shape (films,); the films of -inf are left out.
        n
            How many films to return.
        diversity
            From 0 to 1, how much a film's similarity to those before it counts against it:
            maximal marginal relevance, Carbonell and Goldstein, "The use of MMR" (1998). Films
            are selected from the best `max(10 n, 100)`.
        per_collection
            The most films of one collection; no limit when None.
        mask
            bool, shape (films,): the films that may be returned; all when None.

        Returns
        -------
        list of int
            Their rows, best first; among equals the film with most votes, then the lower row.
        """
        if mask is not None:
            scores = scores + _minus_infinity_but(mask)
        return selection.top_n(self, scores, n, diversity, per_collection)

    def top_n_of(
        self,
        films: NDArray[np.integer],
        scores: NDArray[np.float32],
        n: int,
        per_collection: int | None = None,
    ) -> list[int]:
        """Return the best of some films, as `top_n` does without diversity.

        Parameters
        ----------
        films
            Rows, none of them twice, shape (m,).
        scores
            Theirs, float32, shape (m,).
        n, per_collection
            See `top_n`.
        """
        return selection.top_n_of(self, films, scores, n, per_collection)

    def _products(
        self, features: NDArray[np.integer], weights: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return the dot product of some features' weights with every film, shape (films,)."""
        scores = np.zeros(self.films, dtype=np.float32)
        starts, ends = self.feature_starts[features], self.feature_starts[features + 1]
        counts = ends - starts
        dense = counts > self.films // _DENSE_SHARE
        for feature, weight in zip(features[dense].tolist(), weights[dense], strict=True):
            scores += weight * self._dense_weights(feature)
        # All others at once: one by one, each is over before NumPy has begun.
        postings = list(map(slice, starts[~dense].tolist(), ends[~dense].tolist()))
        if postings:
            films = np.concatenate([self.feature_films[posting] for posting in postings])
            products = np.concatenate([self.feature_weights[posting] for posting in postings])
            products *= np.repeat(weights[~dense], counts[~dense])
            scores += np.bincount(films, products, minlength=self.films)
        return scores

    def _postings(self, feature: int) -> slice:
        return slice(self.feature_starts[feature], self.feature_starts[feature + 1])

    def _mask(self, name: str, make: Callable[[], NDArray[np.bool_]]) -> NDArray[np.bool_]:
        """Return a mask that nearly every request needs, made once."""
        if name not in self._masks:
            self._masks[name] = make()
        return self._masks[name]

    def _dense_weights(self, feature: int) -> NDArray[np.float32]:
        """Return the weights of a feature in all films, shape (films,)."""
        weights = self._dense.get(feature)
        if weights is None:
            posting = self._postings(feature)
            weights = self._dense[feature] = np.zeros(self.films, dtype=np.float32)
            weights[self.feature_films[posting]] = self.feature_weights[posting]
        return weights

    def _to_the_power(self, power: float) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the quality prior and the completeness to a power."""
        powers = self._powers.get(power)
        if powers is None:
            powers = self.prior**power, self.completeness**power
            # Only the last one: nearly every request has the default.
            self._powers.clear()
            self._powers[power] = powers
        return powers

    def _emphasis(self, films: Sequence[tuple[int, float]]) -> NDArray[np.float32]:
        """Return the mean of some films, and beside it what they have more of than all."""
        mean = self._mean(films)
        # Of most features there is nothing.
        own = np.flatnonzero(mean)
        distinct = np.zeros(self.features, dtype=np.float32)
        distinct[own] = self.taste[own] * np.log1p(mean[own] / self.background[own])
        narrowness, length = (np.sqrt(each @ each) for each in (mean, distinct))
        share = np.maximum(np.float32(0), 1 - narrowness) / (length or np.float32(1))
        emphasis: NDArray[np.float32] = mean + share * distinct
        return emphasis

    def _mean(self, films: Sequence[tuple[int, float]]) -> NDArray[np.float32]:
        """Return the mean of some films' rows, shape (features,)."""
        mean = np.zeros(self.features, dtype=np.float32)
        total = sum(weight for _, weight in films)
        for film, weight in films:
            own = self.entries(film)
            mean[self.film_features[own]] += np.float32(weight / total) * self.film_weights[own]
        return mean


def _minus_infinity_but(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """Return 0 where a mask is set and -inf elsewhere, float32, of its shape.

    It is made of bits: to choose by a mask, `np.where` guesses which way each film goes, and takes
    seven times as long.
    """
    bits: NDArray[np.int32] = (mask.astype(np.int32) - 1) & _BITS_OF_MINUS_INFINITY
    return bits.view(np.float32)
