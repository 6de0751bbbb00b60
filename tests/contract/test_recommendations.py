"""What is recommended, and why, held to the facts of the sample."""

from __future__ import annotations

import json
import os
import tomllib
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import numpy as np
import pytest

import infra.sample
from cartelera.contract.names import compact, key
from cartelera.contract.release_format import MODEL
from cartelera.errors import InvalidParameterError, NotInCatalogueError
from cartelera.recommend.model_file import read_model
from etl.catalogue.localized_names import country_names, genre_names, language_names
from infra.openapi import DOCUMENT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tests.callers import Answer, Caller

    type Film = dict[str, Any]
    type Catalogue = dict[int, Film]

pytestmark = pytest.mark.skipif("RAW" in os.environ, reason="these facts are of the sample")

# As many as are recommended at once, and as many of a saga as there are.
MOST = 50
WHOLE_SAGAS = {"max_franquicia": MOST}
TOY_STORY, ALIEN = 862, 348
# Films of several decades, languages and sagas, and one of which next to nothing is known.
ASKED = (862, 348, 194, 238, 120, 11, 129, 3573, 680, 9000007)
# What films can be kept to, and the names of it that a film has in the catalogue.
KEPT_TO: dict[str, Callable[[Film], set[str]]] = {
    "genero": lambda film: {genre["name"] for genre in film["genres"]},
    "idioma": lambda film: {film["original_language"]} - {None},
    "pais": lambda film: {country["name"] for country in film["production_countries"]},
}
CONTENT: dict[str, Any] = json.loads(DOCUMENT.read_text())
RECOMMENDING = CONTENT["paths"]["/recomendacion"]
KINDS = {
    "género",
    "dirección",
    "guion",
    "reparto",
    "tema",
    "saga",
    "productora",
    "país",
    "idioma",
    "época",
    "título",
    "argumento",
}


def usual(catalogue: Catalogue) -> Catalogue:
    """Return the films that are recommended unless others are asked for."""
    return {
        number: film
        for number, film in catalogue.items()
        if film["status"] in ("", "Released") and not film["adult"]
    }


@pytest.fixture(scope="module")
def completeness(place: Path, catalogue: Catalogue) -> dict[int, float]:
    """How much is known of each film, as the model has it."""
    (file,) = place.glob(f"releases/*/{MODEL}")
    return dict(zip(catalogue, read_model(file.read_bytes()).completeness.tolist(), strict=True))


@pytest.fixture(scope="module")
def country_codes(catalogue: Catalogue) -> dict[str, str]:
    return {
        country["name"]: country["iso_3166_1"]
        for film in catalogue.values()
        for country in film["production_countries"]
    }


@pytest.fixture(scope="module")
def traits() -> dict[int, set[str]]:
    """What there is to say of each film of the sample, but for its period."""
    text = (Path(infra.sample.__file__).parent / "films.toml").read_text()
    return {film["id"]: set(said_of(film)) for film in tomllib.loads(text)["film"]}


def said_of(film: Film) -> Iterable[str]:
    for kind, names in (
        ("género", [genre_names(genre).name for genre in film["genres"]]),
        ("dirección", film["directors"]),
        ("guion", film.get("writers", ())),
        ("reparto", [line.partition(" as ")[0] for line in film["cast"]]),
        ("tema", film["keywords"]),
        ("saga", [film["collection"]] if "collection" in film else ()),
        ("productora", film["companies"]),
        ("país", [country_names(code).name for code in film["countries"]]),
        ("idioma", [language_names(film["original_language"]).name]),
        ("título", key(film["title"]).split()),
        ("argumento", key(f"{film.get('overview', '')} {film.get('tagline', '')}").split()),
    ):
        yield from (f"{kind}: {name}" for name in names)


def like(get: Caller, film: int = TOY_STORY, /, **parameters: Any) -> Answer:
    """Ask for films like one."""
    return get(f"/recomendacion?{urlencode({'id': film, **parameters})}")


def post(get: Caller, /, **members: Any) -> Answer:
    """Ask for films for somebody's tastes."""
    return get("/recomendacion", "POST", body=json.dumps(members).encode())


def films(*ids: int) -> list[dict[str, int]]:
    return [{"id": film} for film in ids]


def ids(answer: Answer) -> list[int]:
    assert answer.status == 200, answer.body
    return [each["id"] for each in answer.body["recomendaciones"]]


def similarities(answer: Answer) -> dict[int, float]:
    return {each["id"]: each["similitud"] for each in answer.body["recomendaciones"]}


def having(catalogue: Catalogue, parameter: str, name: str) -> set[int]:
    return {number for number, film in catalogue.items() if name in KEPT_TO[parameter](film)}


def names_of(parameter: str, name: str, country_codes: Mapping[str, str]) -> list[str]:
    """Return what a genre, a language or a country of the catalogue is called, first in Spanish."""
    if parameter == "genero":
        known = genre_names(name)
    else:
        known = (
            language_names(name) if parameter == "idioma" else country_names(country_codes[name])
        )
    assert known.name
    return [known.name, name, *known.others]


def in_catalogue(catalogue: Catalogue, parameter: str) -> list[str]:
    found = set[str]().union(*(KEPT_TO[parameter](film) for film in catalogue.values()))
    # One specimen's language is no language.
    return sorted(name for name in found if not name[0].isdigit())


def everything(get: Caller, **members: object) -> list[int]:
    """Return every film that fits, by saying of those recommended so far that they are seen."""
    seen: list[int] = []
    while True:
        answer = post(get, **WHOLE_SAGAS, **members, n=MOST, no_gustos=films(*seen))
        new = ids(answer)
        assert ("aviso" in answer.body) == (len(new) < MOST)
        assert not set(new) & set(seen)
        seen += new
        if len(new) < MOST:
            return seen


# ---------------------------------------------------------------------- Films like one


def test_five_films_are_recommended_each_with_what_is_known_of_it(
    get: Caller, catalogue: Catalogue
) -> None:
    body = get("/recomendacion/Toy%20Story").body

    assert body.keys() == {"id", "titulo", "anio", "lista_recomendada", "recomendaciones"}
    assert (body["id"], body["titulo"], body["anio"]) == (862, "Toy Story", 1995)
    assert body["lista_recomendada"][:2] == ["Toy Story 2", "Toy Story 3"]
    assert [each["titulo"] for each in body["recomendaciones"]] == body["lista_recomendada"]
    assert len(body["recomendaciones"]) == 5
    for each in body["recomendaciones"]:
        assert each.keys() == {"id", "titulo", "anio", "similitud", "motivos"}
        known = catalogue[each["id"]]
        assert (each["titulo"], each["anio"]) == (known["title"], known["release_year"])
        assert 0 < each["similitud"] <= 1


