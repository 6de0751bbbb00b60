"""The releases in a place: listing them, and removing old ones."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec

from cartelera.contract.release_format import (
    FORMAT,
    MANIFEST,
    Header,
    UnsoundReleaseError,
    parse_time,
    release_path,
)
from etl.errors import PublishError
from etl.release.leases import ABANDONED_AFTER, is_mark, remove_release
from etl.release.pointers import pointer_to, read_pointers
from etl.release.storage import list_entries, read_object, refuse_link, remove_remains
from etl.release.verification import check_types, parse_manifest

if TYPE_CHECKING:
    from obstore.store import ObjectStore

    from etl.objects import Entry
    from etl.release.pointers import PointerState

_FOLDER = "releases"


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
        return parse_time(self.header["created_at"])


def read_header(store: ObjectStore, release_id: str) -> Header | None:
    """Return what the manifest of a release says in every format.

    Parameters
    ----------
    store
        The place.
    release_id
        The release's id.

    Returns
    -------
    Header or None
        None where there is no manifest, or one that cannot be used.

    Raises
    ------
    PublishError
        When storage does not say what is there.
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
    return _describe(store, read_pointers(store), _folders(store))


def prune(
    store: ObjectStore, keep: int, release_format: int = FORMAT, now: datetime | None = None
) -> list[ReleaseInfo]:
    """Remove old releases, never one that a pointer names, and return them.

    Releases of formats without a pointer, and what a killed job left, go once they are a day old.
    A release that somebody is publishing or rolling back to stays: see `leases`.

    Parameters
    ----------
    store
        The place.
    keep
        How many of the newest releases of each format that has a pointer stay.
    release_format
        A format of which as many stay though it has no pointer yet.
    now
        The time, with a time zone, if not that of the system.
    """
    abandoned_before = (now or datetime.now(UTC)) - ABANDONED_AFTER
    refuse_link(store, _FOLDER)
    pointers = _sound_pointers(store)
    active = {release_format, *(state.format for state in pointers)}
    folders = _folders(store)
    kept: Counter[int] = Counter()
    removed = []
    # The newest first.
    for release in _describe(store, pointers, folders):
        if release.format in active:
            kept[release.format] += 1
            old = kept[release.format] > keep
        else:
            # What has no manifest, or is of a format without a pointer, may be a job at work, as
            # the first release of the next format is; later it was killed, or has retired.
            old = release.last_modified < abandoned_before
        if old and not release.current and _remove(store, release.id):
            removed.append(release)
    gone = {release.id for release in removed}
    for release_id, entries in folders.items():
        marks = (entry for entry in entries if is_mark(entry.path))
        if release_id not in gone and any(m.last_modified < abandoned_before for m in marks):
            remove_release(store, release_id, lambda: False)
    remove_remains(store, _FOLDER, abandoned_before)
    return removed


def _remove(store: ObjectStore, release_id: str) -> bool:
    """Remove a release unless a pointer names it by now."""
    return remove_release(
        store,
        release_id,
        lambda: all(state.release != release_id for state in _sound_pointers(store)),
    )


def _sound_pointers(store: ObjectStore) -> list[PointerState]:
    pointers = read_pointers(store)
    for state in pointers:
        if not state.release:
            raise PublishError(
                f"{state.path} cannot be read, so nobody knows what answers functions of format "
                f"{state.format}; roll back first"
            )
    return pointers


def _folders(store: ObjectStore) -> dict[str, list[Entry]]:
    """Return what lies in each folder of a release."""
    folders: dict[str, list[Entry]] = {}
    for entry in list_entries(store, _FOLDER):
        release_id, _, file = entry.path.removeprefix(f"{_FOLDER}/").partition("/")
        if file:
            folders.setdefault(release_id, []).append(entry)
    return folders


def _describe(
    store: ObjectStore, pointers: list[PointerState], folders: dict[str, list[Entry]]
) -> list[ReleaseInfo]:
    current = {state.release for state in pointers}
    releases = []
    for release_id, entries in folders.items():
        files = [entry for entry in entries if not is_mark(entry.path)]
        if files:
            size = sum(entry.size for entry in files)
            last_modified = max(entry.last_modified for entry in files)
            header = read_header(store, release_id)
            is_current = release_id in current
            releases.append(ReleaseInfo(release_id, size, last_modified, header, is_current))
    return sorted(releases, key=lambda release: (release.created_at, release.id), reverse=True)
