"""`python -m tests.e2e.docker`: a Docker daemon, and in it the image that functions run in.

Exit codes: 0 both are there, 3 they cannot be had here, and the message says what is missing.
"""

from __future__ import annotations

import sys

import click
from filelock import FileLock

from infra.local.host import PROJECT, UNAVAILABLE, Host, UnavailableError
from tests.e2e.docker.base_image import ensure_base_image
from tests.e2e.docker.daemon import ensure_daemon

_LOCK = PROJECT / ".cartelera" / "docker.lock"


@click.command()
def main() -> None:
    """See that Docker answers and has Lambda's base image for Python, or a stand-in for it."""
    host = Host()
    _LOCK.parent.mkdir(exist_ok=True)
    try:
        # One at a time: the second finds what the first has made.
        with FileLock(_LOCK):
            ensure_daemon(host, click.echo)
            ensure_base_image(host, click.echo)
    except UnavailableError as error:
        click.echo(f"Docker: {error}", err=True)
        sys.exit(UNAVAILABLE)


if __name__ == "__main__":
    main()
