"""GET /recomendacion/{titulo}: the films most similar to one; POST /recomendacion: to a taste."""

from typing import NotRequired, TypedDict, Unpack

from cartelera.contract.ranking import BESIDE_A_FILM, FOR_A_PERSON
from cartelera.contract.tables import RECOMENDACION, Titulo
from cartelera.http.question import PostedQuestion, Question
from cartelera.lookup.films import choose
from cartelera.parameters import FILM_ID, YEAR, Taste, Tastes, Text
from cartelera.recommend.recommendations import (
    Recomendada,
    RecommendationOptions,
    choose_films,
    recommended,
    wanted,
)
from cartelera.recommend.tastes import NoEncontrada, Sugerida, suggest
from cartelera.release import Release


class Recomendacion(Titulo):
    """The film asked for, those like it, best first, and others of its title if any.

    `aviso` says so when fewer films fit than were asked for.
    """

    lista_recomendada: list[str]
    recomendaciones: list[Recomendada]
    aviso: NotRequired[str]
    otras: NotRequired[list[Titulo]]


class RecomendacionPersonal(TypedDict):
    """Films for a person's tastes, best first, and the films of theirs that are not known.

    `aviso` says so when fewer films fit than were asked for.
    """

    lista_recomendada: list[str]
    recomendaciones: list[Sugerida]
    no_encontrados: list[NoEncontrada]
    aviso: NotRequired[str]


def recomendacion(
    release: Release,
    titulo: tuple[str, ...] | None,
    anio: int | None,
    id: int | None,
    **asked: Unpack[RecommendationOptions],
) -> Recomendacion:
    """Recommend the films most similar to one, by cosine similarity."""
    table, model = release.table(RECOMENDACION), release.model()
    film, *others = choose(table, titulo, anio, id)
    similarities = model.similarities(film)
    chosen = choose_films(release, similarities, [film], asked)
    row = table.row(film)
    answer: Recomendacion = {
        "id": row["id"],
        "titulo": row["titulo"],
        "anio": row["anio"],
        "lista_recomendada": [table.row(each)["titulo"] for each in chosen.films],
        "recomendaciones": recommended(release, chosen.films, similarities, model.row(film)),
    }
    if chosen.notice:
        answer["aviso"] = chosen.notice
    if others:
        answer["otras"] = [table.row(other) for other in others]
    return answer


def recomendacion_personal(
    release: Release,
    gustos: list[Taste],
    no_gustos: list[Taste],
    **asked: Unpack[RecommendationOptions],
) -> RecomendacionPersonal:
    """Recommend films to somebody who likes some films and dislikes others."""
    suggested = suggest(release, gustos, no_gustos, asked)
    answer: RecomendacionPersonal = {
        "lista_recomendada": [each["titulo"] for each in suggested.films],
        "recomendaciones": suggested.films,
        "no_encontrados": suggested.unknown,
    }
    if suggested.notice:
        answer["aviso"] = suggested.notice
    return answer


handler = Question(
    "/recomendacion",
    recomendacion,
    Text("titulo", required=False),
    YEAR,
    FILM_ID,
    *wanted(BESIDE_A_FILM),
    posted=PostedQuestion(
        recomendacion_personal, (Tastes("gustos"), Tastes("no_gustos"), *wanted(FOR_A_PERSON))
    ),
)
