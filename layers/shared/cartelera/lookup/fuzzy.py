"""Finding names within a number of typos of a text."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cartelera.lookup.letter_filter import LetterFilter

# Among more names than these, only those that pass the letter filter are compared.
MAX_COMPARED = 50_000
# One typo is allowed for this many characters.
_CHARACTERS_PER_TYPO = 3
_MAX_TYPOS = 5


class FuzzyIndex:
    """Names, to find those near a text or containing it.

    The distance is the optimal string alignment distance: the number of typos, that is of
    insertions, deletions, substitutions and swaps of neighbours.
    """

    def __init__(self, names: Sequence[str], max_compared: int = MAX_COMPARED) -> None:
        """Index `names`; where they are more than `max_compared`, by their letters."""
        self._names = names
        self.filters = len(names) > max_compared

    def within(self, text: str, max_distance: int) -> Iterator[tuple[int, int]]:
        """Yield the position and the distance of each name at most `max_distance` away."""
        if not self.filters:
            yield from _within(text, self._names, max_distance)
            return
        positions = self._letters.near(text, max_distance)
        names = [self._names[position] for position in positions]
        for place, distance in _within(text, names, max_distance):
            yield positions[place], distance

    def maybe_containing(self, text: str) -> list[int]:
        """Return the positions of the names that have all letters of a text."""
        return self._letters.containing(text)

    @cached_property
    def _letters(self) -> LetterFilter:
        # Here and not above: it imports NumPy, which takes 0.1 s and pays for many names only.
        from cartelera.lookup.letter_filter import LetterFilter  # noqa: PLC0415

        return LetterFilter(self._names)


def max_typos(length: int) -> int:
    """Return how many typos are allowed in a text of `length` characters."""
    return min(max(1, length // _CHARACTERS_PER_TYPO), _MAX_TYPOS)


def _within(text: str, names: Sequence[str], max_distance: int) -> Iterator[tuple[int, int]]:
    # Here and not above: most calls need no suggestions, and no cold start should wait for it.
    from rapidfuzz.distance import OSA  # noqa: PLC0415
    from rapidfuzz.process import extract  # noqa: PLC0415

    for _, distance, position in extract(
        text, names, scorer=OSA.distance, score_cutoff=max_distance, limit=None
    ):
        yield position, int(distance)
