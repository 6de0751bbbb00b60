"""Questions as Lambda handlers.

A question is a function of a release and its parameters. Over HTTP its parameters are in the
query string, the first one also in the path; in a direct invocation they are in an object. A POST
may ask another question at the same route, with its parameters in a JSON object: for what is too
long for a URL, such as a list of films.
"""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from cartelera import cold_start

# Before what takes long to import.
cold_start.begin()
# ruff: disable[E402]
from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.contract.tables import LOOK_UPS
from cartelera.errors import InvalidParameterError, Message, NoReleaseError, PayloadTooLargeError
from cartelera.http.encoded import EncodedAnswer
from cartelera.http.handler import (
    JSON,
    NO_STORE,
    READ_AND_POST_METHODS,
    READ_METHODS,
    Content,
    Handler,
    is_post,
    to_json,
)
from cartelera.parameters import Integers, PathValue, join_names, parse_parameters
from cartelera.release import no_release, releases
from cartelera.storage import StorageError
from cartelera.telemetry import note_release

# ruff: enable[E402]

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Never

    from cartelera.parameters import Parameter
    from cartelera.release import Release

    type Answer = Mapping[str, object] | EncodedAnswer[Any]
    type Function = Callable[..., Answer]

RELEASE_HEADER = "X-Release"
_TABLES = {f"/{schema.route}": schema for schema in LOOK_UPS}
# The longest list of films takes less.
MAX_BODY_BYTES = 64 * 1024


class PostedQuestion(NamedTuple):
    """The question that a POST asks, and its parameters; see `Question`."""

    question: Function
    parameters: tuple[Parameter, ...]


class Question(Handler):
    """The Lambda handler of a question."""

    def __init__(
        self,
        route: str,
        question: Function,
        *parameters: Parameter,
        cacheable: bool = True,
        posted: PostedQuestion | None = None,
        opens: Callable[[Release], object] | None = None,
    ) -> None:
        """Make the handler.

        Parameters
        ----------
        route
            The path it answers at.
        question, *parameters
            Called with the current release and its parameters, by name; the path may carry the
            first (`route/{name+}`).
        cacheable
            Whether clients may cache the answers.
        posted
            The question of a POST to the route itself; its answers are never cached.
        opens
            Opens the files that every answer needs, while Lambda initialises the function; those
            of the route's own table when None.
        """
        _open_ahead(opens or (lambda release: _open_table(release, route)))
        super().__init__(route)
        self.question = question
        self.parameters = parameters
        self.posted = posted
        self._cacheable = cacheable

    def methods(self, event: Mapping[str, object]) -> Sequence[str]:
        """See `Handler.methods`."""
        takes_posts = self.posted is not None and not event.get("pathParameters")
        return READ_AND_POST_METHODS if takes_posts else READ_METHODS

    def content(self, event: Mapping[str, object]) -> Content:
        """Return the question's answer; see `Handler.content`."""
        release = current_release()
        if self.posted is not None and is_post(event):
            answer = _answer(self.posted, release, _body_values(event, self.posted.parameters))
            caching = NO_STORE
        else:
            answer = _answer(self, release, _url_values(event, self.parameters))
            caching = cache_control() if self._cacheable else NO_STORE
        body = answer.text if isinstance(answer, EncodedAnswer) else to_json(answer)
        return Content(body, JSON, caching, {RELEASE_HEADER: release.id})

    def invoke(self, event: object) -> Mapping[str, object]:
        """Return the question's answer; see `Handler.invoke`.

        An event with a parameter that only the posted question has asks that one.
        """
        release, values = current_release(), _object(event)
        if self.posted is not None:
            names = {parameter.name for parameter in self.parameters}
            if values.keys() & {parameter.name for parameter in self.posted.parameters} - names:
                return _decoded(_answer(self.posted, release, values))
        return _decoded(_answer(self, release, values))


def _open_ahead(opens: Callable[[Release], object]) -> None:
    """Open the release and some of its files, if Lambda is initialising a function."""
    reads = cold_start.first_reads()
    if reads is not None:
        with suppress(NoReleaseError):
            releases().open_ahead(reads, opens)


def _open_table(release: Release, route: str) -> None:
    if route in _TABLES:
        release.table(_TABLES[route])


