"""Listing storage: what lies in a place, whatever else somebody has put there."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from obstore.exceptions import InvalidPathError
from obstore.store import S3Store

from cartelera.storage import s3_endpoint

if TYPE_CHECKING:
    from datetime import datetime

    from obstore.store import ObjectStore


class Entry(NamedTuple):
    """An object: its size in bytes, and when it was written, by storage's clock."""

    path: str
    size: int
    last_modified: datetime


def list_objects(store: ObjectStore, folder: str = "", *, recursive: bool = True) -> list[Entry]:
    """Return the objects in a folder of a store.

    What obstore can neither list nor open is passed over: keys with an empty segment, `.` or `..`,
    and the markers by which consoles show a folder. Raises storage's own errors.

    Parameters
    ----------
    store
    folder
        All of the store by default.
    recursive
        Whether those in folders of it are meant, too.
    """
    try:
        if recursive:
            listed = [each for batch in store.list(folder) for each in batch]
        else:
            listed = [*store.list_with_delimiter(folder)["objects"]]
    except InvalidPathError:
        if not isinstance(store, S3Store):
            raise
        return _list_s3(store, folder, recursive=recursive)
    entries = (Entry(each["path"], each["size"], each["last_modified"]) for each in listed)
    return [
        entry
        for entry in entries
        if entry.path != folder and (entry.size or _is_object(store, entry.path))
    ]


def _is_object(store: ObjectStore, path: str) -> bool:
    """Tell an empty object from the marker of a folder, whose key has a slash at its end."""
    try:
        store.head(path)
    except FileNotFoundError:
        return False
    return True


def _list_s3(store: S3Store, folder: str, *, recursive: bool) -> list[Entry]:
    """List by Arrow, whose listing does not end at the first key that is no path of obstore's."""
    # Here and not above: few places need it, and it starts the AWS SDK.
    from pyarrow.fs import FileSelector, FileType, S3FileSystem  # noqa: PLC0415

    endpoint = s3_endpoint()
    files = S3FileSystem(endpoint_override=endpoint.url if endpoint else None)
    root = "/".join(filter(None, [str(store.config["bucket"]), store.prefix]))
    selector = FileSelector(f"{root}/{folder}".rstrip("/"), recursive=recursive)
    return [
        Entry(path, entry.size, entry.mtime)
        for entry in files.get_file_info(selector)
        for path in [entry.path.removeprefix(f"{root}/")]
        if entry.type == FileType.File and not {"", ".", ".."}.intersection(path.split("/"))
    ]
