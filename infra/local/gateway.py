"""API Gateway on this machine: HTTP in front, the functions' proxy events behind."""

from __future__ import annotations

import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response

from infra.local.events import (
    HttpRequest,
    HttpResponse,
    match_route,
    proxy_event,
    read_proxy_response,
)
from infra.local.functions import FunctionError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from starlette.types import ASGIApp, Receive, Scope, Send

    from infra.local.template import Template

    type Invoke = Callable[[dict[str, Any]], Awaitable[object]]


def gateway(
    template: Template,
    functions: Mapping[str, Invoke],
    on_answer: Callable[[HttpRequest, int, float], None],
) -> ASGIApp:
    """Return an ASGI app that answers each route with the function behind it.

    Parameters
    ----------
    template
        The routes, and what the API itself answers.
    functions
        Each function by its logical id: takes a proxy event and returns its result, or raises
        `FunctionError`. Calls do not wait for each other.
    on_answer
        Gets each request, the status of its answer, and the seconds it took.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        raw = Request(scope, receive)
        request = HttpRequest(
            method=raw.method,
            path=scope["raw_path"].decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers=raw.headers.items(),
            body=await raw.body(),
        )
        started = time.perf_counter()
        answer = await _answer(request, template, functions)
        on_answer(request, answer.status, time.perf_counter() - started)
        response = Response(answer.body, answer.status)
        for name, value in answer.headers:
            response.headers.append(name, value)
        await response(scope, receive, send)

    return GZipMiddleware(app, minimum_size=template.compressed_from)


async def _answer(
    request: HttpRequest, template: Template, functions: Mapping[str, Invoke]
) -> HttpResponse:
    matched = match_route(template.routes, request)
    if matched is None:
        # API Gateway's name for a path or method that it does not know.
        name, status = "MISSING_AUTHENTICATION_TOKEN", HTTPStatus.FORBIDDEN
    else:
        event, function = proxy_event(*matched, request), functions[matched[0].function]
        try:
            return read_proxy_response(await function(event))
        except (FunctionError, TypeError):
            name, status = "DEFAULT_5XX", HTTPStatus.BAD_GATEWAY
    own = template.gateway_responses[name]
    return HttpResponse(own.status or status, [*own.headers.items()], own.body.encode())
