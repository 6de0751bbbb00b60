from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from cartelera.contract.names import MAX_NAME_LENGTH, compact, key
from cartelera.contract.readings import without_article
from cartelera.lookup.fuzzy import LOOK, START, WORK, Budget, max_typos
from cartelera.lookup.suggestions import Candidate, SuggestionIndex

KEYS = ["alien", "alien", "story of toy", "tokyo story", "toys", "toy story", "toy story 2", "up"]
VOTES = [9, 90, 10, 30, 20, 50, 40, 5]


def suggested(asked: str) -> list[str]:
    return [KEYS[position] for position in SuggestionIndex(KEYS, VOTES).nearest(asked)]


def test_keys_that_begin_so_come_first_the_best_known_leading() -> None:
    assert suggested("toy sto")[:2] == ["toy story", "toy story 2"]


def test_keys_that_hold_all_the_words_come_before_typos() -> None:
    assert suggested("story toy")[:3] == ["toy story", "toy story 2", "story of toy"]


def test_a_short_word_begins_names_that_have_it_whole_before_longer_words() -> None:
    keys = ["e t the extra terrestrial", "eternity", "the et case"]

    assert SuggestionIndex(keys, [5, 9, 1]).nearest("et") == [0, 2, 1]
    assert SuggestionIndex(["upper deck", "up in the air"], [9, 1]).nearest("up") == [1, 0]
    assert SuggestionIndex(["starship", "star wars"], [9, 1]).nearest("star") == [0, 1]


def test_swapped_letters_are_one_typo() -> None:
    assert suggested("toy stroy")[0] == "toy story"


def test_a_short_name_of_many_is_found_whichever_letters_are_swapped() -> None:
    index = SuggestionIndex(["boy", "mud", "up in the air"], [1, 2, 3], max_compared=0)

    assert [index.nearest(asked) for asked in ("oby", "byo", "umd", "mdu")] == [[0], [0], [1], [1]]


def test_the_nearer_key_goes_before_the_better_known() -> None:
    assert suggested("tokyo stori")[0] == "tokyo story"


def test_a_short_name_forgives_one_typo_only() -> None:
    assert suggested("op") == ["up"]
    assert suggested("zz") == []


def test_an_article_left_out_or_put_before_is_no_typo() -> None:
    keys = ["alien", "matador", "the matrix"]
    for asked, meant in (("matrx", 2), ("the alein", 0), ("the matrx", 2), ("a matrx", 2)):
        assert SuggestionIndex(keys, [1, 2, 3]).nearest(asked)[0] == meant


def test_spaces_are_no_typos() -> None:
    assert SuggestionIndex(["alien", "i q"], [9, 1]).nearest("i q r") == [1]


def test_each_key_is_given_once_at_its_best_known_place() -> None:
    assert SuggestionIndex(KEYS, VOTES).nearest("alein") == [1]


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
@example("bora bora", ["bora", "borabora", "bora bora", "bora x bora"])
@example("a" * 300, ["a" * 299, "a" * 300, "a" * 500, "b" * 300])
def test_what_is_near_is_what_a_look_at_every_key_finds(asked: str, keys: list[str]) -> None:
    keys = sorted(keys, key=compact)
    votes = [len(name_key) for name_key in keys]

    for few in (True, False):
        index = SuggestionIndex(keys, votes, len(keys) if few else 0)
        expected: dict[str, Candidate] = {}
        for candidate in sorted(
            filter(None, (by_hand(asked, keys, n, few=few) for n in range(len(keys))))
        ):
            expected.setdefault(keys[candidate.position], candidate)
        assert index.candidates(asked, len(keys)) == list(expected.values())


def by_hand(asked: str, keys: list[str], position: int, *, few: bool) -> Candidate | None:
    name_key, typed = keys[position], forms(asked)
    place = (-len(name_key), position)
    if any(form.startswith(compact(asked)) for form in forms(name_key)):
        begins = tuple(f"{first} " for first in (asked, " ".join(compact(asked))))
        short = len(compact(asked)) <= 3
        whole = short and any(
            f"{each} ".startswith(begins) for each in (name_key, without_article(name_key))
        )
        return Candidate(0 if whole else 1, 0, *place)
    if set(asked.split()) <= set(name_key.split()):
        return Candidate(2, 0, *place)
    typos = [
        OSA.distance(text, form)
        for text in typed
        for form in forms(name_key)
        if few or form.startswith((text[0], text[1::-1])) or text[-2:] == form[-2:]
        if OSA.distance(text, form) <= max_typos(len(text))
    ]
    return Candidate(3, min(typos), *place) if typos else None


def forms(name_key: str) -> set[str]:
    return {compact(name_key), compact(without_article(name_key))}


def test_suggestions_do_without_numpy_however_many_names_there_are() -> None:
    asked = """
import sys
from cartelera.lookup.suggestions import SuggestionIndex
SuggestionIndex(["alien"] * 60_000, [1] * 60_000).nearest("alein")
print("numpy" in sys.modules)
"""

    ended = subprocess.run(  # noqa: S603 (the command is ours)
        [sys.executable, "-c", asked],
        capture_output=True,
        check=True,
        text=True,
    )

    assert ended.stdout == "False\n"


WORDS = ["toy", "story", "tokyo", "alien", "up", "the", "of", "e", "a", "matrix"]
many = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)


@pytest.mark.parametrize("most", [0, 10_000])
@pytest.mark.parametrize("asked", ["toy stori", "e a", "th", "the of", "x" * MAX_NAME_LENGTH])
@given(work=st.integers(0, 5_000), keys=st.lists(many, min_size=1, max_size=200))
def test_suggestions_do_no_more_work_than_they_may(
    asked: str, most: int, work: int, keys: list[str]
) -> None:
    keys.sort(key=compact)
    votes = [len(set(name_key)) for name_key in keys]
    index = SuggestionIndex(keys, votes, most)
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


def test_names_of_other_lengths_are_not_compared() -> None:
    keys = ["a" * length for length in range(1, 400)]
    budget = Budget()

    assert SuggestionIndex(keys, [1] * len(keys)).nearest(f"a{'b' * 198}a", 9, budget) == []

    # Those of 195 to 205 letters, which is what five typos may add or leave out.
    compared = 11 * (START + 200)
    # A few names have words of the same hash as the one that was asked.
    assert compared <= WORK - budget.left <= compared + 3 * LOOK


def test_where_it_has_to_stop_the_best_known_are_suggested() -> None:
    keys = sorted(f"alien {number}" for number in range(1_000))
    index = SuggestionIndex(keys, [int(name_key[6:]) for name_key in keys])
    enough, too_little = Budget(), Budget(1_400)

    assert keys[index.nearest("alein 99", 1, enough)[0]] == "alien 99"
    found = [keys[position] for position in index.nearest("alein 99", 3, too_little)]

    assert (enough.exceeded, too_little.exceeded) == (False, True)
    assert found == ["alien 999", "alien 998", "alien 997"]
