"""What the model computes, against what the same would be with dense matrices and plain Python."""

from __future__ import annotations

import pickle
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.recommend.model import ARRAYS, Share, read_model
from tests.models import make_model, pickled, unit_rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartelera.recommend.model import Model

    type Weighed = Sequence[tuple[int, float]]

matrices = arrays(
    np.float64,
    st.tuples(st.integers(1, 12), st.integers(1, 8)),
    elements=st.sampled_from([0.0, 0.0, 0.0, 1.0, 2.0, 5.0]),
)
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


@st.composite
def tastes(draw: st.DrawFn) -> tuple[np.ndarray, list[tuple[int, float]]]:
    """Draw a matrix and some of its films, each with a weight."""
    dense = draw(matrices)
    weight = st.sampled_from([0.001, 0.5, 1.0, 3.0, 10.0])
    films = draw(st.lists(st.integers(0, len(dense) - 1), min_size=1, max_size=4, unique=True))
    return dense, [(film, draw(weight)) for film in films]


def of_catalogue(catalogue: list[tuple[float, int, int]]) -> tuple[Model, np.ndarray]:
    scores, votes, collections = zip(*catalogue, strict=True)
    model = make_model(np.ones((len(scores), 1)), votes=votes, collections=collections)
    return model, np.array(scores, np.float32)


def in_order(scores: np.ndarray, model: Model) -> list[int]:
    """Return the films as a list without any conditions has them."""
    films = [film for film in range(len(scores)) if scores[film] > -np.inf]
    return sorted(films, key=lambda film: (-scores[film], -model.votes[film], film))


def dense_emphasis(model: Model, rows: np.ndarray, films: Weighed) -> np.ndarray:
    total = sum(weight for _, weight in films)
    mean = sum((weight / total * rows[film] for film, weight in films), np.zeros(model.features))
    return np.asarray(model.taste * np.log(1 + mean / model.background), np.float64)


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
    assert rows.tolist() == unit_rows(dense).tolist()


@given(matrices, st.data())
def test_affinities_are_the_product_with_the_dense_matrix(
    dense: np.ndarray, data: st.DataObject
) -> None:
    model = make_model(dense)
    profile = data.draw(
        arrays(np.float32, dense.shape[1], elements=st.sampled_from([-1.0, 0.0, 0.5, 1.0]))
    )

    assert np.allclose(model.affinities(profile), unit_rows(dense) @ profile, atol=1e-6)


@pytest.mark.parametrize("place", range(4))
def test_a_film_without_features_has_no_affinity_with_anything_wherever_it_stands(
    place: int,
) -> None:
    dense = np.ones((4, 2))
    dense[place] = 0

    affinities = make_model(dense).affinities(np.ones(2, np.float32))

    assert affinities[place] == 0
    assert np.count_nonzero(affinities) == 3


def test_films_that_have_no_features_at_all_have_no_affinities() -> None:
    assert make_model(np.zeros((3, 2))).affinities(np.ones(2, np.float32)).tolist() == [0, 0, 0]


@given(matrices)
def test_a_film_has_an_affinity_with_a_row_like_its_similarity(dense: np.ndarray) -> None:
    model = make_model(dense)

    for film in range(model.films):
        affinities = model.affinities(model.row(film))
        assert np.allclose(affinities, model.similarities(film), atol=1e-6)


@given(tastes())
def test_a_profile_is_how_much_more_of_a_feature_there_is_in_the_likes_than_in_all_films(
    given_tastes: tuple[np.ndarray, list[tuple[int, float]]],
) -> None:
    dense, likes = given_tastes
    model = make_model(dense)
    emphasis = dense_emphasis(model, unit_rows(dense), likes)

    profile = model.profile(likes)

    unit = emphasis / length(emphasis) if emphasis.any() else emphasis
    assert np.allclose(profile, unit, atol=1e-5)
    assert length(profile) == pytest.approx(float(emphasis.any()), abs=1e-5)


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


def test_a_feature_that_does_not_count_in_a_taste_is_not_in_a_profile() -> None:
    model = make_model([[1, 1], [1, 0]], taste=[0, 2])

    assert model.profile([(0, 1.0)]).tolist() == [0, 1]


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


