"""Why films are recommended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cartelera.contract.feature_groups import FEATURE_GROUPS, FILTER_TABLES
from cartelera.contract.ranking import RATINGS, SCORED_BY, RankingOptions
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.recommend.explanations import (
    Contribution,
    FeatureNames,
    attribute,
    explain,
)
from cartelera.recommend.query import Query
from tests.models import make_item_weights, make_model, matrices, tastes, unit_rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartelera.recommend.item_weights import ItemWeights
    from cartelera.recommend.model import Model

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


PLAIN = RankingOptions(quality=0.0, diversity=0.0, per_collection=50)
MIXED = RankingOptions(quality=0.5, diversity=0.0, per_collection=50, ratings=0.6)


def person(
    model: Model,
    likes: list[tuple[int, float]],
    dislikes: list[tuple[int, float]] | None = None,
    ranking: RankingOptions = PLAIN,
    item_weights: ItemWeights | None = None,
) -> Query:
    return Query.of_person(model, likes, dislikes or [], ranking, item_weights)


@given(matrices)
def test_what_two_films_share_sums_up_to_their_similarity(dense: np.ndarray) -> None:
    model = make_model(dense)

    for one in range(model.films):
        query = Query.of_film(model, one, PLAIN)
        for other in range(model.films):
            terms = explain(query, other)
            total = sum(term.value for term in terms)
            assert total == pytest.approx(query.similarities[other], abs=1e-6)
            assert {term.feature for term in terms} == set(
                np.flatnonzero(dense[one] * dense[other]).tolist()
            )


@given(matrices, st.data())
def test_what_speaks_for_a_film_and_against_it_is_explained_the_largest_first(
    dense: np.ndarray, data: st.DataObject
) -> None:
    model = make_model(dense)
    profile = data.draw(
        arrays(np.float32, dense.shape[1], elements=st.sampled_from([-0.5, 0.0, 0.5, 1.0]))
    )
    query = Query(model, PLAIN, profile, model.affinities(profile), [(0, 1.0)])

    for film in range(model.films):
        parts = profile * unit_rows(dense)[film]
        terms = explain(query, film)
        assert {term.feature: term.value for term in terms} == {
            feature: pytest.approx(part) for feature, part in enumerate(parts) if part
        }
        assert terms == sorted(terms, key=lambda term: (-term.value, term.feature))


@given(
    tastes(),
    st.lists(st.tuples(st.integers(0, 11), st.just(1.0)), max_size=2),
    st.integers(0, 1 << 30),
    st.sampled_from(SCORED_BY),
)
def test_the_terms_of_content_and_ratings_add_up_to_the_score(
    given_tastes: tuple[np.ndarray, list[tuple[int, float]]],
    disliked: list[tuple[int, float]],
    seed: int,
    scored_by: str,
) -> None:
    dense, likes = given_tastes
    rng, count = np.random.default_rng(seed), len(dense)
    model = make_model(dense, prior=rng.random(count) + 0.1, completeness=rng.random(count))
    item_weights = make_item_weights(
        rng.normal(size=(count, count)) * (rng.random((count, count)) < 0.5),
        rng.random(count) * (rng.random(count) < 0.7),
    )
    dislikes = [(film % count, weight) for film, weight in disliked]
    ranking = MIXED._replace(scored_by=scored_by)
    query = person(model, likes, dislikes, ranking, item_weights)
    scores = query.scores()

    for film in range(count):
        total = sum(term.value for term in explain(query, film))
        if scores[film] > -np.inf:
            # Scores are in single precision.
            assert total == pytest.approx(float(scores[film]), rel=1e-6, abs=1e-5)
        else:
            assert total <= 1e-6


def test_whose_public_liked_a_film_is_one_of_the_reasons_for_it() -> None:
    model = make_model([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0]])
    weights = np.array([[0, 0.5, 0], [0.5, 0, 0], [0, 0, 0]])
    item_weights = make_item_weights(weights, [0.5, 0.8, 0])
    query = Query.of_film(model, 0, MIXED, item_weights)

    by_content, by_ratings = explain(query, 1)
    assert (by_content[:2], by_ratings[:2]) == ((0, None), (None, 0))
    assert by_content.value == pytest.approx(0.6)
    assert by_ratings.value == pytest.approx(0.6 * 0.8 * 0.6 * 0.5)
    assert explain(query, 2) == []
    assert query.scores()[1] == pytest.approx(0.6 + 0.6 * 0.8 * 0.6 * 0.5)


@given(tastes(), st.lists(st.tuples(st.integers(0, 11), st.just(1.0)), max_size=2))
def test_each_part_of_a_score_is_divided_among_the_likes_by_how_much_of_it_they_have(
    given_tastes: tuple[np.ndarray, list[tuple[int, float]]], disliked: list[tuple[int, float]]
) -> None:
    dense, likes = given_tastes
    model, rows = make_model(dense), unit_rows(dense).astype(np.float64)
    query = person(model, likes, [(film % len(dense), weight) for film, weight in disliked])
    weighed = np.array([weight * rows[film] for film, weight in likes])
    in_all = weighed.sum(axis=0)
    divided = np.divide(weighed, in_all, out=np.zeros_like(weighed), where=in_all > 0)

    sources = attribute(query, range(model.films))

    for film, found in enumerate(sources):
        parts = np.maximum(rows[film] * query.vector, 0)
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
    query = person(make_model(np.eye(3)), [(0, 1.0)])

    assert attribute(query, [1, 0]) == [[], [Contribution(0, 1.0)]]


def test_of_likes_that_say_the_same_the_one_that_counts_more_is_the_larger_part() -> None:
    query = person(make_model([[1, 0], [1, 0], [1, 0]]), [(0, 1.0), (1, 3.0)])

    ((first, second),) = attribute(query, [2])

    assert (first.source, second.source) == (1, 0)
    assert (first.share, second.share) == pytest.approx((0.75, 0.25))


def test_a_like_whose_public_liked_the_film_has_its_part_of_the_score() -> None:
    model = make_model(np.eye(4))
    item_weights = make_item_weights(
        [[0, 0, 0.2, 0], [0, 0, 0.6, -0.2], [0, 0.1, 0, 0], [0, 0.1, 0, 0]], [0.5, 0.5, 0.5, 0.5]
    )
    ranking = MIXED._replace(scored_by=RATINGS)
    query = person(model, [(0, 1.0), (1, 1.0)], ranking=ranking, item_weights=item_weights)

    found, nothing = attribute(query, [2, 3])

    assert dict(found) == {1: pytest.approx(0.75), 0: pytest.approx(0.25)}
    assert (found[0].source, nothing) == (1, [])


@pytest.mark.parametrize("tiny", [5e-324, 1e-320, 1e-300, 1e-45, 1e-40])
def test_a_like_that_hardly_counts_is_hardly_a_part_of_anything(tiny: float) -> None:
    model = make_model([[1, 0], [0, 1], [1, 1]])

    for likes in ([(0, tiny)], [(0, tiny), (1, 1.0)], [(0, tiny), (1, tiny)]):
        (found,) = attribute(person(model, likes), [2])
        assert sum(share for _, share in found) == pytest.approx(1)
