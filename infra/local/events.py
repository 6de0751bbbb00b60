"""API Gateway's REST proxy events, as a Lambda function gets and answers them."""

from __future__ import annotations

import base64
import re
import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from infra.local.template import Route

_STAGE = "local"


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it came in: `path` and `query` still percent-encoded."""

    method: str
    path: str
    query: str = ""
    headers: Sequence[tuple[str, str]] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class HttpResponse:
    """A response as it goes out."""

    status: int
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""


def match_route(
    routes: Iterable[Route], request: HttpRequest
) -> tuple[Route, dict[str, str]] | None:
    """Find the route of a request as API Gateway does.

    A path without parameters goes first, and one slash at its end counts for nothing.

    Parameters
    ----------
    routes
        The template's routes.
    request
        A request. Its path parameters are returned as encoded as they came.
    """
    without_slash = request.path.removesuffix("/") or "/"
    of_method = [route for route in routes if route.method in ("ANY", request.method)]
    for route in of_method:
        if route.path == without_slash and "{" not in route.path:
            return route, {}
    for route in of_method:
        if "{" in route.path and (found := _pattern(route.path).fullmatch(request.path)):
            return route, found.groupdict()
    return None


def proxy_event(
    route: Route, path_parameters: Mapping[str, str], request: HttpRequest
) -> dict[str, Any]:
    """Return the event that API Gateway's REST proxy integration makes of a request.

    `path` and `pathParameters` stay percent-encoded, the query string is decoded.

    Parameters
    ----------
    route, path_parameters
        Of the request, as `match_route` finds them.
    request
        The request.
    """
    headers = _group(request.headers)
    query = _group(parse_qsl(request.query, keep_blank_values=True))
    try:
        body, is_base64 = request.body.decode(), False
    except UnicodeDecodeError:
        body, is_base64 = base64.b64encode(request.body).decode(), True
    return {
        "resource": route.path,
        "path": request.path,
        "httpMethod": request.method,
        "headers": {name: values[-1] for name, values in headers.items()},
        "multiValueHeaders": headers,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(path_parameters) or None,
        "stageVariables": None,
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "stage": _STAGE,
            "path": f"/{_STAGE}{request.path}",
            "resourcePath": route.path,
            "httpMethod": request.method,
            "protocol": "HTTP/1.1",
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "body": body or None,
        "isBase64Encoded": is_base64,
    }


def read_proxy_response(response: object) -> HttpResponse:
    """Return what API Gateway sends for a function's result; `TypeError` if it is no answer."""
    if not isinstance(response, dict) or not isinstance(response.get("statusCode"), int):
        raise TypeError(f"not a proxy response: {response!r:.200}")
    headers = [(name, str(value)) for name, value in (response.get("headers") or {}).items()]
    for name, values in (response.get("multiValueHeaders") or {}).items():
        headers += [(name, str(value)) for value in values]
    body = response.get("body") or ""
    data = base64.b64decode(body) if response.get("isBase64Encoded") else body.encode()
    return HttpResponse(response["statusCode"], headers, data)


@lru_cache
def _pattern(path: str) -> re.Pattern[str]:
    """Compile a template's path: `{name}` is one segment, `{name+}` the rest."""
    pattern = re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.+)", re.escape(path))
    return re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", pattern), re.DOTALL)


def _group(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name, value in pairs:
        groups[name].append(value)
    return dict(groups)
