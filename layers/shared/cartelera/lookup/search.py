"""Searching all names of the catalogue at once, as people type.

The keys of all names are one array of bytes. A search looks at the positions where words start
with the first byte of the query, and compares the following bytes one by one: a quarter of a
million names take a few milliseconds, with no index but those positions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from cartelera.contract.names import key
from cartelera.contract.tables import BUSCAR, ENTRY, FOUND_IN, KEY, KIND, KINDS, PALABRAS, VOTES
from cartelera.lookup.fuzzy import Budget, FuzzyIndex, max_typos
from cartelera.lookup.suggestions import ARTICLES, without_article
from cartelera.lookup.table import WholeTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from cartelera.contract.tables import Palabra, Resultado

    type Rows = NDArray[np.int64]

_SPACE, _END = b" \n"
_BYTES = 256
# How a name matches, best first; within each, fewer typos and then more votes are better.
_EXACT, _PREFIX, _WORDS, _NEAR = range(4)
_MATCH_UNIT = 1 << 48
_TYPO_UNIT = 1 << 40
_NO_MATCH = np.iinfo(np.int64).max
# Any shorter word would be a typo of another.
_MIN_MISTYPED_LENGTH = 3
# A word in more names than these is no typo.
_FREQUENT = 100
# In one word; with more it could be any word.
_MAX_WORD_TYPOS = 2
# Of one mistyped word.
_MAX_CORRECTIONS = 50
# More than the typos of any word.
_TOO_MANY_TYPOS = 255
# What marking a row with a correction costs, and looking at one for a word, in letters compared.
_ROW = 4
_ROWS_AT_ONCE = 8
_TOO_MANY_WORDS = (
    "Son muchas palabras: algunas se buscan sólo como están escritas, sin corregirlas."
)
# With fewer results than these, the query may be mistyped all the same.
_FEW = 5


class SearchResults(NamedTuple):
    """A page of what was found, best first, and the number of all results.

    `notice` says so when not all words were corrected.
    """

    total: int
    results: list[Resultado]
    notice: str | None


class _PrefixIndex:
    """Positions in an array of bytes, and the row that each is in; rows are in order."""

    def __init__(self, text: NDArray[np.uint8], starts: Rows, rows: Rows) -> None:
        self._text = text
        self._starts = starts
        self._rows = rows
        # The same again in order of the byte at the position, those of byte b from `_from[b]` on.
        firsts = text[starts]
        order = np.argsort(firsts, kind="stable")
        self._starts_by_first, self._rows_by_first = starts[order], rows[order]
        self._from = np.searchsorted(firsts[order], np.arange(_BYTES + 1))

    def starting_with(self, prefix: str) -> Rows:
        """Return the rows of the positions where the text continues with a prefix, in order."""
        first, *others = prefix.encode()
        of_first = slice(self._from[first], self._from[first + 1])
        return self._matching(
            others, self._starts_by_first[of_first] + 1, self._rows_by_first[of_first]
        )

    def starting_with_in(self, rows: Rows, prefix: str) -> Rows:
        """Return those of some rows, given in order, that `starting_with` would return."""
        first = np.searchsorted(self._rows, rows)
        count = np.searchsorted(self._rows, rows, side="right") - first
        # All ranges from `first` in one: each position is the last one plus 1, or a new start.
        steps = np.ones(count.sum(), np.int64)
        if len(steps):
            steps[0] = first[0]
            steps[np.cumsum(count)[:-1]] = first[1:] - (first + count)[:-1] + 1
        places = np.cumsum(steps)
        return self._matching(prefix.encode(), self._starts[places], self._rows[places])

    def _matching(self, prefix: Iterable[int], starts: Rows, rows: Rows) -> Rows:
        for offset, byte in enumerate(prefix):
            matches = self._text.take(starts + offset, mode="clip") == byte
            starts, rows = starts[matches], rows[matches]
        return rows


class Lexicon:
    """The words of a catalogue's names, to correct mistyped ones."""

    def __init__(self, table: WholeTable[Palabra]) -> None:
        self._table = table
        self._name_counts = table.numbers(VOTES)
        self._words = FuzzyIndex(cast("list[str]", table.column(KEY)), max_compared=0)

    def corrections(self, word: str, budget: Budget) -> Iterator[tuple[Rows, int]]:
        """Find what a mistyped word may be, as far as the budget goes.

        Parameters
        ----------
        word
            The word.
        budget
            Pays for comparing it, and for the rows.

        Yields
        ------
        tuple
            The rows of `BUSCAR` with a word near this one, and the number of typos.
        """
        names = self._name_counts[_slice(self._table.rows_with_key(word))].sum()
        if len(word) < _MIN_MISTYPED_LENGTH or names > _FREQUENT:
            return
        most = min(max_typos(len(word)), _MAX_WORD_TYPOS)
        found = self._words.within(word, most, budget)
        near = sorted((distance, position) for position, distance in found)
        for distance, position in near[:_MAX_CORRECTIONS]:
            if budget.take(1, _ROW * int(self._name_counts[position])):
                yield np.asarray(self._table.value(FOUND_IN, position), np.int64), distance


