"""The releases in a place: listing, verifying, choosing and removing them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache, partial
from io import BytesIO
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

import msgspec
import pyarrow.parquet as pq
from obstore.exceptions import BaseError

from cartelera.contract.block_format import index_path, is_partitioned, rows_folder
from cartelera.contract.release_format import (
    FORMAT,
    LAST_SHARED_FORMAT,
    MANIFEST,
    MODEL,
    SHARED_POINTER,
    Header,
    Manifest,
    Pointer,
    UnsoundReleaseError,
    check_hash,
    is_pointer,
    pointer_path,
    read_manifest,
    read_pointer,
    release_path,
    rows_of,
)
from cartelera.contract.tables import GROWING, TABLES
from cartelera.lookup.block_table import BlockTable
from cartelera.lookup.table import WholeTable
from cartelera.recommend.model_file import read_model
from cartelera.storage import Deadline, StorageError, list_root
from etl.errors import PublishError, UnsoundError
from etl.release.publish import move_pointer, pointer_to, read_from

if TYPE_CHECKING:
    import pyarrow as pa
    from obstore.store import ObjectStore

    from cartelera.lookup.table import Table
    from cartelera.recommend.model import Model
    from cartelera.storage import StoredObject

_FOLDER = "releases"
# What functions open, and how.
_OPENED_BY: dict[str, Callable[[bytes], object]] = {
    MODEL: read_model,
    **{schema.path: partial(WholeTable, schema) for schema in TABLES},
}
# What has no manifest, or is of a format without a pointer, may be a job at work; after so long it
# is one that was killed, or a format that has retired.
_ABANDONED_AFTER = timedelta(days=1)
_LIST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Current:
    """The pointer of a format as it lies there, and as it reads.

    Both None where nothing has been published; `named` alone where the pointer is damaged: it may
    be replaced, and nothing can be said about it.

    Attributes
    ----------
    format : int
    path : str
        Where it lies, or would.
    pointer : StoredObject or None
    named : Pointer or None
    """

    format: int
    path: str
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
    header : Header or None
        What its manifest says, whatever its format. None when it has none that can be read: a
        job is at it, or was killed.
    current : bool
        Whether it answers, be it for functions of another format.
    """

    id: str
    size: int
    newest: datetime
    header: Header | None
    current: bool

    @property
    def format(self) -> int | None:
        """Its format, as far as that is known."""
        return self.header["format"] if self.header else None

    @property
    def created_at(self) -> datetime:
        """When the job made it, as far as that is known."""
        if self.header is None:
            return self.newest
        return datetime.fromisoformat(self.header["created_at"])


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
        return BlockTable(schema, index, self._read, self._read_range)

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


def read_current(store: ObjectStore, release_format: int = FORMAT) -> Current:
    """Return what answers now for functions of a format, from where they look for it.

    Raises
    ------
    PublishError
        When the pointer is there and cannot be read from storage.
    """
    own = pointer_path(release_format)
    stored = read_from(store, own)
    if stored is None and release_format <= LAST_SHARED_FORMAT:
        shared = read_from(store, SHARED_POINTER)
        # One that names another format belongs to functions of that, which know no other.
        if shared and _format_of(shared.data) in {release_format, None}:
            return _current(release_format, SHARED_POINTER, shared)
    return _current(release_format, own, stored)


def read_pointers(store: ObjectStore) -> list[Current]:
    """Return the pointers of all formats that have one, by path.

    Raises
    ------
    PublishError
        When one cannot be read from storage.
    """
    try:
        paths = list_root(store, Deadline(_LIST_SECONDS))
    except StorageError as error:
        raise PublishError(str(error)) from error
    found = []
    for path in sorted(filter(is_pointer, paths)):
        stored = read_from(store, path)
        if stored is None:
            continue
        if path == SHARED_POINTER:
            release_format = _format_of(stored.data) or LAST_SHARED_FORMAT
        else:
            release_format = int(path.split(".")[1])
        found.append(_current(release_format, path, stored))
    return found


def read_header(store: ObjectStore, release_id: str) -> Header | None:
    """Return what the manifest of a release says in every format.

    None where there is none, or one that cannot be used.

    Raises
    ------
    PublishError
        When it cannot be read from storage.
    """
    stored = read_from(store, release_path(release_id, MANIFEST))
    if stored is None:
        return None
    try:
        header = msgspec.json.decode(stored.data, type=Header)
        _check_moment(header)
        if header["format"] == FORMAT:
            # Of its own format this code can say whether it is in order to the last field.
            _read_manifest(stored.data, pointer_to(release_id, stored.data))
    except (msgspec.DecodeError, UnsoundReleaseError):
        return None
    return header if header["release"] == release_id else None


def answering(store: ObjectStore, place: str) -> str:
    """Return the release that answers; `place` is what the message calls the store.

    Raises
    ------
    PublishError
        When none does, or the pointer cannot be read.
    """
    release = read_current(store).release
    if release is None:
        raise PublishError(
            f"no release of format {FORMAT} answers at {place}: publish one first, python -m etl"
        )
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
    current = {pointer.release for pointer in read_pointers(store)}
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
            read_header(store, release_id),
            release_id in current,
        )
        for release_id, files in found.items()
    ]
    return sorted(listed, key=lambda release: (release.created_at, release.id), reverse=True)


