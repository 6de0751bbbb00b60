"""How every handler takes its events, wherever its API is mounted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from infra.local.events import HttpRequest, match_route, proxy_event

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.local.template import Template


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
