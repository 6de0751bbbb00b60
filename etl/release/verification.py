"""Verified releases: every byte checked, and opened as the functions open them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, cast, override

import msgspec

from cartelera.contract.formats.block_format import index_path, is_partitioned, rows_folder
from cartelera.contract.formats.film_facts import FACTS_FOLDER
from cartelera.contract.formats.film_lists import FILM_LISTS
from cartelera.contract.formats.name_index import NAME_INDEX
from cartelera.contract.formats.neighbours import NEIGHBOURS_FOLDER
from cartelera.contract.release_format import (
    FEATURES,
    FORMAT,
    ITEM_WEIGHTS,
    MANIFEST,
    MODEL,
    OPTIONAL,
    REPORT,
    Manifest,
    UnsoundReleaseError,
    check_hash,
    check_names,
    is_table,
    parse_time,
    read_manifest,
    read_pointer,
    release_path,
    rows_of,
    table_path,
    to_json,
)
from cartelera.contract.tables import GROWING, LOOK_UPS, NOMBRES, TABLES
from cartelera.films.facts import FilmFacts
from cartelera.films.lists import FilmLists
from cartelera.lookup.block_table import BlockTable
from cartelera.lookup.search import NameIndex
from cartelera.lookup.table import WholeTable
from cartelera.recommend.explanations import FeatureNames
from cartelera.recommend.model_file import read_item_weights, read_model
from cartelera.recommend.neighbours import Neighbours
from etl.errors import PublishError, UnsoundError
from etl.release.leases import lease
from etl.release.line_decoders import FACTS_DECODER, NEIGHBOURS_DECODER, row_decoder
from etl.release.pointers import format_of, move_pointer, pointer_to, read_current
from etl.release.storage import open_existing, place_of, read_object, read_part
from etl.release.table_files import count_rows, decode_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pyarrow as pa
    from obstore.store import ObjectStore

    from cartelera.contract.release_format import Pointer
    from cartelera.contract.tables import TableSchema
    from cartelera.lookup.blocks import ReadRange
    from cartelera.lookup.table import Table
    from cartelera.recommend.item_weights import ItemWeights
    from cartelera.recommend.model import Model

    # Begins some work, perhaps in another process, and returns what waits for its result.
    type Begin = Callable[[Callable[[], set[str]]], Callable[[], set[str]]]

# Files that are checked at a time: to read, hash and unpack them needs no lock of Python's.
_AT_ONCE = 2
# The tables that are kept once they are opened, for the golden questions: those of names, none of
# which is large.
_KEPT = {schema.path for schema in (*LOOK_UPS, NOMBRES)}
# What functions open, and how.
_OPEN: dict[str, Callable[[bytes], object]] = {
    MODEL: read_model,
    FEATURES: FeatureNames,
    **{schema.path: partial(WholeTable, schema) for schema in TABLES},
    NAME_INDEX: NameIndex,
    FILM_LISTS: FilmLists,
    REPORT: bytes.decode,
    ITEM_WEIGHTS: read_item_weights,
}
# Faster than what functions parse by, and it refuses whatever that does.
_loads = msgspec.json.decode


class VerifiedRelease:
    """A release whose files are checked whenever they are read.

    Of what was opened only the tables of names are kept: all of it may be more than a machine's
    memory.
    """

    def __init__(self, store: ObjectStore, pointer: Pointer, manifest: Manifest) -> None:
        self.pointer = pointer
        self.manifest = manifest
        self._store = store
        self._paths_read: set[str] = set()
        self._tables: dict[str, Table[Any]] = {}
        self._in_blocks = [
            schema for schema in GROWING if is_partitioned(schema, manifest["files"])
        ]

    @override
    def __reduce__(self) -> tuple[Callable[..., VerifiedRelease], tuple[object, ...]]:
        # Another process checks some of it, and has not read anything yet.
        return _reopened, (place_of(self._store), self.pointer, self.manifest)

    @property
    def name_index(self) -> NameIndex:
        """The index of all names, opened anew."""
        return NameIndex(self._read(NAME_INDEX))

    @property
    def model(self) -> Model:
        """The model, opened anew."""
        return read_model(self._read(MODEL))

    @property
    def film_facts(self) -> FilmFacts:
        """What is known of the films."""
        return FilmFacts(self._read(index_path(FACTS_FOLDER)), self._read_block)

    @property
    def neighbours(self) -> Neighbours | None:
        """The films beside each; None if they were not computed."""
        path = index_path(NEIGHBOURS_FOLDER)
        if path not in self.manifest["files"]:
            return None
        return Neighbours(self._read(path), self._read_block)

    @property
    def film_lists(self) -> FilmLists:
        """What films are listed by, opened anew."""
        return FilmLists(self._read(FILM_LISTS))

    @property
    def item_weights(self) -> ItemWeights | None:
        """What people's ratings say of the films, opened anew; None if there were no ratings."""
        if ITEM_WEIGHTS not in self.manifest["files"]:
            return None
        return read_item_weights(self._read(ITEM_WEIGHTS))

    def table[Row](self, schema: TableSchema[Row]) -> Table[Row]:
        """Return a table, in one file or in blocks."""
        table = self._tables.get(schema.path)
        if table is None:
            table = (
                self._open_blocks(schema, self._read_block)
                if schema in self._in_blocks
                else WholeTable(schema, self._read(schema.path))
            )
            self._keep(schema.path, table)
        return table

    def check(self, on_bytes: Callable[[int], None], begin: Begin | None = None) -> None:
        """Check every byte, and open what functions open.

        Parameters
        ----------
        on_bytes
            Called with the sizes of files.
        begin
            As `open_release` takes it.
        """
        files = self.manifest["files"]
        needed = {*_OPEN, index_path(FACTS_FOLDER)}
        needed -= {*OPTIONAL, *(schema.path for schema in self._in_blocks)}
        if missing := needed - files.keys():
            raise UnsoundReleaseError(f"it has no {', '.join(sorted(missing))}")
        in_blocks = [self._check_facts, self._check_neighbours]
        in_blocks += (partial(self._check_blocks, schema) for schema in self._in_blocks)
        whole = [path for path in _OPEN if path in files]
        left = files.keys() - whole
        with ThreadPoolExecutor(_AT_ONCE) as threads:
            begin = begin or (lambda check: threads.submit(check).result)
            begun = [begin(partial(self._read_by, check)) for check in in_blocks]
            for path in threads.map(self._check_file, whole):
                on_bytes(files[path]["bytes"])
            # The last ones first: no process may have come to them.
            for paths_read in reversed(begun):
                read = left & paths_read()
                left -= read
                on_bytes(sum(files[path]["bytes"] for path in read))
            # What functions do not open.
            for data in threads.map(self._read, left):
                on_bytes(len(data))

    def _read_by(self, check: Callable[[], None]) -> set[str]:
        """Check some files, and return the paths of those that have been read by then."""
        check()
        return self._paths_read.copy()

    def _check_file(self, path: str) -> str:
        """Check a file, open it as functions do, and return its path."""
        data = self._read(path)
        with _opening(path):
            self._keep(path, _OPEN[path](data))
        return path

    def _keep(self, path: str, opened: object) -> None:
        if path in _KEPT:
            self._tables[path] = cast("Table[Any]", opened)

    def _check_facts(self) -> None:
        """Open the facts of all films."""
        with _opening(FACTS_FOLDER):
            facts = FilmFacts(self._read(index_path(FACTS_FOLDER)), self._from_whole_files())
            facts.open_all(FACTS_DECODER.decode)
        rows = rows_of(self.manifest)[table_path(FACTS_FOLDER)]
        _check_equal(FACTS_FOLDER, "rows", len(facts), rows)

    def _check_neighbours(self) -> None:
        """Open the films beside each, if they were computed."""
        path = index_path(NEIGHBOURS_FOLDER)
        if path not in self.manifest["files"]:
            return
        with _opening(NEIGHBOURS_FOLDER):
            neighbours = Neighbours(self._read(path), self._from_whole_files())
            neighbours.open_all(NEIGHBOURS_DECODER.decode)
        films = rows_of(self.manifest)[table_path(FACTS_FOLDER)]
        _check_equal(NEIGHBOURS_FOLDER, "films", len(neighbours), films)

    def _check_blocks(self, schema: TableSchema[Any]) -> None:
        """Open all blocks of a table."""
        with _opening(rows_folder(schema)):
            table = self._open_blocks(schema, self._from_whole_files())
            table.open_all(_loads, row_decoder(schema).decode)
        rows = rows_of(self.manifest)[schema.path]
        if len(table) != rows:
            raise UnsoundReleaseError(
                f"the packs of {schema.path} have {len(table):,} rows, the manifest says {rows:,}"
            )

    def _read(self, path: str) -> bytes:
        data = _read_verified(self._store, self.manifest, path)
        self._paths_read.add(path)
        return data

    def _open_blocks[Row](self, schema: TableSchema[Row], read_range: ReadRange) -> BlockTable[Row]:
        index = self._read(index_path(rows_folder(schema)))
        return BlockTable(schema, index, self._read, read_range)

    def _read_block(self, path: str, start: int, size: int) -> bytes:
        """Read a block, which whoever asks for it checks."""
        return read_part(self._store, release_path(self.manifest["release"], path), start, size)

    def _from_whole_files(self) -> ReadRange:
        """Return what reads blocks one after the other, of files that are read and checked once."""
        last: dict[str, bytes] = {}

        def read_range(path: str, start: int, size: int) -> bytes:
            if path not in last:
                # Not both at once.
                last.clear()
                last[path] = self._read(path)
            return last[path][start : start + size]

        return read_range


