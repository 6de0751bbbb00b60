"""API Gateway on loopback: HTTP in front, the functions' proxy events behind."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures.process import BrokenProcessPool
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Protocol

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
from infra.local.lambdas import FunctionError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from concurrent.futures import Future

    from starlette.types import ASGIApp, Receive, Scope, Send

    from infra.local.template import Template


class Invocable(Protocol):
    """A function that can be called, wherever it runs."""

    def invoke(self, event: dict[str, Any]) -> Future[object]:
        """Call the function; the result raises `FunctionError` when it raised."""


def gateway(
    template: Template,
    functions: Mapping[str, Invocable],
    on_answer: Callable[[HttpRequest, int, float], None],
) -> ASGIApp:
    """Return an ASGI app that answers every route by the function behind it.

    `on_answer` hears each request, the status it got, and the seconds it took.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        asked = HttpRequest(
            method=request.method,
            path=scope["raw_path"].decode("latin-1"),
            query=scope["query_string"].decode("latin-1"),
            headers=[
                (name.decode("latin-1"), value.decode("latin-1"))
                for name, value in request.headers.raw
            ],
            body=await request.body(),
        )
        started = time.perf_counter()
        answer = await _answer(asked, template, functions)
        on_answer(asked, answer.status, time.perf_counter() - started)
        response = Response(answer.body, answer.status)
        for name, value in answer.headers:
            response.headers.append(name, value)
        await response(scope, receive, send)

    return GZipMiddleware(app, minimum_size=template.compressed_from)


async def _answer(
    asked: HttpRequest, template: Template, functions: Mapping[str, Invocable]
) -> HttpResponse:
    matched = match_route(template.routes, asked)
    if matched is None:
        # API Gateway's name for a path or method that it does not know.
        return _refused(template, "MISSING_AUTHENTICATION_TOKEN", HTTPStatus.FORBIDDEN)
    route, path_parameters = matched
    event = proxy_event(route, path_parameters, asked)
    try:
        result = await asyncio.wrap_future(functions[route.function].invoke(event))
        return read_proxy_response(result)
    except (FunctionError, BrokenProcessPool, TypeError):
        return _refused(template, "DEFAULT_5XX", HTTPStatus.BAD_GATEWAY)


def _refused(template: Template, name: str, status: HTTPStatus) -> HttpResponse:
    response = template.gateway_responses[name]
    return HttpResponse(
        response.status or status, list(response.headers.items()), response.body.encode()
    )
