"""The current release: opened lazily, verified, and swapped when the job publishes another."""

from __future__ import annotations

import os
import time
from functools import cache, partial
from typing import TYPE_CHECKING, cast

from cartelera.errors import NoReleaseError
from cartelera.layout import (
    MANIFEST,
    MODEL,
    POINTER,
    RELEASES_VARIABLE,
    UnsoundReleaseError,
    check_hash,
    read_manifest,
    read_pointer,
    release_path,
)
from cartelera.lookup import Table
from cartelera.store import MissingObjectError, StorageError, open_store, read, read_if_changed
from cartelera.telemetry import logger

if TYPE_CHECKING:
    from collections.abc import Callable

    from obstore.store import ObjectStore

    from cartelera.layout import Pointer
    from cartelera.model import Model
    from cartelera.tables import TableSchema

CHECK_EVERY_SECONDS = 60.0


class Release:
    """One published release. Each file is read and verified when first needed, then kept."""

    def __init__(self, store: ObjectStore, pointer: Pointer) -> None:
        """Open the release that `pointer` names; only its manifest is read.

        Raises
        ------
        StorageError, UnsoundReleaseError
            When the manifest cannot be read, or is not the one the pointer vouches for.
        """
        self.id = pointer["release"]
        self._store = store
        self.manifest = read_manifest(read(store, release_path(self.id, MANIFEST)).data, pointer)
        self._opened: dict[str, tuple[Callable[[bytes], object], object]] = {}

    def table[Row](self, schema: TableSchema[Row]) -> Table[Row]:
        """Return one look-up table.

        Raises
        ------
        StorageError, UnsoundReleaseError
            When its file cannot be read, or is not what the job published.
        """
        return cast("Table[Row]", self._open(schema.path, partial(Table, schema)))

    def model(self) -> Model:
        """Return the model.

        Raises
        ------
        StorageError, UnsoundReleaseError
            When its file cannot be read, or is not what the job published.
        """
        # Here and not above: it brings NumPy, which the look-ups do without.
        from cartelera.model import read_model  # noqa: PLC0415

        return cast("Model", self._open(MODEL, read_model))

    def open_same_files(self, other: Release) -> None:
        """Open every file that `other` has open, so that it can be replaced in one step."""
        for file, (parse, _) in other._opened.items():
            self._open(file, parse)

    def _open(self, file: str, parse: Callable[[bytes], object]) -> object:
        if file not in self._opened:
            entry = self.manifest["files"].get(file)
            if entry is None:
                raise UnsoundReleaseError(f"{MANIFEST} of release {self.id} does not list {file}")
            data = read(self._store, release_path(self.id, file)).data
            check_hash(file, data, entry["sha256"])
            self._opened[file] = (parse, parse(data))
        return self._opened[file][1]


class Releases:
    """A place with releases, and the one that is current.

    The pointer is looked at once every `check_every` seconds at most, by a conditional GET.
    When it has moved, the new release's files are opened and verified before it takes over
    in one assignment; one that cannot be opened leaves the last good one answering.
    """

    def __init__(
        self,
        store: ObjectStore,
        check_every: float = CHECK_EVERY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._check_every = check_every
        self._clock = clock
        self._current: Release | None = None
        self._etag: str | None = None
        self._checked_at = 0.0

    def current(self) -> Release:
        """Return the release to answer from.

        Raises
        ------
        NoReleaseError
            When there is none yet, or the first one cannot be opened.
        """
        now = self._clock()
        if self._current is None:
            self._current = self._first()
            self._checked_at = now
        elif now - self._checked_at >= self._check_every:
            self._checked_at = now
            self._current = self._newer(self._current)
        return self._current

    def _first(self) -> Release:
        try:
            pointer = read(self._store, POINTER)
            release = Release(self._store, read_pointer(pointer.data))
        except MissingObjectError as error:
            if error.path != POINTER:
                raise unavailable(error) from error
            raise NoReleaseError(
                "Todavía no hay catálogo: el trabajo de carga no ha publicado ninguno."
            ) from error
        except (StorageError, UnsoundReleaseError) as error:
            raise unavailable(error) from error
        self._etag = pointer.etag
        return release

    def _newer(self, last: Release) -> Release:
        try:
            pointer = read_if_changed(self._store, POINTER, self._etag)
            if pointer is None:
                return last
            release = Release(self._store, read_pointer(pointer.data))
            release.open_same_files(last)
        except (StorageError, UnsoundReleaseError) as error:
            logger.error("kept the last good release", release=last.id, reason=str(error))
            return last
        self._etag = pointer.etag
        logger.info("swapped release", release=release.id, last=last.id)
        return release


def unavailable(error: StorageError | UnsoundReleaseError) -> NoReleaseError:
    """Log why a release cannot be opened and return what the caller hears of it."""
    logger.error("a release cannot be opened", reason=str(error))
    return NoReleaseError("El catálogo publicado no se puede abrir; inténtelo más tarde.")


@cache
def releases() -> Releases:
    """Return the place that `CARTELERA_RELEASES` names, opened once a process.

    Raises
    ------
    NoReleaseError
        When the variable is not set.
    """
    url = os.environ.get(RELEASES_VARIABLE)
    if not url:
        raise NoReleaseError(
            f"Falta la variable de entorno {RELEASES_VARIABLE}, que dice dónde está."
        )
    return Releases(open_store(url))
