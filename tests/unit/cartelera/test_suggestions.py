from cartelera.suggestions import Names, nearest

KEYS = ["toy story", "toy story 2", "tokyo story", "toys", "story of toy", "alien", "alien", "up"]
VOTES = [50, 40, 30, 20, 10, 9, 90, 5]


def suggested(asked: str) -> list[str]:
    return [KEYS[position] for position in nearest(asked, Names(KEYS, VOTES))]


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
        assert nearest(asked, Names(keys, [1, 2, 3]))[0] == meant


def test_spaces_are_no_typos() -> None:
    assert nearest("i q r", Names(["alien", "i q"], [9, 1])) == [1]


def test_each_key_is_given_once_at_its_best_known_place() -> None:
    assert nearest("alein", Names(KEYS, VOTES)) == [6]


def test_no_more_than_the_limit_are_given() -> None:
    assert len(nearest("toy", Names(KEYS, VOTES), limit=2)) == 2


def test_nothing_is_near_nothing() -> None:
    assert nearest("", Names(KEYS, VOTES)) == []
