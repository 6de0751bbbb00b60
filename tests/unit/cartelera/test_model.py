from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import sparse

from cartelera.layout import UnsoundReleaseError
from cartelera.model import ARRAYS, Model, read_model
from etl.model import build_model


def model_of(dense: np.ndarray, votes: list[int] | None = None) -> Model:
    norms = np.linalg.norm(dense, axis=1, keepdims=True)
    unit = sparse.csr_array(np.divide(dense, norms, out=np.zeros_like(dense), where=norms > 0))
    return build_model(unit, votes or [0] * len(dense))


matrices = arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.integers(1, 8)),
    elements=st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.0, 5.0]),
)


@given(matrices)
def test_similarities_are_the_cosines_of_the_dense_rows(dense: np.ndarray) -> None:
    model = model_of(dense)
    norms = np.linalg.norm(dense, axis=1)
    scale = np.outer(norms, norms)
    cosines = np.divide(dense @ dense.T, scale, out=np.zeros_like(scale), where=scale > 0)

    for film in range(len(dense)):
        assert np.allclose(model.similarities(film), cosines[film], atol=1e-6)


@given(matrices, st.integers(1, 20))
def test_the_nearest_are_the_best_of_all_the_others(dense: np.ndarray, n: int) -> None:
    model = model_of(dense)

    for film in range(len(dense)):
        nearest = model.nearest(film, n)
        scores = np.delete(model.similarities(film), film)

        assert film not in [neighbour.film for neighbour in nearest]
        assert len(nearest) == min(n, len(dense) - 1)
        expected = np.sort(scores)[::-1][: len(nearest)]
        assert np.allclose([neighbour.similarity for neighbour in nearest], expected, atol=1e-6)


def test_among_equally_similar_films_the_best_known_leads() -> None:
    model = model_of(np.ones((4, 1)), votes=[0, 5, 9, 7])

    assert [neighbour.film for neighbour in model.nearest(0, 3)] == [2, 3, 1]


def test_a_film_like_no_other_still_gets_the_best_known() -> None:
    model = model_of(np.array([[0.0], [1.0], [1.0]]), votes=[0, 5, 9])

    assert [(each.film, each.similarity) for each in model.nearest(0, 2)] == [(2, 0), (1, 0)]


def test_the_only_film_has_no_neighbours() -> None:
    assert list(model_of(np.ones((1, 1))).nearest(0, 5)) == []


def test_a_model_survives_its_pickle() -> None:
    model = model_of(np.eye(3) + 1)

    again = read_model(model.to_pickle())

    for name in ARRAYS:
        assert np.array_equal(getattr(again, name), getattr(model, name))


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {name: np.zeros(1, dtype) for name, dtype in list(ARRAYS.items())[1:]},
        {name: np.zeros((1, 1), dtype) for name, dtype in ARRAYS.items()},
        {name: np.zeros(1, np.float64) for name in ARRAYS},
        dict.fromkeys(ARRAYS, 3),
        {name: np.zeros(0, dtype) for name, dtype in ARRAYS.items()},
        {name: np.ones(2, dtype) for name, dtype in ARRAYS.items()},
        {name: np.zeros(3, dtype) for name, dtype in ARRAYS.items()},
    ],
)
def test_other_content_is_refused(content: object) -> None:
    with pytest.raises(UnsoundReleaseError, match=r"model\.pkl"):
        read_model(pickle.dumps(content))


def test_a_cut_pickle_is_refused() -> None:
    with pytest.raises(UnsoundReleaseError, match=r"model\.pkl"):
        read_model(model_of(np.eye(3)).to_pickle()[:-40])
