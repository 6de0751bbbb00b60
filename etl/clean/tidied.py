"""Names tidied by the column: nearly all are as they should be, and one look tells which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.names import tidy

if TYPE_CHECKING:
    import pandas as pd

# What most texts are made of, and `tidy` leaves as it is: visible characters of Latin, and Cyrillic
# letters, with single spaces between them.
_VISIBLE = "[!-~¡-¬®-ʯЀ-ҁ–—‘’“”…]+"
_TIDY = f"^(?:{_VISIBLE}(?: {_VISIBLE})*)?$"


def tidy_column(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    """Return texts as `tidy` leaves each; null stays null."""
    others = pc.invert(pc.match_substring_regex(texts, _TIDY))
    encoded = texts.filter(others).dictionary_encode()
    tidied = pa.array(map(tidy, encoded.dictionary.to_pylist()), texts.type)
    return pc.replace_with_mask(texts, others, tidied.take(encoded.indices))


def to_array(texts: pd.Series[str]) -> pa.LargeStringArray:
    """Return a column of texts as one Arrow array."""
    array = pa.array(texts, pa.large_string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def to_own_array(texts: pd.Series[str]) -> pa.LargeStringArray:
    """Return a column of texts as an Arrow array to be pickled.

    Pickled as it is, a slice would take along all that it is a slice of.
    """
    return pa.concat_arrays([to_array(texts)])
