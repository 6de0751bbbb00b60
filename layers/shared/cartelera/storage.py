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

    from obstore.store import ObjectStore, S3Credential

# Of one attempt at a request. The next attempt continues a body where the last one stopped, so
# this limits what a hung connection costs and not how large an object may be.
ATTEMPT_TIMEOUT = timedelta(seconds=2.5)
_CONNECT_TIMEOUT = timedelta(seconds=1)
_MAX_RETRIES = 3
# At least; a deadline may be earlier.
_RETRY_FOR = timedelta(seconds=8)
# Where S3 answers, if not at AWS; the first that is set counts, as everywhere but in obstore.
_ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT")
# Where AWS provides credentials that are not in the environment, as under SnapStart.
_CREDENTIALS_URI = "AWS_CONTAINER_CREDENTIALS_FULL_URI"
_CREDENTIALS_TOKEN = "AWS_CONTAINER_AUTHORIZATION_TOKEN"  # noqa: S105 (the variable's name)
_CREDENTIALS_TIMEOUT_SECONDS = 1.0


class StorageError(Exception):
    """An object cannot be read or written; the message names it and says why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} {reason}")
        self.path = path


class MissingObjectError(StorageError):
    """There is no such object."""


class StoredObject(NamedTuple):
    """An object's bytes, and the tag that changes with them."""

    data: bytes
    etag: str | None


class Endpoint(NamedTuple):
    """Where S3 answers, and the environment variable that says so."""

    url: str
    variable: str


class Deadline:
    """A time limit for several reads together: `seconds` from now."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def remaining(self) -> float:
        """Return the number of seconds left, at least 0."""
        return max(0.0, self._end - time.monotonic())


def s3_endpoint() -> Endpoint | None:
    """Return where S3 answers as the environment says, None where it is AWS's own."""
    named = [Endpoint(os.environ[each], each) for each in _ENDPOINT_VARIABLES if each in os.environ]
    return next((each for each in named if each.url), next(iter(named), None))


def open_store(
    url: str, request_timeout: timedelta = ATTEMPT_TIMEOUT, *, mkdir: bool = False
) -> ObjectStore:
    """Open a store.

    S3 takes region, credentials and endpoint (see `s3_endpoint`) from the environment, or the
    credentials from the endpoint that the environment names.

    Parameters
    ----------
    url
        `s3://bucket/prefix` or `file:///folder`.
    request_timeout
        Of one attempt at a request, from connecting to the last byte.
    mkdir
        Whether to make a folder that is not there.

    Raises
    ------
    ValueError
        When the URL has another scheme, or names no bucket or folder.
    StorageError
        When the folder is not there, or the environment's endpoint is no URL.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.netloc not in {"", "localhost"}:
        raise ValueError(
            f"{url!r} names a folder of the machine {parts.netloc!r}: one on this machine is "
            f"written with three slashes, file:///{parts.netloc}{parts.path}"
        )
    whole = not parts.query and not parts.fragment
    if parts.scheme == "s3" and parts.netloc and whole:
        endpoint = s3_endpoint()
        if endpoint and not endpoint.url.startswith(("http://", "https://")):
            # obstore would panic.
            raise StorageError(
                endpoint.variable, f"is {endpoint.url!r}: give http://host:port, or unset it"
            )
        return S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            # Of several variables obstore would take this one, however empty, or any.
            config={"aws_endpoint_url_s3": endpoint.url} if endpoint else None,
            client_options={
                "connect_timeout": _CONNECT_TIMEOUT,
                "timeout": request_timeout,
                # Plain HTTP is for stand-ins on this machine only.
                "allow_http": bool(endpoint and endpoint.url.startswith("http://")),
            },
            retry_config={
                "max_retries": _MAX_RETRIES,
                "retry_timeout": max(request_timeout, _RETRY_FOR),
            },
            credential_provider=_credential_provider(),
        )
    if parts.scheme == "file" and parts.path.startswith("/") and whole:
        folder = Path(unquote(parts.path))
        if not mkdir and not folder.is_dir():
            raise MissingObjectError(url, "cannot be opened: there is no such folder")
        return LocalStore(folder, mkdir=mkdir)
    raise ValueError(f"{url!r} is no place for releases: give s3://bucket/prefix or file:///folder")


def read(store: ObjectStore, path: str, deadline: Deadline) -> StoredObject:
    """Return an object.

    Parameters
    ----------
    store
        As `open_store` opens it.
    path
        The object's path in the store.
    deadline
        When to give up.

    Raises
    ------
    StorageError
        When the request cannot be served in time.
    MissingObjectError
        When there is no such object.
    """
    return _in_time(path, "read", deadline, lambda: _get(store, path, None))


def read_if_changed(
    store: ObjectStore, path: str, etag: str | None, deadline: Deadline
) -> StoredObject | None:
    """Return an object, unless it is as it was: then it is not transferred.

    Parameters
    ----------
    store, path, deadline
        As of `read`.
    etag
        The tag that it had; None: return it in any case.

    Returns
    -------
    StoredObject or None
        None while it has that tag.

    Raises
    ------
    StorageError, MissingObjectError
        As `read`.
    """
    try:
        return _in_time(path, "read", deadline, lambda: _get(store, path, etag))
    except NotModifiedError:
        return None


def read_range(store: ObjectStore, path: str, start: int, size: int, deadline: Deadline) -> bytes:
    """Return a part of an object.

    Parameters
    ----------
    store, path, deadline
        As of `read`.
    start
        Where the part starts, in bytes.
    size
        How many bytes to return; there are fewer where the object ends before.

    Raises
    ------
    StorageError, MissingObjectError
        As `read`.
    """
    data = _in_time(path, "read", deadline, lambda: store.get_range(path, start=start, length=size))
    return bytes(data)


def list_root(store: ObjectStore, deadline: Deadline) -> list[str]:
    """Return the paths of the objects that are in no folder.

    Parameters
    ----------
    store, deadline
        As of `read`.

    Raises
    ------
    StorageError
        When they cannot be listed in time.
    """
    listed = _in_time("the place", "listed", deadline, store.list_with_delimiter)
    return [entry["path"] for entry in listed["objects"]]


def exists(store: ObjectStore, path: str, deadline: Deadline) -> bool:
    """Return whether there is an object.

    Parameters
    ----------
    store, path, deadline
        As of `read`.

    Raises
    ------
    StorageError
        When storage does not say so in time.
    """
    try:
        _in_time(path, "looked for", deadline, lambda: store.head(path))
    except MissingObjectError:
        return False
    return True


def create(store: ObjectStore, path: str, data: bytes, deadline: Deadline) -> bool:
    """Write an object unless there is one.

    Parameters
    ----------
    store, path, deadline
        As of `read`.
    data
        The object's bytes.

    Returns
    -------
    bool
        Whether it was written.

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


