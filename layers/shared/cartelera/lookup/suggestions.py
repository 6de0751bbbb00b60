"""Suggesting names for one that was mistyped."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from functools import cached_property
from itertools import accumulate, chain
from typing import TYPE_CHECKING, NamedTuple

from cartelera.contract.names import compact
from cartelera.contract.readings import without_article
from cartelera.lookup.fuzzy import AT_ONCE, LOOK, START, Budget, max_typos, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MAX_SUGGESTIONS = 5
# Of more keys than these, those that begin or end otherwise are not compared.
MAX_COMPARED = 2_000

# Sorts after every character that a key can hold.
_LAST = "\U0010ffff"
_PREFIX, _WORDS, _TYPOS = range(3)


class Candidate(NamedTuple):
    """A key that may be suggested, and its position; the best sorts first."""

    kind: int
    typos: int
    negative_votes: int
    position: int


class SuggestionIndex:
    """The keys to suggest from, in order of `compact`, and the votes of what each key names.

    A key is compared by its forms: without spaces, and again without its leading article.
    """

    def __init__(
        self, keys: Sequence[str], votes: Sequence[int], max_compared: int = MAX_COMPARED
    ) -> None:
        """Index keys, with the votes of what each names; up to a number, all are compared."""
        self.keys = keys
        self._votes = votes
        shorter = sorted(
            (compact(bare), position)
            for position, name_key in enumerate(keys)
            if (bare := without_article(name_key)) != name_key
        )
        self._forms = [*map(compact, keys), *(form for form, _ in shorter)]
        self._compares_all = len(keys) <= max_compared
        self._positions = [*range(len(keys)), *(position for _, position in shorter)]

    def nearest(
        self, query: str, limit: int = MAX_SUGGESTIONS, budget: Budget | None = None
    ) -> list[int]:
        """Return the positions of `candidates`, whose parameters these are.

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
        for kind, distance, position in self._near(query, budget or Budget()):
            found = Candidate(kind, distance, -self._votes[position], position)
            best.setdefault(self.keys[position], found)
            if len(best) == limit:
                break
        return list(best.values())

    def _near(self, query: str, budget: Budget) -> Iterator[tuple[int, int, int]]:
        """Yield kind, distance and position of each near key, best first."""
        starting = {self._positions[number] for number in self._starting_with(compact(query))}
        for position in sorted(starting, key=self._fame):
            yield _PREFIX, 0, position
        for position in self._with_words(set(query.split()), budget):
            yield _WORDS, 0, position
        mistyped = set(self._mistyped(query, budget))
        for distance, position in sorted(
            mistyped, key=lambda found: (found[0], self._fame(found[1]))
        ):
            yield _TYPOS, distance, position

    def _fame(self, position: int) -> tuple[int, int]:
        return -self._votes[position], position

    def _starting_with(self, prefix: str) -> Iterator[int]:
        """Yield the numbers of the forms that start with a text."""
        for part in (range(len(self.keys)), range(len(self.keys), len(self._forms))):
            start = bisect_left(self._forms, prefix, part.start, part.stop)
            yield from range(start, bisect_left(self._forms, prefix + _LAST, start, part.stop))

    def _mistyped(self, query: str, budget: Budget) -> Iterator[tuple[int, int]]:
        """Yield how many typos away each key near enough is, and its position.

        Of many keys, one of its forms begins with the same letter, or ends with the same two.
        """
        for text in dict.fromkeys((compact(query), compact(without_article(query)))):
            most = max_typos(len(text))
            # Gathering keys takes time, too: where none can be compared any more, none is.
            if budget.exceeded and budget.left < START + len(text):
                return
            alike: Iterable[int] = range(len(self._forms))
            if not self._compares_all:
                alike = chain(self._starting_with(text[0]), self._endings.get(text[-2:], ()))
            numbers = [
                number
                for number in dict.fromkeys(alike)
                if -most <= len(self._forms[number]) - len(text) <= most
            ]
            affordable = budget.take(len(numbers), START + len(text))
            if affordable < len(numbers):
                by_fame = sorted(numbers, key=lambda number: self._fame(self._positions[number]))
                numbers = by_fame[:affordable]
            forms = [self._forms[number] for number in numbers]
            for at, distance in within(text, forms, most):
                yield distance, self._positions[numbers[at]]

    @cached_property
    def _endings(self) -> dict[str, list[int]]:
        """The numbers of the forms by their last two letters."""
        endings: dict[str, list[int]] = defaultdict(list)
        for number, form in enumerate(self._forms):
            endings[form[-2:]].append(number)
        return endings

    def _with_words(self, words: set[str], budget: Budget) -> Iterator[int]:
        # The first of equals, so that the same work is done whatever the order of a set.
        longest = f" {max(sorted(words), key=len)} "
        at = self._text.find(longest) if budget.take(1, len(self._text) // AT_ONCE) else -1
        while at >= 0 and budget.take(1, LOOK):
            place = bisect_right(self._ends, at)
            position = self._order[place]
            if words <= set(self.keys[position].split()):
                yield position
            at = self._text.find(longest, self._ends[place])

    @cached_property
    def _order(self) -> list[int]:
        """The positions, the best known first: a search for words may end with enough of them."""
        return sorted(range(len(self.keys)), key=self._votes.__getitem__, reverse=True)

    @cached_property
    def _text(self) -> str:
        """All keys in one text, each in a line, between spaces: searching it is fast."""
        return "".join(f"\n {self.keys[position]} " for position in self._order)

    @cached_property
    def _ends(self) -> array[int]:
        return array("q", accumulate(len(self.keys[position]) + 3 for position in self._order))
