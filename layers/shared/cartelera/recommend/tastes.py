"""Recommending films to a person, by what they like and dislike."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, NotRequired, TypedDict, cast

from cartelera.contract.tables import RECOMENDACION, Titulo
from cartelera.errors import InvalidParameterError, Message, NotInCatalogueError
from cartelera.films.by_title import Films
from cartelera.lookup.fuzzy import Budget
from cartelera.parameters import MAX_TASTES
from cartelera.recommend.recommendations import (
    Recomendada,
    choose_films,
    describe_films,
    person_query,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cartelera.parameters import Taste
    from cartelera.recommend.query import Query
    from cartelera.recommend.recommendations import RecommendationOptions
    from cartelera.release import Release

# How many likes a recommendation is attributed to.
_MAX_ORIGINS = 3
# What a taste costs of the request's budget, in letters compared.
TASTE = 2_000
# What reading an unknown title as people may mean it costs, at the longest.
READING = 20_000
_UNREAD = "Hay demasiado que buscar: de ésta sólo se buscó el título exacto."
# Suggestions look at every title, so only the first unknown films get them.
_MAX_SUGGESTED = 10


class Origen(Titulo):
    """A liked film that a recommendation is attributed to, and its share, from 0 to 1."""

    parte: float


class Sugerida(Recomendada):
    """A film for a person, and the likes that it is mostly attributed to."""

    por: list[Origen]


class NoEncontrada(TypedDict):
    """A film that is not in the catalogue, as it was asked for, and the nearest titles.

    `aviso` says so when not all titles were compared.
    """

    titulo: NotRequired[str]
    anio: NotRequired[int]
    id: NotRequired[int | str]
    sugerencias: list[str]
    aviso: NotRequired[str]


class PersonalRecommendations(NamedTuple):
    """The films for a person, the tastes that are not known, and a notice of too few films."""

    films: list[Sugerida]
    unknown: list[NoEncontrada]
    notice: str | None


def recommend_for_tastes(
    release: Release,
    likes: Sequence[Taste],
    dislikes: Sequence[Taste],
    options: RecommendationOptions,
    budget: Budget | None = None,
) -> PersonalRecommendations:
    """Recommend films that a person has not named.

    Films are ranked by the cosine of their features with the person's profile, and by what other
    people rated, as `Query` says. Without likes these are the best known and best rated films, of
    many kinds.

    Parameters
    ----------
    release
        The release to recommend from.
    likes, dislikes
        The films that the person names.
    options
        How many films, their ranking and filters.
    budget
        Pays for the films, and with what is left for suggestions; one of its own when None.

    Raises
    ------
    InvalidParameterError
        When there are too many tastes.
    NotInCatalogueError
        When there are tastes and none is known, or a filter names no genre, language or country.
    """
    if len(likes) + len(dislikes) > MAX_TASTES:
        raise InvalidParameterError(
            "gustos",
            Message(
                f"`gustos` y `no_gustos` suman {len(likes) + len(dislikes)} películas; "
                f"máximo {MAX_TASTES}.",
                f"`gustos` and `no_gustos` have {len(likes) + len(dislikes)} films together; "
                f"{MAX_TASTES} at most.",
            ),
        )
    known = Films(release, RECOMENDACION)
    unknown: list[NoEncontrada] = []
    budget = budget or Budget()
    budget.take(len(likes) + len(dislikes), TASTE)
    liked, disliked = (_resolve(known, tastes, unknown, budget) for tastes in (likes, dislikes))
    if unknown and not liked and not disliked:
        raise NotInCatalogueError(
            Message(
                "Ninguna de las películas dadas está en el catálogo.",
                "None of the given films is in the catalogue.",
            ),
            unknown[0]["sugerencias"],
            unknown[0].get("aviso"),
        )
    query = person_query(release, liked, disliked, options.ranking)
    chosen = choose_films(release, query, options)
    films = describe_films(release, chosen.films, query)
    origins = _origins(release, query, chosen.films)
    return PersonalRecommendations(
        [{**film, "por": por} for film, por in zip(films, origins, strict=True)],
        unknown,
        chosen.notice,
    )


def _resolve(
    films: Films[Titulo], tastes: Sequence[Taste], unknown: list[NoEncontrada], budget: Budget
) -> list[tuple[int, float]]:
    """Return each known film's row and summed weight; append the others to `unknown`."""
    weights: dict[int, float] = {}
    for taste in tastes:
        row, unread = films.row(taste.titulo, taste.anio, taste.id, read=False), False
        if row is None and taste.titulo:
            unread = not budget.take(1, READING)
            row = None if unread else films.row(taste.titulo, taste.anio, taste.id)
        if row is not None:
            weights[row] = weights.get(row, 0) + taste.peso
            continue
        found = _not_found(films, taste, budget, suggest=len(unknown) < _MAX_SUGGESTED)
        unknown.append({**found, "aviso": _UNREAD} if unread else found)
    return list(weights.items())


def _not_found(
    films: Films[Titulo], taste: Taste, budget: Budget, *, suggest: bool
) -> NoEncontrada:
    fields = {"titulo": taste.titulo and taste.titulo[0], "anio": taste.anio, "id": taste.id}
    near = films.suggestions(taste.titulo[0], budget) if suggest and taste.titulo else []
    found = {**fields, "sugerencias": near, "aviso": budget.notice if suggest else None}
    present = {name: value for name, value in found.items() if value is not None}
    return cast("NoEncontrada", present)


def _origins(release: Release, query: Query, films: Sequence[int]) -> list[list[Origen]]:
    if not query.likes:
        return [[] for _ in films]
    # Here and not above, as in `film_query`.
    from cartelera.recommend.explanations import attribute  # noqa: PLC0415

    table, liked = release.table(RECOMENDACION), query.likes
    return [
        [{**table.row(liked[place][0]), "parte": round(share, 4)} for place, share in contributions]
        for contributions in attribute(query, films, _MAX_ORIGINS)
    ]
