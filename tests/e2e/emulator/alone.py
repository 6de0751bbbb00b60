"""`python -m tests.e2e.emulator.alone module…`: run a module in a network of its own.

Nothing outside can be reached from there, and nothing there from outside. Without a module, only
see whether that can be had here: exit code 3 when not.
"""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import sys
from pathlib import Path

from tests.e2e.host import UNAVAILABLE

_GET_FLAGS, _SET_FLAGS = 0x8913, 0x8914
_UP = 1


def leave() -> None:
    """Move this process into a network of its own, in which there is loopback alone.

    Raises
    ------
    OSError
        When the system does not let it.
    """
    user, group = os.geteuid(), os.getegid()
    if user:
        # Only root makes networks; in a namespace of its users anybody is.
        os.unshare(os.CLONE_NEWUSER)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
        Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
    os.unshare(os.CLONE_NEWNET)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = struct.pack("16sh14x", b"lo", 0)
        _, flags = struct.unpack("16sh14x", fcntl.ioctl(control, _GET_FLAGS, request))
        fcntl.ioctl(control, _SET_FLAGS, struct.pack("16sh14x", b"lo", flags | _UP))


def main() -> None:
    """Leave, and become the module."""
    try:
        leave()
    except (AttributeError, OSError) as error:
        print(f"no network of its own can be had here: {error}", file=sys.stderr)  # noqa: T201
        sys.exit(UNAVAILABLE)
    if len(sys.argv) > 1:
        os.environ["E2E_ALONE"] = "1"
        os.execv(sys.executable, [sys.executable, "-m", *sys.argv[1:]])  # noqa: S606 (ours)


if __name__ == "__main__":
    main()
