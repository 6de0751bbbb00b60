"""Which films are selected by their scores."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.models import make_model, matrices

if TYPE_CHECKING:
    from cartelera.recommend.model import Model

# What a list is chosen from: each film's score, votes and collection. Few values, many ties.
catalogues = st.lists(
    st.tuples(
        st.sampled_from([-np.inf, -0.5, 0.0, 0.25, 0.5, 0.5, 1.0]),
        st.integers(0, 3),
        st.integers(-1, 3),
    ),
    min_size=1,
    max_size=40,
)
counts = st.integers(1, 12)


def of_catalogue(catalogue: list[tuple[float, int, int]]) -> tuple[Model, np.ndarray]:
    scores, votes, collections = zip(*catalogue, strict=True)
    model = make_model(np.ones((len(scores), 1)), votes=votes, collections=collections)
    return model, np.array(scores, np.float32)


def in_order(scores: np.ndarray, model: Model) -> list[int]:
    """Return the films as a list without any conditions has them."""
    films = [film for film in range(len(scores)) if scores[film] > -np.inf]
    return sorted(films, key=lambda film: (-scores[film], -model.votes[film], film))


@given(catalogues, counts)
def test_the_best_are_in_order_of_score_then_votes_then_row(
    catalogue: list[tuple[float, int, int]], n: int
) -> None:
    model, scores = of_catalogue(catalogue)

    assert model.top_n(scores, n) == in_order(scores, model)[:n]


@given(catalogues, counts, st.integers(1, 3))
def test_of_one_collection_there_are_no_more_than_asked_for_and_the_others_move_up(
    catalogue: list[tuple[float, int, int]], n: int, per_collection: int
) -> None:
    model, scores = of_catalogue(catalogue)
    expected: list[int] = []
    for film in in_order(scores, model):
        collection = model.collections[film]
        same = [other for other in expected if model.collections[other] == collection]
        if collection < 0 or len(same) < per_collection:
            expected.append(film)

    assert model.top_n(scores, n, per_collection=per_collection) == expected[:n]


@pytest.mark.parametrize("diversity", [0.0, 0.4])
def test_the_cap_of_a_collection_is_held_over_the_whole_catalogue(diversity: float) -> None:
    """However many of its films come first."""
    size = 5_000
    model = make_model(
        np.eye(2)[[0] * (size - 2) + [1] * 2], collections=[7] * (size - 2) + [-1, 8]
    )
    scores = np.linspace(1, 0.5, size, dtype=np.float32)

    chosen = model.top_n(scores, 4, diversity, per_collection=1)

    assert sorted(chosen) == [0, size - 2, size - 1]


@given(catalogues, counts, st.floats(0, 1), st.none() | st.integers(1, 3))
def test_films_without_a_score_are_left_out_and_no_film_comes_twice(
    catalogue: list[tuple[float, int, int]], n: int, diversity: float, cap: int | None
) -> None:
    model, scores = of_catalogue(catalogue)

    chosen = model.top_n(scores, n, diversity, cap)

    assert len(set(chosen)) == len(chosen) <= n
    assert (scores[chosen] > -np.inf).all()
    if cap is None:
        assert len(chosen) == min(n, np.count_nonzero(scores > -np.inf))


@given(catalogues, counts, st.floats(0, 1), st.none() | st.integers(1, 3), st.data())
def test_films_that_are_not_among_those_marked_are_as_good_as_without_a_score(
    catalogue: list[tuple[float, int, int]],
    n: int,
    diversity: float,
    cap: int | None,
    data: st.DataObject,
) -> None:
    model, scores = of_catalogue(catalogue)
    mask = data.draw(arrays(np.bool_, len(scores)))
    before = scores.copy()

    chosen = model.top_n(scores, n, diversity, cap, mask)

    assert chosen == model.top_n(np.where(mask, scores, -np.inf), n, diversity, cap)
    assert mask[chosen].all()
    assert scores.tolist() == before.tolist()


@given(catalogues, counts, st.none() | st.integers(1, 3), st.data())
def test_the_best_of_some_films_are_the_best_among_those_marked(
    catalogue: list[tuple[float, int, int]], n: int, cap: int | None, data: st.DataObject
) -> None:
    model, scores = of_catalogue(catalogue)
    places = st.integers(0, len(scores) - 1)
    films = np.array(data.draw(st.lists(places, unique=True)), np.int32)
    mask = np.isin(np.arange(len(scores)), films)

    chosen = model.top_n_of(films, scores[films], n, cap)

    assert chosen == model.top_n(scores, n, per_collection=cap, mask=mask)


def test_when_no_film_has_a_score_none_is_chosen() -> None:
    assert make_model(np.eye(3)).top_n(np.full(3, -np.inf, np.float32), 5) == []
    assert make_model(np.zeros((0, 2))).top_n(np.array([], np.float32), 5) == []


def test_of_no_films_asked_for_there_are_none() -> None:
    assert make_model(np.eye(3)).top_n(np.ones(3, np.float32), 0, 0.5, 1) == []


@given(st.lists(st.floats(-1, 1, width=32), min_size=1, max_size=300), counts)
@example([1e-40, -0.5, -0.25], 3)
def test_without_diversity_the_order_is_that_of_the_scores_however_close_they_are(
    values: list[float], n: int
) -> None:
    scores = np.array(values, np.float32)
    model = make_model(np.eye(1)[[0] * len(values)])

    assert model.top_n(scores, n, diversity=0.0) == in_order(scores, model)[:n]
    assert model.top_n(scores, n, per_collection=3) == in_order(scores, model)[:n]


@given(
    matrices,
    st.sampled_from([0.25, 0.5, 0.75, 1.0]),
    counts,
    st.data(),
)
def test_diversity_is_maximal_marginal_relevance(
    dense: np.ndarray, diversity: float, n: int, data: st.DataObject
) -> None:
    values = data.draw(
        arrays(np.float32, len(dense), elements=st.sampled_from([-np.inf, -0.5, 0, 0.3, 0.7, 0.8]))
    )
    model = make_model(dense)
    alike = np.array([model.similarities(film) for film in range(model.films)])
    left = in_order(values, model)
    highest = max((values[film] for film in left), default=1)
    relevance = values / (highest if highest > 0 else 1)

    for film in (chosen := model.top_n(values, n, diversity)):
        before = chosen[: chosen.index(film)]
        worth = {
            other: (1 - diversity) * relevance[other]
            - diversity * max((alike[other, each] for each in before), default=0)
            for other in left
        }
        assert worth[film] == pytest.approx(max(worth.values()), abs=1e-5)
        left.remove(film)

    assert len(chosen) == n or not left


def test_diversity_prefers_a_film_unlike_those_before_it() -> None:
    model = make_model([[1, 0], [1, 0], [0, 1]])
    scores = np.array([1.0, 0.9, 0.6], np.float32)

    assert model.top_n(scores, 2, diversity=0.1) == [0, 1]
    assert model.top_n(scores, 2, diversity=0.6) == [0, 2]


def test_a_varied_list_is_chosen_from_the_best_films_alone() -> None:
    """Of a hundred alike, and one unlike them that scores least."""
    model = make_model(np.eye(2)[[0] * 100 + [1]])
    scores = np.linspace(1, 0.5, 101, dtype=np.float32)

    assert 100 not in model.top_n(scores, 10, diversity=1.0)
    assert 100 in model.top_n(scores, 11, diversity=1.0)