# A request, and where its result is waited for.
type _Task = tuple[Callable[[], Any], Future[Any]]

# The queues of idle threads: starting a thread takes as long as reading a small file.
_idle: list[SimpleQueue[_Task]] = []
# A forked process has none of its parent's threads.
os.register_at_fork(after_in_child=_idle.clear)


def _idle_queue() -> SimpleQueue[_Task]:
    """Return the queue of an idle or new thread; one whose request hangs is left behind."""
    try:
        return _idle.pop()
    except IndexError:
        tasks: SimpleQueue[_Task] = SimpleQueue()
        Thread(target=_run, args=(tasks,), name="storage", daemon=True).start()
        return tasks


def _run(tasks: SimpleQueue[_Task]) -> None:
    while True:
        # A call, so that no result is kept until the next task comes.
        _run_one(tasks)


def _run_one(tasks: SimpleQueue[_Task]) -> None:
    request, result = tasks.get()
    try:
        deliver = partial(result.set_result, request())
    except BaseException as error:  # noqa: BLE001 (raised again by `result`)
        deliver = partial(result.set_exception, error)
    # Idle before the result is delivered, so that the next request finds this thread.
    _idle.append(tasks)
    deliver()
    # An error's traceback keeps this frame, which would keep the error: a cycle of references.
    del deliver, result


def in_background[Result](work: Callable[[], Result]) -> Future[Result]:
    """Do some work in another thread, which is kept for the requests to come.

    Parameters
    ----------
    work
        Takes nothing; it may itself read.

    Returns
    -------
    Future
        Its result or error.
    """
    result: Future[Result] = Future()
    _idle_queue().put((work, result))
    return result


def _in_time[Result](
    path: str, done: str, deadline: Deadline, request: Callable[[], Result]
) -> Result:
    """Return the result of a request; `done` says in messages what failed."""
    # obstore limits each attempt and the retries, but a server that trickles or fails late takes
    # several times as long. A thread can be left behind at any moment; its attempt times out.
    result = in_background(request)
    try:
        return result.result(deadline.remaining())
    except TimeoutError as error:
        raise StorageError(path, f"cannot be {done}: the time allowed is over") from error
    except (NotModifiedError, AlreadyExistsError):
        raise
    except FileNotFoundError as error:
        raise MissingObjectError(path, "is not there") from error
    except (BaseError, OSError, ValueError) as error:
        raise StorageError(path, f"cannot be {done}: {str(error).splitlines()[0]}") from error
    finally:
        # As in `_run_one`; what the caller has, such as a release, would stay with it.
        del result


def _get(store: ObjectStore, path: str, etag: str | None) -> StoredObject:
    result = store.get(path, options={"if_none_match": etag} if etag else None)
    return StoredObject(bytes(result.bytes()), result.meta["e_tag"])


def _credential_provider() -> Callable[[], S3Credential] | None:
    # obstore reads this endpoint's token only from a file, which Lambda does not write.
    named = _CREDENTIALS_URI in os.environ and _CREDENTIALS_TOKEN in os.environ
    return _credentials if named else None


def _credentials() -> S3Credential:
    """Request credentials with the current token: a restored snapshot has another one."""
    # Here and not above: only a restored snapshot needs it, and every cold start would wait.
    from http.client import HTTPConnection, HTTPException  # noqa: PLC0415

    url = urlsplit(os.environ[_CREDENTIALS_URI])
    path = f"{url.path}?{url.query}" if url.query else url.path
    connection = HTTPConnection(url.netloc, timeout=_CREDENTIALS_TIMEOUT_SECONDS)
    try:
        connection.request("GET", path, headers={"Authorization": os.environ[_CREDENTIALS_TOKEN]})
        response = connection.getresponse()
        body = response.read()
        if response.status != HTTPStatus.OK:
            raise OSError(f"status {response.status}")  # noqa: TRY301 (one message for all)
        credentials = json.loads(body)
        return {
            "access_key_id": credentials["AccessKeyId"],
            "secret_access_key": credentials["SecretAccessKey"],
            "token": credentials["Token"],
            "expires_at": datetime.fromisoformat(credentials["Expiration"]),
        }
    except (HTTPException, OSError, ValueError, KeyError, TypeError) as error:
        raise OSError(f"no credentials from {url.netloc}: {error!r}") from error
    finally:
        connection.close()
