"""What ratings say of pairs of films, many at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cartelera.recommend.item_weights import ItemWeights


class RatedPairs:
    """The entries of item weights by their pair of films."""

    def __init__(self, item_weights: ItemWeights) -> None:
        self._films = len(item_weights.confidence)
        rows = np.repeat(np.arange(self._films), np.diff(item_weights.starts))
        # Each pair as one number; they ascend.
        self._pairs = np.append(rows * self._films + item_weights.others, -1)
        self._weights = np.append(item_weights.weights, np.float32(0))

    def weights(self, films: NDArray[np.int64], others: NDArray[np.integer]) -> NDArray[np.float32]:
        """Return how much liking some films speaks for others.

        Parameters
        ----------
        films, others : shape (pairs,)
            Rows of films.

        Returns
        -------
        NDArray
            float32, shape (pairs,), 0 where ratings say nothing.
        """
        pairs = films * self._films + others
        places = np.searchsorted(self._pairs[:-1], pairs)
        return np.where(self._pairs[places] == pairs, self._weights[places], np.float32(0))
