"""Recommending films to a person, by what they like and dislike."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, NotRequired, TypedDict, cast

from cartelera.contract.tables import RECOMENDACION, Titulo
from cartelera.errors import InvalidParameterError, NotInCatalogueError
from cartelera.lookup.films import find_position
from cartelera.parameters import MOST_TASTES
from cartelera.recommend.recommendations import Recomendada, choose_films, recommended

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from cartelera.lookup.table import Table
    from cartelera.parameters import Taste
    from cartelera.recommend.model import Model
    from cartelera.recommend.recommendations import RecommendationOptions
    from cartelera.release import Release

# The likes that a film is said to come from.
_SOURCES = 3
# Suggestions take a look at every title, so that only the first unknown films have them.
_SUGGESTED_FOR = 10


class Origen(Titulo):
    """A film that a recommendation comes from, and its part in it, from 0 to 1."""

    parte: float


class Sugerida(Recomendada):
    """A film for a person, and which of the films that they like it comes from most."""

    por: list[Origen]


class NoEncontrada(TypedDict):
    """A film that is not in the catalogue, as it was asked for, and the titles nearest to it."""

    titulo: NotRequired[str]
    anio: NotRequired[int]
    id: NotRequired[int]
    sugerencias: list[str]


class Suggested(NamedTuple):
    """The films for a person, those of theirs that are not known, and what there is to say."""

    films: list[Sugerida]
    unknown: list[NoEncontrada]
    notice: str | None


def suggest(
    release: Release,
    likes: Sequence[Taste],
    dislikes: Sequence[Taste],
    wanted: RecommendationOptions,
) -> Suggested:
    """Recommend films for somebody's tastes, none of which they have named.

    A film is scored by the cosine of its features with the profile of the tastes, times the
    quality prior. Who names no likes gets the best known and best rated films, of many kinds.

    Raises
    ------
    InvalidParameterError
        When there are too many tastes.
    NotInCatalogueError
        When films are given and none of them is known, or what is wanted names a genre,
        language or country that is not.
    """
    if len(likes) + len(dislikes) > MOST_TASTES:
        raise InvalidParameterError(
            "gustos",
            f"`gustos` y `no_gustos` suman {len(likes) + len(dislikes)} películas; "
            f"máximo {MOST_TASTES}.",
        )
    table, model = release.table(RECOMENDACION), release.model()
    unknown: list[NoEncontrada] = []
    liked, disliked = _known(table, likes, unknown), _known(table, dislikes, unknown)
    if unknown and not liked and not disliked:
        raise NotInCatalogueError(
            "Ninguna de las películas dadas está en el catálogo.", unknown[0]["sugerencias"]
        )
    profile = model.profile(liked, disliked)
    affinities = model.affinities(profile)
    given = [film for film, _ in (*liked, *disliked)]
    chosen = choose_films(
        release,
        # For somebody without likes every film is as good as its quality, but for the dislikes.
        affinities if liked else 1 + affinities,
        given,
        wanted,
    )
    films = recommended(release, chosen.films, affinities, profile)
    sources = _sources(table, model, profile, liked, chosen.films)
    return Suggested(
        [{**film, "por": por} for film, por in zip(films, sources, strict=True)],
        unknown,
        chosen.notice,
    )


def _known(
    table: Table[Titulo], tastes: Sequence[Taste], unknown: list[NoEncontrada]
) -> list[tuple[int, float]]:
    """Find the films of some tastes, each once; those that are not there join the unknown."""
    found: dict[int, float] = {}
    for taste in tastes:
        position = find_position(table, taste.titulo, taste.anio, taste.id)
        if position is None:
            unknown.append(_not_found(table, taste, suggest=len(unknown) < _SUGGESTED_FOR))
        else:
            found[position] = found.get(position, 0) + taste.peso
    return list(found.items())


def _not_found(table: Table[Titulo], taste: Taste, *, suggest: bool) -> NoEncontrada:
    given = {"titulo": taste.titulo and taste.titulo[0], "anio": taste.anio, "id": taste.id}
    near = table.suggestions(taste.titulo[0]) if suggest and taste.titulo else []
    known = {name: value for name, value in given.items() if value is not None}
    return cast("NoEncontrada", {**known, "sugerencias": near})


def _sources(
    table: Table[Titulo],
    model: Model,
    profile: NDArray[np.float32],
    liked: Sequence[tuple[int, float]],
    films: Sequence[int],
) -> list[list[Origen]]:
    if not liked:
        return [[] for _ in films]
    return [
        [
            {**table.row(liked[place][0]), "parte": round(share, 4)}
            for place, share in shares[:_SOURCES]
        ]
        for shares in model.attribute(profile, liked, films)
    ]
