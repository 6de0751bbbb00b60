from __future__ import annotations

import json
import math
from urllib.parse import quote

import pytest
from hypothesis import given as given_all
from hypothesis import strategies as st

from cartelera.contract.names import MAX_NAME_LENGTH
from cartelera.errors import InvalidParameterError
from cartelera.parameters import (
    MAX_PAGE,
    MAX_TASTES,
    PAGE,
    TASTE_FIELDS,
    Choice,
    Decimal,
    FilmNumber,
    Flag,
    Integer,
    Integers,
    PathValue,
    Taste,
    Tastes,
    Text,
    parse_parameters,
)

TITLE = Text("titulo")
N = Integer("n", 1, 50, default=5)
KIND = Choice("tipo", ("pelicula", "actor"))
SHARE = Decimal("diversidad", default=0.25)
WEIGHT = TASTE_FIELDS[-1]
ALONE = Flag("sin_franquicia")
LIKED = Tastes("gustos")


@pytest.mark.parametrize(("given", "read"), [("7", 7), (7, 7), ("50", 50), ("007", 7), (None, 5)])
def test_a_whole_number_comes_as_text_or_number(given: object, read: int) -> None:
    assert N.parse(given) == read


@pytest.mark.parametrize(
    "given", ["0", "51", "-1", "1.5", "", " 7", "siete", "٧", "9" * 5000, 1.0, True, [], {}]
)
def test_any_other_number_is_refused_and_says_the_bounds(given: object) -> None:
    with pytest.raises(InvalidParameterError, match="entero de 1 a 50"):
        N.parse(given)


def test_a_text_comes_as_it_was_typed() -> None:
    assert TITLE.parse(" ¿Toy%20? ") == (" ¿Toy%20? ",)


def test_a_text_from_the_path_comes_decoded_and_as_it_was() -> None:
    assert TITLE.parse(PathValue("50%25%20Films")) == ("50% Films", "50%25%20Films")


def test_a_text_is_measured_decoded() -> None:
    longest = "千" * MAX_NAME_LENGTH

    assert TITLE.parse(PathValue(quote(longest))) == (longest, quote(longest))


@pytest.mark.parametrize(
    "given",
    [
        "",
        "   ",
        PathValue("%20%0A"),
        "\u200b",
        3.5,
        True,
        pytest.param(10**5000, id="endless"),
        ["Toy"],
        "x" * (MAX_NAME_LENGTH + 1),
    ],
)
def test_an_unusable_text_is_refused(given: object) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        TITLE.parse(given)

    assert caught.value.parameter == "titulo"


def test_a_number_is_a_text_of_its_digits() -> None:
    assert TITLE.parse(300) == ("300",)


def test_a_missing_text_says_how_to_give_it() -> None:
    with pytest.raises(InvalidParameterError, match=r"\?titulo="):
        TITLE.parse(None)


def test_a_text_that_is_not_required_may_be_missing() -> None:
    assert Text("titulo", required=False).parse(None) is None


def test_every_parameter_is_read_by_name() -> None:
    assert parse_parameters([TITLE, N], {"titulo": "Up"}) == {"titulo": ("Up",), "n": 5}


def test_an_unknown_parameter_is_refused_and_says_which_are_known() -> None:
    with pytest.raises(InvalidParameterError, match="`titulo`, `n`") as caught:
        parse_parameters([TITLE, N], {"titulo": "Up", "N": "3"})

    assert caught.value.parameter == "N"


@pytest.mark.parametrize("given", ["pelicula", "actor", None])
def test_one_of_a_few_words_comes_as_it_was_given(given: str | None) -> None:
    assert KIND.parse(given) == given


@pytest.mark.parametrize(
    "given", ["director", "Actor", " actor", "act", "", 0, False, ["actor"], {"actor": 1}, b"actor"]
)
def test_any_other_word_is_refused_and_says_the_options(given: object) -> None:
    with pytest.raises(InvalidParameterError, match="uno de: pelicula, actor") as caught:
        KIND.parse(given)

    assert caught.value.parameter == "tipo"
    assert "`tipo`" in caught.value.detail


def test_a_number_is_no_word() -> None:
    with pytest.raises(InvalidParameterError):
        Choice("formato", ("1", "2")).parse(1)


def test_a_page_is_the_first_unless_it_is_asked_for() -> None:
    assert PAGE.parse(None) == 1
    assert PAGE.parse(str(MAX_PAGE)) == MAX_PAGE
    with pytest.raises(InvalidParameterError, match="`pagina`"):
        PAGE.parse(MAX_PAGE + 1)


