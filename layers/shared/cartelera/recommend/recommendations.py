"""Recommending films: what both recommendation questions have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from cartelera.contract.ranking import (
    CONTENT,
    DEFAULT_N,
    FILM_RANKING,
    MAX_N,
    MIXTURE,
    RATINGS,
    SCORED_BY,
    RankingOptions,
)
from cartelera.contract.tables import RECOMENDACION, Titulo
from cartelera.parameters import Choice, Decimal, Integer
from cartelera.recommend.filters import FILTERS, filter_mask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cartelera.parameters import Parameter
    from cartelera.recommend.item_weights import ItemWeights, Tastes
    from cartelera.recommend.query import Query
    from cartelera.release import Release

# As many as a sentence holds.
MAX_REASONS = 3


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
        # Without a default where it depends on what somebody likes.
        Decimal("calidad", default=defaults.quality if defaults.narrow_quality is None else None),
        Choice("modelo", SCORED_BY),
    )


def recommendation_options(
    values: Mapping[str, Any], defaults: RankingOptions
) -> RecommendationOptions:
    """Return the options that the values of `recommendation_parameters` stand for.

    Parameters
    ----------
    values
        By the parameters' names.
    defaults
        Those that the parameters were made with.
    """
    quality = values["calidad"]
    ranking = defaults._replace(
        diversity=values["diversidad"],
        per_collection=values["max_franquicia"],
        scored_by=values["modelo"] or MIXTURE,
    )
    if quality is not None:
        ranking = ranking._replace(quality=quality, narrow_quality=None)
    names = (each.parameter.name for each in FILTERS)
    return RecommendationOptions(values["n"], ranking, {name: values[name] for name in names})


# What the job has computed the films beside each for.
_DEFAULTS = recommendation_options(
    {each.name: each.parse(None) for each in recommendation_parameters(FILM_RANKING)}, FILM_RANKING
)


class Recomendada(Titulo):
    """A recommended film.

    `similitud` is the film's cosine with what was asked; `motivos` are what makes up most of its
    score: shared features, and films whose public liked this one, too.
    """

    similitud: float
    motivos: list[str]


class Recommendations(NamedTuple):
    """The rows of the recommended films, best first, and a notice where they are too few."""

    films: list[int]
    notice: str | None


class DescribedFilms(NamedTuple):
    """The recommended films, best first, and a notice where they are too few."""

    films: list[Recomendada]
    notice: str | None


def recommend_beside(release: Release, film: int, options: RecommendationOptions) -> DescribedFilms:
    """Recommend films beside one: those that the job has computed, or others by the model.

    Parameters
    ----------
    release
        The release to recommend from.
    film
        The film's row.
    options
        How many films, their ranking and filters.

    Raises
    ------
    NotInCatalogueError
        When a filter names no genre, language or country; it suggests the nearest.
    """
    # The first of five are those of fewer: each is the best beside those before it.
    computed = options.n <= DEFAULT_N and options._replace(n=DEFAULT_N) == _DEFAULTS
    if computed and (neighbours := release.neighbours()) is not None:
        films = neighbours.of(film)[: options.n]
        return DescribedFilms(films, _notice(len(films), options))
    query = film_query(release, film, options.ranking)
    chosen = choose_films(release, query, options)
    return DescribedFilms(describe_films(release, chosen.films, query), chosen.notice)


def film_query(release: Release, film: int, ranking: RankingOptions) -> Query:
    """Return the query for the films beside one.

    Parameters
    ----------
    release
        The release to recommend from.
    film
        The film's row.
    ranking
        How to rank.
    """
    # Before the import: the model is read meanwhile.
    model = release.model()
    # Here and not above: NumPy takes 0.1 s to import, which no cold start should wait for.
    from cartelera.recommend.query import Query  # noqa: PLC0415

    return Query.of_film(model, film, ranking, _item_weights(release, ranking))


def person_query(
    release: Release, likes: Tastes, dislikes: Tastes, ranking: RankingOptions
) -> Query:
    """Return the query for a person's films.

    Parameters
    ----------
    release
        The release to recommend from.
    likes, dislikes
        The rows of the films, and their weights.
    ranking
        How to rank.
    """
    model = release.model()
    from cartelera.recommend.query import Query  # noqa: PLC0415 (as above)

    weights = _item_weights(release, ranking)
    return Query.of_person(model, likes, dislikes, ranking, weights)


def choose_films(release: Release, query: Query, options: RecommendationOptions) -> Recommendations:
    """Choose the films of the highest scores that pass the filters.

    Parameters
    ----------
    release
        The release to recommend from.
    query
        What they are scored for; its likes and dislikes are never recommended.
    options
        How many films, their ranking and filters.

    Raises
    ------
    NotInCatalogueError
        When a filter names no genre, language or country; it suggests the nearest.
    """
    ranking, seeds = options.ranking, [film for film, _ in (*query.likes, *query.dislikes)]
    mask = filter_mask(release, options.filters, seeds)
    films = query.model.top_n(
        query.scores(), options.n, ranking.diversity, ranking.per_collection, mask
    )
    return Recommendations(films, _notice(len(films), options, query))


def describe_films(release: Release, films: Sequence[int], query: Query) -> list[Recomendada]:
    """Describe recommended films.

    Parameters
    ----------
    release
        A release.
    films
        Rows of films.
    query
        What they were scored for.
    """
    table = release.table(RECOMENDACION)
    return [
        {
            **table.row(film),
            "similitud": shown_similarity(float(query.similarities[film])),
            "motivos": _reasons(release, film, query),
        }
        for film in films
    ]


def shown_similarity(cosine: float) -> float:
    """Return a cosine as it is answered."""
    return round(min(1.0, max(-1.0, cosine)), 4)


def public_reason(title: str) -> str:
    """Return that a film is recommended for who liked another, by the title of that."""
    return f"público: a quienes gustó {title}"


def _reasons(release: Release, film: int, query: Query) -> list[str]:
    # As in `film_query`.
    from cartelera.recommend.explanations import explain  # noqa: PLC0415

    names, table, reasons = release.feature_names(), release.table(RECOMENDACION), []
    for feature, like, value in explain(query, film)[:MAX_REASONS]:
        if value > 0 and feature is not None:
            reasons.append(names.reason(feature))
        elif value > 0 and like is not None:
            reasons.append(public_reason(table.row(like)["titulo"]))
    return reasons


def _item_weights(release: Release, ranking: RankingOptions) -> ItemWeights | None:
    """Return what the ratings say, if the release knows and it was asked for."""
    return release.item_weights() if ranking.scored_by != CONTENT else None


def _notice(found: int, options: RecommendationOptions, query: Query | None = None) -> str | None:
    n, most = options.n, options.ranking.per_collection
    first, last = options.filters["desde"], options.filters["hasta"]
    if found == n:
        return None
    if first is not None and last is not None and first > last:
        return f"Ninguna película: `hasta` ({last}) es antes que `desde` ({first})."
    if query is not None and options.ranking.scored_by == RATINGS:
        if query.item_weights is None:
            return "Ninguna película: esta publicación no tiene valoraciones del público."
        if not query.coverage:
            return "Ninguna película: casi nadie ha valorado lo que se pide."
    if not found:
        return "Ninguna película cumple lo que se pide."
    limit = f", con {most} de una misma franquicia como mucho" if most < n else ""
    return f"Sólo {found} de las {n} películas: no hay más que cumplan lo que se pide{limit}."
