from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cartelera.contract.names import MAX_NAME_LENGTH, key
from cartelera.lookup.fuzzy import AT_ONCE, START, WORK, Budget
from cartelera.lookup.suggestions import SuggestionIndex

if TYPE_CHECKING:
    from collections.abc import Callable

KEYS = ["toy story", "toy story 2", "tokyo story", "toys", "story of toy", "alien", "alien", "up"]
VOTES = [50, 40, 30, 20, 10, 9, 90, 5]


def suggested(asked: str) -> list[str]:
    return [KEYS[position] for position in SuggestionIndex(KEYS, VOTES).nearest(asked)]


def test_keys_that_begin_so_come_first_the_best_known_leading() -> None:
    assert suggested("toy sto")[:2] == ["toy story", "toy story 2"]


def test_keys_that_hold_all_the_words_come_before_typos() -> None:
    assert suggested("story toy")[:3] == ["toy story", "toy story 2", "story of toy"]


def test_swapped_letters_are_one_typo() -> None:
    assert suggested("toy stroy")[0] == "toy story"


def test_the_nearer_key_goes_before_the_better_known() -> None:
    assert suggested("tokyo stori")[0] == "tokyo story"


def test_a_short_name_forgives_one_typo_only() -> None:
    assert suggested("op") == ["up"]
    assert suggested("zz") == []


def test_an_article_left_out_or_put_before_is_no_typo() -> None:
    keys = ["the matrix", "matador", "alien"]
    for asked, meant in (("matrx", 0), ("the alein", 2), ("the matrx", 0), ("a matrx", 0)):
        assert SuggestionIndex(keys, [1, 2, 3]).nearest(asked)[0] == meant


def test_spaces_are_no_typos() -> None:
    assert SuggestionIndex(["alien", "i q"], [9, 1]).nearest("i q r") == [1]


def test_each_key_is_given_once_at_its_best_known_place() -> None:
    assert SuggestionIndex(KEYS, VOTES).nearest("alein") == [6]


def test_no_more_than_the_limit_are_given() -> None:
    assert len(SuggestionIndex(KEYS, VOTES).nearest("toy", limit=2)) == 2


def test_nothing_is_near_nothing() -> None:
    assert SuggestionIndex(KEYS, VOTES).nearest("") == []


titles = st.lists(
    st.sampled_from(["the", "a", "toy", "toys", "story", "bora", "é", "東京", "sttory", "x"])
    | st.text("aeт", min_size=1, max_size=3),
    min_size=1,
    max_size=4,
).map(" ".join)


@given(titles.map(key), st.lists(titles.map(key), min_size=1, max_size=30))
@example("bora bora", ["bora bora", "bora", "borabora", "bora x bora"])
@example("a" * 300, ["a" * 299, "a" * 300, "a" * 500, "b" * 300])
def test_of_very_many_names_the_same_are_near_as_of_few(asked: str, keys: list[str]) -> None:
    votes = [len(name_key) for name_key in keys]

    of_many, of_few, without_numpy = (
        SuggestionIndex(keys, votes, *how).candidates(asked, len(keys))
        for how in ((0,), (len(keys),), (len(keys), lambda: False))
    )

    assert of_many == of_few == without_numpy


def test_numpy_is_imported_for_very_many_names_alone() -> None:
    asked = """
import sys
from cartelera.lookup.suggestions import SuggestionIndex
for count in (50_000, 50_001):
    SuggestionIndex(["alien"] * count, [1] * count).nearest("alein")
    print(count, "numpy" in sys.modules)
"""

    ended = subprocess.run(  # noqa: S603 (the command is ours)
        [sys.executable, "-c", asked],
        capture_output=True,
        check=True,
        text=True,
    )

    assert ended.stdout == "50000 False\n50001 True\n"


WORDS = ["toy", "story", "tokyo", "alien", "up", "the", "of", "e", "a", "matrix"]
many = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)


@pytest.mark.parametrize("how", [(0, bool), (10_000, lambda: True), (10_000, bool)])
@pytest.mark.parametrize("asked", ["toy stori", "e a", "th", "the of", "x" * MAX_NAME_LENGTH])
@given(work=st.integers(0, 5_000), keys=st.lists(many, min_size=1, max_size=200))
def test_suggestions_do_no_more_work_than_they_may(
    asked: str, how: tuple[int, Callable[[], bool]], work: int, keys: list[str]
) -> None:
    votes = [len(set(name_key)) for name_key in keys]
    index = SuggestionIndex(keys, votes, *how)
    enough, budget = Budget(10**9), Budget(work)

    everything = index.nearest(asked, len(keys), enough)
    found = index.nearest(asked, len(keys), budget)

    needed = 10**9 - enough.left
    assert 0 <= budget.left <= work
    assert budget.exceeded == (needed > work)
    assert (budget.notice is not None) == budget.exceeded
    if needed <= work:
        assert found == everything
        assert budget.left == work - needed
    else:
        assert {keys[position] for position in found} <= {keys[position] for position in everything}


@pytest.mark.parametrize("has_numpy", [True, False])
def test_names_of_other_lengths_are_not_compared(*, has_numpy: bool) -> None:
    keys = ["a" * length for length in range(1, 400)]
    budget = Budget()

    index = SuggestionIndex(keys, [1] * len(keys), has_numpy=lambda: has_numpy)
    assert index.nearest("b" * 200, 9, budget) == []

    # Those of 195 to 205 letters, which is what five typos may add or leave out.
    compared = 11 * (START + 200 + 200 // AT_ONCE + 1)
    searched = 2 * sum(len(f"\n {name_key} ") for name_key in keys) // AT_ONCE
    assert WORK - budget.left <= compared + searched


def test_where_it_has_to_stop_the_best_known_are_suggested() -> None:
    keys = [f"alien {number}" for number in range(1_000)]
    index = SuggestionIndex(keys, range(1_000), has_numpy=lambda: True)
    enough, too_little = Budget(), Budget(1_400)

    assert keys[index.nearest("alein 99", 1, enough)[0]] == "alien 99"
    found = [keys[position] for position in index.nearest("alein 99", 3, too_little)]

    assert (enough.exceeded, too_little.exceeded) == (False, True)
    assert found == ["alien 999", "alien 998", "alien 997"]
