"""Searching all names of the catalogue at once, as people type them.

The index is searched as `contract.formats.name_index` lays it out: a word is found by bisection,
and the entries with all words are an intersection of sets. A quarter of a million names take less
than a millisecond, and nothing is built before the first search.
"""

from __future__ import annotations

from functools import cached_property
from heapq import nsmallest
from itertools import chain
from math import log2
from operator import itemgetter
from string import ascii_lowercase, digits
from typing import TYPE_CHECKING, NamedTuple

from cartelera.contract.formats.name_index import Entry, open_index
from cartelera.contract.names import compact, key
from cartelera.contract.readings import reading_keys, readings, without_article
from cartelera.contract.tables import KINDS
from cartelera.lookup.fuzzy import MAX_TYPOS, START, Budget, max_typos, within

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cartelera.contract.tables import Resultado

# How near a name is to the query. Exactly that name comes first; each other level weighs as much as
# being 16 times as far down among the best known, 2 to this power. A typo is one level more.
_EXACT, _BEGINS_IN_WORDS, _BEGINS_OR_HAS_WORDS, _BEGINS_WORDS = range(4)
_LEVEL_WEIGHT = 4
# Words up to this length are whole words, but for the last, which is still being typed: "rey" is
# not the beginning of "Reynolds". A word that stands alone is the beginning of a name, too.
_SHORT, _ALONE = 3, 2
# From these lengths on a word may have one typo, or two: a shorter one could be any word, and may
# have two letters swapped.
_ONE_TYPO, _TWO_TYPOS = 4, 8
# A word in more entries than these is no typo.
_FREQUENT = 100
# Of one mistyped word.
_MAX_CORRECTIONS = 50
# With fewer results than these, the query may be mistyped all the same.
_FEW = 5
# So many of the best known are found by a typo even beside names that are spelt so, from this
# length on: "Seven" is "Se7en", too.
_WELL_KNOWN = 4_000
_LONG = 5
# Of the words of a query, those that may be a name beside words too many.
_MAX_RUN = 10
# What going through an entry costs, in letters compared.
_ENTRY = 5
_FIRST_LETTERS = ascii_lowercase + digits
_TOO_MANY_WORDS = (
    "Son muchas palabras: algunas se buscan sólo como están escritas, sin corregirlas."
)


class SearchResults(NamedTuple):
    """A page of what was found, best first, and the number of all results.

    `notice` says so when not all words were corrected.
    """

    total: int
    results: list[Resultado]
    notice: str | None


