"""What the OpenAPI document says of a question that a POST asks, made up for the purpose."""

from __future__ import annotations

import json
import tomllib
from copy import deepcopy
from typing import TYPE_CHECKING, Any, TypedDict

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openapi_schema_validator import OAS31Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from cartelera.errors import InvalidParameterError
from cartelera.http.question import PostedQuestion, Question
from cartelera.parameters import Decimal, Flag, Integer, Tastes, Text, parse_parameters
from cartelera.release import Release
from infra.openapi.document import build
from infra.openapi.examples import ExampleError
from infra.openapi.services import Service
from infra.openapi.texts import TEXTS, Texts

if TYPE_CHECKING:
    from infra.local.events import HttpRequest

    type Document = dict[str, Any]


class Eco(TypedDict):
    nombre: str


class Ecos(TypedDict):
    nombres: list[str]


def eco(_: Release, nombre: tuple[str, ...], sin: bool, parte: float) -> Eco:  # noqa: FBT001
    raise NotImplementedError


def ecos(_: Release, **asked: object) -> Ecos:
    raise NotImplementedError


SAID = (Flag("sin"), Decimal("parte", default=0.25))
POSTED = PostedQuestion(
    ecos, (Text("nombre"), Tastes("gustos"), Integer("n", 1, 9, default=5), *SAID)
)
PATHS = ("/eco/{nombre+}", "/eco")
EXAMPLES = {
    "dos": {"resumen": "Two.", "pide": {"nombre": "ñ", "gustos": [{"titulo": "Up"}]}},
    "ninguno": {"resumen": "None.", "pide": {"nombre": "nadie"}},
}
ROUTE = {
    "etiqueta": "Servicio",
    "resumen": "Echo.",
    "descripcion": "What is said.",
    "parametros": {"nombre": "A name.", "sin": "Alone.", "parte": "A part."},
    "ejemplos": {"uno": {"resumen": "One.", "pide": {"nombre": "a", "parte": 0.5, "sin": True}}},
}
ROUTE_OF_POST = {
    "resumen": "Echoes.",
    "descripcion": "What is said of many.",
    "parametros": {"gustos": "EmbeddedFilms.", "n": "How many.", "sin": "Without the others."},
    "ejemplos": EXAMPLES,
}
TYPES = {
    "Eco": {"descripcion": "An echo."},
    "Ecos": {"descripcion": "Echoes.", "campos": {"nombres": "What was said."}},
    "Gusto": {"descripcion": "A film that is liked.", "campos": {"peso": "How much."}},
    "PayloadTooLargeError": {"descripcion": "The body is too long."},
}


def ask(request: HttpRequest) -> tuple[int, dict[str, Any]]:
    if request.method == "GET":
        return 200, {"nombre": "a"}
    sent = json.loads(request.body)
    return (404, {"detail": "No."}) if sent["nombre"] == "nadie" else (200, {"nombres": ["ñ"]})


def words(**post: object) -> Texts:
    """The texts that every document has, and those of the made-up question."""
    common = tomllib.loads(TEXTS.read_text())
    common["respuestas"]["413"] = "The body is too long."
    types = common["tipos"] | TYPES
    return Texts(common | {"rutas": {"eco": ROUTE | {"post": post}}, "tipos": types})


def document(texts: Texts) -> Document:
    handler = Question("/eco", eco, Text("nombre"), *SAID, posted=POSTED)
    return build([Service("eco", handler, PATHS)], texts, ask, "0.1.0")


CONTENT = document(words(**ROUTE_OF_POST))
POST: dict[str, Any] = CONTENT["paths"]["/eco"]["post"]
SENT: dict[str, Any] = POST["requestBody"]["content"]["application/json"]
SCHEMAS: dict[str, Any] = CONTENT["components"]["schemas"]


def test_the_document_is_valid() -> None:
    assert list(OpenAPIV31SpecValidator(CONTENT).iter_errors()) == []


def test_the_route_has_an_operation_for_its_post_and_the_path_with_a_name_none() -> None:
    assert list(CONTENT["paths"]["/eco"]) == ["get", "post"]
    assert list(CONTENT["paths"]["/eco/{nombre}"]) == ["get"]
    assert POST["operationId"] == "post_eco"
    assert POST["tags"] == ["Servicio"]
    assert (POST["summary"], POST["description"]) == ("Echoes.", "What is said of many.")
    assert "parameters" not in POST


def test_the_body_is_an_object_of_the_parameters() -> None:
    assert POST["requestBody"]["required"] is True
    schema = deepcopy(SENT["schema"])
    text = schema["properties"].pop("nombre")

    assert (text["type"], text["description"]) == ("string", "A name.")
    assert schema == {
        "type": "object",
        "properties": {
            "gustos": {
                "type": "array",
                "items": {"$ref": "#/components/schemas/Gusto"},
                "maxItems": 500,
                "default": [],
                "description": "EmbeddedFilms.",
            },
            "n": {
                "type": "integer",
                "minimum": 1,
                "maximum": 9,
                "default": 5,
                "description": "How many.",
            },
            "sin": {"type": "boolean", "default": False, "description": "Without the others."},
            "parte": {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "default": 0.25,
                "description": "A part.",
            },
        },
        "required": ["nombre"],
        "additionalProperties": False,
    }


