"""The local API Gateway: what it passes on to a function, and what it sends back."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from infra.local.functions import FunctionError
from infra.local.gateway import gateway
from infra.local.template import GatewayResponse, Route, Template

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.events import HttpRequest

NOTHING_HERE = GatewayResponse(404, {"Content-Type": "application/problem+json"}, '{"title":"no"}')
FAILED = GatewayResponse(None, {}, '{"title":"failed"}')
TEMPLATE = Template(
    (),
    (Route("/eco", "ANY", "Eco"),),
    compressed_from=1000,
    gateway_responses={"MISSING_AUTHENTICATION_TOKEN": NOTHING_HERE, "DEFAULT_5XX": FAILED},
)


class Eco:
    """A function that answers with the event it got, or fails."""

    def __init__(self) -> None:
        self.fails = False

    async def __call__(self, event: dict[str, Any]) -> object:
        if self.fails:
            raise FunctionError("KeyError")
        return {"statusCode": 200, "body": json.dumps(event)}


@pytest.fixture
def eco() -> Eco:
    return Eco()


@pytest.fixture
def heard() -> list[tuple[str, int]]:
    """The method and status of each request that was answered."""
    return []


@pytest.fixture
def send(eco: Eco, heard: list[tuple[str, int]]) -> Callable[..., tuple[int, Any]]:
    def hear(asked: HttpRequest, status: int, _: float) -> None:
        heard.append((asked.method, status))

    app = gateway(TEMPLATE, {"Eco": eco}, hear)

    def send(method: str, path: str, *pieces: bytes) -> tuple[int, Any]:
        received = [
            {"type": "http.request", "body": piece, "more_body": True} for piece in pieces
        ] + [{"type": "http.request", "body": b"", "more_body": False}]
        sent: list[Any] = []
        scope = {
            "type": "http",
            "method": method,
            "raw_path": path.encode(),
            "path": path,
            "query_string": b"",
            "headers": [(b"content-type", b"application/json")],
        }

        async def receive() -> Any:
            return received.pop(0)

        async def collect(message: Any) -> None:
            sent.append(message)

        asyncio.run(app(scope, receive, collect))  # type: ignore[arg-type]
        return sent[0]["status"], json.loads(b"".join(each.get("body", b"") for each in sent))

    return send


type Send = Callable[..., tuple[int, Any]]


def test_a_post_reaches_the_function_with_its_body_as_text(send: Send) -> None:
    status, event = send("POST", "/eco", '{"gustos": [{"titulo": "ñ'.encode(), b'andu"}]}')

    assert status == 200
    assert (event["httpMethod"], event["resource"]) == ("POST", "/eco")
    assert json.loads(event["body"]) == {"gustos": [{"titulo": "ñandu"}]}
    assert event["isBase64Encoded"] is False
    assert event["headers"] == {"content-type": "application/json"}


def test_a_post_without_a_body_has_none(send: Send) -> None:
    _, event = send("POST", "/eco")

    assert (event["body"], event["isBase64Encoded"]) == (None, False)


def test_a_long_body_is_for_the_function_to_judge(send: Send) -> None:
    _, event = send("POST", "/eco", b"x" * 100_000, b"y" * 100_000)

    assert len(event["body"]) == 200_000


def test_a_function_that_fails_is_a_502(send: Send, eco: Eco, heard: list[tuple[str, int]]) -> None:
    eco.fails = True

    assert send("POST", "/eco", b"{}") == (502, {"title": "failed"})
    assert heard == [("POST", 502)]


def test_a_path_that_is_not_declared_gets_what_the_template_says_of_it(send: Send) -> None:
    assert send("POST", "/other") == (404, {"title": "no"})
