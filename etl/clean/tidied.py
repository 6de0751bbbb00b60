"""Names tidied by the column: nearly all are as they should be, and one look tells which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.names import tidy

if TYPE_CHECKING:
    import pandas as pd

# What `tidy` leaves as it is, but for texts that are not ASCII.
_TIDY = "^(?:[!-~]+(?: [!-~]+)*)?$"


def tidy_column(texts: pa.LargeStringArray) -> pa.LargeStringArray:
    """Return texts as `tidy` leaves each; null stays null."""
    encoded = texts.dictionary_encode()
    distinct = encoded.dictionary
    others = pc.invert(pc.match_substring_regex(distinct, _TIDY))
    tidied = pa.array(map(tidy, distinct.filter(others).to_pylist()), distinct.type)
    return pc.replace_with_mask(distinct, others, tidied).take(encoded.indices)


def to_array(texts: pd.Series[str]) -> pa.LargeStringArray:
    """Return a column of texts as one Arrow array."""
    array = pa.array(texts, pa.large_string())
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
