"""An S3 door that goes wrong on demand: an HTTP proxy on loopback in front of moto."""

from __future__ import annotations

import socket
import struct
import threading
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    # How the answer to one request goes wrong.
    type Fault = Callable[[Any, Door], None]

SLOW_SECONDS = 0.2
TRICKLE_SECONDS = 0.05
# At this rate the sample's model takes longer than one attempt may.
LINE_BYTES_PER_SECOND = 15_000
# Headers that belong to one connection; the proxy writes its own.
_OWN_HEADERS = {"connection", "content-length", "date", "server", "transfer-encoding"}
_ERROR = '<?xml version="1.0"?><Error><Code>{}</Code><Message>Injected.</Message></Error>'


class Reply(NamedTuple):
    """What S3 answered, or would have."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Door:
    """The way to S3, and what is wrong with it now."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = urlsplit(endpoint).netloc
        self._mended = threading.Event()
        self._fault: Fault | None = None
        self._where = ""
        self.requests = 0

    def break_down(self, fault: str | Fault, where: str = "") -> None:
        """Let the requests whose path contains `where` go wrong in a way, or one of `FAULTS`."""
        self._mended.clear()
        self._where = where
        self._fault = FAULTS[fault] if isinstance(fault, str) else fault

    def mend(self) -> None:
        """Let everything through again, and what hangs go."""
        self._fault = None
        self._mended.set()

    def answer(self, exchange: _Exchange) -> None:
        self.requests += 1
        fault = self._fault if self._where in exchange.path else None
        if fault:
            fault(exchange, self)
        else:
            exchange.send(self.forward(exchange))

    def forward(self, exchange: _Exchange, *, conditionally: bool = True) -> Reply:
        connection = HTTPConnection(self._endpoint, timeout=30)
        headers = dict(exchange.headers)
        if not conditionally:
            headers = {name: headers[name] for name in headers if name.lower() != "if-none-match"}
        try:
            connection.request(exchange.command, exchange.path, exchange.body or None, headers)
            response = connection.getresponse()
            given = {k: v for k, v in response.getheaders() if k.lower() not in _OWN_HEADERS}
            return Reply(response.status, given, response.read())
        finally:
            connection.close()

    def wait(self, seconds: float) -> bool:
        """Wait until the door is mended; tell whether it was."""
        return self._mended.wait(seconds)


class _Exchange(BaseHTTPRequestHandler):
    """One request of a client."""

    protocol_version = "HTTP/1.1"
    door: Door
    body = b""

    def do_GET(self) -> None:
        with suppress(ConnectionError):
            # Whatever is answered: a rest would be taken for the connection's next request.
            self.body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.door.answer(self)

    do_HEAD = do_PUT = do_POST = do_GET  # noqa: N815 (http.server's names)

    def send(self, reply: Reply, *, announced: int | None = None) -> None:
        """Send a reply, or the head of a longer one that was `announced`."""
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        length = len(reply.body) if announced is None else announced
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(reply.body)

    def send_error_document(self, status: int, code: str) -> None:
        body = _ERROR.format(code).encode()
        self.send(Reply(status, {"Content-Type": "application/xml"}, body))

    def hang_up(self) -> None:
        """Close the connection after what was sent."""
        self.wfile.flush()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its own name)
        pass


def _slow(exchange: _Exchange, door: Door) -> None:
    door.wait(SLOW_SECONDS)
    exchange.send(door.forward(exchange))


def _hang(exchange: _Exchange, door: Door) -> None:
    door.wait(60)
    exchange.hang_up()


def _trickle(exchange: _Exchange, door: Door) -> None:
    reply = door.forward(exchange, conditionally=False)
    exchange.send(reply._replace(body=b""), announced=len(reply.body))
    for byte in reply.body:
        exchange.wfile.write(bytes([byte]))
        if door.wait(TRICKLE_SECONDS):
            break
    exchange.hang_up()


def _narrow(exchange: _Exchange, door: Door) -> None:
    reply = door.forward(exchange)
    exchange.send(reply._replace(body=b""), announced=len(reply.body))
    step = LINE_BYTES_PER_SECOND // 10
    for start in range(0, len(reply.body), step):
        exchange.wfile.write(reply.body[start : start + step])
        door.wait(0.1)


def _truncate(exchange: _Exchange, door: Door) -> None:
    reply = door.forward(exchange, conditionally=False)
    half = reply.body[: len(reply.body) // 2]
    exchange.send(reply._replace(body=half), announced=len(reply.body))
    exchange.hang_up()


def _reset(exchange: _Exchange, _: Door) -> None:
    # Closed with nothing to linger for, the other side gets a reset and not an end.
    exchange.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    exchange.connection.close()
    exchange.close_connection = True


def _garble(exchange: _Exchange, door: Door) -> None:
    reply = door.forward(exchange, conditionally=False)
    exchange.send(reply._replace(body=bytes(byte ^ 0x5A for byte in reply.body)))


def _retag(exchange: _Exchange, door: Door) -> None:
    reply = door.forward(exchange, conditionally=False)
    headers = {k: v for k, v in reply.headers.items() if k.lower() != "etag"}
    exchange.send(reply._replace(headers=headers | {"ETag": f'"{door.requests:032x}"'}))


def _refuse(status: int, code: str) -> Fault:
    return lambda exchange, _: exchange.send_error_document(status, code)


FAULTS: dict[str, Fault] = {
    "slow": _slow,
    "slow line": _narrow,
    "hang": _hang,
    "trickle": _trickle,
    "truncated body": _truncate,
    "connection reset": _reset,
    "internal error (500)": _refuse(500, "InternalError"),
    "slow down (503)": _refuse(503, "SlowDown"),
    "access denied (403)": _refuse(403, "AccessDenied"),
    "clock skew (403)": _refuse(403, "RequestTimeTooSkewed"),
    "missing key (404)": _refuse(404, "NoSuchKey"),
    "garbage": _garble,
    "wrong ETag": _retag,
}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that give up are what this is for."""


@contextmanager
def faulty_door(endpoint: str) -> Iterator[tuple[Door, str]]:
    """Stand in front of an S3 endpoint; yield the door and the endpoint that leads through it."""
    door = Door(endpoint)
    handler = type("Exchange", (_Exchange,), {"door": door})
    with _Server(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        try:
            yield door, f"http://127.0.0.1:{server.server_port}"
        finally:
            door.mend()
            server.shutdown()
            thread.join()
