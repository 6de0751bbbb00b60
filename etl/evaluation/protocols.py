"""What is asked of every method: the films somebody will see next, and those like a film.

All films are ranked, not a sample with a few others: on samples methods may come in another
order (Krichene and Rendle, "On sampled metrics for item recommendation", KDD 2020).
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

# How many films are recommended to somebody, and how many beside a film.
FOR_A_USER = 10
FOR_A_FILM = 5
# How many nearest films of one count as like it, and how many ratings make a film comparable.
NEIGHBOURS = 20
MIN_RATERS = 20


@dataclass(frozen=True, slots=True)
class ProfileTask:
    """To recommend, to everyone, what they will rate next, out of all they have not rated yet.

    Attributes
    ----------
    known : bool, shape (users, films)
        What each user has rated before; it must not be recommended.
    sought : bool, shape (users, films)
        What each rates later, and a recommendation should find; one film at least.
    """

    known: NDArray[np.bool_]
    sought: NDArray[np.bool_]

    @classmethod
    def of(cls, users: Sequence[User], films: int) -> ProfileTask:
        """Lay out what the users know and seek among so many films, a row each in their order."""
        known = np.zeros((len(users), films), np.bool_)
        sought = np.zeros_like(known)
        for row, user in enumerate(users):
            known[row, user.known] = True
            sought[row, user.sought] = True
        return cls(known, sought)

    @property
    def to_find(self) -> NDArray[np.int64]:
        """How many films each user seeks, shape (users,)."""
        return self.sought.sum(axis=1)

    def recommended(self, scores: NDArray[np.floating]) -> NDArray[np.int64]:
        """Return the ten best films for each user by scores of shape (users, films)."""
        return metrics.top_n(np.where(self.known, -np.inf, scores), FOR_A_USER)

    def hits(self, recommended: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which of the recommended films were sought, in the shape of `recommended`."""
        return _hits(recommended, self.sought)

    def ndcg(self, scores: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return NDCG@10 of each user, shape (users,), by scores of shape (users, films)."""
        return metrics.ndcg(self.hits(self.recommended(scores)), self.to_find)


@dataclass(frozen=True, slots=True)
class FilmTask:
    """To recommend, beside a film, others that the same people rate alike.

    Attributes
    ----------
    films : int64, shape (compared,)
        Columns of the films that enough people rated; the task knows no others.
    near : bool, shape (compared, compared)
        Which films are among the nearest of each, never the film itself.
    """

    films: NDArray[np.int64]
    near: NDArray[np.bool_]

    @classmethod
    def of(cls, ratings: Ratings, films: int) -> FilmTask | None:
        """Compare those of so many films that `MIN_RATERS` people rated.

        None when they are too few to have `NEIGHBOURS` others each.

        Films are near by the cosine of their ratings, a film being a vector of its ratings in
        stars over all people, 0 where there is none (Sarwar et al., "Item-based collaborative
        filtering recommendation algorithms", WWW 2001); the nearest `NEIGHBOURS` count.
        """
        compared = np.flatnonzero(np.bincount(ratings.films, minlength=films) >= MIN_RATERS)
        if len(compared) <= NEIGHBOURS:
            return None
        shape = (films, int(ratings.users.max()) + 1)
        stars = sparse.csr_array((ratings.stars, (ratings.films, ratings.users)), shape)
        rows = normalize(stars[compared])
        cosines = (rows @ rows.T).toarray()
        near = np.zeros_like(cosines, np.bool_)
        nearest = metrics.top_n(_but_itself(cosines), NEIGHBOURS)
        np.put_along_axis(near, nearest, values=True, axis=1)
        return cls(compared, near)

    def precision(self, scores: NDArray[np.floating]) -> NDArray[np.float64]:
        """Return precision@5 of each film, shape (compared,), by scores of shape of `near`."""
        recommended = metrics.top_n(_but_itself(scores), FOR_A_FILM)
        return metrics.precision(_hits(recommended, self.near))


def _hits(recommended: NDArray[np.int64], wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    # Nothing (-1) would be the last column.
    return np.take_along_axis(wanted, recommended, axis=1) & (recommended >= 0)


def _but_itself(scores: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.where(np.eye(len(scores), dtype=np.bool_), -np.inf, scores)
