"""What the model computes, against what the same would be with dense matrices and plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tests.models import make_model, matrices, tastes, unit_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartelera.recommend.model import Model

    type Weighed = Sequence[tuple[int, float]]


def dense_emphasis(model: Model, rows: np.ndarray, films: Weighed) -> np.ndarray:
    total = sum(weight for _, weight in films)
    mean = sum((weight / total * rows[film] for film, weight in films), np.zeros(model.features))
    distinct = np.asarray(model.taste * np.log(1 + mean / model.background), np.float64)
    return mean + (1 - length(mean)) * distinct / (length(distinct) or 1)


def length(vector: np.ndarray) -> float:
    return float(np.sqrt((vector.astype(np.float64) ** 2).sum()))


@given(matrices)
def test_similarities_are_the_cosines_of_the_dense_rows(dense: np.ndarray) -> None:
    model = make_model(dense)
    norms = np.linalg.norm(dense, axis=1)
    scale = np.outer(norms, norms)
    cosines = np.divide(dense @ dense.T, scale, out=np.zeros_like(scale), where=scale > 0)

    for film in range(len(dense)):
        assert np.allclose(model.similarities(film), cosines[film], atol=1e-6)


@given(matrices)
def test_a_row_is_that_of_the_matrix(dense: np.ndarray) -> None:
    model = make_model(dense)

    rows = np.array([model.row(film) for film in range(model.films)])

    assert (model.films, model.features) == dense.shape
    assert np.allclose(rows, unit_rows(dense), atol=1e-6)


# How many features of a profile are few: then their films are gone through, and not all films.
BOTH_WAYS = pytest.mark.parametrize("few", [0, 1_000])


@BOTH_WAYS
@given(dense=matrices, data=st.data())
def test_affinities_are_the_product_with_the_dense_matrix(
    dense: np.ndarray, data: st.DataObject, few: int
) -> None:
    model = make_model(dense)
    profile = data.draw(
        arrays(np.float32, dense.shape[1], elements=st.sampled_from([-1.0, 0.0, 0.5, 1.0]))
    )

    assert np.allclose(model.affinities(profile, few), unit_rows(dense) @ profile, atol=1e-6)


@BOTH_WAYS
@pytest.mark.parametrize("place", range(4))
def test_a_film_without_features_has_no_affinity_with_anything_wherever_it_stands(
    place: int, few: int
) -> None:
    dense = np.ones((4, 2))
    dense[place] = 0

    affinities = make_model(dense).affinities(np.ones(2, np.float32), few)

    assert affinities[place] == 0
    assert np.count_nonzero(affinities) == 3


@BOTH_WAYS
def test_films_that_have_no_features_at_all_have_no_affinities(few: int) -> None:
    model = make_model(np.zeros((3, 2)))
    assert model.affinities(np.ones(2, np.float32), few).tolist() == [0, 0, 0]


@given(matrices)
def test_a_film_has_an_affinity_with_a_row_like_its_similarity(dense: np.ndarray) -> None:
    model = make_model(dense)

    for film in range(model.films):
        affinities = model.affinities(model.row(film))
        assert np.allclose(affinities, model.similarities(film), atol=1e-6)


@given(tastes())
def test_a_profile_is_the_mean_of_the_likes_and_for_what_it_lacks_of_length_what_sets_them_apart(
    given_tastes: tuple[np.ndarray, list[tuple[int, float]]],
) -> None:
    dense, likes = given_tastes
    model = make_model(dense)
    emphasis = dense_emphasis(model, unit_rows(dense), likes)

    profile = model.profile(likes)

    unit = emphasis / length(emphasis) if emphasis.any() else emphasis
    assert np.allclose(profile, unit, atol=1e-5)
    assert length(profile) == pytest.approx(float(emphasis.any()), abs=1e-5)


@given(tastes())
def test_the_profile_of_one_like_is_the_film(
    given_tastes: tuple[np.ndarray, list[tuple[int, float]]],
) -> None:
    dense, ((film, weight), *_) = given_tastes
    model = make_model(dense)

    assert np.allclose(model.profile([(film, weight)]), model.row(film), atol=1e-6)


def test_what_all_likes_share_counts_the_more_the_more_alike_they_are() -> None:
    """Two pairs share the first feature; the one pair has little else."""
    model = make_model([[2, 1, 0, 0, 0], [2, 0, 1, 0, 0], [1, 0, 0, 2, 0], [1, 0, 0, 0, 2]])

    narrow, broad = (model.profile([(film, 1.0), (film + 1, 1.0)]) for film in (0, 2))

    assert narrow[0] > narrow[1:].max()
    assert broad[0] < broad[1:].max()


def test_nothing_liked_or_disliked_is_a_profile_of_nothing() -> None:
    assert make_model(np.eye(3)).profile([]).tolist() == [0, 0, 0]


def test_films_of_which_nothing_is_known_are_a_profile_of_nothing() -> None:
    model = make_model([[0, 0], [1, 1]])

    assert model.profile([(0, 1.0)]).tolist() == [0, 0]
    assert model.profile([], [(0, 1.0)]).tolist() == [0, 0]
    assert model.profile([(0, 1.0)], [(0, 1.0)]).tolist() == [0, 0]


@given(tastes(), st.sampled_from([1e-200, 1e-6, 0.1, 7.0, 1e6, 1e200]))
def test_the_scale_of_the_weights_does_not_matter(
    given_tastes: tuple[np.ndarray, list[tuple[int, float]]], scale: float
) -> None:
    dense, likes = given_tastes
    model = make_model(dense)

    scaled = model.profile([(film, weight * scale) for film, weight in likes])

    assert np.allclose(scaled, model.profile(likes), atol=1e-6)


def test_a_film_liked_more_counts_more() -> None:
    model = make_model(np.eye(3))

    profile = model.profile([(0, 2.0), (1, 1.0)])

    assert profile[0] > profile[1] > profile[2] == 0


def test_what_is_rarer_in_all_films_says_more_of_a_taste() -> None:
    model = make_model([[1, 1], [1, 0], [1, 0], [1, 0]])

    common, rare = model.profile([(0, 1.0)])

    assert rare > common > 0


def test_a_feature_that_does_not_count_in_a_taste_is_in_a_profile_as_the_likes_have_it() -> None:
    model = make_model(np.eye(3), taste=[0, 2, 2])

    uncounted, counted, absent = model.profile([(0, 1.0), (1, 1.0)])

    assert absent == 0
    assert counted / uncounted == pytest.approx((0.5 + 1 - np.sqrt(0.5)) / 0.5)


def test_the_features_of_a_disliked_film_count_against_others_that_have_them() -> None:
    model = make_model([[1, 1, 0], [0, 1, 1], [0, 0, 1], [1, 0, 0]])

    before = model.affinities(model.profile([(0, 1.0)]))
    after = model.affinities(model.profile([(0, 1.0)], [(2, 1.0)]))

    assert before[2] == 0 > after[2]
    assert after[1] < before[1]


@given(tastes())
def test_only_dislikes_make_nothing_a_good_choice(
    given_tastes: tuple[np.ndarray, list[tuple[int, float]]],
) -> None:
    dense, dislikes = given_tastes
    model = make_model(dense)

    affinities = model.affinities(model.profile([], dislikes))

    assert affinities.max() <= 0
    for film, _ in dislikes:
        assert affinities[film] < 0 or not dense[film].any()


def test_what_is_disliked_counts_less_than_what_is_liked() -> None:
    model = make_model(np.eye(2))

    loved, hated = model.profile([(0, 1.0)], [(1, 1.0)])

    assert loved > -hated > 0


@given(tastes(), st.data())
def test_liking_a_film_more_does_not_lower_its_affinity_where_all_films_are_alike_known(
    given_tastes: tuple[np.ndarray, list[tuple[int, float]]], data: st.DataObject
) -> None:
    """Each film has a feature of its own, as every film in a catalogue has some."""
    _, likes = given_tastes
    size = max(film for film, _ in likes) + 2
    model = make_model(np.eye(size))
    film = data.draw(st.integers(0, size - 1))

    before = model.affinities(model.profile(likes))[film]
    after = model.affinities(model.profile([*likes, (film, 1.0)]))[film]

    assert after >= before - 1e-6


def test_a_like_of_a_film_raises_the_affinity_of_it_and_of_those_like_it() -> None:
    model = make_model([[1, 0, 0, 0], [0, 1, 1, 0], [0, 1, 0, 1], [0, 0, 0, 1]])

    before = model.affinities(model.profile([(0, 1.0)]))
    after = model.affinities(model.profile([(0, 1.0), (1, 1.0)]))

    assert (after[1:3] > before[1:3]).all()
    assert after[0] < before[0]


unit = st.floats(0.125, 1, width=32)


@given(st.lists(st.tuples(st.floats(-1, 1, width=32), unit, unit), min_size=1), st.floats(0, 1))
def test_what_speaks_for_a_film_is_multiplied_by_completeness_and_by_quality_up_to_the_ceiling(
    films: list[tuple[float, float, float]], power: float
) -> None:
    similarities, prior, known = (np.array(each, np.float32) for each in zip(*films, strict=True))
    model = make_model(np.zeros((len(films), 1)), prior=prior, completeness=known)
    ceilings = model.quality(power)

    for film, ceiling in enumerate(ceilings):
        scores = model.ranking_scores(similarities, power, ceiling)
        for place, similarity in enumerate(similarities):
            quality = min(prior[place], prior[film]) * known[place]
            factor = quality**power if similarity > 0 else 1
            assert scores[place] == pytest.approx(similarity * factor, rel=1e-5)
    # Of some films alone, each with its own ceiling, it is the same to the last bit.
    own = model.ranking_scores(similarities, power, ceilings, np.arange(len(films)))
    assert own.tolist() == [
        model.ranking_scores(similarities, power, ceiling)[film]
        for film, ceiling in enumerate(ceilings)
    ]


def test_without_quality_similarity_counts_alone() -> None:
    similarities = np.array([-1, 0, 0.25, -np.inf], np.float32)
    model = make_model(np.eye(4), prior=[0.5] * 4, completeness=[0.5] * 4)

    scores = model.ranking_scores(similarities, 0.0, 1.0)

    assert scores.tolist() == similarities.tolist()
    assert scores.dtype == similarities.dtype


def test_how_much_quality_counts_may_differ_from_one_list_to_the_next() -> None:
    similarities = np.array([1.0, 0.5], np.float32)
    model = make_model(np.eye(2), prior=[0.25, 1])

    scores = [
        model.ranking_scores(similarities, power, 1.0).tolist()
        for power in (1.0, 0.5, 0.5, 0.0, 1.0)
    ]

    assert scores == [[0.25, 0.5], [0.5, 0.5], [0.5, 0.5], [1.0, 0.5], [0.25, 0.5]]


def test_ranking_leaves_the_similarities_that_it_is_given() -> None:
    similarities = np.array([0.5, 0.5], np.float32)

    make_model(np.eye(2), prior=[0.5, 1]).ranking_scores(similarities, 1.0, 1.0)[0] = -np.inf

    assert similarities.tolist() == [0.5, 0.5]


@given(matrices)
def test_the_films_having_a_feature_are_those_of_its_column(dense: np.ndarray) -> None:
    model = make_model(dense)

    for feature in range(model.features):
        assert model.has_feature(feature).tolist() == (dense[:, feature] > 0).tolist()
