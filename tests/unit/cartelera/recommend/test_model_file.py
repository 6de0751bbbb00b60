"""The model's file."""

from __future__ import annotations

import pickle
from dataclasses import replace

import numpy as np
import pytest

from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.recommend.model_file import ARRAY_DTYPES, read_model
from tests.models import make_model, pickled


def test_a_model_survives_its_pickle() -> None:
    model = make_model(np.eye(3) + 1, votes=[3, 2, 1], collections=[-1, 0, 0])

    again = read_model(pickled(model))

    for name in ARRAY_DTYPES:
        assert getattr(again, name).dtype == ARRAY_DTYPES[name]
        assert np.array_equal(getattr(again, name), getattr(model, name))


@pytest.mark.parametrize(
    ("name", "each"),
    [
        ("background", "feature"),
        ("taste", "feature"),
        ("votes", "film"),
        ("years", "film"),
        ("collections", "film"),
        ("prior", "film"),
        ("completeness", "film"),
    ],
)
@pytest.mark.parametrize("change", [lambda array: array[:-1], lambda array: np.append(array, [1])])
def test_arrays_of_another_length_than_there_are_films_or_features_are_refused(
    name: str, each: str, change: object
) -> None:
    assert callable(change)
    model = make_model(np.ones((3, 2)))
    array = change(getattr(model, name)).astype(ARRAY_DTYPES[name])

    with pytest.raises(UnsoundReleaseError, match=f"it does not have {name} for every {each}$"):
        read_model(pickled(replace(model, **{name: array})))


@pytest.mark.parametrize(
    "name", ["film_starts", "film_features", "film_weights", "feature_films", "feature_weights"]
)
def test_entries_that_do_not_fit_together_are_refused(name: str) -> None:
    model = make_model(np.ones((3, 2)))

    with pytest.raises(UnsoundReleaseError, match=r"^model\.pkl: its arrays do not fit together$"):
        read_model(pickled(replace(model, **{name: getattr(model, name)[:-1]})))


@pytest.mark.parametrize(
    "content",
    [
        [],
        {},
        {name: np.zeros(1, dtype) for name, dtype in list(ARRAY_DTYPES.items())[1:]},
        {name: np.zeros((1, 1), dtype) for name, dtype in ARRAY_DTYPES.items()},
        {name: np.zeros(1, np.float64) for name in ARRAY_DTYPES},
        dict.fromkeys(ARRAY_DTYPES, 3),
        {name: np.zeros(0, dtype) for name, dtype in ARRAY_DTYPES.items()},
        {name: np.ones(2, dtype) for name, dtype in ARRAY_DTYPES.items()},
        {name: np.zeros(3, dtype) for name, dtype in ARRAY_DTYPES.items()},
    ],
)
def test_other_content_is_refused(content: object) -> None:
    with pytest.raises(UnsoundReleaseError, match=r"model\.pkl"):
        read_model(pickle.dumps(content))


def test_a_cut_pickle_is_refused() -> None:
    with pytest.raises(UnsoundReleaseError, match=r"model\.pkl"):
        read_model(pickled(make_model(np.eye(3)))[:-40])
