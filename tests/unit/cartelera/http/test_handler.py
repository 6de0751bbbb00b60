"""How every handler takes its events, wherever its API is mounted and whose pages may ask."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cartelera.http.handler import ORIGINS_VARIABLE
from infra.local.events import HttpRequest, match_route, proxy_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.template import Template

    type Ask = Callable[..., dict[str, list[str]]]

OURS = "https://cine.example"
THEIRS = "https://otro.example:8443"
SHARED = "Access-Control-Allow-Origin"


@pytest.fixture
def ask(
    released: None, load_handler: Callable[[str], Callable[[Any], Any]], template: Template
) -> Ask:
    """Ask as a page of some origin does; return the headers of the answer."""

    def ask(origin: str | None, method: str = "GET", path: str = "Alien") -> dict[str, list[str]]:
        headers = [("origin", origin)] if origin else []
        request = HttpRequest(method, f"/peliculas_duracion/{path}", headers=headers)
        matched = match_route(template.routes, request)
        assert matched
        response = load_handler("peliculas_duracion")(proxy_event(*matched, request))
        answered: dict[str, list[str]] = response["multiValueHeaders"]
        return answered

    return ask


@pytest.mark.usefixtures("released")
def test_a_base_path_of_a_custom_domain_changes_nothing(
    load_handler: Callable[[str], Callable[[Any], Any]], template: Template
) -> None:
    request = HttpRequest("GET", "/peliculas_duracion/Face%2FOff")
    matched = match_route(template.routes, request)
    assert matched
    event = proxy_event(*matched, request)

    handler = load_handler("peliculas_duracion")
    at_root, below = handler(event), handler({**event, "path": f"/v1{request.path}"})

    assert at_root["statusCode"] == 200
    assert (below["statusCode"], below["body"]) == (200, at_root["body"])


@pytest.mark.parametrize("path", ["Alien", "nada%20de%20nada"])
@pytest.mark.parametrize("method", ["GET", "OPTIONS", "PUT"])
def test_pages_of_the_origins_that_are_listed_may_have_the_answer(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    monkeypatch.setenv(ORIGINS_VARIABLE, f"{OURS}, {THEIRS}")

    for origin in (OURS, THEIRS):
        headers = ask(origin, method, path)
        assert headers[SHARED] == [origin]
        assert headers["Vary"] == ["Origin"]


@pytest.mark.parametrize(
    "origin", [None, "null", "https://cine.example.org", "http://cine.example"]
)
def test_pages_of_others_may_not_and_caches_know_that_it_depends(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, origin: str | None
) -> None:
    monkeypatch.setenv(ORIGINS_VARIABLE, f"{OURS},{THEIRS}")

    for method in ("GET", "OPTIONS"):
        headers = ask(origin, method)
        assert not [name for name in headers if name.startswith("Access-Control")]
        assert headers["Vary"] == ["Origin"]


@pytest.mark.parametrize("origin", [None, OURS])
def test_where_any_page_may_the_answer_is_the_same_for_all(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, origin: str | None
) -> None:
    monkeypatch.setenv(ORIGINS_VARIABLE, "*")

    headers = ask(origin)

    assert headers[SHARED] == ["*"]
    assert "Vary" not in headers


@pytest.mark.parametrize("allowed", ["", None])
def test_without_any_origin_nothing_is_said_of_them(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, allowed: str | None
) -> None:
    if allowed is None:
        monkeypatch.delenv(ORIGINS_VARIABLE, raising=False)
    else:
        monkeypatch.setenv(ORIGINS_VARIABLE, allowed)

    for origin in (None, OURS):
        assert not {"Vary", SHARED} & ask(origin).keys()


def test_only_who_asks_what_is_allowed_is_told_the_methods(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ORIGINS_VARIABLE, OURS)
    told = {f"Access-Control-{what}" for what in ("Allow-Methods", "Allow-Headers", "Max-Age")}

    assert told <= ask(OURS, "OPTIONS").keys()
    assert not told & ask(OURS).keys()


def test_the_language_of_an_error_is_the_one_preferred(
    released: None, load_handler: Callable[[str], Callable[[Any], Any]], template: Template
) -> None:
    def asked(accepted: str | None) -> str:
        headers = [("accept-language", accepted)] if accepted is not None else []
        request = HttpRequest("GET", "/peliculas_duracion/qqq", headers=headers)
        matched = match_route(template.routes, request)
        assert matched
        body = load_handler("peliculas_duracion")(proxy_event(*matched, request))["body"]
        return str(json.loads(body)["title"])

    spanish, english = "No está en el catálogo", "Not in the catalogue"
    for preferred in ("en", "EN-gb", "fr, en;q=0.5", "es;q=0.2,en;q=0.3", "es;q=0, en;q=1.000"):
        assert asked(preferred) == english, preferred
    for other in (None, "", "es", "fr", "es,en", "en;q=0.8,es-MX", "en;q=0", "*", "en;q=x,es"):
        assert asked(other) == spanish, other
