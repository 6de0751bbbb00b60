"""Docker as `make sam-local` uses it: Lambda's base image, and containers' way to this machine."""

from __future__ import annotations

import json
import socket
import subprocess
from contextlib import suppress
from ipaddress import ip_network
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Callable

# The SAM CLI runs functions in it, and the job's image is built on it. One image, for x86-64.
IMAGE = "public.ecr.aws/lambda/python:3.13-x86_64"
_SECONDS = 20
# The image has some 200 MB. A machine without a connection fails within seconds.
_PULL_SECONDS = 300
_MESSAGE_CHARACTERS = 500


class DockerError(click.ClickException):
    """Docker, or what is needed in it, is not available on this machine."""


class HostAddress(NamedTuple):
    """How containers reach this machine: an address to listen on, and what they call it."""

    address: str
    name: str


# Docker Desktop leads this name to the loopback address of the machine it runs on.
_DESKTOP = HostAddress("127.0.0.1", "host.docker.internal")


def can_listen(address: str) -> bool:
    """Return whether a network address is one of this machine's."""
    with suppress(OSError), socket.create_server((address, 0)):
        return True
    return False


def host_address(is_local: Callable[[str], bool] = can_listen) -> HostAddress:
    """Return an address of this machine that containers reach, and nobody outside it does.

    It is the machine's own address on the containers' network. Where Docker runs in a virtual
    machine, that network is in there too, and Docker forwards to loopback instead.
    """
    try:
        (network,) = json.loads(_docker("network", "inspect", "bridge"))
    except DockerError as error:
        raise DockerError(f"Docker does not answer ({error}): install or start it") from error
    (ipv4, *_) = network["IPAM"]["Config"]
    # Without a gateway in its configuration Docker takes the network's first address.
    address = ipv4.get("Gateway") or str(next(ip_network(ipv4["Subnet"]).hosts()))
    return HostAddress(address, address) if is_local(address) else _DESKTOP


def ensure_image() -> None:
    """Pull Lambda's base image for Python unless Docker has it."""
    with suppress(DockerError):
        _docker("image", "inspect", IMAGE)
        return
    click.echo(f"Pulling {IMAGE} (some 200 MB)…")
    try:
        _docker("pull", "--quiet", IMAGE, seconds=_PULL_SECONDS)
    except DockerError as error:
        raise DockerError(
            f"{IMAGE}, in which functions run, cannot be pulled ({error}): "
            f"run `docker pull {IMAGE}` where the registry can be reached"
        ) from error


def _docker(*arguments: str, seconds: float = _SECONDS) -> str:
    """Run a Docker command to its end and return its standard output."""
    command = ["docker", *arguments]
    try:
        done = subprocess.run(  # noqa: S603 (the commands are ours)
            command, capture_output=True, text=True, check=True, timeout=seconds
        )
    except (OSError, subprocess.SubprocessError) as error:
        reason = getattr(error, "stderr", None) or error
        raise DockerError(str(reason).strip()[-_MESSAGE_CHARACTERS:]) from error
    return done.stdout
