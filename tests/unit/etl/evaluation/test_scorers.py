"""Every method on a handful of films."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import numpy as np
import pandas as pd
import pytest
from implicit.nearest_neighbours import CosineRecommender
from scipy import sparse

from cartelera.contract.ranking import FILM_RANKING, PERSON_RANKING, RankingOptions
from etl.evaluation.scorers import (
    NINE_COLUMNS,
    CarteleraScorer,
    CosineScorer,
    EaseScorer,
    ItemKnnScorer,
    PopularityScorer,
    RandomScorer,
    ServedScorer,
    name_vectors,
    number_vectors,
    rp3beta,
    shrunk_cosines,
    slim,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from cartelera.recommend.model import Model
    from etl.evaluation.ratings import User

# Who knows which of six films; nobody knows the last.
KNOWN = np.array(
    [
        [1, 1, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0],
        [0, 1, 1, 1, 0, 0],
        [0, 0, 0, 1, 1, 0],
    ],
    np.float64,
)


class FakeModel:
    """A model of given vectors, whose quality adds a film's row number."""

    def __init__(self, *vectors: Sequence[float]) -> None:
        self._vectors = np.array(vectors, np.float32)
        self.films = len(vectors)
        self.liked: Sequence[tuple[int, float]] = ()

    def row(self, film: int) -> NDArray[np.float32]:
        vector: NDArray[np.float32] = self._vectors[film]
        return vector

    def similarities(self, film: int) -> NDArray[np.float32]:
        return self.affinities(self._vectors[film])

    def profile(
        self, likes: Sequence[tuple[int, float]], dislikes: Sequence[tuple[int, float]] = ()
    ) -> NDArray[np.float32]:
        assert not dislikes
        self.liked = likes
        profile = np.zeros(self._vectors.shape[1], np.float32)
        for row, weight in likes:
            profile += self._vectors[row] * np.float32(weight)
        return profile

    def affinities(self, profile: NDArray[np.float32]) -> NDArray[np.float32]:
        return (self._vectors @ profile).astype(np.float32)

    def narrowness(self, films: Sequence[tuple[int, float]]) -> float:
        return float(len(films) == 1)

    def quality(self, power: float) -> NDArray[np.float32]:
        return (np.arange(self.films) * power).astype(np.float32)

    def ranking_scores(
        self, similarities: NDArray[np.float32], power: float, ceiling: float
    ) -> NDArray[np.float32]:
        return similarities + np.minimum(self.quality(power), ceiling)

    def top_n(
        self,
        scores: NDArray[np.float32],
        n: int,
        diversity: float = 0.0,
        per_collection: int | None = None,
    ) -> list[int]:
        assert (diversity, per_collection) in (FILM_RANKING[1:3], PERSON_RANKING[1:3])
        order = np.argsort(-scores, kind="stable")
        return [int(row) for row in order if scores[row] > -np.inf][:n]


@pytest.fixture
def fake() -> FakeModel:
    return FakeModel([1, 0], [0, 1], [1, 1])


@pytest.fixture
def model(fake: FakeModel) -> Model:
    return cast("Model", fake)


def test_what_is_served_is_listed_by_its_place_and_nothing_else_has_a_score(
    model: Model, user: Callable[..., User]
) -> None:
    served = ServedScorer(model, np.array([2, 0, -1, 1]), np.array([0, 1, 3]))

    # Film 1 is liked; of the films not known yet film 0 shares something with it.
    assert served.scores(user([1], [5.0])).tolist() == [2, -np.inf, -np.inf, 1]
    assert served.similarities(1).tolist() == [2, -np.inf, -np.inf, 1]
    assert served.similarities(2).tolist() == [-np.inf] * 4


def test_ours_scores_the_films_of_the_catalogue_by_what_is_liked(
    fake: FakeModel, model: Model, user: Callable[..., User]
) -> None:
    # Columns 0 to 3 are rows 2, 0, none and 1.
    ours = CarteleraScorer(model, np.array([2, 0, -1, 1]), RankingOptions(0.0, 0, 9))

    scores = ours.scores(user([1, 2, 3], stars=[5.0, 5.0, 1.0]))

    assert fake.liked == [(0, 1.0)]
    assert scores.tolist() == [1, 1, -np.inf, 0]


