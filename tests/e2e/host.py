"""This machine: which programs it has, running them, and installing what it lacks."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import click

if TYPE_CHECKING:
    from pathlib import Path

# A command's exit code when something it needs is not available here: "not tried" is not "failed".
UNAVAILABLE = 3
_INSTALL_SECONDS = 600
_MESSAGE_CHARACTERS = 500


class UnavailableError(Exception):
    """Something that is needed is not available on this machine; the message says what."""


class CommandError(Exception):
    """A program could not be run, failed, or took too long; the message has its output."""


class Process(Protocol):
    """As much of `subprocess.Popen` as is needed of a program in the background."""

    def poll(self) -> int | None: ...
    def terminate(self) -> None: ...
    def wait(self) -> int: ...


class Host:
    """The machine that the command runs on."""

    def is_root_on_debian(self) -> bool:
        """Return whether packages can be installed and daemons started here."""
        return os.geteuid() == 0 and bool(self.debian_release()) and self.has("apt-get")

    def debian_release(self) -> str:
        """Return the code name of Debian's release; nothing on another system."""
        try:
            release = platform.freedesktop_os_release()
        except OSError:
            return ""
        return release["VERSION_CODENAME"] if release["ID"] == "debian" else ""

    def has(self, program: str) -> bool:
        """Return whether a program is installed."""
        return shutil.which(program) is not None

    def run(self, *command: str | Path, seconds: float) -> str:
        """Run a program to its end and return what it wrote to its standard output.

        Raises
        ------
        CommandError
            When it is not there, failed, or took more than `seconds`.
        """
        try:
            done = subprocess.run(  # noqa: S603 (the commands are ours)
                command,
                capture_output=True,
                text=True,
                errors="replace",
                check=False,
                timeout=seconds,
                stdin=subprocess.DEVNULL,
                env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
            )
        except FileNotFoundError as error:
            raise CommandError(f"{command[0]} is not installed") from error
        except subprocess.TimeoutExpired as error:
            raise CommandError(f"{command[0]} took more than {seconds:.0f} s") from error
        if done.returncode:
            output = (done.stderr.strip() or done.stdout.strip())[-_MESSAGE_CHARACTERS:]
            raise CommandError(f"{command[0]} failed ({done.returncode}): {output}")
        return done.stdout

    def start(self, *command: str, log: Path) -> Process:
        """Start a program that outlives this process; its output is added to `log`."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as stream:
            return subprocess.Popen(  # noqa: S603 (the commands are ours)
                command,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


def install(host: Host, package: str) -> None:
    """Install a Debian package.

    Raises
    ------
    UnavailableError
        When apt cannot.
    """
    try:
        host.run("apt-get", "update", "--quiet", seconds=_INSTALL_SECONDS)
        host.run("apt-get", "install", "--quiet", "--yes", package, seconds=_INSTALL_SECONDS)
    except CommandError as error:
        raise UnavailableError(f"{package} cannot be installed: {error}") from error


@dataclass(frozen=True)
class Browser:
    """A browser for the tests of the page.

    Attributes
    ----------
    name
        What people call it.
    programs
        What its program may be called, the likeliest first.
    package
        Debian's, which has the first of them.
    """

    name: str
    programs: tuple[str, ...]
    package: str

    def path(self) -> str | None:
        """Return the path of its program, None when there is none."""
        return next(filter(None, map(shutil.which, self.programs)), None)

    def ensure(self, host: Host) -> None:
        """Use the one that is there or, as root on Debian, install one.

        Raises
        ------
        UnavailableError
            When there is none and none can be installed.
        """
        if any(host.has(program) for program in self.programs):
            return
        if not host.is_root_on_debian():
            raise UnavailableError(
                f"no {self.name} is on the path, and only as root on Debian can one be installed "
                "from here: install it yourself and try again"
            )
        install(host, self.package)

    def main(self) -> None:
        """Make sure that there is one, or end with `UNAVAILABLE` and say why."""
        try:
            self.ensure(Host())
        except UnavailableError as error:
            click.echo(f"{self.name}: {error}", err=True)
            sys.exit(UNAVAILABLE)
