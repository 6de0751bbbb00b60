"""Objects in the storage of releases: whatever cannot be read or written is a `PublishError`."""

from __future__ import annotations

import re
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, S3Store

from cartelera.storage import (
    Deadline,
    MissingObjectError,
    StorageError,
    open_store,
    read,
    read_range,
)
from etl.errors import PublishError
from etl.objects import Entry, list_objects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obstore.store import ObjectStore

    from cartelera.storage import StoredObject

# Uploads may cross a slow line; a handler's own limit would cut them short.
_REQUEST_TIMEOUT = timedelta(minutes=5)
_READ_SECONDS = 300.0
# What obstore writes in a folder before it has all of a file; its own listing passes over it.
_STAGED = re.compile(r".+#\d+")


@contextmanager
def storage_errors(what: str) -> Iterator[None]:
    """Raise storage's errors as a `PublishError`, whose message begins with `what`."""
    try:
        yield
    except (BaseError, OSError) as error:
        reason, *_ = str(error).splitlines() or [type(error).__name__]
        raise PublishError(f"{what}: {reason}") from error


def open_storage(url: str) -> ObjectStore:
    """Open an S3 prefix or a folder, which is made if it is not there."""
    return _open(url, mkdir=True)


def open_existing(url: str) -> ObjectStore:
    """Open an S3 prefix or a folder, which must be there."""
    return _open(url, mkdir=False)


def place_of(store: ObjectStore) -> str | None:
    """Return the URL that another process opens a store by, None where there is none.

    Stores themselves are not for pickling: obstore 0.12.1 cannot unpickle one that was given the
    endpoint of S3, as `cartelera.storage` gives it.
    """
    if isinstance(store, LocalStore):
        return None if store.prefix is None else Path(store.prefix).as_uri()
    if isinstance(store, S3Store):
        return f"s3://{store.config['bucket']}/{store.prefix or ''}"
    return None


def _open(url: str, *, mkdir: bool) -> ObjectStore:
    try:
        with storage_errors(f"{url} cannot be opened"):
            return open_store(url, _REQUEST_TIMEOUT, mkdir=mkdir)
    except (ValueError, StorageError) as error:
        raise PublishError(str(error)) from error


def read_object(store: ObjectStore, path: str) -> StoredObject | None:
    """Return an object.

    Parameters
    ----------
    store
        As `open_storage` or `open_existing` opens it.
    path
        The object's path in the store.

    Returns
    -------
    StoredObject or None
        None when there is none.

    Raises
    ------
    PublishError
        When storage does not say what is there.
    """
    try:
        return read(store, path, Deadline(_READ_SECONDS))
    except MissingObjectError:
        return None
    except StorageError as error:
        raise PublishError(str(error)) from error


def read_part(store: ObjectStore, path: str, start: int, size: int) -> bytes:
    """Return a part of an object.

    Parameters
    ----------
    store, path
        As of `read_object`.
    start, size
        Where the part starts and how long it is, in bytes.

    Raises
    ------
    PublishError
        When it cannot be read.
    """
    try:
        return read_range(store, path, start, size, Deadline(_READ_SECONDS))
    except StorageError as error:
        raise PublishError(str(error)) from error


def write_object(store: ObjectStore, path: str, data: bytes) -> None:
    """Write an object, in place of one that may be there.

    Parameters
    ----------
    store, path
        As of `read_object`.
    data
        The object's bytes.

    Raises
    ------
    PublishError
        When it cannot be written.
    """
    with storage_errors(f"{path} cannot be written"):
        store.put(path, data)


def create_object(store: ObjectStore, path: str, data: bytes) -> None:
    """Write an object that is not there yet, or is there with the same bytes.

    Parameters
    ----------
    store, path, data
        As of `write_object`.

    Raises
    ------
    PublishError
        When it cannot be written, or is there with other bytes.
    """
    try:
        with storage_errors(f"{path} cannot be written"):
            store.put(path, data, mode="create")
    except PublishError as error:
        if not isinstance(error.__cause__, AlreadyExistsError):
            raise
        if not has_bytes(store, path, data):
            raise PublishError(f"{path} is there already, with other bytes") from error


def has_bytes(store: ObjectStore, path: str, data: bytes) -> bool:
    """Return whether an object can be read and has these bytes.

    Parameters
    ----------
    store, path, data
        As of `write_object`.
    """
    try:
        stored = read_object(store, path)
    except PublishError:
        return False
    return stored is not None and stored.data == data


def list_entries(store: ObjectStore, folder: str) -> list[Entry]:
    """Return all that lies below a folder.

    Of a folder on this machine that is all that was written, staged files too, and nothing that
    lies elsewhere: a symbolic link is an entry itself.

    Parameters
    ----------
    store
        As of `read_object`.
    folder
        The folder's path in the store; nothing need lie there.

    Raises
    ------
    PublishError
        When it cannot be listed.
    """
    with storage_errors("the releases cannot be listed"):
        if not isinstance(store, LocalStore):
            return list_objects(store, folder)
        root = folder_of(store)
        found = []
        for path, _, names in (root / folder).walk(on_error=_raise_unless_missing):
            for name in names:
                # Another process may remove it now.
                with suppress(FileNotFoundError):
                    status = (path / name).lstat()
                    relative = (path / name).relative_to(root).as_posix()
                    written = datetime.fromtimestamp(status.st_mtime, UTC)
                    found.append(Entry(relative, status.st_size, written))
        return found


def refuse_link(store: ObjectStore, folder: str) -> None:
    """Refuse a folder that lies elsewhere, behind a symbolic link.

    Parameters
    ----------
    store, folder
        As of `list_entries`.

    Raises
    ------
    PublishError
        When it does.
    """
    if isinstance(store, LocalStore) and (path := folder_of(store) / folder).is_symlink():
        raise PublishError(
            f"{path} is a symbolic link: nothing is removed outside the place. Let --releases name "
            "the folder in which it really lies"
        )


def delete_object(store: ObjectStore, path: str) -> None:
    """Remove an object, if it is there; a symbolic link, and not what it points to.

    Parameters
    ----------
    store, path
        As of `read_object`.

    Raises
    ------
    BaseError, OSError
        Storage's own errors, when it cannot be removed.
    """
    with suppress(FileNotFoundError):
        if isinstance(store, LocalStore):
            (folder_of(store) / path).unlink()
        else:
            store.delete(path)


def remove_remains(store: ObjectStore, folder: str, before: datetime) -> None:
    """Remove what killed writers left at the root of a place and below one of its folders.

    These are staged files and empty folders. S3 has neither.

    Parameters
    ----------
    store, folder
        As of `list_entries`.
    before
        A time with a time zone; staged files that were written later stay.

    Raises
    ------
    PublishError
        When they cannot be removed.
    """
    if not isinstance(store, LocalStore):
        return
    root = folder_of(store)
    with storage_errors(f"{folder} cannot be tidied"):
        below = list((root / folder).walk(top_down=False))
        files = [*root.iterdir(), *(path / name for path, _, names in below for name in names)]
        for file in filter(lambda file: _STAGED.fullmatch(file.name), files):
            with suppress(FileNotFoundError):
                if file.lstat().st_mtime < before.timestamp():
                    file.unlink()
        for path, folders, _ in below:
            for name in folders:
                # One that is not empty stays.
                with suppress(OSError):
                    (path / name).rmdir()


def folder_of(store: LocalStore) -> Path:
    """Return the folder of a store."""
    return Path(store.prefix or "/").resolve()


def _raise_unless_missing(error: OSError) -> None:
    if not isinstance(error, FileNotFoundError):
        raise error
