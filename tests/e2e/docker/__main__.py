"""`python -m tests.e2e.docker`: a Docker daemon, and in it the image that functions run in.

Exit codes: 0 both are there; 3 one is not available here, and the message says why.
"""

from __future__ import annotations

import sys

import click
from filelock import FileLock

from infra.local import PROJECT
from tests.e2e.docker.base_image import ensure_base_image
from tests.e2e.docker.daemon import ensure_daemon
from tests.e2e.host import UNAVAILABLE, Host, UnavailableError

_LOCK = PROJECT / ".cartelera" / "docker.lock"


@click.command()
def main() -> None:
    """Prepare Docker and Lambda's base image for Python, or a stand-in for it."""
    host = Host()
    _LOCK.parent.mkdir(exist_ok=True)
    try:
        # One at a time: the second finds what the first has prepared.
        with FileLock(_LOCK):
            ensure_daemon(host)
            ensure_base_image(host)
    except UnavailableError as error:
        click.echo(f"Docker: {error}", err=True)
        sys.exit(UNAVAILABLE)


if __name__ == "__main__":
    main()
