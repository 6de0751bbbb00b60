"""Publishing: a release's files first, its manifest next, the pointer last.

No file is ever written over. The pointer moves only from where it was when the job looked,
so that of two jobs one wins and the other says so. Each format has a pointer of its own, and a job
moves that of its own format only.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
from filelock import FileLock, Timeout
from obstore.exceptions import AlreadyExistsError, BaseError, PreconditionError
from obstore.store import LocalStore

from cartelera.contract.release_format import (
    FORMAT,
    MANIFEST,
    Manifest,
    Pointer,
    pointer_path,
    release_path,
    sha256,
    to_json,
)
from cartelera.storage import (
    Deadline,
    MissingObjectError,
    StorageError,
    StoredObject,
    open_store,
    read,
)
from etl.errors import OvertakenError, PublishError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from typing import IO

    import pyarrow as pa
    from obstore.store import ObjectStore

    from cartelera.contract.release_format import FileEntry, RowCounts, SourceEntry

# Uploads may cross a slow line; a handler's own limit would cut them short.
_REQUEST_TIMEOUT = timedelta(minutes=5)
_READ_SECONDS = 300.0
# Long for moving a pointer, which is one small file.
LOCK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A file as it will lie in a release, and how many records it holds."""

    data: bytes
    rows: int


@dataclass(frozen=True, slots=True)
class SpooledFile:
    """A `ReleaseFile` that waits in a file, where all at once are more than a machine holds."""

    path: Path
    rows: int

    @property
    def data(self) -> bytes:
        """Its bytes, read anew."""
        return self.path.read_bytes()


class Spool:
    """A folder in which the files of a release wait until they are uploaded.

    Attributes
    ----------
    files
        By path.
    """

    def __init__(self, folder: Path) -> None:
        self.files: dict[str, SpooledFile] = {}
        self._folder = folder

    def add(self, files: Iterable[tuple[str, ReleaseFile]]) -> None:
        """Leave files there by path, each as it comes.

        Raises
        ------
        PublishError
            When one cannot be written.
        """
        for path, file in files:
            with self.writing(path, file.rows) as sink:
                sink.write(file.data)

    @contextmanager
    def writing(self, path: str, rows: int) -> Iterator[IO[bytes]]:
        """Give a file of so many rows to write to.

        Raises
        ------
        PublishError
            When it cannot be written.
        """
        spooled = self._folder / path.replace("/", "-")
        try:
            with spooled.open("wb") as sink:
                yield sink
        except OSError as error:
            raise PublishError(f"{path} cannot be kept until it is uploaded: {error}") from error
        self.files[path] = SpooledFile(spooled, rows)