class NameIndex:
    """All names of a catalogue, to be searched."""

    def __init__(self, data: bytes) -> None:
        """Open the bytes of a release's `NAME_INDEX`.

        Raises
        ------
        UnsoundReleaseError
            When they are none.
        """
        self._sections = open_index(data)
        self._kinds = self._sections.kinds
        # Of words that were corrected, those with the same first letter.
        self._alike: dict[str, list[str]] = {}

    def __len__(self) -> int:
        """Return the number of entries."""
        return len(self._kinds)

    def name(self, number: int) -> str:
        """Return what an entry is called."""
        return self._entry(number).name

    def entry(self, number: int) -> Resultado:
        """Return an entry; the better known have the lower numbers."""
        entry = self._entry(number)
        return {
            "tipo": list(KINDS)[self._kinds[number]],
            "nombre": entry.name,
            "id": entry.id or None,
            "anio": entry.year or None,
        }

    def _entry(self, number: int) -> Entry:
        return Entry.of_text(self._sections.entries[number])

    def find(
        self, query: str, kind: str | None, first: int, count: int, budget: Budget | None = None
    ) -> SearchResults:
        """Return what has a name with the words of a query, or one that begins so.

        A name equal to the query, spaces and a leading article apart, comes first, the best known
        of several leading. The others are in order of how near they are and how well known, both
        at once: names that begin with the query, those with all its words, those with words that
        begin so; and, where there are few and none begins so, those with similar words.

        Parameters
        ----------
        query
            What was typed.
        kind
            One of `KINDS`, or None for all.
        first, count
            The place of the first result to return, from 0, and their number.
        budget
            Pays for correcting words, of which those beyond it count as they are typed; one of
            its own when None.
        """
        budget = budget or Budget()
        query_key = key(query)
        levels = self._levels(query, query_key, kind, budget)
        # "the ali" may be "Alien"; but not where names have the article.
        if not any(levels.values()) and (bare := without_article(query_key)) != query_key:
            levels = self._levels(query, bare, kind, budget)
        if not any(levels.values()):
            levels = {_EXACT: self._of_kind(self._named_within(query_key.split()), kind)}
        best = sorted(
            (level and _LEVEL_WEIGHT * level + log2(entry + 2), entry)
            for level, entries in levels.items()
            for entry in nsmallest(first + count, entries)
        )
        total = sum(map(len, levels.values()))
        typed = _Typed(query, query_key)
        results = []
        for _, entry in best[first : first + count]:
            results.append(self.entry(entry))
            if other := typed.other_name(self._entry(entry)):
                results[-1]["encontrada_como"] = other
        return SearchResults(total, results, _TOO_MANY_WORDS if budget.exceeded else None)

    def _levels(
        self, query: str, typed: str, kind: str | None, budget: Budget
    ) -> dict[int, set[int]]:
        """Return what of a kind is found by how near its names are to a key; see the levels."""
        text = compact(typed)
        exact = self._of_kind(self._with_form(text), kind)
        begins = self._of_kind(self._entries_of(self._sections.forms.starting_with(text)), kind)
        whole, begun = (self._of_kind(entries, kind) for entries in self._with_words(typed))
        # An entry's other names, such as a country's code, are less than its own.
        own = {entry for entry in exact if text in self._own_forms(entry)}
        known: set[int] = set()
        if min(own, default=_WELL_KNOWN) >= _WELL_KNOWN:
            exact |= self._of_kind(self._read(query), kind)
            known = self._of_kind(self._well_known(text, budget), kind)
        levels = {
            _EXACT: own,
            _BEGINS_IN_WORDS: (begins & whole | exact) - own,
            _BEGINS_OR_HAS_WORDS: (begins ^ whole | known.difference(begins, begun)) - exact,
            _BEGINS_WORDS: begun.difference(begins, whole, exact),
        }
        if len(text) >= _LONG and not exact and not begins and len(begun) < _FEW:
            near = self._mistyped(typed, budget)
            for entry in self._of_kind(near.keys() - set().union(*levels.values()), kind):
                levels.setdefault(_BEGINS_WORDS + near[entry], set()).add(entry)
        return levels

    def _own_forms(self, entry: int) -> tuple[str, str]:
        """Return the forms of the name that is shown."""
        return _forms_of(key(self.name(entry)))

    def _read(self, query: str) -> set[int]:
        """Return what may be meant by a query: of the year that it has, if any is."""
        found: set[int] = set()
        for reading in readings(query):
            named = set().union(
                *(self._with_form(compact(each)) for each in reading_keys(reading.name))
            )
            year = reading.year
            of_year = {entry for entry in named if year and self._entry(entry).year == year}
            found |= of_year or named
        return found

    def _with_form(self, text: str) -> set[int]:
        return self._entries_of(self._sections.forms.equal(text))

    def _entries_of(self, forms: range) -> set[int]:
        return set(self._sections.form_entries.run(forms))

    def _with_words(self, typed: str) -> tuple[set[int], set[int]]:
        """Return the entries with all words of a key; and, too, those with words that begin so."""
        begun = _in_all(self._typed_words(typed).values())
        words = (self._postings_of(self._sections.words.equal(word)) for word in typed.split())
        return _in_all(words) if begun else begun, begun

    def _typed_words(self, typed: str) -> dict[str, memoryview]:
        """Return the entries with each word of a key, or with one that begins so."""
        *before, last = typed.split()
        # The last one is still being typed.
        longest_whole = dict.fromkeys(before, _SHORT) | {last: 0 if before else _ALONE}
        return {
            word: self._postings_of(
                self._sections.words.starting_with(word)
                if len(word) > longest
                else self._sections.words.equal(word)
            )
            for word, longest in longest_whole.items()
        }

    def _mistyped(self, typed: str, budget: Budget) -> dict[int, int]:
        """Return what has a word like each of a key, with the number of typos."""
        total: dict[int, int] | None = None
        for word, entries in self._typed_words(typed).items():
            fewest: dict[int, int] = {}
            for typos, corrected in self._corrections(word, budget):
                fewest |= dict.fromkeys(corrected, typos)
            fewest |= dict.fromkeys(entries, 0)
            total = (
                fewest
                if total is None
                else {each: total[each] + fewest[each] for each in total.keys() & fewest.keys()}
            )
            # Of hundreds of words, a few are enough to see that no name has them all.
            if not total:
                break
        return total or {}

    def _corrections(self, word: str, budget: Budget) -> Iterator[tuple[int, memoryview]]:
        """Yield what a word may be: typos, the most first, and the entries with the word."""
        words = self._sections.words
        if len(self._posting_places(words.equal(word))) > _FREQUENT:
            return
        near: dict[int, int] = {}
        if len(word) >= _ONE_TYPO:
            numbers = words.starting_with(word[0])
            if word[0] not in self._alike:
                self._alike[word[0]] = words.run(numbers)
            alike = self._alike[word[0]]
            affordable = budget.take(len(alike), START + len(word))
            compared = alike if affordable == len(alike) else alike[:affordable]
            found = within(word, compared, 1 + (len(word) >= _TWO_TYPOS))
            near = {numbers[place]: typos for place, typos in found}
        for other in _other_beginnings(word) if len(word) >= _ONE_TYPO else _swapped(word):
            near |= dict.fromkeys(words.equal(other), 1)
        # The nearest, and of those the ones of the best known entries.
        best = sorted(
            (typos, self._sections.postings[self._sections.posting_starts[number]], number)
            for number, typos in near.items()
        )
        for typos, _, number in reversed(best[:_MAX_CORRECTIONS]):
            entries = self._postings_of(range(number, number + 1))
            if budget.take(1, _ENTRY * len(entries)):
                yield typos, entries

    def _well_known(self, text: str, budget: Budget) -> set[int]:
        """Return the well-known entries whose whole name is a typo away from a text."""
        if len(text) < _LONG:
            return set()
        affordable = budget.take(len(self._known_forms), START + len(text))
        return {entry for entry, _ in within(text, self._known_forms[:affordable], 1)}

    def _named_within(self, words: list[str]) -> set[int]:
        """Return the well-known entries named by the longest run of words that names any."""
        for length in range(min(len(words), _MAX_RUN) - 1, 0, -1):
            runs = ("".join(words[at : at + length]) for at in range(len(words) - length + 1))
            entries = set().union(*(self._with_form(run) for run in runs if len(run) >= _LONG))
            if known := {entry for entry in entries if entry < _WELL_KNOWN}:
                return known
        return set()

    @cached_property
    def _known_forms(self) -> list[str]:
        """The forms of the best known entries, by the name that is shown."""
        known = range(min(_WELL_KNOWN, len(self)))
        texts = self._sections.entries.run(known)
        return [compact(key(Entry.of_text(text).name)) for text in texts]

    def _of_kind(self, entries: set[int], kind: str | None) -> set[int]:
        if kind is None:
            return entries
        number = list(KINDS).index(kind)
        return {entry for entry in entries if self._kinds[entry] == number}

    def _postings_of(self, words: range) -> memoryview:
        """Return the entries with any of some words, those of each word in order."""
        return self._sections.postings.run(self._posting_places(words))

    def _posting_places(self, words: range) -> range:
        starts = self._sections.posting_starts
        return range(starts[words.start], starts[words.stop])


