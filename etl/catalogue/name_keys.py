"""The keys of names by the column: see `cartelera.contract.names`."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.names import MAX_NAME_LENGTH, key

# Names whose key is the name in small letters, and those of which it is what is left of them
# without ASCII's punctuation.
_PLAIN = "^[0-9A-Za-z]+(?: [0-9A-Za-z]+)*$"
_PUNCTUATED = "^[ -~]*[0-9A-Za-z][ -~]*$"
# What joins what it stands between, and what parts it.
_JOINING, _PARTING = "['`]+", "[^0-9a-z]+"


def name_keys(names: pd.Series[str]) -> pd.Series[str]:
    """Return the key of each name; many names are there more than once."""
    encoded = to_array(names).dictionary_encode()
    distinct = encoded.dictionary
    long = pc.greater(pc.binary_length(distinct), MAX_NAME_LENGTH)
    odd = pc.or_(long, pc.invert(pc.match_substring_regex(distinct, _PLAIN)))
    keys = pc.replace_with_mask(pc.ascii_lower(distinct), odd, _odd_keys(distinct.filter(odd)))
    return _series(keys.take(encoded.indices), names.index)


def _odd_keys(names: pa.StringArray) -> pa.StringArray:
    """Return the keys of names that are not plain."""
    long = pc.greater(pc.binary_length(names), MAX_NAME_LENGTH)
    others = pc.or_(long, pc.invert(pc.match_substring_regex(names, _PUNCTUATED)))
    joined = pc.replace_substring_regex(pc.ascii_lower(names), _JOINING, "")
    words = pc.ascii_trim(pc.replace_substring_regex(joined, _PARTING, " "), " ")
    found = pa.array(map(key, names.filter(others).to_pylist()), pa.string())
    return pc.replace_with_mask(words, others, found)


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
