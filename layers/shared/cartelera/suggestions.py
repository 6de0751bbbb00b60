"""What a mistyped name may have meant."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from cartelera.names import compact

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

LIMIT = 5
# One typo is forgiven for every so many characters of what was asked.
_CHARACTERS_PER_TYPO = 3
_MOST_TYPOS = 5

# Left out by people who type, so no typos; not "die", which begins more English titles.
ARTICLES = (
    *("the ", "a ", "an ", "el ", "la ", "los ", "las ", "un ", "una ", "le ", "les ", "une "),
    *("il ", "lo ", "gli ", "der ", "das ", "ein ", "eine "),
)

_PREFIX, _WORDS, _TYPOS = range(3)


class Names:
    """The keys to suggest from, and how many voted for what each one names."""

    def __init__(self, keys: Sequence[str], votes: Sequence[int]) -> None:
        self.keys = keys
        self.votes = votes
        self.compact = [compact(name_key) for name_key in keys]
        # All keys in one text, each after a line end, in which a part of a key is quickly found.
        self._text = "".join(f"\n{name_key}" for name_key in keys)
        self._ends = array("q", accumulate(len(name_key) + 1 for name_key in keys))
        self.articled = [
            position for position, name_key in enumerate(keys) if name_key.startswith(ARTICLES)
        ]
        self.bare = [compact(without_article(keys[position])) for position in self.articled]

    def holding(self, part: str) -> Iterator[int]:
        """Yield the positions of the keys that hold a text, or start with one after a line end."""
        at = self._text.find(part)
        while at >= 0:
            position = bisect_right(self._ends, at)
            yield position
            at = self._text.find(part, self._ends[position])


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
    words = set(asked.split())
    longest = max(words, key=len)
    candidates = [
        Near(_TYPOS, distance, -names.votes[position], position)
        for position, distance in _mistyped(asked, names)
    ]
    candidates += [
        Near(_PREFIX, 0, -names.votes[position], position)
        for position in names.holding(f"\n{asked}")
    ]
    candidates += [
        Near(_WORDS, 0, -names.votes[position], position)
        for position in names.holding(longest)
        if words <= set(names.keys[position].split())
    ]
    return sorted(candidates)


def _mistyped(asked: str, names: Names) -> Iterator[tuple[int, int]]:
    """Yield the position of each key near enough, and how many typos away it is."""
    whole, bare = compact(asked), compact(without_article(asked))
    yield from typos(whole, names.compact, forgiven(len(whole)))
    for place, distance in typos(bare, names.bare, forgiven(len(bare))):
        yield names.articled[place], distance
    if bare != whole:
        yield from typos(bare, names.compact, forgiven(len(bare)))


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