class NameIndex:
    """All names of a catalogue, to be searched. Rows are those of `BUSCAR`."""

    def __init__(self, table: WholeTable[Resultado]) -> None:
        self._table = table
        keys = cast("list[str]", self._table.column(KEY))
        text = np.frombuffer("\n".join([*keys, ""]).encode(), np.uint8)
        ends = np.flatnonzero(text == _END)
        breaks = np.flatnonzero((text == _END) | (text == _SPACE))
        rows = np.arange(len(keys))
        names = np.r_[0, ends + 1][: len(ends)]
        words = np.r_[0, breaks + 1][: len(breaks)]
        self._words = _PrefixIndex(text, words, np.searchsorted(ends, words))
        whole = _PrefixIndex(text, names, rows)
        self._names = _PrefixIndex(text, *_with_and_without_article(whole, names))
        self._votes = np.minimum(self._table.numbers(VOTES), _TYPO_UNIT - 1)
        self._entries = self._table.numbers(ENTRY)
        self._aliases = np.flatnonzero(self._entries != rows)
        self._kinds = self._table.numbers(KIND)

    def find(  # noqa: PLR0913, PLR0917 (what is asked, the page, and the limit)
        self,
        query: str,
        kind: str | None,
        lexicon: Callable[[], Lexicon],
        first: int,
        count: int,
        budget: Budget | None = None,
    ) -> SearchResults:
        """Return the names that start with the query, or have words that start with its words.

        Names equal to the query come first, films before others; then those that start with it,
        with or without an article; then those with all its words; then, where these are few and
        none starts so, names with similar words, the fewest typos first. Among equals the best
        known comes first.

        Parameters
        ----------
        query
            What was typed.
        kind
            One of `KINDS`, or None for all.
        lexicon
            Opens the lexicon of the same release.
        first, count
            The place of the first result to return, from 0, and their number.
        budget
            Pays for correcting words, of which those beyond it count as they are typed; one of
            its own when None.
        """
        budget = budget or Budget()
        of_kind = self._kinds == list(KINDS).index(kind) if kind else True
        # "the alien" may be "Alien"; but not where a name begins with the article.
        for query_key in dict.fromkeys((key(query), without_article(key(query)))):
            scores = np.where(of_kind, self._matches(query_key), _NO_MATCH)
            found = scores[scores != _NO_MATCH]
            if len(found):
                break
        if len(found) < _FEW and np.all(found >= _WORDS * _MATCH_UNIT):
            near = self._near_matches(query_key, lexicon(), budget)
            scores = np.minimum(scores, np.where(of_kind, near, _NO_MATCH))
        total, results = self._page(scores, first, count)
        return SearchResults(total, results, _TOO_MANY_WORDS if budget.exceeded else None)

    def _matches(self, query_key: str) -> Rows:
        """Score the names that have every word of the query as it was typed."""
        longest, *others = sorted(dict.fromkeys(query_key.split()), key=len, reverse=True)
        rows = np.unique(self._words.starting_with(longest))
        for word in others:
            if not len(rows):
                break
            rows = np.unique(self._words.starting_with_in(rows, word))
        scores = np.full(len(self._votes), _NO_MATCH)
        scores[rows] = _WORDS * _MATCH_UNIT
        scores[self._names.starting_with(query_key)] = _PREFIX * _MATCH_UNIT
        scores[_slice(self._table.starting_with(query_key))] = _PREFIX * _MATCH_UNIT
        same_key = self._table.rows_with_key(query_key)
        for exact in (self._names.starting_with(f"{query_key}\n"), np.array(same_key, np.int64)):
            scores[exact] = _EXACT * _MATCH_UNIT + self._kinds[exact] * _TYPO_UNIT
        return scores

    def _near_matches(self, query_key: str, lexicon: Lexicon, budget: Budget) -> Rows:
        """Score the names that have a word near every word of the query."""
        # The rows with a word near each of those so far, and their typos.
        left: Rows | None = None
        total = np.zeros(len(self._votes), np.int64)
        for word in dict.fromkeys(query_key.split()):
            fewest = np.full(len(total), _TOO_MANY_TYPOS, np.uint8)
            corrects = budget.take(1, len(total) // _ROWS_AT_ONCE)
            for rows, distance in lexicon.corrections(word, budget) if corrects else ():
                fewest[rows] = np.minimum(fewest[rows], distance)
            exact = self._words.starting_with
            fewest[exact(word) if left is None else self._words.starting_with_in(left, word)] = 0
            near = fewest != _TOO_MANY_TYPOS
            left = np.flatnonzero(near) if left is None else left[near[left]]
            # Of hundreds of words, a few are enough to see that no name has them all.
            if not len(left):
                break
            total[left] += fewest[left]
        scores = np.full(len(total), _NO_MATCH)
        if left is not None:
            scores[left] = _NEAR * _MATCH_UNIT + total[left] * _TYPO_UNIT
        return scores

    def _page(self, scores: Rows, first: int, count: int) -> tuple[int, list[Resultado]]:
        """Return the rows of the lowest scores, the most votes first among equals."""
        scores = np.where(scores == _NO_MATCH, _NO_MATCH, scores + _TYPO_UNIT - 1 - self._votes)
        # An entry counts once, by its name that matches best.
        aliases = self._aliases
        np.minimum.at(scores, self._entries[aliases], scores[aliases])
        scores[aliases] = _NO_MATCH
        rows = np.flatnonzero(scores != _NO_MATCH)
        total = len(rows)
        if first + count < total:
            # The scores up to the last one needed, with all its equals: fewer rows to sort.
            last = np.partition(scores[rows], first + count - 1)[first + count - 1]
            rows = rows[scores[rows] <= last]
        best = rows[np.argsort(scores[rows], kind="stable")][first : first + count]
        return total, [self._table.row(row) for row in best.tolist()]


def read_name_index(data: bytes) -> NameIndex:
    """Open the bytes of a release's `BUSCAR`."""
    return NameIndex(WholeTable(BUSCAR, data))


def read_lexicon(data: bytes) -> Lexicon:
    """Open the bytes of a release's `PALABRAS`."""
    return Lexicon(WholeTable(PALABRAS, data))


def _with_and_without_article(names: _PrefixIndex, starts: Rows) -> tuple[Rows, Rows]:
    """Return where each row's name starts, and again where it does without its article."""
    every_start, every_row = [starts], [np.arange(len(starts))]
    for article in ARTICLES:
        rows = names.starting_with(article)
        every_start.append(starts[rows] + len(article))
        every_row.append(rows)
    rows = np.concatenate(every_row)
    order = np.argsort(rows, kind="stable")
    return np.concatenate(every_start)[order], rows[order]


def _slice(rows: range) -> slice:
    return slice(rows.start, rows.stop)
