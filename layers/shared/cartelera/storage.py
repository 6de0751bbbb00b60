"""The one door to storage: an S3 prefix or a folder, by URL."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote, urlsplit

from obstore.exceptions import AlreadyExistsError, BaseError, NotModifiedError
from obstore.store import LocalStore, S3Store

if TYPE_CHECKING:
    from collections.abc import Callable
    from urllib.parse import SplitResult

    from obstore.store import ClientConfig, ObjectStore, S3Credential

# One attempt at one request. A body cut short by it is continued by the next attempt where it
# stopped, so that this limits what a hung connection costs and not how large an object may be.
ATTEMPT_TIMEOUT = timedelta(seconds=2.5)
_CONNECT_TIMEOUT = timedelta(seconds=1)
_MAX_RETRIES = 3
# At least; a deadline may come earlier.
_RETRY_FOR = timedelta(seconds=8)
# How AWS hands out credentials that are not in the environment, as under SnapStart.
_CREDENTIALS_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
_CREDENTIALS_TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN"  # noqa: S105 (the variable's name)
_CREDENTIALS_TIMEOUT_SECONDS = 1.0


class StorageError(Exception):
    """An object could not be read or written; the message names it and says why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} {reason}")
        self.path = path


class MissingObjectError(StorageError):
    """There is no such object."""


class StoredObject(NamedTuple):
    """An object's bytes and the tag that changes when they do."""

    data: bytes
    etag: str | None


class Deadline:
    """A time limit over several reads: `seconds` from now, in all."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Return how many seconds are left, 0 when there are none."""
        return max(0.0, self._end - time.monotonic())


def open_store(url: str, request_timeout: timedelta = ATTEMPT_TIMEOUT) -> ObjectStore:
    """Open the place that `url` names: `s3://bucket/prefix` or `file:///folder`.

    S3 takes region, credentials and endpoint (`AWS_ENDPOINT_URL`) from the environment, or
    the credentials from the endpoint that the environment names.
    `request_timeout` bounds one attempt at a request from connecting to the last byte.

    Raises
    ------
    ValueError
        When the URL has another scheme, or names no bucket or folder.
    """
    parts = urlsplit(url)
    if parts.scheme == "s3" and parts.netloc:
        return S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            client_options=_client_options(request_timeout),
            retry_config={
                "max_retries": _MAX_RETRIES,
                "retry_timeout": max(request_timeout, _RETRY_FOR),
            },
            credential_provider=_credential_provider(),
        )
    if parts.scheme == "file" and parts.path and not parts.query and not parts.fragment:
        return LocalStore(Path(unquote(parts.path)), mkdir=True)
    raise ValueError(f"{url!r} is no place for releases: give s3://bucket/prefix or file:///folder")


def read(store: ObjectStore, path: str, deadline: Deadline) -> StoredObject:
    """Return an object.

    Raises
    ------
    StorageError
        When it cannot be read in time; `MissingObjectError` when it is not there.
    """
    return _in_time(path, "read", deadline, lambda: _get(store, path, None))


def read_if_changed(
    store: ObjectStore, path: str, etag: str | None, deadline: Deadline
) -> StoredObject | None:
    """Return an object unless it still carries `etag`; then None, and nothing is transferred.

    Raises
    ------
    StorageError
        When it cannot be read in time; `MissingObjectError` when it is not there.
    """
    try:
        return _in_time(path, "read", deadline, lambda: _get(store, path, etag))
    except NotModifiedError:
        return None


def read_range(store: ObjectStore, path: str, start: int, size: int, deadline: Deadline) -> bytes:
    """Return so many bytes of an object from `start` on; fewer when it ends before.

    Raises
    ------
    StorageError
        When they cannot be read in time; `MissingObjectError` when the object is not there.
    """
    data = _in_time(path, "read", deadline, lambda: store.get_range(path, start=start, length=size))
    return bytes(data)


def list_root(store: ObjectStore, deadline: Deadline) -> list[str]:
    """Return the paths of the objects that lie at the top of a place, in no folder.

    Raises
    ------
    StorageError
        When they cannot be listed in time.
    """
    listed = _in_time("the place", "listed", deadline, store.list_with_delimiter)
    return [entry["path"] for entry in listed["objects"]]


def exists(store: ObjectStore, path: str, deadline: Deadline) -> bool:
    """Tell whether there is an object.

    Raises
    ------
    StorageError
        When that cannot be told in time.
    """
    try:
        _in_time(path, "looked for", deadline, lambda: store.head(path))
    except MissingObjectError:
        return False
    return True


