"""The methods that are compared: ours, the obvious ones, and those that know others' ratings.

Every method gives each film a score for a user, whose `likes` or `known` films it may look at.
Those of `RelatedFilms` also say which films are like a film.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, override, runtime_checkable

import numpy as np
from implicit.nearest_neighbours import ItemItemRecommender
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.preprocessing import StandardScaler, normalize

from cartelera.contract.ranking import FILM_RANKING, PERSON_RANKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from cartelera.contract.ranking import RankingOptions
    from etl.evaluation.ratings import User

# What the project before this one compares films by.
NINE_COLUMNS = (
    "id",
    "budget",
    "popularity",
    "revenue",
    "runtime",
    "vote_average",
    "vote_count",
    "release_year",
    "return",
)
# What implicit takes unless told.
ITEM_KNN_NEIGHBOURS = 20
EASE_REGULARISATION = 300.0


class Method(Protocol):
    """What ranks films for a user."""

    def scores(self, user: User) -> NDArray[np.float64]:
        """Return a score of every film, shape (films,); -inf for what it cannot recommend."""


@runtime_checkable
class RelatedFilms(Method, Protocol):
    """What also ranks films beside a film."""

    def similarities(self, film: int) -> NDArray[np.float64]:
        """Return a score of every film beside one, by its column, as `scores` does."""


class Recommender(Protocol):
    """What a release's model does, its films being rows of the catalogue."""

    def similarities(self, film: int) -> NDArray[np.float32]:
        """Return the cosine of one film with every film, shape (films,)."""

    def profile(
        self, likes: Sequence[tuple[int, float]], dislikes: Sequence[tuple[int, float]] = ()
    ) -> NDArray[np.float32]:
        """Return the taste of who likes such rows, so much each; zeros for who likes none."""

    def affinities(self, profile: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the cosine of a profile with every film, shape (films,)."""

    def with_quality_prior(
        self, scores: NDArray[np.float32], quality: float
    ) -> NDArray[np.float32]:
        """Return scores with so much of the quality prior mixed in; 0 leaves them as they are."""

    def top_n(
        self,
        scores: NDArray[np.float32],
        n: int,
        diversity: float = 0.0,
        per_collection: int | None = None,
    ) -> list[int]:
        """Return the rows of the best films by such scores, of so varied a list."""


class Ours(RelatedFilms):
    """A release's model, with so much of its quality prior.

    `rows`, shape (films,), is each film's row in the catalogue; -1 where it has none.
    """

    def __init__(self, recommender: Recommender, rows: NDArray[np.int64], quality: float) -> None:
        self._recommender = recommender
        self._rows = rows
        self._quality = quality

    @override
    def scores(self, user: User) -> NDArray[np.float64]:
        rows = self._rows[user.likes]
        profile = self._recommender.profile([(int(row), 1.0) for row in rows[rows >= 0]])
        return self._mixed(self._recommender.affinities(profile))

    @override
    def similarities(self, film: int) -> NDArray[np.float64]:
        row = int(self._rows[film])
        if row < 0:
            return np.full(len(self._rows), -np.inf)
        return self._mixed(self._recommender.similarities(row))

    def _mixed(self, scores: NDArray[np.float32]) -> NDArray[np.float64]:
        mixed = self._recommender.with_quality_prior(scores, self._quality)
        # A film that the catalogue does not have (-1) takes the last.
        return np.append(mixed, -np.inf)[self._rows].astype(np.float64)


class Served(RelatedFilms):
    """A release's model as the API answers when nothing else is asked: varied and capped lists.

    Only what it recommends has a score, by its place. `compared` are the columns of the films
    that it chooses from beside a film.
    """

    def __init__(
        self,
        recommender: Recommender,
        rows: NDArray[np.int64],
        compared: NDArray[np.int64],
        for_a_user: int,
        for_a_film: int,
    ) -> None:
        self._recommender = recommender
        self._rows = rows
        self._compared = compared
        self._for_a_user = for_a_user
        self._for_a_film = for_a_film

    @override
    def scores(self, user: User) -> NDArray[np.float64]:
        rows = self._rows[user.likes]
        profile = self._recommender.profile([(int(row), 1.0) for row in rows[rows >= 0]])
        others = np.setdiff1d(np.arange(len(self._rows)), user.known)
        affinities = self._recommender.affinities(profile)
        return self._listed(affinities, others, self._for_a_user, PERSON_RANKING)

    @override
    def similarities(self, film: int) -> NDArray[np.float64]:
        row = int(self._rows[film])
        others = self._compared[self._compared != film]
        if row < 0:
            return np.full(len(self._rows), -np.inf)
        likeness = self._recommender.similarities(row)
        return self._listed(likeness, others, self._for_a_film, FILM_RANKING)

    def _listed(
        self, scores: NDArray[np.float32], columns: NDArray[np.int64], n: int, mix: RankingOptions
    ) -> NDArray[np.float64]:
        mixed = self._recommender.with_quality_prior(scores, mix.quality)
        offered = np.full_like(mixed, -np.inf)
        rows = self._rows[columns]
        offered[rows[rows >= 0]] = mixed[rows[rows >= 0]]
        chosen = self._recommender.top_n(offered, n, mix.diversity, mix.per_collection)
        places = np.full(len(mixed) + 1, -np.inf)
        places[chosen] = np.arange(len(chosen), 0, -1)
        return places[self._rows]


class Cosine(RelatedFilms):
    """Films by the cosine of their vectors; a user is the sum of those liked.

    Parameters
    ----------
    vectors : shape (rows, features)
        Of the films of the catalogue; they are scaled to unit length.
    rows : shape (films,)
        Each film's row in the catalogue; -1 where it has none, and is never recommended.
    """

    def __init__(self, vectors: sparse.csr_array, rows: NDArray[np.int64]) -> None:
        self.vectors = placed(normalize(vectors), rows)
        self._unknown = np.where(rows < 0, -np.inf, 0.0)

    @override
    def scores(self, user: User) -> NDArray[np.float64]:
        return self._beside(self.vectors[user.likes].sum(axis=0))

    @override
    def similarities(self, film: int) -> NDArray[np.float64]:
        return self._beside(self.vectors[[film]].sum(axis=0))

    def _beside(self, vector: NDArray[np.float64]) -> NDArray[np.float64]:
        scores: NDArray[np.float64] = self.vectors @ vector + self._unknown
        return scores


class Popularity(RelatedFilms):
    """The films that most people know, whoever asks; `raters`, shape (films,), counts them."""

    def __init__(self, raters: NDArray[np.int64]) -> None:
        self._raters = raters.astype(np.float64)

    @override
    def scores(self, user: User) -> NDArray[np.float64]:
        return self._raters

    @override
    def similarities(self, film: int) -> NDArray[np.float64]:
        return self._raters


class Random(RelatedFilms):
    """Any films, always the same ones for a user and beside a film."""

    def __init__(self, films: int, seed: int) -> None:
        self._films = films
        self._seed = seed

    @override
    def scores(self, user: User) -> NDArray[np.float64]:
        return self._drawn(user.number)

    @override
    def similarities(self, film: int) -> NDArray[np.float64]:
        return self._drawn(film)

    def _drawn(self, number: int) -> NDArray[np.float64]:
        return np.random.default_rng([self._seed, number]).random(self._films)


class ItemKnn(Method):
    """Films that the same people know as those a user knows, by implicit.

    The sum of a film's cosines with the known ones, each film having its `neighbours` nearest:
    Deshpande and Karypis, "Item-based top-N recommendation algorithms", TOIS 2004.

    Parameters
    ----------
    known : shape (users, films)
        1 where a user knows a film.
    neighbours : int
    """

    def __init__(self, known: sparse.csr_array, neighbours: int = ITEM_KNN_NEIGHBOURS) -> None:
        # Its CosineRecommender does the same, and warns of the matrix that it made for itself.
        recommender = ItemItemRecommender(K=neighbours, num_threads=1)
        recommender.fit(sparse.csr_matrix(normalize(known, axis=0)), show_progress=False)
        self._cosines = sparse.csr_array(recommender.similarity)

    @override
    def scores(self, user: User) -> NDArray[np.float64]:
        scores: NDArray[np.float64] = self._cosines[user.known].sum(axis=0)
        return scores


class Ease(RelatedFilms):
    """The linear model from what a user knows to what a user knows, no film telling of itself.

    Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019: with the Gram matrix
    G = XᵀX + λI of what is known, X, and P its inverse, the weight of film i for film j is
    B_ij = -P_ij / P_jj, and B_jj = 0.

    P is never written out, a matrix of films by films: by Woodbury's identity it is
    (I - Xᵀ(XXᵀ + λI)⁻¹X) / λ, and the inverse in it one of users by users.

    Parameters
    ----------
    known : float64, shape (users, films)
        X: 1 where a user knows a film, else 0.
    regularisation : float
        λ; more of it trusts what few people know less.
    """

    def __init__(
        self, known: NDArray[np.float64], regularisation: float = EASE_REGULARISATION
    ) -> None:
        users = known @ known.T + regularisation * np.eye(len(known))
        self._known = known
        self._solved = np.linalg.solve(users, known)
        self._diagonal = 1 - np.einsum("uf,uf->f", known, self._solved)

    @override
    def scores(self, user: User) -> NDArray[np.float64]:
        return self._weighed(user.known)

    @override
    def similarities(self, film: int) -> NDArray[np.float64]:
        return self._weighed(np.array([film]))

    def _weighed(self, films: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the sum of these rows of B; λ is in P and its diagonal alike, and cancels out."""
        own = np.zeros(self._known.shape[1])
        own[films] = 1
        inverse = own - self._known[:, films].sum(axis=1) @ self._solved
        weighed: NDArray[np.float64] = own - inverse / self._diagonal
        return weighed


def name_vectors(names: Sequence[Sequence[str]]) -> sparse.csr_array:
    """Return the TF-IDF of names, such as genres or keywords: shape (rows, names), unit rows."""
    weigher = TfidfVectorizer(analyzer=list)
    return sparse.csr_array(weigher.fit_transform(names))


def number_vectors(catalogue: pd.DataFrame, *, scaled: bool) -> sparse.csr_array:
    """Return `NINE_COLUMNS` of the catalogue, shape (rows, 9), 0 for what is missing.

    `scaled`, each column has mean 0 and variance 1 over the catalogue; as they are, the largest
    numbers, ids and money, decide alone.
    """
    numbers = catalogue[list(NINE_COLUMNS)].fillna(0).to_numpy(np.float64)
    return sparse.csr_array(StandardScaler().fit_transform(numbers) if scaled else numbers)


def placed(vectors: sparse.csr_array, rows: NDArray[np.int64]) -> sparse.csr_array:
    """Return the vectors at `rows`, shape (films, features), zeros where that is -1."""
    empty = sparse.csr_array((1, vectors.shape[1]))
    # The last row is the empty one, and -1 the last row.
    return sparse.csr_array(sparse.vstack([vectors, empty], format="csr")[rows])
