"""Why films are recommended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cartelera.contract.feature_groups import FEATURE_GROUPS, FILTER_TABLES
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.recommend.explanations import Contribution, FeatureNames, attribute, explain
from tests.models import make_model, matrices, tastes, unit_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    type MakeParquet = Callable[[dict[str, list[Any]]], bytes]


@pytest.mark.parametrize(
    ("block", "name", "reason"),
    [
        ("genres", "Terror", "género: Terror"),
        ("directors", "John Lasseter", "dirección: John Lasseter"),
        ("writers", "Joss Whedon", "guion: Joss Whedon"),
        ("cast", "Tom Hanks", "reparto: Tom Hanks"),
        ("keywords", "toy", "tema: toy"),
        ("collection", "Toy Story Collection", "saga: Toy Story Collection"),
        ("production_companies", "Pixar", "productora: Pixar"),
        ("production_countries", "Francia", "país: Francia"),
        ("original_language", "inglés", "idioma: inglés"),
        ("period", "1992", "época: hacia 1992"),
        ("title", "toy", "título: toy"),
        ("text", "cowboy", "argumento: cowboy"),
    ],
)
def test_a_feature_is_a_reason(
    make_parquet: MakeParquet, block: str, name: str, reason: str
) -> None:
    names = FeatureNames(make_parquet({"block": ["cast", block], "name": ["Ann", name]}))

    assert len(names) == 2
    assert names.reason(0) == "reparto: Ann"
    assert names.reason(1) == reason


def test_a_release_without_features_has_no_names(make_parquet: MakeParquet) -> None:
    assert len(FeatureNames(make_parquet({"block": [], "name": []}))) == 0


def test_no_two_blocks_are_called_the_same_and_each_filter_is_a_block() -> None:
    assert len(set(FEATURE_GROUPS.values())) == len(FEATURE_GROUPS)
    assert set(FILTER_TABLES) < set(FEATURE_GROUPS)


@pytest.mark.parametrize("columns", [["name"], ["name", "block"], ["block", "name", "weight"], []])
def test_other_columns_are_refused(make_parquet: MakeParquet, columns: list[str]) -> None:
    data = make_parquet({column: ["x"] for column in columns})

    with pytest.raises(UnsoundReleaseError, match=r"^features\.parquet has columns"):
        FeatureNames(data)


@pytest.mark.parametrize("data", [b"", b"junk", b"PAR1 and no more PAR1"])
def test_what_is_no_parquet_is_refused(data: bytes) -> None:
    with pytest.raises(UnsoundReleaseError, match=r"^features\.parquet cannot be read as parquet"):
        FeatureNames(data)


@given(matrices)
def test_what_two_films_share_sums_up_to_their_similarity(dense: np.ndarray) -> None:
    model = make_model(dense)

    for one in range(model.films):
        similarities = model.similarities(one)
        for other in range(model.films):
            shares = explain(model, model.row(one), other)
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
        shares = explain(model, profile, film)
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

    sources = attribute(model, profile, likes, range(model.films))

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

    assert attribute(model, model.profile(likes), likes, [1, 0]) == [[], [Contribution(0, 1.0)]]


def test_of_likes_that_say_the_same_the_one_that_counts_more_is_the_larger_part() -> None:
    model = make_model([[1, 0], [1, 0], [1, 0]])
    likes = [(0, 1.0), (1, 3.0)]

    ((first, second),) = attribute(model, model.profile(likes), likes, [2])

    assert (first.source, second.source) == (1, 0)
    assert (first.share, second.share) == pytest.approx((0.75, 0.25))


@pytest.mark.parametrize("tiny", [5e-324, 1e-320, 1e-300, 1e-45, 1e-40])
def test_a_like_that_hardly_counts_is_hardly_a_part_of_anything(tiny: float) -> None:
    model = make_model([[1, 0], [0, 1], [1, 1]])

    for likes in ([(0, tiny)], [(0, tiny), (1, 1.0)], [(0, tiny), (1, tiny)]):
        (found,) = attribute(model, model.profile(likes), likes, [2])
        assert sum(share for _, share in found) == pytest.approx(1)