@pytest.mark.parametrize(
    ("given", "read"),
    [
        ("0.3", 0.3),
        ("1", 1.0),
        ("0", 0.0),
        (".5", 0.5),
        ("1.000", 1.0),
        ("5e-324", 5e-324),
        ("-0", 0.0),
        (1, 1.0),
        (0.3, 0.3),
        (-0.0, 0.0),
        (None, 0.25),
    ],
)
def test_a_fraction_comes_as_text_or_number(given: object, read: float) -> None:
    number = SHARE.parse(given)

    assert number == read
    assert isinstance(number, float)
    assert math.copysign(1, number) == 1


@pytest.mark.parametrize(
    "given",
    [
        "0,3",
        "1.1",
        "-0.1",
        "",
        " 0.5",
        "0.5\n",
        "5.",
        ".",
        "+0.5",
        "0x1",
        "1_0",
        "nan",
        "inf",
        "1e999",
        "٠.٥",
        "medio",
        "0." + "3" * 5000,
        1.0000001,
        -1,
        10**5000,
        math.nan,
        math.inf,
        True,
        False,
        [],
        {},
    ],
    ids=lambda given: str(given)[:9] if isinstance(given, str) else type(given).__name__,
)
def test_any_other_fraction_is_refused_and_says_the_bounds(given: object) -> None:
    with pytest.raises(InvalidParameterError, match="de 0 a 1, con punto decimal") as caught:
        SHARE.parse(given)

    assert caught.value.parameter == "diversidad"
    assert "`diversidad`" in caught.value.detail


def test_a_fraction_without_a_default_may_be_missing() -> None:
    assert Decimal("diversidad").parse(None) is None


@given_all(st.floats(0, 1) | st.integers(0, 1))
def test_a_number_that_is_taken_is_taken_as_the_text_that_json_makes_of_it(number: float) -> None:
    assert SHARE.parse(json.dumps(number)) == SHARE.parse(number) == number
    if number > 0:
        assert WEIGHT.parse(json.dumps(number)) == WEIGHT.parse(number) == number


@pytest.mark.parametrize(("given", "read"), [("0.5", 0.5), (10, 10.0), (None, 1.0)])
def test_a_weight_is_1_unless_it_is_given(given: object, read: float) -> None:
    assert WEIGHT.parse(given) == read


@pytest.mark.parametrize("given", [0, "0", -1, 10.1, "1e-400", math.nan, math.inf, True, "x", []])
def test_any_other_weight_is_refused_and_says_the_bounds(given: object) -> None:
    with pytest.raises(InvalidParameterError, match="mayor que 0, hasta 10") as caught:
        WEIGHT.parse(given)

    assert caught.value.parameter == "peso"


@pytest.mark.parametrize("given", [True, "true", "True", "1", "si", "SI", "sí", "SÍ", ""])
def test_a_flag_is_wanted(given: object) -> None:
    assert ALONE.parse(given) is True


@pytest.mark.parametrize("given", [None, False, "false", "FALSE", "0", "no", "No"])
def test_a_flag_is_not_wanted(given: object) -> None:
    assert ALONE.parse(given) is False


@pytest.mark.parametrize("given", ["yes", " ", "2", "on", 1, 0, 1.0, [], {}, [True]])
def test_any_other_flag_is_refused_and_says_the_words(given: object) -> None:
    with pytest.raises(InvalidParameterError, match="true, false, 1, 0, sí, no") as caught:
        ALONE.parse(given)

    assert caught.value.parameter == "sin_franquicia"


def test_tastes_are_films_with_what_is_said_of_them() -> None:
    given = [
        {"titulo": "Up"},
        {"id": 862, "peso": 2},
        {"titulo": 300, "anio": "2006", "id": "1271", "peso": "0.5"},
        {"titulo": "Up", "anio": None, "id": None, "peso": None},
    ]

    assert LIKED.parse(given) == [
        Taste(("Up",), None, None, 1.0),
        Taste(None, None, 862, 2.0),
        Taste(("300",), 2006, 1271, 0.5),
        Taste(("Up",), None, None, 1.0),
    ]


@pytest.mark.parametrize("given", [None, []])
def test_whoever_names_no_tastes_has_none(given: object) -> None:
    assert LIKED.parse(given) == []


