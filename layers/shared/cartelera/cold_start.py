"""The start of a function on Lambda: what it does while it is initialised.

Initialising has a whole core, the first request a share of one: a third at 512 MB. So the release
is opened before the first request, and its pointer and manifest are read while modules are
imported. Whatever fails is left to the first request, which tries again and says why.

SnapStart's snapshots hold none of it: they are taken long before the first request.
"""

from __future__ import annotations

import gc
import os
from typing import TYPE_CHECKING, NamedTuple

from cartelera.lazy_imports import make_imports_lazy

make_imports_lazy()
# ruff: disable[E402]
from cartelera.contract.release_format import (
    MANIFEST,
    POINTER,
    RELEASES_VARIABLE,
    UnsoundReleaseError,
    read_pointer,
    release_path,
)
from cartelera.storage import Deadline, StorageError, StoredObject, in_background, open_store, read

# ruff: enable[E402]

if TYPE_CHECKING:
    from concurrent.futures import Future

    from obstore.store import ObjectStore

# Lambda sets it; the values under which a request follows, sooner or later.
_TYPE_VARIABLE = "AWS_LAMBDA_INITIALIZATION_TYPE"
_TYPES = frozenset({"on-demand", "provisioned-concurrency"})
# Lambda allows ten for all of it.
TIMEOUT_SECONDS = 3.0


class FirstReads(NamedTuple):
    """What every first answer needs of storage, and the store that it came from."""

    store: ObjectStore
    pointer: StoredObject
    manifest: bytes


_reads: Future[FirstReads] | None = None
_is_running = False


def begin() -> None:
    """Begin to read, if Lambda is initialising a function; the caller goes on importing."""
    global _reads, _is_running  # noqa: PLW0603 (once a process)
    url = os.environ.get(RELEASES_VARIABLE)
    if url and os.environ.get(_TYPE_VARIABLE) in _TYPES and _reads is None:
        _is_running = True
        # Modules stay: looking for garbage among them takes a tenth of importing them.
        gc.disable()
        _reads = in_background(lambda: _read(url))


def first_reads() -> FirstReads | None:
    """Return what was read, or None: nothing was begun, it failed, or the start is over."""
    if _reads is None or not _is_running:
        return None
    try:
        return _reads.result(TIMEOUT_SECONDS)
    except (StorageError, UnsoundReleaseError, ValueError, TimeoutError):
        return None


def end() -> None:
    """Say that the handler is ready."""
    global _is_running  # noqa: PLW0603 (as above)
    if _is_running:
        _is_running = False
        gc.freeze()
        gc.enable()


def _read(url: str) -> FirstReads:
    store, deadline = open_store(url), Deadline(TIMEOUT_SECONDS)
    pointer = read(store, POINTER, deadline)
    release = read_pointer(pointer.data)["release"]
    return FirstReads(store, pointer, read(store, release_path(release, MANIFEST), deadline).data)
