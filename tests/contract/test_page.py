"""The page is served in every way of calling, with everything that it needs."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from typing import TYPE_CHECKING, Any

import pytest

from cartelera.http.static import PAGE_POLICY

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.callers import Answer, Caller

# What a browser fetches before it shows anything.
MAX_BYTES = 100_000


def fetched(get: Caller) -> dict[str, Answer]:
    """Return the page and everything that it loads, by path."""
    files: dict[str, Answer] = {}
    wanted = ["/"]
    while wanted:
        path = wanted.pop()
        files[path] = get(path)
        pattern = rb'(?:src|href)="(pagina/[^"]+)"' if path == "/" else rb'from "\./([^"]+)"'
        for reference in re.findall(pattern, files[path].raw):
            name = reference.decode().removeprefix("pagina/")
            if f"/pagina/{name}" not in files:
                wanted.append(f"/pagina/{name}")
    return files


def test_the_page_and_what_it_loads_are_served_and_weigh_little(get: Caller) -> None:
    files = fetched(get)

    types = {path.rpartition(".")[2]: file.headers["content-type"] for path, file in files.items()}
    assert {file.status for file in files.values()} == {200}
    assert types == {
        "/": "text/html; charset=utf-8",
        "css": "text/css; charset=utf-8",
        "js": "text/javascript; charset=utf-8",
        "json": "application/json; charset=utf-8",
    }
    assert sum(len(file.raw) for file in files.values()) < MAX_BYTES


def test_every_module_is_on_its_way_before_the_first_one_asks_for_it(get: Caller) -> None:
    modules = {path.lstrip("/") for path in fetched(get) if path.endswith(".js")}

    page = get("/").raw.decode()
    assert set(re.findall(r'"modulepreload" href="([^"]+)"', page)) == modules - {"pagina/app.js"}


def test_the_page_may_load_what_lies_beside_it_and_nothing_else(get: Caller) -> None:
    policy = get("/").headers["content-security-policy"]

    told = dict(directive.split(" ", 1) for directive in policy.split("; "))
    (own,) = re.findall(rb"<script>(.*?)</script>", get("/").raw, re.DOTALL)
    digest = b64encode(hashlib.sha256(own).digest()).decode()
    assert told == PAGE_POLICY | {"script-src": f"'self' 'sha256-{digest}'"}
    assert not any("unsafe" in whence or "http" in whence for whence in told.values())
    for file in fetched(get).values():
        # An SVG's namespace is a name and no address.
        assert b"://" not in file.raw.replace(b"http://www.w3.org/2000/svg", b"")


@pytest.mark.parametrize("asked", ["/dev", "/films/dev"])
def test_a_stage_without_its_slash_leads_to_the_one_with_it(
    load_handler: Callable[[str], Callable[[Any], Any]], asked: str
) -> None:
    event: dict[str, Any] = {
        "resource": "/",
        "path": "/",
        "httpMethod": "GET",
        "requestContext": {"path": asked},
    }

    answer = load_handler("pagina")(event)

    # Relative to where it was asked for, that is the same place and a slash.
    assert (answer["statusCode"], answer["multiValueHeaders"]["Location"]) == (308, ["dev/"])
    event["multiValueQueryStringParameters"] = {"gustos": ["603,862"], "lang": ["en"]}
    shared = load_handler("pagina")(event)
    assert shared["multiValueHeaders"]["Location"] == ["dev/?gustos=603%2C862&lang=en"]
    event["requestContext"] = {"path": f"{asked}/"}
    assert load_handler("pagina")(event)["statusCode"] == 200
