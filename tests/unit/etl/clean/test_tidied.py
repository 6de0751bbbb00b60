from __future__ import annotations

import pickle

import pandas as pd
import pyarrow as pa
from hypothesis import example, given
from hypothesis import strategies as st

from cartelera.contract.names import tidy
from etl.clean.tidied import tidy_column, to_own_array

# What is tidied, and what is not, in ASCII and beyond it.
ODD = st.text("aZ0~! \t\n\x00\x7f\u00a0\u200b\u3164é", max_size=6)


@given(st.lists(st.none() | ODD | st.text(st.characters(exclude_categories=["Cs"]), max_size=9)))
@example([*map(chr, range(0x500)), *map(chr, range(0x2000, 0x2100))])
@example(["", " ", "a", "a b", "a  b", " a", "a ", "a\n", "a", None])
def test_a_column_is_tidied_as_each_of_its_names(names: list[str | None]) -> None:
    tidied = tidy_column(pa.array(names, pa.large_string()))

    assert tidied.to_pylist() == [None if name is None else tidy(name) for name in names]


def test_a_slice_is_pickled_without_what_it_is_a_slice_of() -> None:
    texts = pd.Series([f"text {number}" for number in range(1_000)], dtype="str")

    array = to_own_array(texts.iloc[500:502])

    assert array.to_pylist() == ["text 500", "text 501"]
    assert len(pickle.dumps(array)) < 500
