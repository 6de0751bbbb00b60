"""Files as a Lambda handler serves them: a closed list, read from where the code lies."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

import aws_lambda_powertools

from cartelera.errors import CarteleraError, InvalidParameterError
from cartelera.http.handler import Content, Handler

if TYPE_CHECKING:
    from collections.abc import Mapping

# Swagger UI's script and style sheet come with Powertools, which is in the layer already.
SWAGGER_UI = Path(aws_lambda_powertools.__file__).parent / "event_handler/openapi/swagger_ui"

_CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
}
# What another deployment changes is seen within five minutes.
_CACHE_CONTROL = "public, max-age=300"
# What a page may load and ask, by directive of its Content-Security-Policy: what lies beside it.
PAGE_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self' data:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
# Swagger UI sets the styles of its elements.
SWAGGER_POLICY = PAGE_POLICY | {"style-src": "'self' 'unsafe-inline'"}


class NoSuchFileError(CarteleraError):
    """What was asked for is none of the files."""

    status = 404
    title = "No existe"


class Static(Handler):
    """The Lambda handler that serves a closed list of files."""

    def __init__(self, route: str, files: Mapping[str, Path], policy: Mapping[str, str]) -> None:
        """Make the handler; `files` holds each file by the path it is served at."""
        super().__init__(route)
        self._files = files
        told = "; ".join(f"{what} {whence}" for what, whence in policy.items())
        self._headers = {"Content-Security-Policy": told}

    def content(self, event: Mapping[str, object]) -> Content:
        """Return the file that was asked for; see `Handler.content`."""
        path = _path(event)
        if path not in self._files:
            raise NoSuchFileError(f"«{path:.100}» no es ningún archivo de aquí.")
        # What a page refers to is relative to it, so that it has one address.
        if path == "/":
            asked = _from_outside(event)
            if not asked.endswith("/"):
                return _moved(f"{asked.rpartition('/')[2]}/{_query(event)}")
        elif cast("str", event["path"]).endswith("/"):
            return _moved(f"../{path.rpartition('/')[2]}")
        file = self._files[path]
        content_type = _CONTENT_TYPES[file.suffix]
        return Content(file.read_text(), content_type, _CACHE_CONTROL, self._headers)

    def invoked(self, _: object) -> Mapping[str, object]:
        """Refuse a direct invocation: files are for browsers."""
        raise InvalidParameterError("event", "Los archivos se piden por HTTP.")


def _moved(location: str) -> Content:
    status = HTTPStatus.PERMANENT_REDIRECT
    return Content("", "text/plain", _CACHE_CONTROL, {"Location": location}, status)


def _from_outside(event: Mapping[str, object]) -> str:
    """Return the path that the client asked for, the API's stage included."""
    return cast("dict[str, str]", event["requestContext"])["path"]


def _query(event: Mapping[str, object]) -> str:
    """Return the query string with its question mark, as the page reads what was asked in it."""
    given = event.get("multiValueQueryStringParameters")
    return f"?{urlencode(cast('dict[str, list[str]]', given), doseq=True)}" if given else ""


def _path(event: Mapping[str, object]) -> str:
    """Return the path that was asked for, without the base path of a custom domain."""
    path = cast("str", event.get("resource") or event["path"])
    for name, value in cast("dict[str, str]", event.get("pathParameters") or {}).items():
        path = path.replace(f"{{{name}+}}", value)
    return path
