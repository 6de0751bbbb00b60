"""A filter before names are compared: by how often each letter occurs in them.

Comparing two names takes long; seeing by their letters that they cannot be near does not. Each
typo changes how many letters two names have in common by one at most.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# A power of 2: letters are told apart by their code points modulo this.
_BUCKETS = 32
# A text of this many letters for each name is compared with all of them.
_FEW = 8
# The letters of this many names are counted at a time, which bounds the memory.
_BATCH = 10_000


class LetterFilter:
    """How often each letter occurs in each name, and how long each name is.

    Names and texts have fewer than 65,536 characters.
    """

    def __init__(self, names: Sequence[str]) -> None:
        lengths = np.fromiter(map(len, names), np.uint16, len(names))
        # In order of their lengths, so that those of similar length are a slice.
        self._order = np.argsort(lengths, kind="stable")
        self._lengths = lengths[self._order]
        self._counts = np.zeros((_BUCKETS, len(names)), np.uint16)
        for start in range(0, len(names), _BATCH):
            batch = [names[position] for position in self._order[start : start + _BATCH].tolist()]
            code_points = np.frombuffer("".join(batch).encode("utf-32-le"), np.uint32)
            rows = np.repeat(np.arange(len(batch)), self._lengths[start : start + len(batch)])
            bins = (code_points & (_BUCKETS - 1)) * len(batch) + rows
            counts = np.bincount(bins, minlength=_BUCKETS * len(batch))
            self._counts[:, start : start + len(batch)] = counts.reshape(_BUCKETS, -1)

    def of_similar_length(self, length: int, max_distance: int) -> int:
        """Return how many names have a similar length.

        Parameters
        ----------
        length
            In characters.
        max_distance
            How many characters longer or shorter a name may be.
        """
        return len(self._lengths[self._similar(length, max_distance)])

    def near(self, text: str, max_distance: int) -> list[int]:
        """Return the positions of the names that may be near a text.

        Parameters
        ----------
        text
            The text.
        max_distance
            How many typos away a name may be.

        Returns
        -------
        list of int
            In ascending order: those of all names that are so near, and of some that are not.
        """
        similar = self._similar(len(text), max_distance)
        lengths, counts = self._lengths[similar], self._counts[:, similar]
        if len(lengths) < len(text) // _FEW:
            # Counting letters in few names takes longer than comparing them.
            return self._positions(np.ones(len(lengths), np.bool_), similar)
        common = np.zeros(len(lengths), np.uint16)
        # Compared in turns: several times as fast as taking the minimum of each pair.
        for letter, count in _letters(text).items():
            for least in range(1, count + 1):
                common += counts[letter] >= np.uint16(least)
        longer = np.maximum(lengths, np.uint16(len(text)))
        return self._positions(longer <= common + np.uint16(max_distance), similar)

    def containing(self, text: str) -> list[int]:
        """Return the positions of the names that have every letter of a text as often."""
        mask = np.ones(len(self._lengths), np.bool_)
        for letter, count in _letters(text).items():
            mask &= self._counts[letter] >= np.uint16(count)
        return self._positions(mask, slice(0, len(mask)))

    def _similar(self, length: int, max_distance: int) -> slice:
        first, last = max(0, length - max_distance), length + max_distance
        start, stop = np.searchsorted(self._lengths, [first, last + 1])
        return slice(int(start), int(stop))

    def _positions(self, mask: NDArray[np.bool_], names: slice) -> list[int]:
        positions: list[int] = np.sort(self._order[names][mask]).tolist()
        return positions


def _letters(text: str) -> Counter[int]:
    return Counter(ord(letter) % _BUCKETS for letter in text)