@pytest.mark.parametrize("n", [1, 7, 50])
def test_as_many_films_are_recommended_as_asked(get: Caller, n: int) -> None:
    answer = like(get, n=n)

    assert len(set(ids(answer))) == n
    assert "aviso" not in answer.body


@pytest.mark.parametrize("film", ASKED)
def test_fewer_are_the_first_of_more(get: Caller, film: int) -> None:
    assert ids(like(get, film, n=7)) == ids(like(get, film, n=MOST))[:7]


def test_a_film_is_never_like_itself(get: Caller, catalogue: Catalogue) -> None:
    for film in catalogue:
        year = catalogue[film]["release_year"]
        assert film not in ids(like(get, film, n=MOST, desde=year, hasta=year))


def test_the_same_question_has_the_same_answer_to_the_letter(get: Caller) -> None:
    first = [like(get, film, n=20).raw for film in ASKED]

    assert [like(get, film, n=20).raw for film in ASKED] == first
    by_title = get("/recomendacion/Toy%20Story?n=20&genero=comedia&calidad=0.5").raw
    for other in (
        "/recomendacion/TOY%20STORY?calidad=.5&genero=Comedy&n=20",
        "/recomendacion?genero=COMEDIA&calidad=0.50&n=20&titulo=toy+story&anio=1995",
    ):
        assert get(other).raw == by_title


# ---------------------------------------------------------------------- Order


@pytest.mark.parametrize("film", ASKED)
def test_without_quality_the_most_alike_come_first(get: Caller, film: int) -> None:
    found = list(similarities(like(get, film, calidad=0, n=MOST)).values())

    assert found == sorted(found, reverse=True)
    assert len(found) == MOST


def test_two_films_are_as_alike_either_way_round(get: Caller, catalogue: Catalogue) -> None:
    found = {
        (film, other): similarity
        for film in catalogue
        for other, similarity in similarities(like(get, film, calidad=0, n=MOST)).items()
    }

    both = [(pair, found[pair]) for pair in found if pair[::-1] in found]
    assert len(both) > len(catalogue)
    assert all(found[pair[::-1]] == pytest.approx(each, abs=2e-4) for pair, each in both)


@pytest.mark.parametrize("quality", [None, 0.01, 0.5, 1])
def test_none_comes_before_one_more_alike_better_known_better_rated_and_better_described(
    get: Caller, catalogue: Catalogue, completeness: dict[int, float], quality: float | None
) -> None:
    asked = {} if quality is None else {"calidad": quality}
    votes = [film["vote_count"] for film in catalogue.values()]
    usual = np.average([film["vote_average"] for film in catalogue.values()], weights=votes)

    for film in ASKED:
        found = similarities(like(get, film, n=MOST, **asked))
        for one, other in combinations(found, 2):
            first, then = catalogue[one], catalogue[other]
            assert not (
                found[other] > found[one]
                and completeness[other] > completeness[one]
                and then["vote_count"] > first["vote_count"]
                # Over the mean, so that more votes say that it is no less good.
                and then["vote_average"] > max(first["vote_average"], usual)
            ), (film, one, other)


def test_the_more_quality_counts_the_better_known_are_the_films(
    get: Caller, catalogue: Catalogue
) -> None:
    known = [
        sum(
            catalogue[each]["vote_count"]
            for film in ASKED
            for each in ids(like(get, film, calidad=quality))
        )
        for quality in (0, 0.35, 1)
    ]

    assert known[0] < known[1] < known[2]


def test_what_is_not_asked_is_as_documented(get: Caller) -> None:
    shown = CONTENT["components"]["parameters"]
    refs = [each["$ref"].rpartition("/")[2] for each in RECOMMENDING["get"]["parameters"]]
    usual = {
        shown[ref]["name"]: shown[ref]["schema"]["default"]
        for ref in refs
        if "default" in shown[ref]["schema"]
    }

    assert {"n", "calidad", "diversidad", "max_franquicia"} <= usual.keys()
    for film in ASKED:
        assert like(get, film, **usual).raw == like(get, film).raw


def test_what_a_person_does_not_ask_is_as_documented(get: Caller) -> None:
    body = RECOMMENDING["post"]["requestBody"]["content"]["application/json"]["schema"]
    if "$ref" in body:
        body = CONTENT["components"]["schemas"][body["$ref"].rpartition("/")[2]]
    usual = {
        name: shown["default"] for name, shown in body["properties"].items() if "default" in shown
    }

    # `calidad` depends on how much the likes have in common.
    assert {"n", "diversidad", "max_franquicia"} <= usual.keys()
    for likes in ([], films(ALIEN), films(*ASKED)):
        assert post(get, **{**usual, "gustos": likes}).raw == post(get, gustos=likes).raw


def test_the_more_somebodys_likes_are_of_one_kind_the_less_quality_counts(get: Caller) -> None:
    for likes, quality in (([], 0.5), (films(ALIEN), 0.25)):
        by_default = post(get, gustos=likes, n=MOST, modelo="contenido").raw
        assert (
            post(get, gustos=likes, n=MOST, modelo="contenido", calidad=quality).raw == by_default
        )


def test_the_more_variety_is_asked_the_less_the_films_are_alike(get: Caller) -> None:
    def likeness_within(chosen: Sequence[int], known: dict[int, dict[int, float]]) -> float:
        # A film that is not among another's fifty is little like it.
        pairs = list(combinations(chosen, 2))
        return sum(known[one].get(other, 0) for one, other in pairs) / len(pairs)

    lists = {
        diversity: [ids(like(get, film, diversidad=diversity)) for film in ASKED]
        for diversity in (0, 0.5, 1)
    }
    mentioned = {film for each in lists.values() for chosen in each for film in chosen}
    known = {film: similarities(like(get, film, calidad=0, n=MOST)) for film in mentioned}
    within = {
        diversity: sum(likeness_within(chosen, known) for chosen in each)
        for diversity, each in lists.items()
    }

    assert within[0] > within[0.5] > within[1]
    assert [each[0] for each in lists[1]] == [each[0] for each in lists[0]]
    assert all(len(set(chosen)) == 5 for each in lists.values() for chosen in each)