def test_ours_counts_quality_up_to_that_of_the_best_film_asked_about(
    model: Model, user: Callable[..., User]
) -> None:
    ours = CarteleraScorer(model, np.array([2, 0, -1, 1]), RankingOptions(1.0, 0, 9))

    assert ours.scores(user([1])).tolist() == [1, 1, -np.inf, 0]
    assert ours.scores(user([1, 3])).tolist() == [3, 1, -np.inf, 2]
    assert ours.similarities(3).tolist() == [2, 0, -np.inf, 2]


def test_ours_has_nothing_beside_a_film_that_the_catalogue_does_not_have(
    model: Model,
) -> None:
    ours = CarteleraScorer(model, np.array([2, 0, -1, 1]), RankingOptions(1.0, 0, 9))

    assert ours.similarities(2).tolist() == [-np.inf] * 4


def test_ours_knows_no_taste_of_who_likes_nothing_in_the_catalogue(
    model: Model, user: Callable[..., User]
) -> None:
    ours = CarteleraScorer(model, np.array([2, 0, -1, 1]), RankingOptions(0.0, 0, 9))

    assert ours.scores(user([2])).tolist() == [1, 1, -np.inf, 1]


def test_a_cosine_does_not_see_how_long_a_vector_is(user: Callable[..., User]) -> None:
    vectors = sparse.csr_array(np.array([[5.0, 0.0], [0.3, 0.4], [0.0, 0.1]]))
    cosine = CosineScorer(vectors, np.array([0, 1, 2, -1]))

    assert cosine.similarities(1).tolist() == pytest.approx([0.6, 1, 0.8, -np.inf])
    assert cosine.scores(user([0, 2])).tolist() == pytest.approx([1, 1.4, 1, -np.inf])


def test_a_film_that_is_not_in_the_catalogue_is_like_no_other() -> None:
    cosine = CosineScorer(sparse.csr_array(np.eye(2)), np.array([1, -1, 0]))

    assert cosine.similarities(1).tolist() == [0, -np.inf, 0]


def test_popularity_is_the_same_for_everyone(user: Callable[..., User]) -> None:
    popularity = PopularityScorer(np.array([3, 0, 7]))

    assert popularity.scores(user([0])).tolist() == [3, 0, 7]
    assert popularity.similarities(2).tolist() == [3, 0, 7]


def test_chance_differs_by_user_and_not_by_run(user: Callable[..., User]) -> None:
    first, second = RandomScorer(50, seed=1), RandomScorer(50, seed=1)

    scores = first.scores(user([0], number=4))

    assert scores.tolist() == second.scores(user([3], number=4)).tolist()
    assert scores.tolist() != first.scores(user([0], number=5)).tolist()
    assert scores.tolist() != RandomScorer(50, seed=2).scores(user([0], number=4)).tolist()
    assert first.similarities(7).tolist() == second.similarities(7).tolist()


def test_item_knn_adds_up_the_cosines_of_what_is_known(user: Callable[..., User]) -> None:
    scorer = ItemKnnScorer(sparse.csr_array(KNOWN))

    scores = scorer.scores(user([0, 2]))

    lengths = np.sqrt(KNOWN.sum(axis=0)).clip(1)
    cosines = KNOWN.T @ KNOWN / lengths / lengths[:, None]
    assert scores.tolist() == pytest.approx((cosines[0] + cosines[2]).tolist())
    assert scorer.similarities(0) is None


# It hands itself a matrix of a kind that it warns of.
@pytest.mark.filterwarnings("ignore:Method expects CSR input")
def test_item_knn_recommends_what_implicit_does(user: Callable[..., User]) -> None:
    known = (np.random.default_rng(8).random((30, 40)) < 0.3).astype(np.float64)
    theirs = CosineRecommender(K=21, num_threads=1)
    theirs.fit(sparse.csr_matrix(known), show_progress=False)

    films, scores = theirs.recommend(3, sparse.csr_matrix(known)[[3]], N=10)

    ours = ItemKnnScorer(sparse.csr_array(known)).scores(user(known[3].nonzero()[0]))
    assert ours[films].tolist() == pytest.approx(scores.tolist())


@pytest.mark.parametrize("regularisation", [0.5, 300.0])
def test_ease_is_its_closed_form(user: Callable[..., User], regularisation: float) -> None:
    gram = KNOWN.T @ KNOWN + regularisation * np.eye(6)
    inverse = np.linalg.inv(gram)
    weights = inverse / -np.diag(inverse)
    np.fill_diagonal(weights, 0)

    ease = EaseScorer(KNOWN, regularisation)

    for row in KNOWN:
        assert ease.scores(user(row.nonzero()[0])) == pytest.approx(row @ weights)
    for film in range(6):
        assert ease.similarities(film) == pytest.approx(weights[film])


