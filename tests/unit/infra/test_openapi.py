"""How the OpenAPI document is made, and what it says of the code."""

from __future__ import annotations

import json
import re
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from openapi_schema_validator import OAS31Validator

from cartelera import IMDB_ATTRIBUTION
from cartelera.errors import InvalidParameterError
from cartelera.parameters import Choice, Integer, Text
from cartelera.release import releases
from infra.openapi import DOCUMENT, ENGLISH_DOCUMENT
from infra.openapi.__main__ import generate, main
from infra.openapi.examples import ExampleError, request_line, with_placeholders
from infra.openapi.schemas import parameter_schema
from infra.openapi.texts import Texts, read_english_texts, read_texts

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from click.testing import Result

    from infra.local.template import Template

CONTENT: dict[str, Any] = json.loads(DOCUMENT.read_text())
# What the description of an example begins with.
REQUESTS = ("`GET /", "`POST /")
ENGLISH: dict[str, Any] = json.loads(ENGLISH_DOCUMENT.read_text())
ANSWER = CONTENT["paths"]["/salud"]["get"]["responses"]["200"]["content"]["application/json"]
HEALTH: dict[str, Any] = ANSWER["examples"]["bien"]["value"]
SCHEMAS: dict[str, Any] = CONTENT["components"]["schemas"]


def test_a_text_for_one_goes_before_the_common_one() -> None:
    texts = Texts({"campos": {"id": "common"}, "tipos": {"Film": {"id": " own\n"}}})

    assert texts.get(("tipos", "Film", "id"), ("campos", "id")) == "own"
    assert texts.get(("tipos", "Page", "id"), ("campos", "id")) == "common"
    assert texts.problems() == []


def test_a_missing_text_and_one_that_belongs_to_nothing_are_named() -> None:
    texts = Texts({"campos": {"id": "x", "gone": "y"}, "rutas": {"a": {"ejemplos": {"x": {}}}}})

    texts.get(("campos", "id"))
    texts.get(("tipos", "Film", "new"), ("campos", "new"))

    assert texts.problems() == [
        "there is no tipos.Film.new or campos.new",
        "campos.gone describes nothing",
    ]
    assert texts.examples == {"a": {"x": {}}}


def answering(status: int, body: dict[str, Any]) -> Any:
    """Open a release from which everything is answered alike."""
    return lambda *_: nullcontext(lambda _: (status, body))


@pytest.mark.parametrize(
    ("file", "read", "argument"),
    [("textos.toml", read_texts, "read"), ("textos.en.toml", read_english_texts, "read_english")],
)
def test_the_documents_are_not_made_with_a_text_missing(
    file: str, read: Callable[[], Texts], argument: str
) -> None:
    texts = read()
    texts.add_missing(("campos", "new"))
    generator = partial(generate, open_release=answering(200, HEALTH), **{argument: lambda: texts})

    result = CliRunner().invoke(main, obj=generator)

    assert result.exit_code == 1
    assert result.output == f"Error: infra/openapi/{file}:\nthere is no campos.new\n"


def test_examples_are_asked_alike_and_called_something_in_each_language() -> None:
    spanish, english = read_texts(), read_english_texts()

    assert english.examples == spanish.examples
    key = ("rutas", "pelicula", "ejemplos", "toy_story", "resumen")
    assert (spanish.get(key), english.get(key)) == ("Una película", "A film")


def test_the_english_document_says_all_of_the_spanish_one_in_english() -> None:
    said: list[tuple[str, str]] = []

    def compare(spanish: Any, english: Any, name: str) -> None:
        assert type(spanish) is type(english)
        if isinstance(spanish, dict):
            assert spanish.keys() == english.keys()
            for key, value in spanish.items():
                compare(value, english[key], key)
        elif isinstance(spanish, list):
            assert len(spanish) == len(english)
            for pair in zip(spanish, english, strict=True):
                compare(*pair, name)
        else:
            described = name in {"summary", "description"} and not spanish.startswith(REQUESTS)
            if described or spanish != english:
                said.append((spanish, english))

    compare(CONTENT, ENGLISH, "")
    # What requests and answers hold is the same, but for the errors that are told to people.
    assert len(said) > 600
    assert [pair for pair in said if pair[0] == pair[1]] == []
    assert not [text for _, text in said if re.search(r"\b(?:la|las|los|una|que|del)\b", text)]


def write(document: Path, *options: str) -> Result:
    """Run the command where the document says nothing but `{}`."""
    arguments = ["--folder", str(document.parent), *options]
    return CliRunner().invoke(main, arguments, obj=lambda: {document.name: "{}\n"})


@pytest.mark.parametrize("stale", [None, "{}", '{"openapi": "3.1.1"}\n'])
def test_a_stale_document_is_one_clear_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stale: str | None
) -> None:
    monkeypatch.chdir(tmp_path)
    document = tmp_path / "openapi.json"
    if stale is not None:
        document.write_text(stale)

    result = write(document, "--check")

    assert (result.exit_code, result.output) == (1, "stale openapi.json: make openapi\n")
    assert (document.read_text() if document.exists() else None) == stale


