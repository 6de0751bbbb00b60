"""The current release's exploration report, as a Lambda handler serves it: one page, whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.errors import InvalidParameterError, NotInCatalogueError
from cartelera.http.handler import Content, Handler
from cartelera.http.question import RELEASE_HEADER, current, kept_for
from cartelera.release import unavailable
from cartelera.storage import StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_HTML = "text/html; charset=utf-8"
# The page itself allows its one style sheet by hash, and no other: that one holds as well.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class Report(Handler):
    """The Lambda handler that serves the report of whatever release answers."""

    def content(self, _: Mapping[str, object]) -> Content:
        """Return the page; see `Handler.content`."""
        release = current()
        if not release.has_report:
            raise NotInCatalogueError("La publicación que responde se hizo sin informe.")
        try:
            page = release.report()
        except (StorageError, UnsoundReleaseError) as error:
            raise unavailable(error) from error
        headers = {RELEASE_HEADER: release.id, "Content-Security-Policy": _POLICY}
        return Content(page, _HTML, kept_for(), headers)

    def invoked(self, _: object) -> Mapping[str, object]:
        """Refuse a direct invocation: a page is for browsers."""
        raise InvalidParameterError("event", "El informe se pide por HTTP.")
