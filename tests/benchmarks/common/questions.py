"""Questions as API Gateway passes them on, and names as people mistype them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from cartelera.contract.formats.name_index import SEARCH_ROUTE
from infra.local.events import HttpRequest, match_route, proxy_event

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from infra.local.template import Template


def event_for(template: Template, route: str, name: str) -> dict[str, Any]:
    """Return the event of a GET request that asks a route for a name."""
    encoded = quote(name, safe="")
    request = (
        HttpRequest("GET", f"/{route}", f"q={encoded}")
        if route == SEARCH_ROUTE
        else HttpRequest("GET", f"/{route}/{encoded}")
    )
    matched = match_route(template.routes, request)
    assert matched, request
    return proxy_event(*matched, request)


def list_event(template: Template, filters: Mapping[str, object]) -> dict[str, Any]:
    """Return the event of a GET request for a list of films."""
    request = HttpRequest("GET", "/peliculas", urlencode(filters, quote_via=quote))
    matched = match_route(template.routes, request)
    assert matched, request
    return proxy_event(*matched, request)


def tastes_event(template: Template, tastes: Mapping[str, object]) -> dict[str, Any]:
    """Return the event of a POST request for recommendations to a person."""
    request = HttpRequest("POST", "/recomendacion", body=json.dumps(tastes).encode())
    matched = match_route(template.routes, request)
    assert matched, request
    return proxy_event(*matched, request)


def mistyped(name: str, choice: random.Random) -> str:
    """Return a name with two neighbouring letters swapped and one put in."""
    at = choice.randrange(max(1, len(name) - 1))
    return name[:at] + name[at + 1 : at + 2] + name[at : at + 1] + "q" + name[at + 2 :]
