"""The documentation is served in every way of calling, with everything that it needs."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urljoin

import pytest

from infra.openapi import DOCUMENT, ENGLISH_DOCUMENT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.callers import Caller


@pytest.mark.parametrize("address", ["/docs", "/docs/en"])
def test_the_page_and_what_it_refers_to_are_served(get: Caller, address: str) -> None:
    page = get(address)
    links = (link.decode() for link in re.findall(rb'(?:src|href)="([^"]+)"', page.raw))
    references = {urljoin(address, link) for link in links if not link.startswith(("#", "data:"))}

    assert (page.status, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    others = {"/docs", "/docs/en"} - {address}
    assert len(references) == 10
    assert others <= references
    for reference in references:
        assert get(reference).status == 200


@pytest.mark.parametrize(
    ("address", "file"),
    [("/openapi.json", DOCUMENT), ("/docs/openapi.en.json", ENGLISH_DOCUMENT)],
)
def test_the_document_is_served_as_it_is_committed(get: Caller, address: str, file: Path) -> None:
    answer = get(address)

    assert (answer.status, answer.raw) == (200, file.read_bytes())
    assert get(address, headers={"If-None-Match": answer.headers["etag"]}).status == 304
    # Where the API is, from where the document is.
    (server,) = answer.body["servers"]
    assert urljoin(f"https://host/stage{address}", server["url"]) == "https://host/stage/"


@pytest.mark.parametrize(
    ("address", "file", "says"),
    [
        ("/openapi.json", DOCUMENT, "La clave"),
        ("/docs/openapi.en.json", ENGLISH_DOCUMENT, "The API's key"),
    ],
)
def test_the_document_names_the_key_where_the_deployment_asks_for_one(
    get: Caller, monkeypatch: pytest.MonkeyPatch, address: str, file: Path, says: str
) -> None:
    monkeypatch.setenv("CARTELERA_API_KEY", "required")

    described = get(address).body

    (name,) = described["components"]["securitySchemes"]
    key = described["components"]["securitySchemes"][name]
    assert key["name"] == "x-api-key"
    assert key["description"].startswith(says)
    assert described["security"] == [{name: []}]
    own = json.loads(file.read_text())
    assert described["paths"] == own["paths"]


def test_what_is_no_file_is_a_404(get: Caller) -> None:
    answer = get("/docs/app.py")

    assert answer.status == answer.body["status"] == 404
