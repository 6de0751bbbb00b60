"""What people's ratings say of the films: how much liking one speaks for another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    # Rows of films, and their weights, above 0.
    type Tastes = Sequence[tuple[int, float]]


class Votes(NamedTuple):
    """What some films say of others: from which, of which, and how much; shape (votes,) each."""

    sources: NDArray[np.integer]
    films: NDArray[np.integer]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ItemWeights:
    """A sparse films-by-films matrix, learnt from what the same people rated.

    Films that few people rated have no entries, and no pair of films is in it that fewer than
    five people rated both of: see `etl.features.item_weights`.

    Attributes
    ----------
    starts : int64, shape (films + 1,)
        Film `i` has the entries from `starts[i]` up to `starts[i + 1]`.
    others, weights : int32 and float32, shape (entries,)
        Another film, and how much liking film `i` speaks for it, or against it below 0; the films
        of each ascend.
    confidence : float32, shape (films,)
        How far the ratings of a film can be relied on, from 0, without entries, to 1: it grows
        with the number of people who rated it.
    """

    starts: NDArray[np.int64]
    others: NDArray[np.int32]
    weights: NDArray[np.float32]
    confidence: NDArray[np.float32]

    def entries(self, film: int) -> slice:
        """Return where a film's entries lie in `others` and `weights`."""
        return slice(self.starts[film], self.starts[film + 1])

    def votes(self, films: Tastes, scale: float = 1.0) -> Votes:
        """Return what some films say of others, each by its share of the weight of all.

        Parameters
        ----------
        films
            Rows, and their weights. One without entries says nothing.
        scale
            What all is multiplied by.
        """
        total = sum(weight for _, weight in films)
        entries = [self.entries(film) for film, _ in films]
        return Votes(
            np.repeat([film for film, _ in films], [own.stop - own.start for own in entries]),
            np.concatenate([self.others[own] for own in entries]),
            np.concatenate(
                [
                    scale * weight / total * self.weights[own].astype(np.float64)
                    for own, (_, weight) in zip(entries, films, strict=True)
                ]
            ),
        )

    def coverage(self, films: Tastes) -> float:
        """Return the share by weight of some films that have entries, from 0 to 1."""
        known = sum(weight for film, weight in films if self.confidence[film] > 0)
        return known / (sum(weight for _, weight in films) or 1)