# ---------------------------------------------------------------------- Filters


@pytest.mark.parametrize("parameter", KEPT_TO)
def test_only_films_that_have_what_is_asked_are_recommended_and_all_of_them(
    get: Caller, catalogue: Catalogue, parameter: str
) -> None:
    for name in in_catalogue(catalogue, parameter):
        fitting = having(catalogue, parameter, name) - {TOY_STORY}
        answer = like(get, n=MOST, **WHOLE_SAGAS, **{parameter: name})
        assert set(ids(answer)) <= fitting, name
        assert len(answer.body["recomendaciones"]) == min(MOST, len(fitting)), name
        assert ("aviso" in answer.body) == (len(fitting) < MOST), name


@pytest.mark.parametrize("parameter", KEPT_TO)
def test_it_may_be_asked_for_in_spanish_in_english_and_by_code(
    get: Caller, catalogue: Catalogue, country_codes: dict[str, str], parameter: str
) -> None:
    others = 0
    for name in in_catalogue(catalogue, parameter):
        expected = like(get, **{parameter: name}).raw
        for other in names_of(parameter, name, country_codes):
            for spelt in (other, f" {other.upper()} "):
                others += 1
                assert like(get, **{parameter: spelt}).raw == expected, (name, spelt)

    assert others > 50


def test_a_country_may_be_asked_for_by_its_code_of_two_letters(
    get: Caller, country_codes: dict[str, str]
) -> None:
    unknown = [code for code in country_codes.values() if like(get, pais=code).status != 200]
    assert unknown == []

    for name, code in country_codes.items():
        assert like(get, pais=code).raw == like(get, pais=name).raw


@pytest.mark.parametrize(
    ("parameter", "asked", "name"),
    [
        ("genero", "animación", "Animation"),
        ("genero", "animacion", "Animation"),
        ("genero", "Dibujos animados", "Animation"),
        ("genero", "sci-fi", "Science Fiction"),
        ("genero", "scifi", "Science Fiction"),
        ("genero", "cienciaficción", "Science Fiction"),
        ("genero", "terror", "Horror"),
        ("genero", "del oeste", "Western"),
        ("genero", "suspense", "Thriller"),
        ("genero", "guerra", "War"),
        ("idioma", "japonés", "ja"),
        ("idioma", "JPN", "ja"),
        ("idioma", "castellano", "es"),
        ("idioma", "ingles", "en"),
        ("idioma", "German", "de"),
        ("pais", "españa", "Spain"),
        ("pais", "FRA", "France"),
        ("pais", "EE. UU.", "United States of America"),
        ("pais", "Inglaterra", "United Kingdom"),
        ("pais", "Holanda", "Netherlands"),
        ("pais", "urss", "Soviet Union"),
    ],
)
def test_it_goes_by_what_people_call_it(
    get: Caller, catalogue: Catalogue, parameter: str, asked: str, name: str
) -> None:
    found = ids(like(get, n=MOST, **{parameter: asked}))

    assert found
    assert set(found) <= having(catalogue, parameter, name)


@pytest.mark.parametrize("parameter", KEPT_TO)
def test_what_is_mistyped_is_a_404_with_what_was_meant(
    get: Caller, catalogue: Catalogue, country_codes: dict[str, str], parameter: str
) -> None:
    called = {
        name: names_of(parameter, name, country_codes)
        for name in in_catalogue(catalogue, parameter)
    }
    taken = {compact(key(other)) for others in called.values() for other in others}

    mistyped = 0
    for others in called.values():
        meant = others[0]
        asked = meant[:2] + meant[3:]
        if len(meant) < 5 or compact(key(asked)) in taken:
            continue
        mistyped += 1
        for answer in (
            like(get, **{parameter: asked}),
            post(get, gustos=films(TOY_STORY), **{parameter: asked}),
        ):
            assert answer.status == answer.body["status"] == 404, asked
            assert meant in answer.body["sugerencias"], asked
            assert f"`{parameter}`" in answer.body["detail"]
            assert asked in answer.body["detail"]

    assert mistyped > len(called) / 2


def test_films_are_kept_to_the_years_from_and_to(get: Caller, catalogue: Catalogue) -> None:
    years = sorted({film["release_year"] for film in catalogue.values()})

    for first, last in [(year, year) for year in years] + [
        (1870, 1940),
        (1971, 1989),
        (2010, 2100),
    ]:
        fitting = {
            number
            for number, film in usual(catalogue).items()
            if first <= film["release_year"] <= last and number != TOY_STORY
        }
        answer = like(get, n=MOST, desde=first, hasta=last, **WHOLE_SAGAS)
        found = ids(answer)
        # One year is from itself to itself, however few films it has.
        assert "es antes que" not in answer.body.get("aviso", "")
        assert set(found) <= fitting
        assert len(found) == min(MOST, len(fitting))
    for year in years:
        since, until = like(get, n=MOST, desde=year), like(get, n=MOST, hasta=year)
        assert all(catalogue[film]["release_year"] >= year for film in ids(since))
        assert all(catalogue[film]["release_year"] <= year for film in ids(until))


def test_films_are_kept_to_those_with_so_many_votes(get: Caller, catalogue: Catalogue) -> None:
    votes = {number: film["vote_count"] for number, film in catalogue.items()}

    for fewest in sorted({0, *votes.values(), max(votes.values()) + 1}):
        fitting = {film for film in votes if votes[film] >= fewest} - {TOY_STORY}
        found = ids(like(get, n=MOST, min_votos=fewest, **WHOLE_SAGAS))
        assert set(found) <= fitting
        assert len(found) == min(MOST, len(fitting))


def test_films_have_to_fit_everything_that_is_asked(get: Caller, catalogue: Catalogue) -> None:
    asked = {"genero": "drama", "idioma": "francés", "pais": "Francia"}
    fitting = (
        having(catalogue, "genero", "Drama")
        & having(catalogue, "idioma", "fr")
        & having(catalogue, "pais", "France")
    )
    fitting = {
        film
        for film in fitting
        if 1950 <= catalogue[film]["release_year"] <= 2005 and catalogue[film]["vote_count"] >= 50
    }

    found = ids(like(get, n=MOST, **asked, **WHOLE_SAGAS, desde=1950, hasta=2005, min_votos=50))

    assert len(fitting) > 2
    assert sorted(found) == sorted(fitting)


