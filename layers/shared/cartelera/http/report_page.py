"""The current release's exploration report as a Lambda handler."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartelera.contract.release_format import UnsoundReleaseError
from cartelera.errors import InvalidParameterError, Message, NotInCatalogueError
from cartelera.http.handler import Content, Handler
from cartelera.http.question import RELEASE_HEADER, cache_control, current_release
from cartelera.release import no_release
from cartelera.storage import StorageError

if TYPE_CHECKING:
    from collections.abc import Mapping

_HTML = "text/html; charset=utf-8"
# The page's own policy, which applies too, allows its one style sheet and its one script by hash.
_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class ReportPage(Handler):
    """The Lambda handler of the report."""

    def content(self, _: Mapping[str, object]) -> Content:
        """Return the page; see `Handler.content`."""
        release = current_release()
        if not release.has_report:
            raise NotInCatalogueError(
                Message(
                    "La publicación que responde se hizo sin informe.",
                    "The release that answers was made without a report.",
                )
            )
        try:
            page = release.report()
        except (StorageError, UnsoundReleaseError) as error:
            raise no_release(error) from error
        headers = {RELEASE_HEADER: release.id, "Content-Security-Policy": _POLICY}
        return Content(page, _HTML, cache_control(), headers)

    def invoke(self, _: object) -> Mapping[str, object]:
        """Refuse: a page is for browsers."""
        raise InvalidParameterError(
            "event", Message("El informe se pide por HTTP.", "The report is asked for over HTTP.")
        )