def test_what_was_written_is_not_stale(tmp_path: Path) -> None:
    document = tmp_path / "openapi.json"

    assert write(document).exit_code == 0
    assert document.read_text() == "{}\n"
    assert write(document, "--check").exit_code == 0


def test_a_parameter_says_what_it_allows() -> None:
    assert parameter_schema(Integer("n", 1, 50, default=5)) == {
        "type": "integer",
        "minimum": 1,
        "maximum": 50,
        "default": 5,
    }
    assert "default" not in parameter_schema(Integer("n", 1, 50))
    assert parameter_schema(Choice("tipo", ("a", "b"))) == {"type": "string", "enum": ["a", "b"]}


def test_a_parameter_of_a_new_kind_needs_describing() -> None:
    with pytest.raises(TypeError, match="no schema for"):
        parameter_schema("n")  # type: ignore[arg-type]


@given(st.text(max_size=8) | st.sampled_from(["x" * 500, "x" * 501, "a\tb", " ", "\x85"]))
def test_every_name_that_is_taken_is_allowed_by_the_document(name: str) -> None:
    schema = parameter_schema(Text("q"))
    try:
        Text("q").parse(name)
    except InvalidParameterError:
        return

    assert schema["minLength"] <= len(name) <= schema["maxLength"]
    assert re.search(schema["pattern"], name)


@pytest.mark.parametrize(
    ("in_path", "line"),
    [("q", "/buscar/Face%2FOff?n=3"), (None, "/buscar?q=Face%2FOff&n=3")],
)
def test_an_example_is_asked_by_path_and_by_query(in_path: str | None, line: str) -> None:
    assert request_line("/buscar", {"q": "Face/Off", "n": 3}, in_path) == line


def test_what_varies_in_an_answer_is_shown_as_it_is_to_be() -> None:
    body = {"release": {"id": "x", "age": 7}, "films": 3}

    assert with_placeholders(body, {"release": {"age": 1}}) == {
        "release": {"id": "x", "age": 1},
        "films": 3,
    }
    assert with_placeholders(body, {"release": 1}) == {"release": {"id": 1, "age": 1}, "films": 3}
    with pytest.raises(ExampleError, match="gone"):
        with_placeholders(body, {"gone": {"age": 1}})


def test_an_example_with_an_undocumented_status_is_one_clear_line() -> None:
    result = CliRunner().invoke(main, obj=partial(generate, open_release=answering(418, {})))

    assert result.exit_code == 1
    assert result.output == (
        "Error: infra/openapi/textos.toml: pelicula: examples with undocumented status [418]\n"
    )


def test_every_path_of_a_question_is_described(template: Template) -> None:
    pages = {
        each.name for each in template.functions if each.code.name in ("docs", "eda", "pagina")
    }
    paths = {
        route.path.replace("+", "") for route in template.routes if route.function not in pages
    }

    assert CONTENT["paths"].keys() == paths


def test_what_a_path_with_a_name_answers_is_no_list() -> None:
    for path, item in CONTENT["paths"].items():
        schema = item["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        assert ("anyOf" in schema) <= ("{" not in path)


def test_what_may_be_unknown_may_be_null() -> None:
    assert SCHEMAS["Duracion"]["properties"]["duracion"]["type"] == ["integer", "null"]
    assert SCHEMAS["Duracion"]["properties"]["anio"]["type"] == "integer"


def test_types_are_closed_and_everything_is_described_in_words() -> None:
    for schema in SCHEMAS.values():
        assert schema["additionalProperties"] is False
        assert schema["description"]
        assert all(field["description"] for field in schema["properties"].values())


def test_who_made_the_data_is_credited_in_the_same_words_everywhere() -> None:
    credit = "This product uses the TMDB API but is not endorsed or certified by TMDB."

    assert HEALTH["atribucion"] == f"{credit} {IMDB_ATTRIBUTION}"
    assert credit in CONTENT["info"]["description"]
    assert IMDB_ATTRIBUTION in CONTENT["info"]["description"]


@pytest.mark.parametrize(
    ("method", "name"), [("GET", "NoReleaseError"), ("POST", "MethodNotAllowedError")]
)
def test_problems_that_no_example_shows_are_as_described(
    load_handler: Callable[[str], Callable[[Any], Any]],
    monkeypatch: pytest.MonkeyPatch,
    method: str,
    name: str,
) -> None:
    monkeypatch.delenv("CARTELERA_RELEASES", raising=False)
    releases.cache_clear()
    event = {"httpMethod": method, "path": "/salud", "requestContext": {}}

    body = json.loads(load_handler("salud")(event)["body"])

    OAS31Validator(SCHEMAS[name]).validate(body)
    assert body["type"].endswith(name)
