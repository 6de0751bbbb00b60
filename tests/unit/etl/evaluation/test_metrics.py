"""Each figure on numbers worked out by hand, and the laws it keeps to."""

from __future__ import annotations

from math import log2
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from etl.evaluation import metrics

if TYPE_CHECKING:
    from numpy.typing import NDArray

K = 10
INF = np.inf

SCORES = hnp.arrays(
    np.float64,
    hnp.array_shapes(min_dims=2, max_dims=2, max_side=15),
    # Few different ones, for many to be equal.
    elements=st.sampled_from([-INF, -1.0, 0.0, 0.5, 1.0, 2.0]),
)
HITS = hnp.arrays(np.bool_, st.tuples(st.integers(1, 6), st.just(K)))
SEEDS = st.integers(0, 2**32 - 1)


def sought_for(hits: NDArray[np.bool_], more: int) -> NDArray[np.int64]:
    """Return how many films each user sought: those hit, and some more."""
    return np.maximum(hits.sum(axis=1) + more, 1)


@st.composite
def recommendations(draw: st.DrawFn) -> tuple[NDArray[np.int64], int]:
    """Draw lists of different films with -1 at their ends, and how many films there are."""
    films = draw(st.integers(1, 30))
    full = draw(st.lists(st.permutations(range(films)), min_size=1, max_size=5))
    lengths = [draw(st.integers(0, min(K, films))) for _ in full]
    lists = [
        list(each[:length]) + [-1] * (K - length)
        for each, length in zip(full, lengths, strict=True)
    ]
    return np.array(lists, np.int64), films


def test_the_best_come_highest_first() -> None:
    scores = np.array([[0.1, 0.9, 0.5, 0.7], [4.0, 3.0, 2.0, 1.0]])

    assert metrics.top_n(scores, 2).tolist() == [[1, 3], [0, 1]]


def test_equal_scores_come_in_the_order_of_the_columns() -> None:
    scores = np.array([[1.0, 2.0, 1.0, 2.0, 1.0]])

    assert metrics.top_n(scores, 4).tolist() == [[1, 3, 0, 2]]


def test_what_must_not_be_recommended_leaves_its_place_empty() -> None:
    scores = np.array([[-INF, 5.0, -INF], [-INF, -INF, -INF]])

    assert metrics.top_n(scores, 2).tolist() == [[1, -1], [-1, -1]]


def test_fewer_films_than_places_leave_places_empty() -> None:
    assert metrics.top_n(np.array([[1.0, 2.0]]), 4).tolist() == [[1, 0, -1, -1]]


def test_a_score_that_is_no_number_is_an_error() -> None:
    with pytest.raises(ValueError, match="no number"):
        metrics.top_n(np.array([[1.0, np.nan]]), 1)


@given(scores=SCORES, k=st.integers(1, 20))
def test_the_best_are_those_of_a_stable_sort(scores: NDArray[np.float64], k: int) -> None:
    rows, films = scores.shape
    expected = np.full((rows, k), -1)
    for row in range(rows):
        order = sorted(range(films), key=lambda column: (-scores[row, column], column))
        allowed = [column for column in order if scores[row, column] > -INF][:k]
        expected[row, : len(allowed)] = allowed

    assert metrics.top_n(scores, k).tolist() == expected.tolist()


def test_hits_in_the_first_and_third_place_of_three_sought_films() -> None:
    hits = np.zeros((1, K), np.bool_)
    hits[0, [0, 2]] = True

    (gained,) = metrics.ndcg(hits, np.array([3]))

    # 1 / log2(2) + 1 / log2(4) of 1 / log2(2) + 1 / log2(3) + 1 / log2(4)
    assert gained == pytest.approx(1.5 / (1 + 0.6309297535714574 + 0.5))


def test_who_seeks_more_than_ten_films_is_measured_by_ten() -> None:
    hits = np.ones((1, K), np.bool_)

    assert metrics.ndcg(hits, np.array([37])).tolist() == pytest.approx([1])
    assert metrics.recall(hits, np.array([40])).tolist() == [0.25]


def test_a_user_counts_as_hit_by_one_film_or_several() -> None:
    hits = np.array([[False, False], [False, True], [True, True]])

    assert metrics.hit_rate(hits).tolist() == [0, 1, 1]
    assert metrics.precision(hits).tolist() == [0, 0.5, 1]
    assert metrics.recall(hits, np.array([1, 4, 2])).tolist() == [0, 0.25, 1]


def test_coverage_counts_every_film_once() -> None:
    recommended = np.array([[0, 1, -1], [1, 2, 0]])

    assert metrics.coverage(recommended, 12) == 0.25


def test_diversity_is_one_less_the_mean_cosine_of_the_pairs() -> None:
    vectors = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])

    (differ,) = metrics.diversity(np.array([[0, 1, 2, -1]]), vectors)

    # Cosines 0.6, 0 and 0.8.
    assert differ == pytest.approx(1 - 1.4 / 3)


def test_a_film_of_which_nothing_is_known_is_like_no_other() -> None:
    vectors = np.array([[1.0, 0.0], [1.0, 0.0], [0.0, 0.0]])

    assert metrics.diversity(np.array([[0, 1], [0, 2], [2, 0]]), vectors).tolist() == [0, 1, 1]