@pytest.mark.parametrize("film", ASKED)
def test_a_filter_leaves_the_order_as_it_is(get: Caller, catalogue: Catalogue, film: int) -> None:
    usual = ids(like(get, film, n=MOST, **WHOLE_SAGAS))

    for name, kept in (
        ("Drama", having(catalogue, "genero", "Drama")),
        ("Comedy", having(catalogue, "genero", "Comedy")),
    ):
        expected = [each for each in usual if each in kept]
        found = ids(like(get, film, n=MOST, genero=name, **WHOLE_SAGAS))
        assert found[: len(expected)] == expected


def test_a_saga_may_be_left_out(get: Caller, catalogue: Catalogue) -> None:
    sagas = [number for number, film in catalogue.items() if film["collection"]]

    assert len(sagas) > 30
    for film in sagas:
        usual = ids(like(get, film, n=MOST, **WHOLE_SAGAS))
        others = [
            each for each in usual if catalogue[each]["collection"] != catalogue[film]["collection"]
        ]
        without = ids(like(get, film, n=MOST, sin_franquicia="true", **WHOLE_SAGAS))
        assert without[: len(others)] == others
        assert catalogue[film]["collection"] not in [
            catalogue[each]["collection"] for each in without
        ]


def test_there_are_several_ways_to_say_yes_and_no(get: Caller) -> None:
    without, usual = like(get, sin_franquicia="true").raw, like(get).raw

    assert without != usual
    assert get(f"/recomendacion?id={TOY_STORY}&sin_franquicia").raw == without
    assert all(
        like(get, sin_franquicia=yes).raw == without for yes in ("1", "sí", "si", "TRUE", "")
    )
    assert all(like(get, sin_franquicia=no).raw == usual for no in ("0", "no", "No", "false"))


def test_a_film_of_no_saga_loses_none(get: Caller, catalogue: Catalogue) -> None:
    for film in ASKED:
        if not catalogue[film]["collection"]:
            assert like(get, film, sin_franquicia="sí").raw == like(get, film).raw


@pytest.mark.parametrize("most", [1, 2, 3])
@pytest.mark.parametrize("film", ASKED)
def test_no_more_films_of_a_saga_come_than_asked(
    get: Caller, catalogue: Catalogue, film: int, most: int
) -> None:
    expected: list[int] = []
    for each in ids(like(get, film, n=MOST, **WHOLE_SAGAS)):
        saga = catalogue[each]["collection"]
        of_it = sum(catalogue[other]["collection"] == saga for other in expected)
        if not saga or of_it < most:
            expected.append(each)

    found = ids(like(get, film, n=MOST, max_franquicia=most))

    assert found[: len(expected)] == expected
    sagas = [saga for each in found if (saga := catalogue[each]["collection"])]
    assert all(sagas.count(saga) <= most for saga in sagas)
    assert len(found) == MOST


def test_variety_may_be_asked_of_what_is_filtered(get: Caller, catalogue: Catalogue) -> None:
    found = ids(
        like(get, n=10, genero="drama", desde=1990, max_franquicia=1, diversidad=1, calidad=0)
    )

    assert len(found) == 10
    assert all(catalogue[film]["release_year"] >= 1990 for film in found)
    assert set(found) <= having(catalogue, "genero", "Drama")
    sagas = [saga for film in found if (saga := catalogue[film]["collection"])]
    assert len(sagas) == len(set(sagas))


def test_it_is_said_when_fewer_films_fit_than_were_asked_for(
    get: Caller, catalogue: Catalogue
) -> None:
    westerns = having(catalogue, "genero", "Western")

    for answer in (
        like(get, genero="western", **WHOLE_SAGAS),
        post(get, gustos=films(TOY_STORY), genero="western", **WHOLE_SAGAS),
        post(get, genero="western", n=5, **WHOLE_SAGAS),
    ):
        assert sorted(ids(answer)) == sorted(westerns)
        assert all(str(number) in answer.body["aviso"] for number in (len(westerns), 5))
    enough = like(get, genero="western", n=len(westerns), **WHOLE_SAGAS)
    assert "aviso" not in enough.body


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"genero": "western", "hasta": 1900}, "Ninguna"),
        ({"min_votos": 2**31 - 1}, "Ninguna"),
        ({"desde": 2010, "hasta": 2000}, "`hasta` (2000) es antes que `desde` (2010)"),
    ],
)
def test_it_is_no_error_that_no_film_fits(get: Caller, asked: dict[str, Any], said: str) -> None:
    for answer in (like(get, **asked), post(get, gustos=films(TOY_STORY), **asked)):
        assert ids(answer) == answer.body["lista_recomendada"] == []
        assert said in answer.body["aviso"]


@pytest.mark.parametrize(
    ("parameter", "values"),
    [
        ("n", ("0", "51", "5.0", "x", "")),
        ("genero", ("", " ", "x" * 501)),
        ("idioma", ("",)),
        ("pais", ("\x00",)),
        ("desde", ("95", "2101", "x", "1995.0")),
        ("hasta", ("1869", "")),
        ("min_votos", ("-1", "2147483648", "1e3")),
        ("sin_franquicia", ("quizá", "2", "yes please")),
        ("max_franquicia", ("0", "51", "x")),
        ("diversidad", ("-0.1", "1.1", "nan", "0,5", "inf", "")),
        ("calidad", ("2", "NaN", "1e999", "media")),
        ("gustos", ("Alien",)),
        ("diversity", ("1",)),
    ],
)
def test_an_unusable_parameter_is_a_400_that_says_which(
    get: Caller, parameter: str, values: Sequence[str]
) -> None:
    for value in values:
        answer = like(get, **{parameter: value})
        assert answer.status == answer.body["status"] == 400, value
        assert answer.body["parametro"] == parameter
        assert f"`{parameter}`" in answer.body["detail"]


@pytest.mark.parametrize("parameter", ["genero", "diversidad", "sin_franquicia"])
def test_a_parameter_is_given_once(get: Caller, parameter: str) -> None:
    answer = get(f"/recomendacion?id={TOY_STORY}&{parameter}=1&{parameter}=1")

    assert (answer.status, answer.body["parametro"]) == (400, parameter)


