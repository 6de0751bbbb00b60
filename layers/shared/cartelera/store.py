"""The one door to storage: an S3 prefix or a folder, by URL."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit
from urllib.request import url2pathname

from obstore.exceptions import BaseError, NotModifiedError
from obstore.store import LocalStore, S3Store

if TYPE_CHECKING:
    from obstore.store import ClientConfig, ObjectStore

# A look-up must not hang: four reads in a row, the most a cold handler needs, fit its timeout.
READ_TIMEOUT = timedelta(seconds=3)
_CONNECT_TIMEOUT = timedelta(seconds=2)
_MAX_RETRIES = 3


class StorageError(Exception):
    """An object could not be read; the message names it and says why."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} {reason}")
        self.path = path


class MissingObjectError(StorageError):
    """There is no such object."""


class StoredObject(NamedTuple):
    """An object's bytes and the tag that changes when they do."""

    data: bytes
    etag: str | None


def open_store(url: str, request_timeout: timedelta = READ_TIMEOUT) -> ObjectStore:
    """Open the place that `url` names: `s3://bucket/prefix` or `file:///folder`.

    S3 takes region, credentials and endpoint (`AWS_ENDPOINT_URL`) from the environment.
    `request_timeout` bounds one request from connecting to the last byte.

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
            retry_config={"max_retries": _MAX_RETRIES, "retry_timeout": request_timeout},
        )
    if parts.scheme == "file" and parts.path and not parts.query and not parts.fragment:
        return LocalStore(Path(url2pathname(parts.path)), mkdir=True)
    raise ValueError(f"{url!r} is no place for releases: give s3://bucket/prefix or file:///folder")


def read(store: ObjectStore, path: str) -> StoredObject:
    """Return an object.

    Raises
    ------
    StorageError
        When it cannot be read; `MissingObjectError` when it is not there.
    """
    return _get(store, path, None)


def read_if_changed(store: ObjectStore, path: str, etag: str | None) -> StoredObject | None:
    """Return an object unless it still carries `etag`; then None, and nothing is transferred.

    Raises
    ------
    StorageError
        When it cannot be read; `MissingObjectError` when it is not there.
    """
    try:
        return _get(store, path, etag)
    except NotModifiedError:
        return None


def _get(store: ObjectStore, path: str, etag: str | None) -> StoredObject:
    try:
        result = store.get(path, options={"if_none_match": etag} if etag else None)
        return StoredObject(bytes(result.bytes()), result.meta["e_tag"])
    except NotModifiedError:
        raise
    except FileNotFoundError as error:
        raise MissingObjectError(path, "is not there") from error
    except (BaseError, OSError, ValueError) as error:
        raise StorageError(path, f"cannot be read: {str(error).splitlines()[0]}") from error


def _client_options(request_timeout: timedelta) -> ClientConfig:
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL", "")
    return {
        "connect_timeout": _CONNECT_TIMEOUT,
        "timeout": request_timeout,
        # Plain HTTP is for stand-ins on this machine, never chosen by default.
        "allow_http": endpoint.startswith("http://"),
    }
