"""Suggesting names for one that was mistyped."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from cartelera.contract.names import compact
from cartelera.lookup.fuzzy import MAX_COMPARED, FuzzyIndex, max_typos

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_SUGGESTIONS = 5

# Leaving one out or adding one is no typo; not "die", which begins more English titles.
ARTICLES = (
    *("the ", "a ", "an ", "el ", "la ", "los ", "las ", "un ", "una ", "le ", "les ", "une "),
    *("il ", "lo ", "gli ", "der ", "das ", "ein ", "eine "),
)

_PREFIX, _WORDS, _TYPOS = range(3)


class Candidate(NamedTuple):
    """A key that may be suggested, and its position; the best sorts first."""

    kind: int
    typos: int
    negative_votes: int
    position: int


class SuggestionIndex:
    """The keys to suggest from, and the votes of what each key names."""

    def __init__(
        self, keys: Sequence[str], votes: Sequence[int], max_compared: int = MAX_COMPARED
    ) -> None:
        """Index keys, with the votes of what each names; see `FuzzyIndex` for `max_compared`."""
        self.keys = keys
        self._votes = votes
        self._compact = FuzzyIndex([compact(name_key) for name_key in keys], max_compared)
        self._with_article = [
            position for position, name_key in enumerate(keys) if name_key.startswith(ARTICLES)
        ]
        self._without_article = FuzzyIndex(
            [compact(without_article(keys[position])) for position in self._with_article],
            max_compared,
        )

    def nearest(self, query: str, limit: int = MAX_SUGGESTIONS) -> list[int]:
        """Return the positions of the keys nearest to `query`, best first, `limit` at most.

        Keys that begin with the query come first, then those that contain all its words, then
        those within a number of typos that grows with its length, the nearest first; spaces and a
        leading article do not count. Among equals the one with most votes comes first; each key
        is returned once.
        """
        best: dict[str, int] = {}
        for candidate in self.candidates(query):
            best.setdefault(self.keys[candidate.position], candidate.position)
            if len(best) == limit:
                break
        return list(best.values())

    def candidates(self, query: str) -> list[Candidate]:
        """Return every key that is near `query`, in the order of `nearest`.

        A key that is near in several ways is there several times.
        """
        if not query:
            return []
        found = [(_TYPOS, distance, position) for position, distance in self._mistyped(query)]
        found += [(_PREFIX, 0, position) for position in self._starting_with(query)]
        found += [(_WORDS, 0, position) for position in self._with_words(set(query.split()))]
        return sorted(
            Candidate(kind, distance, -self._votes[position], position)
            for kind, distance, position in found
        )

    def _mistyped(self, query: str) -> Iterator[tuple[int, int]]:
        """Yield the position of each key near enough, and how many typos away it is."""
        whole, bare = compact(query), compact(without_article(query))
        yield from self._compact.within(whole, max_typos(len(whole)))
        for place, distance in self._without_article.within(bare, max_typos(len(bare))):
            yield self._with_article[place], distance
        if bare != whole:
            yield from self._compact.within(bare, max_typos(len(bare)))

    def _starting_with(self, prefix: str) -> Iterator[int]:
        if self._compact.filters:
            for position in self._compact.maybe_containing(compact(prefix)):
                if self.keys[position].startswith(prefix):
                    yield position
        else:
            yield from self._containing(f"\n{prefix}")

    def _with_words(self, words: set[str]) -> Iterator[int]:
        longest = max(words, key=len)
        if self._compact.filters:
            found: Iterable[int] = self._compact.maybe_containing("".join(words))
        else:
            found = self._containing(longest)
        for position in found:
            name_key = self.keys[position]
            if longest in name_key and words <= set(name_key.split()):
                yield position

    @cached_property
    def _text(self) -> str:
        """All keys in one text, each after a line end: searching it is fast."""
        return "".join(f"\n{name_key}" for name_key in self.keys)

    @cached_property
    def _ends(self) -> array[int]:
        return array("q", accumulate(len(name_key) + 1 for name_key in self.keys))

    def _containing(self, text: str) -> Iterator[int]:
        at = self._text.find(text)
        while at >= 0:
            position = bisect_right(self._ends, at)
            yield position
            at = self._text.find(text, self._ends[position])


def without_article(name_key: str) -> str:
    """Return a key without its leading article, if it has one."""
    return name_key.partition(" ")[2] if name_key.startswith(ARTICLES) else name_key
