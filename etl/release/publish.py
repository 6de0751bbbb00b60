"""Publishing: a release's files first, its manifest next, the pointer last.

No file is ever written over. The pointer moves only from where it was when the job looked,
so that of two jobs one wins and the other says so: see `pointers`.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC
from typing import TYPE_CHECKING

from cartelera.contract.names import NAMES_VERSION
from cartelera.contract.release_format import FORMAT, MANIFEST, release_path, sha256, to_json
from etl.release.leases import lease
from etl.release.pointers import move_pointer, pointer_to
from etl.release.storage import create_object

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from obstore.store import ObjectStore

    from cartelera.contract.data_set import DataSetEntry
    from cartelera.contract.release_format import (
        Manifest,
        Pointer,
        RatingsEntry,
        RowCounts,
        SourceEntry,
    )
    from etl.progress import Stages
    from etl.release.files import ReleaseFile, SpooledFile
    from etl.release.pointers import PointerState

# Files that are uploaded at a time: each is in memory meanwhile.
_AT_ONCE = 2


def make_manifest(  # noqa: PLR0913, PLR0917 (each a part of the manifest)
    files: Mapping[str, ReleaseFile | SpooledFile],
    films: int,
    rows: dict[str, RowCounts],
    sources: list[SourceEntry],
    created_at: datetime,
    release_format: int = FORMAT,
    data_set: DataSetEntry | None = None,
    ratings: RatingsEntry | None = None,
) -> Manifest:
    """Describe a release; its id is the time and the start of a hash over format and files.

    Parameters
    ----------
    files
        By path.
    films, rows, sources, release_format, data_set, ratings
        As in `Manifest`.
    created_at
        With a time zone.
    """
    entries = {path: file.entry for path, file in sorted(files.items())}
    hashes = [entry["sha256"] for entry in entries.values()]
    # The format, too: jobs of two formats that end in one second must not meet at one path.
    fingerprint = sha256("".join([str(release_format), *hashes]).encode())
    created_at = created_at.astimezone(UTC)
    manifest: Manifest = {
        "format": release_format,
        "release": f"{created_at:%Y%m%dT%H%M%SZ}-{fingerprint[:8]}",
        "created_at": created_at.isoformat(timespec="seconds"),
        "films": films,
        "names": NAMES_VERSION,
        "rows": rows,
        "sources": sources,
        "files": entries,
    }
    if data_set:
        manifest["data_set"] = data_set
    if ratings:
        manifest["ratings"] = ratings
    return manifest


def publish_release(  # noqa: PLR0913, PLR0917 (each a part of the publication)
    store: ObjectStore,
    current: PointerState,
    manifest: Manifest,
    files: Mapping[str, ReleaseFile | SpooledFile],
    ask: Callable[[], None],
    stages: Stages,
) -> None:
    """Upload a release and let it answer in place of `current`, unless `ask` refuses it.

    Parameters
    ----------
    store
        The place.
    current
        The pointer to replace, as it was read.
    manifest, files
        Made by `make_manifest` of the same files.
    ask
        Called when all is uploaded; raises whatever speaks against the release.
    stages
        Show what is being done.

    Raises
    ------
    PublishError
        When it cannot be written, is being removed, or another job has published meanwhile.
    """
    size = sum(entry["bytes"] for entry in manifest["files"].values())
    with lease(store, manifest["release"]):
        with stages.stage("Uploading", size) as advance:
            pointer = upload(store, manifest, files, advance)
        with stages.stage("Asking the golden questions"):
            ask()
        with stages.stage("Moving the pointer"):
            move_pointer(store, pointer, current.stored, current.path)


def upload(
    store: ObjectStore,
    manifest: Manifest,
    files: Mapping[str, ReleaseFile | SpooledFile],
    on_bytes: Callable[[int], None] = lambda _: None,
) -> Pointer:
    """Write a release's files and return the pointer that would name it; it does not move yet.

    Parameters
    ----------
    store
        The place.
    manifest, files
        Made by `make_manifest` of the same files.
    on_bytes
        Called with the size of each file.

    Raises
    ------
    PublishError
        When a file cannot be written; the message names it.
    """
    release_id = manifest["release"]

    def put(path: str) -> str:
        create_object(store, release_path(release_id, path), files[path].data)
        return path

    with ThreadPoolExecutor(_AT_ONCE) as threads:
        for path in threads.map(put, files):
            on_bytes(manifest["files"][path]["bytes"])
    manifest_json = to_json(manifest)
    create_object(store, release_path(release_id, MANIFEST), manifest_json)
    return pointer_to(release_id, manifest_json, manifest["format"])
