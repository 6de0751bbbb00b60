"""The documentation is served in every way of calling, with everything that it needs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from infra.openapi import DOCUMENT

if TYPE_CHECKING:
    import pytest

    from tests.callers import Caller


def test_the_page_and_what_it_refers_to_are_served(get: Caller) -> None:
    page = get("/docs")
    references = set(re.findall(rb'(?:src|href)="((?:docs/|openapi)[^"]+)"', page.raw))

    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert len(references) == 7
    for reference in references:
        assert get(f"/{reference.decode()}").status == 200


def test_the_document_is_served_as_it_is_committed(get: Caller) -> None:
    answer = get("/openapi.json")

    assert (answer.status, answer.raw) == (200, DOCUMENT.read_bytes())
    assert get("/openapi.json", headers={"If-None-Match": answer.headers["etag"]}).status == 304


def test_the_document_names_the_key_where_the_deployment_asks_for_one(
    get: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARTELERA_API_KEY", "required")

    described = get("/openapi.json").body

    (name,) = described["components"]["securitySchemes"]
    assert described["components"]["securitySchemes"][name]["name"] == "x-api-key"
    assert described["security"] == [{name: []}]
    own = json.loads(DOCUMENT.read_text())
    assert described["paths"] == own["paths"]


def test_what_is_no_file_is_a_404(get: Caller) -> None:
    answer = get("/docs/app.py")

    assert answer.status == answer.body["status"] == 404
