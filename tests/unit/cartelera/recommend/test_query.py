"""How films are scored by content and by ratings."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cartelera.contract.ranking import CONTENT, MIXTURE, RATINGS, RankingOptions
from cartelera.contract.release_format import ITEM_WEIGHTS, UnsoundReleaseError
from cartelera.contract.tables import RECOMENDACION
from cartelera.parameters import parse_parameters
from cartelera.recommend.model_file import read_item_weights
from cartelera.recommend.query import Query
from cartelera.recommend.recommendations import (
    choose_films,
    describe_films,
    film_query,
    person_query,
    recommendation_options,
    recommendation_parameters,
)
from tests.models import CATALOGUE, make_item_weights, make_model, release_of

if TYPE_CHECKING:
    from cartelera.release import Release

USUAL = RankingOptions(quality=0.0, diversity=0.0, per_collection=9, ratings=0.5)
A, B, C, D, E, F, G = range(7)
# Whoever likes A likes G and E, and nothing else is known of anybody.
WEIGHTS = np.zeros((7, 7))
WEIGHTS[A, G], WEIGHTS[A, E], WEIGHTS[G, A], WEIGHTS[E, A] = 0.9, 0.6, 0.8, 0.4
CONFIDENCE = [0.9, 0, 0, 0, 0.3, 0, 0.8]


@pytest.fixture(scope="module")
def release() -> Release:
    return release_of(CATALOGUE, make_item_weights(WEIGHTS, CONFIDENCE))


def recommended(release: Release, film: int, **asked: object) -> list[str]:
    options = recommendation_options(
        parse_parameters(recommendation_parameters(USUAL), asked), USUAL
    )
    films, _ = choose_films(release, film_query(release, film, options.ranking), options)
    return [release.table(RECOMENDACION).row(row)["titulo"] for row in films]


def test_a_score_is_content_and_ratings_by_how_many_rated_the_film(release: Release) -> None:
    query = film_query(release, A, USUAL)
    content = query.similarities

    scores = query.scores()

    # Beside one film, ratings multiply the content.
    added = 0.5 * np.array(CONFIDENCE) * content * WEIGHTS[A]
    assert added.any()
    assert scores == pytest.approx(content + added, abs=1e-6)
    # Of films that nobody rated content says all, and beside such a film as well.
    assert scores[[B, C, D, F]].tolist() == content[[B, C, D, F]].tolist()
    alone = film_query(release, B, USUAL)
    assert alone.scores().tolist() == alone.similarities.tolist()


def test_quality_counts_less_the_more_the_likes_are_of_one_kind(release: Release) -> None:
    ranking = USUAL._replace(quality=0.5, narrow_quality=0.1)
    queries = [
        person_query(release, [(film, 1.0) for film in likes], [], ranking)
        for likes in ([A], [A, B], range(7), [])
    ]

    assert [query.quality for query in queries] == [
        pytest.approx(0.5 - 0.4 * query.specificity) for query in queries
    ]
    one, *_, none = queries
    assert (one.specificity, none.specificity) == (1, 0)
    # Asked for, it is what is asked.
    parameters = recommendation_parameters(ranking)
    asked = recommendation_options(parse_parameters(parameters, {"calidad": 0.5}), ranking)
    assert person_query(release, [(A, 1.0)], [], asked.ranking).quality == 0.5
    usual = recommendation_options(parse_parameters(parameters, {}), ranking)
    assert person_query(release, [(A, 1.0)], [], usual.ranking).quality == pytest.approx(0.1)


def test_who_likes_what_nobody_rated_is_answered_by_content_as_if_there_were_no_ratings(
    release: Release,
) -> None:
    without = release_of(CATALOGUE)
    for likes, dislikes in (([(B, 1.0), (C, 2.0)], [(A, 1.0)]), ([], [(A, 1.0)]), ([], [])):
        mixed, plain = (person_query(each, likes, dislikes, USUAL) for each in (release, without))
        assert mixed.scores().tolist() == plain.scores().tolist()


def test_the_likes_that_have_ratings_count_by_their_share(release: Release) -> None:
    query = person_query(release, [(A, 1.0), (B, 3.0)], [(G, 1.0)], USUAL)

    assert query.coverage == 0.25
    # G, which is disliked, takes a quarter of what it says of A, .8, over the coverage.
    relevance = float(query.similarities[A]) ** query.specificity
    terms = dict(query.rating_terms(A))
    assert terms == {G: pytest.approx(0.5 * 0.25 * 0.9 * relevance * -0.25 * 0.8 / 0.25)}


def test_the_narrower_a_taste_the_less_ratings_speak_for_films_unlike_it() -> None:
    # Two of a kind, and two of two kinds; others like the last two as much, one of the first kind.
    model = make_model(np.array([[1, 0.2, 0], [1, 0, 0.2], [0, 1, 0], [1, 0.1, 0.1], [0, 0.3, 1]]))
    says = np.zeros((5, 5))
    says[:3, 3:] = 0.5
    weights = make_item_weights(says, [0.9] * 5)

    def added(likes: list[int], film: int) -> float:
        query = Query.of_person(model, [(like, 1.0) for like in likes], (), USUAL, weights)
        return sum(value for _, value in query.rating_terms(film))

    narrow, broad, single = ([0, 1], [0, 2], [0])
    assert added(narrow, 4) / added(narrow, 3) < added(broad, 4) / added(broad, 3)
    # Beside one film, ratings add in proportion to its score by content.
    content = Query.of_film(model, 0, USUAL).scores()
    assert added(single, 4) / added(single, 3) == pytest.approx(content[4] / content[3])
    # The less they have in common, the nearer every film's ratings come to counting in full.
    assert added(broad, 4) > added(narrow, 4)
    assert model.narrowness([(0, 1.0)]) == 1
    assert model.narrowness([(0, 1.0), (1, 1.0)]) > model.narrowness([(0, 1.0), (2, 1.0)])


def test_what_has_nothing_in_common_with_a_film_is_not_beside_it_whatever_people_rated() -> None:
    model = make_model(np.eye(3))
    weights = make_item_weights(np.array([[0, 0.9, 0], [0.9, 0, 0], [0, 0, 0]]), [0.9, 0.9, 0])

    assert Query.of_film(model, 0, USUAL, weights).scores().tolist() == [1, 0, 0]


def test_modelo_chooses_what_films_are_scored_by(release: Release) -> None:
    assert recommended(release, A, modelo="publico") == ["G", "E"]
    assert recommended(release, A, modelo="contenido", n=6)[0] == "B"
    assert recommended(release, A, modelo="mixto", n=6) == recommended(release, A, n=6)
    assert set(recommended(release, A, n=6)) == {"B", "C", "D", "E", "F", "G"}
    assert film_query(release, A, USUAL._replace(scored_by=CONTENT)).item_weights is None


def test_who_wants_ratings_where_there_are_none_is_told_so(release: Release) -> None:
    ranking = USUAL._replace(scored_by=RATINGS)
    for place, film, notice in (
        (release_of(CATALOGUE), A, "esta publicación no tiene valoraciones del público"),
        (release, B, "casi nadie ha valorado lo que se pide"),
    ):
        values = parse_parameters(recommendation_parameters(USUAL), {"modelo": "publico"})
        options = recommendation_options(values, USUAL)
        found = choose_films(place, film_query(place, film, ranking), options)
        assert (found.films, found.notice) == ([], f"Ninguna película: {notice}.")


def test_the_public_is_named_as_a_reason_and_likeness_stays_the_cosine(release: Release) -> None:
    query = film_query(release, A, USUAL)

    (row,) = describe_films(release, [G], query)

    assert "público: a quienes gustó A" in row["motivos"]
    assert row["similitud"] == pytest.approx(float(release.model().similarities(A)[G]), abs=1e-4)


def test_a_release_swaps_for_one_without_ratings_and_back(release: Release) -> None:
    without = release_of(CATALOGUE)
    assert release.item_weights() is not None

    without.open_same_files(release)
    release.open_same_files(without)

    assert without.item_weights() is None


def test_the_order_of_ratings_alone_is_that_of_what_they_say() -> None:
    model = make_model(np.eye(4))
    says = np.zeros((4, 4))
    says[0] = 0, 0.2, -0.3, 0.4
    weights = make_item_weights(says, [1, 1, 1, 1])
    query = Query.of_film(model, 0, USUAL._replace(scored_by=RATINGS), weights)

    assert model.top_n(query.scores(), 3) == [3, 1]
    assert USUAL.scored_by == MIXTURE


def test_item_weights_that_are_not_as_they_should_be_are_refused() -> None:
    sound: dict[str, Any] = {
        "starts": np.array([0, 1, 1]),
        "others": np.array([1], np.int32),
        "weights": np.array([0.5], np.float32),
        "confidence": np.array([0.5, 0], np.float32),
    }
    assert read_item_weights(pickle.dumps(sound, protocol=5)).weights.tolist() == [0.5]
    for change in (
        {"others": np.array([2], np.int32)},
        {"others": np.array([-1], np.int32)},
        {"starts": np.array([0, 1])},
        {"starts": np.array([0, 1, 2])},
        {"weights": np.array([0.5, 0.5], np.float32)},
        {"weights": np.array([0.5])},
        {"users": np.array([7])},
    ):
        with pytest.raises(UnsoundReleaseError, match=f"^{ITEM_WEIGHTS}"):
            read_item_weights(pickle.dumps(sound | change, protocol=5))
    with pytest.raises(UnsoundReleaseError, match=r"asks for posix\.system|asks for nt\.system"):
        read_item_weights(b"cposix\nsystem\n(S'true'\ntR.")
