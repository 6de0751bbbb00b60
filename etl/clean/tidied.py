"""Names tidied by the column: nearly all are as they should be, and one look tells which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.names import tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

# What `tidy` leaves as it is, but for texts that are not ASCII.
_TIDY = "^(?:[!-~]+(?: [!-~]+)*)?$"


def tidy_column(texts: Sequence[str | None]) -> pa.Array:
    """Return texts as `tidy` leaves each, as large strings; null stays null."""
    encoded = pa.array(texts, pa.large_string()).dictionary_encode()
    distinct = encoded.dictionary
    others = pc.invert(pc.match_substring_regex(distinct, _TIDY))
    tidied = pa.array(map(tidy, distinct.filter(others).to_pylist()), distinct.type)
    return pc.replace_with_mask(distinct, others, tidied).take(encoded.indices)
