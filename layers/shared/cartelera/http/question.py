"""Questions as Lambda handlers.

A question is a plain function of a release and its parameters. `Question` makes it
answer API Gateway's REST proxy events, with the first parameter in the path or the query
string, and direct invocations, with every parameter in a plain object. It may answer another
question to a POST, with every parameter in the JSON object that is sent: what is too long for
an address, as a list of films, goes there. Over HTTP an error is a problem body (RFC 9457);
called directly it is raised, so that callers can catch it by its type.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from aws_lambda_powertools.metrics import MetricUnit

from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.errors import InvalidParameterError, PayloadTooLargeError
from cartelera.http.handler import (
    JSON,
    READING,
    READING_AND_POSTING,
    UNKEPT,
    Content,
    Handler,
    is_post,
    to_json,
)
from cartelera.parameters import InPath, listed, read_all
from cartelera.release import releases, unavailable
from cartelera.storage import StorageError
from cartelera.telemetry import NO_RELEASE, RELEASE_AGE, metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Never

    from cartelera.parameters import Parameter
    from cartelera.release import Release

    type Function = Callable[..., Mapping[str, object]]

RELEASE_HEADER = "X-Release"
# The longest body that is read, in bytes; the most of a list of films takes less.
LONGEST_BODY = 64 * 1024


@dataclass(frozen=True, slots=True)
class PostedQuestion:
    """The question that a POST asks.

    Attributes
    ----------
    question : Function
        Called with the current release, and with every parameter by name.
    parameters : tuple of Parameter
        What may be asked with: the members of the object that is sent.
    """

    question: Function
    parameters: tuple[Parameter, ...]


class Question(Handler):
    """The Lambda handler that answers a question at its route.

    Attributes
    ----------
    question : Function
        Called with the current release, and with every parameter by name.
    parameters : tuple of Parameter
        What may be asked with. The first is the one that the path may carry (`route/{name+}` in
        the template).
    posted : Posted or None
        What a POST asks, if one is answered. Only to the route itself: a path with a name asks
        about that name and takes no POST.
    """

    def __init__(
        self,
        route: str,
        question: Function,
        *parameters: Parameter,
        kept: bool = True,
        posted: PostedQuestion | None = None,
    ) -> None:
        """Make the handler; `kept` says whether clients may keep its answers for a while.

        No answer to a POST is kept.
        """
        super().__init__(route)
        self.question = question
        self.parameters = parameters
        self.posted = posted
        self._kept = kept

    def methods(self, event: Mapping[str, object]) -> Sequence[str]:
        """Return the methods that are answered; see `Handler.methods`."""
        takes_posts = self.posted is not None and not event.get("pathParameters")
        return READING_AND_POSTING if takes_posts else READING

    def content(self, event: Mapping[str, object]) -> Content:
        """Return the question's answer; see `Handler.content`."""
        release = current()
        if self.posted is not None and is_post(event):
            answer = _ask(self.posted, release, _sent(event, self.posted.parameters))
            return Content(to_json(answer), JSON, UNKEPT, {RELEASE_HEADER: release.id})
        given = _given(event, self.parameters[0].name if self.parameters else None)
        return Content(
            to_json(_ask(self, release, given)),
            JSON,
            kept_for() if self._kept else UNKEPT,
            {RELEASE_HEADER: release.id},
        )

    def invoked(self, event: object) -> Mapping[str, object]:
        """Return the question's answer; see `Handler.invoked`.

        What holds a parameter that only the posted question has asks that one.
        """
        release, given = current(), _plain_object(event)
        if self.posted is not None:
            names = {parameter.name for parameter in self.parameters}
            if given.keys() & {parameter.name for parameter in self.posted.parameters} - names:
                return _ask(self.posted, release, given)
        return _ask(self, release, given)


def _ask(
    asked: Question | PostedQuestion, release: Release, given: Mapping[str, object]
) -> Mapping[str, object]:
    try:
        return asked.question(release, **read_all(asked.parameters, given))
    except (StorageError, UnsoundReleaseError) as error:
        raise unavailable(error) from error


def kept_for() -> str:
    """Return the header that lets clients keep an answer.

    They may as long as a function itself goes without looking for another release.
    """
    return f"public, max-age={releases().check_every:.0f}"


def current() -> Release:
    """Return the release that answers, and let the metrics know it.

    Raises
    ------
    NoReleaseError
        When there is none.
    """
    release = releases().current()
    metrics.add_metadata("release", release.id)
    metrics.add_metric(RELEASE_AGE, MetricUnit.Seconds, release.age_seconds())
    # Zeros, too: an alarm on errors looks at it, and would be deaf to a metric that never was.
    metrics.add_metric(NO_RELEASE, MetricUnit.Count, 0)
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
    path = cast("dict[str, str] | None", event.get("pathParameters"))
    for name, values in _query(event).items():
        if len(values) > 1:
            raise InvalidParameterError(name, f"`{name}` está repetido; basta uno.")
        given[name] = values[0]
    if path and in_path is not None and in_path in path:
        if in_path in given:
            detail = f"`{in_path}` está en la ruta y en la consulta; basta uno."
            raise InvalidParameterError(in_path, detail)
        given[in_path] = InPath(path[in_path])
    return given


def _query(event: Mapping[str, object]) -> Mapping[str, list[str]]:
    query = cast("dict[str, list[str]] | None", event.get("multiValueQueryStringParameters"))
    if query is None:  # as in events that people write by hand
        single = cast("dict[str, str] | None", event.get("queryStringParameters"))
        query = {name: [value] for name, value in (single or {}).items()}
    return query


def _sent(event: Mapping[str, object], parameters: Sequence[Parameter]) -> dict[str, object]:
    """Collect the parameters of a POST: the members of the object that is its body."""
    for name in _query(event):
        detail = f"`{name}` está en la consulta; en un POST los parámetros van en el cuerpo."
        raise InvalidParameterError(name, detail)
    try:
        document = _document(event)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        detail = (
            "El cuerpo debe ser un objeto JSON en UTF-8, sin miembros repetidos; "
            f"se admiten {listed(parameters)}."
        )
        raise InvalidParameterError("cuerpo", detail)
    return document


def _document(event: Mapping[str, object]) -> object:
    """Read the body of a POST.

    Raises
    ------
    PayloadTooLargeError
        When it is longer than any that is read.
    ValueError, RecursionError
        When it is not JSON, or no more than almost.
    """
    sent = event.get("body")
    if not isinstance(sent, str):
        return None
    body = base64.b64decode(sent) if event.get("isBase64Encoded") else sent.encode()
    if len(body) > LONGEST_BODY:
        raise PayloadTooLargeError(len(body), LONGEST_BODY)
    document: Mapping[str, object] = json.loads(
        body.decode(), object_pairs_hook=_members, parse_constant=_no_number
    )
    # JSON may escape half a character, which no answer that repeats it could be sent with.
    to_json(document).encode()
    return document


def _members(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member is repeated")
    return members


def _no_number(name: str) -> Never:
    raise ValueError(f"{name} is no JSON")
