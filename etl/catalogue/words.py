"""Counting the words of texts: the part of the features that reads every letter.

It needs no other film, so it runs in the job's worker processes, on batches, and imports none of
the heavy libraries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.names import key

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray


# What ASCII becomes in a key, and what is dropped of it; and what stands between texts.
_KEPT = [key(f"a{chr(code)}a")[1:-1] for code in range(128)]
_FOLDED = bytes(ord(kept or " ") for kept in _KEPT) + bytes(range(128, 256))
_DROPPED = bytes(code for code, kept in enumerate(_KEPT) if not kept)
_END = "\N{FULL BLOCK}"


class WordCounts(NamedTuple):
    """How often each word stands in each of some texts: a sparse matrix (CSR) in parts.

    Attributes
    ----------
    texts
        How many texts there are: the rows.
    vocabulary : large strings
        The words: the columns.
    starts : int64, shape (texts + 1,)
        Text `i` has the entries `starts[i]` up to `starts[i + 1]` of the next two.
    words, counts : int32, shape (entries,)
        A word's column, once a text, and how often it stands there.
    """

    texts: int
    vocabulary: pa.LargeStringArray
    starts: NDArray[np.int64]
    words: NDArray[np.int32]
    counts: NDArray[np.int32]


def count_words(texts: pa.LargeStringArray) -> WordCounts:
    """Count the words of texts, split as keys are: into letters of any script and digits."""
    in_ascii = pc.string_is_ascii(texts)
    words, places = _split_ascii(texts.filter(in_ascii))
    places = np.flatnonzero(in_ascii)[places]
    # Also those of punctuation alone, which are their own keys.
    without_words = np.ones(len(texts), np.bool_)
    without_words[places] = False
    others = np.flatnonzero(without_words)
    stripped = map(str.strip, texts.take(others).to_pylist())
    keys = [(text and key(text, max_length=None)) or None for text in stripped]
    lists = pc.split_pattern(pa.array(keys, pa.large_string()), " ")
    places = np.concatenate([places, others[pc.list_parent_indices(lists)]])
    encoded = pa.chunked_array([words, lists.flatten()]).combine_chunks().dictionary_encode()
    size = max(1, len(encoded.dictionary))
    # One number for a word in a text.
    pairs = places * size + encoded.indices.to_numpy()
    pairs, counts = np.unique(pairs, return_counts=True)
    return WordCounts(
        len(texts),
        encoded.dictionary,
        pairs.searchsorted(np.arange(len(texts) + 1) * size),
        (pairs % size).astype(np.int32),
        counts.astype(np.int32),
    )


def _split_ascii(texts: pa.LargeStringArray) -> tuple[pa.LargeStringArray, NDArray[np.int64]]:
    """Return the words of the keys of ASCII texts, and the place of each one's text."""
    ended = pc.binary_join_element_wise(
        texts, *(pa.scalar(t, texts.type) for t in (f" {_END} ", ""))
    )
    # Of the bytes alone: a buffer may be longer.
    _, offsets, data = ended.buffers()
    size = np.frombuffer(offsets, np.int64)[-1] if len(texts) else 0
    whole = data.slice(0, size).to_pybytes() if data else b""
    whole = whole.translate(_FOLDED, _DROPPED)
    bounds = pa.array([0, len(whole)], pa.int64()).buffers()[1]
    one = pa.LargeStringArray.from_buffers(1, bounds, pa.py_buffer(whole))
    words = pc.ascii_split_whitespace(one).flatten()
    ends, empty = (pc.equal(words, each).to_numpy(zero_copy_only=False) for each in (_END, ""))
    own = ~ends & ~empty
    return words.filter(pa.array(own)), np.cumsum(ends)[own]


def merge_counts(batches: Iterable[WordCounts]) -> WordCounts:
    """Merge the counts of consecutive batches; the words are in alphabetical order."""
    batches = list(batches)
    words = [pa.array([], pa.large_string()), *(batch.vocabulary for batch in batches)]
    encoded = pa.concat_arrays(words).dictionary_encode()
    # By code point, as Python sorts.
    order = pc.array_sort_indices(encoded.dictionary).to_numpy()
    places = np.empty(len(order), np.int32)
    places[order] = np.arange(len(order), dtype=np.int32)
    numbers = places[encoded.indices.to_numpy()]
    ends = np.cumsum([len(batch.vocabulary) for batch in batches], dtype=np.int64)
    nothing = np.array([], np.int32)
    renumbered = [
        numbers[end - len(batch.vocabulary) : end][batch.words]
        for end, batch in zip(ends, batches, strict=True)
    ]
    lengths = [np.diff(batch.starts) for batch in batches]
    return WordCounts(
        sum(batch.texts for batch in batches),
        encoded.dictionary.take(pa.array(order)),
        np.cumsum(np.concatenate([[0], *lengths]), dtype=np.int64),
        np.concatenate([nothing, *renumbered]),
        np.concatenate([nothing, *(batch.counts for batch in batches)]),
    )


def term_frequencies(counted: WordCounts) -> dict[str, int]:
    """Return how often each word stands in all of the texts."""
    totals = np.bincount(counted.words, counted.counts, len(counted.vocabulary))
    return dict(zip(counted.vocabulary.to_pylist(), totals.astype(int).tolist(), strict=True))
