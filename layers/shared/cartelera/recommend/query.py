"""What films are scored for: a film or a person, by content and by other people's ratings."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cartelera.contract.ranking import CONTENT, MIXTURE, RATINGS
from cartelera.recommend.item_weights import Votes
from cartelera.recommend.model import DISLIKE_WEIGHT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cartelera.contract.ranking import RankingOptions
    from cartelera.recommend.item_weights import ItemWeights, Tastes
    from cartelera.recommend.model import Model


@dataclass(frozen=True)
class Query:
    """A film or a person to recommend for, and how films are scored.

    The score of a film is a sum of two (a feature-weighted hybrid: Burke, "Hybrid recommender
    systems", 2002)::

        content + weight * content ** specificity * ratings

    `content` is what `Model.ranking_scores` makes of its similarity. `ratings` is the mean of what
    the likes say by `ItemWeights`, less that of the dislikes. `weight` is 0 where nobody rated the
    film or any of the likes, and grows up to `RankingOptions.ratings` with the number of people who
    did. So the public counts where there is one, and a film that nobody rated has its list, and its
    place in others. `specificity` is 1 for one film or a narrow taste: ratings only say which of
    the films that are like it come first. Of a broad taste it is near 0, and what people watch
    counts as it is.

    Attributes
    ----------
    model, ranking
        The release's model, and how to rank.
    vector : float32, shape (features,)
        The film's row, or the person's profile.
    similarities : float32, shape (films,)
        Its cosine with every film.
    likes, dislikes
        The rows of the films, and their weights; a film's own like is itself.
    item_weights
        The release's; None without ratings.
    """

    model: Model
    ranking: RankingOptions
    vector: NDArray[np.float32]
    similarities: NDArray[np.float32]
    likes: Tastes
    dislikes: Tastes = ()
    item_weights: ItemWeights | None = None

    @classmethod
    def of_film(
        cls,
        model: Model,
        film: int,
        ranking: RankingOptions,
        item_weights: ItemWeights | None = None,
    ) -> Query:
        """Return the query for the films beside one.

        Parameters
        ----------
        model, ranking, item_weights
            As of `Query`.
        film
            Its row.
        """
        own, similarities = model.row(film), model.similarities(film)
        return cls(model, ranking, own, similarities, [(film, 1.0)], (), item_weights)

    @classmethod
    def of_person(
        cls,
        model: Model,
        likes: Tastes,
        dislikes: Tastes,
        ranking: RankingOptions,
        item_weights: ItemWeights | None = None,
    ) -> Query:
        """Return the query for a person's films.

        Parameters
        ----------
        model, likes, dislikes, ranking, item_weights
            As of `Query`.
        """
        profile = model.profile(likes, dislikes)
        affinities = model.affinities(profile)
        return cls(model, ranking, profile, affinities, likes, dislikes, item_weights)

    @cached_property
    def quality(self) -> float:
        """How much quality counts: the less, the more the likes are of one kind."""
        broad, narrow = self.ranking.quality, self.ranking.narrow_quality
        return broad if narrow is None else broad + (narrow - broad) * self.specificity

    @cached_property
    def ceiling(self) -> np.float32 | float:
        """The highest quality that counts: that of the best of the likes."""
        quality = self.model.quality(self.quality)
        return quality[[film for film, _ in self.likes]].max() if self.likes else 1.0

    @cached_property
    def coverage(self) -> float:
        """The share of the likes that the release has ratings of, from 0 to 1."""
        return self.item_weights.coverage(self.likes) if self.item_weights else 0.0

    @cached_property
    def votes(self) -> Votes:
        """What the likes and dislikes that have ratings say of other films."""
        if self.item_weights is None or not self.coverage:
            return Votes(np.zeros(0, np.intp), np.zeros(0, np.int32), np.zeros(0))
        liked = self.item_weights.votes(self.likes, 1 / self.coverage)
        if not self.dislikes:
            return liked
        disliked = self.item_weights.votes(self.dislikes, -DISLIKE_WEIGHT / self.coverage)
        return Votes(
            np.concatenate([liked.sources, disliked.sources]),
            np.concatenate([liked.films, disliked.films]),
            np.concatenate([liked.values, disliked.values]),
        )

    @cached_property
    def specificity(self) -> float:
        """How far a film has to be like the likes for its ratings to count, from 0 to 1."""
        # The square of the length is the mean similarity of any two of them, themselves among them;
        # from a half on they are of one kind.
        return min(1.0, 2 * self.model.narrowness(self.likes) ** 2) ** 2

    def scores(self) -> NDArray[np.float32]:
        """Return the scores of all films, shape (films,).

        Without likes the content's score of a film is its quality, less the dislikes. By ratings
        alone, films that nothing speaks for have -inf: they are not recommended.
        """
        how = self.ranking
        if how.scored_by == RATINGS:
            by_ratings = self._rating_scores()
            return np.where(by_ratings > 0, by_ratings, np.float32(-np.inf))
        similarities = self.similarities if self.likes else 1 + self.similarities
        content = self.model.ranking_scores(similarities, self.quality, self.ceiling)
        if how.scored_by == CONTENT or not self.coverage:
            return content
        ratings = self._rating_scores()
        rated = np.flatnonzero(ratings)
        content[rated] += self.rating_factors(rated, content[rated]) * ratings[rated]
        return content

    def content_factor(self, film: int) -> float:
        """Return what a film's similarity is multiplied by in its score."""
        if self.ranking.scored_by == RATINGS:
            return 0.0
        # Those below 0 stay as they are.
        similar = self.similarities[film] > 0 or not self.likes
        return self.model.ranking_factor(film, self.quality, self.ceiling) if similar else 1.0

    def rating_factors(
        self, films: NDArray[np.integer], content: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """Return what films' ratings are multiplied by in their scores.

        Parameters
        ----------
        films
            Rows, shape (m,).
        content
            Their scores by content, float32, shape (m,).

        Returns
        -------
        NDArray
            float32, shape (m,).
        """
        how, weights = self.ranking, self.item_weights
        if how.scored_by != MIXTURE or weights is None:
            return np.full(len(films), how.scored_by == RATINGS, np.float32)
        relevance = np.maximum(content, 0) ** np.float32(self.specificity)
        known = weights.confidence[films] * np.float32(how.ratings * self.coverage)
        return np.asarray(known * relevance)

    def rating_terms(self, film: int) -> list[tuple[int, float]]:
        """Return the terms of ratings in a film's score: the row of the like or dislike, and it."""
        own = np.flatnonzero(self.votes.films == film)
        if not len(own):
            return []
        content = np.float32(self.similarities[film] * self.content_factor(film))
        factor = float(self.rating_factors(np.array([film]), content[None])[0])
        values = factor * self.votes.values[own]
        return list(zip(self.votes.sources[own].tolist(), values.tolist(), strict=True))

    def _rating_scores(self) -> NDArray[np.float32]:
        _, films, values = self.votes
        return np.bincount(films, values, minlength=self.model.films).astype(np.float32)
