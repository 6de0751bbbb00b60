"""What is recommended to a person, and what they are told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartelera.contract.ranking import PERSON_RANKING, RankingOptions
from cartelera.contract.tables import RECOMENDACION
from cartelera.errors import InvalidParameterError, NotInCatalogueError
from cartelera.films.by_title import Films
from cartelera.lookup.fuzzy import WORK, Budget
from cartelera.parameters import MAX_TASTES, Taste, Tastes, parse_parameters
from cartelera.recommend.recommendations import recommendation_options, recommendation_parameters
from cartelera.recommend.tastes import READING, TASTE, recommend_for_tastes
from tests.models import Film, release_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cartelera.recommend.recommendations import RecommendationOptions
    from cartelera.recommend.tastes import PersonalRecommendations
    from cartelera.release import Release

    type Given = Sequence[Mapping[str, object]]

PLAIN = RankingOptions(quality=0.0, diversity=0.0, per_collection=50)
CATALOGUE = [
    Film("Alien", 1979, 80, ("Terror",), themes=("space", "monster")),
    Film("Aliens", 1986, 70, ("Terror",), themes=("space", "monster", "war")),
    Film("Amélie", 2001, 60, ("Comedia",), "fr", "FR", themes=("love", "paris")),
    Film("Delicatessen", 1991, 20, ("Comedia", "Terror"), "fr", "FR", themes=("paris",)),
    Film("Gravity", 2013, 90, ("Drama",), themes=("space",)),
    Film("Jaws", 1975, 85, ("Terror",), themes=("monster", "sea")),
    Film("King Kong", 1933, 10, ("Terror",), themes=("monster",)),
    Film("King Kong", 2005, 30, ("Drama",), themes=("monster", "love")),
    Film("Titanic", 1997, 99, ("Drama",), themes=("love", "sea")),
]
IDS = {(film.title, film.year): number for number, film in enumerate(CATALOGUE, 1)}
ALIEN, AMELIE, TITANIC = {"titulo": "alien"}, {"titulo": "amelie"}, {"titulo": "titanic"}
tastes = st.lists(
    st.builds(
        lambda number, weight: {"id": number, "peso": weight},
        st.integers(1, len(CATALOGUE) + 1),
        st.sampled_from([0.1, 1, 2.5, 10]),
    ),
    max_size=5,
)


@pytest.fixture(scope="module")
def release() -> Release:
    return release_of(CATALOGUE)


def read(films: Given) -> list[Taste]:
    return Tastes("gustos").parse(list(films))


def suggested(
    release: Release,
    likes: Given = (),
    dislikes: Given = (),
    usual: RankingOptions = PERSON_RANKING,
    **asked: object,
) -> PersonalRecommendations:
    options = options_of(usual, **asked)
    return recommend_for_tastes(release, read(likes), read(dislikes), options)


def options_of(usual: RankingOptions = PERSON_RANKING, **asked: object) -> RecommendationOptions:
    return recommendation_options(parse_parameters(recommendation_parameters(usual), asked), usual)


def titles(found: PersonalRecommendations) -> list[str]:
    return [film["titulo"] for film in found.films]


def test_somebody_is_recommended_films_like_those_that_they_like(release: Release) -> None:
    found = suggested(release, [ALIEN], usual=PLAIN, n=2)

    assert titles(found) == ["Aliens", "King Kong"]
    assert (found.unknown, found.notice) == ([], None)


def test_a_film_is_scored_by_its_affinity_with_the_profile(release: Release) -> None:
    model = release.model()
    # Alien, Amélie and Titanic are in these rows.
    affinities = model.affinities(model.profile([(0, 1.0), (2, 2.0)], [(8, 1.0)]))

    found = suggested(release, [ALIEN, {**AMELIE, "peso": 2}], [TITANIC], usual=PLAIN, n=6)

    assert [film["similitud"] for film in found.films] == pytest.approx(
        sorted((float(affinities[row]) for row in (1, 3, 4, 5, 6, 7)), reverse=True), abs=1e-4
    )


def test_reasons_are_what_most_of_the_score_comes_from(release: Release) -> None:
    (aliens,) = suggested(release, [ALIEN], n=1).films

    assert set(aliens["motivos"]) == {"género: Terror", "tema: space", "tema: monster"}


def test_the_likes_that_a_film_comes_from_are_named_the_largest_part_first(
    release: Release,
) -> None:
    likes = [ALIEN, {"titulo": "Delicatessen"}, TITANIC]

    found = suggested(release, likes, usual=PLAIN, n=9)

    by_title = {(film["titulo"], film["anio"]): film["por"] for film in found.films}
    assert by_title["Aliens", 1986][0] | {"parte": 0} == {
        "id": IDS["Alien", 1979],
        "titulo": "Alien",
        "anio": 1979,
        "parte": 0,
    }
    assert by_title["Amélie", 2001][0]["titulo"] == "Delicatessen"
    for sources in by_title.values():
        parts = [source["parte"] for source in sources]
        assert parts == sorted(parts, reverse=True)
        assert sum(parts) == pytest.approx(1, abs=1e-3)


def test_a_film_comes_from_no_more_than_three_likes(release: Release) -> None:
    likes = [{"id": number} for number in range(1, len(CATALOGUE))]

    (found,) = suggested(release, likes, n=1).films

    assert len(found["por"]) == 3
    assert 0 < sum(source["parte"] for source in found["por"]) < 1


def test_what_is_like_something_disliked_is_less_of_a_choice(release: Release) -> None:
    before = suggested(release, [ALIEN], usual=PLAIN, n=8).films
    after = suggested(release, [ALIEN], [{"titulo": "Gravity"}], PLAIN, n=8).films

    liked, disliked = (
        {film["titulo"]: film["similitud"] for film in found} for found in (before, after)
    )
    assert disliked["Titanic"] < liked["Titanic"]
    assert disliked["Titanic"] < disliked["Jaws"]
    assert "Gravity" not in disliked


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(tastes, tastes, st.sampled_from([PLAIN, PERSON_RANKING]))
def test_what_somebody_has_named_never_comes_back(
    release: Release, likes: Given, dislikes: Given, usual: RankingOptions
) -> None:
    named = {taste["id"] for taste in (*likes, *dislikes)}
    known = named - {len(CATALOGUE) + 1}
    if named and not known:
        return

    found = suggested(release, likes, dislikes, usual, n=50)

    ids = {film["id"] for film in found.films}
    assert ids == set(IDS.values()) - known
    assert len(found.films) == len(ids)
    assert len(found.unknown) == [t["id"] for t in (*likes, *dislikes)].count(len(CATALOGUE) + 1)
    assert found.notice is not None


def test_a_film_that_is_named_twice_counts_for_both(release: Release) -> None:
    twice = suggested(release, [{**ALIEN, "peso": 1}, AMELIE, {"id": 1, "peso": 2}], n=6)
    once = suggested(release, [{**ALIEN, "peso": 3}, AMELIE], n=6)

    assert twice == once
    assert twice != suggested(release, [{**ALIEN, "peso": 2}, AMELIE], n=6)


def test_a_film_that_is_liked_and_disliked_is_liked_a_little(release: Release) -> None:
    found = suggested(release, [ALIEN], [ALIEN], usual=PLAIN, n=8)

    assert titles(found) == titles(suggested(release, [ALIEN], usual=PLAIN, n=8))


def test_the_scale_of_the_weights_changes_nothing(release: Release) -> None:
    likes = [{**ALIEN, "peso": 0.5}, {**AMELIE, "peso": 0.25}]
    louder = [{**taste, "peso": 10 * cast("float", taste["peso"])} for taste in likes]

    assert suggested(release, louder, n=7) == suggested(release, likes, n=7)


def test_a_film_is_found_by_title_year_and_id_as_everywhere(release: Release) -> None:
    by_year = suggested(release, [{"titulo": "king kong", "anio": 1933}], n=8)
    by_id = suggested(release, [{"id": IDS["King Kong", 1933]}], n=8)
    best_known = suggested(release, [{"titulo": "King Kong"}], n=8)

    assert by_year == by_id != best_known
    assert best_known == suggested(release, [{"id": IDS["King Kong", 2005]}], n=8)


def test_films_that_are_not_there_are_listed_as_they_were_asked_for(release: Release) -> None:
    likes: Given = [
        {"titulo": "Alein"},
        ALIEN,
        {"titulo": "King Kong", "anio": 1976},
        {"id": 999},
    ]

    found = suggested(release, likes, [{"titulo": "Amelia", "id": 77}])

    assert [{**entry, "sugerencias": []} for entry in found.unknown] == [
        {"titulo": "Alein", "sugerencias": []},
        {"titulo": "King Kong", "anio": 1976, "sugerencias": []},
        {"id": 999, "sugerencias": []},
        {"titulo": "Amelia", "id": 77, "sugerencias": []},
    ]
    near = [entry["sugerencias"] for entry in found.unknown]
    assert near[0][0] == "Alien"
    assert "King Kong" in near[1]
    assert near[2] == []
    assert near[3][0] == "Amélie"


def test_only_the_first_ten_films_that_are_not_there_have_suggestions(release: Release) -> None:
    likes = [ALIEN, *[{"titulo": "Alein"}] * 8]
    dislikes = [{"titulo": "Titanik"}] * 5

    found = suggested(release, likes, dislikes)

    assert [bool(entry["sugerencias"]) for entry in found.unknown] == [True] * 10 + [False] * 3


def test_when_none_of_the_films_is_there_that_is_not_found_with_what_is_near_the_first(
    release: Release,
) -> None:
    with pytest.raises(NotInCatalogueError, match="Ninguna") as caught:
        suggested(release, [{"titulo": "Amelia"}], [{"titulo": "Alein"}])

    assert caught.value.suggestions[0] == "Amélie"


def test_one_film_that_is_there_is_enough_though_it_is_disliked(release: Release) -> None:
    found = suggested(release, [{"id": 999}], [ALIEN], usual=PLAIN, n=8)

    assert found.unknown == [{"id": 999, "sugerencias": []}]
    assert titles(found)[-1] == "Aliens"


def test_somebody_without_tastes_gets_the_best_known_films(release: Release) -> None:
    found = suggested(
        release, usual=RankingOptions(quality=1.0, diversity=0.0, per_collection=50), n=4
    )

    assert titles(found) == ["Titanic", "Gravity", "Jaws", "Alien"]
    assert [(film["similitud"], film["motivos"], film["por"]) for film in found.films] == [
        (0, [], [])
    ] * 4


def test_somebody_without_tastes_gets_films_of_many_kinds(release: Release) -> None:
    found = suggested(
        release, usual=RankingOptions(quality=1.0, diversity=0.5, per_collection=50), n=3
    )

    assert titles(found)[0] == "Titanic"
    assert "Amélie" in titles(found)


def test_somebody_who_only_dislikes_gets_the_best_known_of_what_is_unlike_that(
    release: Release,
) -> None:
    usual = RankingOptions(quality=1.0, diversity=0.0, per_collection=50)

    found = suggested(release, [], [{"titulo": "Gravity"}], usual, n=8)

    assert titles(found)[0] != "Titanic"
    assert all(film["similitud"] <= 0 for film in found.films)
    assert not any(film["por"] or film["motivos"] for film in found.films)


def test_what_is_wanted_beside_the_tastes_counts(release: Release) -> None:
    found = suggested(release, [ALIEN], n=3, genero="comedia", desde=1995)

    assert titles(found) == ["Amélie"]
    assert found.notice == (
        "Sólo 1 de las 3 películas: no hay más que cumplan lo que se pide, "
        "con 2 de una misma franquicia como mucho."
    )


@pytest.mark.parametrize(("likes", "dislikes"), [(MAX_TASTES, 1), (1, MAX_TASTES)])
def test_more_tastes_than_are_read_are_refused(release: Release, likes: int, dislikes: int) -> None:
    with pytest.raises(InvalidParameterError, match=f"suman {MAX_TASTES + 1} ") as caught:
        suggested(release, [ALIEN] * likes, [TITANIC] * dislikes)

    assert caught.value.parameter == "gustos"


def test_as_many_tastes_as_are_read_are_answered(release: Release) -> None:
    found = suggested(release, [ALIEN] * (MAX_TASTES - 1), [TITANIC], n=2)

    assert len(found.films) == 2


@pytest.mark.parametrize("tiny", [5e-324, 1e-300, 1e-40])
def test_a_like_of_next_to_no_weight_is_like_any_other_when_it_is_the_only_one(
    release: Release, tiny: float
) -> None:
    found = suggested(release, [{**ALIEN, "peso": tiny}], n=8)

    assert found == suggested(release, [ALIEN], n=8)
    assert found.films[0]["por"][0]["parte"] == 1


def test_unknown_films_share_the_work_of_one_request_and_say_where_it_ends(
    release: Release,
) -> None:
    asked = [ALIEN, *({"titulo": f"titanik {n}"} for n in range(12))]
    films = Films(release, RECOMENDACION)
    budget = Budget()
    for film in asked[1:11]:
        budget.take(1, READING)
        films.suggestions(str(film["titulo"]), budget)
    needed = WORK - budget.left

    for work, complete in ((needed, 10), (needed - 1, 9), (needed // 2, 5), (0, 0)):
        found = recommend_for_tastes(
            release, read(asked), [], options_of(n=2), Budget(work + TASTE * len(asked))
        )
        told = ["aviso" in film for film in found.unknown]
        assert told[:10] == [False] * complete + [True] * (10 - complete)
        assert all(film["sugerencias"] == ["Titanic"] for film in found.unknown[:complete])


def test_titles_are_read_as_far_as_the_work_of_a_request_goes_and_the_others_say_so(
    release: Release,
) -> None:
    asked = [{"titulo": "alien (1979)"}, {"titulo": "titanic (1997)"}, {"titulo": "alien"}]

    for readings in (2, 1, 0):
        work = TASTE * len(asked) + READING * readings
        found = recommend_for_tastes(release, read(asked), [], options_of(n=2), Budget(work))

        assert [film["titulo"] for film in found.unknown] == ["alien (1979)", "titanic (1997)"][
            readings:
        ]
        assert all("título exacto" in film["aviso"] for film in found.unknown)