# ---------------------------------------------------------------------- Reasons


def test_the_reasons_are_what_both_films_have(
    get: Caller, catalogue: Catalogue, traits: dict[int, set[str]]
) -> None:
    kinds = set()

    for film in traits:
        for each in like(get, film, n=20).body["recomendaciones"]:
            reasons = each["motivos"]
            assert 1 <= len(reasons) <= 3
            assert len(set(reasons)) == len(reasons)
            for reason in reasons:
                kind, _, name = reason.partition(": ")
                kinds.add(kind)
                for which in (film, each["id"]):
                    assert_has(which, kind, name, catalogue, traits)

    assert kinds <= KINDS
    assert len(kinds) > len(KINDS) / 2


def assert_has(
    film: int, kind: str, name: str, catalogue: Catalogue, traits: dict[int, set[str]]
) -> None:
    if kind == "época":
        # Between the two periods, of eight years each, that are named after their middle.
        year = int(name.removeprefix("hacia "))
        assert abs(catalogue[film]["release_year"] - year) < 8, (film, name)
    elif film in traits:
        assert f"{kind}: {name}" in traits[film], film


def test_films_that_have_nothing_in_common_have_no_reasons(get: Caller) -> None:
    # The silent trip to the moon of 1902, from the farthest ends of the catalogue.
    bodies = [
        like(get, film, calidad=0, n=MOST, desde=year, hasta=year).body
        for film in ASKED
        for year in (1902, 1927, 2015)
    ]

    found = [each for body in bodies for each in body["recomendaciones"]]
    assert found
    assert all((each["similitud"] > 0) == bool(each["motivos"]) for each in found)


# ---------------------------------------------------------------------- Films for a person


def test_a_person_gets_films_each_with_the_likes_it_comes_from(
    get: Caller, catalogue: Catalogue
) -> None:
    answer = post(get, gustos=[{"titulo": "Alien"}, {"titulo": "the matrix", "anio": 1999}])

    assert answer.body.keys() == {"lista_recomendada", "recomendaciones", "no_encontrados"}
    found = answer.body["recomendaciones"]
    assert [each["titulo"] for each in found] == answer.body["lista_recomendada"]
    assert len(set(ids(answer))) == 5
    assert answer.body["no_encontrados"] == []
    for each in found:
        assert each.keys() == {"id", "titulo", "anio", "similitud", "motivos", "por"}
        known = catalogue[each["id"]]
        assert (each["titulo"], each["anio"]) == (known["title"], known["release_year"])
        assert -1 <= each["similitud"] <= 1


def test_an_answer_to_a_person_has_no_tag_and_is_not_kept(get: Caller) -> None:
    for answer in (post(get, gustos=films(ALIEN)), post(get, gustos="Alien")):
        assert "etag" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"


def test_a_person_who_asks_the_same_is_answered_the_same_to_the_letter(get: Caller) -> None:
    asked = {
        "gustos": [{"id": film, "peso": 1 + place} for place, film in enumerate(ASKED)],
        "no_gustos": films(105),
        "genero": "drama",
        "n": 20,
    }
    first = post(get, **asked)

    assert first.status == 200
    assert post(get, **asked).raw == first.raw
    assert post(get, **dict(reversed(asked.items()))).raw == first.raw
    assert post(get, **asked, hasta=None, sin_franquicia="no").raw == first.raw


def test_what_a_person_has_named_never_comes_back(get: Caller, catalogue: Catalogue) -> None:
    numbers = sorted(catalogue)

    for start in range(0, len(numbers), 20):
        likes, dislikes = numbers[start : start + 12], numbers[start + 12 : start + 20]
        answer = post(get, gustos=films(*likes), no_gustos=films(*dislikes), n=MOST, calidad=0)
        assert len(ids(answer)) == MOST
        assert not set(ids(answer)) & {*likes, *dislikes}


def test_of_films_of_one_title_the_one_named_does_not_come_back(get: Caller) -> None:
    named = [{"titulo": "Emma", "anio": 1996, "id": 3573}, {"titulo": "king kong", "anio": 1933}]

    found = everything(get, gustos=named)

    assert not {3573, 244} & set(found)
    assert 9000001 in found


def test_every_other_film_may_be_recommended(get: Caller, catalogue: Catalogue) -> None:
    asked: dict[str, Any] = {"gustos": films(TOY_STORY)}
    unfinished = {
        number for number, film in catalogue.items() if film["status"] not in ("", "Released")
    }
    adult = {number for number, film in catalogue.items() if film["adult"]}

    # Those not released, and those for adults alone, when they are asked for.
    assert unfinished
    assert adult
    assert sorted(everything(get, **asked)) == sorted({*usual(catalogue)} - {TOY_STORY})
    of_any = everything(get, **asked, estado="todas", adultos=True)
    assert sorted(of_any) == sorted({*catalogue} - {TOY_STORY})
    rumoured = everything(get, **asked, estado="rumoreada")
    assert {catalogue[film]["status"] for film in rumoured} == {"Rumored"}


def test_who_has_seen_everything_is_told_so(get: Caller, catalogue: Catalogue) -> None:
    answer = post(get, gustos=films(*catalogue))

    assert ids(answer) == []
    assert answer.body["aviso"]


@pytest.mark.parametrize("parameter", KEPT_TO)
def test_a_persons_films_have_what_is_asked_and_none_is_missing(
    get: Caller, catalogue: Catalogue, parameter: str
) -> None:
    for name in in_catalogue(catalogue, parameter):
        fitting = having(usual(catalogue), parameter, name) - {TOY_STORY}
        found = everything(get, gustos=films(TOY_STORY), **{parameter: name})
        assert sorted(found) == sorted(fitting), name


def test_a_person_may_ask_for_years_votes_and_sagas(get: Caller, catalogue: Catalogue) -> None:
    likes = (TOY_STORY, ALIEN, 238)
    own = {catalogue[film]["collection"] for film in likes}
    asked = {"desde": 1970, "hasta": 2010, "min_votos": 100}

    fitting = {
        number
        for number, film in usual(catalogue).items()
        if 1970 <= film["release_year"] <= 2010 and film["vote_count"] >= 100
    } - {*likes}
    others = {film for film in fitting if catalogue[film]["collection"] not in own}
    one_of_each = ids(post(get, gustos=films(*likes), **asked, max_franquicia=1, n=MOST))
    sagas = [saga for film in one_of_each if (saga := catalogue[film]["collection"])]

    assert sorted(everything(get, gustos=films(*likes), **asked)) == sorted(fitting)
    first = ids(
        post(get, gustos=films(*likes), **asked, **WHOLE_SAGAS, sin_franquicia=True, n=MOST)
    )
    assert set(first) <= others
    assert len(first) == min(MOST, len(others))
    assert len(sagas) == len(set(sagas)) > 3
    assert set(one_of_each) <= fitting


