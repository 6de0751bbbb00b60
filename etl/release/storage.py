"""Objects in the storage of releases: whatever cannot be read or written is a `PublishError`."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from obstore.exceptions import AlreadyExistsError, BaseError

from cartelera.storage import Deadline, MissingObjectError, StorageError, open_store, read
from etl.errors import PublishError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obstore.store import ObjectStore

    from cartelera.storage import StoredObject

# Uploads may cross a slow line; a handler's own limit would cut them short.
_REQUEST_TIMEOUT = timedelta(minutes=5)
_READ_SECONDS = 300.0


@contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """Raise storage's errors as a `PublishError`, whose message begins with `what`."""
    try:
        yield
    except (BaseError, OSError) as error:
        reason, *_ = str(error).splitlines() or [type(error).__name__]
        raise PublishError(f"{what}: {reason}") from error


def open_storage(url: str) -> ObjectStore:
    """Open an S3 prefix or a folder."""
    try:
        with storage_errors(f"{url} cannot be opened"):
            return open_store(url, _REQUEST_TIMEOUT)
    except ValueError as error:
        raise PublishError(str(error)) from error


def read_object(store: ObjectStore, path: str) -> StoredObject | None:
    """Return an object, None when there is none."""
    try:
        return read(store, path, Deadline(_READ_SECONDS))
    except MissingObjectError:
        return None
    except StorageError as error:
        raise PublishError(str(error)) from error


def write_object(store: ObjectStore, path: str, data: bytes) -> None:
    """Write an object, in place of one that may be there."""
    with storage_errors(f"{path} cannot be written"):
        store.put(path, data)


def create_object(store: ObjectStore, path: str, data: bytes) -> None:
    """Write an object that is not there yet, or is there with the same bytes."""
    try:
        with storage_errors(f"{path} cannot be written"):
            store.put(path, data, mode="create")
    except PublishError as error:
        if not isinstance(error.__cause__, AlreadyExistsError):
            raise
        if not has_bytes(store, path, data):
            raise PublishError(f"{path} is there already, with other bytes") from error


def has_bytes(store: ObjectStore, path: str, data: bytes) -> bool:
    """Tell whether an object can be read and has these bytes."""
    try:
        stored = read_object(store, path)
    except PublishError:
        return False
    return stored is not None and stored.data == data
