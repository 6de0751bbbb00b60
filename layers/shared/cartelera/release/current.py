"""The current release: found by the pointer, and swapped when the job publishes another."""

from __future__ import annotations

import importlib
import math
import os
import time
from contextlib import contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING

from cartelera import cold_start
from cartelera.contract.release_format import (
    FORMAT,
    LAST_SHARED_FORMAT,
    RELEASES_VARIABLE,
    SHARED_POINTER,
    UnsoundReleaseError,
    is_pointer,
    pointer_path,
    read_pointer,
)
from cartelera.errors import Message, NoReleaseError
from cartelera.release.release import Release
from cartelera.storage import (
    Deadline,
    MissingObjectError,
    StorageError,
    list_root,
    open_store,
    read,
    read_if_changed,
)
from cartelera.telemetry import LOAD_FAILURES, NO_RELEASE, SWAPS, count, logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from obstore.store import ObjectStore

    from cartelera.cold_start import FirstReads
    from cartelera.contract.release_format import Pointer
    from cartelera.storage import StoredObject

CHECK_INTERVAL_SECONDS = 60.0
CHECK_INTERVAL_VARIABLE = "CARTELERA_CHECK_EVERY_SECONDS"
# All that one question may wait for storage: at most four reads in a row, one of the model. It
# leaves a cold start and a clean 503 well within the functions' timeout.
OPEN_TIMEOUT_SECONDS = 8.0
OPEN_TIMEOUT_VARIABLE = "CARTELERA_OPEN_WITHIN_SECONDS"
# Reading the pointer of a warm function may fail: the next attempt comes soon enough.
POINTER_TIMEOUT_SECONDS = 1.0


class Releases:
    """A store of releases, and the current one for functions of one format.

    The pointer is read at most once every `check_interval` seconds, by a conditional GET. When it
    has moved, the new release's files are opened and verified before it takes over in one
    assignment; if they cannot be opened, the last good release goes on answering.
    """

    def __init__(  # noqa: PLR0913 (limits, and what a test varies)
        self,
        store: ObjectStore,
        check_interval: float = CHECK_INTERVAL_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        open_timeout: float = OPEN_TIMEOUT_SECONDS,
        pointer_timeout: float = POINTER_TIMEOUT_SECONDS,
        *,
        release_format: int = FORMAT,
    ) -> None:
        """Make the place; nothing is read yet.

        Parameters
        ----------
        store
            Where the releases are.
        check_interval
            How many seconds of `clock` an answer may be behind the pointer.
        open_timeout, pointer_timeout
            How many seconds one question may wait for storage, and for the pointer alone when
            there is a release.
        release_format
            The format to read.
        """
        self._store = store
        self.check_interval = check_interval
        self._clock = clock
        self._open_timeout = open_timeout
        self._pointer_timeout = pointer_timeout
        self._format = release_format
        self._current: Release | None = None
        self._path = pointer_path(release_format)
        self._etag: str | None = None
        self._checked_at = -math.inf

    def current(self) -> Release:
        """Return the release to answer one question from.

        Raises
        ------
        NoReleaseError
            When there is none yet, or the first one cannot be opened.
        """
        deadline = Deadline(self._open_timeout)
        if self._current is None:
            self._current = self._first(deadline)
            self._checked_at = self._clock()
        else:
            self._current.deadline = deadline
            now = self._clock()
            if now - self._checked_at >= self.check_interval:
                self._current = self._newer(self._current, deadline)
                # Afterwards, so that a slow check is not followed by another at once.
                self._checked_at = self._clock()
        return self._current

    def open_ahead(self, reads: FirstReads, opens: Callable[[Release], object]) -> None:
        """Open the first release before it is asked for; one that cannot be is left to `current`.

        Parameters
        ----------
        reads
            Its pointer and manifest.
        opens
            Opens files of the release.
        """
        with suppress(StorageError, UnsoundReleaseError):
            deadline = Deadline(cold_start.TIMEOUT_SECONDS)
            pointer = self._parse(reads.pointer)
            release = Release(self._store, pointer, deadline, reads.manifest)
            opens(release)
            self._take(release, reads.pointer)
            self._current, self._checked_at = release, self._clock()

    def expire(self) -> None:
        """Check the pointer before the next answer, however recent the last check."""
        self._checked_at = -math.inf

    def _first(self, deadline: Deadline) -> Release:
        try:
            pointer = self._find_pointer(deadline)
            release = Release(self._store, self._parse(pointer), deadline)
        except (StorageError, UnsoundReleaseError) as error:
            if isinstance(error, MissingObjectError) and error.path == pointer_path(self._format):
                # A state and no failure: nothing was published yet.
                logger.warning("nothing is published", reason=str(error))
                count(NO_RELEASE)
                detail = Message(
                    "Todavía no hay catálogo: el trabajo de carga no ha publicado ninguno.",
                    "There is no catalogue yet: the loading job has published none.",
                )
                raise NoReleaseError(detail) from error
            raise no_release(error) from error
        self._take(release, pointer)
        return release

    def _newer(self, last: Release, deadline: Deadline) -> Release:
        refused = None
        try:
            pointer = self._read_changed(Deadline(self._pointer_timeout))
            if pointer is None:
                return last
            parsed = self._parse(pointer)
            if parsed == last.pointer:
                # Written again unchanged, or given a new tag by the store.
                self._etag = pointer.etag
                return last
            refused = parsed["release"]
            release = Release(self._store, parsed, deadline)
            release.open_same_files(last)
        except (StorageError, UnsoundReleaseError) as error:
            logger.error("kept the last good release", refused=refused, reason=str(error))
            count(LOAD_FAILURES)
            # The shared pointer may be of another format now, and this format have its own.
            self._path = pointer_path(self._format)
            return last
        self._take(release, pointer)
        logger.info("swapped release", last=last.id)
        count(SWAPS)
        return release

    def _find_pointer(self, deadline: Deadline) -> StoredObject:
        """Return the pointer of the format, and remember its path."""
        own = pointer_path(self._format)
        shared = [SHARED_POINTER] if self._format <= LAST_SHARED_FORMAT else []
        for path in (own, *shared):
            with suppress(MissingObjectError):
                found = read(self._store, path, deadline)
                self._path = path
                return found
        # No release at all is one thing; only releases for other functions are a mistake in the
        # deployment.
        others = {path for path in list_root(self._store, deadline) if is_pointer(path)}
        # Its own may have been written just now: the next question finds it.
        if others - {own}:
            raise UnsoundReleaseError(
                f"there is no {own} beside {', '.join(sorted(others))}: publish with the job of "
                "this version, and then deploy it"
            )
        raise MissingObjectError(own, "is not there")

    def _read_changed(self, deadline: Deadline) -> StoredObject | None:
        """Return the pointer if it has changed."""
        try:
            return read_if_changed(self._store, self._path, self._etag, deadline)
        except MissingObjectError:
            # It may have been replaced by the other.
            return self._find_pointer(deadline)

    def _parse(self, pointer: StoredObject) -> Pointer:
        return read_pointer(pointer.data, self._format, self._path)

    def _take(self, release: Release, pointer: StoredObject) -> None:
        self._etag = pointer.etag
        # Every line of the log names it from now on.
        logger.append_keys(release=release.id)


