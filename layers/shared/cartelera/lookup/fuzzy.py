"""Finding names within a number of typos of a text."""

from __future__ import annotations

import sys
from collections import defaultdict
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from cartelera.lookup.letter_filter import LetterFilter

# Among more names than these, only those that pass the letter filter are compared.
MAX_COMPARED = 50_000
# One typo is allowed for this many characters.
_CHARACTERS_PER_TYPO = 3
_MAX_TYPOS = 5
# Some 20 ms. Suggestions for a mistyped name of the real catalogue take 1,400,000 at most.
WORK = 2_000_000
# What starting a comparison costs, and what looking at a name costs, which is slower.
START = 10
LOOK = 40
# How many letters the letter filter, and a search in one text, take for the price of one.
AT_ONCE = 32


class Budget:
    """The work that one request may do to find similar names, in letters compared.

    Attributes
    ----------
    left : int
        The work left.
    exceeded : bool
        Whether there was more to do.
    """

    def __init__(self, work: int = WORK) -> None:
        self.left = work
        self.exceeded = False

    def take(self, count: int, cost: int) -> int:
        """Pay for things to do, and return how many of them may be done.

        Parameters
        ----------
        count, cost
            How many there are to do, and what each costs.
        """
        cost = max(1, cost)
        affordable = min(count, self.left // cost)
        self.left -= affordable * cost
        self.exceeded |= affordable < count
        return affordable

    @property
    def notice(self) -> str | None:
        """What the user is told where suggestions may be missing, else None."""
        if not self.exceeded:
            return None
        return "Hay demasiado que comparar: se sugieren sólo nombres de los más conocidos."


def numpy_is_loaded() -> bool:
    """Return whether somebody has imported NumPy."""
    return "numpy" in sys.modules


class FuzzyIndex:
    """Names, the best known first, to find those near a text or containing it.

    The distance is the optimal string alignment distance: the number of typos, that is of
    insertions, deletions, substitutions and swaps of neighbours.
    """

    def __init__(
        self,
        names: Sequence[str],
        max_compared: int = MAX_COMPARED,
        has_numpy: Callable[[], bool] = numpy_is_loaded,
    ) -> None:
        """Index names.

        Parameters
        ----------
        names, max_compared
            The names; where they are more than the number, the letter filter is used for all.
        has_numpy
            Whether NumPy is there already. Then the filter finds similar names, which is faster.
        """
        self._names = names
        self._has_numpy = has_numpy
        self.filters = len(names) > max_compared

    def within(self, text: str, max_distance: int, budget: Budget) -> Iterator[tuple[int, int]]:
        """Find the names near a text, as far as the budget goes.

        Parameters
        ----------
        text, max_distance
            The text, and how many typos away a name may be.
        budget
            Pays for each comparison.

        Yields
        ------
        tuple of int
            The position of a name, and its distance.
        """
        for positions, names in self._comparable(text, max_distance, budget):
            count = budget.take(len(names), START + len(text))
            for place, distance in within(text, names[:count], max_distance):
                yield positions[place], distance

    def maybe_containing(self, text: str, budget: Budget) -> list[int]:
        """Return the positions of the names that have all letters of a text."""
        if not budget.take(1, len(self._names) * len(set(text)) // AT_ONCE):
            return []
        return self._letters.containing(text)

    def _comparable(
        self, text: str, max_distance: int, budget: Budget
    ) -> Iterator[tuple[Sequence[int], Sequence[str]]]:
        """Yield positions and their names, all those that may be near."""
        if not self.filters and not self._has_numpy():
            # Another length is as many typos at least; the likeliest first.
            for length in sorted(self._by_length, key=lambda length: abs(length - len(text))):
                if abs(length - len(text)) > max_distance:
                    return
                yield self._by_length[length]
            return
        count = self._letters.of_similar_length(len(text), max_distance)
        if budget.take(1, count * len(text) // AT_ONCE):
            positions = self._letters.near(text, max_distance)
            yield positions, [self._names[position] for position in positions]

    @cached_property
    def _by_length(self) -> dict[int, tuple[list[int], list[str]]]:
        groups: dict[int, tuple[list[int], list[str]]] = defaultdict(lambda: ([], []))
        for position, name in enumerate(self._names):
            positions, names = groups[len(name)]
            positions.append(position)
            names.append(name)
        return groups

    @cached_property
    def _letters(self) -> LetterFilter:
        # Here and not above: it imports NumPy, which takes 0.1 s and pays for many names only.
        from cartelera.lookup.letter_filter import LetterFilter  # noqa: PLC0415

        return LetterFilter(self._names)


def max_typos(length: int) -> int:
    """Return how many typos are allowed in a text of `length` characters."""
    return min(max(1, length // _CHARACTERS_PER_TYPO), _MAX_TYPOS)


def within(text: str, names: Sequence[str], max_distance: int) -> Iterator[tuple[int, int]]:
    """Find the names near a text.

    The distance is the optimal string alignment distance: the number of typos, that is of
    insertions, deletions, substitutions and swaps of neighbours.

    Parameters
    ----------
    text, names, max_distance
        The text, what it is compared with, and how many typos away a name may be.

    Yields
    ------
    tuple of int
        The place of a name, and its distance.
    """
    # Here and not above: most calls need no suggestions, and no cold start should wait for it.
    from rapidfuzz.distance import OSA  # noqa: PLC0415
    from rapidfuzz.process import extract  # noqa: PLC0415

    for _, distance, position in extract(
        text, names, scorer=OSA.distance, score_cutoff=max_distance, limit=None
    ):
        yield position, int(distance)
