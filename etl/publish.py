"""Publishing: a release's files first, its manifest next, the pointer last."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
from obstore.exceptions import BaseError

from cartelera.layout import (
    FORMAT,
    MANIFEST,
    POINTER,
    Manifest,
    Pointer,
    release_path,
    sha256,
    to_json,
)
from cartelera.store import open_store
from etl.errors import PublishError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import pyarrow as pa
    from obstore.store import ObjectStore

    from cartelera.layout import FileEntry, RowCounts, SourceEntry

# Uploads may cross a slow line; a handler's own limit would cut them short.
_REQUEST_TIMEOUT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """A file as it will lie in a release, and how many records it holds."""

    data: bytes
    rows: int


def parquet_file(table: pa.Table) -> ReleaseFile:
    """Write a table as parquet, in one row group for readers that take it whole."""
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd", row_group_size=max(1, table.num_rows))
    return ReleaseFile(sink.getvalue(), table.num_rows)


def make_manifest(
    files: Mapping[str, ReleaseFile],
    films: int,
    rows: dict[str, RowCounts],
    sources: list[SourceEntry],
    created_at: datetime,
) -> Manifest:
    """Describe a release; its id is the time and the start of a hash over its files."""
    entries: dict[str, FileEntry] = {
        path: {"sha256": sha256(file.data), "bytes": len(file.data), "rows": file.rows}
        for path, file in sorted(files.items())
    }
    fingerprint = sha256("".join(entry["sha256"] for entry in entries.values()).encode())
    created_at = created_at.astimezone(UTC)
    return {
        "format": FORMAT,
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
        When the URL names no place.
    """
    try:
        return open_store(url, request_timeout=_REQUEST_TIMEOUT)
    except (ValueError, BaseError, OSError) as error:
        raise PublishError(str(error)) from error


def publish(
    store: ObjectStore,
    manifest: Manifest,
    files: Mapping[str, ReleaseFile],
    on_bytes: Callable[[int], None] = lambda _: None,
) -> None:
    """Write the release and let the pointer name it; `on_bytes` hears the size of each file.

    Until the pointer is written, the release before it keeps answering.

    Raises
    ------
    PublishError
        When something could not be written; the message says what, and the pointer has not
        moved.
    """
    release_id = manifest["release"]
    manifest_json = to_json(manifest)
    pointer: Pointer = {
        "format": FORMAT,
        "release": release_id,
        "manifest_sha256": sha256(manifest_json),
    }
    for path, file in files.items():
        _put(store, release_path(release_id, path), file.data)
        on_bytes(len(file.data))
    _put(store, release_path(release_id, MANIFEST), manifest_json)
    _put(store, POINTER, to_json(pointer))


def _put(store: ObjectStore, path: str, data: bytes) -> None:
    try:
        store.put(path, data)
    except (BaseError, OSError) as error:
        raise PublishError(f"{path} cannot be written: {str(error).splitlines()[0]}") from error
