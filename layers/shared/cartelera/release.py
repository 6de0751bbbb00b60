"""The current release: opened lazily, verified, and swapped when the job publishes another."""

from __future__ import annotations

import importlib
import math
import os
import time
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast

from cartelera.contract.block_format import index_path, is_partitioned, rows_folder
from cartelera.contract.release_format import (
    FEATURES,
    FORMAT,
    LAST_SHARED_FORMAT,
    MANIFEST,
    MODEL,
    RELEASES_VARIABLE,
    REPORT,
    SHARED_POINTER,
    UnsoundReleaseError,
    check_hash,
    is_pointer,
    pointer_path,
    read_manifest,
    read_pointer,
    release_path,
)
from cartelera.contract.tables import BUSCAR, PALABRAS
from cartelera.errors import NoReleaseError
from cartelera.lookup.block_table import BlockTable
from cartelera.lookup.table import WholeTable
from cartelera.storage import (
    Deadline,
    MissingObjectError,
    StorageError,
    list_top,
    open_store,
    read,
    read_if_changed,
    read_range,
)
from cartelera.telemetry import LOAD_FAILURES, NO_RELEASE, SWAPS, count, logger

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from obstore.store import ObjectStore

    from cartelera.contract.release_format import Pointer
    from cartelera.contract.tables import TableSchema
    from cartelera.lookup.search import Index, Words
    from cartelera.lookup.table import Table
    from cartelera.recommend.feature_names import FeatureNames
    from cartelera.recommend.model import Model
    from cartelera.storage import StoredObject

CHECK_EVERY_SECONDS = 60.0
CHECK_EVERY_VARIABLE = "CARTELERA_CHECK_EVERY_SECONDS"
# All that one question may wait for storage: four reads in a row at most, the model among them.
# It leaves a cold start and a clean 503 well within the functions' timeout.
OPEN_WITHIN_SECONDS = 8.0
OPEN_WITHIN_VARIABLE = "CARTELERA_OPEN_WITHIN_SECONDS"
# A release is at hand, so the look at the pointer may fail: the next one comes soon enough.
LOOK_WITHIN_SECONDS = 1.0


class Release:
    """One published release. Each file is read and verified when first needed, then kept.

    Attributes
    ----------
    deadline : Deadline
        When to give up reading; whoever asks the release a new question sets a new one.
    """

    def __init__(self, store: ObjectStore, pointer: Pointer, deadline: Deadline) -> None:
        """Open the release that `pointer` names; only its manifest is read.

        Raises
        ------
        StorageError, UnsoundReleaseError
            When the manifest cannot be read, or is not the one the pointer vouches for.
        """
        self.id = pointer["release"]
        self.pointer = pointer
        self.deadline = deadline
        self._store = store
        manifest = read(store, release_path(self.id, MANIFEST), deadline)
        self.manifest = read_manifest(manifest.data, pointer)
        self._created_at = _moment(self.manifest["created_at"])
        self._opened: dict[str, tuple[Callable[[bytes], object], object]] = {}
        self._tables: dict[TableSchema[Any], Table[Any]] = {}

    def age_seconds(self) -> float:
        """Return how long ago the job made the release."""
        return (datetime.now(UTC) - self._created_at).total_seconds()

    def table[Row](self, schema: TableSchema[Row]) -> Table[Row]:
        """Return one look-up table; of one in blocks no more than where they lie is read.

        Raises
        ------
        StorageError, UnsoundReleaseError
            When its file cannot be read, or is not what the job published.
        """
        if schema not in self._tables:
            self._tables[schema] = self._open_table(schema)
        return self._tables[schema]

    def model(self) -> Model:
        """Return the model.

        Raises
        ------
        StorageError, UnsoundReleaseError
            When its file cannot be read, or is not what the job published.
        """
        # Here and not above: it brings NumPy, which the look-ups do without.
        from cartelera.recommend.model import read_model  # noqa: PLC0415

        return cast("Model", self._open(MODEL, read_model))

    def feature_names(self) -> FeatureNames:
        """Return what the model's features are called.

        Raises
        ------
        StorageError, UnsoundReleaseError
            When their file cannot be read, or is not what the job published.
        """
        from cartelera.recommend.feature_names import FeatureNames  # noqa: PLC0415

        return cast("FeatureNames", self._open(FEATURES, FeatureNames))

    def search_index(self) -> Index:
        """Return every name of the release, ready to be searched.

        Raises
        ------
        StorageError, UnsoundReleaseError
            When its file cannot be read, or is not what the job published.
        """
        # Here and not above, as with the model.
        from cartelera.lookup.search import read_index  # noqa: PLC0415

        return cast("Index", self._open(BUSCAR.path, read_index))

    def search_words(self) -> Words:
        """Return the words of the release's names, to find what was mistyped.

        Raises
        ------
        StorageError, UnsoundReleaseError
            When its file cannot be read, or is not what the job published.
        """
        from cartelera.lookup.search import read_words  # noqa: PLC0415

        return cast("Words", self._open(PALABRAS.path, read_words))

    @property
    def has_report(self) -> bool:
        """Whether it was published with an exploration report."""
        return REPORT in self.manifest["files"]

    def report(self) -> str:
        """Return the exploration report, a page of HTML.

        Raises
        ------
        StorageError, UnsoundReleaseError
            When its file cannot be read, or is not what the job published.
        """
        return cast("str", self._open(REPORT, bytes.decode))

    def open_same_files(self, other: Release) -> None:
        """Open what `other` has open, so that it can be replaced in one step.

        Of a table in blocks that is where they lie: each is read when it is needed, here as there.
        """
        for schema in other._tables:
            self.table(schema)
        for file, (parse, _) in other._opened.items():
            # The one file that a release may do without.
            if file != REPORT or self.has_report:
                self._open(file, parse)

    def _open_table[Row](self, schema: TableSchema[Row]) -> Table[Row]:
        if is_partitioned(schema, self.manifest["files"]):
            path = index_path(rows_folder(schema))
            parse = partial(BlockTable, schema, read_file=self._read, read_range=self._read_range)
            opened = _parsed(path, parse, self._read(path))
        else:
            opened = _parsed(schema.path, partial(WholeTable, schema), self._read(schema.path))
        return cast("Table[Row]", opened)

    def _open(self, file: str, parse: Callable[[bytes], object]) -> object:
        if file not in self._opened:
            self._opened[file] = (parse, _parsed(file, parse, self._read(file)))
        return self._opened[file][1]

    def _read(self, file: str) -> bytes:
        expected = self._hash(file)
        data = read(self._store, release_path(self.id, file), self.deadline).data
        check_hash(file, data, expected)
        return data

    def _read_range(self, file: str, start: int, size: int) -> bytes:
        return read_range(self._store, release_path(self.id, file), start, size, self.deadline)

    def _hash(self, file: str) -> str:
        try:
            return self.manifest["files"][file]["sha256"]
        # The pointer vouches for the manifest's bytes, and nobody for who wrote the pointer.
        except (KeyError, TypeError) as error:
            raise UnsoundReleaseError(
                f"{MANIFEST} of release {self.id} does not list {file}"
            ) from error


