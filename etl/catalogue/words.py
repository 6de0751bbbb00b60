"""Counting the words of texts: the part of the features that reads every letter.

It needs no other film, so it runs in the job's worker processes, on batches, and imports none of
the heavy libraries.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.names import key

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray


class WordCounts(NamedTuple):
    """How often each word stands in each of some texts: a sparse matrix (CSR) in parts.

    Attributes
    ----------
    texts
        How many texts there are: the rows.
    vocabulary
        The words: the columns.
    starts : int64, shape (texts + 1,)
        Text `i` has the entries `starts[i]` up to `starts[i + 1]` of the next two.
    words, counts : int32, shape (entries,)
        A word's column, once a text, and how often it stands there.
    """

    texts: int
    vocabulary: list[str]
    starts: NDArray[np.int64]
    words: NDArray[np.int32]
    counts: NDArray[np.int32]


def count_words(texts: Sequence[str]) -> WordCounts:
    """Count the words of texts, split as keys are: into letters of any script and digits."""
    keys = [key(text, max_length=None) or None for text in texts]
    lists = pc.split_pattern(pa.array(keys, pa.string()), " ")
    words = lists.flatten().dictionary_encode()
    size = max(1, len(words.dictionary))
    # One number for a word in a text.
    pairs = pc.list_parent_indices(lists).to_numpy() * size + words.indices.to_numpy()
    pairs, counts = np.unique(pairs, return_counts=True)
    return WordCounts(
        len(texts),
        words.dictionary.to_pylist(),
        pairs.searchsorted(np.arange(len(texts) + 1) * size),
        (pairs % size).astype(np.int32),
        counts.astype(np.int32),
    )


def merge_counts(batches: Iterable[WordCounts]) -> WordCounts:
    """Merge the counts of consecutive batches; the words are in alphabetical order."""
    batches = list(batches)
    vocabulary = sorted(set(chain.from_iterable(batch.vocabulary for batch in batches)))
    numbers = {word: number for number, word in enumerate(vocabulary)}
    nothing = np.array([], np.int32)
    renumbered = [
        np.fromiter((numbers[word] for word in batch.vocabulary), np.int32)[batch.words]
        for batch in batches
    ]
    lengths = [np.diff(batch.starts) for batch in batches]
    return WordCounts(
        sum(batch.texts for batch in batches),
        vocabulary,
        np.cumsum(np.concatenate([[0], *lengths]), dtype=np.int64),
        np.concatenate([nothing, *renumbered]),
        np.concatenate([nothing, *(batch.counts for batch in batches)]),
    )


def term_frequencies(counted: WordCounts) -> dict[str, int]:
    """Return how often each word stands in all of the texts."""
    totals = np.bincount(counted.words, counted.counts, len(counted.vocabulary))
    return dict(zip(counted.vocabulary, totals.astype(int).tolist(), strict=True))
