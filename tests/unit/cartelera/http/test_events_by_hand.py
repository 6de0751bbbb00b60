"""Whatever JSON comes in, every handler answers it or says what is wrong with it."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from cartelera.errors import CarteleraError
from infra.local.events import read_proxy_response

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.template import Template

# JSON may escape half of a surrogate pair.
texts = st.text(max_size=8) | st.sampled_from(["\ud800", "Alien", "/docs/", "GET", "POST", "%24"])
scalars = st.none() | st.booleans() | st.integers() | st.floats() | texts
anything = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
names = st.sampled_from(["titulo", "nombre", "q", "n", "archivo", "gustos", "x", "\udfff"]) | texts
fields = st.dictionaries(names, anything | st.lists(texts, max_size=2), max_size=3)
MEMBERS = ("path", "resource", "headers", "pathParameters", "queryStringParameters", "body")
events = st.fixed_dictionaries(
    {
        "httpMethod": anything | st.sampled_from(["GET", "HEAD", "POST", "OPTIONS"]),
        "requestContext": anything | st.fixed_dictionaries({"path": anything}),
    },
    optional=dict.fromkeys((*MEMBERS, "multiValueQueryStringParameters"), anything | fields)
    | {"isBase64Encoded": anything, "headers": st.just({"If-None-Match": 1, "origin": None})},
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(event=events)
@example(event={"httpMethod": "GET", "requestContext": None, "path": "/x"})
@example(event={"httpMethod": "GET", "requestContext": "texto", "path": "/x"})
@example(event={"httpMethod": None, "requestContext": {}})
@example(event={"httpMethod": "GET", "requestContext": {}, "headers": "texto"})
@example(event={"httpMethod": "\ud800", "requestContext": {"requestId": "\ud800"}})
@example(
    event={
        "httpMethod": "GET",
        "requestContext": {},
        "queryStringParameters": {"titulo": "\ud800", "nombre": "\ud800", "q": "\ud800"},
    }
)
@pytest.mark.usefixtures("released")
def test_an_event_by_hand_is_answered_or_is_a_problem(
    load_handler: Callable[[str], Callable[[Any], Any]], template: Template, event: Any
) -> None:
    for folder in folders(template):
        response = read_proxy_response(json.loads(sent(load_handler(folder)(event))))
        assert 200 <= response.status < 500
        if response.status >= 400:
            assert json.loads(response.body)["status"] == response.status


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(event=anything | fields)
@example(event={"titulo": "\ud800"})
@example(event={"\ud800": 1})
@example(event={"gustos": [{"titulo": "\ud800"}]})
@pytest.mark.usefixtures("released")
def test_a_direct_invocation_is_answered_or_raises_an_error_that_can_be_sent(
    load_handler: Callable[[str], Callable[[Any], Any]], template: Template, event: Any
) -> None:
    for folder in folders(template):
        with suppress(CarteleraError):
            sent(answer_or_error(load_handler(folder), event))


def answer_or_error(handler: Callable[[Any], Any], event: Any) -> Any:
    """Return the answer, or raise the error if it can be sent, too."""
    try:
        return handler(event)
    except CarteleraError as error:
        sent(str(error))
        raise


def folders(template: Template) -> list[str]:
    every = {function.code.name for function in template.functions}
    return sorted(every - {"consultas_en_lote"})


def sent(answer: object) -> bytes:
    """Return what Lambda sends, which must have UTF-8."""
    return json.dumps(answer, ensure_ascii=False).encode()
