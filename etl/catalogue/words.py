"""Counting the words of texts: the part of the features that reads every letter.

It needs no other film, so it runs in the job's worker processes, on batches, and brings none of
the heavy libraries with it.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cartelera.contract.names import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


class WordCounts(NamedTuple):
    """Which words stand in some texts, and how often.

    Attributes
    ----------
    texts
        How many texts there are.
    vocabulary
        The words, in the order of their numbers.
    starts : int64, shape (texts + 1,)
        Text `i` has the entries `starts[i]` up to `starts[i + 1]` of the next two.
    words, counts : int32, shape (entries,)
        A word's number, and how often it stands there; a word stands in a text once.
    """

    texts: int
    vocabulary: list[str]
    starts: NDArray[np.int64]
    words: NDArray[np.int32]
    counts: NDArray[np.int32]


def count_words(texts: Sequence[str]) -> WordCounts:
    """Count the words of texts, taken apart as names are: letters of any script and digits."""
    numbers: dict[str, int] = {}
    counted: list[dict[int, int]] = []
    for text in texts:
        counts: dict[int, int] = {}
        for word in key(text).split():
            number = numbers.setdefault(word, len(numbers))
            counts[number] = counts.get(number, 0) + 1
        counted.append(counts)
    return WordCounts(
        len(counted),
        list(numbers),
        np.cumsum([0, *map(len, counted)], dtype=np.int64),
        np.fromiter(chain.from_iterable(counted), np.int32),
        np.fromiter(chain.from_iterable(each.values() for each in counted), np.int32),
    )


def together(parts: Iterable[WordCounts]) -> WordCounts:
    """Put the counts of consecutive batches together; their words are numbered by the alphabet."""
    parts = list(parts)
    vocabulary = sorted(set(chain.from_iterable(part.vocabulary for part in parts)))
    numbers = {word: number for number, word in enumerate(vocabulary)}
    renumbered = [
        np.fromiter((numbers[word] for word in part.vocabulary), np.int32)[part.words]
        for part in parts
    ]
    return WordCounts(
        sum(part.texts for part in parts),
        vocabulary,
        np.cumsum(
            [0, *chain.from_iterable(np.diff(part.starts) for part in parts)], dtype=np.int64
        ),
        np.concatenate([np.array([], np.int32), *renumbered]),
        np.concatenate([np.array([], np.int32), *(part.counts for part in parts)]),
    )


def word_times(counted: WordCounts) -> dict[str, int]:
    """Return how often each word stands in all of the texts."""
    times = np.bincount(counted.words, counted.counts, len(counted.vocabulary))
    return dict(zip(counted.vocabulary, times.astype(int).tolist(), strict=True))