def _moment(created_at: object) -> datetime:
    try:
        return datetime.fromisoformat(cast("str", created_at)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError) as error:
        raise UnsoundReleaseError(
            f"{MANIFEST} says it was made at no time: {created_at!r:.100}"
        ) from error


def _parsed(file: str, parse: Callable[[bytes], object], data: bytes) -> object:
    try:
        return parse(data)
    except UnsoundReleaseError:
        raise
    # Whatever a parser trips over, the release is at fault and not the question.
    except Exception as error:
        raise UnsoundReleaseError(f"{file} cannot be opened: {error!r:.200}") from error


class Releases:
    """A place with releases, and the one that is current for functions of one format.

    The pointer is looked at once every `check_every` seconds at most, by a conditional GET.
    When it has moved, the new release's files are opened and verified before it takes over
    in one assignment; one that cannot be opened leaves the last good one answering.

    Attributes
    ----------
    check_every : float
        How many seconds an answer may be behind the pointer.
    """

    def __init__(  # noqa: PLR0913 (each a limit, or what a test varies)
        self,
        store: ObjectStore,
        check_every: float = CHECK_EVERY_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        open_within: float = OPEN_WITHIN_SECONDS,
        look_within: float = LOOK_WITHIN_SECONDS,
        *,
        release_format: int = FORMAT,
    ) -> None:
        self._store = store
        self.check_every = check_every
        self._clock = clock
        self._open_within = open_within
        self._look_within = look_within
        self._format = release_format
        self._current: Release | None = None
        self._path = pointer_path(release_format)
        self._etag: str | None = None
        self._checked_at = -math.inf

    def current(self) -> Release:
        """Return the release to answer one question from.

        It and the files that the question needs are read within `open_within` seconds in all.

        Raises
        ------
        NoReleaseError
            When there is none yet, or the first one cannot be opened.
        """
        deadline = Deadline(self._open_within)
        if self._current is None:
            self._current = self._first(deadline)
            self._checked_at = self._clock()
        else:
            self._current.deadline = deadline
            now = self._clock()
            if now - self._checked_at >= self.check_every:
                self._current = self._newer(self._current, deadline)
                # Afterwards, lest a look that took long be followed by another at once.
                self._checked_at = self._clock()
        return self._current

    def look_again(self) -> None:
        """Look at the pointer before the next answer, however lately that was done."""
        self._checked_at = -math.inf

    def _first(self, deadline: Deadline) -> Release:
        try:
            pointer = self._find_pointer(deadline)
            release = Release(self._store, self._parse(pointer), deadline)
        except (StorageError, UnsoundReleaseError) as error:
            if isinstance(error, MissingObjectError) and error.path == pointer_path(self._format):
                # A state and not a failure: nothing was published yet.
                logger.warning("nothing is published", reason=str(error))
                count(NO_RELEASE)
                raise NoReleaseError(
                    "Todavía no hay catálogo: el trabajo de carga no ha publicado ninguno."
                ) from error
            raise unavailable(error) from error
        self._take(release, pointer)
        return release

    def _newer(self, last: Release, deadline: Deadline) -> Release:
        refused = None
        try:
            pointer = self._look(Deadline(self._look_within))
            if pointer is None:
                return last
            named = self._parse(pointer)
            if named == last.pointer:
                # Written again as it was, or tagged anew by the store.
                self._etag = pointer.etag
                return last
            refused = named["release"]
            release = Release(self._store, named, deadline)
            release.open_same_files(last)
        except (StorageError, UnsoundReleaseError) as error:
            logger.error("kept the last good release", refused=refused, reason=str(error))
            count(LOAD_FAILURES)
            # If it was the shared pointer, another format may have it now, and this one its own.
            self._path = pointer_path(self._format)
            return last
        self._take(release, pointer)
        logger.info("swapped release", last=last.id)
        count(SWAPS)
        return release

    def _find_pointer(self, deadline: Deadline) -> StoredObject:
        """Return the pointer of the format, and remember where it lies."""
        own = pointer_path(self._format)
        shared = [SHARED_POINTER] if self._format <= LAST_SHARED_FORMAT else []
        for path in (own, *shared):
            with suppress(MissingObjectError):
                found = read(self._store, path, deadline)
                self._path = path
                return found
        # A place without any release is one thing; one whose releases are all for other functions
        # is a mistake of whoever deployed these.
        others = {path for path in list_top(self._store, deadline) if is_pointer(path)}
        # Its own may have come this very moment: the next question finds it.
        if others - {own}:
            raise UnsoundReleaseError(
                f"there is no {own} beside {', '.join(sorted(others))}: publish with the job of "
                "this version, and then deploy it"
            )
        raise MissingObjectError(own, "is not there")

    def _look(self, deadline: Deadline) -> StoredObject | None:
        """Return the pointer if it has changed."""
        try:
            return read_if_changed(self._store, self._path, self._etag, deadline)
        except MissingObjectError:
            # The one may have gone, and the other have come.
            return self._find_pointer(deadline)

    def _parse(self, pointer: StoredObject) -> Pointer:
        return read_pointer(pointer.data, self._format, self._path)

    def _take(self, release: Release, pointer: StoredObject) -> None:
        self._etag = pointer.etag
        # From here on every line of the log says it.
        logger.append_keys(release=release.id)


