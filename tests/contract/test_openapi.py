"""The API and its committed OpenAPI document say the same, in every way of calling."""

from __future__ import annotations

import json
import os
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.specs.openapi.checks import positive_data_acceptance

from cartelera.errors import CarteleraError
from infra.openapi import DOCUMENT
from infra.openapi.examples import with_placeholders
from tests.examples import EXAMPLES, Example

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from schemathesis.checks import CheckFunction

    from tests.callers import Answer, Caller

    type Operation = dict[str, Any]

CONTENT: dict[str, Any] = json.loads(DOCUMENT.read_text())
SCHEMA = schemathesis.openapi.from_dict(CONTENT)
ALLOWED = schemathesis.openapi.from_dict(CONTENT)
ALLOWED.config.generation.update(modes=[schemathesis.GenerationMode.POSITIVE])
# In writing only: a way of calling is given the path.
BASE = "http://127.0.0.1"

generated = settings(
    max_examples=10,
    # Both for the same cases in every run.
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def operations(method: str) -> Iterator[tuple[str, Operation]]:
    """Yield each path and its operation, with the references of its parameters resolved."""
    known = CONTENT["components"]["parameters"]
    for path, item in CONTENT["paths"].items():
        refs = [parameter["$ref"].rpartition("/")[2] for parameter in item[method]["parameters"]]
        yield path, item[method] | {"parameters": [known[ref] for ref in refs]}


# A title or an id, a name or a page: OpenAPI cannot say that parameters depend on one another, so
# that what the document allows may be refused. Everywhere else, and by all other checks, it is not.
DEPENDENT_CHECKS: list[CheckFunction] = [positive_data_acceptance]
DEPENDENT = {
    path
    for path, operation in operations("get")
    if operation["parameters"][0]["in"] == "query" and not operation["parameters"][0]["required"]
}


@SCHEMA.parametrize()
@generated
def test_whatever_the_document_allows_or_forbids_is_answered_as_it_says(
    case: schemathesis.Case[Any], get: Caller
) -> None:
    sent = requests.Request(**case.as_transport_kwargs(BASE)).prepare()
    assert sent.method
    assert isinstance(sent.body, bytes | str | None)

    answer = get(sent.path_url, sent.method, _texts(sent.headers), _bytes(sent.body))

    left_out = DEPENDENT_CHECKS if case.path in DEPENDENT else None
    case.validate_response(response(answer, sent), excluded_checks=left_out)


def _texts(headers: Mapping[str, str | bytes]) -> dict[str, str]:
    return {
        name: value.decode() if isinstance(value, bytes) else value
        for name, value in headers.items()
    }


def _bytes(body: bytes | str | None) -> bytes:
    return body.encode() if isinstance(body, str) else body or b""


def response(answer: Answer, sent: requests.PreparedRequest) -> schemathesis.Response:
    return schemathesis.Response(
        status_code=answer.status,
        headers={name: [value] for name, value in answer.headers.items()},
        content=answer.raw,
        request=sent,
        elapsed=0,
        verify=False,
    )


# How old a release is differs from one answer to the next.
@ALLOWED.include(method="GET").exclude(path="/salud").parametrize()
@generated
@pytest.mark.parametrize("get", ["direct"], indirect=True)
def test_a_direct_invocation_is_answered_the_same(
    case: schemathesis.Case[Any], get: Caller, load_handler: Callable[[str], Callable[[Any], Any]]
) -> None:
    sent = requests.Request(**case.as_transport_kwargs(BASE)).prepare()
    answer = get(sent.path_url)

    # What goes in the path has been encoded for it.
    named = {name: unquote(value) for name, value in case.path_parameters.items()}
    try:
        direct = load_handler(case.path.split("/")[1])(named | case.query)
    except CarteleraError as error:
        direct = {**error.members, "status": error.status, "detail": error.detail}

    assert {**answer.body, **direct} == answer.body


@pytest.mark.skipif("RAW" in os.environ, reason="the examples are of the sample")
@pytest.mark.parametrize("example", EXAMPLES, ids=str)
def test_every_example_is_answered_as_shown(get: Caller, example: Example) -> None:
    answer = get(example.path, example.method, body=example.body)

    assert answer.status == example.status
    assert with_placeholders(answer.body, example.varying) == example.shown


@pytest.mark.skipif("RAW" in os.environ, reason="the examples are of the sample")
@pytest.mark.usefixtures("_answering")
@pytest.mark.parametrize(
    "example", [each for each in EXAMPLES if each.status == HTTPStatus.OK], ids=str
)
def test_every_example_is_answered_as_shown_by_a_direct_invocation(
    load_handler: Callable[[str], Callable[[Any], Any]], example: Example
) -> None:
    answer = load_handler(example.route)(example.parameters)

    assert with_placeholders(answer, example.varying) == example.shown


def test_the_document_is_valid() -> None:
    assert list(OpenAPIV31SpecValidator(CONTENT).iter_errors()) == []


def test_operations_have_names_of_their_own() -> None:
    names = [
        operation["operationId"]
        for item in CONTENT["paths"].values()
        for operation in item.values()
    ]

    assert len(names) == len(set(names))
