"""The manners of `Question`, with a question made up for the purpose."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.errors import (
    CarteleraError,
    InvalidParameterError,
    Message,
    NotInCatalogueError,
)
from cartelera.http.question import Question
from cartelera.parameters import Integer, Text
from cartelera.telemetry import logger
from infra.local.events import HttpRequest, match_route, proxy_event
from infra.local.functions import LocalContext
from infra.local.template import Route
from tests.logs import captured_log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import StringIO

    from cartelera.release import Release

ROUTES = [Route("/eco/{nombre+}", "GET", "Eco"), Route("/eco", "GET", "Eco")]


def eco(_: Release, nombre: tuple[str, ...], n: int) -> dict[str, object]:
    match nombre[0]:
        case "nadie":
            raise NotInCatalogueError(Message("No está.", "Is not there."), ["nadia"])
        case "roto":
            raise UnsoundReleaseError("model.pkl: broken")
        case "error":
            raise ZeroDivisionError("of all things")
    return {"nombre": nombre[0], "n": n}


@pytest.fixture
def handler(released: None) -> Callable[[object], Any]:
    handler = Question("/eco", eco, Text("nombre"), Integer("n", 1, 9, default=1))
    return lambda event: handler(event, LocalContext("Eco", 128))  # type: ignore[arg-type]


@pytest.fixture
def get(handler: Callable[[object], Any]) -> Callable[..., tuple[int, Any, dict[str, str]]]:
    def get(path: str, query: str = "") -> tuple[int, Any, dict[str, str]]:
        request = HttpRequest("GET", path, query)
        matched = match_route(ROUTES, request)
        assert matched
        response = handler(proxy_event(*matched, request))
        headers = {name: values[0] for name, values in response["multiValueHeaders"].items()}
        return response["statusCode"], json.loads(response["body"]), headers

    return get


@pytest.fixture
def log() -> Iterator[StringIO]:
    with captured_log(logger) as lines:
        yield lines


type Get = Callable[..., tuple[int, Any, dict[str, str]]]


def test_the_answer_is_json_from_a_named_release(get: Get, sample_manifest: Any) -> None:
    status, body, headers = get("/eco/ñandú")

    assert (status, body) == (200, {"nombre": "ñandú", "n": 1})
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["X-Release"] == sample_manifest["release"]


@pytest.mark.parametrize(
    "name", ["a/b", "a//b", "¿a?", "#a", '"a"', "a\\b", "a…b", "a\nb", "a+b", "/"]
)
def test_a_name_in_the_path_may_hold_anything(get: Get, name: str) -> None:
    assert get(f"/eco/{name}")[1]["nombre"] == name


def test_a_name_may_come_in_the_query(get: Get) -> None:
    assert get("/eco", "nombre=Face%2FOff&n=3")[1] == {"nombre": "Face/Off", "n": 3}


@pytest.mark.parametrize(
    ("path", "query", "parameter"),
    [
        ("/eco", "", "nombre"),
        ("/eco", "nombre=", "nombre"),
        ("/eco/a", "nombre=b", "nombre"),
        ("/eco/a", "n=0", "n"),
        ("/eco/a", "n=1&n=2", "n"),
        ("/eco/a", "m=1", "m"),
    ],
)
def test_an_unusable_parameter_is_a_400_that_names_it(
    get: Get, path: str, query: str, parameter: str
) -> None:
    status, problem, headers = get(path, query)

    assert status == problem["status"] == 400
    assert problem["parametro"] == parameter
    assert headers["Content-Type"] == "application/problem+json; charset=utf-8"


def test_what_is_not_there_is_a_404_with_suggestions(get: Get) -> None:
    status, problem, _ = get("/eco/nadie")

    assert status == 404
    assert problem == {
        "type": "urn:cartelera:NotInCatalogueError",
        "title": "No está en el catálogo",
        "status": 404,
        "detail": "No está.",
        "sugerencias": ["nadia"],
    }


def test_a_release_that_cannot_be_used_is_a_503_to_try_again(get: Get, log: StringIO) -> None:
    status, problem, headers = get("/eco/roto")

    assert status == problem["status"] == 503
    assert int(headers["Retry-After"]) > 0
    assert "model.pkl: broken" in log.getvalue()


def test_an_unexpected_error_is_a_500_without_its_inside(get: Get, log: StringIO) -> None:
    status, problem, _ = get("/eco/error")

    assert status == 500
    assert "of all things" not in json.dumps(problem)
    assert "of all things" in log.getvalue()


def test_a_direct_invocation_gets_the_plain_answer(handler: Callable[[object], Any]) -> None:
    assert handler({"nombre": "ñandú", "n": "3"}) == {"nombre": "ñandú", "n": 3}


def test_a_direct_invocation_is_logged_with_its_own_id(
    get: Get, handler: Callable[[object], Any]
) -> None:
    get("/eco/a")
    handler({"nombre": "a"})

    assert logger.get_correlation_id() == logger.get_current_keys()["function_request_id"]


def test_an_event_written_by_hand_needs_no_multi_value_query(
    handler: Callable[[object], Any],
) -> None:
    event = {
        "httpMethod": "GET",
        "path": "/eco",
        "requestContext": {},
        "queryStringParameters": {"nombre": "a"},
    }

    assert handler(event)["statusCode"] == 200


@pytest.mark.parametrize("event", [{}, {"nombre": ""}, {"nombre": "a", "m": 1}, [], "texto", None])
def test_a_direct_invocation_that_cannot_be_used_raises(
    handler: Callable[[object], Any], event: object
) -> None:
    with pytest.raises(InvalidParameterError):
        handler(event)


def test_a_direct_invocation_that_finds_nothing_raises(handler: Callable[[object], Any]) -> None:
    with pytest.raises(NotInCatalogueError):
        handler({"nombre": "nadie"})


def test_a_request_is_logged_with_its_id_and_whether_it_started_cold(
    get: Get, log: StringIO, capsys: pytest.CaptureFixture[str]
) -> None:
    get("/eco/a")

    (answered,) = [json.loads(line) for line in log.getvalue().splitlines()]
    assert answered["message"] == "answered"
    assert answered["status"] == 200
    assert answered["correlation_id"]
    assert "cold_start" in answered
    metrics = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert metrics[-1]["Requests"] == [1.0]


@pytest.mark.parametrize(
    ("name", "status"), [("a", "2xx"), ("nadie", "4xx"), ("roto", "5xx"), ("error", "5xx")]
)
def test_a_direct_invocation_counts_as_what_it_would_be_over_http(
    get: Get,
    handler: Callable[[object], Any],
    capsys: pytest.CaptureFixture[str],
    name: str,
    status: str,
) -> None:
    get(f"/eco/{name}")
    with suppress(CarteleraError, ZeroDivisionError):
        handler({"nombre": name})

    over_http, direct = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert over_http["status"] == direct["status"] == status
    assert direct["route"] == "/eco"
    assert over_http["_aws"]["CloudWatchMetrics"][1] == direct["_aws"]["CloudWatchMetrics"][1]
    counted = ("Requests", "MissesWithSuggestions", "ReleaseLoadFailures")
    assert [over_http.get(name) for name in counted] == [direct.get(name) for name in counted]
