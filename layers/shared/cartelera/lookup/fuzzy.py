"""Finding names within a number of typos of a text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartelera.errors import Message

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_SUGGESTIONS = 5
# One typo is allowed for this many characters.
_CHARACTERS_PER_TYPO = 3
MAX_TYPOS = 5
# Some 20 ms. Suggestions for a mistyped name of the real catalogue take 500,000 at most.
WORK = 2_000_000
# What starting a comparison costs, and what looking at a name costs, which is slower.
START = 10
LOOK = 40


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
        count
            How many there are to do.
        cost
            What each costs, in letters compared; at least 1 is paid.
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
        return Message(
            "Hay demasiado que comparar: se sugieren sólo nombres de los más conocidos.",
            "There is too much to compare: names of the best known alone are suggested.",
        )


def max_typos(length: int) -> int:
    """Return how many typos are allowed in a text of `length` characters."""
    return min(max(1, length // _CHARACTERS_PER_TYPO), MAX_TYPOS)


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
