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

# A power of 2: letters are told apart by their code points modulo this.
_BUCKETS = 32
# The letters of this many names are counted at a time, which bounds the memory.
_BATCH = 10_000


class LetterFilter:
    """How often each letter occurs in each name, and how long each name is.

    Names and texts have fewer than 65,536 characters.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._lengths = np.fromiter(map(len, names), np.uint16, len(names))
        self._counts = np.zeros((_BUCKETS, len(names)), np.uint16)
        for start in range(0, len(names), _BATCH):
            batch = names[start : start + _BATCH]
            code_points = np.frombuffer("".join(batch).encode("utf-32-le"), np.uint32)
            rows = np.repeat(np.arange(len(batch)), self._lengths[start : start + len(batch)])
            bins = (code_points & (_BUCKETS - 1)) * len(batch) + rows
            counts = np.bincount(bins, minlength=_BUCKETS * len(batch))
            self._counts[:, start : start + len(batch)] = counts.reshape(_BUCKETS, -1)

    def near(self, text: str, max_distance: int) -> list[int]:
        """Return the positions of the names that may be at most `max_distance` typos away."""
        common = np.zeros(len(self._lengths), np.uint16)
        # Compared in turns: several times as fast as taking the minimum of each pair.
        for letter, count in _letters(text).items():
            for least in range(1, count + 1):
                common += self._counts[letter] >= np.uint16(least)
        longer = np.maximum(self._lengths, np.uint16(len(text)))
        near = np.flatnonzero(longer <= common + np.uint16(max_distance))
        return near.tolist()

    def containing(self, text: str) -> list[int]:
        """Return the positions of the names that have every letter of a text as often."""
        mask = np.ones(len(self._lengths), np.bool_)
        for letter, count in _letters(text).items():
            mask &= self._counts[letter] >= np.uint16(count)
        return np.flatnonzero(mask).tolist()


def _letters(text: str) -> Counter[int]:
    return Counter(ord(letter) % _BUCKETS for letter in text)
