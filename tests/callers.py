"""Ways of calling the API: a question in, the answer out, however it was asked."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from infra.local.events import HttpRequest, match_route, proxy_event, read_proxy_response

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from http.client import HTTPConnection

    from infra.local.template import Template


class Answer(NamedTuple):
    """What came back; header names are in lower case, `body` is read from JSON if `raw` is it."""

    status: int
    headers: dict[str, str]
    body: Any
    raw: bytes


class Caller(Protocol):
    """A way of calling: asks for a path, percent-encoded, with its query; `body` goes along."""

    def __call__(
        self,
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer: ...


def answer(status: int, headers: list[tuple[str, str]], body: bytes) -> Answer:
    by_name = {name.lower(): value for name, value in headers}
    if by_name.get("content-encoding") == "gzip":
        body = gzip.decompress(body)
    is_json = body and "json" in by_name["content-type"]
    return Answer(status, by_name, json.loads(body) if is_json else None, body)


def by_event(template: Template, handlers: Callable[[str], Callable[[Any], Any]]) -> Caller:
    """Call the functions with proxy events; `handlers` gives one by the folder it lies in."""
    folders = {function.name: function.code.name for function in template.functions}

    def call(
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        path, _, query = path.partition("?")
        request = HttpRequest(method, path, query, list((headers or {}).items()), body)
        matched = match_route(template.routes, request)
        assert matched, f"the template has no route for {path}"
        event = proxy_event(*matched, request)
        # What crosses to Lambda is JSON.
        result = handlers(folders[matched[0].function])(json.loads(json.dumps(event)))
        response = read_proxy_response(json.loads(json.dumps(result)))
        # Whoever speaks HTTP sends no body to HEAD.
        body = b"" if method == "HEAD" else response.body
        return answer(response.status, response.headers, body)

    return call


def over_http(connection: HTTPConnection, prefix: str = "") -> Caller:
    """Call a server, below a path of its own where it serves others, too."""

    def call(
        path: str,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        connection.request(method, prefix + path, body or None, dict(headers or {}))
        response = connection.getresponse()
        return answer(response.status, response.getheaders(), response.read())

    return call
