"""What the documentation's function serves, and how."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from cartelera.errors import InvalidParameterError
from infra.local.events import HttpRequest, match_route, proxy_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.template import Template

    type Get = Callable[..., dict[str, Any]]


@pytest.fixture
def handler(load_handler: Callable[[str], Callable[[Any], Any]]) -> Callable[[Any], Any]:
    return load_handler("docs")


@pytest.fixture
def get(handler: Callable[[Any], Any], template: Template) -> Get:
    def get(path: str, method: str = "GET", /, **changes: Any) -> dict[str, Any]:
        request = HttpRequest(method, path)
        matched = match_route(template.routes, request)
        assert matched
        response: dict[str, Any] = handler({**proxy_event(*matched, request), **changes})
        headers = {name: values[0] for name, values in response["multiValueHeaders"].items()}
        return {**response, "headers": headers}

    return get


@pytest.mark.parametrize(
    ("path", "content_type", "start"),
    [
        ("/docs", "text/html", "<!doctype html>"),
        ("/docs/docs.js", "text/javascript", "// The API's documentation"),
        ("/docs/style.css", "text/css", ":root"),
        ("/openapi.json", "application/json", '{\n  "openapi": "3.1'),
    ],
)
def test_each_file_is_served_as_what_it_is(
    get: Get, path: str, content_type: str, start: str
) -> None:
    response = get(path)

    assert response["statusCode"] == 200
    assert response["body"].startswith(start)
    assert response["headers"]["Content-Type"] == f"{content_type}; charset=utf-8"
    assert response["headers"]["X-Content-Type-Options"] == "nosniff"
    assert not response["isBase64Encoded"]


def test_everything_the_page_refers_to_is_served_wherever_it_lies(get: Get) -> None:
    page = get("/docs")["body"]
    references = set(re.findall(r'(?:src|href)="((?:docs/|openapi)[^"]+)"', page))

    assert len(references) == 8
    assert not re.search(r'(?:src|href)="(?:/|http)', page)
    for reference in references:
        assert get(f"/{reference}")["statusCode"] == 200


def test_the_page_runs_no_script_but_its_own_files(get: Get) -> None:
    response = get("/docs")
    policy = response["headers"]["Content-Security-Policy"]

    assert {"default-src 'none'", "script-src 'self'", "connect-src 'self'"} <= set(
        policy.split("; ")
    )
    assert "<script>" not in response["body"]


def test_a_known_file_is_a_304(get: Get) -> None:
    tag = get("/docs/docs.js")["headers"]["ETag"]

    again = get("/docs/docs.js", headers={"If-None-Match": tag})

    assert (again["statusCode"], again["body"]) == (304, None)


def test_any_file_is_known_to_who_has_any_and_elsewhere_is_no_file(get: Get) -> None:
    has_any = {"headers": {"If-None-Match": "*"}}

    assert get("/docs/docs.js", **has_any)["statusCode"] == 304
    assert get("/docs/nada.js", **has_any)["statusCode"] == 404
    assert get("/docs", path="/docs/", **has_any)["statusCode"] == 308


def test_head_has_the_body_that_the_gateway_measures_and_leaves_out(get: Get) -> None:
    head, whole = get("/openapi.json", "HEAD"), get("/openapi.json")

    assert head["body"] == whole["body"]
    assert head["headers"] == whole["headers"]


def test_files_are_not_written(get: Get) -> None:
    response = get("/docs/docs.js", "PUT")

    assert response["statusCode"] == 405
    assert response["headers"]["Allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    "name", ["app.py", "openapi.json", "../app.py", "..%2Fapp.py", "docs.js/", "%00", "{archivo+}"]
)
def test_nothing_else_is_served(get: Get, name: str) -> None:
    response = get(f"/docs/{name}")

    assert response["statusCode"] == json.loads(response["body"])["status"] == 404
    assert response["headers"]["Content-Type"].startswith("application/problem+json")
    assert response["headers"]["Cache-Control"] == "no-store"


def test_a_base_path_of_a_custom_domain_changes_nothing(get: Get) -> None:
    at_root, below = get("/docs/docs.js"), get("/docs/docs.js", path="/v1/docs/docs.js")

    assert below["statusCode"] == 200
    assert below["body"] == at_root["body"]


def test_a_page_asked_for_as_a_folder_is_elsewhere(get: Get) -> None:
    asked: list[dict[str, Any]] = [
        {"path": "/docs/"},
        {"path": "/v1/docs/", "requestContext": {}},
        # As the client has it, whatever the gateway makes of it.
        {"path": "/docs", "requestContext": {"path": "/Prod/docs/"}},
    ]
    for changes in asked:
        response = get("/docs", **changes)
        assert (response["statusCode"], response["headers"]["Location"]) == (308, "../docs")
    assert get("/docs/")["headers"]["Location"] == "../docs"


def test_a_direct_invocation_gets_no_file(handler: Callable[[Any], Any]) -> None:
    with pytest.raises(InvalidParameterError):
        handler({"archivo": "docs.js"})


def test_the_worker_may_cover_the_page_wherever_that_lies(
    load_handler: Callable[[str], Callable[[Any], Any]], template: Template
) -> None:
    page = load_handler("pagina")

    allowed = {}
    for name in ("worker.js", "app.js"):
        request = HttpRequest("GET", f"/pagina/{name}")
        matched = match_route(template.routes, request)
        assert matched
        headers = page(proxy_event(*matched, request))["multiValueHeaders"]
        allowed[name] = headers.get("Service-Worker-Allowed")

    # Relative to the worker: the folder of the page.
    assert allowed == {"worker.js": ["../"], "app.js": None}
