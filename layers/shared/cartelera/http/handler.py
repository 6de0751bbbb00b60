"""A Lambda handler for API Gateway's proxy events and for direct invocations.

Over HTTP every route answers GET, HEAD and OPTIONS, and POST where a handler says so; other
methods get a 405. A client that has the current answer to a GET gets a 304. An error is a problem
body (RFC 9457). Security and CORS headers go with every answer. In a direct invocation an error
is raised. Both are counted alike.
"""

from __future__ import annotations

import json
import os
import re
from abc import ABC, abstractmethod
from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple, cast

from cartelera import cold_start
from cartelera.contract.release_format import sha256
from cartelera.errors import (
    CarteleraError,
    InvalidParameterError,
    Message,
    MethodNotAllowedError,
    NotInCatalogueError,
    in_english,
)
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
# What is read of a proxy event by its type; null is as good as missing.
_EVENT_TYPES = {
    "path": str,
    "resource": str,
    "requestContext": dict,
    "headers": dict,
    "pathParameters": dict,
    "queryStringParameters": dict,
    "multiValueQueryStringParameters": dict,
}
# Of every answer that does not set them itself.
_SECURITY_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    # Two years, during which a browser sends nothing here in plain text.
    "Strict-Transport-Security": "max-age=63072000",
    "X-Content-Type-Options": "nosniff",
}


class Content(NamedTuple):
    """The answer to a GET or a POST; `headers` are those beside `Cache-Control`."""

    body: str
    content_type: str
    cache_control: str
    headers: Mapping[str, str] = MappingProxyType({})
    status: HTTPStatus = HTTPStatus.OK


# Of a language that is accepted (RFC 9110, 12.4.2).
_WEIGHT = r"q=([01](?:\.[0-9]{0,3})?)"
# Of `If-None-Match: *`, as `_known_tags` returns it.
_ANY_TAG = "W/*"


class _Response(NamedTuple):
    status: int
    headers: Mapping[str, str]
    body: str | None = None


class Handler(ABC):
    """A Lambda handler whose subclasses give the answers."""

    def __init__(self, route: str) -> None:
        """Make the handler of the path `route`, as `/franquicia`."""
        self.route = route
        cold_start.end()
        self._handle = logger.inject_lambda_context(self._answer)

    def __call__(self, event: dict[str, object], context: LambdaContext) -> Mapping[str, object]:
        """Answer a proxy event or a direct invocation.

        Raises
        ------
        CarteleraError
            In a direct invocation, where HTTP has a problem body.
        """
        try:
            return self._handle(event, context)
        finally:
            metrics.write()

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

    def _answer(self, event: dict[str, object], context: LambdaContext) -> Mapping[str, object]:
        status = HTTPStatus.INTERNAL_SERVER_ERROR.value
        try:
            if isinstance(event, dict) and {"httpMethod", "requestContext"} <= event.keys():
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
        logger.set_correlation_id(request_context(event, "requestId") or context.aws_request_id)
        methods: Sequence[str] = READ_METHODS
        try:
            _check_types(event)
            methods = self.methods(event)
            response = self._respond(event, methods)
        except CarteleraError as error:
            response = _problem(error, event)
        except Exception:  # noqa: BLE001 (logged, and answered with a 500)
            logger.exception("unexpected error")
            detail = Message(
                "Algo ha fallado en el servicio; ya consta en sus registros.",
                "Something has failed in the service; its logs have it already.",
            )
            response = _problem(CarteleraError(detail), event)
        logger.info("answered", route=self.route, status=response.status)
        headers = _SECURITY_HEADERS | _cors_headers(event, methods) | dict(response.headers)
        return {
            "statusCode": response.status,
            "body": response.body,
            "isBase64Encoded": False,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
        }

    def _respond(self, event: Mapping[str, object], methods: Sequence[str]) -> _Response:
        if (method := _method(event)) not in methods:
            raise MethodNotAllowedError(str(event["httpMethod"]), methods)
        if method == "OPTIONS":
            return _Response(HTTPStatus.NO_CONTENT.value, {"Allow": ", ".join(methods)})
        content = self.content(event)
        headers = {"Cache-Control": content.cache_control, **content.headers}
        if method != "POST":
            # Weak, because the gateway may compress the body.
            headers["ETag"] = tag = f'W/"{sha256(content.body.encode())[:32]}"'
            if content.status == HTTPStatus.OK and {tag, _ANY_TAG} & _known_tags(event):
                return _Response(HTTPStatus.NOT_MODIFIED.value, headers)
        headers["Content-Type"] = content.content_type
        # To HEAD, too: whoever speaks HTTP sends the body's length and not the body.
        return _Response(content.status.value, headers, content.body)