def test_a_disliked_film_leaves_its_saga_out_as_well(get: Caller, catalogue: Catalogue) -> None:
    found = ids(
        post(get, gustos=films(ALIEN), no_gustos=films(TOY_STORY), sin_franquicia=True, n=MOST)
    )

    sagas = {catalogue[film]["collection"] for film in found}
    assert not {"Toy Story Collection", "Alien Collection"} & sagas


def test_without_quality_what_a_person_likes_most_comes_first(get: Caller) -> None:
    for likes in (ASKED[:1], ASKED[:3], ASKED):
        answer = post(
            get, gustos=films(*likes), no_gustos=films(105), calidad=0, diversidad=0, n=MOST
        )
        found = list(similarities(answer).values())
        assert found == sorted(found, reverse=True)
        assert len(found) == MOST


@pytest.mark.parametrize("likes", [ASKED[:1], ASKED[1:3], ASKED])
def test_a_recommendation_comes_from_likes_in_parts(get: Caller, likes: Sequence[int]) -> None:
    for each in post(get, gustos=films(*likes), n=MOST).body["recomendaciones"]:
        parts = [source["parte"] for source in each["por"]]
        assert all(source.keys() == {"id", "titulo", "anio", "parte"} for source in each["por"])
        assert {source["id"] for source in each["por"]} <= set(likes)
        assert len({source["id"] for source in each["por"]}) == len(parts) <= 3
        assert parts == sorted(parts, reverse=True)
        assert all(0 <= part <= 1 for part in parts)
        assert bool(parts) == (each["similitud"] > 0)
        assert sum(parts) <= 1 + 2e-4
        if parts and len(likes) <= 3:
            assert sum(parts) == pytest.approx(1, abs=2e-4)


def test_the_reasons_of_a_recommendation_are_what_it_has_and_a_like_has(
    get: Caller, catalogue: Catalogue, traits: dict[int, set[str]]
) -> None:
    likes = ASKED[:6]

    for each in post(get, gustos=films(*likes), n=MOST).body["recomendaciones"]:
        assert 1 <= len(each["motivos"]) <= 3
        for reason in each["motivos"]:
            kind, _, name = reason.partition(": ")
            assert_has(each["id"], kind, name, catalogue, traits)
            if kind == "época":
                years = [catalogue[film]["release_year"] for film in likes]
                assert any(abs(year - int(name.removeprefix("hacia "))) < 8 for year in years)
            else:
                assert any(reason in traits[film] for film in likes)


def test_a_film_that_counts_more_has_more_part_in_what_is_recommended(get: Caller) -> None:
    one, other = 194, ALIEN
    before: dict[int, float] = {}

    for weight in (0.1, 1, 3, 10):
        answer = post(
            get, gustos=[{"id": one, "peso": weight}, {"id": other}], n=MOST, diversidad=0
        )
        parts = {
            each["id"]: next((part["parte"] for part in each["por"] if part["id"] == one), 0.0)
            for each in answer.body["recomendaciones"]
        }
        both = before.keys() & parts.keys()
        assert all(parts[film] >= before[film] for film in both)
        assert not before or sum(parts[film] > before[film] for film in both) > 10
        before = parts


def test_the_list_goes_after_the_film_that_counts_more(get: Caller) -> None:
    def liking(**weights: float) -> list[int]:
        numbers = {"amelie": 194, "alien": ALIEN}
        likes = [{"id": numbers[name], "peso": weight} for name, weight in weights.items()]
        return ids(post(get, gustos=likes, n=10, calidad=0, diversidad=0))

    amelie, alien = liking(amelie=1), liking(alien=1)
    after_amelie, after_alien = liking(amelie=10, alien=0.1), liking(amelie=0.1, alien=10)

    assert len({*after_amelie} & {*amelie}) > len({*after_amelie} & {*alien})
    assert len({*after_alien} & {*alien}) > len({*after_alien} & {*amelie})


@pytest.mark.parametrize("weight", [0.001, 1, 2.5, 10, "2.5", None])
def test_the_weight_of_the_only_film_changes_nothing(get: Caller, weight: object) -> None:
    alone = post(get, gustos=films(ALIEN))

    weighed = post(get, gustos=[{"id": ALIEN, "peso": weight}])

    assert weighed.raw == alone.raw


@pytest.mark.parametrize("weight", [1e-50, 1e-320])
def test_a_film_that_counts_next_to_nothing_is_still_what_a_recommendation_comes_from(
    get: Caller, weight: float
) -> None:
    answer = post(get, gustos=[{"id": ALIEN, "peso": weight}])

    assert answer.status == 200
    for each in answer.body["recomendaciones"]:
        assert each["por"] == [{"id": ALIEN, "titulo": "Alien", "anio": 1979, "parte": 1.0}]


def test_a_film_named_twice_counts_twice(get: Caller) -> None:
    twice = [{"titulo": "Alien"}, {"id": 194}, {"titulo": "ALIEN", "anio": 1979, "id": ALIEN}]
    once = [{"id": ALIEN, "peso": 2}, {"id": 194}]

    assert post(get, gustos=twice, n=MOST).raw == post(get, gustos=once, n=MOST).raw
    assert post(get, gustos=films(*[ALIEN] * 3)).raw == post(get, gustos=films(ALIEN)).raw


def test_what_is_disliked_speaks_against_what_is_like_it(get: Caller) -> None:
    asked = {**WHOLE_SAGAS, "gustos": films(863, ALIEN), "genero": "animación", "n": MOST}
    third = 10193

    usual, against = post(get, **asked), post(get, **asked, no_gustos=films(TOY_STORY))

    assert similarities(against)[third] < similarities(usual)[third]


