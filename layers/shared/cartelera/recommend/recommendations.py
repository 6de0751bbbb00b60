"""Recommending films: what both questions for recommendations have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, TypedDict, cast

from cartelera.contract.ranking import MOST_RECOMMENDED, USUALLY_RECOMMENDED
from cartelera.contract.tables import (
    FEATURE,
    FIRST_YEAR,
    GENERO,
    IDIOMA,
    LAST_YEAR,
    PAIS,
    RECOMENDACION,
    Filtro,
    Titulo,
)
from cartelera.errors import NotInCatalogueError
from cartelera.parameters import FILM_ID, Flag, Fraction, Text, WholeNumber

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from cartelera.contract.ranking import RankingOptions
    from cartelera.lookup.table import Table
    from cartelera.parameters import Parameter
    from cartelera.release import Release

# As many reasons as a sentence bears.
_REASONS = 3


class RecommendationOptions(TypedDict):
    """What may be asked of recommendations beside what they are to be like; see `wanted`."""

    n: int
    genero: tuple[str, ...] | None
    idioma: tuple[str, ...] | None
    pais: tuple[str, ...] | None
    desde: int | None
    hasta: int | None
    min_votos: int | None
    sin_franquicia: bool
    max_franquicia: int
    diversidad: float
    calidad: float


def wanted(usual: RankingOptions) -> tuple[Parameter, ...]:
    """Return the parameters of `RecommendationOptions`; `usual` gives their defaults."""
    return (
        WholeNumber("n", 1, MOST_RECOMMENDED, default=USUALLY_RECOMMENDED),
        Text("genero", required=False),
        Text("idioma", required=False),
        Text("pais", required=False),
        WholeNumber("desde", FIRST_YEAR, LAST_YEAR),
        WholeNumber("hasta", FIRST_YEAR, LAST_YEAR),
        WholeNumber("min_votos", 0, FILM_ID.high),
        Flag("sin_franquicia"),
        WholeNumber("max_franquicia", 1, MOST_RECOMMENDED, default=usual.per_collection),
        Fraction("diversidad", default=usual.diversity),
        Fraction("calidad", default=usual.quality),
    )


class Recomendada(Titulo):
    """A recommended film.

    `similitud` is the cosine of what was asked and the film, `motivos` what the two share that
    makes up most of it.
    """

    similitud: float
    motivos: list[str]


class Chosen(NamedTuple):
    """The films recommended, by row, and what there is to say of them, if anything."""

    films: list[int]
    notice: str | None


def choose_films(
    release: Release,
    scores: NDArray[np.float32],
    given: Sequence[int],
    wanted: RecommendationOptions,
) -> Chosen:
    """Choose the films of the highest scores that fit what is wanted.

    `given` are the rows of the films that the recommendations start from: they are never among
    them.

    Raises
    ------
    NotInCatalogueError
        When there is no such genre, language or country; its suggestions are the nearest.
    """
    model = release.model()
    mask = model.filter_mask(
        _features(release, wanted),
        (wanted["desde"], wanted["hasta"]),
        wanted["min_votos"],
        given,
        without_collections=wanted["sin_franquicia"],
    )
    films = model.top_n(
        model.with_quality_prior(scores, wanted["calidad"]),
        wanted["n"],
        wanted["diversidad"],
        wanted["max_franquicia"],
        mask,
    )
    return Chosen(films, _too_few(len(films), wanted))


def recommended(
    release: Release,
    films: Sequence[int],
    similarities: NDArray[np.float32],
    like: NDArray[np.float32],
) -> list[Recomendada]:
    """Describe recommended films; `like` is what they are to be like: a row or a profile."""
    model, names, table = release.model(), release.feature_names(), release.table(RECOMENDACION)
    return [
        {
            **table.row(film),
            "similitud": round(min(1.0, max(-1.0, float(similarities[film]))), 4),
            "motivos": [
                names.reason(feature) for feature, _ in model.explain(like, film)[:_REASONS]
            ],
        }
        for film in films
    ]


def _features(release: Release, wanted: RecommendationOptions) -> list[int]:
    """Return the features that the films must have."""
    asked = ((GENERO, wanted["genero"]), (IDIOMA, wanted["idioma"]), (PAIS, wanted["pais"]))
    return [
        _feature(release.table(schema), spellings)
        for schema, spellings in asked
        if spellings is not None
    ]


def _feature(table: Table[Filtro], spellings: tuple[str, ...]) -> int:
    found = table.matches(*spellings)
    if not found:
        raise NotInCatalogueError(
            f"`{table.schema.route}`: «{spellings[0]}» no está en el catálogo.",
            table.suggestions(spellings[0]),
        )
    return cast("int", table.value(FEATURE, found[0]))


def _too_few(found: int, wanted: RecommendationOptions) -> str | None:
    asked, first, last = wanted["n"], wanted["desde"], wanted["hasta"]
    if found == asked:
        return None
    if first is not None and last is not None and first > last:
        return f"Ninguna película: `hasta` ({last}) es antes que `desde` ({first})."
    if not found:
        return "Ninguna película cumple lo que se pide."
    most = wanted["max_franquicia"]
    held = f", con {most} de una misma franquicia como mucho" if most < asked else ""
    return f"Sólo {found} de las {asked} películas: no hay más que cumplan lo que se pide{held}."
