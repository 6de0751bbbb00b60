"""The pointers of a place: each format has one, which names the release its functions open.

A job moves that of its own format only. Whatever cannot be read or written is a `PublishError`.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypedDict

import msgspec
from filelock import FileLock, Timeout
from obstore.exceptions import AlreadyExistsError, PreconditionError
from obstore.store import LocalStore

from cartelera.contract.release_format import (
    FORMAT,
    LAST_SHARED_FORMAT,
    SHARED_POINTER,
    Pointer,
    UnsoundReleaseError,
    is_pointer,
    pointer_path,
    read_pointer,
    sha256,
    to_json,
)
from etl.errors import OvertakenError, PublishError
from etl.objects import list_objects
from etl.release.storage import folder_of, has_bytes, read_object, storage_errors

if TYPE_CHECKING:
    from collections.abc import Iterator

    from obstore.store import ObjectStore

    from cartelera.storage import StoredObject

# Long for moving a pointer, which is one small file.
_LOCK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class PointerState:
    """The pointer of a format.

    Attributes
    ----------
    path
        Where it lies, or would.
    stored
        As it lies there; None where nothing has been published.
    pointer
        The same, parsed; None where it is damaged, too: then it can only be replaced.
    """

    format: int
    path: str
    stored: StoredObject | None
    pointer: Pointer | None

    @property
    def release(self) -> str | None:
        """The release that it names."""
        return self.pointer["release"] if self.pointer else None


def pointer_to(release_id: str, manifest_json: bytes, release_format: int = FORMAT) -> Pointer:
    """Return the pointer to a release.

    Parameters
    ----------
    release_id
        The release's id.
    manifest_json
        Its manifest, as it is or will be stored.
    release_format
        Its format.
    """
    return {
        "format": release_format,
        "release": release_id,
        "manifest_sha256": sha256(manifest_json),
    }


def read_current(store: ObjectStore, release_format: int = FORMAT) -> PointerState:
    """Return the pointer of a format, from where its functions look for it.

    Parameters
    ----------
    store
        The place.
    release_format
        The format.

    Raises
    ------
    PublishError
        When storage does not say what is there.
    """
    own = pointer_path(release_format)
    stored = read_object(store, own)
    if stored is None and release_format <= LAST_SHARED_FORMAT:
        shared = read_object(store, SHARED_POINTER)
        # One that names another format belongs to functions of that, which know no other.
        if shared and format_of(shared.data) in {release_format, None}:
            return _parse(release_format, SHARED_POINTER, shared)
    return _parse(release_format, own, stored)


def current_release(store: ObjectStore, url: str) -> str:
    """Return the id of the current release.

    Parameters
    ----------
    store
        The place.
    url
        What the message calls it.

    Raises
    ------
    PublishError
        When there is none.
    """
    release = read_current(store).release
    if release is None:
        raise PublishError(
            f"no release of format {FORMAT} answers at {url}: publish one first, python -m etl"
        )
    return release


def read_pointers(store: ObjectStore) -> list[PointerState]:
    """Return the pointers of all formats that have one, by path."""
    with storage_errors("the place cannot be listed"):
        paths = [entry.path for entry in list_objects(store, depth=1)]
    found = []
    for path in sorted(filter(is_pointer, paths)):
        stored = read_object(store, path)
        if stored is None:
            continue
        if path == SHARED_POINTER:
            release_format = format_of(stored.data) or LAST_SHARED_FORMAT
        else:
            release_format = int(path.split(".")[1])
        found.append(_parse(release_format, path, stored))
    return found


def move_pointer(
    store: ObjectStore,
    pointer: Pointer,
    last: StoredObject | None,
    path: str | None = None,
    lock_seconds: float = _LOCK_SECONDS,
) -> None:
    """Let a release answer from now on.

    Parameters
    ----------
    store
        The place.
    pointer
        The pointer to the release.
    last
        The pointer that it replaces, as it was read; None if there was none.
    path
        Where that lies; by default where its format has it.
    lock_seconds
        How long to wait for another process that moves the pointer, in a folder.

    Raises
    ------
    OvertakenError
        When the pointer has moved since; it stays where it is.
    """
    data = to_json(pointer)
    path = path or pointer_path(pointer["format"])
    try:
        with storage_errors(f"{path} cannot be written"):
            if isinstance(store, LocalStore):
                with _locked(store, path, lock_seconds):
                    _compare_and_swap(store, path, data, last)
            else:
                store.put(path, data, mode={"e_tag": last.etag} if last else "create")
    except PublishError as error:
        if has_bytes(store, path, data):
            # Written by an attempt whose answer was lost on the way.
            return
        if not isinstance(error.__cause__, AlreadyExistsError | PreconditionError):
            raise
        raise OvertakenError(
            f"another job has moved {path} meanwhile, and its release answers now; this one, "
            f"{pointer['release']}, is there and does not. Run the job again, or choose it: "
            f"python -m etl rollback {pointer['release']}"
        ) from error


def retire_format(store: ObjectStore, release_format: int, own_format: int = FORMAT) -> list[str]:
    """Remove the pointers of a format whose functions run no more, and return their paths.

    Its releases go when they are pruned. Nothing answers functions of that format afterwards,
    until their job publishes again.

    Parameters
    ----------
    store
        The place.
    release_format
        The format to retire.
    own_format
        This code's own, which stays.

    Raises
    ------
    PublishError
        When it is this code's own format, or has no pointer.
    """
    if release_format == own_format:
        raise PublishError(f"format {own_format} is what this version answers from: it stays")
    paths = [state.path for state in read_pointers(store) if state.format == release_format]
    if not paths:
        raise PublishError(f"format {release_format} has no pointer: nothing to retire")
    for path in paths:
        # In a folder not between the two halves of another's move.
        lock = _locked(store, path) if isinstance(store, LocalStore) else nullcontext()
        with storage_errors(f"{path} cannot be removed"), lock:
            store.delete(path)
    return paths


class _Format(TypedDict):
    format: int


def format_of(data: bytes) -> int | None:
    """Return the format that a pointer or manifest says it has; None when it says none."""
    try:
        return msgspec.json.decode(data, type=_Format)["format"]
    except msgspec.DecodeError:
        return None


def _parse(release_format: int, path: str, stored: StoredObject | None) -> PointerState:
    try:
        pointer = read_pointer(stored.data, release_format, path) if stored else None
    except UnsoundReleaseError:
        pointer = None
    return PointerState(release_format, path, stored, pointer)


def _compare_and_swap(store: LocalStore, path: str, data: bytes, last: StoredObject | None) -> None:
    """Write an object if it is as it was, where the store cannot: in a folder, under its lock."""
    now = read_object(store, path)
    if (now and now.data) != (last and last.data):
        raise PreconditionError(f"{path} has changed")
    store.put(path, data)


@contextmanager
def _locked(store: LocalStore, path: str, seconds: float = _LOCK_SECONDS) -> Iterator[None]:
    lock = folder_of(store) / f".{path}.lock"
    try:
        with FileLock(lock, timeout=seconds):
            yield
    except Timeout as error:
        raise OSError(f"another process holds {lock}") from error
