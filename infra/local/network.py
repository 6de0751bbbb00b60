"""Where containers find what listens on this machine."""

from __future__ import annotations

import json
from ipaddress import ip_network
from typing import TYPE_CHECKING, NamedTuple

from infra.local.host import CommandError, UnavailableError

if TYPE_CHECKING:
    from infra.local.host import Host

_LOOPBACK = "127.0.0.1"
# Docker Desktop leads this name to the loopback address of the machine it runs on.
_DESKTOP = "host.docker.internal"
_ASK_SECONDS = 20


class Meeting(NamedTuple):
    """An address to listen on, and what containers call it."""

    address: str
    name: str


def meeting_point(host: Host) -> Meeting:
    """Return an address that containers reach and nobody outside this machine does.

    That is this machine's own on the containers' network. Where Docker runs in a virtual
    machine, the network is in there too, and Docker forwards to loopback instead.

    Raises
    ------
    UnavailableError
        When Docker has no such network.
    """
    try:
        told = host.run("docker", "network", "inspect", "bridge", seconds=_ASK_SECONDS)
    except CommandError as error:
        raise UnavailableError(f"Docker has no network for containers: {error}") from error
    (network,) = json.loads(told)
    (ipv4, *_) = network["IPAM"]["Config"]
    # Docker takes the first address of the network, unless it was told another.
    address = ipv4.get("Gateway") or str(next(ip_network(ipv4["Subnet"]).hosts()))
    return Meeting(address, address) if host.has_address(address) else Meeting(_LOOPBACK, _DESKTOP)