def _reopened(place: str, pointer: Pointer, manifest: Manifest) -> VerifiedRelease:
    return VerifiedRelease(open_existing(place), pointer, manifest)


def open_release(
    store: ObjectStore,
    release_id: str,
    on_bytes: Callable[[int], None] = lambda _: None,
    release_format: int = FORMAT,
    begin: Begin | None = None,
) -> VerifiedRelease:
    """Check every byte of a release, and open its tables and model as the functions do.

    Parameters
    ----------
    store
        The place.
    release_id
        The release's id.
    on_bytes
        Called with the size of each file that is in order.
    release_format
        The format that it must be of.
    begin
        Begins to check some files, perhaps in another process, which opens the place anew: it has a
        `place_of`. None for this process alone.

    Raises
    ------
    UnsoundError
        When there is no such release, a file is missing or not what was published, or it is of
        another format, which only its own version can open.
    """
    data = _read_manifest(store, release_id)
    if (other := format_of(data)) not in {release_format, None}:
        raise UnsoundError(
            f"release {release_id} has format {other}, and this code opens format "
            f"{release_format}: use the version that made it"
        )
    current = read_current(store, release_format)
    try:
        # The manifest of the current release alone has a hash to be checked against.
        pointer = current.pointer if current.release == release_id else None
        # One that the functions would take.
        pointer = pointer or read_pointer(
            to_json(pointer_to(release_id, data, release_format)), release_format
        )
        release = VerifiedRelease(store, pointer, parse_manifest(data, pointer))
        check_names(release.manifest)
        release.check(on_bytes, begin)
    except UnsoundReleaseError as error:
        raise UnsoundError(f"release {release_id} is not sound: {error}") from error
    return release


