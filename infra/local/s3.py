"""S3 on this machine, in moto's server: starts empty, and is gone when the process ends."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.request import Request, urlopen

from moto.server import ThreadedMotoServer

if TYPE_CHECKING:
    from collections.abc import Iterator

BUCKET = "cartelera-releases"
_REGION = "us-east-1"


@contextmanager
def local_s3(address: str = "127.0.0.1") -> Iterator[dict[str, str]]:
    """Serve S3 with one empty bucket at an address of this machine, by default on loopback.

    Yields the environment variables by which clients find it.
    """
    # It would log each request of the job and the functions among their own lines.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address=address, port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        endpoint = f"http://{host}:{port}"
        # moto's buckets outlive its server within one process.
        for method, path in (("POST", "moto-api/reset"), ("PUT", BUCKET)):
            # The scheme is ours, and moto needs no signature.
            urlopen(Request(f"{endpoint}/{path}", method=method)).close()  # noqa: S310
        yield {
            "AWS_ENDPOINT_URL": endpoint,
            # Goes before the other, which alone would leave a shell's own in force.
            "AWS_ENDPOINT_URL_S3": endpoint,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": _REGION,
            "AWS_DEFAULT_REGION": _REGION,
        }
    finally:
        server.stop()