@pytest.mark.parametrize(
    ("given", "parameter", "said"),
    [
        ("Up", "gustos", "`gustos` debe ser una lista de objetos con `titulo` o `id`."),
        ({"titulo": "Up"}, "gustos", "`gustos` debe ser una lista"),
        (["Up"], "gustos[0]", "`gustos[0]` debe ser un objeto con `titulo` o `id`."),
        ([{"id": 1}, None], "gustos[1]", "`gustos[1]` debe ser un objeto"),
        ([{}], "gustos[0]", "`gustos[0]` debe tener `titulo` o `id`."),
        ([{"anio": 1995, "peso": 1}], "gustos[0]", "debe tener `titulo` o `id`."),
        ([{"titulo": None}], "gustos[0]", "debe tener `titulo` o `id`."),
        ([{"titulo": " "}], "gustos[0].titulo", "`gustos[0].titulo` está vacío"),
        ([{"id": 0}], "gustos[0].id", "`gustos[0].id` debe ser un número entero de 1 a"),
        (
            [{"id": 1}] * 3 + [{"id": 1, "anio": 1}],
            "gustos[3].anio",
            "`gustos[3].anio` debe ser un número entero de 1870 a 2100.",
        ),
        ([{"id": 1, "peso": 0}], "gustos[0].peso", "`gustos[0].peso` debe ser un número mayor"),
        (
            [{"id": 1, "año": 1}],
            "gustos[0].año",
            "se admiten `gustos[0].titulo`, `gustos[0].anio`, `gustos[0].id`, `gustos[0].peso`.",
        ),
    ],
)
def test_an_unusable_taste_is_refused_and_says_where_it_is(
    given: object, parameter: str, said: str
) -> None:
    with pytest.raises(InvalidParameterError) as caught:
        LIKED.parse(given)

    assert caught.value.parameter == parameter
    assert said in caught.value.detail


def test_there_is_a_most_of_tastes() -> None:
    most = [{"id": number} for number in range(1, MAX_TASTES + 1)]

    assert [taste.id for taste in LIKED.parse(most)] == list(range(1, MAX_TASTES + 1))
    with pytest.raises(InvalidParameterError, match="tiene 501 elementos; máximo 500") as caught:
        LIKED.parse([*most, {"id": 1}])

    assert caught.value.parameter == "gustos"


@given_all(
    st.lists(
        st.fixed_dictionaries(
            {"id": st.integers(1, 2**31 - 1)},
            optional={
                "titulo": st.from_regex(r"[a-z]{1,9}", fullmatch=True),
                "anio": st.integers(1870, 2100),
                "peso": st.floats(0, 10, exclude_min=True),
            },
        ),
        max_size=4,
    )
)
def test_tastes_are_what_was_said_of_each_in_its_place(given: list[dict[str, object]]) -> None:
    usual = {"titulo": None, "anio": None, "peso": 1.0}

    said = [
        {
            "titulo": taste.titulo and taste.titulo[0],
            "anio": taste.anio,
            "id": taste.id,
            "peso": taste.peso,
        }
        for taste in LIKED.parse(given)
    ]

    assert said == [usual | film for film in given]


def test_several_numbers_are_a_list_or_a_text_with_commas() -> None:
    ids = Integers("ids", 1, 9, 3)

    assert ids.parse(None) is None
    for given in ("1,2", " 1, 2 ", [1, 2], ["1", "2"], "1,2,1", [2 - 1, "2", "1"]):
        assert ids.parse(given) == [1, 2], given
    assert ids.parse(7) == ids.parse("7") == [7]
    refused: tuple[object, ...] = (
        "",
        ",",
        "1,",
        "0",
        "10",
        "x",
        "1,2,3,4",
        [],
        [None],
        [True],
        True,
        {},
        "1" * 99,
    )
    for wrong in refused:
        with pytest.raises(InvalidParameterError, match="`ids` debe ser una lista de 1 a 3"):
            ids.parse(wrong)


def test_a_film_goes_by_its_number_or_its_id_at_imdb() -> None:
    number = FilmNumber("id")

    assert number.parse(None) is None
    assert number.parse("862") == number.parse(862) == 862
    assert number.parse(" TT0114709 ") == "tt0114709"
    refused: tuple[object, ...] = ("", "0", 0, "tt", "x", 2**31, True, [])
    for wrong in refused:
        with pytest.raises(InvalidParameterError, match="o un id de IMDb"):
            number.parse(wrong)