def parquet_file(table: pa.Table) -> ReleaseFile:
    """Write a table as parquet, in one row group for readers that take it whole."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", row_group_size=max(1, table.num_rows))
    return ReleaseFile(sink.getvalue(), table.num_rows)


def make_manifest(  # noqa: PLR0913, PLR0917 (each a part of the manifest)
    files: Mapping[str, ReleaseFile | SpooledFile],
    films: int,
    rows: dict[str, RowCounts],
    sources: list[SourceEntry],
    created_at: datetime,
    release_format: int = FORMAT,
) -> Manifest:
    """Describe a release; its id is the time and the start of a hash over format and files."""
    entries = {path: _entry(file) for path, file in sorted(files.items())}
    hashes = [entry["sha256"] for entry in entries.values()]
    # The format, too: jobs of two that end in one second must not meet at one path.
    fingerprint = sha256("".join([str(release_format), *hashes]).encode())
    created_at = created_at.astimezone(UTC)
    return {
        "format": release_format,
        "release": f"{created_at:%Y%m%dT%H%M%SZ}-{fingerprint[:8]}",
        "created_at": created_at.isoformat(timespec="seconds"),
        "films": films,
        "rows": rows,
        "sources": sources,
        "files": entries,
    }


def open_place(url: str) -> ObjectStore:
    """Open the place to publish to.

    Raises
    ------
    PublishError
        When `url` names none.
    """
    try:
        return open_store(url, _REQUEST_TIMEOUT)
    except ValueError as error:
        raise PublishError(str(error)) from error
    except (BaseError, OSError) as error:
        raise PublishError(f"{url} cannot be opened: {error}") from error


def read_from(store: ObjectStore, path: str) -> StoredObject | None:
    """Return an object, None when there is none.

    Raises
    ------
    PublishError
        When it cannot be read.
    """
    try:
        return read(store, path, Deadline(_READ_SECONDS))
    except MissingObjectError:
        return None
    except StorageError as error:
        raise PublishError(str(error)) from error


def upload(
    store: ObjectStore,
    manifest: Manifest,
    files: Mapping[str, ReleaseFile | SpooledFile],
    on_bytes: Callable[[int], None] = lambda _: None,
) -> Pointer:
    """Write a release's files and return the pointer that would name it; it does not move yet.

    `on_bytes` hears the size of each file.

    Raises
    ------
    PublishError
        When something could not be written; the message says what.
    """
    release_id = manifest["release"]
    for path, file in files.items():
        _create(store, release_path(release_id, path), file.data)
        on_bytes(manifest["files"][path]["bytes"])
    manifest_json = to_json(manifest)
    _create(store, release_path(release_id, MANIFEST), manifest_json)
    return pointer_to(release_id, manifest_json, manifest["format"])


def pointer_to(release_id: str, manifest_json: bytes, release_format: int = FORMAT) -> Pointer:
    """Return the pointer that names a release and vouches for its manifest."""
    return {
        "format": release_format,
        "release": release_id,
        "manifest_sha256": sha256(manifest_json),
    }


def move_pointer(
    store: ObjectStore,
    pointer: Pointer,
    last: StoredObject | None,
    path: str | None = None,
    lock_seconds: float = LOCK_SECONDS,
) -> None:
    """Let a release answer from now on.

    Parameters
    ----------
    store
        The place of the releases.
    pointer
        Names the release.
    last
        The pointer that it replaces, as it was read; None if there was none.
    path
        Where that lies; by default where its format has it.
    lock_seconds
        How many seconds to wait for another process that is moving the pointer of a folder.

    Raises
    ------
    OvertakenError
        When the pointer has moved since; it stays where it is.
    PublishError
        When it could not be written.
    """
    data = to_json(pointer)
    path = path or pointer_path(pointer["format"])
    try:
        if isinstance(store, LocalStore):
            with _locked(store, path, lock_seconds):
                _compare_and_swap(store, path, data, last)
        else:
            store.put(path, data, mode={"e_tag": last.etag} if last else "create")
    except (BaseError, OSError) as error:
        if _holds(store, path, data):
            # Written by an attempt whose answer was lost on the way.
            return
        if not isinstance(error, AlreadyExistsError | PreconditionError):
            raise _not_written(path, error) from error
        raise OvertakenError(
            f"another job has moved {path} meanwhile, and its release answers now; this one, "
            f"{pointer['release']}, is there and does not. Run the job again, or choose it: "
            f"python -m etl rollback {pointer['release']}"
        ) from error


def overwrite(store: ObjectStore, path: str, data: bytes) -> None:
    """Write an object, in place of one that may be there.

    Raises
    ------
    PublishError
        When it could not be written.
    """
    try:
        store.put(path, data)
    except (BaseError, OSError) as error:
        raise _not_written(path, error) from error


def _entry(file: ReleaseFile | SpooledFile) -> FileEntry:
    data = file.data
    return {"sha256": sha256(data), "bytes": len(data), "rows": file.rows}


def _holds(store: ObjectStore, path: str, data: bytes) -> bool:
    try:
        there = read_from(store, path)
    except PublishError:
        return False
    return there is not None and there.data == data


def _compare_and_swap(store: LocalStore, path: str, data: bytes, last: StoredObject | None) -> None:
    """Write an object if it is as it was, where the store cannot: in a folder, under its lock."""
    now = read_from(store, path)
    if (now and now.data) != (last and last.data):
        raise PreconditionError(f"{path} has changed")
    store.put(path, data)


@contextmanager
def _locked(store: LocalStore, path: str, seconds: float) -> Iterator[None]:
    lock = Path(store.prefix or "/") / f".{path}.lock"
    try:
        with FileLock(lock, timeout=seconds):
            yield
    except Timeout as error:
        raise OSError(f"another process holds {lock}") from error


def _create(store: ObjectStore, path: str, data: bytes) -> None:
    """Write an object that is not there yet, or is there as it should be."""
    try:
        store.put(path, data, mode="create")
    except AlreadyExistsError as error:
        if not _holds(store, path, data):
            raise PublishError(f"{path} is there already, and another") from error
    except (BaseError, OSError) as error:
        raise _not_written(path, error) from error


def _not_written(path: str, error: Exception) -> PublishError:
    return PublishError(f"{path} cannot be written: {str(error).splitlines()[0]}")
