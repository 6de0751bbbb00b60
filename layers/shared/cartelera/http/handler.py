"""A Lambda handler for API Gateway's proxy events and for direct invocations.

Over HTTP every route answers GET, HEAD and OPTIONS, and POST where a handler says so; other
methods get a 405. A client that has the current answer to a GET gets a 304. An error is a problem
body (RFC 9457). Security and CORS headers go with every answer. In a direct invocation an error
is raised. Both are counted alike.
"""

from __future__ import annotations

import json
import os
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError

from cartelera.contract.release_format import sha256
from cartelera.errors import CarteleraError, MethodNotAllowedError, NotInCatalogueError
from cartelera.telemetry import (
    MISSES_WITH_SUGGESTIONS,
    MISSES_WITHOUT_SUGGESTIONS,
    count,
    count_request,
    logger,
    metrics,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_lambda_powertools.utilities.typing import LambdaContext

JSON = "application/json; charset=utf-8"
PROBLEM_JSON = "application/problem+json; charset=utf-8"
NO_STORE = "no-store"

READ_METHODS = ("GET", "HEAD", "OPTIONS")
READ_AND_POST_METHODS = ("GET", "HEAD", "POST", "OPTIONS")

# The origins that CORS allows, as `https://example.org`, between commas; `*` is any.
ORIGINS_VARIABLE = "CARTELERA_ALLOWED_ORIGINS"
# Of every answer that does not set them itself.
_SECURITY_HEADERS = {
    "Content-Security-Policy": ["default-src 'none'; frame-ancestors 'none'"],
    "Referrer-Policy": ["no-referrer"],
    # Two years, during which a browser sends nothing here in plain text.
    "Strict-Transport-Security": ["max-age=63072000"],
    "X-Content-Type-Options": ["nosniff"],
}
_EXPOSED_HEADERS = "Allow, ETag, Retry-After, X-Release"
_ALLOWED_HEADERS = "Content-Type, If-None-Match, X-Api-Key"
# Seconds: the longest that Chromium respects.
_PREFLIGHT_MAX_AGE = "7200"


@dataclass(frozen=True, slots=True)
class Content:
    """The answer to a GET or a POST; `headers` are those beside `Cache-Control`."""

    body: str
    content_type: str
    cache_control: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: HTTPStatus = HTTPStatus.OK


class Handler(ABC):
    """A Lambda handler whose subclasses give the answers."""

    def __init__(self, route: str) -> None:
        """Make the handler of the path `route`, as `/franquicia`."""
        self.route = route
        self._app = self._routes()
        self._handle = metrics.log_metrics(logger.inject_lambda_context(self._answer))

    def __call__(self, event: dict[str, object], context: LambdaContext) -> Mapping[str, object]:
        """Answer a proxy event or a direct invocation.

        Raises
        ------
        CarteleraError
            In a direct invocation, where HTTP has a problem body.
        """
        return cast("Mapping[str, object]", self._handle(event, context))

    @abstractmethod
    def content(self, event: Mapping[str, object]) -> Content:
        """Return the answer to a proxy event, a GET or, if `is_post`, a POST.

        Raises
        ------
        CarteleraError
            When there is none; the client gets a problem body.
        """

    @abstractmethod
    def invoke(self, event: object) -> Mapping[str, object]:
        """Return the answer to a direct invocation.

        Raises
        ------
        CarteleraError
            When there is none.
        """

    def methods(self, _: Mapping[str, object]) -> Sequence[str]:
        """Return the methods that are answered at a proxy event's path."""
        return READ_METHODS

    def _routes(self) -> APIGatewayRestResolver:
        app = APIGatewayRestResolver()
        # Any path: the gateway passes only this function's, and a custom domain adds a base path
        # that only it knows.
        rule = "(?s:.*)"

        @app.route(rule, method=["GET", "HEAD"])
        def answer() -> Response[str]:
            event = app.current_event.raw_event
            return _success(event, self.content(event))

        @app.route(rule, method="POST")
        def answer_to_post() -> Response[str]:
            event = app.current_event.raw_event
            if "POST" not in self.methods(event):
                raise not_allowed()
            return _success(event, self.content(event))

        @app.route(rule, method="OPTIONS")
        def options() -> Response[str]:
            return Response(HTTPStatus.NO_CONTENT.value, headers=dict(not_allowed().headers))

        def no_such_method(_: NotFoundError) -> Response[str]:
            return _problem(not_allowed())

        def not_allowed() -> MethodNotAllowedError:
            event = app.current_event
            return MethodNotAllowedError(event.http_method, self.methods(event.raw_event))

        app.exception_handler(NotFoundError)(no_such_method)
        app.exception_handler(CarteleraError)(_problem)
        app.exception_handler(Exception)(_unexpected)
        return app

    def _answer(self, event: dict[str, object], context: LambdaContext) -> Mapping[str, object]:
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value
        try:
            if _is_http(event):
                answer = self._over_http(event, context)
                status = cast("int", answer["statusCode"])
            else:
                logger.set_correlation_id(context.aws_request_id)
                answer = self.invoke(event)
                status = HTTPStatus.OK.value
        except CarteleraError as error:
            status = error.status
            _count_miss(error)
            raise
        finally:
            count_request(self.route, status)
        return answer

    def _over_http(self, event: dict[str, object], context: LambdaContext) -> Mapping[str, object]:
        request = cast("dict[str, str]", event["requestContext"])
        logger.set_correlation_id(request.get("requestId", context.aws_request_id))
        response = self._app.resolve(event, context)
        logger.info("answered", route=self.route, status=response["statusCode"])
        headers = _SECURITY_HEADERS | _cors_headers(event, self.methods(event))
        return {**response, "multiValueHeaders": headers | response["multiValueHeaders"]}


def to_json(document: Mapping[str, object]) -> str:
    """Return the JSON text of an answer."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def is_post(event: Mapping[str, object]) -> bool:
    """Return whether a proxy event is a POST."""
    return _method(event) == "POST"


def _method(event: Mapping[str, object]) -> str:
    return cast("str", event["httpMethod"]).upper()


def _is_http(event: object) -> bool:
    return isinstance(event, dict) and "httpMethod" in event and "requestContext" in event


def _success(event: Mapping[str, object], content: Content) -> Response[str]:
    """Answer; a GET with a tag that changes with the body, or a 304 to a client that has it."""
    headers = {"Cache-Control": content.cache_control, **content.headers}
    if not is_post(event):
        # Weak, because the gateway may compress the body.
        headers["ETag"] = tag = f'W/"{sha256(content.body.encode())[:32]}"'
        if tag in _known_tags(event):
            return Response(HTTPStatus.NOT_MODIFIED.value, headers=headers)
    return Response(
        content.status.value,
        content_type=content.content_type,
        body="" if event["httpMethod"] == "HEAD" else content.body,
        headers=headers,
    )


def _known_tags(event: Mapping[str, object]) -> set[str]:
    """Return the tags of `If-None-Match`, as weak ones."""
    tags = _request_header(event, "if-none-match").split(",")
    return {f"W/{tag.strip().removeprefix('W/')}" for tag in tags}


def _request_header(event: Mapping[str, object], name: str) -> str:
    """Return a header of the request, named in lower case; an empty text if it is missing."""
    headers = cast("dict[str, str] | None", event.get("headers")) or {}
    return ",".join(value for header, value in headers.items() if header.lower() == name)


def _cors_headers(event: Mapping[str, object], methods: Sequence[str]) -> dict[str, list[str]]:
    allowed = [origin.strip() for origin in os.environ.get(ORIGINS_VARIABLE, "").split(",")]
    headers: dict[str, list[str]] = {}
    if "*" in allowed:
        origin = "*"
    else:
        origin = _request_header(event, "origin")
        if any(allowed):
            # Caches must keep the answers to each origin apart, allowed or not.
            headers["Vary"] = ["Origin"]
        if not origin or origin not in allowed:
            return headers
    headers["Access-Control-Allow-Origin"] = [origin]
    headers["Access-Control-Expose-Headers"] = [_EXPOSED_HEADERS]
    if _method(event) == "OPTIONS":
        headers["Access-Control-Allow-Headers"] = [_ALLOWED_HEADERS]
        headers["Access-Control-Allow-Methods"] = [", ".join(methods)]
        headers["Access-Control-Max-Age"] = [_PREFLIGHT_MAX_AGE]
    return headers


def _unexpected(_: Exception) -> Response[str]:
    logger.exception("unexpected error")
    return _problem(CarteleraError("Algo ha fallado en el servicio; ya consta en sus registros."))


def _count_miss(error: CarteleraError) -> None:
    if isinstance(error, NotInCatalogueError):
        count(MISSES_WITH_SUGGESTIONS if error.suggestions else MISSES_WITHOUT_SUGGESTIONS)


def problem(error: CarteleraError) -> dict[str, object]:
    """Return an error as a problem body (RFC 9457)."""
    return {
        "type": f"urn:cartelera:{type(error).__name__}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        **error.members,
    }


def _problem(error: CarteleraError) -> Response[str]:
    _count_miss(error)
    return Response(
        error.status,
        content_type=PROBLEM_JSON,
        body=to_json(problem(error)),
        headers={"Cache-Control": NO_STORE, **error.headers},
    )
