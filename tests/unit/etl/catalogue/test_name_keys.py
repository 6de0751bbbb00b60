from __future__ import annotations

import pandas as pd
from hypothesis import example, given
from hypothesis import strategies as st

from cartelera.contract.names import MAX_NAME_LENGTH, compact, key
from etl.catalogue.name_keys import compact_keys, name_keys

NAMES = st.text("aZ0 '-_.\tÉ\u0130ß\u3164", max_size=7)


@given(st.lists(NAMES | st.text(st.characters(exclude_categories=["Cs"]), max_size=9)))
@example(["Up", "Up", "up  up", " up", "up ", "up\n", "", " ", "9", "A" * (MAX_NAME_LENGTH + 1)])
@example([("ab " * MAX_NAME_LENGTH).strip()])
def test_the_keys_of_a_column_are_those_of_its_names(names: list[str]) -> None:
    column = pd.Series(names, index=range(5, 5 + len(names)), dtype="str")
    expected = [key(name) for name in names]

    keys = name_keys(column)

    assert keys.tolist() == expected
    assert keys.index.equals(column.index)
    assert compact_keys(keys).tolist() == [compact(name_key) for name_key in expected]


def test_names_that_were_put_together_have_keys_as_well() -> None:
    column = pd.concat([pd.Series(["Up"], dtype="str"), pd.Series(["Heat 2"], dtype="str")])

    assert name_keys(column).tolist() == ["up", "heat 2"]
    assert compact_keys(name_keys(column)).tolist() == ["up", "heat2"]
