"""What a mistyped name may have meant."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from cartelera.contract.names import compact

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cartelera.lookup.letter_filter import LetterFilter

LIMIT = 5
# One typo is forgiven for every so many characters of what was asked.
_CHARACTERS_PER_TYPO = 3
_MOST_TYPOS = 5
# Of more names than these only those are compared whose letters let them be near.
MOST_COMPARED = 50_000

# Left out by people who type, so no typos; not "die", which begins more English titles.
ARTICLES = (
    *("the ", "a ", "an ", "el ", "la ", "los ", "las ", "un ", "una ", "le ", "les ", "une "),
    *("il ", "lo ", "gli ", "der ", "das ", "ein ", "eine "),
)

_PREFIX, _WORDS, _TYPOS = range(3)


class Names:
    """The keys to suggest from, and how many voted for what each one names."""

    def __init__(
        self, keys: Sequence[str], votes: Sequence[int], most_compared: int = MOST_COMPARED
    ) -> None:
        """Prepare the keys to be compared with what is asked.

        Parameters
        ----------
        keys
            Names as `cartelera.contract.names.key` makes them.
        votes
            How many voted for what each key names.
        most_compared
            How many keys are all compared; of more, those whose letters let them be near.
        """
        self.keys = keys
        self.votes = votes
        self.compact = _Compared([compact(name_key) for name_key in keys], most_compared)
        self.articled = [
            position for position, name_key in enumerate(keys) if name_key.startswith(ARTICLES)
        ]
        self.bare = _Compared(
            [compact(without_article(keys[position])) for position in self.articled], most_compared
        )

    def starting_with(self, part: str) -> Iterator[int]:
        """Yield the positions of the keys that start with a text."""
        if self.compact.many:
            for position in self.compact.holding(compact(part)):
                if self.keys[position].startswith(part):
                    yield position
        else:
            yield from self._holding(f"\n{part}")

    def of_words(self, words: set[str]) -> Iterator[int]:
        """Yield the positions of the keys that hold all of some words."""
        longest = max(words, key=len)
        if self.compact.many:
            found: Iterable[int] = self.compact.holding("".join(words))
        else:
            found = self._holding(longest)
        for position in found:
            name_key = self.keys[position]
            if longest in name_key and words <= set(name_key.split()):
                yield position

    @cached_property
    def _text(self) -> str:
        """All keys in one text, each after a line end; a part of a key is quickly found in it."""
        return "".join(f"\n{name_key}" for name_key in self.keys)

    @cached_property
    def _ends(self) -> array[int]:
        return array("q", accumulate(len(name_key) + 1 for name_key in self.keys))

    def _holding(self, part: str) -> Iterator[int]:
        at = self._text.find(part)
        while at >= 0:
            position = bisect_right(self._ends, at)
            yield position
            at = self._text.find(part, self._ends[position])


class _Compared:
    """Compact keys, which are compared with what was asked; of very many those that may be near."""

    def __init__(self, names: list[str], most: int) -> None:
        self._names = names
        self.many = len(names) > most

    def within(self, asked: str, most: int) -> Iterator[tuple[int, int]]:
        """Yield where the names lie that are at most so many typos away, and how many each is."""
        if not self.many:
            yield from typos(asked, self._names, most)
            return
        positions = self._sieve.near(asked, most)
        names = [self._names[position] for position in positions]
        for place, distance in typos(asked, names, most):
            yield positions[place], distance

    def holding(self, text: str) -> list[int]:
        """Return where the names lie that may hold a text. Of many only."""
        return self._sieve.holding(text)

    @cached_property
    def _sieve(self) -> LetterFilter:
        # Here and not above: it brings NumPy, which takes 0.1 s and pays for very many alone.
        from cartelera.lookup.letter_filter import LetterFilter  # noqa: PLC0415

        return LetterFilter(self._names)


def nearest(asked: str, names: Names, limit: int = LIMIT) -> list[int]:
    """Return the positions of the keys nearest to `asked`, best first, `limit` at most.

    Keys that begin with what was asked come first, then those that hold all its words, then
    those within a number of typos that grows with its length (optimal string alignment
    distance: insertions, deletions, substitutions and swaps of neighbours), the nearest
    first; spaces and a leading article do not count. Among equals the one with most votes
    leads; each key is given once.
    """
    best: dict[str, int] = {}
    for each in ranked(asked, names):
        best.setdefault(names.keys[each.position], each.position)
        if len(best) == limit:
            break
    return list(best.values())


class Near(NamedTuple):
    """A key that is near what was asked; the nearest sorts first."""

    kind: int
    typos: int
    fewer_votes: int
    position: int


def ranked(asked: str, names: Names) -> list[Near]:
    """Return every key that is near `asked`, best first, as `nearest` orders them.

    One that is near in several ways is there several times.
    """
    if not asked:
        return []
    candidates = [
        Near(_TYPOS, distance, -names.votes[position], position)
        for position, distance in _mistyped(asked, names)
    ]
    candidates += [
        Near(_PREFIX, 0, -names.votes[position], position)
        for position in names.starting_with(asked)
    ]
    candidates += [
        Near(_WORDS, 0, -names.votes[position], position)
        for position in names.of_words(set(asked.split()))
    ]
    return sorted(candidates)


def _mistyped(asked: str, names: Names) -> Iterator[tuple[int, int]]:
    """Yield the position of each key near enough, and how many typos away it is."""
    whole, bare = compact(asked), compact(without_article(asked))
    yield from names.compact.within(whole, forgiven(len(whole)))
    for place, distance in names.bare.within(bare, forgiven(len(bare))):
        yield names.articled[place], distance
    if bare != whole:
        yield from names.compact.within(bare, forgiven(len(bare)))


def typos(asked: str, among: Sequence[str], most: int) -> Iterator[tuple[int, int]]:
    """Yield where the names lie that are at most so many typos away, and how many each is."""
    # Here and not above: most calls never miss, and none should wait for it at a cold start.
    from rapidfuzz.distance import OSA  # noqa: PLC0415
    from rapidfuzz.process import extract  # noqa: PLC0415

    for _, distance, position in extract(
        asked, among, scorer=OSA.distance, score_cutoff=most, limit=None
    ):
        yield position, int(distance)


def forgiven(length: int) -> int:
    """Return how many typos are forgiven in so many characters."""
    return min(max(1, length // _CHARACTERS_PER_TYPO), _MOST_TYPOS)


def without_article(name_key: str) -> str:
    """Return a key without the article that it starts with, if it does."""
    return name_key.partition(" ")[2] if name_key.startswith(ARTICLES) else name_key
