"""The machine: its programs and addresses, running programs, and installing what it lacks."""

from __future__ import annotations

import os
import platform
import shutil
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

PROJECT = Path(__file__).parents[2]
# A command's exit code when what it needs cannot be had here, so that whoever calls it can tell
# "could not be tried" from "was tried and failed".
UNAVAILABLE = 3
_INSTALL_SECONDS = 600
# Enough of what a program said to see why it failed.
_TOLD = 500


class UnavailableError(Exception):
    """What is needed cannot be had on this machine; the message says what is missing."""


class CommandError(Exception):
    """A program could not be run, failed, or took too long; the message has what it said."""


class Background(Protocol):
    """A program that runs on."""

    def poll(self) -> int | None:
        """Return its exit code once it has ended."""

    def terminate(self) -> None:
        """Ask it to end."""

    def wait(self) -> int:
        """Wait until it has ended."""


class Host:
    """The machine that the command runs on."""

    def is_root_on_debian(self) -> bool:
        """Say whether packages can be installed and daemons started here."""
        return os.geteuid() == 0 and bool(self.debian_release()) and self.has("apt-get")

    def debian_release(self) -> str:
        """Return the code name of Debian's release; nothing on another system."""
        try:
            release = platform.freedesktop_os_release()
        except OSError:
            return ""
        return release["VERSION_CODENAME"] if release["ID"] == "debian" else ""

    def has(self, program: str) -> bool:
        """Say whether a program is installed."""
        return shutil.which(program) is not None

    def has_address(self, address: str) -> bool:
        """Say whether a network address is one of this machine's, so that it can listen there."""
        with socket.socket() as listener:
            try:
                listener.bind((address, 0))
            except OSError:
                return False
        return True

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
            said = (done.stderr.strip() or done.stdout.strip())[-_TOLD:]
            raise CommandError(f"{command[0]} failed ({done.returncode}): {said}")
        return done.stdout

    def start(self, *command: str, log: Path) -> Background:
        """Start a program that outlives this process; what it says is added to `log`."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("ab") as stream:
            return subprocess.Popen(  # noqa: S603 (the commands are ours)
                command,
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )


type Say = Callable[[str], None]


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
