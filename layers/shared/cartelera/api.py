"""HTTP manners: how a question becomes a Lambda handler.

A question is a plain function of a release and its parameters. `entry_point` makes it
answer API Gateway's REST proxy events, with the first parameter in the path or the query
string, and direct invocations, with every parameter in a plain object. Over HTTP an error
is a problem body (RFC 9457); called directly it is raised, so that callers can catch it by
its type.
"""

from __future__ import annotations

import json
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, cast

from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import NotFoundError
from aws_lambda_powertools.metrics import MetricUnit

from cartelera.errors import CarteleraError, InvalidParameterError
from cartelera.layout import UnsoundReleaseError
from cartelera.parameters import InPath, read_all
from cartelera.release import releases, unavailable
from cartelera.store import StorageError
from cartelera.telemetry import logger, metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from cartelera.parameters import Parameter
    from cartelera.release import Release

    type Question = Callable[..., Mapping[str, object]]
    type Handler = Callable[[dict[str, object], LambdaContext], Mapping[str, object]]

RELEASE_HEADER = "X-Release"
_JSON = "application/json; charset=utf-8"
_PROBLEM = "application/problem+json; charset=utf-8"


def entry_point(route: str, question: Question, *parameters: Parameter) -> Handler:
    """Return the Lambda handler that answers `question` at `route`.

    `question` is called with the current release and the `parameters` by name. The first
    parameter is the one that the path may carry (`route/{name+}` in the template).
    """
    app = APIGatewayRestResolver()
    in_path = parameters[0].name
    ask = partial(_ask, question, parameters)

    # Not `<name>`: that pattern rejects `/ ? # "` and more, which real titles hold.
    @app.get(rf"{route}(?s:/.*)?")
    def answer() -> Response[str]:
        release = releases().current()
        body = ask(release, _given(app.current_event.raw_event, in_path))
        return _response(HTTPStatus.OK, _JSON, body, {RELEASE_HEADER: release.id})

    app.exception_handler(CarteleraError)(_problem)
    app.exception_handler(NotFoundError)(_no_such_route)
    app.exception_handler(Exception)(_unexpected)

    @metrics.log_metrics(capture_cold_start_metric=True)
    @logger.inject_lambda_context
    def handler(event: dict[str, object], context: LambdaContext) -> Mapping[str, object]:
        metrics.add_metric("Invocations", MetricUnit.Count, 1)
        if not _is_http(event):
            logger.set_correlation_id(context.aws_request_id)
            return ask(releases().current(), _plain_object(event))
        request = cast("dict[str, str]", event["requestContext"])
        logger.set_correlation_id(request.get("requestId", context.aws_request_id))
        response = app.resolve(event, context)
        logger.info("answered", route=route, status=response["statusCode"])
        return response

    return cast("Handler", handler)


def _ask(
    question: Question,
    parameters: Sequence[Parameter],
    release: Release,
    given: Mapping[str, object],
) -> Mapping[str, object]:
    try:
        return question(release, **read_all(parameters, given))
    except (StorageError, UnsoundReleaseError) as error:
        raise unavailable(error) from error


def _is_http(event: object) -> bool:
    return isinstance(event, dict) and "httpMethod" in event and "requestContext" in event


def _plain_object(event: object) -> Mapping[str, object]:
    if not isinstance(event, dict):
        raise InvalidParameterError(
            "event", "La invocación directa lleva un objeto con los parámetros."
        )
    return event


def _given(event: Mapping[str, object], in_path: str) -> dict[str, object]:
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
    if path and in_path in path:
        if in_path in given:
            detail = f"`{in_path}` está en la ruta y en la consulta; basta uno."
            raise InvalidParameterError(in_path, detail)
        given[in_path] = InPath(path[in_path])
    return given


def _no_such_route(_: NotFoundError) -> Response[str]:
    status = HTTPStatus.NOT_FOUND
    body = {"type": "about:blank", "title": status.phrase, "status": status.value}
    return _response(status, _PROBLEM, body)


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
    return _response(error.status, _PROBLEM, body, error.headers())


def _response(
    status: int,
    content_type: str,
    body: Mapping[str, object],
    headers: dict[str, str] | None = None,
) -> Response[str]:
    return Response(
        status_code=int(status),
        content_type=content_type,
        body=json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        headers=headers,
    )
