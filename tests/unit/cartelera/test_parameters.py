from __future__ import annotations

from urllib.parse import quote

import pytest

from cartelera.errors import InvalidParameterError
from cartelera.names import LONGEST_NAME
from cartelera.parameters import LAST_PAGE, PAGE, Choice, InPath, Text, WholeNumber, read_all

TITLE = Text("titulo")
N = WholeNumber("n", 1, 50, default=5)
KIND = Choice("tipo", ("pelicula", "actor"))


@pytest.mark.parametrize(("given", "read"), [("7", 7), (7, 7), ("50", 50), ("007", 7), (None, 5)])
def test_a_whole_number_comes_as_text_or_number(given: object, read: int) -> None:
    assert N.read(given) == read


@pytest.mark.parametrize(
    "given", ["0", "51", "-1", "1.5", "", " 7", "siete", "٧", "9" * 5000, 1.0, True, [], {}]
)
def test_any_other_number_is_refused_and_says_the_bounds(given: object) -> None:
    with pytest.raises(InvalidParameterError, match="entero de 1 a 50"):
        N.read(given)


def test_a_text_comes_as_it_was_typed() -> None:
    assert TITLE.read(" ¿Toy%20? ") == (" ¿Toy%20? ",)


def test_a_text_from_the_path_comes_decoded_and_as_it_was() -> None:
    assert TITLE.read(InPath("50%25%20Films")) == ("50% Films", "50%25%20Films")


def test_a_text_is_measured_decoded() -> None:
    longest = "千" * LONGEST_NAME

    assert TITLE.read(InPath(quote(longest))) == (longest, quote(longest))


@pytest.mark.parametrize(
    "given",
    [
        "",
        "   ",
        InPath("%20%0A"),
        "\u200b",
        3.5,
        True,
        pytest.param(10**5000, id="endless"),
        ["Toy"],
        "x" * (LONGEST_NAME + 1),
    ],
)
def test_an_unusable_text_is_refused(given: object) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        TITLE.read(given)

    assert caught.value.parameter == "titulo"


def test_a_number_is_a_text_of_its_digits() -> None:
    assert TITLE.read(300) == ("300",)


def test_a_missing_text_says_how_to_give_it() -> None:
    with pytest.raises(InvalidParameterError, match=r"\?titulo="):
        TITLE.read(None)


def test_a_text_that_is_not_required_may_be_missing() -> None:
    assert Text("titulo", required=False).read(None) is None


def test_every_parameter_is_read_by_name() -> None:
    assert read_all([TITLE, N], {"titulo": "Up"}) == {"titulo": ("Up",), "n": 5}


def test_an_unknown_parameter_is_refused_and_says_which_are_known() -> None:
    with pytest.raises(InvalidParameterError, match="`titulo`, `n`") as caught:
        read_all([TITLE, N], {"titulo": "Up", "N": "3"})

    assert caught.value.parameter == "N"


@pytest.mark.parametrize("given", ["pelicula", "actor", None])
def test_one_of_a_few_words_comes_as_it_was_given(given: str | None) -> None:
    assert KIND.read(given) == given


@pytest.mark.parametrize(
    "given", ["director", "Actor", " actor", "act", "", 0, False, ["actor"], {"actor": 1}, b"actor"]
)
def test_any_other_word_is_refused_and_says_the_options(given: object) -> None:
    with pytest.raises(InvalidParameterError, match="uno de: pelicula, actor") as caught:
        KIND.read(given)

    assert caught.value.parameter == "tipo"
    assert "`tipo`" in caught.value.detail


def test_a_number_is_no_word() -> None:
    with pytest.raises(InvalidParameterError):
        Choice("formato", ("1", "2")).read(1)


def test_a_page_is_the_first_unless_it_is_asked_for() -> None:
    assert PAGE.read(None) == 1
    assert PAGE.read(str(LAST_PAGE)) == LAST_PAGE
    with pytest.raises(InvalidParameterError, match="`pagina`"):
        PAGE.read(LAST_PAGE + 1)
