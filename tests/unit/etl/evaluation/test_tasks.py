"""What is asked of every method, and that another library counts NDCG alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from implicit.evaluation import ranking_metrics_at_k
from scipy import sparse

from etl.evaluation import metrics
from etl.evaluation.ratings import Ratings
from etl.evaluation.tasks import NextFilmsTask, SimilarFilmsTask

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from etl.evaluation.ratings import User

FILMS = 40


class AsImplicit:
    """Recommends by given scores, with the face that implicit's evaluation asks for."""

    def __init__(self, scores: NDArray[np.float64]) -> None:
        self._scores = scores

    def recommend(
        self,
        userid: NDArray[np.int64],
        user_items: sparse.csr_matrix,
        N: int,  # noqa: N803 (implicit's name)
    ) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
        scores = np.where(user_items.toarray() > 0, -np.inf, self._scores[userid])
        ids = np.argsort(-scores, axis=1, kind="stable")[:, :N]
        return ids.astype(np.int32), np.take_along_axis(scores, ids, axis=1)


def drawn_task(seed: int, users: int) -> NextFilmsTask:
    """Return a task of people who know some films and seek others, at least one."""
    generator = np.random.default_rng(seed)
    drawn = generator.random((users, FILMS))
    relevant = drawn > 0.7
    relevant[np.arange(users), generator.integers(0, FILMS, users)] = True
    return NextFilmsTask((drawn < 0.2) & ~relevant, relevant)


def rated_by(films: Mapping[int, range], stars: float = 3.0) -> Ratings:
    """Return ratings from the users of each film, all alike."""
    pairs = sorted((user, film) for film, users in films.items() for user in users)
    users, columns = np.array(pairs).T
    return Ratings(users, columns, np.full(len(pairs), stars), columns)


def test_known_films_are_never_recommended(user: Callable[..., User]) -> None:
    task = NextFilmsTask.of([user([0, 1], [3]), user([2], [0, 1])], 4)
    scores = np.array([[9.0, 8.0, 1.0, 2.0], [3.0, 2.0, 9.0, 1.0]])

    recommended = task.recommend(scores)

    assert recommended[:, :4].tolist() == [[3, 2, -1, -1], [0, 1, 3, -1]]
    assert task.hits(recommended)[:, :3].tolist() == [[True, False, False], [True, True, False]]
    assert task.relevant.sum(axis=1).tolist() == [1, 2]


def test_ndcg_of_a_hit_in_the_second_place_of_two_sought(user: Callable[..., User]) -> None:
    task = NextFilmsTask.of([user([0], [2, 4])], 5)

    (gained,) = task.ndcg(np.array([[5.0, 4.0, 3.0, 2.0, -np.inf]]))

    # Film 1, then 2, then 3; 1 / log2(3) of 1 + 1 / log2(3).
    assert gained == pytest.approx(0.6309297535714574 / 1.6309297535714574)


def test_an_empty_place_is_not_taken_for_the_last_film(user: Callable[..., User]) -> None:
    task = NextFilmsTask.of([user([0], [2])], 3)

    assert task.ndcg(np.array([[1.0, 1.0, -np.inf]])).tolist() == [0]


@given(seed=st.integers(0, 2**32 - 1), users=st.integers(1, 8))
def test_implicit_counts_ndcg_alike(seed: int, users: int) -> None:
    task = drawn_task(seed, users)
    scores = np.random.default_rng(seed).random((users, FILMS))

    theirs: dict[str, Any] = ranking_metrics_at_k(
        AsImplicit(scores),
        sparse.csr_matrix(task.known.astype(np.float64)),
        sparse.csr_matrix(task.relevant.astype(np.float64)),
        K=10,
        show_progress=False,
    )

    assert task.ndcg(scores).mean() == pytest.approx(theirs["ndcg"])


