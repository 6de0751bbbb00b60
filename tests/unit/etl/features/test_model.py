"""What the job puts into the model beside the features themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy import sparse

from cartelera.contract.feature_groups import FEATURE_GROUPS
from cartelera.recommend.model_file import ARRAY_DTYPES, read_model
from etl.features.hyperparameters import Hyperparameters
from etl.features.model import FILM_COLUMNS, background, build_model, quality_prior
from etl.features.tfidf import Features
from tests.models import pickled
from tests.unit.etl.catalogues import EQUAL, catalogue_of, features_of

if TYPE_CHECKING:
    from collections.abc import Sequence

powers = st.floats(0, 4)
# Votes and mean rating of each film.
rated = st.lists(
    st.tuples(st.integers(0, 20_000), st.floats(0.5, 10)), min_size=1, max_size=30
).filter(lambda films: any(votes for votes, _ in films))


def films_of(rated: Sequence[tuple[int, float]]) -> pd.DataFrame:
    return pd.DataFrame(rated, columns=["vote_count", "vote_average"])


@given(rated, powers, powers)
def test_the_prior_is_over_0_up_to_1(
    films: list[tuple[int, float]], votes: float, rating: float
) -> None:
    prior = quality_prior(films_of(films), votes, rating)

    assert prior.dtype == np.float32
    assert prior.shape == (len(films),)
    assert (prior > 0).all()
    assert (prior <= 1).all()


@given(rated, powers, powers)
def test_of_films_with_as_many_votes_the_better_rated_has_no_lower_prior(
    films: list[tuple[int, float]], votes: float, rating: float
) -> None:
    prior = quality_prior(films_of(films), votes, rating)

    for one, (count, mean) in enumerate(films):
        for other, (other_count, other_mean) in enumerate(films):
            if count == other_count and mean >= other_mean:
                assert prior[one] >= prior[other]


@given(rated, powers, powers)
def test_of_films_rated_as_the_usual_one_or_better_that_with_more_votes_has_no_lower_prior(
    films: list[tuple[int, float]], votes: float, rating: float
) -> None:
    """One rated worse is also known to be worse the more people say so."""
    counts, means = zip(*films, strict=True)
    usual = np.average(means, weights=counts)
    prior = quality_prior(films_of(films), votes, rating).astype(np.float64)

    for one, (count, mean) in enumerate(films):
        for other, (other_count, other_mean) in enumerate(films):
            if count >= other_count and mean == other_mean and mean >= usual:
                assert prior[one] >= prior[other] * (1 - 1e-6)


@given(rated, powers)
def test_where_ratings_do_not_count_more_votes_never_lower_a_prior(
    films: list[tuple[int, float]], votes: float
) -> None:
    counts = np.array([count for count, _ in films])

    prior = quality_prior(films_of(films), votes, 0.0)

    assert (np.diff(prior[np.argsort(counts, kind="stable")]) >= 0).all()
    assert prior.max() == pytest.approx(1)


@given(rated)
def test_powers_of_0_make_all_films_alike(films: list[tuple[int, float]]) -> None:
    assert quality_prior(films_of(films), 0.0, 0.0).tolist() == [1] * len(films)


def test_a_rating_by_few_is_drawn_towards_that_of_all_films() -> None:
    films = [(1, 10.0), (1_000, 8.0), (1_000, 6.0)]

    few, many, worse = quality_prior(films_of(films), 0.0, 1.0)

    assert many > few > worse
    assert few == pytest.approx(0.7, abs=0.01)


def test_a_film_that_nobody_voted_for_can_still_be_recommended() -> None:
    unknown, known = quality_prior(films_of([(0, 0.0), (500, 7.0)]), 2.0, 2.0)

    assert 0 < unknown < known


@pytest.mark.parametrize("count", [0, 1, 3])
def test_in_a_catalogue_without_votes_all_films_are_as_good(count: int) -> None:
    assert quality_prior(films_of([(0, 0.0)] * count), 2.0, 2.0).tolist() == [1] * count


@given(rated, powers, powers, st.randoms(use_true_random=False))
def test_the_prior_of_a_film_does_not_hang_on_its_place(
    films: list[tuple[int, float]], votes: float, rating: float, chance: object
) -> None:
    order = list(range(len(films)))
    assume(hasattr(chance, "shuffle"))
    chance.shuffle(order)  # type: ignore[attr-defined]

    prior = quality_prior(films_of(films), votes, rating)
    again = quality_prior(films_of([films[place] for place in order]), votes, rating)

    assert again == pytest.approx(prior[order], rel=1e-5)


def test_a_taste_is_held_against_the_mean_of_all_films_and_a_little_more() -> None:
    matrix = sparse.csr_array(np.array([[0.6, 0.0], [0.3, 0.0], [0.0, 0.0]], np.float32))

    held_against = background(matrix, pd.Series(["cast", "cast"]))

    assert held_against.dtype == np.float32
    assert held_against[0] == pytest.approx(0.3, abs=0.001)
    assert 0 < held_against[1] < 0.001


def test_periods_count_as_they_are() -> None:
    matrix = sparse.csr_array(np.ones((2, 3), np.float32))

    held_against = background(matrix, pd.Series(["cast", "period", "text"]))

    assert held_against[1] == 1
    assert held_against[[0, 2]] != pytest.approx(1)


def test_without_films_there_is_nothing_to_be_held_against() -> None:
    matrix = sparse.csr_array((0, 2), dtype=np.float32)

    assert (background(matrix, pd.Series(["cast", "text"])) > 0).all()


def test_the_model_is_the_matrix_by_film_and_by_feature() -> None:
    genres = [(0, "Drama"), (1, "Comedy"), (1, "Drama"), (2, "Comedy")]
    catalogue = catalogue_of(
        [{"release_year": 1990 + number, "vote_count": number} for number in range(4)],
        genres=genres,
    )
    features = features_of(catalogue)
    parameters = Hyperparameters(EQUAL, EQUAL, 1.0, 1.0, {})

    model = build_model(features, catalogue.films[list(FILM_COLUMNS)], parameters)

    dense = features.matrix.toarray()
    lengths = np.linalg.norm(dense, axis=1)
    rows = np.array([model.row(film) for film in range(4)])
    assert np.allclose(rows, dense / lengths[:, None])
    # Of the fourth film nothing but its year is known.
    assert np.allclose(model.completeness, (lengths / lengths.max()) ** 2)
    assert model.completeness.argmin() == 3
    for feature in range(model.features):
        assert model.has_feature(feature).tolist() == (dense[:, feature] > 0).tolist()
    assert model.years.tolist() == [1990, 1991, 1992, 1993]
    assert model.votes.tolist() == [0, 1, 2, 3]
    assert read_model(pickled(model)).features == dense.shape[1]
    for name, dtype in ARRAY_DTYPES.items():
        assert getattr(model, name).dtype == dtype


def test_every_feature_counts_in_a_taste_as_its_group_does() -> None:
    names = pd.DataFrame({"block": list(FEATURE_GROUPS), "name": "x"}, dtype="str")
    features = Features(sparse.csr_array((1, len(FEATURE_GROUPS)), dtype=np.float32), names)
    taste = {name: float(number) for number, name in enumerate(FEATURE_GROUPS)}
    films = catalogue_of(1).films

    model = build_model(features, films, Hyperparameters(EQUAL, taste, 1.0, 1.0, {}))

    assert model.taste.tolist() == list(range(len(FEATURE_GROUPS)))


def test_films_of_one_collection_have_its_number_and_films_of_none_have_minus_1() -> None:
    collections = [None, "Toys", "Ants", None, "Toys"]
    catalogue = catalogue_of([{"collection": name} for name in collections])

    model = build_model(
        features_of(catalogue), catalogue.films, Hyperparameters(EQUAL, EQUAL, 1.0, 1.0, {})
    )

    none, toys, ants, none_again, toys_again = model.collections.tolist()
    assert none == none_again == -1
    assert toys == toys_again >= 0
    assert ants >= 0
    assert ants != toys
