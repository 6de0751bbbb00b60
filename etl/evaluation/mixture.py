"""How films are scored by content and ratings: the numbers of it, chosen on people held out.

A release's ratings and the people who ask it are different people ("strong generalisation":
Marlin, "Collaborative filtering: a machine learning perspective", 2004). Numbers that are chosen
on the people who are then asked would flatter, too, so they are chosen inside the training folds
(Cawley and Talbot, "On over-fitting in model selection", JMLR 2010): for each fold of people, on
the others, of whom a part builds and a part is asked in turn.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cartelera.contract.ranking import CONTENT, PERSON_RANKING
from cartelera.recommend.query import Query
from etl.evaluation import metrics
from etl.evaluation.tasks import K_USER
from etl.extract.ratings import Ratings as CatalogueRatings
from etl.features.item_weights import DEFAULT_PARAMETERS, build_item_weights

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from cartelera.recommend.item_weights import Tastes
    from cartelera.recommend.model import Model
    from etl.evaluation.ratings import Ratings, User
    from etl.features.item_weights import EaseParameters

    type Rows = NDArray[np.int64]
    type Floats = NDArray[np.float64]


class Grid(NamedTuple):
    """What is tried of each of `Numbers`."""

    regularisation: Sequence[float] = (200.0, 300.0)
    popularity: Sequence[float] = (0.0, 0.25)
    half_confidence: Sequence[float] = (5.0, 10.0)
    ratings: Sequence[float] = (0.75, 1.0, 1.25, 1.5)


class Numbers(NamedTuple):
    """What a mixed score depends on.

    See `EaseParameters`; `ratings` is how much they weigh in it: `RankingOptions.ratings`.
    """

    regularisation: float
    popularity: float
    half_confidence: float
    ratings: float

    @property
    def parameters(self) -> EaseParameters:
        """Those of the item weights."""
        return DEFAULT_PARAMETERS._replace(
            regularisation=self.regularisation,
            popularity=self.popularity,
            half_confidence=self.half_confidence,
        )


SHIPPED = Numbers(*DEFAULT_PARAMETERS[:3], PERSON_RANKING.ratings)
DEFAULT_GRID = Grid()


def in_catalogue(ratings: Ratings, rows: Rows) -> CatalogueRatings:
    """Return ratings as the job reads them: of the films that the catalogue has.

    Parameters
    ----------
    ratings
        By some people.
    rows
        Each film's row in the catalogue, -1 for none.
    """
    own = rows[ratings.films]
    kept = own >= 0
    people = np.unique(ratings.users[kept], return_inverse=True)[1]
    order = np.lexsort((own[kept], people))
    starts = np.searchsorted(people[order], np.arange(people.max(initial=-1) + 2))
    films = own[kept][order].astype(np.int32)
    return CatalogueRatings(starts.astype(np.int64), films, len(own), {}, [])


def likes_in_catalogue(user: User, rows: Rows) -> Tastes:
    """Return the rows of a user's likes, each of weight 1.

    Parameters
    ----------
    user, rows
        The user, and each film's row in the catalogue, -1 for none.
    """
    own = rows[user.likes]
    return [(int(row), 1.0) for row in own[own >= 0]]


@dataclass(frozen=True)
class Choice:
    """Chooses `Numbers` by the NDCG@10 of people who built nothing."""

    model: Model
    # Of each column's film in the catalogue, -1 for none.
    rows: Rows
    ratings: Ratings
    # The numbers of the people in each fold.
    folds: Sequence[Rows]
    users: Sequence[User]
    grid: Grid = DEFAULT_GRID

    @property
    def steps(self) -> int:
        """How often `choose` calls `advance`."""
        folds = len(self.folds)
        learnt = len(self.grid.regularisation) * len(self.grid.popularity)
        return learnt * (folds * (folds - 1) // 2 + folds)

    def choose(self, advance: Callable[[int], None]) -> tuple[list[Numbers], Numbers]:
        """Return the numbers that are best for each fold, by the other folds, and by all.

        Parameters
        ----------
        advance
            Called with 1 after each step.
        """
        folds = range(len(self.folds))
        # By fold, the figures of its people where it and another, or it alone, built nothing.
        inner: dict[int, list[Floats]] = {fold: [] for fold in folds}
        whole = []
        left_out = [*combinations(folds, 2), *((fold,) for fold in folds)]
        for out in left_out:
            figures = self._figures(out, advance)
            if len(out) == 1:
                whole.append(figures[out[0]])
            else:
                first, second = out
                # The numbers for one fold are chosen by the others.
                inner[second].append(figures[first])
                inner[first].append(figures[second])
        chosen = [self._best(np.concatenate(inner[fold], axis=1)) for fold in folds]
        return chosen, self._best(np.concatenate(whole, axis=1))

    def _best(self, figures: Floats) -> Numbers:
        return list(self._points())[int(figures.mean(axis=1).argmax())]

    def _points(self) -> Iterator[Numbers]:
        return (Numbers(*point) for point in product(*self.grid))

    def _figures(self, out: Sequence[int], advance: Callable[[int], None]) -> Mapping[int, Floats]:
        """Return NDCG@10 by fold that is left out, shape (points, people of the fold)."""
        asked = np.concatenate([self.folds[fold] for fold in out])
        building = in_catalogue(
            self.ratings.of_users(np.setdiff1d(np.unique(self.ratings.users), asked)), self.rows
        )
        raters = np.bincount(building.films, minlength=self.model.films).astype(np.float32)
        found: dict[int, list[Floats]] = {fold: [] for fold in out}
        people = {
            fold: [user for user in self.users if user.number in set(self.folds[fold])]
            for fold in out
        }
        queries = {user.number: self._query(user) for fold in out for user in people[fold]}
        for regularisation, popularity in product(self.grid.regularisation, self.grid.popularity):
            parameters = DEFAULT_PARAMETERS._replace(
                regularisation=regularisation, popularity=popularity
            )
            weights = build_item_weights(building, self.model.films, parameters)
            known = self._by_column(np.where(weights.confidence > 0, raters, 0), 0.0)
            for fold in out:
                own = [
                    self._of_user(user, replace(queries[user.number], item_weights=weights), known)
                    for user in people[fold]
                ]
                found[fold].append(np.array(own).reshape(len(own), -1).T)
            advance(1)
        return {fold: np.concatenate(parts) for fold, parts in found.items()}

    def _query(self, user: User) -> Query:
        likes = likes_in_catalogue(user, self.rows)
        return Query.of_person(self.model, likes, (), PERSON_RANKING._replace(scored_by=CONTENT))

    def _of_user(self, user: User, query: Query, known: Floats) -> Floats:
        """Return the NDCG@10 of a user, shape (points of one λ and popularity,)."""
        by_content = query.scores()
        relevance = np.maximum(by_content, 0) ** np.float32(query.specificity)
        rated = np.zeros(self.model.films, np.float32)
        np.add.at(rated, query.votes.films, query.votes.values.astype(np.float32))
        content, by_ratings = self._by_column(by_content), self._by_column(relevance * rated, 0.0)
        scores = []
        for half_confidence, ratings in product(*self.grid[2:]):
            weight = ratings * query.coverage * known / (known + half_confidence)
            scores.append(content + weight * by_ratings)
        stacked = np.stack(scores)
        stacked[:, user.known] = -np.inf
        recommended = metrics.top_n(stacked, K_USER)
        hits = np.isin(recommended, user.relevant)
        return metrics.ndcg(hits, np.full(len(stacked), len(user.relevant)))

    def _by_column(self, values: NDArray[np.floating], missing: float = -np.inf) -> Floats:
        # A film without a row (-1) takes the last.
        return np.append(values, missing)[self.rows].astype(np.float64)