@given(seed=st.integers(0, 2**32 - 1))
def test_the_numbers_that_films_go_by_do_not_matter(seed: int) -> None:
    task = drawn_task(seed, 4)
    scores = np.random.default_rng(seed).random((4, FILMS))
    order = np.random.default_rng(seed).permutation(FILMS)
    renumbered = NextFilmsTask(task.known[:, order], task.relevant[:, order])

    assert renumbered.ndcg(scores[:, order]) == pytest.approx(task.ndcg(scores))


@given(seed=st.integers(0, 2**32 - 1))
def test_who_knows_what_is_sought_cannot_be_beaten(seed: int) -> None:
    task = drawn_task(seed, 4)

    assert task.ndcg(task.relevant.astype(np.float32)) == pytest.approx(1)


def test_the_nearest_of_a_film_are_those_of_the_same_people() -> None:
    # Films 0 to 20 share their raters, films 21 to 41 have theirs, and film 42 has too few.
    ratings = rated_by(
        dict.fromkeys(range(21), range(20))
        | dict.fromkeys(range(21, 42), range(20, 40))
        | {42: range(19)}
    )

    task = SimilarFilmsTask.of(ratings, 50)

    assert task
    assert task.films.tolist() == list(range(42))
    assert task.relevant[0].nonzero()[0].tolist() == list(range(1, 21))
    assert task.relevant[30].nonzero()[0].tolist() == [*range(21, 30), *range(31, 42)]


def test_precision_is_the_share_of_five_films_that_are_near() -> None:
    relevant = np.zeros((8, 8), np.bool_)
    relevant[0, [1, 2, 7]] = True
    task = SimilarFilmsTask(np.arange(8), relevant)
    scores = np.zeros((8, 8))
    # The film itself does not count: the five are 1 to 5, of which 1 and 2 are near.
    scores[0] = [9, 8, 7, 6, 5, 4, 3, 2]

    assert task.precision(scores).tolist() == pytest.approx([2 / 5, *[0] * 7])


def test_films_that_cannot_be_recommended_are_misses() -> None:
    task = SimilarFilmsTask(np.arange(6), ~np.eye(6, dtype=np.bool_))
    scores = np.full((6, 6), -np.inf)
    scores[0, :3] = 1

    assert task.precision(scores).tolist() == pytest.approx([2 / 5, *[0] * 5])


def test_a_film_is_near_those_rated_with_like_stars() -> None:
    raters = 20
    generator = np.random.default_rng(3)
    stars = generator.uniform(1, 5, (30, raters))
    stars[1] = stars[0] / 2
    users, films = np.divmod(np.arange(30 * raters), 30)
    ratings = Ratings(users, films, stars[films, users], films)

    task = SimilarFilmsTask.of(ratings, 30)

    assert task
    unit = stars / np.linalg.norm(stars, axis=1, keepdims=True)
    cosines = unit @ unit.T - 2 * np.eye(30)
    assert task.relevant[0, 1]
    assert (task.relevant.sum(axis=1) == 20).all()
    assert not task.relevant.diagonal().any()
    assert (metrics.top_n(cosines, 20)[5] == np.argsort(-cosines[5])[:20]).all()
    assert set(task.relevant[5].nonzero()[0]) == set(np.argsort(-cosines[5])[:20])


def test_too_few_films_with_raters_leave_nothing_to_ask() -> None:
    enough = range(20)

    assert SimilarFilmsTask.of(rated_by(dict.fromkeys(range(20), enough)), 30) is None
    assert SimilarFilmsTask.of(rated_by(dict.fromkeys(range(21), enough)), 30) is not None


def test_precision_in_the_catalogue_is_of_lists_that_may_have_other_films() -> None:
    relevant = np.array([[0, 1, 1], [1, 0, 0], [0, 0, 0]], np.bool_)
    task = SimilarFilmsTask(np.array([0, 2, 3]), relevant)
    # The column 3 has no row; the film of row 8 is not compared.
    rows = np.array([5, 6, 9, -1])

    found = task.precision_of_lists(rows, np.array([5, 5, 5, 9, 8]), np.array([9, 8, 6, 5, 9]))

    assert found.tolist() == [0.2, 0.2, 0]