def create(store: ObjectStore, path: str, data: bytes, deadline: Deadline) -> bool:
    """Write an object where there is none; return whether there was none.

    Raises
    ------
    StorageError
        When it cannot be written in time.
    """
    try:
        _in_time(path, "written", deadline, lambda: store.put(path, data, mode="create"))
    except AlreadyExistsError:
        return False
    return True


# What a thread is to ask, and where its answer is waited for.
type _Task = tuple[Callable[[], Any], Future[Any]]

# The threads that wait for something to ask: starting one takes as long as reading a small file.
_idle: list[SimpleQueue[_Task]] = []
# A forked process has none of its parent's threads.
os.register_at_fork(after_in_child=_idle.clear)


def _idle_thread() -> SimpleQueue[_Task]:
    """Return the tasks of a thread that has none; one whose read hangs is left to it."""
    try:
        return _idle.pop()
    except IndexError:
        tasks: SimpleQueue[_Task] = SimpleQueue()
        Thread(target=_ask_each, args=(tasks,), name="storage", daemon=True).start()
        return tasks


def _ask_each(tasks: SimpleQueue[_Task]) -> None:
    while True:
        # A call, so that what was read is not kept until the next task comes.
        _ask_one(tasks)


def _ask_one(tasks: SimpleQueue[_Task]) -> None:
    ask, answer = tasks.get()
    try:
        tell = partial(answer.set_result, ask())
    except BaseException as error:  # noqa: BLE001 (raised again by `result`)
        tell = partial(answer.set_exception, error)
    # Idle before it is heard of, so that whoever asks next finds this thread.
    _idle.append(tasks)
    tell()


def _in_time[Result](path: str, done: str, deadline: Deadline, ask: Callable[[], Result]) -> Result:
    """Ask the store for something; `done` is what could not be, if it fails."""
    # obstore limits attempts and retries, each by itself: a server that trickles or fails late
    # stretches a read to several times either. A thread can be left behind at any moment; its
    # attempt times out by itself.
    answer: Future[Result] = Future()
    _idle_thread().put((ask, answer))
    try:
        return answer.result(deadline.left())
    except TimeoutError as error:
        raise StorageError(path, f"cannot be {done}: the time allowed is over") from error
    except (NotModifiedError, AlreadyExistsError):
        raise
    except FileNotFoundError as error:
        raise MissingObjectError(path, "is not there") from error
    except (BaseError, OSError, ValueError) as error:
        raise StorageError(path, f"cannot be {done}: {str(error).splitlines()[0]}") from error


def _get(store: ObjectStore, path: str, etag: str | None) -> StoredObject:
    result = store.get(path, options={"if_none_match": etag} if etag else None)
    return StoredObject(bytes(result.bytes()), result.meta["e_tag"])


def _client_options(request_timeout: timedelta) -> ClientConfig:
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL", "")
    return {
        "connect_timeout": _CONNECT_TIMEOUT,
        "timeout": request_timeout,
        # Plain HTTP is for stand-ins on this machine, never chosen by default.
        "allow_http": endpoint.startswith("http://"),
    }


def _credential_provider() -> Callable[[], S3Credential] | None:
    # obstore knows this endpoint only with a token in a file, which Lambda does not write.
    named = _CREDENTIALS_URI in os.environ and _CREDENTIALS_TOKEN in os.environ
    return _credentials if named else None


def _credentials() -> S3Credential:
    """Ask the endpoint that the environment names now: a restored snapshot has another token."""
    url = urlsplit(os.environ[_CREDENTIALS_URI])
    try:
        given = json.loads(_ask_for_credentials(url))
        return {
            "access_key_id": given["AccessKeyId"],
            "secret_access_key": given["SecretAccessKey"],
            "token": given["Token"],
            "expires_at": datetime.fromisoformat(given["Expiration"]),
        }
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise OSError(f"no credentials from {url.netloc}: {error!r}") from error


def _ask_for_credentials(url: SplitResult) -> bytes:
    # Here and not above: only a restored snapshot needs it, and every cold start would wait.
    from http.client import HTTPConnection, HTTPException  # noqa: PLC0415

    connection = HTTPConnection(url.netloc, timeout=_CREDENTIALS_TIMEOUT_SECONDS)
    try:
        path = f"{url.path}?{url.query}" if url.query else url.path
        token = os.environ[_CREDENTIALS_TOKEN]
        connection.request("GET", path, headers={"Authorization": token})
        response = connection.getresponse()
        body = response.read()
    except HTTPException as error:
        raise OSError(f"it answered with no HTTP: {error!r}") from error
    finally:
        connection.close()
    if response.status != HTTPStatus.OK:
        raise OSError(f"it answered with status {response.status}")
    return body
