"""Listing storage: what lies in a place, whatever else somebody has put there."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

from obstore.exceptions import InvalidPathError
from obstore.store import S3Store

from cartelera.storage import s3_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from obstore import ObjectMeta
    from obstore.store import ObjectStore


class Entry(NamedTuple):
    """An object: its size in bytes, and when it was written, by storage's clock."""

    path: str
    size: int
    last_modified: datetime


def list_objects(store: ObjectStore, folder: str = "", depth: int | None = None) -> list[Entry]:
    """Return the objects in a folder of a store.

    What obstore can neither list nor open is passed over: keys with an empty segment, `.` or `..`,
    and the markers by which consoles show a folder. Raises storage's own errors.

    Parameters
    ----------
    store
    folder
        All of the store by default.
    depth
        1: those in the folder itself; 2: those in folders of it, too; by default all.
    """
    try:
        entries = [
            Entry(each["path"], each["size"], each["last_modified"])
            for each in _list(store, folder, depth)
        ]
    except InvalidPathError:
        if not isinstance(store, S3Store):
            raise
        return _list_s3(store, folder, depth)
    return [
        entry
        for entry in entries
        if entry.path != folder and (entry.size or _is_object(store, entry.path))
    ]


def _list(store: ObjectStore, folder: str, depth: int | None) -> Iterator[ObjectMeta]:
    if depth is None:
        yield from chain.from_iterable(store.list(folder))
    else:
        listed = store.list_with_delimiter(folder)
        yield from listed["objects"]
        for below in listed["common_prefixes"] if depth > 1 else ():
            yield from _list(store, below, depth - 1)


def _is_object(store: ObjectStore, path: str) -> bool:
    """Tell an empty object from the marker of a folder, whose key has a slash at its end."""
    try:
        store.head(path)
    except FileNotFoundError:
        return False
    return True


def _list_s3(store: S3Store, folder: str, depth: int | None) -> list[Entry]:
    """List by Arrow, whose listing does not end at the first key that is no path of obstore's."""
    # Here and not above: few places need it, and it starts the AWS SDK.
    from pyarrow.fs import FileSelector, FileType, S3FileSystem  # noqa: PLC0415

    endpoint = s3_endpoint()
    files = S3FileSystem(endpoint_override=endpoint.url if endpoint else None)
    root = "/".join(filter(None, [str(store.config["bucket"]), store.prefix]))
    whole = f"{root}/{folder}".rstrip("/")
    selector = FileSelector(whole, recursive=depth != 1)
    return [
        Entry(path, entry.size, entry.mtime)
        for entry in files.get_file_info(selector)
        for path in [entry.path.removeprefix(f"{root}/")]
        if entry.type == FileType.File and not {"", ".", ".."}.intersection(path.split("/"))
        if depth is None or entry.path.count("/") - whole.count("/") <= depth
    ]
