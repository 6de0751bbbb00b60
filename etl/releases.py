"""The releases in a place: listing, verifying, choosing and removing them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from io import BytesIO
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import pyarrow.parquet as pq
from obstore.exceptions import BaseError

from cartelera.blocks import index_path
from cartelera.layout import (
    MANIFEST,
    MODEL,
    POINTER,
    Manifest,
    Pointer,
    UnsoundReleaseError,
    check_hash,
    read_manifest,
    read_pointer,
    release_path,
    rows_of,
)
from cartelera.lookup import WholeTable
from cartelera.model import read_model
from cartelera.partitioned import PartitionedTable, is_partitioned, rows_folder
from cartelera.tables import GROWING, TABLES
from etl.errors import PublishError, UnsoundError
from etl.publish import move_pointer, pointer_to, read_from

if TYPE_CHECKING:
    import pyarrow as pa
    from obstore.store import ObjectStore

    from cartelera.lookup import Table
    from cartelera.model import Model
    from cartelera.store import StoredObject

_FOLDER = "releases"
# What functions open, and how.
_OPENED_BY: dict[str, Callable[[bytes], object]] = {
    MODEL: read_model,
    **{schema.path: partial(WholeTable, schema) for schema in TABLES},
}
# What has no manifest may be a job at work; after so long it is one that was killed.
_ABANDONED_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Current:
    """The pointer as it lies there, and as it reads.

    Both None where nothing has been published; `named` alone where the pointer is of another
    format, or damaged: it may be replaced, and nothing can be said about it.
    """

    pointer: StoredObject | None
    named: Pointer | None

    @property
    def release(self) -> str | None:
        """The release that answers, as far as that is known."""
        return self.named["release"] if self.named else None


@dataclass(frozen=True, slots=True)
class Listed:
    """A release as it lies there.

    Attributes
    ----------
    id : str
    size : int
        Bytes of all its files.
    newest : datetime
        When the last of them was written.
    manifest : Manifest or None
        None when it has none that can be read: a job is at it, or was killed.
    current : bool
        Whether it answers.
    """

    id: str
    size: int
    newest: datetime
    manifest: Manifest | None
    current: bool

    @property
    def created_at(self) -> datetime:
        """When the job made it, as far as that is known."""
        if self.manifest is None:
            return self.newest
        return datetime.fromisoformat(self.manifest["created_at"])


@dataclass(frozen=True, slots=True)
class Opened:
    """A release whose every byte has been checked, and which opens as the functions open it.

    Attributes
    ----------
    pointer, manifest
        Its own.
    tables
        By path, one in blocks by that of a whole one. Each is opened when it is asked for, and the
        last one kept: all of them at once may be more than a machine holds.
    open_model
        Opens the model.
    """

    pointer: Pointer
    manifest: Manifest
    tables: Mapping[str, Table[Any]]
    open_model: Callable[[], Model]

    @property
    def model(self) -> Model:
        """The model, opened anew."""
        return self.open_model()


class _Files:
    """The files of a release, opened as the functions open them."""

    def __init__(self, store: ObjectStore, manifest: Manifest) -> None:
        self._manifest = manifest
        self._read = partial(_checked, store, manifest)
        # Blocks are asked for one after the other.
        self._pack = lru_cache(maxsize=1)(self._read)
        self._in_blocks = {
            schema.path: schema for schema in GROWING if is_partitioned(schema, manifest["files"])
        }

    def open(self, path: str) -> Any:  # noqa: ANN401 (a table or the model)
        """Open a file, or the table in blocks that stands for it."""
        if path not in self._in_blocks:
            return _OPENED_BY[path](self._read(path))
        schema = self._in_blocks[path]
        index = self._read(index_path(rows_folder(schema)))
        return PartitionedTable(schema, index, self._read, self._read_range)

    def check(self, on_bytes: Callable[[int], None]) -> None:
        """Check every byte, and open what functions open; `on_bytes` hears of each file's."""
        unseen = _OPENED_BY.keys() - self._in_blocks
        for path, entry in self._manifest["files"].items():
            data = self._read(path)
            if path in unseen:
                _OPENED_BY[path](data)
                unseen.remove(path)
            del data
            on_bytes(entry["bytes"])
        if unseen:
            raise UnsoundReleaseError(f"it has no {', '.join(sorted(unseen))}")
        rows = rows_of(self._manifest)
        for path in self._in_blocks:
            table = self.open(path)
            table.open_all()
            if len(table) != rows[path]:
                said = f"the manifest says {rows[path]:,}"
                raise UnsoundReleaseError(f"the packs of {path} have {len(table):,} rows, {said}")

    def _read_range(self, path: str, start: int, size: int) -> bytes:
        return self._pack(path)[start : start + size]


