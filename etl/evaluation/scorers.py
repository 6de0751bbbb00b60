"""The scorers that are compared: ours, the obvious ones, and those that know others' ratings."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, override

import numpy as np
from implicit.nearest_neighbours import ItemItemRecommender
from scipy import sparse
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import ElasticNet
from sklearn.preprocessing import StandardScaler, normalize

from cartelera.contract.ranking import FILM_RANKING, PERSON_RANKING
from cartelera.recommend.query import Query
from etl.evaluation.mixture import likes_in_catalogue
from etl.evaluation.tasks import K_FILM, K_USER, NEIGHBOURS

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from cartelera.contract.ranking import RankingOptions
    from cartelera.recommend.item_weights import ItemWeights
    from cartelera.recommend.model import Model
    from etl.evaluation.ratings import User

    type Floats = NDArray[np.float64]
    type Columns = NDArray[np.int64]

# What the project before this one compares films by.
_RAW = ("id", "budget", "popularity", "revenue", "runtime", "vote_average", "vote_count")
NINE_COLUMNS = (*_RAW, "release_year", "return")


class Scorer(ABC):
    """Scores all films, the higher the better; -inf excludes a film."""

    @abstractmethod
    def scores(self, user: User) -> Floats:
        """Return the films' scores for a user, shape (films,)."""

    def similarities(self, film: int) -> Floats | None:  # noqa: ARG002 (of those that have some)
        """Return the films' scores beside one, shape (films,); None if it has none."""
        return None


class CarteleraScorer(Scorer):
    """A release's model, and its item weights where it has any.

    `rows`, shape (films,), are the films' in the catalogue: -1 for none, never recommended.
    """

    def __init__(
        self,
        model: Model,
        rows: Columns,
        ranking: RankingOptions,
        item_weights: ItemWeights | None = None,
    ) -> None:
        self._model = model
        self._rows = rows
        self._ranking = ranking
        self._item_weights = item_weights

    @override
    def scores(self, user: User) -> Floats:
        return self._by_column(self._for_person(user))

    @override
    def similarities(self, film: int) -> Floats:
        return self._by_column(self._for_film(film))

    def _for_person(self, user: User) -> NDArray[np.float32]:
        likes = likes_in_catalogue(user, self._rows)
        query = Query.of_person(self._model, likes, (), self._ranking, self._item_weights)
        return query.scores()

    def _for_film(self, film: int) -> NDArray[np.float32]:
        row = int(self._rows[film])
        if row < 0:
            return np.full(self._model.films, -np.inf, np.float32)
        return Query.of_film(self._model, row, self._ranking, self._item_weights).scores()

    def _by_column(self, scores: NDArray[np.floating]) -> Floats:
        # A film without a row (-1) takes the last.
        return np.append(scores, -np.inf)[self._rows].astype(np.float64)


class ServedScorer(CarteleraScorer):
    """A release's model as the API answers by default: varied lists, with few of a collection.

    Only the films of the list have scores, by their rank. `compared` are the columns of those
    that can be recommended beside a film.
    """

    def __init__(
        self,
        model: Model,
        rows: Columns,
        compared: Columns,
        item_weights: ItemWeights | None = None,
    ) -> None:
        super().__init__(model, rows, PERSON_RANKING, item_weights)
        self._beside_film = CarteleraScorer(model, rows, FILM_RANKING, item_weights)
        self._compared = compared

    @override
    def scores(self, user: User) -> Floats:
        others = np.setdiff1d(np.arange(len(self._rows)), user.known)
        return self._ranked(self._for_person(user), others, K_USER, PERSON_RANKING)

    @override
    def similarities(self, film: int) -> Floats:
        others = self._compared[self._compared != film]
        scores = self._beside_film._for_film(film)  # noqa: SLF001 (of the same class)
        return self._ranked(scores, others, K_FILM, FILM_RANKING)

    def _ranked(
        self, scores: NDArray[np.float32], columns: Columns, k: int, how: RankingOptions
    ) -> Floats:
        candidates = np.full_like(scores, -np.inf)
        rows = self._rows[columns]
        candidates[rows[rows >= 0]] = scores[rows[rows >= 0]]
        chosen = self._model.top_n(candidates, k, how.diversity, how.per_collection)
        ranks = np.full(len(scores), -np.inf)
        ranks[chosen] = np.arange(len(chosen), 0, -1)
        return self._by_column(ranks)


