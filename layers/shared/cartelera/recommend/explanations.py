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

    from cartelera.recommend.model import Model

_COLUMNS = ("block", "name")


class Contribution(NamedTuple):
    """A part of a score, and its source: a feature, or a position in a list of films."""

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


def explain(model: Model, query: NDArray[np.float32], film: int) -> list[Contribution]:
    """Return what each feature contributes to a film's score.

    Parameters
    ----------
    model
        The model.
    query
        Another film's `row` or a profile, float32, shape (features,).
    film
        The film's row.

    Returns
    -------
    list of Contribution
        The positive terms of the dot product of `query` and the film, largest first; their
        sources are features.
    """
    own = model.entries(film)
    features = model.film_features[own]
    terms = query[features] * model.film_weights[own]
    order = np.lexsort((features, -terms))
    return [
        Contribution(int(features[place]), float(terms[place]))
        for place in order
        if terms[place] > 0
    ]


def attribute(
    model: Model,
    profile: NDArray[np.float32],
    likes: Sequence[tuple[int, float]],
    films: Sequence[int],
    count: int | None = None,
) -> list[list[Contribution]]:
    """Return what each like contributes to the scores of some films.

    Each term of a film's score, see `explain`, is divided among the likes that have its feature,
    in proportion to their weights of it.

    Parameters
    ----------
    model
        The model.
    profile
        A profile, float32, shape (features,).
    likes
        The rows and weights of its likes; at least one.
    films
        The rows of the films.
    count
        How many likes to return for each film; all when None.

    Returns
    -------
    list of list of Contribution
        For each film, largest first; sources are positions in `likes`, and the shares of all add
        up to 1.
    """
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
    of_all_likes = np.bincount(features, weights, minlength=model.features)
    found = []
    ratios = np.zeros(model.features)
    for film in films:
        terms = explain(model, profile, film)
        for feature, term in terms:
            ratios[feature] = term / of_all_likes[feature]
        shares = np.bincount(positions, weights * ratios[features], minlength=len(likes))
        ratios[[feature for feature, _ in terms]] = 0.0
        order = np.argsort(-shares, kind="stable")
        order = order[shares[order] > 0][:count]
        portions = shares[order] / shares.sum()
        found.append(list(map(Contribution, order.tolist(), portions.tolist())))
    return found