def test_neighbours_that_few_people_know_are_shrunk_and_none_is_its_own() -> None:
    known = sparse.csr_array(KNOWN)
    common, counts = KNOWN.T @ KNOWN, KNOWN.sum(axis=0)
    np.fill_diagonal(common, 0)

    shrunk = shrunk_cosines(known, 3.0).toarray()

    assert shrunk == pytest.approx(common / (np.sqrt(np.outer(counts, counts)) + 3))


def test_a_walk_of_three_steps_ends_where_its_probability_says() -> None:
    counts = np.maximum(KNOWN.sum(axis=0), 1)
    steps = (KNOWN / counts).T @ (KNOWN / KNOWN.sum(axis=1, keepdims=True)) / counts**0.4
    np.fill_diagonal(steps, 0)

    assert rp3beta(sparse.csr_array(KNOWN), 0.4).toarray() == pytest.approx(steps)


def test_slim_tells_each_film_from_others_with_no_more_of_them_than_it_must() -> None:
    rng = np.random.default_rng(1)
    known = (rng.random((60, 5)) < 0.4).astype(np.float64)
    known[:, 1] = known[:, 0]
    penalty, l1_ratio = 0.02, 0.5

    weights = slim(sparse.csr_array(known), penalty, l1_ratio).toarray()

    assert not np.diagonal(weights).any()
    assert weights.min() == 0
    # Who knows the first film knows the second: of the two neither needs any other.
    assert np.flatnonzero(weights[:, 0]).tolist() == [1]
    # The elastic net's conditions of the optimum (Zou and Hastie, 2005), film by film.
    for film, own in enumerate(weights.T):
        gradient = known.T @ (known @ own - known[:, film]) / len(known)
        gradient += penalty * (l1_ratio + (1 - l1_ratio) * own)
        others = np.arange(5) != film
        assert gradient[others].min() > -1e-3
        assert gradient[own > 0] == pytest.approx(0, abs=1e-3)


def test_slim_has_no_weight_for_films_that_few_know_together() -> None:
    known = np.zeros((12, 3))
    known[:4, :2] = known[4:, 2] = known[4:9, 1] = 1

    weights = slim(sparse.csr_array(known), 1e-3).toarray()

    assert not weights[0].any()
    assert not weights[:, 0].any()
    assert weights[1, 2] > 0


def test_a_rare_name_weighs_more_than_a_common_one() -> None:
    vectors = name_vectors([["Drama", "Science Fiction"], ["Drama"], [], ["Drama"]]).toarray()

    assert vectors.shape == (4, 2)
    assert np.linalg.norm(vectors, axis=1).tolist() == pytest.approx([1, 1, 0, 1])
    assert vectors[0, 0] < vectors[0, 1]


def test_names_are_told_apart_to_the_letter() -> None:
    assert name_vectors([["drama", "Drama", "science fiction"]]).shape == (1, 3)


def test_missing_numbers_are_0() -> None:
    catalogue = pd.DataFrame({column: [1.0, 3.0] for column in NINE_COLUMNS})
    catalogue.loc[1, "runtime"] = np.nan

    numbers = number_vectors(catalogue, scaled=False).toarray()

    assert numbers.shape == (2, 9)
    assert numbers[1].tolist() == [3, 3, 3, 3, 0, 3, 3, 3, 3]


def test_scaled_numbers_have_mean_0_and_variance_1() -> None:
    generator = np.random.default_rng(1)
    catalogue = pd.DataFrame({column: generator.random(30) * 1e6 for column in NINE_COLUMNS})

    numbers = number_vectors(catalogue, scaled=True).toarray()

    assert numbers.mean(axis=0) == pytest.approx(0, abs=1e-9)
    assert numbers.std(axis=0) == pytest.approx(1)


def test_vectors_are_placed_by_row_and_empty_where_there_is_none() -> None:
    cosine = CosineScorer(sparse.csr_array(np.array([[0.6, 0.8], [0, 1]])), np.array([1, -1, 0]))

    assert cosine.vectors.toarray().tolist() == [[0, 1], [0, 0], [0.6, 0.8]]
