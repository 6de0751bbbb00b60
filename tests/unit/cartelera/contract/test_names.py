import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cartelera.contract.names import compact, key, tidy


@pytest.mark.parametrize(
    ("typed", "spelled"),
    [
        ("toy story", "Toy Story"),
        ("AMELIE", "Amélie"),
        ("face off", "Face/Off"),
        ("whos afraid of virginia woolf", "Who's Afraid of Virginia Woolf?"),
        ("spiderman", "Spider-Man"),
        ("mash", "M*A*S*H"),
        ("walle", "WALL·E"),
        ("strasse", "Straße"),
        ("kobenhavn", "København"),
        ("lodz", "Łódź"),
        ("10 what makes a hero", "10%: What Makes a Hero?"),
        ("ＡＢＣ", "abc"),
        ("العصفور", "العُصفور"),
        ("ベルセルク", "ﾍﾞﾙｾﾙｸ"),
    ],
)
def test_names_agree_whatever_their_case_accents_punctuation_and_spacing(
    typed: str, spelled: str
) -> None:
    assert compact(key(typed)) == compact(key(spelled))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ハハ", "ババ"),  # kana voicing makes another letter
        ("कमल", "कमला"),  # so does a vowel sign
        ("Alien", "Aliens"),
        ("...", "!!!"),
    ],
)
def test_different_names_stay_different(one: str, other: str) -> None:
    assert compact(key(one)) != compact(key(other))


def test_a_key_keeps_words_apart() -> None:
    assert (
        key("  The   Lord of the Rings: The Two Towers ") == "the lord of the rings the two towers"
    )


@pytest.mark.parametrize("name", ["...", "!!!", "$", "¿?", "…", "♥"])
def test_a_name_of_nothing_but_punctuation_has_a_key(name: str) -> None:
    assert key(name)


@pytest.mark.parametrize("name", ["", "   ", "\t\n", "\u200b\u200e", "\x00"])
def test_a_name_of_nothing_visible_has_none(name: str) -> None:
    assert key(name) == ""


@given(st.text())
@example("\u0390")
@example("ẞ")
@example("½")
@example("\u1e9b\u0323")
def test_normalising_twice_changes_nothing(name: str) -> None:
    assert key(key(name)) == key(name)


@given(st.text())
def test_upper_and_lower_case_have_the_same_key(name: str) -> None:
    assert key(name.casefold()) == key(name)


@given(st.text())
def test_a_key_holds_no_edge_or_double_spaces(name: str) -> None:
    assert key(name) == " ".join(key(name).split())


@pytest.mark.parametrize(
    ("dirty", "clean"),
    [
        ("Theeb\u200e\u200e", "Theeb"),
        ("\u00a0Two\u00a0Words\t", "Two Words"),
        ("A\u200bB", "AB"),
        ("Face/Off", "Face/Off"),
        *((blank, "") for blank in ("\u3164", "\u2800 \u2800", "\ufe0f\u200d", "\U000e0100\x00")),
        *((f"{blank} A{blank}", f"{blank} A{blank}") for blank in "\u3164\u2800\ufe0f"),
        ("千と千尋の神隠し", "千と千尋の神隠し"),
    ],
)
def test_tidying_takes_out_what_cannot_be_seen(dirty: str, clean: str) -> None:
    assert tidy(dirty) == clean


@given(st.text())
def test_tidying_keeps_a_name_findable(name: str) -> None:
    assert not tidy(name) or compact(key(tidy(name))) == compact(key(name))