class _Typed:
    """What was typed, to say which of the names of a film it is."""

    def __init__(self, query: str, query_key: str) -> None:
        self._query = query
        self._words = query_key.split()
        self._beginnings = _forms_of(query_key)

    def other_name(self, entry: Entry) -> str | None:
        """Return the other name that is nearer than an entry's own, if one is."""
        if not entry.others or not (own := self._distance(entry.name)):
            return None
        # The best known of the nearest.
        distance, name = min(
            ((self._distance(other), other) for other in entry.others), key=itemgetter(0)
        )
        return name if distance < own else None

    @cached_property
    def _readings(self) -> set[str]:
        """The forms of names that may be meant by it."""
        named = (reading_keys(reading.name) for reading in readings(self._query))
        return set(map(compact, chain.from_iterable(named)))

    def _distance(self, name: str) -> int:
        """Return 0 for a name that was meant whole, and more for a name that is further away."""
        name_key = key(name)
        forms = _forms_of(name_key)
        if not {*forms}.isdisjoint(self._beginnings):
            return 0
        # Before what takes longer.
        if any(form.startswith(self._beginnings) for form in forms):
            return 1
        if not self._readings.isdisjoint(map(compact, reading_keys(name))):
            return 0
        words = name_key.split()
        if all(any(word.startswith(typed) for word in words) for typed in self._words):
            return 2
        most = max_typos(len(self._beginnings[0]))
        typos = [typos for typed in self._beginnings for _, typos in within(typed, forms, most)]
        return 2 + min(typos, default=MAX_TYPOS + 1)


def _forms_of(name_key: str) -> tuple[str, str]:
    """Return the forms of a key in which it is compared."""
    return compact(name_key), compact(without_article(name_key))


def _in_all(postings: Iterable[memoryview]) -> set[int]:
    """Return the entries that are in all postings."""
    fewest, *others = sorted(postings, key=len)
    return set(fewest).intersection(*others)


def _other_beginnings(word: str) -> Iterator[str]:
    """Yield what a word may be where its first letter is the typo."""
    yield word[1:]
    yield word[1::-1] + word[2:]
    for letter in _FIRST_LETTERS:
        yield letter + word
        yield letter + word[1:]


def _swapped(word: str) -> Iterator[str]:
    """Yield a word with two neighbouring letters swapped, for each two."""
    for at in range(len(word) - 1):
        yield word[:at] + word[at + 1] + word[at] + word[at + 2 :]
