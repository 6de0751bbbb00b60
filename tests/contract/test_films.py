"""What is known of a film, and lists of films, held to the facts of the sample."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import pytest

from cartelera.contract.release_format import CATALOG
from cartelera.contract.tables import LOOK_UPS
from etl.release.table_files import decode_table
from tests.examples import EXAMPLES

if TYPE_CHECKING:
    from pathlib import Path

    from tests.callers import Answer, Caller

    type Film = dict[str, Any]

pytestmark = pytest.mark.skipif("RAW" in os.environ, reason="these facts are of the sample")

TOY_STORY = 862


@pytest.fixture(scope="module")
def catalogue(place: Path) -> dict[int, Film]:
    (file,) = place.glob(f"releases/*/{CATALOG}")
    return {film["id"]: film for film in decode_table(file.read_bytes()).to_pylist()}


def listed(get: Caller, **asked: object) -> list[int]:
    """Return the ids of all films of a list, page by page."""
    answer = get(f"/peliculas?{urlencode({**asked, 'limite': 70}, quote_via=quote)}")
    found = []
    while True:
        assert answer.status == 200, answer.body
        found += [film["id"] for film in answer.body["resultados"]]
        if answer.body["siguiente"] is None:
            assert len(found) == answer.body["total"]
            return found
        answer = get(answer.body["siguiente"])


def names(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["name"] for entry in entries]


def test_a_film_is_told_with_all_that_the_catalogue_knows(
    get: Caller, catalogue: dict[int, Film]
) -> None:
    for number, film in catalogue.items():
        answer = get(f"/pelicula?id={number}").body
        assert answer["titulo"] == film["title"]
        assert answer["fecha"] == film["release_date"].isoformat()
        assert answer["sinopsis"] == (film["overview"] or None)
        assert answer["lema"] == (film["tagline"] or None)
        assert answer["duracion"] == film["runtime"]
        assert answer["adultos"] is film["adult"]
        # TMDB writes 0 where it does not know.
        assert answer["presupuesto"] == (film["budget"] or None)
        assert answer["ingresos_total"] == (film["revenue"] or None)
        assert answer["voto_total"] == film["vote_count"]
        assert (answer["franquicia"] or {}).get("franquicia") == film["collection"]
        assert [each["genero"] for each in answer["generos"]] == names(film["genres"])
        assert [each["pais"] for each in answer["paises"]] == names(film["production_countries"])
        assert [each["nombre"] for each in answer["directores"]] == names(film["directors"])
        assert [each["nombre"] for each in answer["guionistas"]] == names(film["writers"])
        assert answer["temas"] == names(film["keywords"])
        assert answer["reparto_total"] == len(film["cast"])
        assert [(each["id"], each["nombre"], each["personaje"]) for each in answer["reparto"]] == [
            (part["id"], part["name"], part["character"]) for part in film["cast"][:15]
        ]
        assert answer["tmdb_url"].endswith(f"/movie/{number}")


def test_a_film_is_found_however_it_is_asked_for(get: Caller) -> None:
    film = get("/pelicula/Toy%20Story").body

    assert (film["id"], film["imdb_id"]) == (TOY_STORY, "tt0114709")
    for asked in ("?titulo=toy+story", "?id=862", "?id=tt0114709", "?id=TT0114709", "/tt0114709"):
        assert get(f"/pelicula{asked}").body == film
    several = get("/pelicula?ids=348,%20862,862,1").body
    assert get("/pelicula?ids=348&ids=862&ids=1").body == several
    assert [each["id"] for each in several["peliculas"]] == [348, TOY_STORY]
    assert several["no_encontrados"] == [1]
    assert several["peliculas"][1].items() <= film.items()
    for wrong in ("ids=", "ids=1,x", "ids=1&id=1", "ids=" + ",".join(map(str, range(1, 52)))):
        assert get(f"/pelicula?{wrong}").status == 400
    assert get("/pelicula?id=tt9999999").status == 404
    kong = get("/pelicula/King%20Kong?anio=1933").body
    assert (kong["anio"], {each["anio"] for each in kong["otras"]}) == (1933, {1976, 2005})


def test_lists_hold_the_films_that_have_what_is_asked(
    get: Caller, catalogue: dict[int, Film]
) -> None:
    def having(test: Any) -> set[int]:
        return {number for number, film in catalogue.items() if test(film)}

    released = having(lambda film: film["status"] in ("", "Released"))
    adult = having(lambda film: film["adult"])
    usual = released - adult

    assert adult
    assert {*listed(get)} == usual
    assert {*listed(get, estado="todas", adultos="true")} == catalogue.keys()
    horror = having(lambda film: "Horror" in names(film["genres"]))
    for asked in ("Terror", "horror", "miedo"):
        assert {*listed(get, genero=asked)} == horror & usual
    both = having(lambda film: {"Comedy", "Family"} <= {*names(film["genres"])})
    assert {*listed(get, genero="comedia, Familia")} == both & usual
    spanish = having(lambda film: film["original_language"] == "es")
    assert {*listed(get, idioma="es-ES")} == {*listed(get, idioma="castellano")} == spanish & usual
    lasseter = having(lambda film: "John Lasseter" in names(film["directors"]))
    assert {*listed(get, director="john lasseter")} == lasseter & usual
    number = get("/get_director/john%20lasseter").body["id"]
    assert {*listed(get, id_director=number)} == lasseter & usual
    nineties = having(lambda film: 1990 <= film["release_year"] <= 1999)
    many = having(lambda film: film["vote_count"] >= 1000)
    assert {*listed(get, desde=1990, hasta=1999, min_votos=1000)} == nineties & many & usual


def test_every_count_has_the_list_of_what_it_counts(get: Caller, place: Path) -> None:
    counted = 0
    for schema in LOOK_UPS:
        if not schema.listed_by:
            continue
        (file,) = place.glob(f"releases/*/{schema.path}")
        for name in decode_table(file.read_bytes(), [schema.name])[schema.name].to_pylist()[::9]:
            found: Answer = get(f"/{schema.route}/{quote(name, safe='')}")
            for row in (found.body, *found.body.get("otras", ())):
                assert get(row["peliculas_url"]).body["total"] == row["cantidad"], row
                counted += 1
    assert counted > len(LOOK_UPS)


def test_who_has_no_number_is_told_from_others_of_the_name(get: Caller) -> None:
    people = get("/get_actor/odo%20brask").body
    everybody = [people, *people["otras"]]

    assert None in {each["id"] for each in everybody}
    for each in everybody:
        assert get(each["peliculas_url"]).body["total"] == each["cantidad"]
    assert get("/peliculas?id_actor=0").body["parametro"] == "id_actor"
    assert get("/peliculas?actor=keanu%20reeves&id_actor=0").status == 404


def test_errors_are_in_english_for_those_who_prefer_it(get: Caller) -> None:
    wrong = [each for each in EXAMPLES if each.status >= 400]

    assert wrong
    for each in wrong:
        for accepted, english in (("en-GB, es;q=0.5", True), ("es, en;q=0.9", False)):
            headers = {"Accept-Language": accepted}
            answer = get(each.path, each.method, headers=headers, body=each.body)
            said = {"title", "detail", "aviso"}
            assert answer.status == each.status
            for name, value in each.shown.items():
                assert (answer.body[name] == value) == (name not in said or not english), each