def test_a_film_may_be_liked_and_disliked(get: Caller) -> None:
    answer = post(get, gustos=films(ALIEN), no_gustos=films(ALIEN))

    assert len(ids(answer)) == 5
    assert ALIEN not in ids(answer)


@pytest.mark.parametrize(
    "body", [b"{}", b'{"gustos": []}', b'{"gustos": null, "no_gustos": []}', b' {"n":5} ']
)
def test_who_names_no_films_gets_well_known_films_of_many_kinds(
    get: Caller, catalogue: Catalogue, body: bytes
) -> None:
    answer = get("/recomendacion", "POST", body=body)
    found = [catalogue[film] for film in ids(answer)]

    assert len(found) == 5
    assert answer.raw == post(get).raw
    assert min(film["vote_count"] for film in found) > np.median(
        [film["vote_count"] for film in catalogue.values()]
    )
    assert len({genre for film in found for genre in KEPT_TO["genero"](film)}) > 5
    for each in answer.body["recomendaciones"]:
        assert (each["similitud"], each["motivos"], each["por"]) == (0, [], [])
    assert answer.body["no_encontrados"] == []


def test_without_variety_nobody_in_particular_gets_none_before_one_better(
    get: Caller, catalogue: Catalogue, completeness: dict[int, float]
) -> None:
    found = [catalogue[film] for film in ids(post(get, diversidad=0, n=MOST))]

    assert not any(
        then["vote_count"] > first["vote_count"]
        and then["vote_average"] > first["vote_average"]
        and completeness[then["id"]] > completeness[first["id"]]
        for first, then in combinations(found[:20], 2)
    )


def test_who_names_only_dislikes_gets_films_unlike_them(get: Caller) -> None:
    answer = post(get, no_gustos=films(TOY_STORY, 863), n=MOST, calidad=0, diversidad=0)
    found = list(similarities(answer).values())

    assert found == sorted(found, reverse=True)
    assert len(found) == MOST
    assert found[0] <= 0
    assert not {TOY_STORY, 863, 10193} & set(ids(answer))
    for each in answer.body["recomendaciones"]:
        assert each["por"] == each["motivos"] == []


# ---------------------------------------------------------------------- Films not known


def test_films_that_are_not_known_are_named_with_what_was_meant(get: Caller) -> None:
    answer = post(
        get,
        gustos=[{"titulo": "Alien"}, {"titulo": "Toy Stroy", "peso": 3}, {"id": 1}],
        no_gustos=[{"titulo": "King Kong", "anio": 1950}, {"titulo": "the godfahter"}],
    )

    assert len(ids(answer)) == 5
    assert {source["id"] for each in answer.body["recomendaciones"] for source in each["por"]} == {
        ALIEN
    }
    unknown = answer.body["no_encontrados"]
    assert [{**each, "sugerencias": each["sugerencias"][:1]} for each in unknown] == [
        {"titulo": "Toy Stroy", "sugerencias": ["Toy Story"]},
        {"id": 1, "sugerencias": []},
        {"titulo": "King Kong", "anio": 1950, "sugerencias": ["King Kong"]},
        {"titulo": "the godfahter", "sugerencias": ["The Godfather"]},
    ]


def test_films_that_are_not_known_change_nothing_else(get: Caller) -> None:
    known = post(get, gustos=films(ALIEN, 194), n=20).body
    with_others = post(get, gustos=[{"titulo": "zzzz"}, *films(ALIEN, 1, 194)], n=20).body

    assert with_others.pop("no_encontrados") != known.pop("no_encontrados") == []
    assert with_others == known


@pytest.mark.parametrize(
    "asked",
    [
        {"gustos": [{"titulo": "Toy Stroy"}, {"titulo": "zzzz"}]},
        {"no_gustos": [{"titulo": "toystory", "anio": 1950}]},
        {"gustos": [], "no_gustos": [{"titulo": "Toy Story", "id": ALIEN}]},
    ],
)
def test_when_none_of_a_persons_films_is_known_it_is_a_404(
    get: Caller, asked: dict[str, Any]
) -> None:
    answer = post(get, **asked)

    assert answer.status == answer.body["status"] == 404
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.body["sugerencias"][0] == "Toy Story"


def test_the_first_ten_films_that_are_not_known_have_suggestions(get: Caller) -> None:
    mistyped = [{"titulo": "Toy Stroy", "anio": 1990 + place} for place in range(12)]

    unknown = post(get, gustos=[*mistyped, *films(ALIEN)]).body["no_encontrados"]

    assert [each["anio"] for each in unknown] == [each["anio"] for each in mistyped]
    assert [bool(each["sugerencias"]) for each in unknown] == [True] * 10 + [False] * 2


# ---------------------------------------------------------------------- What may be sent


@pytest.mark.parametrize("likes", [500, 0, 250])
def test_five_hundred_films_may_be_named(get: Caller, catalogue: Catalogue, likes: int) -> None:
    numbers = sorted(catalogue)[:100] + list(range(20_000_000, 20_000_400))

    answer = post(get, gustos=films(*numbers[:likes]), no_gustos=films(*numbers[likes:]))

    assert len(ids(answer)) == 5
    assert len(answer.body["no_encontrados"]) == 400


@pytest.mark.parametrize(
    ("likes", "dislikes", "parameter"),
    [(501, 0, "gustos"), (0, 501, "no_gustos"), (251, 250, "gustos"), (1, 500, "gustos")],
)
def test_more_than_five_hundred_are_a_400(
    get: Caller, likes: int, dislikes: int, parameter: str
) -> None:
    answer = post(get, gustos=films(*[ALIEN] * likes), no_gustos=films(*[194] * dislikes))

    assert (answer.status, answer.body["parametro"]) == (400, parameter)
    assert "501" in answer.body["detail"]
    assert "500" in answer.body["detail"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"Alien",
        b"{",
        b"[]",
        b'[{"titulo": "Alien"}]',
        b"null",
        b'"gustos"',
        b'{"gustos": [NaN]}',
        b'{"n": 1, "n": 2}',
        b"\xff\xfe",
        b'{"gustos": [{"titulo": "\xe9"}]}',
        b"gustos=Alien",
    ],
)
def test_a_body_that_is_no_object_is_a_400(get: Caller, body: bytes) -> None:
    answer = get("/recomendacion", "POST", body=body)

    assert answer.status == answer.body["status"] == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.body["parametro"] == "cuerpo"
    assert "`gustos`" in answer.body["detail"]


