"""Which films are recommended of those that fit, and what is said of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartelera.contract.ranking import MAX_N, RankingOptions
from cartelera.contract.tables import RECOMENDACION
from cartelera.parameters import parse_parameters
from cartelera.recommend.query import Query
from cartelera.recommend.recommendations import (
    choose_films,
    describe_films,
    recommendation_options,
    recommendation_parameters,
)
from tests.models import CATALOGUE, Film, films, filter_values, passes_filters, release_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cartelera.recommend.recommendations import RecommendationOptions, Recommendations
    from cartelera.release import Release

PLAIN = RankingOptions(quality=0.0, diversity=0.0, per_collection=MAX_N)
A, B, C, D, E, F, G = range(7)
# The first is worth most, and no two the same.
SCORES = np.linspace(1, 0.1, len(CATALOGUE), dtype=np.float32)


@pytest.fixture(scope="module")
def release() -> Release:
    return release_of(CATALOGUE)


def asking(usual: RankingOptions = PLAIN, /, **asked: object) -> RecommendationOptions:
    """Read what is asked for as a handler does."""
    return recommendation_options(parse_parameters(recommendation_parameters(usual), asked), usual)


def scored(
    release: Release, scores: np.ndarray, likes: Iterable[int], options: RecommendationOptions
) -> Query:
    """Return a query in which every film has the similarity that it is given."""
    model = release.model()
    vector = np.zeros(model.features, np.float32)
    return Query(model, options.ranking, vector, scores, [(film, 1.0) for film in likes])


def chosen(
    release: Release, *given_films: int, usual: RankingOptions = PLAIN, **asked: object
) -> Recommendations:
    options = asking(usual, **asked)
    return choose_films(release, scored(release, SCORES, given_films, options), options)


@settings(max_examples=60)
@given(
    st.lists(films, min_size=1, max_size=10),
    filter_values,
    st.integers(1, 8),
    st.integers(1, 3),
    st.data(),
)
def test_the_films_chosen_are_the_best_of_those_that_fit(
    catalogue: list[Film], values: dict[str, Any], n: int, most: int, data: st.DataObject
) -> None:
    release = release_of(catalogue)
    table = release.table(RECOMENDACION)
    ids = [table.row(row)["id"] for row in range(len(table))]
    in_rows = [catalogue[number - 1] for number in ids]
    rows = st.integers(0, len(catalogue) - 1)
    given_rows = data.draw(st.lists(rows, max_size=2))
    score = st.sampled_from([-0.5, 0.0, 0.25, 0.5, 1.0])
    scores = data.draw(st.lists(score, min_size=len(ids), max_size=len(ids)))
    given_films = [in_rows[row] for row in given_rows]
    expected: list[int] = []
    for row in sorted(range(len(ids)), key=lambda row: (-scores[row], -in_rows[row].votes, row)):
        collection = in_rows[row].collection
        same = [other for other in expected if in_rows[other].collection == collection]
        if (
            row not in given_rows
            and passes_filters(in_rows[row], given_films, values)
            and (collection is None or len(same) < most)
        ):
            expected.append(row)

    options = asking(**values, n=n, max_franquicia=most)

    query = scored(release, np.array(scores, np.float32), given_rows, options)
    found, notice = choose_films(release, query, options)

    assert found == expected[:n]
    assert (notice is None) == (len(found) == n)


def test_unless_asked_otherwise_all_but_the_films_given_may_be_recommended(
    release: Release,
) -> None:
    assert chosen(release, n=7).films == [A, B, C, D, E, F, G]
    assert chosen(release, B, F, B, n=5).films == [A, C, D, E, G]


def test_five_films_are_recommended_unless_more_or_fewer_are_asked_for(release: Release) -> None:
    assert len(chosen(release).films) == 5
    assert chosen(release, n="1").films == [A]


def test_films_of_no_collection_are_of_none_together(release: Release) -> None:
    assert chosen(release, A, n=7, sin_franquicia=True).films == [B, C, D, E, F, G]
    assert chosen(release, n=7, sin_franquicia=True).films == [A, B, C, D, E, F, G]
    assert chosen(release, n=7, max_franquicia=1).films == [A, B, E, G]


def test_of_one_collection_there_are_no_more_films_than_usual_unless_asked_for(
    release: Release,
) -> None:
    usual = RankingOptions(quality=0.0, diversity=0.0, per_collection=2)

    assert chosen(release, n=7, usual=usual).films == [A, B, C, E, F, G]
    assert chosen(release, n=7, usual=usual, max_franquicia=3).films == [A, B, C, D, E, F, G]


def test_the_better_known_come_first_the_more_quality_counts(release: Release) -> None:
    usual = RankingOptions(quality=1.0, diversity=0.0, per_collection=50)
    prior = release.model().prior

    assert chosen(release, n=7, usual=usual).films == np.argsort(-(1 + SCORES) * prior).tolist()
    assert chosen(release, n=7, usual=usual, calidad=0).films == [A, B, C, D, E, F, G]
    assert chosen(release, n=3, calidad=1).films == chosen(release, n=3, usual=usual).films


def test_a_list_is_the_more_varied_the_more_it_is_asked_to_be(release: Release) -> None:
    usual = RankingOptions(quality=0.0, diversity=1.0, per_collection=50)
    alike = release.model().similarities(A)

    varied = chosen(release, n=2, usual=usual).films

    assert varied == [A, int(np.argmin(alike))]
    assert chosen(release, n=2, usual=usual, diversidad=0).films == [A, B]
    assert chosen(release, n=2, diversidad=1).films == varied


def test_whoever_gets_all_films_asked_for_is_told_nothing(release: Release) -> None:
    assert chosen(release, n=7).notice is None
    assert chosen(release, n=2, idioma="fr").notice is None


def test_whoever_gets_fewer_films_than_asked_for_is_told_how_many(release: Release) -> None:
    assert chosen(release, n=7, idioma="fr").notice == (
        "Sólo 2 de las 7 películas: no hay más que cumplan lo que se pide."
    )


def test_whoever_gets_fewer_films_is_told_of_the_cap_of_a_franchise_where_it_may_be_that(
    release: Release,
) -> None:
    one, two = (chosen(release, n=7, max_franquicia=most) for most in (1, 2))

    assert one.notice == (
        "Sólo 4 de las 7 películas: no hay más que cumplan lo que se pide, "
        "con 1 de una misma franquicia como mucho."
    )
    assert two.notice is not None
    assert two.notice.startswith("Sólo 6 de las 7 ")
    assert "con 2 de una misma franquicia" in two.notice


def test_whoever_gets_no_film_is_told_so(release: Release) -> None:
    found = chosen(release, n=7, desde=2050)

    assert found == ([], "Ninguna película cumple lo que se pide.")


def test_whoever_asks_for_years_that_end_before_they_begin_is_told_why_there_are_none(
    release: Release,
) -> None:
    found = chosen(release, desde=2000, hasta=1999)

    assert found == ([], "Ninguna película: `hasta` (1999) es antes que `desde` (2000).")


def test_scores_are_left_as_they_are(release: Release) -> None:
    before = SCORES.copy()

    chosen(release, A, n=7, genero="drama")

    assert before.tolist() == SCORES.tolist()


def test_a_film_is_described_by_its_title_its_likeness_and_what_makes_most_of_it(
    release: Release,
) -> None:
    (row,) = describe_films(release, [B], Query.of_film(release.model(), A, PLAIN))

    # Of the four features of one and the five of the other they share four.
    assert row["similitud"] == pytest.approx(4 / np.sqrt(4 * 5), abs=1e-4)
    assert (row["id"], row["titulo"], row["anio"]) == (2, "B", 1985)
    assert row["motivos"] == ["género: Drama", "tema: sea", "país: Francia"]


def test_films_that_share_nothing_have_no_reasons(release: Release) -> None:
    (row,) = describe_films(release, [D], Query.of_film(release.model(), A, PLAIN))

    assert (row["similitud"], row["motivos"]) == (0, [])


def test_a_likeness_is_never_more_than_1_however_it_adds_up(release: Release) -> None:
    over = np.full(len(CATALOGUE), 1.0000002, np.float32)
    above, below = (scored(release, scores, [], asking()) for scores in (over, -over))

    rows = describe_films(release, [A, B], above) + describe_films(release, [C], below)

    assert [row["similitud"] for row in rows] == [1, 1, -1]
