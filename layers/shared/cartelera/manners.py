"""HTTP manners: what every route does with a proxy event, whatever it answers.

GET, HEAD and OPTIONS are answered, POST where a handler says so, and other methods told so; a
client that knows the answer to a GET already gets a 304; an error is a problem body (RFC 9457).
What is not HTTP is a direct invocation, whose errors are raised.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.metrics import MetricUnit

from cartelera.errors import CarteleraError, MethodNotAllowedError
from cartelera.layout import sha256
from cartelera.telemetry import logger, metrics

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from aws_lambda_powertools.utilities.typing import LambdaContext

JSON = "application/json; charset=utf-8"
PROBLEM_JSON = "application/problem+json; charset=utf-8"
UNKEPT = "no-store"

READING = ("GET", "HEAD", "OPTIONS")
READING_AND_POSTING = ("GET", "HEAD", "POST", "OPTIONS")


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
        self._handle = metrics.log_metrics(capture_cold_start_metric=True)(
            logger.inject_lambda_context(self._answer)
        )

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
        metrics.add_metric("Invocations", MetricUnit.Count, 1)
        if not _is_http(event):
            logger.set_correlation_id(context.aws_request_id)
            return self.invoked(event)
        request = cast("dict[str, str]", event["requestContext"])
        logger.set_correlation_id(request.get("requestId", context.aws_request_id))
        response = self._app.resolve(event, context)
        logger.info("answered", route=self.route, status=response["statusCode"])
        return response


def to_json(document: Mapping[str, object]) -> str:
    """Write JSON as it is sent."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def is_post(event: Mapping[str, object]) -> bool:
    """Tell whether a proxy event is a POST."""
    return cast("str", event["httpMethod"]).upper() == "POST"


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
    given = cast("dict[str, str] | None", event.get("headers")) or {}
    listed = ",".join(value for name, value in given.items() if name.lower() == "if-none-match")
    return {f"W/{tag.strip().removeprefix('W/')}" for tag in listed.split(",")}


def _unexpected(_: Exception) -> Response[str]:
    logger.exception("unexpected error")
    return _problem(CarteleraError("Algo ha fallado en el servicio; ya consta en sus registros."))


def _problem(error: CarteleraError) -> Response[str]:
    body = {
        "type": f"urn:cartelera:{type(error).__name__}",
        "title": error.title,
        "status": error.status,
        "detail": error.detail,
        **error.members(),
    }
    return Response(
        error.status,
        content_type=PROBLEM_JSON,
        body=to_json(body),
        headers={"Cache-Control": UNKEPT, **error.headers()},
    )