def test_a_taste_is_described_once() -> None:
    film = SCHEMAS["Gusto"]

    assert list(film["properties"]) == ["titulo", "anio", "id", "peso"]
    assert film["additionalProperties"] is False
    assert film["anyOf"] == [{"required": ["titulo"]}, {"required": ["id"]}]
    assert film["properties"]["peso"] == {
        "type": "number",
        "exclusiveMinimum": 0,
        "maximum": 10,
        "default": 1,
        "description": "How much.",
    }


def test_a_get_says_what_its_flags_and_fractions_are() -> None:
    parameters = CONTENT["components"]["parameters"]

    assert parameters["eco.sin"]["schema"] == {"type": "boolean", "default": False}
    assert parameters["eco.sin"]["description"] == "Alone."
    assert parameters["eco.parte"]["schema"] == {
        "type": "number",
        "minimum": 0,
        "maximum": 1,
        "default": 0.25,
    }


def test_a_post_may_be_answered_in_each_way_but_one_that_is_kept() -> None:
    success = POST["responses"]["200"]

    assert list(POST["responses"]) == ["200", "400", "404", "413", "500", "503"]
    assert success["headers"].keys() == {"Cache-Control", "X-Release"}
    answer = success["content"]["application/json"]["schema"]
    assert answer == {"$ref": "#/components/schemas/Ecos"}
    too_long = POST["responses"]["413"]["content"]["application/problem+json"]["schema"]
    assert too_long == {"$ref": "#/components/schemas/PayloadTooLargeError"}


def test_examples_are_what_is_sent_and_what_comes_back() -> None:
    pide = EXAMPLES["dos"]["pide"]
    found = POST["responses"]["200"]["content"]["application/json"]["examples"]
    missed = POST["responses"]["404"]["content"]["application/problem+json"]["examples"]

    assert SENT["examples"] == {"dos": {"summary": "Two.", "value": pide}}
    assert found == {
        "dos": {
            "summary": "Two.",
            "description": '`POST /eco` `{"nombre": "ñ", "gustos": [{"titulo": "Up"}]}`',
            "value": {"nombres": ["ñ"]},
        }
    }
    assert missed["ninguno"]["description"] == '`POST /eco` `{"nombre": "nadie"}`'


@pytest.mark.parametrize(
    ("path", "event"),
    [("/eco", {}), ("/eco/{nombre}", {"pathParameters": {"nombre": "a"}})],
)
def test_what_is_said_to_be_allowed_is(path: str, event: dict[str, object]) -> None:
    handler = Question("/eco", eco, Text("nombre"), posted=POSTED)
    components = CONTENT["components"]

    response = "405.post" if "post" in CONTENT["paths"][path] else "405"
    header = components["responses"][response]["headers"]["Allow"]["$ref"].rpartition("/")[2]
    allowed = components["headers"][header]["schema"]["const"]
    assert allowed == ", ".join(handler.methods(event))


def test_a_post_needs_texts_and_examples_of_its_own() -> None:
    texts = words()

    document(texts)

    missing = [each for each in texts.problems() if each.startswith("there is no ")]
    own = "there is no rutas.eco.post."
    assert [each.partition(" or ")[0] for each in missing] == [
        f"{own}{name}"
        for name in ("parametros.gustos", "parametros.n", "resumen", "descripcion", "ejemplos")
    ]


def test_an_example_that_is_answered_otherwise_is_one_clear_line() -> None:
    handler = Question("/eco", eco, Text("nombre"), *SAID, posted=POSTED)
    service = Service("eco", handler, PATHS)

    with pytest.raises(ExampleError, match=r"^eco\.post: examples with undocumented status \[418"):
        build(
            [service],
            words(**ROUTE_OF_POST),
            lambda request: (418, {}) if request.method == "POST" else ask(request),
            "0.1.0",
        )


scalars = st.booleans() | st.integers(-1, 11) | st.floats(-1, 11).filter(lambda x: x % 1 != 0)
titles = st.sampled_from(["Up", "ñ", "", "a\x00b", "x" * 500, "x" * 501])
films = st.fixed_dictionaries(
    {},
    optional={
        "titulo": titles,
        "anio": st.sampled_from([1869, 1870, 2100, 2101, 1999.5, True]),
        "id": st.sampled_from([-1, 0, 1, 2**31 - 1, 2**31, 1.5]),
        "peso": scalars,
        "x": scalars,
    },
)
bodies = st.fixed_dictionaries(
    {},
    optional={
        "nombre": titles,
        "gustos": st.lists(films, max_size=2) | st.just([{"id": 1}] * 501) | films,
        "n": scalars,
        "sin": st.booleans() | st.floats(0, 1),
        "parte": scalars,
        "x": scalars,
    },
)


@given(bodies | bodies.map(lambda body: {"nombre": "Up", **body}))
def test_what_the_document_allows_is_what_is_taken(body: dict[str, object]) -> None:
    schema = SENT["schema"] | {"components": CONTENT["components"]}
    try:
        parse_parameters(POSTED.parameters, body)
    except InvalidParameterError:
        taken = False
    else:
        taken = True

    assert OAS31Validator(schema).is_valid(body) == taken
