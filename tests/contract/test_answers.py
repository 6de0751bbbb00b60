"""What each route answers, on facts that anyone can look up in the sample."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

import cartelera
import infra.sample
from cartelera.contract.release_format import CATALOG
from cartelera.contract.tables import KINDS
from etl.release.table_files import decode_table

if TYPE_CHECKING:
    from datetime import date

    from tests.callers import Caller

pytestmark = pytest.mark.skipif("RAW" in os.environ, reason="these facts are of the sample")


@pytest.fixture(scope="module")
def facts() -> list[dict[str, Any]]:
    text = (Path(infra.sample.__file__).parent / "films.toml").read_text()
    films: list[dict[str, Any]] = tomllib.loads(text)["film"]
    return films


@pytest.fixture(scope="module")
def kept_dates(place: Path) -> list[date]:
    """When the films of the catalogue came out."""
    (catalogue,) = place.glob(f"releases/*/{CATALOG}")
    dates: list[date] = decode_table(catalogue.read_bytes())["release_date"].to_pylist()
    return dates


def test_films_are_counted_by_language(get: Caller, facts: list[dict[str, Any]]) -> None:
    japanese = sum(film["original_language"] == "ja" for film in facts)

    for asked in ("ja", "JA", "%20ja%20", "japon%C3%A9s", "japones", "Japanese", "jpn"):
        answer = get(f"/peliculas_idioma/{asked}")
        assert answer.status == 200
        assert answer.body == {
            "idioma": "ja",
            "nombre": "japonés",
            "cantidad": japanese,
            "peliculas_url": "/peliculas?idioma=ja&estado=todas&adultos=true",
        }


def test_a_language_goes_by_the_code_of_any_place_where_it_is_spoken(get: Caller) -> None:
    for asked, language in {
        **dict.fromkeys(("es-ES", "ES_mx", "es-419", "spa-AR"), "es"),
        **dict.fromkeys(("en-US", "en_GB", "en-us"), "en"),
        **dict.fromkeys(("zh-Hans-CN", "zh_TW", "zh-hant"), "zh"),
        "pt_BR": "pt",
    }.items():
        assert get(f"/peliculas_idioma/{asked}").body["idioma"] == language
        by_place, by_code = (
            get(f"/recomendacion/Alien?n=1&min_votos=0&idioma={each}") for each in (asked, language)
        )
        assert by_place.status == 200
        assert by_place.body == by_code.body


def test_the_code_of_no_place_or_of_no_language_is_not_in_the_catalogue(get: Caller) -> None:
    for asked in ("qq-QQ", "es-E", "es-españa", "zz_ZZ", "es-ES-", "es-ES-x", "e-ES"):
        answer = get(f"/peliculas_idioma/{quote(asked)}")
        assert answer.status == 404
        assert asked in answer.body["detail"]


def test_films_are_counted_by_country(get: Caller, facts: list[dict[str, Any]]) -> None:
    french = sum("FR" in film["countries"] for film in facts)

    for asked in ("France", "francE", "FR", "FRA", "Francia"):
        body = get(f"/peliculas_pais/{asked}").body
        assert body == {
            "pais": "France",
            "nombre": "Francia",
            "cantidad": french,
            "peliculas_url": "/peliculas?pais=France&estado=todas&adultos=true",
        }


def test_two_countries_of_one_name_are_two(get: Caller) -> None:
    both = {"República Democrática del Congo": "CD", "República del Congo": "CG"}

    answer = get("/peliculas_pais/congo").body
    (other,) = answer["otras"]
    assert {answer["nombre"], other["nombre"]} == both.keys()
    for name, code in both.items():
        found = [get(f"/peliculas_pais/{quote(asked)}").body for asked in (name, code)]
        assert [(each["nombre"], each["cantidad"], "otras" in each) for each in found] == (
            [(name, 1, False)] * 2
        )


def test_every_country_of_the_catalogue_has_a_spanish_name(get: Caller) -> None:
    named = {each["pais"]: each["nombre"] for each in get("/peliculas_pais").body["resultados"]}

    assert named["Kosovo"] == "Kosovo"
    assert all(named.values())


def test_a_film_tells_its_running_time(get: Caller) -> None:
    answer = get("/peliculas_duracion/toy%20story")

    assert answer.status == 200
    assert answer.body == {
        "id": 862,
        "pelicula": "Toy Story",
        "duracion": 81,
        "anio": 1995,
        "titulo": "Toy Story",
        "otras": [],
    }


def test_a_franchise_is_summed_up(get: Caller, facts: list[dict[str, Any]]) -> None:
    takings = [
        film["revenue"] for film in facts if film.get("collection") == "Toy Story Collection"
    ]
    expected = {
        "franquicia": "Toy Story Collection",
        "cantidad": len(takings),
        "ganancia_total": sum(takings),
        "ganancia_promedio": round(sum(takings) / len(takings), 2),
        "cantidad_informada": len(takings),
        "ganancia_promedio_informada": round(sum(takings) / len(takings), 2),
        "ingresos_total": sum(takings),
        "peliculas_url": (
            "/peliculas?franquicia=Toy%20Story%20Collection&estado=todas&adultos=true"
        ),
    }

    for asked in ("Toy%20Story%20Collection", "toy+story", "toy%20story"):
        assert get(f"/franquicia/{asked}").body == expected


def test_a_company_is_summed_up(get: Caller, facts: list[dict[str, Any]]) -> None:
    takings = [film["revenue"] for film in facts if "Pixar Animation Studios" in film["companies"]]

    assert get("/productoras_exitosas/pixar%20animation%20studios").body == {
        "productora": "Pixar Animation Studios",
        "revenue_total": sum(takings),
        "cantidad": len(takings),
        "cantidad_informada": len(takings),
        "ingresos_total": sum(takings),
        "peliculas_url": (
            "/peliculas?productora=Pixar%20Animation%20Studios&estado=todas&adultos=true"
        ),
    }


def test_a_famous_companys_everyday_name_finds_it_beside_the_one_that_has_the_name(
    get: Caller,
) -> None:
    famous = get("/productoras_exitosas/Paramount%20Pictures").body
    (other,) = get("/productoras_exitosas/paramount").body.pop("otras")

    assert (famous["productora"], other["productora"]) == ("Paramount Pictures", "Paramount")
    assert get("/productoras_exitosas/paramount").body == {**famous, "otras": [other]}
    # The exact spelling wins.
    assert get("/productoras_exitosas/Paramount").body == {**other, "otras": [famous]}
    assert get("/productoras_exitosas?limite=500").body["resultados"].count(famous) == 1
    assert get("/buscar?q=paramount&tipo=productora").body["total"] == 2


@pytest.mark.parametrize("route", ["peliculas_duracion", "recomendacion"])
def test_a_film_is_picked_by_title_year_or_id(get: Caller, route: str) -> None:
    assert get(f"/{route}/King%20Kong").body["anio"] == 2005
    assert get(f"/{route}/King%20Kong?anio=1933").body["anio"] == 1933
    assert get(f"/{route}?id=862").body["id"] == 862
    assert [other["anio"] for other in get(f"/{route}/king%20kong").body["otras"]] == [1933, 1976]
    emmas = {get(f"/{route}/Emma?anio=1996&id={film}").body["id"] for film in (3573, 9000001)}
    assert emmas == {3573, 9000001}


@pytest.mark.parametrize(
    ("asked", "title"),
    [
        ("Face%2FOff", "Face/Off"),
        ("Face/Off", "Face/Off"),
        ("?pelicula=Face/Off", "Face/Off"),
        ("?pelicula=Face%2FOff", "Face/Off"),
        ("face%20off", "Face/Off"),
        ("amelie", "Amélie"),
        ("AM%C3%89LIE", "Amélie"),
        ("Who%27s%20Afraid%20of%20Virginia%20Woolf%3F", "Who's Afraid of Virginia Woolf?"),
        ("%23Horror", "#Horror"),
        ("10%25%3A%20What%20Makes%20a%20Hero%3F", "10%: What Makes a Hero?"),
        ("50/50", "50/50"),
        (
            "%E5%8D%83%E3%81%A8%E5%8D%83%E5%B0%8B%E3%81%AE%E7%A5%9E%E9%9A%A0%E3%81%97",
            "Spirited Away",
        ),
        ("%EC%98%AC%EB%93%9C%EB%B3%B4%EC%9D%B4", "올드보이"),
        ("el%20padrino", "The Godfather"),
        ("El%20viaje%20de%20Chihiro", "Spirited Away"),
        ("Volver%20al%20futuro%202", "Back to the Future Part II"),
        ("tt0114709", "Toy Story"),
        ("Matrix,%20The%20(1999)", "The Matrix"),
        ("...", "..."),
        ("mash", "M*A*S*H"),
    ],
)
def test_a_title_is_found_however_it_is_written(get: Caller, asked: str, title: str) -> None:
    separator = "" if asked.startswith("?") else "/"

    assert get(f"/peliculas_duracion{separator}{asked}").body["pelicula"] == title


def test_names_that_differ_only_in_spelling_stay_apart(get: Caller) -> None:
    assert get("/peliculas_duracion/Rec").body["pelicula"] == "Rec"
    assert get("/peliculas_duracion/%5BREC%5D").body["pelicula"] == "[REC]"
    best_known = get("/peliculas_duracion/rec").body
    assert best_known["pelicula"] == "[REC]"
    assert [other["pelicula"] for other in best_known["otras"]] == ["Rec"]


def test_a_company_that_holds_an_escape_is_found(get: Caller) -> None:
    assert get("/productoras_exitosas/K%252FW%20Productions").body["productora"] == (
        "K%2FW Productions"
    )


@pytest.mark.parametrize(
    ("path", "suggestion"),
    [
        ("/peliculas_duracion/toy%20stroy", "Toy Story"),
        ("/recomendacion/tooy%20story", "Toy Story"),
        ("/peliculas_pais/Frnace", "France"),
        ("/franquicia/toy%20sotry", "Toy Story Collection"),
        ("/productoras_exitosas/pixar", "Pixar Animation Studios"),
    ],
)
def test_a_mistyped_name_is_a_404_with_what_was_meant(
    get: Caller, path: str, suggestion: str
) -> None:
    answer = get(path)

    assert answer.status == answer.body["status"] == 404
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.body["sugerencias"][0] == suggestion


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("/recomendacion/Toy%20Story?n=0", "n"),
        ("/recomendacion/Toy%20Story?n=51", "n"),
        ("/recomendacion/Toy%20Story?n=cinco", "n"),
        ("/recomendacion", "titulo"),
        ("/recomendacion?id=x", "id"),
        ("/peliculas_duracion/Up?anio=95", "anio"),
        ("/cantidad_filmaciones_mes", "mes"),
        ("/peliculas_idioma?idioma=", "idioma"),
        ("/peliculas_idioma/en?limite=5", "limite"),
        ("/franquicia/toy%20story?pagina=1", "pagina"),
        ("/franquicia?limite=501", "limite"),
        ("/productoras_exitosas?pagina=0", "pagina"),
        ("/get_director", "nombre"),
        ("/get_actor/Tom%20Hanks?limite=101", "limite"),
        ("/buscar", "q"),
        ("/buscar?q=", "q"),
        ("/buscar?q=a&tipo=perro", "tipo"),
        ("/buscar?q=a&limite=51", "limite"),
        ("/salud?x=1", "x"),
        ("/peliculas_idioma/%20", "idioma"),
        ("/peliculas_idioma/en?pais=US", "pais"),
        ("/peliculas_pais/France?pais=France", "pais"),
    ],
)
def test_an_unusable_parameter_is_a_400_that_says_which(
    get: Caller, path: str, parameter: str
) -> None:
    answer = get(path)

    assert answer.status == answer.body["status"] == 400
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert answer.body["parametro"] == parameter
    assert answer.body["detail"]


def test_a_year_that_no_film_of_the_title_has_says_which_there_are(get: Caller) -> None:
    answer = get("/peliculas_duracion/King%20Kong?anio=1950")

    assert answer.status == 404
    assert all(year in answer.body["detail"] for year in ("1933", "1976", "2005"))


def test_every_answer_names_its_release(get: Caller) -> None:
    assert get("/peliculas_idioma/en").headers["x-release"]


def test_films_are_counted_by_month(get: Caller, kept_dates: list[date]) -> None:
    november = sum(kept.month == 11 for kept in kept_dates)

    for asked in ("noviembre", "Noviembre", "november", "NOVEMBER", "11"):
        answer = get(f"/cantidad_filmaciones_mes/{asked}")
        expected = {
            "mes": "noviembre",
            "cantidad": november,
            "sin_dia_conocido": 0,
            "peliculas_url": "/peliculas?mes=noviembre&estado=todas&adultos=true",
        }
        assert (answer.status, answer.body) == (200, expected)


def test_films_are_counted_by_day_of_the_week(get: Caller, kept_dates: list[date]) -> None:
    wednesdays = sum(kept.weekday() == 2 for kept in kept_dates)

    for asked in ("mi%C3%A9rcoles", "miercoles", "Wednesday"):
        answer = get(f"/cantidad_filmaciones_dia/{asked}")
        assert answer.status == 200
        assert (answer.body["dia"], answer.body["cantidad"]) == ("miércoles", wednesdays)


def test_months_and_days_say_how_many_films_may_be_there_for_their_year_alone(
    get: Caller, kept_dates: list[date]
) -> None:
    new_years_days = [kept for kept in kept_dates if (kept.month, kept.day) == (1, 1)]
    days = ("lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo")

    assert new_years_days
    assert get("/cantidad_filmaciones_mes/1").body["sin_dia_conocido"] == len(new_years_days)
    for number, day in enumerate(days):
        unknown = get(f"/cantidad_filmaciones_dia/{quote(day)}").body["sin_dia_conocido"]
        assert unknown == sum(kept.weekday() == number for kept in new_years_days)


@pytest.mark.parametrize(
    ("path", "meant"),
    [("/cantidad_filmaciones_mes/enreo", "enero"), ("/cantidad_filmaciones_dia/sabdo", "sábado")],
)
def test_a_mistyped_month_or_day_is_a_404_with_what_was_meant(
    get: Caller, path: str, meant: str
) -> None:
    answer = get(path)

    assert answer.status == 404
    assert meant in answer.body["sugerencias"]


@pytest.mark.parametrize("month", ["0", "13", "1.5"])
def test_there_are_twelve_months(get: Caller, month: str) -> None:
    assert get(f"/cantidad_filmaciones_mes/{month}").status == 404


def test_a_film_tells_how_popular_it_is_and_how_it_was_rated(
    get: Caller, facts: list[dict[str, Any]]
) -> None:
    (film,) = (film for film in facts if film["id"] == 862)

    assert get("/score_titulo/toy%20story").body == {
        "id": 862,
        "titulo": "Toy Story",
        "anio": 1995,
        "popularidad": film["popularity"],
        "voto_promedio": film["vote_average"],
    }


def test_a_film_tells_its_votes(get: Caller, facts: list[dict[str, Any]]) -> None:
    (film,) = (film for film in facts if film["id"] == 862)

    assert get("/votos_titulo/toy%20story").body == {
        "id": 862,
        "titulo": "Toy Story",
        "anio": 1995,
        "voto_total": film["vote_count"],
        "voto_promedio": film["vote_average"],
    }


def test_a_film_that_few_have_rated_says_so(get: Caller, facts: list[dict[str, Any]]) -> None:
    for film in facts:
        answer = get(f"/votos_titulo?id={film['id']}").body
        assert ("aviso" in answer) == (film["vote_count"] < 2000)
        assert "2000" in answer.get("aviso", "2000")


@pytest.mark.parametrize("route", ["score_titulo", "votos_titulo"])
def test_year_and_id_pick_among_films_of_one_title(get: Caller, route: str) -> None:
    by_year = get(f"/{route}/king%20kong?anio=1933")
    by_id = get(f"/{route}?id=244")

    assert by_year.body["id"] == by_id.body["id"] == 244
    assert {other["anio"] for other in by_year.body["otras"]} == {2005, 1976}
    assert get(f"/{route}/king%20kong?anio=1999").status == 404


@pytest.mark.parametrize(
    ("asked", "country"),
    [
        ("Soviet%20Union", "Soviet Union"),
        ("Uni%C3%B3n%20Sovi%C3%A9tica", "Soviet Union"),
        ("URSS", "Soviet Union"),
        ("Estados%20Unidos", "United States of America"),
        ("EEUU", "United States of America"),
        ("usa", "United States of America"),
        ("Inglaterra", "United Kingdom"),
    ],
)
def test_a_country_goes_by_what_people_call_it(get: Caller, asked: str, country: str) -> None:
    assert get(f"/peliculas_pais/{asked}").body["pais"] == country


def test_a_franchise_of_which_not_all_takings_are_known_says_so(
    get: Caller, facts: list[dict[str, Any]]
) -> None:
    for row in get("/franquicia?limite=500").body["resultados"]:
        takings = [film["revenue"] for film in facts if film.get("collection") == row["franquicia"]]
        known = [revenue for revenue in takings if revenue]
        if not takings:
            continue  # one of the specimens of a defect
        assert (row["cantidad"], row["cantidad_informada"]) == (len(takings), len(known))
        assert row["ganancia_promedio"] == round(sum(takings) / len(takings), 2)
        assert row["ganancia_promedio_informada"] == (
            round(sum(known) / len(known), 2) if known else None
        )


@pytest.mark.parametrize(
    ("route", "name", "rank"),
    [
        ("peliculas_idioma", "idioma", "cantidad"),
        ("peliculas_pais", "pais", "cantidad"),
        ("franquicia", "franquicia", "ganancia_total"),
        ("productoras_exitosas", "productora", "revenue_total"),
    ],
)
def test_without_a_name_a_page_of_all_is_given_the_first_one_first(
    get: Caller, route: str, name: str, rank: str
) -> None:
    everything = get(f"/{route}?limite=500").body
    rows = everything["resultados"]

    assert (everything["pagina"], everything["limite"]) == (1, 500)
    assert everything["total"] == len(rows) == len({row[name] for row in rows})
    assert rows == sorted(rows, key=lambda row: (-row[rank], row[name]))
    pages = [
        get(f"/{route}?limite=3&pagina={page}").body["resultados"]
        for page in range(1, len(rows) // 3 + 2)
    ]
    assert [row for page in pages for row in page] == rows
    assert get(f"/{route}?pagina=100000&limite=500").body["resultados"] == []
    found = get(f"/{route}?{name}={quote(rows[0][name])}").body
    assert {field: found[field] for field in rows[0]} == rows[0]


@pytest.mark.parametrize("route", ["peliculas_idioma", "peliculas_pais"])
def test_a_full_table_is_given_whole(get: Caller, route: str) -> None:
    answer = get(f"/{route}").body

    assert answer["total"] == len(answer["resultados"]) > 5


def test_a_ranking_gives_ten(get: Caller) -> None:
    assert len(get("/productoras_exitosas").body["resultados"]) == 10


def test_a_directors_films_are_summed_up_and_listed(
    get: Caller, facts: list[dict[str, Any]]
) -> None:
    films = [film for film in facts if "Peter Jackson" in film["directors"]]
    returns = [round(film["revenue"] / film["budget"], 4) for film in films]

    body = get("/get_director/peter%20jackson").body

    assert (body["director"], body["cantidad"]) == ("Peter Jackson", len(films))
    assert body["retorno_total"] == pytest.approx(sum(returns), abs=1e-3)
    assert body["retorno_promedio"] == pytest.approx(sum(returns) / len(films), abs=1e-3)
    assert body["retorno_promedio_informado"] == body["retorno_promedio"]
    assert body["cantidad_informada"] == len(films) > 1
    dates = [film["fecha"] for film in body["peliculas"]]
    assert dates == sorted(dates, reverse=True)
    assert {film["titulo"]: film["retorno"] for film in body["peliculas"]} == dict(
        zip((film["title"] for film in films), returns, strict=True)
    )
    for film in films:
        (listed,) = (each for each in body["peliculas"] if each["id"] == film["id"])
        assert (listed["costo"], listed["ganancia"]) == (film["budget"], film["revenue"])


def test_people_of_one_name_are_told_apart_by_their_id(get: Caller) -> None:
    one, other = (get(f"/get_actor/Odo%20Brask?id={each}").body for each in (9000003, 9000004))

    assert get("/get_actor/odo%20brask").body == one
    assert [film["personaje"] for film in other["peliculas"]] == ["Bo"]
    assert "Bo" not in [film["personaje"] for film in one["peliculas"]]
    for answer, namesake in ((one, other), (other, one)):
        listed = {each["id"]: each for each in answer["otras"]}
        # Of whom a credit without an id is cannot be known.
        assert listed.keys() == {namesake["id"], None}
        same = listed[namesake["id"]]
        assert same == {field: namesake[field] for field in same}
        alone = get(f"/get_actor?id={answer['id']}").body
        assert alone == {field: answer[field] for field in answer if field != "otras"}
    found = get("/buscar?q=odo%20brask&tipo=actor").body["resultados"]
    assert {each["id"] for each in found} == {9000003, 9000004, None}


def test_one_person_of_several_names_is_found_by_id_with_all_of_them(get: Caller) -> None:
    answer = get("/get_actor?id=9000001").body

    (other,) = answer["otras"]
    assert (answer["actor"], other["actor"]) == ("Marisol Quell", "Marisol Quell-Ibarra")
    assert answer["id"] == other["id"] == 9000001
    assert answer["cantidad_filmaciones"] > other["cantidad_filmaciones"] == 1


@pytest.mark.parametrize("route", ["get_actor", "get_director"])
def test_an_id_that_is_nobodys_or_somebody_elses_is_a_404_that_says_so(
    get: Caller, route: str
) -> None:
    name, known = ("Odo Brask", "9000003, 9000004"), ("Tobias Wrenfield", "9000002")
    asked, ids = name if route == "get_actor" else known

    nobody, somebody_else = get(f"/{route}?id=9999999"), get(f"/{route}/{quote(asked)}?id=862")
    assert (nobody.status, somebody_else.status) == (404, 404)
    assert "9999999" in nobody.body["detail"]
    assert all(each in somebody_else.body["detail"] for each in (asked, "862", ids))
    assert somebody_else.body["sugerencias"] == [asked]


def test_an_actors_films_are_listed_with_who_it_was_in_each(
    get: Caller, facts: list[dict[str, Any]]
) -> None:
    played = {
        film["title"]: role
        for film in facts
        for name, _, role in (line.partition(" as ") for line in film["cast"])
        if name == "Tom Hanks"
    }

    body = get("/get_actor/TOM%20HANKS").body

    assert (body["actor"], body["cantidad_filmaciones"]) == ("Tom Hanks", len(played))
    assert {film["titulo"]: film["personaje"] for film in body["peliculas"]} == played


@pytest.mark.parametrize("route", ["get_director/Peter%20Jackson", "get_actor/Tom%20Hanks"])
def test_a_filmography_comes_in_pages(get: Caller, route: str) -> None:
    whole = get(f"/{route}").body["peliculas"]

    pages = [get(f"/{route}?limite=1&pagina={page + 1}").body for page in range(len(whole) + 1)]

    assert [film for page in pages for film in page["peliculas"]] == whole
    assert pages[-1]["peliculas"] == []


def test_what_is_not_known_of_a_film_is_null_in_a_filmography(
    get: Caller, facts: list[dict[str, Any]]
) -> None:
    unknown = [film for film in facts if not film["revenue"]]
    director = unknown[0]["directors"][0]

    body = get(f"/get_director/{quote(director)}").body

    (listed,) = (film for film in body["peliculas"] if film["id"] == unknown[0]["id"])
    assert listed["ganancia"] is listed["retorno"] is None
    assert body["cantidad_informada"] < body["cantidad"]


@pytest.mark.parametrize(
    ("asked", "kind", "name"),
    [
        ("toy%20s", "pelicula", "Toy Story"),
        ("TOY%20STORY%203", "pelicula", "Toy Story 3"),
        ("matrix", "pelicula", "The Matrix"),
        ("matrx", "pelicula", "The Matrix"),
        ("peter%20jac", "director", "Peter Jackson"),
        ("tom%20hnaks", "actor", "Tom Hanks"),
        ("pixar", "productora", "Pixar Animation Studios"),
        ("fracia", "pais", "Francia"),
        ("japon%C3%A9s", "idioma", "japonés"),
        ("star%20wars%20coll", "franquicia", "Star Wars Collection"),
        ("%EC%98%AC%EB%93%9C", "pelicula", "올드보이"),
    ],
)
def test_a_search_finds_every_kind_of_name(get: Caller, asked: str, kind: str, name: str) -> None:
    everything = get(f"/buscar?q={asked}").body["resultados"]
    of_the_kind = get(f"/buscar?q={asked}&tipo={kind}").body["resultados"]

    assert (kind, name) in [(each["tipo"], each["nombre"]) for each in everything]
    assert of_the_kind[0]["nombre"] == name
    assert {each["tipo"] for each in of_the_kind} == {kind}


def test_a_search_that_finds_nothing_is_no_error(get: Caller) -> None:
    answer = get("/buscar?q=qqqqqqqqqqqqqqqqqqqq")

    assert answer.status == 200
    assert (answer.body["total"], answer.body["resultados"]) == (0, [])


def test_what_a_search_finds_can_be_asked_for(get: Caller) -> None:
    """Each kind at its route: films by id, all else by the name that is shown."""
    routes = {kind: schema.route for kind, schema in KINDS.items()}

    for asked in ("a", "s", "the", "fr"):
        for found in get(f"/buscar?q={asked}&limite=50").body["resultados"]:
            route = routes[found["tipo"]]
            query = f"?id={found['id']}" if found["id"] else f"/{quote(found['nombre'], safe='')}"
            assert get(f"/{route}{query}").status == 200, found


def test_health_tells_which_release_answers_and_what_it_holds(get: Caller) -> None:
    answer = get("/salud")

    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert answer.body["estado"] == "ok"
    assert answer.body["publicacion"]["id"] == answer.headers["x-release"]
    assert 0 <= answer.body["publicacion"]["edad_segundos"] < 3600
    assert answer.body["peliculas"] == answer.body["filas"]["model.pkl"] > 100
    assert answer.body["versiones"]["cartelera"] == cartelera.__version__
    assert answer.body["atribucion"] == (
        "This product uses the TMDB API but is not endorsed or certified by TMDB. "
        "Information courtesy of IMDb (https://www.imdb.com). Used with permission."
    )


def test_a_film_says_by_which_other_name_it_was_found(get: Caller) -> None:
    for route, name in (
        ("peliculas_duracion", "pelicula"),
        ("recomendacion", "titulo"),
        ("score_titulo", "titulo"),
        ("votos_titulo", "titulo"),
    ):
        for asked, title, found_as in (
            ("el%20padrino", "The Godfather", "El padrino"),
            ("laberinto%20del%20fauno%20(2006)", "Pan's Labyrinth", "El laberinto del fauno"),
            ("the%20godfather%202", "The Godfather: Part II", None),
            ("the%20godfather", "The Godfather", None),
        ):
            body = get(f"/{route}/{asked}").body
            assert (body[name], body.get("encontrada_como")) == (title, found_as), (route, asked)
    # A Catalan title of Spain's, and a working one.
    assert get("/score_titulo/el%20padr%C3%AD").status == 404
    assert get("/score_titulo/star%20beast").status == 404
