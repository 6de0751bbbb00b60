"""A closed list of files beside the code as a Lambda handler."""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, cast
from urllib.parse import urlencode

from cartelera.errors import CarteleraError, InvalidParameterError, Message
from cartelera.http.handler import Content, Handler, request_context

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

_CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json; charset=utf-8",
}
# A new deployment is seen within five minutes.
_CACHE_CONTROL = "public, max-age=300"
# A Content-Security-Policy by directive: a page loads and calls only what lies beside it.
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


class NoSuchFileError(CarteleraError):
    """There is no such file."""

    status = 404
    title = Message("No existe", "Does not exist")


class StaticFiles(Handler):
    """The Lambda handler that serves a closed list of files."""

    def __init__(
        self,
        route: str,
        files: Mapping[str, Path],
        policy: Mapping[str, str],
        changes: Mapping[str, Callable[[str], str]] = MappingProxyType({}),
        headers: Mapping[str, Mapping[str, str]] = MappingProxyType({}),
    ) -> None:
        """Make the handler.

        Parameters
        ----------
        route
            The path that requests are counted under.
        files, policy
            The files by path, and the Content-Security-Policy by directive.
        changes
            By path, what returns a file's text as it is served.
        headers
            By path, what headers a file has beside those of all.
        """
        super().__init__(route)
        self._files = files
        self._changes = changes
        directives = (f"{name} {sources}" for name, sources in policy.items())
        self._headers = {"Content-Security-Policy": "; ".join(directives)}
        self._headers_of = headers

    def content(self, event: Mapping[str, object]) -> Content:
        """Return the file at the path; see `Handler.content`."""
        path = _path(event)
        if path not in self._files:
            raise NoSuchFileError(
                Message(
                    f"«{path:.100}» no es ningún archivo de aquí.",
                    f"«{path:.100}» is no file of this place.",
                )
            )
        # A page's links are relative, so it has one address: as the client has it, with the stage.
        public_path = request_context(event, "path") or path
        if path == "/":
            if not public_path.endswith("/"):
                return _redirect(f"{public_path.rpartition('/')[2]}/{_query(event)}")
        elif public_path.endswith("/") or cast("str", event.get("path") or "").endswith("/"):
            return _redirect(f"../{path.rpartition('/')[2]}")
        file = self._files[path]
        content_type = _CONTENT_TYPES[file.suffix]
        text = file.read_text()
        if path in self._changes:
            text = self._changes[path](text)
        headers = {**self._headers, **self._headers_of.get(path, {})}
        return Content(text, content_type, _CACHE_CONTROL, headers)

    def invoke(self, _: object) -> Mapping[str, object]:
        """Refuse: files are for browsers."""
        raise InvalidParameterError(
            "event", Message("Los archivos se piden por HTTP.", "Files are asked for over HTTP.")
        )


def _redirect(location: str) -> Content:
    status = HTTPStatus.PERMANENT_REDIRECT
    return Content("", "text/plain", _CACHE_CONTROL, {"Location": location}, status)


def _query(event: Mapping[str, object]) -> str:
    """Return the query string with its question mark; the page reads it."""
    query = event.get("multiValueQueryStringParameters")
    return f"?{urlencode(cast('dict[str, list[str]]', query), doseq=True)}" if query else ""


def _path(event: Mapping[str, object]) -> str:
    """Return the path without the base path of a custom domain."""
    path = cast("str", event.get("resource") or event.get("path") or "")
    for name, value in cast("dict[str, object]", event.get("pathParameters") or {}).items():
        path = path.replace(f"{{{name}+}}", str(value))
    return path
