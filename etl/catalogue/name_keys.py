"""The keys of names by the column: see `cartelera.contract.names`."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.names import MAX_NAME_LENGTH, key

# Names whose key is the name in small letters.
_PLAIN = "^[0-9A-Za-z]+(?: [0-9A-Za-z]+)*$"


def name_keys(names: pd.Series[str]) -> pd.Series[str]:
    """Return the key of each name; many names are there more than once."""
    encoded = to_array(names).dictionary_encode()
    distinct = encoded.dictionary
    plain = pc.and_(
        pc.match_substring_regex(distinct, _PLAIN),
        pc.less_equal(pc.binary_length(distinct), MAX_NAME_LENGTH),
    )
    others = pa.array(map(key, distinct.filter(pc.invert(plain)).to_pylist()), pa.string())
    keys = pc.replace_with_mask(pc.ascii_lower(distinct), pc.invert(plain), others)
    return _series(keys.take(encoded.indices), names.index)


def compact_keys(keys: pd.Series[str]) -> pd.Series[str]:
    """Return keys without their spaces."""
    compact = pc.replace_substring(to_array(keys), " ", "")
    return _series(compact, keys.index)


def to_array(texts: pd.Series[str]) -> pa.Array:
    """Return texts as one Arrow array."""
    array = pa.array(texts, pa.string())
    # Texts of several frames put together are in several chunks.
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def _series(texts: pa.Array, index: pd.Index[int]) -> pd.Series[str]:
    return pd.Series(texts.to_pandas().array, index, dtype="str")