def test_a_body_over_64_kb_is_a_413(get: Caller) -> None:
    answer = post(get, gustos=[{"titulo": "x" * 400}] * 200)

    assert answer.status == answer.body["status"] == 413
    assert answer.headers["content-type"].startswith("application/problem+json")


@pytest.mark.parametrize("query", ["n=3", "gustos=Alien", "sin_franquicia"])
def test_a_post_with_a_query_is_a_400(get: Caller, query: str) -> None:
    answer = get(f"/recomendacion?{query}", "POST", body=b'{"gustos": []}')

    assert (answer.status, answer.body["parametro"]) == (400, query.partition("=")[0])


def test_a_film_in_the_path_takes_no_post(get: Caller) -> None:
    assert get("/recomendacion/Alien", "POST", body=b"{}").status == 405


@pytest.mark.parametrize(
    ("members", "parameter"),
    [
        ({"gustos": "Alien"}, "gustos"),
        ({"gustos": {"titulo": "Alien"}}, "gustos"),
        ({"no_gustos": 862}, "no_gustos"),
        ({"gustos": ["Alien"]}, "gustos[0]"),
        ({"gustos": [{"id": 862}, None]}, "gustos[1]"),
        ({"gustos": [{}]}, "gustos[0]"),
        ({"gustos": [{"anio": 1979}]}, "gustos[0]"),
        ({"gustos": [{"titulo": None}]}, "gustos[0]"),
        ({"gustos": [{"titulo": ""}]}, "gustos[0].titulo"),
        ({"gustos": [{"titulo": ["Alien"]}]}, "gustos[0].titulo"),
        ({"gustos": [{"titulo": "x" * 501}]}, "gustos[0].titulo"),
        ({"no_gustos": [{"titulo": "a\x00"}]}, "no_gustos[0].titulo"),
        ({"gustos": [{"id": 862}, {"id": 0}]}, "gustos[1].id"),
        ({"gustos": [{"id": 862.5}]}, "gustos[0].id"),
        ({"gustos": [{"titulo": "Alien", "anio": 79}]}, "gustos[0].anio"),
        ({"gustos": [{"id": 862, "peso": 0}]}, "gustos[0].peso"),
        ({"gustos": [{"id": 862, "peso": -1}]}, "gustos[0].peso"),
        ({"gustos": [{"id": 862, "peso": 10.01}]}, "gustos[0].peso"),
        ({"gustos": [{"id": 862, "peso": True}]}, "gustos[0].peso"),
        ({"gustos": [{"id": 862, "peso": "mucho"}]}, "gustos[0].peso"),
        ({"gustos": [{"id": 862, "pelicula": "x"}]}, "gustos[0].pelicula"),
        ({"titulo": "Alien"}, "titulo"),
        ({"n": 0}, "n"),
        ({"n": 51}, "n"),
        ({"n": 5.5}, "n"),
        ({"n": True}, "n"),
        ({"genero": ["drama"]}, "genero"),
        ({"pais": ""}, "pais"),
        ({"desde": 1.5}, "desde"),
        ({"diversidad": 2}, "diversidad"),
        ({"calidad": False}, "calidad"),
        ({"sin_franquicia": 2}, "sin_franquicia"),
        ({"max_franquicia": 0}, "max_franquicia"),
    ],
)
def test_an_unusable_member_is_a_400_that_says_which(
    get: Caller, members: dict[str, Any], parameter: str
) -> None:
    answer = post(get, **members)

    assert answer.status == answer.body["status"] == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.body["parametro"] == parameter
    assert f"`{parameter}`" in answer.body["detail"]


# ---------------------------------------------------------------------- Direct invocations


@pytest.mark.parametrize(
    "event",
    [
        {"gustos": [{"titulo": "Alien"}, {"titulo": "Amelie", "peso": 3}, {"titulo": "zzzz"}]},
        {"gustos": [], "n": 3},
        {"no_gustos": [{"id": 862}], "genero": "drama", "sin_franquicia": True, "n": 50},
        {"gustos": [{"id": 348}], "genero": "western", "diversidad": 0.5, "calidad": 0.2},
        {"gustos": [{"id": 348}], "desde": "1970", "hasta": 1980, "n": "7"},
    ],
)
@pytest.mark.parametrize("get", ["direct"], indirect=True)
def test_a_direct_invocation_with_tastes_is_answered_as_a_post(
    get: Caller, load_handler: Callable[[str], Callable[[Any], Any]], event: dict[str, Any]
) -> None:
    assert load_handler("recomendacion")(event) == post(get, **event).body


@pytest.mark.parametrize("get", ["direct"], indirect=True)
def test_a_direct_invocation_with_a_film_is_answered_as_a_get(
    get: Caller, load_handler: Callable[[str], Callable[[Any], Any]]
) -> None:
    asked = {"genero": "Drama", "pais": "USA", "desde": 1980, "max_franquicia": 1, "n": 9}
    invoke = load_handler("recomendacion")

    assert invoke({"id": ALIEN, **asked}) == like(get, ALIEN, **asked).body
    flagged = invoke({"id": ALIEN, "sin_franquicia": True, "diversidad": 0.25, "calidad": 1})
    assert flagged == like(get, ALIEN, sin_franquicia="true", diversidad=0.25, calidad=1).body


@pytest.mark.parametrize(
    ("event", "error"),
    [
        ({"gustos": [{"titulo": "Toy Stroy"}]}, NotInCatalogueError),
        ({"gustos": [{"id": 862}], "genero": "terorr"}, NotInCatalogueError),
        ({"gustos": "Alien"}, InvalidParameterError),
        ({"gustos": [], "titulo": "Alien"}, InvalidParameterError),
        ({"gustos": [{"id": 862}] * 501}, InvalidParameterError),
    ],
)
@pytest.mark.parametrize("get", ["direct"], indirect=True)
def test_a_direct_invocation_raises_what_a_post_is_refused_with(
    get: Caller,
    load_handler: Callable[[str], Callable[[Any], Any]],
    event: dict[str, Any],
    error: type[NotInCatalogueError | InvalidParameterError],
) -> None:
    with pytest.raises(error) as raised:
        load_handler("recomendacion")(event)

    refused = post(get, **event).body
    told = {"status": raised.value.status, "detail": raised.value.detail}
    assert {**refused, **told, **raised.value.members} == refused
