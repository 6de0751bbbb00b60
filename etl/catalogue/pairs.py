"""Pairs of numbers in order: of values and films, or of texts and what they are of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def sorted_pairs(
    firsts: NDArray[np.integer[Any]], seconds: NDArray[np.integer[Any]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pairs of numbers from 0 on, below 2³¹, in order and each once.

    Parameters
    ----------
    firsts, seconds : shape (pairs,)
        The two numbers of each.
    """
    # `np.unique` would hash them, which takes ten times as long.
    pairs = np.sort(firsts.astype(np.int64) << 32 | seconds)
    pairs = pairs[np.diff(pairs, prepend=-1) != 0]
    return pairs >> 32, pairs & 0xFFFF_FFFF
