"""HTTP manners: how a question becomes a Lambda handler.

A question is a plain function of a release and its parameters. `EntryPoint` makes it
answer API Gateway's REST proxy events, with the first parameter in the path or the query
string, and direct invocations, with every parameter in a plain object. Over HTTP an error
is a problem body (RFC 9457); called directly it is raised, so that callers can catch it by
its type.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.metrics import MetricUnit

from cartelera.errors import CarteleraError, InvalidParameterError, MethodNotAllowedError
from cartelera.layout import UnsoundReleaseError, sha256
from cartelera.parameters import InPath, read_all
from cartelera.release import releases, unavailable
from cartelera.store import StorageError
from cartelera.telemetry import logger, metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from cartelera.parameters import Parameter
    from cartelera.release import Release

    type Question = Callable[..., Mapping[str, object]]

RELEASE_HEADER = "X-Release"
_JSON = "application/json; charset=utf-8"
_PROBLEM = "application/problem+json; charset=utf-8"


class EntryPoint:
    """The Lambda handler that answers a question at its route.

    Attributes
    ----------
    route : str
        The path it answers at, as `/franquicia`.
    question : Question
        Called with the current release, and with every parameter by name.
    parameters : tuple of Parameter
        What may be asked with. The first is the one that the path may carry (`route/{name+}` in
        the template).
    """

    def __init__(
        self, route: str, question: Question, *parameters: Parameter, kept: bool = True
    ) -> None:
        """Make the handler; `kept` says whether clients may keep its answers for a while."""
        self.route = route
        self.question = question
        self.parameters = parameters
        self._kept = kept
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

    def _routes(self) -> APIGatewayRestResolver:
        app = APIGatewayRestResolver()
        # Not `<name>`: that pattern rejects `/ ? # "` and more, which real titles hold.
        rule = rf"{self.route}(?s:/.*)?"

        @app.route(rule, method=["GET", "HEAD"])
        def answer() -> Response[str]:
            event = app.current_event.raw_event
            release = _current()
            given = _given(event, self.parameters[0].name if self.parameters else None)
            return self._success(event, self._ask(release, given), release)

        @app.route(rule, method="OPTIONS")
        def options() -> Response[str]:
            return Response(
                HTTPStatus.NO_CONTENT.value, headers={"Allow": MethodNotAllowedError.allowed}
            )

        def no_such_route(_: NotFoundError) -> Response[str]:
            # The gateway lets nothing through but this route's paths: what differs is the method.
            return _problem(MethodNotAllowedError(app.current_event.http_method))

        app.exception_handler(NotFoundError)(no_such_route)
        app.exception_handler(CarteleraError)(_problem)
        app.exception_handler(Exception)(_unexpected)
        return app

    def _answer(self, event: dict[str, object], context: LambdaContext) -> Mapping[str, object]:
        metrics.add_metric("Invocations", MetricUnit.Count, 1)
        if not _is_http(event):
            logger.set_correlation_id(context.aws_request_id)
            return self._ask(_current(), _plain_object(event))
        request = cast("dict[str, str]", event["requestContext"])
        logger.set_correlation_id(request.get("requestId", context.aws_request_id))
        response = self._app.resolve(event, context)
        logger.info("answered", route=self.route, status=response["statusCode"])
        return response

    def _ask(self, release: Release, given: Mapping[str, object]) -> Mapping[str, object]:
        try:
            return self.question(release, **read_all(self.parameters, given))
        except (StorageError, UnsoundReleaseError) as error:
            raise unavailable(error) from error

    def _success(
        self, event: Mapping[str, object], answer: Mapping[str, object], release: Release
    ) -> Response[str]:
        """Answer with what clients need to keep it: a tag that changes with the answer, an age."""
        body = _to_json(answer)
        # Weak, because the gateway may compress what the tag was made of.
        tag = f'W/"{sha256(body.encode())[:32]}"'
        headers = {
            # As long as a function itself may go without looking for another release.
            "Cache-Control": (
                f"public, max-age={releases().check_every:.0f}" if self._kept else "no-store"
            ),
            "ETag": tag,
            RELEASE_HEADER: release.id,
        }
        if tag in _known_tags(event):
            return Response(HTTPStatus.NOT_MODIFIED.value, headers=headers)
        if event["httpMethod"] == "HEAD":
            body = ""
        return Response(HTTPStatus.OK.value, content_type=_JSON, body=body, headers=headers)


def _current() -> Release:
    release = releases().current()
    metrics.add_metadata("release", release.id)
    metrics.add_metric("ReleaseAge", MetricUnit.Seconds, release.age_seconds())
    return release


def _is_http(event: object) -> bool:
    return isinstance(event, dict) and "httpMethod" in event and "requestContext" in event


def _plain_object(event: object) -> Mapping[str, object]:
    if not isinstance(event, dict):
        raise InvalidParameterError(
            "event", "La invocación directa lleva un objeto con los parámetros."
        )
    return event


def _given(event: Mapping[str, object], in_path: str | None) -> dict[str, object]:
    """Collect the parameters of a REST proxy event: query string, then path."""
    given: dict[str, object] = {}
    query = cast("dict[str, list[str]] | None", event.get("multiValueQueryStringParameters"))
    if query is None:  # as in events that people write by hand
        single = cast("dict[str, str] | None", event.get("queryStringParameters"))
        query = {name: [value] for name, value in (single or {}).items()}
    path = cast("dict[str, str] | None", event.get("pathParameters"))
    for name, values in query.items():
        if len(values) > 1:
            raise InvalidParameterError(name, f"`{name}` está repetido; basta uno.")
        given[name] = values[0]
    if path and in_path is not None and in_path in path:
        if in_path in given:
            detail = f"`{in_path}` está en la ruta y en la consulta; basta uno."
            raise InvalidParameterError(in_path, detail)
        given[in_path] = InPath(path[in_path])
    return given


def _unexpected(_: Exception) -> Response[str]:
    logger.exception("unexpected error")
    return _problem(CarteleraError("Algo ha fallado en el servicio; ya consta en sus registros."))


def _known_tags(event: Mapping[str, object]) -> set[str]:
    """Return the tags of `If-None-Match`, as weak ones."""
    given = cast("dict[str, str] | None", event.get("headers")) or {}
    listed = ",".join(value for name, value in given.items() if name.lower() == "if-none-match")
    return {f"W/{tag.strip().removeprefix('W/')}" for tag in listed.split(",")}


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
        content_type=_PROBLEM,
        body=_to_json(body),
        headers={"Cache-Control": "no-store", **error.headers()},
    )


def _to_json(document: Mapping[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
