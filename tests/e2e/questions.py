"""Every route and every status once, and what of an answer a client goes by."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cartelera.http.question import MAX_BODY_BYTES
from tests.examples import EXAMPLES

if TYPE_CHECKING:
    from tests.callers import Answer

JSON = {"Content-Type": "application/json"}


class Question(NamedTuple):
    """What is asked, and the status of the answer."""

    path: str
    status: int = 200
    method: str = "GET"
    body: bytes = b""


# How old a release is differs between one answer and the next.
_ASKED = [each for each in EXAMPLES if each.route != "salud"]
QUESTIONS = (
    # Every question, by path, by query and posted: found, and not.
    *(Question(each.path, each.status, each.method, each.body) for each in _ASKED),
    # A name that holds a slash, and one that holds what encodes a slash.
    Question("/peliculas_duracion/Face%2FOff"),
    Question("/productoras_exitosas/K%252FW%20Productions"),
    # Pages.
    Question("/eda"),
    Question("/"),
    Question("/pagina/nada.js", 404),
    Question("/docs"),
    Question("/docs/nada", 404),
    Question("/openapi.json"),
    # What cannot be asked.
    Question("/peliculas_duracion", 400),
    Question("/peliculas_duracion/%00", 400),
    Question("/get_actor?otra=cosa", 400),
    Question("/recomendacion", 400, "POST", b"[]"),
    Question("/recomendacion", 413, "POST", b"{}".ljust(MAX_BODY_BYTES + 1)),
    # Other methods.
    Question("/peliculas_duracion/Alien", 200, "HEAD"),
    Question("/peliculas_duracion/Alien", 204, "OPTIONS"),
    Question("/peliculas_duracion/Alien", 405, "DELETE"),
    Question("/recomendacion", 405, "PUT"),
    Question("/salud", 405, "POST"),
)
# What a client goes by; a gateway in between adds headers of its own.
HEADERS = (
    "allow",
    "cache-control",
    "content-security-policy",
    "content-type",
    "etag",
    "retry-after",
    "strict-transport-security",
    "x-content-type-options",
    "x-release",
)


def said(answer: Answer) -> tuple[int, dict[str, str], bytes]:
    headers = {name: answer.headers[name] for name in HEADERS if name in answer.headers}
    if not answer.raw:
        # `sam local` says one even of nothing.
        headers.pop("content-type", None)
    return answer.status, headers, answer.raw
