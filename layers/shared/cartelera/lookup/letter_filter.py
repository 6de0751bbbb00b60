"""Which of very many names can be near a text, or hold it, at a glance at their letters.

Comparing two names takes long beside seeing that they cannot be near: each typo changes how many
letters two names have in common by one at most.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

# Letters are told apart by their code points modulo this.
_LETTERS = 32
# Of so many names the letters are counted at a time, to bound what that takes.
_AT_ONCE = 10_000


class LetterFilter:
    """How often each name has each letter, an array of names a letter, and how long it is.

    Names and texts are of less than 65,536 characters.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._lengths = np.fromiter(map(len, names), np.uint16, len(names))
        self._counts = np.zeros((_LETTERS, len(names)), np.uint16)
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            code_points = np.frombuffer("".join(some).encode("utf-32-le"), np.uint32)
            rows = np.repeat(np.arange(len(some)), self._lengths[start : start + len(some)])
            places = (code_points % _LETTERS) * len(some) + rows
            counts = np.bincount(places, minlength=_LETTERS * len(some))
            self._counts[:, start : start + len(some)] = counts.reshape(_LETTERS, -1)

    def near(self, text: str, most: int) -> list[int]:
        """Return the names that may be at most so many typos away; others are further."""
        common = np.zeros(len(self._lengths), np.uint16)
        # Compared in turns: that is several times as fast as to take the lesser of each two.
        for letter, count in _letters(text).items():
            for least in range(1, count + 1):
                common += self._counts[letter] >= np.uint16(least)
        longer = np.maximum(self._lengths, np.uint16(len(text)))
        positions: list[int] = np.flatnonzero(longer <= common + np.uint16(most)).tolist()
        return positions

    def holding(self, text: str) -> list[int]:
        """Return the names that may hold every letter of a text as often; others do not."""
        hold = np.ones(len(self._lengths), np.bool_)
        for letter, count in _letters(text).items():
            hold &= self._counts[letter] >= np.uint16(count)
        positions: list[int] = np.flatnonzero(hold).tolist()
        return positions


def _letters(text: str) -> Counter[int]:
    return Counter(ord(letter) % _LETTERS for letter in text)
