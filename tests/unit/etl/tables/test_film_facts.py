"""What is known of films, as it is answered."""

from __future__ import annotations

from datetime import date
from typing import Any

import msgspec
import pyarrow as pa

from cartelera.contract.formats.film_facts import LEADING_CAST, DatosDePelicula
from etl.tables.film_facts import film_facts

_PERSON = {"id": pa.int64(), "name": pa.string()}
_NAMED = pa.list_(pa.struct(_PERSON))
_TYPES: dict[str, pa.DataType] = {
    **dict.fromkeys(("id", "release_year", "runtime", "budget", "revenue"), pa.int64()),
    **dict.fromkeys(("vote_count", "collection_id"), pa.int64()),
    **dict.fromkeys(("title", "original_language", "collection", "overview"), pa.string()),
    **dict.fromkeys(("status", "tagline", "original_title", "imdb_id"), pa.string()),
    **dict.fromkeys(("popularity", "vote_average"), pa.float64()),
    **dict.fromkeys(("genres", "keywords", "directors", "writers"), _NAMED),
    "production_companies": _NAMED,
    "production_countries": pa.list_(pa.struct({"iso_3166_1": pa.string(), "name": pa.string()})),
    "spoken_languages": pa.list_(pa.struct({"iso_639_1": pa.string(), "name": pa.string()})),
    "cast": pa.list_(pa.struct({**_PERSON, "character": pa.string()})),
    "release_date": pa.date32(),
    "adult": pa.bool_(),
}
_UNKNOWN: dict[str, Any] = {
    **{name: [] for name, kind in _TYPES.items() if pa.types.is_list(kind)},
    **dict.fromkeys(("overview", "tagline"), ""),
    **dict.fromkeys(("budget", "revenue", "vote_count"), 0),
    "id": 7,
    "title": "Ñ",
    "release_year": 1999,
    "release_date": date(1999, 1, 2),
    "popularity": 0.0,
    "vote_average": 0.0,
    "adult": False,
}


def facts_of(*films: dict[str, Any]) -> list[DatosDePelicula]:
    """Return the facts of films of which nothing is known but what is given."""
    rows = [_UNKNOWN | film for film in films]
    table = pa.Table.from_pylist(rows, pa.schema(_TYPES))
    return [
        msgspec.json.decode(line, type=DatosDePelicula)
        for lines in film_facts(table)
        for line in lines
    ]


def test_what_is_not_known_of_a_film_is_null() -> None:
    (facts,) = facts_of({})

    assert facts == {
        **dict.fromkeys(DatosDePelicula.__annotations__),
        **{name: [] for name in ("generos", "idiomas", "paises", "productoras", "temas")},
        **{name: [] for name in ("directores", "guionistas", "reparto")},
        "id": 7,
        "titulo": "Ñ",
        "anio": 1999,
        "fecha": "1999-01-02",
        "adultos": False,
        "popularidad": 0.0,
        "voto_total": 0,
        "reparto_total": 0,
        "tmdb_url": "https://www.themoviedb.org/movie/7",
    }


def test_what_is_known_of_a_film_is_named_in_spanish_too() -> None:
    facts, other = facts_of(
        {
            "overview": 'Who is "Ana"?\n',
            "status": "Released",
            "budget": 3_000_000,
            "revenue": 2_000_000,
            "vote_count": 2,
            "vote_average": 7.5,
            "imdb_id": "tt0000007",
            "original_language": "es",
            "collection_id": 5,
            "collection": "Ñ Collection",
            "genres": [{"id": 1, "name": "Comedy"}],
            "spoken_languages": [{"iso_639_1": "fr", "name": "Français"}],
            "production_countries": [{"iso_3166_1": "DE", "name": "Germany"}],
            "production_companies": [{"id": None, "name": "Uno"}],
            "keywords": [{"id": 3, "name": "dog"}],
            "directors": [{"id": 4, "name": "Ana"}],
        },
        {"status": "Unheard of"},
    )

    expected = {
        "sinopsis": 'Who is "Ana"?\n',
        "estado": "estrenada",
        "presupuesto": 3_000_000,
        "ingresos_total": 2_000_000,
        "retorno": 0.6667,
        "voto_promedio": 7.5,
        "imdb_url": "https://www.imdb.com/title/tt0000007/",
        "idioma_original": {"idioma": "es", "nombre": "español"},
        "franquicia": {"id": 5, "franquicia": "Ñ Collection"},
        "generos": [{"genero": "Comedy", "nombre": "Comedia"}],
        "idiomas": [{"idioma": "fr", "nombre": "francés"}],
        "paises": [{"codigo": "DE", "pais": "Germany", "nombre": "Alemania"}],
        "productoras": [{"id": None, "productora": "Uno"}],
        "temas": ["dog"],
        "directores": [{"id": 4, "nombre": "Ana"}],
    }
    assert {name: facts[name] for name in expected} == expected  # type: ignore[literal-required]
    assert other["estado"] is None


def test_languages_and_countries_may_be_known_by_their_names_alone() -> None:
    (facts,) = facts_of(
        {
            "spoken_languages": [{"iso_639_1": None, "name": "Klingon"}],
            "production_countries": [
                {"iso_3166_1": None, "name": "Germany"},
                {"iso_3166_1": None, "name": "Freedonia"},
            ],
        }
    )

    assert facts["idiomas"] == [{"idioma": "Klingon", "nombre": None}]
    assert facts["paises"] == [
        {"codigo": "DE", "pais": "Germany", "nombre": "Alemania"},
        {"codigo": None, "pais": "Freedonia", "nombre": None},
    ]


def test_of_a_cast_those_who_lead_a_film_are_there() -> None:
    players = [
        {"id": number, "name": f"Ana {number}", "character": "Eva" if number else None}
        for number in range(LEADING_CAST + 2)
    ]
    alone, many = facts_of({"cast": players[:1]}, {"cast": players})

    assert alone["reparto"] == [{"id": 0, "nombre": "Ana 0", "personaje": None}]
    assert [player["id"] for player in many["reparto"]] == list(range(LEADING_CAST))
    assert many["reparto_total"] == LEADING_CAST + 2
