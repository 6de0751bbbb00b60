"""Recommending films: what both recommendation questions have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cartelera.contract.ranking import DEFAULT_N, MAX_N, RankingOptions
from cartelera.contract.tables import RECOMENDACION, Titulo
from cartelera.parameters import Decimal, Integer
from cartelera.recommend.filters import FILTERS, filter_mask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from cartelera.parameters import Parameter
    from cartelera.release import Release

# As many as a sentence holds.
_MAX_REASONS = 3


class RecommendationOptions(NamedTuple):
    """How many films to recommend, how to rank them, and each filter's value by its name."""

    n: int
    ranking: RankingOptions
    filters: Mapping[str, Any]


def recommendation_parameters(defaults: RankingOptions) -> tuple[Parameter, ...]:
    """Return the parameters that `recommendation_options` takes."""
    return (
        Integer("n", 1, MAX_N, default=DEFAULT_N),
        *(each.parameter for each in FILTERS),
        Integer("max_franquicia", 1, MAX_N, default=defaults.per_collection),
        Decimal("diversidad", default=defaults.diversity),
        Decimal("calidad", default=defaults.quality),
    )


def recommendation_options(values: Mapping[str, Any]) -> RecommendationOptions:
    """Return the options that the values of `recommendation_parameters` stand for."""
    ranking = RankingOptions(values["calidad"], values["diversidad"], values["max_franquicia"])
    names = (each.parameter.name for each in FILTERS)
    return RecommendationOptions(values["n"], ranking, {name: values[name] for name in names})


class Recomendada(Titulo):
    """A recommended film.

    `similitud` is the film's cosine with what was asked; `motivos` are the shared features that
    make up most of it.
    """

    similitud: float
    motivos: list[str]


class Recommendations(NamedTuple):
    """The rows of the recommended films, best first, and a notice where they are too few."""

    films: list[int]
    notice: str | None


def choose_films(
    release: Release,
    scores: NDArray[np.float32],
    liked: Sequence[int],
    options: RecommendationOptions,
    disliked: Sequence[int] = (),
) -> Recommendations:
    """Choose the films of the highest scores that pass the filters.

    Parameters
    ----------
    release
        The release to recommend from.
    scores
        The similarities of all films, shape (films,).
    liked
        Rows of the films that the recommendations start from; they are never recommended, and
        quality counts up to that of the best of them.
    options
        How many films, their ranking and filters.
    disliked
        Rows of films that are not recommended either.

    Raises
    ------
    NotInCatalogueError
        When a filter names no genre, language or country; it suggests the nearest.
    """
    model, ranking = release.model(), options.ranking
    mask = filter_mask(release, options.filters, [*liked, *disliked])
    ceiling = model.quality(ranking.quality)[list(liked)].max() if liked else 1.0
    ranked = model.ranking_scores(scores, ranking.quality, ceiling)
    films = model.top_n(ranked, options.n, ranking.diversity, ranking.per_collection, mask)
    return Recommendations(films, _notice(len(films), options))


def describe_films(
    release: Release,
    films: Sequence[int],
    similarities: NDArray[np.float32],
    query: NDArray[np.float32],
) -> list[Recomendada]:
    """Describe recommended films.

    Parameters
    ----------
    release
        A release.
    films
        Rows of films.
    similarities
        The cosine of every film with the query, shape (films of the model,).
    query
        What the films are like: a film's row or a profile, shape (features,).
    """
    # Here and not above: NumPy takes 0.1 s to import, which no cold start should wait for.
    from cartelera.recommend.explanations import explain  # noqa: PLC0415

    model, names, table = release.model(), release.feature_names(), release.table(RECOMENDACION)
    return [
        {
            **table.row(film),
            "similitud": round(min(1.0, max(-1.0, float(similarities[film]))), 4),
            "motivos": [
                names.reason(feature) for feature, _ in explain(model, query, film)[:_MAX_REASONS]
            ],
        }
        for film in films
    ]


def _notice(found: int, options: RecommendationOptions) -> str | None:
    n, most = options.n, options.ranking.per_collection
    first, last = options.filters["desde"], options.filters["hasta"]
    if found == n:
        return None
    if first is not None and last is not None and first > last:
        return f"Ninguna película: `hasta` ({last}) es antes que `desde` ({first})."
    if not found:
        return "Ninguna película cumple lo que se pide."
    limit = f", con {most} de una misma franquicia como mucho" if most < n else ""
    return f"Sólo {found} de las {n} películas: no hay más que cumplan lo que se pide{limit}."
