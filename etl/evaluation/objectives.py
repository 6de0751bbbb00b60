"""What the tuning maximises: metrics of a release's model, by the weights of its feature groups.

Points of a search are float64; each begins at 0. A ridge draws them back there: where the ratings
do not care, a group keeps its weight.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse
from sklearn.preprocessing import normalize

from cartelera.contract.feature_groups import FEATURE_GROUPS
from cartelera.contract.ranking import FILM_RANKING, PERSON_RANKING
from etl.errors import JobError
from etl.evaluation.tasks import NextFilmsTask, SimilarFilmsTask
from etl.features.model import background, quality_prior, split_completeness
from etl.features.tfidf import scale_by_mean_idf

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from cartelera.recommend.model import Model
    from etl.evaluation.ratings import Ratings, User

    type Floats = NDArray[np.float64]
    type Columns = NDArray[np.int64]

INITIAL_WEIGHTS: dict[str, float] = tomllib.loads(
    Path(__file__).with_name("initial_weights.toml").read_text()
)
# The powers of the votes and of the rating in the prior, to begin with.
_INITIAL_POWERS = (2.0, 1.0)
# What it costs to have every weight e times as large as at the start, or 1/e of it.
_FILM_RIDGE = 0.6
_TASTE_RIDGE = 0.02
# A period weighs at most this share of what genres weigh: people watch films of one time together,
# so by ratings alone it would decide most lists.
_MOST_PERIOD = 0.95


class GroupedFeatures(NamedTuple):
    """A release's features, unweighted, by group: shape (films, features of the group) each.

    `groups` are those of the model's features, in their order; `films` have `id`, `vote_count`
    and `vote_average`.
    """

    matrices: dict[str, sparse.csr_array]
    groups: pd.Series[str]
    films: pd.DataFrame


def split_groups(model: Model, features: pd.DataFrame, films: pd.DataFrame) -> GroupedFeatures:
    """Return the features of a release as they were before their groups were weighted.

    Parameters
    ----------
    model
        The release's.
    features
        A row a feature of the model: its group, as `block`.
    films
        A row a film of the model; see `GroupedFeatures`.
    """
    matrix = sparse.csr_array(
        (model.film_weights, model.film_features, model.film_starts),
        shape=(model.films, model.features),
    )
    groups, matrices = features["block"], {}
    for name in FEATURE_GROUPS:
        own = matrix[:, np.flatnonzero(groups == name)]
        matrices[name] = scale_by_mean_idf(normalize(own)) if own.shape[1] else own
    return GroupedFeatures(matrices, groups, films)


@dataclass(frozen=True)
class SimilarityObjective:
    """Precision@5 of `SimilarFilmsTask`, by the logarithms of the groups' weights in a film.

    `products`, shape (groups, compared, compared), are the films' dot products in each group.
    """

    task: SimilarFilmsTask
    products: Floats

    @classmethod
    def of(cls, ratings: Ratings, rows: Columns, features: GroupedFeatures) -> SimilarityObjective:
        """Return the objective on the films that enough people have rated.

        Parameters
        ----------
        ratings
            All users' ratings of the films.
        rows : shape (films,)
            int64: each film's row in the catalogue; -1 for none.
        features
            Of the catalogue's films.

        Raises
        ------
        JobError
            When those films are too few.
        """
        task = SimilarFilmsTask.of(ratings, len(rows))
        if task is None:
            raise JobError("too few films are rated by enough people: give more ratings")
        own = rows[task.films]
        found = (own >= 0)[:, None]
        films = [group[own].multiply(found).tocsr() for group in features.matrices.values()]
        products = np.stack([(group @ group.T).toarray() for group in films]).astype(np.float64)
        return cls(task, products)

    def precision(self, point: Floats) -> float:
        """Return the mean precision@5."""
        scores = np.tensordot(film_weights(point) ** 2, self.products, 1)
        # The cosine times a power of the other film's completeness, as far as order goes.
        completeness = np.diagonal(scores)
        factors = np.where(completeness > 0, completeness, 1) ** (FILM_RANKING.quality - 0.5)
        return float(self.task.precision(scores * factors).mean())

    def __call__(self, point: Floats) -> float:
        """Return what is maximised."""
        return self.precision(point) - _FILM_RIDGE * float(point.var())


@dataclass(frozen=True)
class TasteObjective:
    """NDCG@10 of `NextFilmsTask`, without the quality prior plus with it.

    A point is the logarithms of the groups' weights in a taste, and of the prior's two powers.
    Scores are in the two parts of `Model.profile`: `mean_affinities`, shape (users, films), are
    those with the mean of the likes, of length `narrowness`, shape (users,). `affinities`, shape
    (groups, users, films), are each group's part of the rest, divided by `scale`, shape (groups,),
    to a standard deviation of 1, and so are the `lengths`, shape (groups, users), of that part of
    the profiles. `likes`, shape (users, films of the catalogue), has 1 for a like, and
    `completeness` is the model's.
    """

    task: NextFilmsTask
    mean_affinities: NDArray[np.float32]
    narrowness: Floats
    affinities: NDArray[np.float32]
    lengths: Floats
    scale: Floats
    likes: sparse.csr_array
    completeness: NDArray[np.float32]
    films: pd.DataFrame
    rows: Columns

    @classmethod
    def of(
        cls, users: Sequence[User], rows: Columns, features: GroupedFeatures, weights: Floats
    ) -> TasteObjective:
        """Return the objective on all users.

        Parameters
        ----------
        users
            Their ratings, split in time.
        rows, features
            As `SimilarityObjective.of` takes them.
        weights : shape (groups,)
            Of the groups in a film.
        """
        pairs = zip(features.matrices.values(), weights, strict=True)
        stacked = sparse.hstack([matrix * weight for matrix, weight in pairs], format="csr")
        completeness, matrix = split_completeness(sparse.csr_array(stacked))
        likes = _likes(users, rows, matrix.shape[0])
        mean = sparse.csr_array(normalize(likes, norm="l1") @ matrix)
        emphasis = mean.copy()
        usual = background(matrix, features.groups)
        emphasis.data = np.log1p(emphasis.data / usual[emphasis.indices])
        own = matrix[rows]
        columns = [np.flatnonzero(features.groups == name) for name in FEATURE_GROUPS]
        affinities = np.stack([_products(emphasis[:, each], own[:, each]) for each in columns])
        lengths = np.stack([sparse.linalg.norm(emphasis[:, each], axis=1) for each in columns])
        scale = affinities.std(axis=(1, 2)).astype(np.float64)
        scale[scale == 0] = 1
        affinities /= scale[:, None, None].astype(np.float32)
        return cls(
            task=NextFilmsTask.of(users, len(rows)),
            mean_affinities=_products(mean, own),
            narrowness=sparse.linalg.norm(mean, axis=1),
            affinities=affinities,
            lengths=lengths / scale[:, None],
            scale=scale,
            likes=likes,
            completeness=completeness,
            films=features.films,
            rows=rows,
        )

    def subset(self, users: Columns) -> TasteObjective:
        """Return the objective on some of the users, by their rows."""
        task = NextFilmsTask(self.task.known[users], self.task.relevant[users])
        return replace(
            self,
            task=task,
            mean_affinities=self.mean_affinities[users],
            narrowness=self.narrowness[users],
            affinities=self.affinities[:, users],
            lengths=self.lengths[:, users],
            likes=self.likes[users],
        )

    def ndcg(self, point: Floats) -> tuple[Floats, Floats]:
        """Return each user's NDCG@10 without the prior and with it."""
        taste = np.exp(point[:-2])
        rest = np.maximum(0, 1 - self.narrowness) / np.sqrt(taste**2 @ self.lengths**2)
        scores = np.tensordot(taste.astype(np.float32), self.affinities, 1)
        scores *= rest[:, None].astype(np.float32)
        scores += self.mean_affinities
        prior = quality_prior(self.films, *prior_powers(point))
        ceiling = self.likes.multiply(prior).max(axis=1).toarray().reshape(-1, 1)
        quality = np.minimum(prior[self.rows], ceiling) * self.completeness[self.rows]
        return self._ndcg(scores), self._ndcg(scores * quality**PERSON_RANKING.quality)

    def __call__(self, point: Floats) -> float:
        """Return what is maximised."""
        content, with_prior = self.ndcg(point)
        return float(content.mean() + with_prior.mean()) - _TASTE_RIDGE * float(point.var())

    def _ndcg(self, scores: NDArray[np.float32]) -> Floats:
        scores[:, self.rows < 0] = -np.inf
        return self.task.ndcg(scores)