def roll_back(
    store: ObjectStore,
    release_id: str,
    on_bytes: Callable[[int], None] = lambda _: None,
    release_format: int = FORMAT,
    verify: Callable[..., VerifiedRelease] = open_release,
) -> Manifest:
    """Verify a release, let it answer from now on, and return its manifest.

    Other formats keep their pointers.

    Parameters
    ----------
    store, release_id, on_bytes, release_format
        As of `open_release`.
    verify
        Opens the release, given these four.

    Raises
    ------
    PublishError
        As `open_release`; also when the release is being removed, or another job has published
        meanwhile.
    """
    current = read_current(store, release_format)
    _read_manifest(store, release_id)
    with lease(store, release_id):
        release = verify(store, release_id, on_bytes, release_format)
        move_pointer(store, release.pointer, current.stored, current.path)
    return release.manifest


def open_model(store: ObjectStore, release_id: str) -> tuple[Model, ItemWeights | None]:
    """Check and open the model of a release and its item weights, and nothing else.

    Parameters
    ----------
    store, release_id
        As of `open_release`.

    Raises
    ------
    UnsoundError
        When there is no such release, or its manifest or one of these is not what was published.
    """
    data = _read_manifest(store, release_id)
    try:
        pointer = pointer_to(release_id, data)
        release = VerifiedRelease(store, pointer, read_manifest(data, pointer))
        opened = release.model, release.item_weights
    except (UnsoundReleaseError, KeyError) as error:
        raise UnsoundError(f"release {release_id} is not sound: {error}") from error
    return opened


