"""`python -m tests.e2e.browser`: a Chromium for the tests of the page, found or installed.

Exit codes: 0 there is one; 3 none is available here, and the message says why.
"""

from __future__ import annotations

import shutil
import sys

import click

from tests.e2e.host import UNAVAILABLE, Host, UnavailableError, install

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """Return the path of a Chromium, None when there is none."""
    return next(filter(None, map(shutil.which, _NAMES)), None)


def ensure_chromium(host: Host) -> None:
    """Use the Chromium that is there or, as root on Debian, install one.

    Raises
    ------
    UnavailableError
        When there is none and none can be installed.
    """
    if any(host.has(name) for name in _NAMES):
        return
    if not host.is_root_on_debian():
        raise UnavailableError(
            "no Chromium is on the path, and only as root on Debian can one be installed from "
            "here: install it yourself and try again"
        )
    install(host, "chromium")


@click.command()
def main() -> None:
    """Make sure that there is a Chromium."""
    try:
        ensure_chromium(Host())
    except UnavailableError as error:
        click.echo(f"Chromium: {error}", err=True)
        sys.exit(UNAVAILABLE)


if __name__ == "__main__":
    main()
