"""Suggesting names for one that was mistyped."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections import defaultdict
from functools import cached_property
from heapq import nsmallest
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple
from zlib import crc32

from cartelera.contract.names import compact
from cartelera.contract.readings import without_article
from cartelera.lookup.fuzzy import LOOK, MAX_SUGGESTIONS, START, Budget, max_typos, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    # The numbers and texts of forms, by their length.
    type _Group = dict[int, tuple[array[int], list[str]]]

# Of more keys than these, those that begin or end otherwise are not compared.
MAX_COMPARED = 2_000

# Words are looked up by their hash: a bucket of the actors holds some 80 names, and those of its
# frequent words.
_BUCKETS = 4_096
# Sorts after every character that a key can hold.
_LAST = "\U0010ffff"
# Up to this length, names that begin with the query as a word go before those that begin with a
# longer one: "ET" is "E.T." sooner than "Eternity".
_SHORT = 3
_WHOLE_WORD, _PREFIX, _WORDS, _TYPOS = range(4)


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
        # What was compared before, by what it begins or ends with.
        self._groups: dict[str, _Group] = {}
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
        if len(compact(query)) <= _SHORT:
            whole = {position for position in starting if self._has_first(query, position)}
            for position in sorted(whole, key=self._fame):
                yield _WHOLE_WORD, 0, position
            starting -= whole
        for position in sorted(starting, key=self._fame):
            yield _PREFIX, 0, position
        for position in self._with_words(set(query.split()), budget):
            yield _WORDS, 0, position
        mistyped = set(self._mistyped(query, budget))
        for distance, position in sorted(
            mistyped, key=lambda found: (found[0], self._fame(found[1]))
        ):
            yield _TYPOS, distance, position

    def _has_first(self, query: str, position: int) -> bool:
        """Return whether a key begins with a query as a word, or as initials."""
        name_key = f"{self.keys[position]} "
        begins = f"{query} ", f"{' '.join(compact(query))} "
        return name_key.startswith(begins) or without_article(name_key).startswith(begins)

    def _fame(self, position: int) -> tuple[int, int]:
        return -self._votes[position], position

    def _starting_with(self, prefix: str) -> Iterator[int]:
        """Yield the numbers of the forms that start with a text."""
        for part in (range(len(self.keys)), range(len(self.keys), len(self._forms))):
            start = bisect_left(self._forms, prefix, part.start, part.stop)
            yield from range(start, bisect_left(self._forms, prefix + _LAST, start, part.stop))

    def _mistyped(self, query: str, budget: Budget) -> Iterator[tuple[int, int]]:
        """Yield how many typos away each key near enough is, and its position.

        Of many keys, one of its forms begins with the same letter, or with the first two swapped,
        or ends with the same two.
        """
        for text in dict.fromkeys((compact(query), compact(without_article(query)))):
            most = max_typos(len(text))
            # Gathering keys takes time, too: where none can be compared any more, none is.
            if budget.exceeded and budget.left < START + len(text):
                return
            lengths = range(len(text) - most, len(text) + most + 1)
            alike: list[tuple[Sequence[int], list[str]]] = [
                group[length]
                for group in self._groups_of(text)
                for length in lengths
                if length in group
            ]
            count = sum(len(numbers) for numbers, _ in alike)
            affordable = budget.take(count, START + len(text))
            if affordable < count:
                every = dict.fromkeys(chain.from_iterable(numbers for numbers, _ in alike))
                known = nsmallest(affordable, every, lambda form: self._fame(self._positions[form]))
                alike = [(known, [self._forms[number] for number in known])]
            for numbers, forms in alike:
                for at, distance in within(text, forms, most):
                    yield distance, self._positions[numbers[at]]

    def _groups_of(self, text: str) -> list[_Group]:
        """Return the forms to compare a text with."""
        if self._compares_all:
            return [self._group("", range(len(self._forms)))]
        # A form is of one letter at least: its end is no beginning with a mark before it.
        beginnings = dict.fromkeys((text[0], text[1::-1]))
        return [
            *(self._group(f"^{each}", self._starting_with(each)) for each in beginnings),
            self._group(f"{text[-2:]}$", self._endings.get(text[-2:], ())),
        ]

    def _group(self, name: str, numbers: Iterable[int]) -> _Group:
        """Return forms by length, of the first time those of some numbers."""
        if name not in self._groups:
            group = self._groups[name] = {}
            for number in numbers:
                form = self._forms[number]
                of_length, forms = group.setdefault(len(form), (array("I"), []))
                of_length.append(number)
                forms.append(form)
        return self._groups[name]

    @cached_property
    def _endings(self) -> dict[str, list[int]]:
        """The numbers of the forms by their last two letters."""
        endings: dict[str, list[int]] = defaultdict(list)
        for number, form in enumerate(self._forms):
            endings[form[-2:]].append(number)
        return endings

    def _with_words(self, words: set[str], budget: Budget) -> list[int]:
        """Return the positions of the keys with all of some words, the best known first."""
        fewest = min((self._buckets[_bucket(word)] for word in sorted(words)), key=len)
        affordable = budget.take(len(fewest), LOOK)
        looked_at: Iterable[int] = fewest
        if affordable < len(fewest):
            looked_at = nsmallest(affordable, fewest, self._fame)
        found = {position for position in looked_at if words <= set(self.keys[position].split())}
        return sorted(found, key=self._fame)

    @cached_property
    def _buckets(self) -> list[array[int]]:
        """The positions of the keys with any of the words of a bucket."""
        buckets = [array("I") for _ in range(_BUCKETS)]
        for position, name_key in enumerate(self.keys):
            for word in name_key.split():
                buckets[_bucket(word)].append(position)
        return buckets


def _bucket(word: str) -> int:
    # The same in every process, so that a search always costs the same.
    return crc32(word.encode()) % _BUCKETS