class _Tables(Mapping[str, "Table[Any]"]):
    """The tables of a release, of which the last one that was asked for is kept."""

    def __init__(self, open_file: Callable[[str], Any]) -> None:
        self._open = lru_cache(maxsize=1)(open_file)

    def __getitem__(self, path: str) -> Table[Any]:
        table: Table[Any] = self._open(path)
        return table

    def __iter__(self) -> Iterator[str]:
        return (schema.path for schema in TABLES)

    def __len__(self) -> int:
        return len(TABLES)


def read_current(store: ObjectStore) -> Current:
    """Return what answers now.

    Raises
    ------
    PublishError
        When the pointer is there and cannot be read from storage.
    """
    stored = read_from(store, POINTER)
    try:
        return Current(stored, read_pointer(stored.data) if stored else None)
    except UnsoundReleaseError:
        return Current(stored, None)


def answering(store: ObjectStore, place: str) -> str:
    """Return the release that answers; `place` is what the message calls the store.

    Raises
    ------
    PublishError
        When none does, or the pointer cannot be read.
    """
    release = read_current(store).release
    if release is None:
        raise PublishError(f"no release answers at {place}: publish one first, python -m etl")
    return release


def read_table(
    store: ObjectStore, release: str, path: str, columns: list[str] | None = None
) -> pa.Table:
    """Return a table of a release that has been verified, whole or some `columns` of it.

    Raises
    ------
    PublishError
        When it is not there any more, or cannot be read.
    """
    stored = read_from(store, release_path(release, path))
    if stored is None:
        raise PublishError(f"{path} of release {release} has gone: is somebody pruning? Try again")
    return pq.read_table(BytesIO(stored.data), columns=columns)


def open_model(store: ObjectStore, release: str) -> Model:
    """Open the model of a release that has been verified; it is checked again.

    Raises
    ------
    PublishError
        When it cannot be read, or is not what was published.
    """
    stored = read_from(store, release_path(release, MANIFEST))
    try:
        if stored is None:
            raise UnsoundError(f"there is no release {release}: see python -m etl releases")
        manifest = read_manifest(stored.data, pointer_to(release, stored.data))
        return read_model(_checked(store, manifest, MODEL))
    except (UnsoundReleaseError, KeyError) as error:
        raise UnsoundError(f"release {release} is not sound: {error}") from error


def list_releases(store: ObjectStore) -> list[Listed]:
    """Return every release in a place, the newest first.

    Raises
    ------
    PublishError
        When the place cannot be read.
    """
    current = read_current(store)
    found: dict[str, list[tuple[int, datetime]]] = {}
    try:
        for batch in store.list(_FOLDER):
            for entry in batch:
                release_id, _, file = entry["path"].removeprefix(f"{_FOLDER}/").partition("/")
                if not file:
                    continue
                found.setdefault(release_id, []).append((entry["size"], entry["last_modified"]))
    except (BaseError, OSError) as error:
        raise PublishError(f"the releases cannot be listed: {error}") from error
    listed = [
        Listed(
            release_id,
            sum(size for size, _ in files),
            max(written for _, written in files),
            _manifest(store, release_id),
            release_id == current.release,
        )
        for release_id, files in found.items()
    ]
    return sorted(listed, key=lambda release: (release.created_at, release.id), reverse=True)