def read_table(
    store: ObjectStore, release_id: str, path: str, columns: list[str] | None = None
) -> pa.Table:
    """Return a table of a verified release, without checking it again.

    Parameters
    ----------
    store, release_id
        As of `open_release`.
    path
        The table's path in the release.
    columns
        The columns to read; all when None.

    Raises
    ------
    PublishError
        When it has gone since, or storage cannot be read.
    UnsoundError
        When it cannot be opened.
    """
    stored = read_object(store, release_path(release_id, path))
    if stored is None:
        raise PublishError(
            f"{path} of release {release_id} has gone: is somebody pruning? Try again"
        )
    try:
        with _opening(path):
            return decode_table(stored.data, columns)
    except UnsoundReleaseError as error:
        raise UnsoundError(f"release {release_id} is not sound: {error}") from error


def parse_manifest(data: bytes, pointer: Pointer) -> Manifest:
    """Parse a manifest and check it to the last field; functions read no more than they need.

    Parameters
    ----------
    data, pointer
        As of `read_manifest`.

    Raises
    ------
    UnsoundReleaseError
        When `read_manifest` refuses it, or a field is not of its type.
    """
    manifest = read_manifest(data, pointer)
    check_types(manifest, Manifest)
    return manifest


def check_types(document: Any, shape: Any) -> None:  # noqa: ANN401 (of JSON; a TypedDict)
    """Check the types of a manifest's fields, and that its date has a time zone.

    Parameters
    ----------
    document
        The manifest, as parsed from JSON.
    shape
        What it must be: `Header` or `Manifest`.

    Raises
    ------
    UnsoundReleaseError
        When it is not.
    """
    try:
        msgspec.convert(document, shape)
        msgspec.convert(document["created_at"], Annotated[datetime, msgspec.Meta(tz=True)])
    except msgspec.ValidationError as error:
        raise UnsoundReleaseError(f"{MANIFEST} is not in order: {error}") from error
    parse_time(document["created_at"])


def _read_manifest(store: ObjectStore, release_id: str) -> bytes:
    stored = read_object(store, release_path(release_id, MANIFEST))
    if stored is None:
        raise UnsoundError(f"there is no release {release_id}: see python -m etl releases")
    return stored.data


def _read_verified(store: ObjectStore, manifest: Manifest, path: str) -> bytes:
    entry = manifest["files"][path]
    stored = read_object(store, release_path(manifest["release"], path))
    if stored is None:
        raise UnsoundReleaseError(f"{path} is not there")
    check_hash(path, stored.data, entry["sha256"])
    _check_equal(path, "bytes", len(stored.data), entry["bytes"])
    if is_table(path):
        with _opening(path):
            rows = count_rows(stored.data)
        _check_equal(path, "rows", rows, entry["rows"])
    return stored.data


@contextmanager
def _opening(path: str) -> Iterator[None]:
    """Raise whatever a parser raises as the functions do: as an `UnsoundReleaseError`."""
    try:
        yield
    except (UnsoundReleaseError, PublishError):
        raise
    except Exception as error:
        raise UnsoundReleaseError(f"{path} cannot be opened: {error!r:.200}") from error


def _check_equal(what: str, unit: str, found: int, expected: int) -> None:
    if found != expected:
        raise UnsoundReleaseError(f"{what} has {found:,} {unit}, the manifest says {expected:,}")
