"""How a name is read: what is left of what was typed, and which names are the same but for it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from cartelera.contract.names import compact, key
from cartelera.contract.readings import (
    ARTICLES,
    far_better_known,
    reading_keys,
    readings,
)

names = st.text(st.sampled_from("aeilyx2 &'(,)–ñthe\u0301"), max_size=30)


def test_a_text_is_read_as_it_stands_first_and_then_without_what_people_add() -> None:
    for text, expected in (
        ("Heat", [("Heat", None)]),
        ("Heat (1995)", [("Heat (1995)", None), ("Heat", 1995)]),
        ("Blade Runner 2049", [("Blade Runner 2049", None), ("Blade Runner", 2049)]),
        ("2012 (2009)", [("2012 (2009)", None), ("2012", 2009)]),
        ("1984", [("1984", None)]),
        ("Dark Knight, The", [("The Dark Knight", None)]),
        ("avventura, L'", [("L'avventura", None)]),
        (
            "Dark Knight, The (2008)",
            [("Dark Knight, The (2008)", None), ("The Dark Knight", 2008)],
        ),
        (
            "Alien [1979] (Director's Cut)",
            [("Alien [1979] (Director's Cut)", None), ("Alien [1979]", None), ("Alien", 1979)],
        ),
        ("Scary Movie", [("Scary Movie", None), ("Scary", None)]),
        ("la película Titanic", [("la película Titanic", None), ("Titanic", None)]),
        ("(500)", [("(500)", None)]),
        ("Movie", [("Movie", None)]),
    ):
        assert [tuple(reading) for reading in readings(text)] == expected, text


def test_names_are_the_same_but_for_numerals_and_ands_and_parts() -> None:
    for same in (
        ("Rocky II", "Rocky 2", "rocky two", "Rocky dos", "Rocky: Part II", "Rocky parte dos"),
        ("Kill Bill: Vol. 2", "Kill Bill 2", "kill bill volumen II"),
        ("Twelve Monkeys", "12 Monkeys", "doce monkeys"),
        ("Ocean's Eleven", "Ocean's 11", "Oceans Once", "oceans xi"),
        ("Cats & Dogs", "Cats and Dogs", "Cats y Dogs"),
        ("One Hundred and One Dalmatians", "101 Dalmatians"),
        ("Treinta y nueve escalones", "39 escalones"),
        ("Two Thousand Maniacs", "2000 maniacs"),
        ("Romeo + Juliet", "Romeo and Juliet"),
        ("Dr. No", "doctor no"),
        ("Mr. Nobody", "Mister Nobody"),
        ("Kramer vs. Kramer", "Kramer versus Kramer"),
    ):
        assert len({reading_keys(name)[0] for name in same}) == 1, same


def test_other_names_stay_apart() -> None:
    for one, other in (
        ("Once Upon a Time", "11 upon a time"),
        ("V for Vendetta", "5 for Vendetta"),
        ("X-Men", "10 Men"),
        ("The X Files", "The 10 Files"),
        ("I, Robot", "1 Robot"),
        ("One Two Three", "6"),
        ("Part II", "2"),
        ("And", "Y"),
    ):
        assert not {*reading_keys(one)} & {*reading_keys(other)}, (one, other)


def test_a_leading_article_counts_only_where_it_is_one_in_the_language_of_the_name() -> None:
    for name, language, bare in (
        ("The Terminator", "en", "terminator"),
        ("El laberinto", "es", "laberinto"),
        ("L'Avventura", "it", "avventura"),
        ("Le Samouraï", "fr", "samourai"),
        ("Die Welle", "de", "welle"),
        ("O Pagador", "pt", "pagador"),
    ):
        assert reading_keys(name, ARTICLES[language])[1:] == [bare]
    for name in ("Die Hard", "As Good as It Gets", "I, Robot", "The", "Los"):
        assert len(reading_keys(name, ARTICLES["en"])) == 1, name
    for name in ("Die Hard", "As Good as It Gets", "I, Robot", "A.I.", "A. I. Artificial"):
        assert len(reading_keys(name)) == 1, name


@given(names, names)
def test_names_of_one_key_have_one_reading_key(one: str, other: str) -> None:
    for name in (one, other, f"The {one}", f"{one} and {other}"):
        assert reading_keys(key(name), ())[:1] == reading_keys(name, ())[:1]
        assert all(compact(each) for each in reading_keys(name))


@given(names)
def test_readings_end_and_leave_something(text: str) -> None:
    found = list(readings(text))

    assert 1 <= len(found) <= 1 + len(text)
    assert all(reading.name.strip() for reading in found) or not text.strip()


def test_a_film_is_far_better_known_with_ten_times_the_votes_from_a_hundred_on() -> None:
    assert far_better_known(100, 0)
    assert far_better_known(1000, 100)
    assert not far_better_known(99, 0)
    assert not far_better_known(999, 100)
