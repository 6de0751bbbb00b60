"""HTTP manners: what every route does with a proxy event, whatever it answers.

GET, HEAD and OPTIONS are answered, POST where a handler says so, and other methods told so; a
client that knows the answer to a GET already gets a 304; an error is a problem body (RFC 9457);
browsers are told with all of it what they may do. What is not HTTP is a direct invocation, whose
errors are raised. Both are counted alike.
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
UNKEPT = "no-store"

READING = ("GET", "HEAD", "OPTIONS")
READING_AND_POSTING = ("GET", "HEAD", "POST", "OPTIONS")

# The web origins whose pages may ask, as `https://example.org`, between commas; `*` is any.
ORIGINS_VARIABLE = "CARTELERA_ALLOWED_ORIGINS"
# What goes with every answer, unless it says otherwise itself.
_SAFETY = {
    "Content-Security-Policy": ["default-src 'none'; frame-ancestors 'none'"],
    "Referrer-Policy": ["no-referrer"],
    # Two years: what a browser that was once here over TLS asks in plain text never leaves it.
    "Strict-Transport-Security": ["max-age=63072000"],
    "X-Content-Type-Options": ["nosniff"],
}
# What pages of another origin may see of an answer, beyond what browsers show anyway.
_EXPOSED = "Allow, ETag, Retry-After, X-Release"
# What they may send along.
_ACCEPTED = "Content-Type, If-None-Match, X-Api-Key"
# For so many seconds they need not ask again what they may: the longest that Chromium heeds.
_TOLD_FOR = "7200"


@dataclass(frozen=True, slots=True)
class Content:
    """What a GET or a POST is answered with.

    Attributes
    ----------
    body, content_type : str
        What it is, and of which type.
    cache_control : str
        For how long clients may keep it.
    headers : Mapping of str to str
        What else goes with it.
    status : HTTPStatus
        What it says of itself.
    """

    body: str
    content_type: str
    cache_control: str
    headers: Mapping[str, str] = field(default_factory=dict)
    status: HTTPStatus = HTTPStatus.OK


class Handler(ABC):
    """A Lambda handler with HTTP manners; what it answers is for its subclasses to say.

    Attributes
    ----------
    route : str
        The path it answers at, as `/franquicia`.
    """

    def __init__(self, route: str) -> None:
        self.route = route
        self._app = self._routes()
        self._handle = metrics.log_metrics(logger.inject_lambda_context(self._answer))

    def __call__(self, event: dict[str, object], context: LambdaContext) -> Mapping[str, object]:
        """Answer a proxy event or a direct invocation.

        Raises
        ------
        CarteleraError
            In a direct invocation, what would be a problem body over HTTP.
        """
        return cast("Mapping[str, object]", self._handle(event, context))

    @abstractmethod
    def content(self, event: Mapping[str, object]) -> Content:
        """Return what a GET of the proxy event `event` is answered with, or a POST if `is_post`.

        Raises
        ------
        CarteleraError
            When it cannot be answered; the client gets a problem body.
        """

    @abstractmethod
    def invoked(self, event: object) -> Mapping[str, object]:
        """Return the answer to a direct invocation.

        Raises
        ------
        CarteleraError
            When there is none.
        """

    def methods(self, _: Mapping[str, object]) -> Sequence[str]:
        """Return the methods that are answered where a proxy event was sent."""
        return READING

    def _routes(self) -> APIGatewayRestResolver:
        app = APIGatewayRestResolver()
        # Whatever the path: the gateway lets nothing through but this function's, to which a
        # custom domain adds a base path that only it knows.
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
            return _untagged(self.content(event))

        @app.route(rule, method="OPTIONS")
        def options() -> Response[str]:
            return Response(HTTPStatus.NO_CONTENT.value, headers=not_allowed().headers())

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
                answer = self.invoked(event)
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
        told = _SAFETY | _sharing(event, self.methods(event))
        return {**response, "multiValueHeaders": told | response["multiValueHeaders"]}


def to_json(document: Mapping[str, object]) -> str:
    """Write JSON as it is sent."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def is_post(event: Mapping[str, object]) -> bool:
    """Tell whether a proxy event is a POST."""
    return _method(event) == "POST"


def _method(event: Mapping[str, object]) -> str:
    return cast("str", event["httpMethod"]).upper()


def _is_http(event: object) -> bool:
    return isinstance(event, dict) and "httpMethod" in event and "requestContext" in event


def _success(event: Mapping[str, object], content: Content) -> Response[str]:
    """Answer with what clients need to keep it: a tag that changes with the answer, an age."""
    # Weak, because the gateway may compress what the tag was made of.
    tag = f'W/"{sha256(content.body.encode())[:32]}"'
    headers = {"Cache-Control": content.cache_control, "ETag": tag, **content.headers}
    if tag in _known_tags(event):
        return Response(HTTPStatus.NOT_MODIFIED.value, headers=headers)
    return Response(
        content.status.value,
        content_type=content.content_type,
        body="" if event["httpMethod"] == "HEAD" else content.body,
        headers=headers,
    )


def _untagged(content: Content) -> Response[str]:
    """Answer a POST: nobody comes back to its address for what it was answered with."""
    return Response(
        content.status.value,
        content_type=content.content_type,
        body=content.body,
        headers={"Cache-Control": content.cache_control, **content.headers},
    )


def _known_tags(event: Mapping[str, object]) -> set[str]:
    """Return the tags of `If-None-Match`, as weak ones."""
    listed = _sent_with(event, "if-none-match").split(",")
    return {f"W/{tag.strip().removeprefix('W/')}" for tag in listed}


def _sent_with(event: Mapping[str, object], header: str) -> str:
    """Return a header of the request, named in lower case; nothing if there is none."""
    given = cast("dict[str, str] | None", event.get("headers")) or {}
    return ",".join(value for name, value in given.items() if name.lower() == header)


def _sharing(event: Mapping[str, object], methods: Sequence[str]) -> dict[str, list[str]]:
    """Return the headers by which a browser lets pages of other origins have the answer."""
    allowed = [origin.strip() for origin in os.environ.get(ORIGINS_VARIABLE, "").split(",")]
    headers: dict[str, list[str]] = {}
    if "*" in allowed:
        origin = "*"
    else:
        origin = _sent_with(event, "origin")
        if any(allowed):
            # Caches keep an answer for each who asks, those too that may not have it.
            headers["Vary"] = ["Origin"]
        if not origin or origin not in allowed:
            return headers
    headers["Access-Control-Allow-Origin"] = [origin]
    headers["Access-Control-Expose-Headers"] = [_EXPOSED]
    if _method(event) == "OPTIONS":
        headers["Access-Control-Allow-Headers"] = [_ACCEPTED]
        headers["Access-Control-Allow-Methods"] = [", ".join(methods)]
        headers["Access-Control-Max-Age"] = [_TOLD_FOR]
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
        **error.members(),
    }


def _problem(error: CarteleraError) -> Response[str]:
    _count_miss(error)
    return Response(
        error.status,
        content_type=PROBLEM_JSON,
        body=to_json(problem(error)),
        headers={"Cache-Control": UNKEPT, **error.headers()},
    )
