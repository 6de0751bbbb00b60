"""The evaluation tasks: the films somebody rates next, and the films similar to a film.

All films are ranked, not a sample of them, on which scorers may come in another order (Krichene
and Rendle, "On sampled metrics for item recommendation", KDD 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse
from sklearn.preprocessing import normalize

from etl.evaluation import metrics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from etl.evaluation.ratings import Ratings, User

# How many films are recommended to somebody, and beside a film.
K_USER = 10
K_FILM = 5
# How many nearest films are relevant beside one, and how many ratings a film must have.
NEIGHBOURS = 20
MIN_RATERS = 20


@dataclass(frozen=True, slots=True)
class NextFilmsTask:
    """Recommend to each user, of the films not rated yet, those that they rate later.

    `known` and `relevant`, shape (users, films), mark what each has rated before, and what each
    rates later: one film at least.
    """

    known: NDArray[np.bool_]
    relevant: NDArray[np.bool_]

    @classmethod
    def of(cls, users: Sequence[User], films: int) -> NextFilmsTask:
        """Return the task of some users.

        Parameters
        ----------
        users
            A row each.
        films
            How many there are.
        """
        known = np.zeros((len(users), films), np.bool_)
        relevant = np.zeros_like(known)
        for row, user in enumerate(users):
            known[row, user.known] = True
            relevant[row, user.relevant] = True
        return cls(known, relevant)

    def recommend(self, scores: NDArray[np.floating]) -> NDArray[np.int64]:
        """Return the ten best films of each user by scores of shape (users, films)."""
        return metrics.top_n(np.where(self.known, -np.inf, scores), K_USER)

    def hits(self, recommended: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Mark the relevant films, in the shape of `recommended`."""
        return _hits(recommended, self.relevant)

    def ndcg(self, scores: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return NDCG@10 of each user, shape (users,), by scores of shape (users, films)."""
        return metrics.ndcg(self.hits(self.recommend(scores)), self.relevant.sum(axis=1))


@dataclass(frozen=True, slots=True)
class SimilarFilmsTask:
    """Recommend beside a film others that the same people rate alike.

    Films are similar by the cosine of their ratings, a film being the vector of its ratings by
    all people, 0 where there is none: Sarwar et al., "Item-based collaborative filtering
    recommendation algorithms", WWW 2001.

    `films`, shape (compared,), are the columns of those with enough ratings; the task has no
    others. `relevant`, shape (compared, compared), marks the `NEIGHBOURS` nearest films of each.
    """

    films: NDArray[np.int64]
    relevant: NDArray[np.bool_]

    @classmethod
    def of(cls, ratings: Ratings, films: int) -> SimilarFilmsTask | None:
        """Return the task of the films that `MIN_RATERS` people rated.

        Parameters
        ----------
        ratings
            By all people.
        films
            How many there are, rated or not.

        Returns
        -------
        SimilarFilmsTask or None
            None when those films are too few to have `NEIGHBOURS` others each.
        """
        compared = np.flatnonzero(np.bincount(ratings.films, minlength=films) >= MIN_RATERS)
        if len(compared) <= NEIGHBOURS:
            return None
        shape = (films, int(ratings.users.max()) + 1)
        stars = sparse.csr_array((ratings.stars, (ratings.films, ratings.users)), shape)
        rows = normalize(stars[compared])
        cosines = (rows @ rows.T).toarray()
        relevant = np.zeros_like(cosines, np.bool_)
        nearest = metrics.top_n(_without_itself(cosines), NEIGHBOURS)
        np.put_along_axis(relevant, nearest, values=True, axis=1)
        return cls(compared, relevant)

    def precision(self, scores: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return precision@5 of each film by scores of shape (compared, compared)."""
        recommended = metrics.top_n(_without_itself(scores), K_FILM)
        return metrics.precision(_hits(recommended, self.relevant))

    def precision_of_lists(
        self, rows: NDArray[np.int64], films: NDArray[np.int64], others: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return precision@5 of each film by lists that may have any film of the catalogue.

        Parameters
        ----------
        rows
            The rows of all columns' films in the catalogue, -1 for none.
        films, others
            Pairs of rows: a film, and one of those beside it, of which each has five at most.
        """
        own = rows[self.films]
        known = np.flatnonzero(own >= 0)
        columns = np.full(max(films.max(initial=0), others.max(initial=0), *own) + 1, -1)
        columns[own[known]] = known
        both = (columns[films] >= 0) & (columns[others] >= 0)
        hits = np.zeros(len(own))
        pairs = columns[films[both]], columns[others[both]]
        np.add.at(hits, pairs[0], self.relevant[pairs])
        return hits / K_FILM


def _hits(recommended: NDArray[np.int64], relevant: NDArray[np.bool_]) -> NDArray[np.bool_]:
    # No film (-1) would be the last column.
    return np.take_along_axis(relevant, recommended, axis=1) & (recommended >= 0)


def _without_itself(scores: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.where(np.eye(len(scores), dtype=np.bool_), -np.inf, scores)