def open_release(
    store: ObjectStore,
    release_id: str,
    on_bytes: Callable[[int], None] = lambda _: None,
    release_format: int = FORMAT,
) -> Opened:
    """Check every byte of a release, and open its tables and model as the functions do.

    Parameters
    ----------
    store
        The place of the releases.
    release_id
        Which one.
    on_bytes
        Hears the size of each file that is in order.
    release_format
        The format that it must be of.

    Raises
    ------
    UnsoundError
        When there is no such release, a file is missing, one is not what was published, or it is
        of another format: only its own version can open it.
    PublishError
        When something cannot be read.
    """
    stored = read_from(store, release_path(release_id, MANIFEST))
    if stored is None:
        raise UnsoundError(f"there is no release {release_id}: see python -m etl releases")
    if (other := _format_of(stored.data)) not in {release_format, None}:
        raise UnsoundError(
            f"release {release_id} has format {other}, and this code opens format "
            f"{release_format}: use the version that made it"
        )
    current = read_current(store, release_format)
    try:
        # Only what answers has somebody to vouch for its manifest.
        pointer = current.named if current.release == release_id else None
        pointer = pointer or pointer_to(release_id, stored.data, release_format)
        manifest = _read_manifest(stored.data, pointer)
        files = _Files(store, manifest)
        files.check(on_bytes)
    except (UnsoundReleaseError, KeyError, ValueError) as error:
        raise UnsoundError(f"release {release_id} is not sound: {error}") from error
    return Opened(pointer, manifest, _Tables(files.open), partial(files.open, MODEL))


def roll_back(
    store: ObjectStore,
    release_id: str,
    on_bytes: Callable[[int], None] = lambda _: None,
    release_format: int = FORMAT,
) -> Manifest:
    """Verify a release, let it answer from now on, and return its manifest.

    Parameters
    ----------
    store, release_id, on_bytes, release_format
        As those of `open_release`. The pointers of other formats stay where they are.

    Raises
    ------
    PublishError
        When it is not sound, or the pointer cannot be moved; nothing has changed then.
    """
    current = read_current(store, release_format)
    opened = open_release(store, release_id, on_bytes, release_format)
    move_pointer(store, opened.pointer, current.pointer, current.path)
    return opened.manifest


def prune(store: ObjectStore, keep: int, release_format: int = FORMAT) -> list[Listed]:
    """Remove old releases, and return them.

    Of `release_format`, and of each format that has a pointer, the `keep` newest whole ones stay;
    so does whatever a pointer names. Those of other formats go once they are a day old, and what a
    killed job left behind, too.

    Raises
    ------
    PublishError
        When something could not be listed or removed, or a pointer names no release.
    """
    pointers = read_pointers(store)
    for pointer in pointers:
        if not pointer.release:
            raise PublishError(
                f"{pointer.path} cannot be read, so nobody knows what answers functions of format "
                f"{pointer.format}; roll back first"
            )
    answered = {release_format, *(pointer.format for pointer in pointers)}
    abandoned_before = datetime.now(UTC) - _ABANDONED_AFTER
    kept: Counter[int] = Counter()
    gone = []
    # The newest first.
    for release in list_releases(store):
        if release.format in answered:
            kept[release.format] += 1
            old = kept[release.format] > keep
        else:
            # The first release of the next format is one of these until its pointer is there.
            old = release.newest < abandoned_before
        if old and not release.current:
            gone.append(release)
    for release in gone:
        _remove(store, release.id)
    return gone


def retire(store: ObjectStore, release_format: int, own_format: int = FORMAT) -> list[str]:
    """Remove the pointers of a format whose functions run no more, and return their paths.

    Its releases go when they are pruned. Nothing answers functions of that format afterwards,
    until their job publishes again.

    Parameters
    ----------
    store
        The place of the releases.
    release_format
        The format.
    own_format
        That of this code, which stays.

    Raises
    ------
    PublishError
        When it is this code's own format, it has no pointer, or one could not be removed.
    """
    if release_format == own_format:
        raise PublishError(f"format {own_format} is what this version answers from: it stays")
    paths = [each.path for each in read_pointers(store) if each.format == release_format]
    if not paths:
        raise PublishError(f"format {release_format} has no pointer: nothing to retire")
    for path in paths:
        try:
            store.delete(path)
        except (BaseError, OSError) as error:
            raise PublishError(f"{path} cannot be removed: {error}") from error
    return paths


def _current(release_format: int, path: str, stored: StoredObject | None) -> Current:
    try:
        named = read_pointer(stored.data, release_format, path) if stored else None
    except UnsoundReleaseError:
        named = None
    return Current(release_format, path, stored, named)


class _Format(TypedDict):
    format: int


def _format_of(data: bytes) -> int | None:
    """Return the format that a pointer or manifest says it has; None when it says none."""
    try:
        return msgspec.json.decode(data, type=_Format)["format"]
    except msgspec.DecodeError:
        return None


def _check_moment(header: Header) -> None:
    try:
        msgspec.convert(header["created_at"], Annotated[datetime, msgspec.Meta(tz=True)])
    except msgspec.ValidationError as error:
        raise UnsoundReleaseError(f"{MANIFEST} is not in order: {error}") from error


def _read_manifest(data: bytes, pointer: Pointer) -> Manifest:
    """Read a manifest to the last field; functions read no more than they need."""
    manifest = read_manifest(data, pointer)
    try:
        msgspec.convert(manifest, Manifest)
    except msgspec.ValidationError as error:
        raise UnsoundReleaseError(f"{MANIFEST} is not in order: {error}") from error
    _check_moment(manifest)
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
