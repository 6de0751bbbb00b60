"""Questions as Lambda handlers.

A question is a plain function of a release and its parameters. `EntryPoint` makes it
answer API Gateway's REST proxy events, with the first parameter in the path or the query
string, and direct invocations, with every parameter in a plain object. Over HTTP an error
is a problem body (RFC 9457); called directly it is raised, so that callers can catch it by
its type.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from aws_lambda_powertools.metrics import MetricUnit

from cartelera.errors import InvalidParameterError
from cartelera.layout import UnsoundReleaseError
from cartelera.manners import JSON, Content, Handler, to_json
from cartelera.parameters import InPath, read_all
from cartelera.release import releases, unavailable
from cartelera.store import StorageError
from cartelera.telemetry import metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cartelera.parameters import Parameter
    from cartelera.release import Release

    type Question = Callable[..., Mapping[str, object]]

RELEASE_HEADER = "X-Release"


class EntryPoint(Handler):
    """The Lambda handler that answers a question at its route.

    Attributes
    ----------
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
        super().__init__(route)
        self.question = question
        self.parameters = parameters
        self._kept = kept

    def content(self, event: Mapping[str, object]) -> Content:
        """Return the question's answer; see `Handler.content`."""
        release = _current()
        given = _given(event, self.parameters[0].name if self.parameters else None)
        return Content(
            to_json(self._ask(release, given)),
            JSON,
            # As long as a function itself may go without looking for another release.
            f"public, max-age={releases().check_every:.0f}" if self._kept else "no-store",
            {RELEASE_HEADER: release.id},
        )

    def invoked(self, event: object) -> Mapping[str, object]:
        """Return the question's answer; see `Handler.invoked`."""
        return self._ask(_current(), _plain_object(event))

    def _ask(self, release: Release, given: Mapping[str, object]) -> Mapping[str, object]:
        try:
            return self.question(release, **read_all(self.parameters, given))
        except (StorageError, UnsoundReleaseError) as error:
            raise unavailable(error) from error


def _current() -> Release:
    release = releases().current()
    metrics.add_metadata("release", release.id)
    metrics.add_metric("ReleaseAge", MetricUnit.Seconds, release.age_seconds())
    return release


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