def _answer(
    asked: Question | PostedQuestion, release: Release, values: Mapping[str, object]
) -> Answer:
    try:
        return asked.question(release, **parse_parameters(asked.parameters, values))
    except (StorageError, UnsoundReleaseError) as error:
        raise no_release(error) from error


def _decoded(answer: Answer) -> Mapping[str, object]:
    return answer.decode() if isinstance(answer, EncodedAnswer) else answer


def cache_control() -> str:
    """Return the `Cache-Control` of answers that clients may cache.

    They may for as long as a function itself does not look for another release.
    """
    return f"public, max-age={releases().check_interval:.0f}"


def current_release() -> Release:
    """Return the current release, and add it to the metrics.

    Raises
    ------
    NoReleaseError
        When there is none.
    """
    release = releases().current()
    note_release(release.id, release.age_seconds())
    return release


def _object(event: object) -> Mapping[str, object]:
    if not isinstance(event, dict):
        raise InvalidParameterError(
            "event",
            Message(
                "La invocación directa lleva un objeto con los parámetros.",
                "A direct invocation has an object with the parameters.",
            ),
        )
    return event


def _url_values(event: Mapping[str, object], parameters: Sequence[Parameter]) -> dict[str, object]:
    """Return the values in the query string and, of the first parameter, in the path."""
    given: dict[str, object] = {}
    in_path = parameters[0].name if parameters else None
    path = cast("dict[str, object] | None", event.get("pathParameters"))
    for name, values in _query(event).items():
        if isinstance(values, list) and len(values) == 1:
            given[name] = values[0]
        elif isinstance(values, list) and values and _is_list(name, parameters):
            given[name] = values
        else:
            detail = Message(
                f"`{name}` está repetido; basta uno.", f"`{name}` is repeated; one is enough."
            )
            raise InvalidParameterError(name, detail)
    if path and in_path is not None and in_path in path:
        if in_path in given:
            detail = Message(
                f"`{in_path}` está en la ruta y en la consulta; basta uno.",
                f"`{in_path}` is in the path and in the query; one is enough.",
            )
            raise InvalidParameterError(in_path, detail)
        value = path[in_path]
        given[in_path] = PathValue(value) if isinstance(value, str) else value
    return given


def _is_list(name: str, parameters: Sequence[Parameter]) -> bool:
    """Return whether a parameter may be repeated, as generated clients repeat a list."""
    return any(each.name == name and isinstance(each, Integers) for each in parameters)


def _query(event: Mapping[str, object]) -> Mapping[str, object]:
    query = cast("dict[str, object] | None", event.get("multiValueQueryStringParameters"))
    if query is None:  # as in events written by hand
        single = cast("dict[str, object] | None", event.get("queryStringParameters"))
        query = {name: [value] for name, value in (single or {}).items()}
    return query


def _body_values(event: Mapping[str, object], parameters: Sequence[Parameter]) -> dict[str, object]:
    """Return the values in a POST's body, a JSON object."""
    for name in _query(event):
        detail = Message(
            f"`{name}` está en la consulta; en un POST los parámetros van en el cuerpo.",
            f"`{name}` is in the query; the parameters of a POST are in its body.",
        )
        raise InvalidParameterError(name, detail)
    try:
        document = _document(event)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        detail = Message(
            "El cuerpo debe ser un objeto JSON en UTF-8, sin miembros repetidos; "
            f"se admiten {join_names(parameters)}.",
            "The body must be a JSON object in UTF-8, without repeated members; "
            f"those allowed are {join_names(parameters)}.",
        )
        raise InvalidParameterError("cuerpo", detail)
    return document


def _document(event: Mapping[str, object]) -> object:
    """Parse the body of a POST.

    Raises
    ------
    PayloadTooLargeError
        When it is longer than `MAX_BODY_BYTES`.
    ValueError, RecursionError
        When it is not valid JSON.
    """
    text = event.get("body")
    if not isinstance(text, str):
        return None
    body = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    if len(body) > MAX_BODY_BYTES:
        raise PayloadTooLargeError(len(body), MAX_BODY_BYTES)
    document: Mapping[str, object] = json.loads(
        body.decode(), object_pairs_hook=_members, parse_constant=_refuse_constant
    )
    # JSON may escape a lone surrogate, and an answer that repeats it could not be encoded.
    json.dumps(document, ensure_ascii=False).encode()
    return document


def _members(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("a member is repeated")
    return members


def _refuse_constant(name: str) -> Never:
    raise ValueError(f"{name} is no JSON")