def unavailable(error: StorageError | UnsoundReleaseError) -> NoReleaseError:
    """Log why a release cannot be opened and return what the caller hears of it."""
    logger.error("a release cannot be opened", reason=str(error))
    count(LOAD_FAILURES)
    return NoReleaseError("El catálogo publicado no se puede abrir; inténtelo más tarde.")


# Places that take precedence over the one that the environment names, the last one first.
_overrides: list[Releases] = []


@contextmanager
def override_releases(place: Releases) -> Iterator[None]:
    """Let this process answer from a place during the block, whatever the environment names."""
    _overrides.append(place)
    releases.cache_clear()
    try:
        yield
    finally:
        _overrides.pop()
        releases.cache_clear()


@cache
def releases() -> Releases:
    """Return the place that `CARTELERA_RELEASES` names, opened once a process.

    Within `override_releases` it is the one given there.

    `CARTELERA_CHECK_EVERY_SECONDS` says how often it looks for another release, and
    `CARTELERA_OPEN_WITHIN_SECONDS` how long one question may wait for storage in all.

    Raises
    ------
    NoReleaseError
        When the first variable is not set, or one of the others is no number of seconds.
    """
    if _overrides:
        return _overrides[-1]
    url = os.environ.get(RELEASES_VARIABLE)
    if not url:
        raise NoReleaseError(
            f"Falta la variable de entorno {RELEASES_VARIABLE}, que dice dónde está."
        )
    place = Releases(
        open_store(url),
        check_every=_seconds(CHECK_EVERY_VARIABLE, CHECK_EVERY_SECONDS),
        open_within=_seconds(OPEN_WITHIN_VARIABLE, OPEN_WITHIN_SECONDS),
    )
    if os.environ.get("AWS_LAMBDA_INITIALIZATION_TYPE") == "snap-start":
        # What is opened before the snapshot is old when it is restored, and its clock with it.
        # The module is part of Lambda's runtime and nowhere else.
        importlib.import_module("snapshot_restore_py").register_after_restore(place.look_again)
    return place


def _seconds(variable: str, default: float) -> float:
    given = os.environ.get(variable, str(default))
    try:
        seconds = float(given)
    except ValueError:
        seconds = math.nan
    if not seconds >= 0:
        raise NoReleaseError(f"{variable} es «{given}», que no son segundos.")
    return seconds
