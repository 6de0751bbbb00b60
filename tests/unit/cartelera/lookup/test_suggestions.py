from __future__ import annotations

import subprocess
import sys

from hypothesis import example, given
from hypothesis import strategies as st

from cartelera.contract.names import key
from cartelera.lookup.suggestions import SuggestionIndex

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

    of_many, of_few = (
        SuggestionIndex(keys, votes, max_compared).candidates(asked)
        for max_compared in (0, len(keys))
    )

    assert of_many == of_few


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