@given(
    st.lists(st.tuples(st.floats(-1, 1, width=32), st.floats(0.125, 1, width=32)), min_size=1),
    st.floats(0, 1),
)
def test_quality_multiplies_what_speaks_for_a_film(
    films: list[tuple[float, float]], quality: float
) -> None:
    scores, prior = (np.array(column, np.float32) for column in zip(*films, strict=True))
    model = make_model(np.zeros((len(films), 1)), prior=prior)

    mixed = model.with_quality_prior(scores, quality)

    for score, of_film, known in zip(scores, mixed, prior, strict=True):
        assert of_film == (pytest.approx(score * known**quality, rel=1e-5) if score > 0 else score)


def test_without_quality_scores_stay_as_they_are() -> None:
    scores = np.array([-1, 0, 0.25, -np.inf], np.float32)

    mixed = make_model(np.eye(4), prior=[0.5] * 4).with_quality_prior(scores, 0.0)

    assert mixed.tolist() == scores.tolist()
    assert mixed.dtype == scores.dtype


def test_how_much_quality_counts_may_differ_from_one_list_to_the_next() -> None:
    scores = np.array([1.0, 0.5], np.float32)
    model = make_model(np.eye(2), prior=[0.25, 1])

    mixed = [
        model.with_quality_prior(scores, quality).tolist() for quality in (1.0, 0.5, 0.5, 0.0, 1.0)
    ]

    assert mixed == [[0.25, 0.5], [0.5, 0.5], [0.5, 0.5], [1.0, 0.5], [0.25, 0.5]]


def test_mixing_leaves_the_scores_that_it_is_given() -> None:
    scores = np.array([0.5, 0.5], np.float32)

    make_model(np.eye(2), prior=[0.5, 1]).with_quality_prior(scores, 1.0)[0] = -np.inf

    assert scores.tolist() == [0.5, 0.5]


@given(matrices)
def test_the_films_having_a_feature_are_those_of_its_column(dense: np.ndarray) -> None:
    model = make_model(dense)

    for feature in range(model.features):
        assert model.having(feature).tolist() == (dense[:, feature] > 0).tolist()


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
    among = data.draw(arrays(np.bool_, len(scores)))
    before = scores.copy()

    chosen = model.top_n(scores, n, diversity, cap, among)

    assert chosen == model.top_n(np.where(among, scores, -np.inf), n, diversity, cap)
    assert among[chosen].all()
    assert scores.tolist() == before.tolist()


@given(catalogues, counts, st.none() | st.integers(1, 3), st.data())
def test_the_best_of_some_films_are_the_best_among_those_marked(
    catalogue: list[tuple[float, int, int]], n: int, cap: int | None, data: st.DataObject
) -> None:
    model, scores = of_catalogue(catalogue)
    places = st.integers(0, len(scores) - 1)
    films = np.array(data.draw(st.lists(places, unique=True)), np.int32)
    among = np.isin(np.arange(len(scores)), films)

    chosen = model.top_n_of(films, scores[films], n, cap)

    assert chosen == model.top_n(scores, n, per_collection=cap, among=among)


@given(
    matrices,
    st.sets(st.integers(0, 7), max_size=3),
    st.tuples(st.none() | st.integers(0, 5), st.none() | st.integers(0, 5)),
    st.none() | st.integers(0, 5),
    st.data(),
)
def test_films_fit_that_have_all_that_is_asked_for(
    dense: np.ndarray,
    features: set[int],
    years: tuple[int | None, int | None],
    min_votes: int | None,
    data: st.DataObject,
) -> None:
    size, width = dense.shape
    numbers = st.lists(st.integers(0, 5), min_size=size, max_size=size)
    of_year, votes = data.draw(numbers), data.draw(numbers)
    collections = data.draw(st.lists(st.integers(-1, 2), min_size=size, max_size=size))
    left_out = data.draw(st.lists(st.integers(0, size - 1), max_size=3))
    without = data.draw(st.booleans())
    model = make_model(dense, votes=votes, years=of_year, collections=collections)
    asked = [feature for feature in features if feature < width]
    first, last = years

    marks = model.filter_mask(asked, years, min_votes, left_out, without_collections=without)

    gone = {collections[film] for film in left_out} - {-1} if without else set()
    assert marks.tolist() == [
        film not in left_out
        and all(dense[film, feature] > 0 for feature in asked)
        and (first is None or of_year[film] >= first)
        and (last is None or of_year[film] <= last)
        and votes[film] >= (min_votes or 0)
        and collections[film] not in gone
        for film in range(size)
    ]


def test_films_of_no_collection_are_not_of_the_same_one() -> None:
    model = make_model(np.eye(4), collections=[-1, -1, 0, 0])

    for left_out, fitting in ((0, [1, 2, 3]), (2, [0, 1])):
        marks = model.filter_mask([], (None, None), None, [left_out], without_collections=True)
        assert np.flatnonzero(marks).tolist() == fitting


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


