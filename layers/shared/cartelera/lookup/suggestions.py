"""Suggesting names for one that was mistyped."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple

from cartelera.contract.names import compact
from cartelera.lookup.fuzzy import (
    AT_ONCE,
    LOOK,
    MAX_COMPARED,
    Budget,
    FuzzyIndex,
    max_typos,
    numpy_is_loaded,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

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
        self,
        keys: Sequence[str],
        votes: Sequence[int],
        max_compared: int = MAX_COMPARED,
        has_numpy: Callable[[], bool] = numpy_is_loaded,
    ) -> None:
        """Index keys, with the votes of what each names; see `FuzzyIndex` for the rest."""
        self.keys = keys
        self._votes = votes
        # The best known first: the search may end as soon as it has found enough.
        self._order = array("q", sorted(range(len(keys)), key=lambda place: -votes[place]))
        ordered = [keys[position] for position in self._order]
        self._ordered = ordered
        compact_keys = [compact(name_key) for name_key in ordered]
        self._compact = FuzzyIndex(compact_keys, max_compared, has_numpy)
        self._with_article = [
            place for place, name_key in enumerate(ordered) if name_key.startswith(ARTICLES)
        ]
        self._without_article = FuzzyIndex(
            [compact(without_article(ordered[place])) for place in self._with_article],
            max_compared,
            has_numpy,
        )

    def nearest(
        self, query: str, limit: int = MAX_SUGGESTIONS, budget: Budget | None = None
    ) -> list[int]:
        """Return the positions of the keys of `candidates`.

        Parameters
        ----------
        query, limit, budget
            As of `candidates`.
        """
        return [candidate.position for candidate in self.candidates(query, limit, budget)]

    def candidates(
        self, query: str, limit: int = MAX_SUGGESTIONS, budget: Budget | None = None
    ) -> list[Candidate]:
        """Return the keys nearest to a query, each once.

        Keys that begin with the query come first, then those that contain all its words, then
        those within a number of typos that grows with its length, the nearest first; spaces and a
        leading article do not count. Among equals the one with most votes comes first.

        Parameters
        ----------
        query
            A key.
        limit
            How many keys to return at most.
        budget
            Pays for the search, which ends with it; one of its own when None.
        """
        best: dict[str, Candidate] = {}
        if not query:
            return []
        for kind, distance, place in self._near(query, budget or Budget()):
            position = self._order[place]
            found = Candidate(kind, distance, -self._votes[position], position)
            best.setdefault(self.keys[position], found)
            if len(best) == limit:
                break
        return list(best.values())

    def _near(self, query: str, budget: Budget) -> Iterator[tuple[int, int, int]]:
        """Yield kind, distance and place in order of votes of each near key, best first."""
        for place in self._starting_with(query, budget):
            yield _PREFIX, 0, place
        for place in self._with_words(set(query.split()), budget):
            yield _WORDS, 0, place
        for distance, place in sorted(self._mistyped(query, budget)):
            yield _TYPOS, distance, place

    def _mistyped(self, query: str, budget: Budget) -> Iterator[tuple[int, int]]:
        """Yield how many typos away each key near enough is, and its place."""
        whole, bare = compact(query), compact(without_article(query))
        for place, distance in self._compact.within(whole, max_typos(len(whole)), budget):
            yield distance, place
        for number, distance in self._without_article.within(bare, max_typos(len(bare)), budget):
            yield distance, self._with_article[number]
        if bare != whole:
            for place, distance in self._compact.within(bare, max_typos(len(bare)), budget):
                yield distance, place

    def _starting_with(self, prefix: str, budget: Budget) -> Iterator[int]:
        if self._compact.filters:
            for place in self._filtered(prefix, budget):
                if self._ordered[place].startswith(prefix):
                    yield place
        else:
            yield from self._containing(f"\n {prefix}", budget)

    def _with_words(self, words: set[str], budget: Budget) -> Iterator[int]:
        # The first of equals, so that the same work is done whatever the order of a set.
        longest = max(sorted(words), key=len)
        if self._compact.filters:
            found = self._filtered(" ".join(words), budget)
        else:
            found = self._containing(f" {longest} ", budget)
        for place in found:
            name_key = self._ordered[place]
            if longest in name_key and words <= set(name_key.split()):
                yield place

    def _filtered(self, text: str, budget: Budget) -> Iterator[int]:
        """Yield the places of the keys that have all letters of a text."""
        places = self._compact.maybe_containing(compact(text), budget)
        yield from places[: budget.take(len(places), LOOK)]

    @cached_property
    def _text(self) -> str:
        """All keys in one text, each in a line, between spaces: searching it is fast."""
        return "".join(f"\n {name_key} " for name_key in self._ordered)

    @cached_property
    def _ends(self) -> array[int]:
        return array("q", accumulate(len(name_key) + 3 for name_key in self._ordered))

    def _containing(self, text: str, budget: Budget) -> Iterator[int]:
        at = self._text.find(text) if budget.take(1, len(self._text) // AT_ONCE) else -1
        while at >= 0 and budget.take(1, LOOK):
            place = bisect_right(self._ends, at)
            yield place
            at = self._text.find(text, self._ends[place])


def without_article(name_key: str) -> str:
    """Return a key without its leading article, if it has one."""
    return name_key.partition(" ")[2] if name_key.startswith(ARTICLES) else name_key