def to_json(document: Mapping[str, object]) -> str:
    """Return the JSON text of an answer, which can always be encoded in UTF-8.

    What cannot be, half of a surrogate pair, is escaped, and so it is in Python as in JSON.
    """
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="backslashreplace").decode()


def request_context(event: Mapping[str, object], name: str) -> str | None:
    """Return a text of a proxy event's request context.

    Parameters
    ----------
    event
        The proxy event; its types need not have been checked.
    name
        The text's name, as API Gateway has it: `requestId`.

    Returns
    -------
    str or None
        None if it is missing, or no text.
    """
    context = event.get("requestContext")
    value = context.get(name) if isinstance(context, dict) else None
    return value if isinstance(value, str) else None


def is_post(event: Mapping[str, object]) -> bool:
    """Return whether a proxy event is a POST."""
    return _method(event) == "POST"


def _method(event: Mapping[str, object]) -> str:
    return str(event["httpMethod"]).upper()


def _check_types(event: Mapping[str, object]) -> None:
    for name, kind in _EVENT_TYPES.items():
        if not isinstance(event.get(name), kind | None):
            raise InvalidParameterError(
                "event",
                Message(
                    f"`{name}` del evento no es lo que envía API Gateway.",
                    f"`{name}` of the event is not what API Gateway sends.",
                ),
            )


def _known_tags(event: Mapping[str, object]) -> set[str]:
    """Return the tags of `If-None-Match`, as weak ones."""
    tags = _request_header(event, "if-none-match").split(",")
    return {f"W/{tag.strip().removeprefix('W/')}" for tag in tags}


def _request_header(event: Mapping[str, object], name: str) -> str:
    """Return a header of the request, named in lower case; an empty text if it is missing."""
    headers = event.get("headers")
    items = headers.items() if isinstance(headers, dict) else ()
    return ",".join(str(value) for header, value in items if header.lower() == name)


def _cors_headers(event: Mapping[str, object], methods: Sequence[str]) -> dict[str, str]:
    allowed = [origin.strip() for origin in os.environ.get(ORIGINS_VARIABLE, "").split(",")]
    headers = {}
    if "*" in allowed:
        origin = "*"
    else:
        origin = _request_header(event, "origin")
        if any(allowed):
            # Caches must keep the answers to each origin apart, allowed or not.
            headers["Vary"] = "Origin"
        if not origin or origin not in allowed:
            return headers
    headers["Access-Control-Allow-Origin"] = origin
    headers["Access-Control-Expose-Headers"] = "Allow, ETag, Retry-After, X-Release"
    if _method(event) == "OPTIONS":
        headers["Access-Control-Allow-Headers"] = "Content-Type, If-None-Match, X-Api-Key"
        headers["Access-Control-Allow-Methods"] = ", ".join(methods)
        # Seconds: the longest that Chromium respects.
        headers["Access-Control-Max-Age"] = "7200"
    return headers


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


def _problem(error: CarteleraError, event: Mapping[str, object]) -> _Response:
    _count_miss(error)
    headers = {"Cache-Control": NO_STORE, **error.headers, "Content-Type": PROBLEM_JSON}
    body = problem(error)
    if _prefers_english(event):
        body = {name: in_english(member) for name, member in body.items()}
    return _Response(error.status, headers, to_json(body))


def _prefers_english(event: Mapping[str, object]) -> bool:
    """Return whether `Accept-Language` has English, and Spanish after it or not at all."""
    weights = {"en": 0.0, "es": 0.0}
    for each in _request_header(event, "accept-language").lower().split(","):
        tag, _, weight = each.partition(";")
        language = tag.strip().partition("-")[0]
        if language in weights:
            found = re.fullmatch(_WEIGHT, weight.strip())
            weights[language] = max(weights[language], float(found[1]) if found else 1.0)
    return weights["en"] > weights["es"]
