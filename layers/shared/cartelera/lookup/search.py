"""Searching every name of the catalogue at once, as people type.

The keys of all names lie in one stretch of bytes. A search looks at the places where words
start with the first byte of what was typed, and byte by byte at how they go on: a quarter of a
million names take a few milliseconds, and there is no index to build or keep but those places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from cartelera.contract.names import key
from cartelera.contract.tables import BUSCAR, ENTRY, FOUND_IN, KEY, KIND, KINDS, PALABRAS, VOTES
from cartelera.lookup.suggestions import ARTICLES, forgiven, typos, without_article
from cartelera.lookup.table import WholeTable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from cartelera.contract.tables import Palabra, Resultado

    type Rows = NDArray[np.int64]

_SPACE, _END = b" \n"
_BYTES = 256
# How well a name fits, best first; then the fewer typos and the more votes, the better.
_EXACT, _PREFIX, _WORDS, _NEAR = range(4)
_FIT = 1 << 48
_TYPO = 1 << 40
_NOT_FOUND = np.iinfo(np.int64).max
# Of shorter words every other is a typo.
_SHORTEST_MISTYPED = 3
# A word that so many names hold is no typo.
_FREQUENT = 100
# In one word; beyond them it could be any.
_MOST_TYPOS = 2
# As what one mistyped word may have been meant, at the most.
_MOST_MEANT = 50
# With so few names that hold what was typed, it may have been mistyped all the same.
_FEW = 5


class Found(NamedTuple):
    """A page of what was found, best first, and how many there are in all."""

    total: int
    results: list[Resultado]


class _Places:
    """Places in a stretch of bytes, and the row that each of them is in; rows do not fall."""

    def __init__(self, text: NDArray[np.uint8], starts: Rows, rows: Rows) -> None:
        self._text = text
        self._starts = starts
        self._rows = rows
        # The same again by the byte that stands there, those of byte b from `_from[b]` on.
        firsts = text[starts]
        order = np.argsort(firsts, kind="stable")
        self._starts_by_first, self._rows_by_first = starts[order], rows[order]
        self._from = np.searchsorted(firsts[order], np.arange(_BYTES + 1))

    def starting_with(self, typed: str) -> Rows:
        """Return the rows of the places where the text goes on as typed, in order."""
        first, *others = typed.encode()
        of_first = slice(self._from[first], self._from[first + 1])
        return self._going_on(
            others, self._starts_by_first[of_first] + 1, self._rows_by_first[of_first]
        )

    def starting_with_in(self, rows: Rows, typed: str) -> Rows:
        """Return those of some rows, given in order, that have a place as in `starting_with`."""
        first = np.searchsorted(self._rows, rows)
        count = np.searchsorted(self._rows, rows, side="right") - first
        # All ranges from `first` in one: each place is the last one plus 1, or a new start.
        steps = np.ones(count.sum(), np.int64)
        if len(steps):
            steps[0] = first[0]
            steps[np.cumsum(count)[:-1]] = first[1:] - (first + count)[:-1] + 1
        places = np.cumsum(steps)
        return self._going_on(typed.encode(), self._starts[places], self._rows[places])

    def _going_on(self, typed: Iterable[int], starts: Rows, rows: Rows) -> Rows:
        for offset, byte in enumerate(typed):
            fits = self._text.take(starts + offset, mode="clip") == byte
            starts, rows = starts[fits], rows[fits]
        return rows


class Words:
    """The words of a catalogue's names, from which a mistyped one is found.

    Comparing two words takes long beside seeing that they cannot be near: a typo changes the
    length by one at most, and which letters a word holds by two. So each has its length and a
    mask of its letters, a bit for each code point modulo 32.
    """

    def __init__(self, table: WholeTable[Palabra]) -> None:
        self._table = table
        self._held_by = self._table.numbers(VOTES)
        self._words = cast("list[str]", self._table.column(KEY))
        self._lengths = np.fromiter(map(len, self._words), np.int64, len(self._words))
        self._letters = _letters(self._words, self._lengths)

    def meant(self, typed: str) -> Iterator[tuple[Rows, int]]:
        """Yield the rows of `BUSCAR` that hold a word near what was typed, and the typos."""
        held_by = self._held_by[_slice(self._table.of_key(typed))].sum()
        if len(typed) < _SHORTEST_MISTYPED or held_by > _FREQUENT:
            return
        most = min(forgiven(len(typed)), _MOST_TYPOS)
        letters = _letters([typed], np.array([len(typed)]))
        may_be_near = (np.abs(self._lengths - len(typed)) <= most) & (
            np.bitwise_count(self._letters ^ letters) <= 2 * most
        )
        positions = np.flatnonzero(may_be_near).tolist()
        near = [
            (distance, positions[place])
            for place, distance in typos(typed, [self._words[each] for each in positions], most)
        ]
        for distance, position in sorted(near)[:_MOST_MEANT]:
            yield np.asarray(self._table.value(FOUND_IN, position), np.int64), distance


class Index:
    """Every name of a catalogue, ready to be searched. Rows are those of `BUSCAR`."""

    def __init__(self, table: WholeTable[Resultado]) -> None:
        self._table = table
        keys = cast("list[str]", self._table.column(KEY))
        text = np.frombuffer("\n".join([*keys, ""]).encode(), np.uint8)
        ends = np.flatnonzero(text == _END)
        breaks = np.flatnonzero((text == _END) | (text == _SPACE))
        rows = np.arange(len(keys))
        names = np.r_[0, ends + 1][: len(ends)]
        words = np.r_[0, breaks + 1][: len(breaks)]
        self._words = _Places(text, words, np.searchsorted(ends, words))
        self._names = _Places(text, *_with_and_without_article(_Places(text, names, rows), names))
        self._votes = np.minimum(self._table.numbers(VOTES), _TYPO - 1)
        self._entries = self._table.numbers(ENTRY)
        self._aliases = np.flatnonzero(self._entries != rows)
        self._kinds = self._table.numbers(KIND)

    def find(
        self, asked: str, kind: str | None, words: Callable[[], Words], first: int, count: int
    ) -> Found:
        """Return what starts with what was asked, or holds words that start with its words.

        Names that agree to the end come first, films before others; then those that start so,
        with or without an article; then those that hold all the words; then, where only a few
        do and none starts so, names with words that are near, the fewest typos first. Among
        equals the best known leads.

        Parameters
        ----------
        asked
            What was typed.
        kind
            One of `KINDS`, or None for all.
        words
            Opens the words of the same release.
        first, count
            The place of the first result to return, from 0, and how many.

        Raises
        ------
        StorageError, UnsoundReleaseError
            When the words cannot be opened.
        """
        of_kind = self._kinds == list(KINDS).index(kind) if kind else True
        # "the alien" may be "Alien"; where something is called so, the article is meant.
        for asked_key in dict.fromkeys((key(asked), without_article(key(asked)))):
            scores = np.where(of_kind, self._holding(asked_key), _NOT_FOUND)
            found = scores[scores != _NOT_FOUND]
            if len(found):
                break
        if len(found) < _FEW and np.all(found >= _WORDS * _FIT):
            near = np.where(of_kind, self._mistyped(asked_key, words()), _NOT_FOUND)
            scores = np.minimum(scores, near)
        return self._page(scores, first, count)

    def _holding(self, asked_key: str) -> Rows:
        """Score the names that hold every word of what was asked, as it was typed."""
        longest, *others = sorted(dict.fromkeys(asked_key.split()), key=len, reverse=True)
        holding = np.unique(self._words.starting_with(longest))
        for word in others:
            holding = np.unique(self._words.starting_with_in(holding, word))
        scores = np.full(len(self._votes), _NOT_FOUND)
        scores[holding] = _WORDS * _FIT
        scores[self._names.starting_with(asked_key)] = _PREFIX * _FIT
        scores[_slice(self._table.starting_with(asked_key))] = _PREFIX * _FIT
        for exact in (
            self._names.starting_with(f"{asked_key}\n"),
            np.arange(*_slice(self._table.of_key(asked_key)).indices(len(scores))),
        ):
            scores[exact] = _EXACT * _FIT + self._kinds[exact] * _TYPO
        return scores

    def _mistyped(self, asked_key: str, words: Words) -> Rows:
        """Score the names that hold a word near every word of what was asked."""
        too_many = _FIT // _TYPO
        total = np.zeros(len(self._votes), np.int64)
        for word in dict.fromkeys(asked_key.split()):
            least = np.full(len(total), too_many)
            for rows, distance in words.meant(word):
                least[rows] = np.minimum(least[rows], distance)
            least[self._words.starting_with(word)] = 0
            total += least
            # Of hundreds of words, few are ever needed to see that no name holds them all.
            if np.all(total >= too_many):
                break
        return np.where(total < too_many, _NEAR * _FIT + total * _TYPO, _NOT_FOUND)

    def _page(self, scores: Rows, first: int, count: int) -> Found:
        """Return the best of the rows by score, the most votes first among equals."""
        scores = np.where(scores == _NOT_FOUND, _NOT_FOUND, scores + _TYPO - 1 - self._votes)
        # An entry counts once, by the name of it that fits best.
        aliases = self._aliases
        np.minimum.at(scores, self._entries[aliases], scores[aliases])
        scores[aliases] = _NOT_FOUND
        rows = np.flatnonzero(scores != _NOT_FOUND)
        total = len(rows)
        if first + count < total:
            # Those that reach the last one's score, with all its equals: sorting finds the first.
            last = np.partition(scores[rows], first + count - 1)[first + count - 1]
            rows = rows[scores[rows] <= last]
        best = rows[np.argsort(scores[rows], kind="stable")][first : first + count]
        return Found(total, [self._table.row(row) for row in best.tolist()])


def read_index(data: bytes) -> Index:
    """Open the bytes of a release's `BUSCAR`.

    Raises
    ------
    UnsoundReleaseError
        When they are no such table.
    """
    return Index(WholeTable(BUSCAR, data))


def read_words(data: bytes) -> Words:
    """Open the bytes of a release's `PALABRAS`.

    Raises
    ------
    UnsoundReleaseError
        When they are no such table.
    """
    return Words(WholeTable(PALABRAS, data))


def _with_and_without_article(names: _Places, starts: Rows) -> tuple[Rows, Rows]:
    """Return where each row's name starts, and again where it does without its article."""
    every_start, every_row = [starts], [np.arange(len(starts))]
    for article in ARTICLES:
        rows = names.starting_with(article)
        every_start.append(starts[rows] + len(article))
        every_row.append(rows)
    rows = np.concatenate(every_row)
    order = np.argsort(rows, kind="stable")
    return np.concatenate(every_start)[order], rows[order]


def _letters(words: Sequence[str], lengths: Rows) -> NDArray[np.uint32]:
    """Return the mask of each word's letters; no word is empty."""
    if not words:
        return np.zeros(0, np.uint32)
    code_points = np.frombuffer("".join(words).encode("utf-32-le"), np.uint32)
    starts = np.cumsum(lengths) - lengths
    return np.bitwise_or.reduceat(np.uint32(1) << (code_points & 31), starts)


def _slice(rows: range) -> slice:
    return slice(rows.start, rows.stop)