def open_release(
    store: ObjectStore, release_id: str, on_bytes: Callable[[int], None] = lambda _: None
) -> Opened:
    """Check every byte of a release, and open its tables and model as the functions do.

    `on_bytes` hears the size of each file that is in order.

    Raises
    ------
    UnsoundError
        When there is no such release, a file is missing, or one is not what was published.
    PublishError
        When something cannot be read.
    """
    stored = read_from(store, release_path(release_id, MANIFEST))
    if stored is None:
        raise UnsoundError(f"there is no release {release_id}: see python -m etl releases")
    current = read_current(store)
    try:
        # Only what answers has somebody to vouch for its manifest.
        pointer = current.named if current.release == release_id else None
        pointer = pointer or pointer_to(release_id, stored.data)
        manifest = _read_manifest(stored.data, pointer)
        files = _Files(store, manifest)
        files.check(on_bytes)
    except (UnsoundReleaseError, KeyError, ValueError) as error:
        raise UnsoundError(f"release {release_id} is not sound: {error}") from error
    return Opened(pointer, manifest, _Tables(files.open), partial(files.open, MODEL))


def roll_back(
    store: ObjectStore, release_id: str, on_bytes: Callable[[int], None] = lambda _: None
) -> Manifest:
    """Verify a release, let it answer from now on, and return its manifest.

    Raises
    ------
    PublishError
        When it is not sound, or the pointer cannot be moved; nothing has changed then.
    """
    current = read_current(store)
    opened = open_release(store, release_id, on_bytes)
    move_pointer(store, opened.pointer, current.pointer)
    return opened.manifest


def prune(store: ObjectStore, keep: int) -> list[Listed]:
    """Remove all but the `keep` newest whole releases and the current one; return the removed.

    What a killed job left behind goes, too, once it is a day old.

    Raises
    ------
    PublishError
        When something could not be listed or removed, or the pointer names no release.
    """
    current = read_current(store)
    if current.pointer and not current.release:
        raise PublishError(
            f"{POINTER} cannot be read, so nobody knows what answers; roll back first"
        )
    releases = list_releases(store)
    whole = [release for release in releases if release.manifest]
    abandoned_before = datetime.now(UTC) - _ABANDONED_AFTER
    gone = [release for release in whole[keep:] if not release.current]
    gone += [
        release
        for release in releases
        if not release.manifest and not release.current and release.newest < abandoned_before
    ]
    for release in gone:
        _remove(store, release.id)
    return gone


def _manifest(store: ObjectStore, release_id: str) -> Manifest | None:
    stored = read_from(store, release_path(release_id, MANIFEST))
    if stored is None:
        return None
    try:
        return _read_manifest(stored.data, pointer_to(release_id, stored.data))
    except UnsoundReleaseError:
        return None


def _read_manifest(data: bytes, pointer: Pointer) -> Manifest:
    """Read a manifest to the last field; functions read no more than they need."""
    manifest = read_manifest(data, pointer)
    try:
        msgspec.convert(manifest, Manifest)
        msgspec.convert(manifest["created_at"], Annotated[datetime, msgspec.Meta(tz=True)])
    except msgspec.ValidationError as error:
        raise UnsoundReleaseError(f"{MANIFEST} is not in order: {error}") from error
    return manifest


def _checked(store: ObjectStore, manifest: Manifest, path: str) -> bytes:
    entry = manifest["files"][path]
    stored = read_from(store, release_path(manifest["release"], path))
    if stored is None:
        raise UnsoundReleaseError(f"{path} is not there")
    check_hash(path, stored.data, entry["sha256"])
    if len(stored.data) != entry["bytes"]:
        said = f"the manifest says {entry['bytes']:,}"
        raise UnsoundReleaseError(f"{path} has {len(stored.data):,} bytes, {said}")
    if path.endswith(".parquet") and (rows := _rows(stored.data)) != entry["rows"]:
        raise UnsoundReleaseError(f"{path} has {rows} rows, the manifest says {entry['rows']}")
    return stored.data


def _rows(data: bytes) -> int:
    return int(pq.read_metadata(BytesIO(data)).num_rows)


def _remove(store: ObjectStore, release_id: str) -> None:
    """Remove a release, its manifest first: what is left of it is then no release."""
    try:
        paths = [
            entry["path"] for batch in store.list(f"{_FOLDER}/{release_id}") for entry in batch
        ]
        manifest = release_path(release_id, MANIFEST)
        for path in sorted(paths, key=lambda path: path != manifest):
            store.delete(path)
    except (BaseError, OSError) as error:
        raise PublishError(f"release {release_id} cannot be removed: {error}") from error