class CosineScorer(Scorer):
    """Films by the cosine of their vectors, a row a film of the catalogue; a user is their sum.

    `rows` are those of `CarteleraScorer`.
    """

    def __init__(self, vectors: sparse.csr_array, rows: Columns) -> None:
        empty = sparse.csr_array((1, vectors.shape[1]))
        # The last row is the empty one, and -1 the last row.
        stacked = sparse.vstack([normalize(vectors), empty], format="csr")
        self.vectors = sparse.csr_array(stacked[rows])
        self._unknown = np.where(rows < 0, -np.inf, 0.0)

    @override
    def scores(self, user: User) -> Floats:
        return self._beside(user.likes)

    @override
    def similarities(self, film: int) -> Floats:
        return self._beside([film])

    def _beside(self, films: Columns | list[int]) -> Floats:
        return np.asarray(self.vectors @ self.vectors[films].sum(axis=0) + self._unknown)


class PopularityScorer(Scorer):
    """The films that most people know; `raters`, shape (films,), counts them."""

    def __init__(self, raters: Columns) -> None:
        self._raters = raters.astype(np.float64)

    @override
    def scores(self, user: User) -> Floats:
        return self._raters

    @override
    def similarities(self, film: int) -> Floats:
        return self._raters


class RandomScorer(Scorer):
    """Random films, always the same for a user and beside a film."""

    def __init__(self, films: int, seed: int) -> None:
        self._films = films
        self._seed = seed

    @override
    def scores(self, user: User) -> Floats:
        return self.similarities(user.number)

    @override
    def similarities(self, film: int) -> Floats:
        return np.random.default_rng([self._seed, film]).random(self._films)


class ItemKnnScorer(Scorer):
    """The sum of a film's cosines with the films a user likes, by implicit.

    Deshpande and Karypis, "Item-based top-N recommendation algorithms", TOIS 2004.

    `known`, shape (users, films), is 1 where a user knows a film. The cosines of the 20 nearest
    films of each count: implicit takes the film itself for one of them.
    """

    def __init__(self, known: sparse.csr_array) -> None:
        # Its CosineRecommender does the same, and warns of the matrix that it made for itself.
        recommender = ItemItemRecommender(K=NEIGHBOURS + 1, num_threads=1)
        recommender.fit(sparse.csr_matrix(normalize(known, axis=0)), show_progress=False)
        self._cosines = sparse.csr_array(recommender.similarity)

    @override
    def scores(self, user: User) -> Floats:
        return np.asarray(self._cosines[user.likes].sum(axis=0))


class SimilarityScorer(Scorer):
    """The sum of a film's similarities with the films a user likes.

    `similarities`, shape (films, films): how much each row speaks for each column.
    """

    def __init__(self, similarities: sparse.csr_array) -> None:
        self._similarities = similarities

    @override
    def scores(self, user: User) -> Floats:
        return np.asarray(self._similarities[user.likes].sum(axis=0))

    @override
    def similarities(self, film: int) -> Floats:
        return np.asarray(self._similarities[[film]].sum(axis=0))


def shrunk_cosines(known: sparse.csr_array, shrinkage: float = 10.0) -> sparse.csr_array:
    """Return the cosines of all films, the lower the fewer people know both.

    Bell and Koren, "Improved neighborhood-based collaborative filtering", KDD Cup 2007.

    Parameters
    ----------
    known : shape (users, films)
        1 where a user knows a film.
    shrinkage
        What is added to the product of two films' lengths.
    """
    common = _common(known)
    lengths = np.sqrt(known.sum(axis=0))
    rows, columns = common.nonzero()
    common.data = common.data / (lengths[rows] * lengths[columns] + shrinkage)
    return common


def rp3beta(known: sparse.csr_array, beta: float = 0.6) -> sparse.csr_array:
    """Return how probably a walk of three steps from one film ends at another, less the known.

    Paudel et al., "Updatable, accurate, diverse, and scalable recommendations for interactive
    applications", TiiS 2017.

    Parameters
    ----------
    known : shape (users, films)
        1 where a user knows a film.
    beta
        The power of the number of people who know a film that the probability is divided by.
    """
    raters = np.maximum(known.sum(axis=0), 1)
    of_users = normalize(known, norm="l1", axis=1)
    steps = sparse.csr_array(sparse.diags_array(1 / raters) @ known.T @ of_users)
    steps = sparse.csr_array(steps @ sparse.diags_array(raters**-beta))
    steps.setdiag(0)
    return steps


