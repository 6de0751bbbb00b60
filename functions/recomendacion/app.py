"""GET /recomendacion/{titulo}: the films most similar to one; POST /recomendacion: to a taste."""

from typing import NotRequired, TypedDict, cast

from cartelera.contract.ranking import FILM_RANKING, PERSON_RANKING
from cartelera.contract.tables import RECOMENDACION, Encontrada, Titulo
from cartelera.films.by_title import Films
from cartelera.http.question import PostedQuestion, Question
from cartelera.parameters import FILM_ID, YEAR, Taste, Tastes, Text
from cartelera.recommend.recommendations import (
    Recomendada,
    recommend_beside,
    recommendation_options,
    recommendation_parameters,
)
from cartelera.recommend.tastes import NoEncontrada, Sugerida, recommend_for_tastes
from cartelera.release import Release


class Recomendacion(Titulo, Encontrada):
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
    id: int | str | None,
    **options: object,
) -> Recomendacion:
    """Recommend the films beside one, by what they have in common and by who liked them."""
    films, how = Films(release, RECOMENDACION), recommendation_options(options, FILM_RANKING)
    found, table = films.rows(titulo, anio, id), films.table
    film, *others = found.positions
    beside = recommend_beside(release, film, how)
    row = table.row(film)
    answer: Recomendacion = {
        "id": row["id"],
        "titulo": row["titulo"],
        "anio": row["anio"],
        "lista_recomendada": [each["titulo"] for each in beside.films],
        "recomendaciones": beside.films,
    }
    cast("dict[str, object]", answer).update(found.notes())
    if beside.notice:
        answer["aviso"] = beside.notice
    if others:
        answer["otras"] = [table.row(other) for other in others]
    return answer


def recomendacion_personal(
    release: Release,
    gustos: list[Taste],
    no_gustos: list[Taste],
    **options: object,
) -> RecomendacionPersonal:
    """Recommend films to somebody who likes some films and dislikes others."""
    how = recommendation_options(options, PERSON_RANKING)
    suggested = recommend_for_tastes(release, gustos, no_gustos, how)
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
    *recommendation_parameters(FILM_RANKING),
    posted=PostedQuestion(
        recomendacion_personal,
        (Tastes("gustos"), Tastes("no_gustos"), *recommendation_parameters(PERSON_RANKING)),
    ),
    opens=lambda release: (release.table(RECOMENDACION), release.neighbours()),
)
