"""Pairs of numbers in order."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from etl.catalogue.pairs import sorted_pairs

NUMBERS = st.integers(0, 3) | st.integers(0, 2**31 - 1)


@given(st.lists(st.tuples(NUMBERS, NUMBERS)))
def test_pairs_are_in_order_and_each_is_there_once(pairs: list[tuple[int, int]]) -> None:
    firsts, seconds = np.array(pairs, np.int32).reshape(-1, 2).T

    found = sorted_pairs(firsts, seconds)

    assert list(zip(*map(np.ndarray.tolist, found), strict=True)) == sorted(set(pairs))