def film_weights(point: Floats) -> Floats:
    """Return the weights of the groups in a film at a point, shape (groups,), the highest 1."""
    weights = np.array([INITIAL_WEIGHTS[name] for name in FEATURE_GROUPS]) * np.exp(point)
    period, genres = map(list(FEATURE_GROUPS).index, ("period", "genres"))
    weights[period] = min(weights[period], _MOST_PERIOD * weights[genres])
    return np.asarray(weights / weights.max())


def prior_powers(point: Floats) -> tuple[float, float]:
    """Return the powers of votes and rating in the prior at a point of `TasteObjective`."""
    votes, rating = np.array(_INITIAL_POWERS) * np.exp(point[-2:])
    return float(votes), float(rating)


def _products(profiles: sparse.csr_array, films: sparse.csr_array) -> NDArray[np.float32]:
    return np.asarray((profiles @ films.T).toarray(), np.float32)


def _likes(users: Sequence[User], rows: Columns, films: int) -> sparse.csr_array:
    """Return which films of the catalogue each user likes, shape (users, films)."""
    liked = [(n, row) for n, user in enumerate(users) for row in rows[user.likes] if row >= 0]
    numbers, columns = np.array(liked, np.int64).reshape(-1, 2).T
    ones = np.ones(len(liked), np.float32)
    return sparse.csr_array((ones, (numbers, columns)), shape=(len(users), films))
