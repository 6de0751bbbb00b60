"""Explaining recommendations: by the features that count, and by the films that were liked."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from cartelera.contract.feature_groups import FEATURE_GROUPS
from cartelera.contract.release_format import FEATURES
from cartelera.lookup.columns import read_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cartelera.recommend.query import Query

_COLUMNS = ("block", "name")


class Contribution(NamedTuple):
    """A part of a score, and its source: a position in a list of films."""

    source: int
    share: float


class FeatureNames:
    """The name of each of the model's features."""

    def __init__(self, data: bytes) -> None:
        """Open the bytes of a release's features.

        Raises
        ------
        UnsoundReleaseError
            When they cannot be read, or hold other columns.
        """
        columns = read_columns(FEATURES, data, _COLUMNS)
        self._groups, self._names = columns["block"], columns["name"]

    def __len__(self) -> int:
        return len(self._names)

    def reason(self, feature: int) -> str:
        """Return what two films share by having a feature, as `tema: toy`."""
        group = cast("str", self._groups[feature].as_py())
        name = cast("str", self._names[feature].as_py())
        return f"{FEATURE_GROUPS[group]}: {'hacia ' if group == 'period' else ''}{name}"


class Term(NamedTuple):
    """A term of a score: of a feature, or of the ratings of a film that is liked or disliked."""

    # The feature; None where the term is of ratings.
    feature: int | None
    # The row of the film whose ratings count; None where the term is of a feature.
    film: int | None
    value: float


def explain(query: Query, film: int) -> list[Term]:
    """Return the terms of a film's score.

    Parameters
    ----------
    query
        What the film is scored for.
    film
        The film's row.

    Returns
    -------
    list of Term
        Those that are not 0, largest first, features before films among equals. They add up to the
        film's score; without likes, to what of it is similarity.
    """
    features, products = _content_terms(query, film)
    terms = [
        Term(feature, None, value)
        for feature, value in zip(features.tolist(), products.tolist(), strict=True)
        if value
    ]
    terms += [Term(None, other, value) for other, value in query.rating_terms(film) if value]
    return sorted(terms, key=lambda term: -term.value)


def attribute(
    query: Query, films: Sequence[int], count: int | None = None
) -> list[list[Contribution]]:
    """Return what each like contributes to the scores of some films.

    Each term of a feature, see `explain`, is divided among the likes that have the feature, in
    proportion to their weights of it; a term of ratings is of one like. Terms below 0 do not count.

    Parameters
    ----------
    query
        A person, who likes one film at least.
    films
        The rows of the films.
    count
        How many likes to return for each film; all when None.

    Returns
    -------
    list of list of Contribution
        For each film, largest first; sources are positions in the likes, and the shares of all add
        up to 1.
    """
    model, likes = query.model, query.likes
    entries = [model.entries(like) for like, _ in likes]
    total = sum(weight for _, weight in likes)
    features = np.concatenate([model.film_features[own] for own in entries])
    weights = np.concatenate(
        [
            weight / total * model.film_weights[own].astype(np.float64)
            for own, (_, weight) in zip(entries, likes, strict=True)
        ]
    )
    positions = np.repeat(np.arange(len(likes)), [own.stop - own.start for own in entries])
    place_of = {film: place for place, (film, _) in enumerate(likes)}
    of_all_likes = np.bincount(features, weights, minlength=model.features)
    found = []
    ratios = np.zeros(model.features)
    for film in films:
        own, products = _content_terms(query, film)
        counted = own[products > 0]
        ratios[counted] = products[products > 0] / of_all_likes[counted]
        shares = np.bincount(positions, weights * ratios[features], minlength=len(likes))
        ratios[counted] = 0.0
        for other, value in query.rating_terms(film):
            if value > 0 and other in place_of:
                shares[place_of[other]] += value
        order = np.argsort(-shares, kind="stable")
        order = order[shares[order] > 0][:count]
        portions = shares[order] / shares.sum()
        found.append(list(map(Contribution, order.tolist(), portions.tolist())))
    return found


def _content_terms(query: Query, film: int) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return a film's features, and the term of each in its score, shape (features,) both."""
    model = query.model
    own = model.entries(film)
    features = model.film_features[own]
    products: NDArray[np.float64] = np.multiply(
        query.vector[features], model.film_weights[own], dtype=np.float64
    )
    return features, products * query.content_factor(film)