def test_a_list_without_a_pair_is_not_diverse() -> None:
    vectors = np.array([[1.0, 0.0], [0.0, 1.0]])

    assert metrics.diversity(np.array([[1, -1], [-1, -1]]), vectors).tolist() == [0, 0]


def test_novelty_is_the_mean_information_of_the_films() -> None:
    # Of 6 people 3 know the first film and none the second: p = 4 / 8 and 1 / 8.
    raters = np.array([3, 0])

    assert metrics.novelty(np.array([[0, 1], [1, -1], [-1, -1]]), raters, 6).tolist() == [2, 3, 0]


def test_the_interval_of_equal_values_is_their_value() -> None:
    assert metrics.estimate(np.full(20, 0.25)) == (0.25, 0.25, 0.25)


def test_the_interval_is_about_two_standard_errors_to_either_side() -> None:
    values = np.random.default_rng(4).normal(10, 2, 400)

    mean, low, high = metrics.estimate(values)

    error = values.std() / np.sqrt(len(values))
    assert mean == pytest.approx(values.mean())
    assert low == pytest.approx(mean - 1.96 * error, abs=0.2 * error)
    assert high == pytest.approx(mean + 1.96 * error, abs=0.2 * error)


def test_the_same_values_give_the_same_interval() -> None:
    values = np.arange(30.0)

    assert metrics.estimate(values) == metrics.estimate(values)


@given(hits=HITS, more=st.integers(0, 20))
def test_what_is_measured_of_hits_lies_between_0_and_1(hits: NDArray[np.bool_], more: int) -> None:
    relevant = sought_for(hits, more)

    for measured in (
        metrics.ndcg(hits, relevant),
        metrics.hit_rate(hits),
        metrics.recall(hits, relevant),
        metrics.precision(hits),
    ):
        assert measured.shape == (len(hits),)
        assert ((measured >= 0) & (measured <= 1 + 1e-12)).all()
        assert ((measured > 0) == hits.any(axis=1)).all()


@given(hits=HITS, more=st.integers(0, 20), seed=SEEDS)
def test_the_order_of_the_places_matters_to_ndcg_alone(
    hits: NDArray[np.bool_], more: int, seed: int
) -> None:
    relevant = sought_for(hits, more)
    shuffled = np.random.default_rng(seed).permuted(hits, axis=1)
    hits_first = -np.sort(-hits.astype(np.int8), axis=1) > 0

    assert (metrics.hit_rate(shuffled) == metrics.hit_rate(hits)).all()
    assert (metrics.recall(shuffled, relevant) == metrics.recall(hits, relevant)).all()
    assert (metrics.precision(shuffled) == metrics.precision(hits)).all()
    assert (metrics.ndcg(hits_first, relevant) >= metrics.ndcg(shuffled, relevant) - 1e-12).all()


@given(hits=HITS, more=st.integers(0, 20), seed=SEEDS)
def test_the_order_of_the_users_matters_to_none(
    hits: NDArray[np.bool_], more: int, seed: int
) -> None:
    relevant = sought_for(hits, more)
    order = np.random.default_rng(seed).permutation(len(hits))

    shuffled, theirs = hits[order], relevant[order]

    assert metrics.ndcg(shuffled, theirs) == pytest.approx(metrics.ndcg(hits, relevant)[order])
    assert metrics.recall(shuffled, theirs) == pytest.approx(metrics.recall(hits, relevant)[order])


@given(drawn=recommendations(), seed=SEEDS)
def test_diversity_and_novelty_keep_their_bounds_in_any_order(
    drawn: tuple[NDArray[np.int64], int], seed: int
) -> None:
    recommended, films = drawn
    generator = np.random.default_rng(seed)
    vectors = generator.random((films, 3)) * (generator.random((films, 1)) > 0.2)
    vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    raters = generator.integers(0, 8, films)
    shuffled = generator.permuted(recommended, axis=1)

    differ = metrics.diversity(recommended, vectors)
    new = metrics.novelty(recommended, raters, 7)

    assert ((differ >= 0) & (differ <= 1)).all()
    assert ((new >= 0) & (new <= log2(9))).all()
    assert metrics.diversity(shuffled, vectors) == pytest.approx(differ)
    assert metrics.novelty(shuffled, raters, 7) == pytest.approx(new)
    assert metrics.coverage(shuffled, films) == metrics.coverage(recommended, films) <= 1


@given(drawn=recommendations(), seed=SEEDS)
def test_diversity_is_that_of_the_pairs_one_by_one(
    drawn: tuple[NDArray[np.int64], int], seed: int
) -> None:
    recommended, films = drawn
    vectors = np.random.default_rng(seed).random((films, 4))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    expected = []
    for row in recommended:
        there = [film for film in row if film >= 0]
        pairs = [(a, b) for a in there for b in there if a < b]
        cosines = [float(vectors[a] @ vectors[b]) for a, b in pairs]
        expected.append(1 - sum(cosines) / len(cosines) if cosines else 0)

    assert metrics.diversity(recommended, vectors) == pytest.approx(np.array(expected), abs=1e-9)


@given(values=hnp.arrays(np.float64, st.integers(1, 40), elements=st.floats(0, 1)))
def test_an_interval_holds_its_mean_and_stays_within_the_values(
    values: NDArray[np.float64],
) -> None:
    mean, low, high = metrics.estimate(values, resamples=1000)

    assert values.min() - 1e-12 <= low <= high <= values.max() + 1e-12
    assert mean == pytest.approx(values.mean())
