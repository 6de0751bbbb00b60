"""The releases in a place: listing them, and removing old ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from cartelera.contract.release_format import (
    FORMAT,
    MANIFEST,
    Header,
    UnsoundReleaseError,
    release_path,
)
from etl.errors import PublishError
from etl.release.pointers import pointer_to, read_pointers
from etl.release.storage import read_object, storage_errors
from etl.release.verification import check_types, parse_manifest

if TYPE_CHECKING:
    from obstore.store import ObjectStore

_FOLDER = "releases"
# What has no manifest, or is of a format without a pointer, may be a job at work; after this time
# it is one that was killed, or a format that has retired.
_ABANDONED_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReleaseInfo:
    """What can be said of a release without opening it.

    Attributes
    ----------
    size
        Bytes of all its files.
    last_modified
        When the last of them was written.
    header
        What its manifest says, whatever its format. None when it has none that can be read: a
        job is at it, or was killed.
    current
        Whether the pointer of any format names it.
    """

    id: str
    size: int
    last_modified: datetime
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
            return self.last_modified
        return datetime.fromisoformat(self.header["created_at"])


def read_header(store: ObjectStore, release_id: str) -> Header | None:
    """Return what the manifest of a release says in every format.

    None where there is no manifest, or one that cannot be used.
    """
    stored = read_object(store, release_path(release_id, MANIFEST))
    if stored is None:
        return None
    try:
        header = msgspec.json.decode(stored.data, type=Header)
        check_types(header, Header)
        if header["format"] == FORMAT:
            # Of its own format this code can say whether it is in order to the last field.
            parse_manifest(stored.data, pointer_to(release_id, stored.data))
    except (msgspec.DecodeError, UnsoundReleaseError):
        return None
    return header if header["release"] == release_id else None


def list_releases(store: ObjectStore) -> list[ReleaseInfo]:
    """Return every release in a place, the newest first."""
    current = {state.release for state in read_pointers(store)}
    found: dict[str, list[tuple[int, datetime]]] = {}
    with storage_errors("the releases cannot be listed"):
        for batch in store.list(_FOLDER):
            for entry in batch:
                release_id, _, file = entry["path"].removeprefix(f"{_FOLDER}/").partition("/")
                if file:
                    size_and_time = (entry["size"], entry["last_modified"])
                    found.setdefault(release_id, []).append(size_and_time)
    releases = [
        ReleaseInfo(
            release_id,
            sum(size for size, _ in files),
            max(modified for _, modified in files),
            read_header(store, release_id),
            release_id in current,
        )
        for release_id, files in found.items()
    ]
    return sorted(releases, key=lambda release: (release.created_at, release.id), reverse=True)


def prune(store: ObjectStore, keep: int, release_format: int = FORMAT) -> list[ReleaseInfo]:
    """Remove old releases, never one that a pointer names, and return them.

    Releases of formats without a pointer, and what a killed job left, go once they are a day old.

    Parameters
    ----------
    store
    keep
        How many of the newest releases of each format that has a pointer stay.
    release_format
        A format of which as many stay though it has no pointer yet.
    """
    pointers = read_pointers(store)
    for state in pointers:
        if not state.release:
            raise PublishError(
                f"{state.path} cannot be read, so nobody knows what answers functions of format "
                f"{state.format}; roll back first"
            )
    active = {release_format, *(state.format for state in pointers)}
    abandoned_before = datetime.now(UTC) - _ABANDONED_AFTER
    kept: Counter[int] = Counter()
    removed = []
    # The newest first.
    for release in list_releases(store):
        if release.format in active:
            kept[release.format] += 1
            old = kept[release.format] > keep
        else:
            # The first release of the next format is one of these until its pointer is there.
            old = release.last_modified < abandoned_before
        if old and not release.current:
            removed.append(release)
    for release in removed:
        _remove(store, release.id)
    return removed


def _remove(store: ObjectStore, release_id: str) -> None:
    """Remove a release, its manifest first: what is left of it is then no release."""
    with storage_errors(f"release {release_id} cannot be removed"):
        folder = store.list(f"{_FOLDER}/{release_id}")
        paths = [entry["path"] for batch in folder for entry in batch]
        manifest = release_path(release_id, MANIFEST)
        for path in sorted(paths, key=lambda path: path != manifest):
            store.delete(path)
