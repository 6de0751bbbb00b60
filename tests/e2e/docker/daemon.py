"""A Docker daemon: the one that runs, or one that is installed and started."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from infra.local import PROJECT
from tests.e2e.host import CommandError, UnavailableError, install

if TYPE_CHECKING:
    from pathlib import Path

    from tests.e2e.host import Host, Process

LOG = PROJECT / ".cartelera" / "logs" / "dockerd.log"
_INFO_SECONDS = 20
_START_SECONDS = 60
_POLL_SECONDS = 0.5
_MESSAGE_CHARACTERS = 500
# What dockerd chooses itself is the fast one, but a machine that is itself a container's layer
# may refuse it. The other one copies whole folders and works everywhere.
_STORAGE_DRIVERS: tuple[tuple[str, ...], ...] = ((), ("--storage-driver=vfs",))


def ensure_daemon(host: Host, log: Path = LOG) -> None:
    """Use the daemon that runs or, as root on Debian, install and start one.

    Parameters
    ----------
    host : Host
        This machine.
    log : Path
        Where the output of a daemon that is started goes.

    Raises
    ------
    UnavailableError
        When none answers and none can be started.
    """
    why = _why_unavailable(host)
    if not why:
        return
    if not host.is_root_on_debian():
        raise UnavailableError(
            f"no Docker daemon answers ({why}), and only as root on Debian can one be installed "
            "and started from here: start Docker yourself and try again"
        )
    if not (host.has("dockerd") and host.has("docker")):
        click.echo("Installing Docker (docker.io)…")
        install(host, "docker.io")
        # Where there is a service manager, the package has started it.
        if not _why_unavailable(host):
            return
    click.echo(f"Starting dockerd (it stays; its log is {log})…")
    if not any(_start(host, log, options) for options in _STORAGE_DRIVERS):
        end = log.read_text(errors="replace")[-_MESSAGE_CHARACTERS:]
        raise UnavailableError(f"dockerd does not start; {log} ends with: {end}")


def _why_unavailable(host: Host) -> str:
    """Return why no daemon answers; an empty text when one does."""
    try:
        host.run("docker", "version", "--format", "{{.Server.Version}}", seconds=_INFO_SECONDS)
    except CommandError as error:
        return str(error)
    return ""


def _start(host: Host, log: Path, options: tuple[str, ...]) -> bool:
    daemon = host.start("dockerd", *options, log=log)
    if _answers_in_time(host, daemon):
        return True
    daemon.terminate()
    daemon.wait()
    return False


def _answers_in_time(host: Host, daemon: Process) -> bool:
    latest = time.monotonic() + _START_SECONDS
    while time.monotonic() < latest:
        # First of all: where another daemon has just been started, ours ends at once.
        if not _why_unavailable(host):
            return True
        if daemon.poll() is not None:
            return False
        time.sleep(_POLL_SECONDS)
    return False
