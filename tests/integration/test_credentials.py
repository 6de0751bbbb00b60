"""Credentials from the endpoint that Lambda names under SnapStart."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING

import pytest

from cartelera.storage import Deadline, StorageError, open_store, read
from infra.local.s3 import BUCKET

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obstore.store import ObjectStore

PLACE = f"s3://{BUCKET}"
TOKEN = "a token"  # noqa: S105 (the fake's)


class Endpoint(HTTPServer):
    """Hands out credentials, numbered, to those who show the token."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Exchange)
        self.given = 0
        self.lifetime = timedelta(hours=1)
        self.answers: list[tuple[int, bytes]] = []

    def answer(self, path: str, token: str | None) -> tuple[int, bytes]:
        if self.answers:
            return self.answers.pop()
        if (path, token) != ("/2021-08-23/credentials?id=1", TOKEN):
            return 403, b"{}"
        self.given += 1
        expiration = datetime.now(UTC) + self.lifetime
        credentials = {
            "AccessKeyId": f"key-{self.given}",
            "SecretAccessKey": "secret",
            "Token": "session",
            "Expiration": f"{expiration:%Y-%m-%dT%H:%M:%SZ}",
        }
        return 200, json.dumps(credentials).encode()


class _Exchange(BaseHTTPRequestHandler):
    server: Endpoint

    def do_GET(self) -> None:
        status, body = self.server.answer(self.path, self.headers["Authorization"])
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (its own name)
        pass


@pytest.fixture
def endpoint(s3: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    """The one source of credentials."""
    open_store(PLACE).put("a", b"1")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with Endpoint() as endpoint:
        url = f"http://127.0.0.1:{endpoint.server_port}/2021-08-23/credentials?id=1"
        monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
        monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", TOKEN)
        thread = threading.Thread(target=endpoint.serve_forever, args=(0.05,))
        thread.start()
        yield endpoint
        endpoint.shutdown()
        thread.join()


@pytest.fixture
def store(endpoint: Endpoint) -> ObjectStore:
    return open_store(PLACE)


def read_a(store: ObjectStore) -> bytes:
    return read(store, "a", Deadline(8)).data


def test_credentials_are_asked_for_once_while_they_last(
    store: ObjectStore, endpoint: Endpoint
) -> None:
    assert [read_a(store) for _ in range(3)] == [b"1"] * 3

    assert endpoint.given == 1


def test_credentials_that_run_out_are_asked_for_again(
    store: ObjectStore, endpoint: Endpoint
) -> None:
    endpoint.lifetime = timedelta(seconds=-1)
    read_a(store)
    endpoint.lifetime = timedelta(hours=1)
    read_a(store)
    read_a(store)

    assert endpoint.given == 2


@pytest.mark.parametrize(
    "answer", [(500, b""), (403, b"{}"), (200, b"no JSON"), (200, b"{}"), (200, b"[]")]
)
def test_an_endpoint_that_fails_is_an_error_that_says_so_and_is_asked_again(
    store: ObjectStore, endpoint: Endpoint, answer: tuple[int, bytes]
) -> None:
    endpoint.answers = [answer]

    with pytest.raises(StorageError, match=r"a cannot be read: .*no credentials from 127"):
        read_a(store)

    assert read_a(store) == b"1"


def test_a_restored_snapshot_shows_the_token_it_has_now(
    store: ObjectStore, endpoint: Endpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "of yesterday")
    with pytest.raises(StorageError, match="status 403"):
        read_a(store)

    monkeypatch.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", TOKEN)

    assert read_a(store) == b"1"


def test_an_endpoint_that_nobody_answers_at_is_an_error_in_time(
    store: ObjectStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://127.0.0.1:9/")

    with pytest.raises(StorageError, match=r"no credentials from 127\.0\.0\.1:9"):
        read_a(store)
