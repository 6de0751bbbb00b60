"""Which names pass the letter filter."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from cartelera.contract.names import compact
from cartelera.lookup.letter_filter import LetterFilter

texts = (
    st.lists(
        st.sampled_from(["the", "a", "toy", "toys", "story", "bora", "é", "東京", "sttory", "x"])
        | st.text("aeт", min_size=1, max_size=3),
        min_size=1,
        max_size=4,
    )
    .map(" ".join)
    .map(compact)
)


@given(texts, st.lists(texts, min_size=1), st.integers(0, 5))
def test_the_letter_filter_lets_through_all_that_is_near_or_holds_a_text(
    asked: str, names: list[str], most: int
) -> None:
    letters = LetterFilter(names)

    near = {place for place, name in enumerate(names) if OSA.distance(asked, name) <= most}
    assert near <= set(letters.near(asked, most))
    assert {place for place, name in enumerate(names) if asked in name} <= set(
        letters.containing(asked)
    )


def test_the_letter_filter_lets_little_through_that_is_not_near() -> None:
    names = ["alien", "aliens", "toystory", "jumanji", "heat", "nelia", "casino"]

    assert LetterFilter(names).near("alein", 1) == [0, 1, 5]
    assert LetterFilter(names).containing("al") == [0, 1, 5]