def no_release(error: Exception) -> NoReleaseError:
    """Log and count why a release cannot be opened; return the error for the caller."""
    logger.error("a release cannot be opened", reason=str(error))
    count(LOAD_FAILURES)
    return NoReleaseError(
        Message(
            "El catálogo publicado no se puede abrir; inténtelo más tarde.",
            "The published catalogue cannot be opened; try again later.",
        )
    )


# Releases to answer from instead of those that the environment names; the last one counts.
_overrides: list[Releases] = []


@contextmanager
def override_releases(place: Releases) -> Iterator[None]:
    """Answer from `place` within the context, whatever the environment names."""
    _overrides.append(place)
    releases.cache_clear()
    try:
        yield
    finally:
        _overrides.pop()
        releases.cache_clear()


@cache
def releases() -> Releases:
    """Return the releases that `CARTELERA_RELEASES` names, opened once per process.

    `CARTELERA_CHECK_EVERY_SECONDS` is their check interval, and `CARTELERA_OPEN_WITHIN_SECONDS`
    how many seconds one question may wait for storage. `override_releases` takes precedence.

    Raises
    ------
    NoReleaseError
        When the first variable is not set or names no place that is there, or another is no
        number of seconds.
    """
    if _overrides:
        return _overrides[-1]
    url = os.environ.get(RELEASES_VARIABLE)
    if not url:
        detail = Message(
            f"Falta la variable de entorno {RELEASES_VARIABLE}, que dice dónde está.",
            f"The environment lacks {RELEASES_VARIABLE}, which says where it is.",
        )
        raise NoReleaseError(detail)
    reads = cold_start.first_reads()
    try:
        store = reads.store if reads else open_store(url)
    except (ValueError, StorageError) as error:
        raise no_release(error) from error
    place = Releases(
        store,
        check_interval=_seconds(CHECK_INTERVAL_VARIABLE, CHECK_INTERVAL_SECONDS),
        open_timeout=_seconds(OPEN_TIMEOUT_VARIABLE, OPEN_TIMEOUT_SECONDS),
    )
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        # A restored snapshot has an old release and an old clock. The module is part of Lambda's
        # runtime only.
        importlib.import_module("snapshot_restore_py").register_after_restore(place.expire)
    return place


def _seconds(variable: str, default: float) -> float:
    text = os.environ.get(variable, str(default))
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not seconds >= 0:
        raise NoReleaseError(
            Message(
                f"{variable} es «{text}», que no son segundos.",
                f"{variable} is «{text}», which is no number of seconds.",
            )
        )
    return seconds