@given(matrices)
def test_what_two_films_share_sums_up_to_their_similarity(dense: np.ndarray) -> None:
    model = make_model(dense)

    for one in range(model.films):
        similarities = model.similarities(one)
        for other in range(model.films):
            shares = model.explain(model.row(one), other)
            assert sum(share for _, share in shares) == pytest.approx(similarities[other], abs=1e-6)
            assert {feature for feature, _ in shares} == set(
                np.flatnonzero(dense[one] * dense[other]).tolist()
            )


@given(matrices, st.data())
def test_what_speaks_for_a_film_is_what_is_over_0_the_largest_first(
    dense: np.ndarray, data: st.DataObject
) -> None:
    model = make_model(dense)
    profile = data.draw(
        arrays(np.float32, dense.shape[1], elements=st.sampled_from([-0.5, 0.0, 0.5, 1.0]))
    )

    for film in range(model.films):
        parts = profile * unit_rows(dense)[film]
        shares = model.explain(profile, film)
        assert dict(shares) == {
            feature: pytest.approx(part) for feature, part in enumerate(parts) if part > 0
        }
        assert shares == sorted(shares, key=lambda share: (-share.share, share.source))


@given(tastes(), st.lists(st.tuples(st.integers(0, 11), st.just(1.0)), max_size=2))
def test_each_part_of_a_score_is_divided_among_the_likes_by_how_much_of_it_they_have(
    given_tastes: tuple[np.ndarray, list[tuple[int, float]]], disliked: list[tuple[int, float]]
) -> None:
    dense, likes = given_tastes
    model, rows = make_model(dense), unit_rows(dense).astype(np.float64)
    profile = model.profile(likes, [(film % len(dense), weight) for film, weight in disliked])
    weighed = np.array([weight * rows[film] for film, weight in likes])
    in_all = weighed.sum(axis=0)
    divided = np.divide(weighed, in_all, out=np.zeros_like(weighed), where=in_all > 0)

    sources = model.attribute(profile, likes, range(model.films))

    for film, found in enumerate(sources):
        parts = np.maximum(rows[film] * profile, 0)
        expected = divided @ parts
        assert found == sorted(found, key=lambda share: -share.share)
        assert dict(found) == {
            place: pytest.approx(part / parts.sum(), abs=1e-4)
            for place, part in enumerate(expected)
            if part > 0
        }
        if parts.any():
            assert sum(share for _, share in found) == pytest.approx(1)


def test_a_film_that_nothing_speaks_for_comes_from_nowhere() -> None:
    model = make_model(np.eye(3))
    likes = [(0, 1.0)]

    assert model.attribute(model.profile(likes), likes, [1, 0]) == [[], [Share(0, 1.0)]]


def test_of_likes_that_say_the_same_the_one_that_counts_more_is_the_larger_part() -> None:
    model = make_model([[1, 0], [1, 0], [1, 0]])
    likes = [(0, 1.0), (1, 3.0)]

    ((first, second),) = model.attribute(model.profile(likes), likes, [2])

    assert (first.source, second.source) == (1, 0)
    assert (first.share, second.share) == pytest.approx((0.75, 0.25))


@pytest.mark.parametrize("tiny", [5e-324, 1e-320, 1e-300, 1e-45, 1e-40])
def test_a_like_that_hardly_counts_is_hardly_a_part_of_anything(tiny: float) -> None:
    model = make_model([[1, 0], [0, 1], [1, 1]])

    for likes in ([(0, tiny)], [(0, tiny), (1, 1.0)], [(0, tiny), (1, tiny)]):
        (found,) = model.attribute(model.profile(likes), likes, [2])
        assert sum(share for _, share in found) == pytest.approx(1)


def test_a_model_survives_its_pickle() -> None:
    model = make_model(np.eye(3) + 1, votes=[3, 2, 1], collections=[-1, 0, 0])

    again = read_model(pickled(model))

    for name in ARRAYS:
        assert getattr(again, name).dtype == ARRAYS[name]
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
    ],
)
@pytest.mark.parametrize("change", [lambda array: array[:-1], lambda array: np.append(array, [1])])
def test_arrays_of_another_length_than_there_are_films_or_features_are_refused(
    name: str, each: str, change: object
) -> None:
    assert callable(change)
    model = make_model(np.ones((3, 2)))
    array = change(getattr(model, name)).astype(ARRAYS[name])

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
        read_model(pickled(make_model(np.eye(3)))[:-40])
