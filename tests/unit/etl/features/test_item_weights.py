"""What is learnt from ratings: EASE's weights, of pairs that enough people rated."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cartelera.recommend.model_file import dump_item_weights, read_item_weights
from etl.extract.ratings import Ratings
from etl.features.item_weights import DEFAULT_PARAMETERS, EaseParameters, build_item_weights

MIN_COMMON = 5


def ratings_of(seen: np.ndarray) -> Ratings:
    """Return the ratings of a matrix of people by films, 1 where somebody rated a film."""
    people, films = np.nonzero(seen)
    starts = np.searchsorted(people, np.arange(len(seen) + 1))
    return Ratings(starts.astype(np.int64), films.astype(np.int32), len(films), {}, [])


def drawn(seed: int, people: int = 40, films: int = 12, share: float = 0.3) -> np.ndarray:
    return (np.random.default_rng(seed).random((people, films)) < share).astype(np.float64)


def dense(seen: np.ndarray, parameters: EaseParameters = DEFAULT_PARAMETERS) -> np.ndarray:
    weights = build_item_weights(ratings_of(seen), seen.shape[1], parameters)
    matrix = np.zeros((seen.shape[1],) * 2)
    for film in range(len(matrix)):
        own = weights.entries(film)
        matrix[film, weights.others[own]] = weights.weights[own]
    return matrix


@settings(max_examples=30)
@given(st.integers(0, 1 << 20), st.sampled_from([1.0, 30.0, 300.0]), st.sampled_from([0.0, 0.25]))
def test_the_weights_are_those_of_eases_closed_form(
    seed: int, regularisation: float, popularity: float
) -> None:
    seen = drawn(seed, share=0.4)
    gram = seen.T @ seen
    # A film that fewer rated is not looked at.
    assume((np.diag(gram) >= MIN_COMMON).all())
    inverse = np.linalg.inv(gram + regularisation * np.eye(len(gram)))
    expected = -inverse / np.diag(inverse) / np.diag(gram) ** popularity
    np.fill_diagonal(expected, 0)
    expected[gram < MIN_COMMON] = 0
    highest = expected.max(axis=1)
    if (highest > 0).any():
        expected *= 0.5 / highest[highest > 0].mean()

    parameters = DEFAULT_PARAMETERS._replace(regularisation=regularisation, popularity=popularity)
    found = dense(seen, parameters)

    assert found == pytest.approx(expected, abs=2e-5)


def test_a_pair_that_fewer_than_five_people_rated_is_not_there() -> None:
    for seed in range(20):
        seen = drawn(seed, people=25)
        gram = seen.T @ seen
        rows, columns = np.nonzero(dense(seen))
        assert gram[rows, columns].min(initial=99) >= MIN_COMMON

    # A sixth person, alone with two films, is not seen either.
    seen = np.zeros((20, 3))
    seen[:4] = 1
    seen[:, 2] = 1
    assert not dense(seen)[0].any()
    seen[4, :2] = 1
    assert dense(seen)[0, 1] != 0


def test_nothing_of_who_rated_is_in_the_file() -> None:
    seen = drawn(1)
    order = np.random.default_rng(2).permutation(len(seen))
    files = []
    for rows in (seen, seen[order]):
        sink = BytesIO()
        dump_item_weights(build_item_weights(ratings_of(rows), seen.shape[1]), sink)
        files.append(sink.getvalue())

    # The same whoever is first: there is no place for a person in it, and no number of one.
    assert files[0] == files[1]
    assert read_item_weights(files[0]).confidence.shape == (seen.shape[1],)


def test_the_strongest_weights_of_each_film_are_kept_and_the_most_rated_films() -> None:
    seen = drawn(3, people=200, share=0.4)
    whole = dense(seen)
    few = dense(seen, DEFAULT_PARAMETERS._replace(max_weights=3, strongest=1.0))
    some = dense(seen, DEFAULT_PARAMETERS._replace(max_films=6))

    for row, kept in zip(whole, few, strict=True):
        assert set(np.flatnonzero(kept)) == set(np.argsort(-np.abs(row))[:3])
    most = set(np.argsort(-seen.sum(axis=0), kind="stable")[:6].tolist())
    assert set(np.flatnonzero(some.any(axis=1)).tolist()) == most


def test_confidence_grows_with_the_people_who_rated_a_film() -> None:
    seen = drawn(4, people=300, share=0.5)
    weights = build_item_weights(
        ratings_of(seen), seen.shape[1], DEFAULT_PARAMETERS._replace(half_confidence=30)
    )

    raters = seen.sum(axis=0)
    assert weights.confidence == pytest.approx(raters / (raters + 30))


def test_the_strongest_weights_are_as_strong_on_the_whole_however_many_people_there_are() -> None:
    for people in (60, 400):
        highest = dense(drawn(5, people=people, share=0.4)).max(axis=1)
        assert highest[highest > 0].mean() == pytest.approx(0.5, abs=1e-4)


def test_without_a_pair_there_is_nothing() -> None:
    for seen in (np.zeros((0, 3)), np.eye(3), np.ones((4, 3))):
        weights = build_item_weights(ratings_of(seen), 3)
        assert (len(weights.weights), weights.confidence.tolist()) == (0, [0, 0, 0])