def slim(
    known: sparse.csr_array, penalty: float = 0.05, l1_ratio: float = 0.2, min_common: int = 5
) -> sparse.csr_array:
    """Return the weights, none below 0, with which films tell best who knows each other film.

    Ning and Karypis, "SLIM: sparse linear methods for top-n recommender systems", ICDM 2011: an
    elastic net for each film, of the films that enough people know with it.

    Parameters
    ----------
    known : shape (users, films)
        1 where a user knows a film.
    penalty, l1_ratio
        See scikit-learn's `ElasticNet`; of some tried, those of the highest NDCG@10.
    min_common
        How many people have to know both of two films that have a weight.
    """
    films = known.shape[1]
    own = np.flatnonzero(known.sum(axis=0) >= min_common)
    seen = known[:, own].toarray(order="F")
    enough = seen.T @ seen >= min_common
    np.fill_diagonal(enough, val=False)
    weights = sparse.lil_array((films, films))
    net = ElasticNet(alpha=penalty, l1_ratio=l1_ratio, positive=True, fit_intercept=False, tol=1e-3)
    for place in np.flatnonzero(enough.any(axis=0)):
        others = np.flatnonzero(enough[:, place])
        net.fit(seen[:, others], seen[:, place])
        weights[own[others], own[place]] = net.coef_
    return sparse.csr_array(weights)


def _common(known: sparse.csr_array) -> sparse.csr_array:
    """Return how many people know both of two films, 0 on the diagonal."""
    common = sparse.csr_array(known.T @ known)
    common.setdiag(0)
    common.eliminate_zeros()
    return common


class EaseScorer(Scorer):
    """A linear autoencoder: what a user knows from what a user knows, each film from the others.

    Asked for what a user likes.

    Steck, "Embarrassingly shallow autoencoders for sparse data", WWW 2019: with the Gram matrix
    G = XᵀX + λI of what is known, X, and P its inverse, the weight of film i for film j is
    B_ij = -P_ij / P_jj, and B_jj = 0.

    P, a matrix of films by films, is never written out: by Woodbury's identity it is
    (I - Xᵀ(XXᵀ + λI)⁻¹X) / λ, with an inverse of users by users.

    `known` is X, shape (users, films): 1 where a user knows a film, else 0. `regularisation` is λ:
    the higher, the less is learnt from what few people know.
    """

    def __init__(self, known: Floats, regularisation: float = 300.0) -> None:
        users = known @ known.T + regularisation * np.eye(len(known))
        self._known = known
        self._solved = np.linalg.solve(users, known)
        self._diagonal = 1 - np.einsum("uf,uf->f", known, self._solved)

    @override
    def scores(self, user: User) -> Floats:
        return self._sum_weights(user.likes)

    @override
    def similarities(self, film: int) -> Floats:
        return self._sum_weights([film])

    def _sum_weights(self, films: Columns | list[int]) -> Floats:
        """Return the sum of these rows of B; λ is in P and its diagonal alike, and cancels out."""
        own = np.zeros(self._known.shape[1])
        own[films] = 1
        inverse = own - self._known[:, films].sum(axis=1) @ self._solved
        return np.asarray(own - inverse / self._diagonal)


def name_vectors(names: Sequence[Sequence[str]]) -> sparse.csr_array:
    """Return the TF-IDF of names, such as genres or keywords: shape (rows, names), unit rows."""
    return sparse.csr_array(TfidfVectorizer(analyzer=list).fit_transform(names))


def number_vectors(catalogue: pd.DataFrame, *, scaled: bool) -> sparse.csr_array:
    """Return `NINE_COLUMNS` of the catalogue, 0 for what is missing.

    Parameters
    ----------
    catalogue
        A row a film.
    scaled
        Whether each column gets mean 0 and variance 1; otherwise ids and money decide alone.

    Returns
    -------
    csr_array
        float64, shape (rows, 9).
    """
    numbers = catalogue[list(NINE_COLUMNS)].fillna(0).to_numpy(np.float64)
    return sparse.csr_array(StandardScaler().fit_transform(numbers) if scaled else numbers)
