"""Leases and tombstones: nobody lets a release answer that another is removing.

Whoever lets a release answer writes a lease into its folder and then looks for tombstones. Whoever
removes it writes a tombstone and then looks for leases, and at the pointers. Whatever the order,
at least one sees the other and holds back. The lease is held from before the release is uploaded
or verified until the pointer has moved, so a pointer never names what is being removed, not even
where one of the two is killed.

What a killed process left counts for a day, by storage's clock alone.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import uuid4

from obstore.exceptions import BaseError

from cartelera.contract.release_format import MANIFEST, release_path
from etl.errors import PublishError
from etl.release.storage import delete_object, list_entries, storage_errors, write_object

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from obstore.store import ObjectStore

    from etl.objects import Entry

# After this time whoever was at work on a release has been killed.
ABANDONED_AFTER = timedelta(days=1)
_LEASE = "lease-"
_TOMBSTONE = "tombstone-"


def is_mark(path: str) -> bool:
    """Return whether a file of a release's folder is a lease or a tombstone."""
    return path.split("/")[2].startswith((_LEASE, _TOMBSTONE))


@contextmanager
def lease(store: ObjectStore, release_id: str) -> Iterator[None]:
    """Keep a release from being removed within the context, in which the pointer may move to it.

    Parameters
    ----------
    store
        The place.
    release_id
        The release's id; it need not have been uploaded.

    Raises
    ------
    PublishError
        When it is being removed, or the lease cannot be written.
    """
    with _marked(store, release_id, _LEASE) as (entries, expired_before):
        if _has(entries, _TOMBSTONE, expired_before):
            raise PublishError(
                f"release {release_id} is being removed: choose another, see python -m etl "
                "releases. If prune was killed at it, what is left can be chosen after a day"
            )
        yield


def remove_release(store: ObjectStore, release_id: str, is_removable: Callable[[], bool]) -> bool:
    """Remove a release, unless somebody has a lease of it; return whether it was removed.

    Parameters
    ----------
    store, release_id
        As of `lease`.
    is_removable
        Called once nobody can let it answer any more; tells whether to remove it. If not, it
        loses the leases and tombstones of killed processes only.

    Raises
    ------
    PublishError
        When it cannot be removed.
    """
    with _marked(store, release_id, _TOMBSTONE) as (entries, expired_before):
        doomed = not _has(entries, _LEASE, expired_before) and is_removable()
        manifest = release_path(release_id, MANIFEST)
        # The manifest first: what is left is then no release.
        for entry in sorted(entries, key=lambda entry: entry.path != manifest):
            if entry.last_modified < expired_before if is_mark(entry.path) else doomed:
                with storage_errors(f"release {release_id} cannot be removed"):
                    delete_object(store, entry.path)
        return doomed


@contextmanager
def _marked(
    store: ObjectStore, release_id: str, kind: str
) -> Iterator[tuple[list[Entry], datetime]]:
    """Leave a mark in a release's folder; give what lies there, and when older marks expired."""
    mark = release_path(release_id, f"{kind}{uuid4().hex}")
    try:
        write_object(store, mark, b"")
        entries = {entry.path: entry for entry in list_entries(store, f"releases/{release_id}")}
        yield list(entries.values()), entries[mark].last_modified - ABANDONED_AFTER
    finally:
        # One that stays expires.
        with suppress(BaseError, OSError):
            delete_object(store, mark)


def _has(entries: list[Entry], kind: str, expired_before: datetime) -> bool:
    return any(
        entry.path.split("/")[2].startswith(kind) and entry.last_modified >= expired_before
        for entry in entries
    )
