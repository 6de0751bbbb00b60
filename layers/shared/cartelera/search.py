"""Searching every name of the catalogue at once, as people type.

The keys of all names lie in one stretch of bytes. A search looks at the places where words
start, byte by byte of what was typed: the first byte leaves a twentieth of the places, so that
a quarter of a million names take a few milliseconds, and there is no index to build or keep.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np

from cartelera.lookup import Table
from cartelera.names import key
from cartelera.suggestions import ARTICLES, forgiven, typos
from cartelera.tables import BUSCAR, ENTRY, FOUND_IN, KEY, KINDS, PALABRAS, VOTES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from cartelera.tables import Palabra, Resultado

    type Rows = NDArray[np.int64]

_SPACE, _END = b" \n"
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

    def starting_with(self, typed: str) -> Rows:
        """Return the rows of the places where the text goes on as typed, in order."""
        starts, rows = self._starts, self._rows
        for offset, byte in enumerate(typed.encode()):
            fits = self._text.take(starts + offset, mode="clip") == byte
            starts, rows = starts[fits], rows[fits]
        return rows

    def within(self, rows: Rows) -> _Places:
        """Return the places that are in some of the rows, given in order."""
        first = np.searchsorted(self._rows, rows)
        count = np.searchsorted(self._rows, rows, side="right") - first
        # All ranges from `first` in one: each place is the last one plus 1, or a new start.
        steps = np.ones(count.sum(), np.int64)
        if len(steps):
            steps[0] = first[0]
            steps[np.cumsum(count)[:-1]] = first[1:] - (first + count)[:-1] + 1
        places = np.cumsum(steps)
        return _Places(self._text, self._starts[places], self._rows[places])


class Words:
    """The words of a catalogue's names, by length: a mistyped one is about as long."""

    def __init__(self, table: Table[Palabra]) -> None:
        self._table = table
        self._held_by = self._table.numbers(VOTES)
        self._of_length: dict[int, tuple[list[str], list[int]]] = defaultdict(lambda: ([], []))
        for position, word in enumerate(cast("list[str]", self._table.column(KEY))):
            words, positions = self._of_length[len(word)]
            words.append(word)
            positions.append(position)

    def meant(self, typed: str) -> Iterator[tuple[Rows, int]]:
        """Yield the rows of `BUSCAR` that hold a word near what was typed, and the typos."""
        if (
            len(typed) < _SHORTEST_MISTYPED
            or self._held_by[_slice(self._table.of_key(typed))].sum() > _FREQUENT
        ):
            return
        most = min(forgiven(len(typed)), _MOST_TYPOS)
        near: list[tuple[int, int]] = []
        for length in range(len(typed) - most, len(typed) + most + 1):
            words, positions = self._of_length.get(length, ([], []))
            near += ((distance, positions[place]) for place, distance in typos(typed, words, most))
        for distance, position in sorted(near)[:_MOST_MEANT]:
            yield np.asarray(self._table.value(FOUND_IN, position), np.int64), distance


class Index:
    """Every name of a catalogue, ready to be searched. Rows are those of `BUSCAR`."""

    def __init__(self, table: Table[Resultado]) -> None:
        self._table = table
        keys = cast("list[str]", self._table.column(KEY))
        text = np.frombuffer("".join(f"{name_key}\n" for name_key in keys).encode(), np.uint8)
        ends = np.flatnonzero(text == _END)
        breaks = np.flatnonzero((text == _END) | (text == _SPACE))
        rows = np.arange(len(keys))
        names = np.r_[0, ends + 1][: len(ends)]
        words = np.r_[0, breaks + 1][: len(breaks)]
        self._words = _Places(text, words, np.searchsorted(ends, words))
        self._names = _Places(text, *_with_and_without_article(_Places(text, names, rows), names))
        self._all = np.ones(len(keys), np.bool_)
        self._votes = np.minimum(self._table.numbers(VOTES), _TYPO - 1)
        self._entries = self._table.numbers(ENTRY)
        self._aliases = np.flatnonzero(self._entries != rows)
        kinds = {kind: number for number, kind in enumerate(KINDS)}
        self._kinds = np.array([kinds[str(kind)] for kind in self._table.column("tipo")], np.int64)

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
        asked_key = key(asked)
        of_kind = self._kinds == list(KINDS).index(kind) if kind else self._all
        scores = np.where(of_kind, self._holding(asked_key), _NOT_FOUND)
        found = scores[scores != _NOT_FOUND]
        if len(found) < _FEW and np.all(found >= _WORDS * _FIT):
            near = np.where(of_kind, self._mistyped(asked_key, words()), _NOT_FOUND)
            scores = np.minimum(scores, near)
        return self._page(scores, first, count)

    def _holding(self, asked_key: str) -> Rows:
        """Score the names that hold every word of what was asked, as it was typed."""
        longest, *others = sorted(dict.fromkeys(asked_key.split()), key=len, reverse=True)
        holding = np.unique(self._words.starting_with(longest))
        for word in others:
            holding = np.unique(self._words.within(holding).starting_with(word))
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
    return Index(Table(BUSCAR, data))


def read_words(data: bytes) -> Words:
    """Open the bytes of a release's `PALABRAS`.

    Raises
    ------
    UnsoundReleaseError
        When they are no such table.
    """
    return Words(Table(PALABRAS, data))


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


def _slice(rows: range) -> slice:
    return slice(rows.start, rows.stop)
