"""One published release: its files are read and verified when they are needed."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, cast

from cartelera.contract.formats.block_format import index_path, is_partitioned, rows_folder
from cartelera.contract.formats.film_lists import FILM_LISTS
from cartelera.contract.formats.name_index import NAME_INDEX
from cartelera.contract.release_format import (
    FEATURES,
    ITEM_WEIGHTS,
    MANIFEST,
    MODEL,
    OPTIONAL,
    REPORT,
    UnsoundReleaseError,
    attribution,
    check_hash,
    check_names,
    parse_time,
    read_manifest,
    release_path,
)
from cartelera.lookup.block_table import BlockTable
from cartelera.lookup.table import WholeTable
from cartelera.storage import in_background, read, read_range

if TYPE_CHECKING:
    from collections.abc import Callable

    from obstore.store import ObjectStore

    from cartelera.contract.release_format import Manifest, Pointer
    from cartelera.contract.tables import TableSchema
    from cartelera.films.facts import FilmFacts
    from cartelera.films.lists import FilmLists
    from cartelera.lookup.search import NameIndex
    from cartelera.lookup.table import Table
    from cartelera.recommend.explanations import FeatureNames
    from cartelera.recommend.item_weights import ItemWeights
    from cartelera.recommend.model import Model
    from cartelera.recommend.neighbours import Neighbours
    from cartelera.storage import Deadline


class Release:
    """One published release. Each file is read and verified when first needed, then kept open.

    Attributes
    ----------
    deadline : Deadline
        When to give up reading; each question sets a new one.

    Raises
    ------
    StorageError, UnsoundReleaseError
        Any method: when a file that it needs cannot be read, or is not what the job published.
    """

    def __init__(
        self,
        store: ObjectStore,
        pointer: Pointer,
        deadline: Deadline,
        manifest: bytes | None = None,
    ) -> None:
        """Open a release; only its manifest is read.

        Parameters
        ----------
        store
            Where the releases are.
        pointer
            The pointer to this one.
        deadline
            When to give up reading.
        manifest
            The bytes of its manifest, if they were read before.
        """
        self.id = pointer["release"]
        self.pointer = pointer
        if manifest is None:
            manifest = read(store, release_path(self.id, MANIFEST), deadline).data
        self.manifest = read_manifest(manifest, pointer)
        check_names(self.manifest)
        self._files = _Files(store, self.id, self.manifest, deadline)
        self._created_at = parse_time(self.manifest["created_at"])
        self._opened: dict[str, tuple[Callable[[bytes], object], object]] = {}
        self._tables: dict[TableSchema[Any], Table[Any]] = {}
        self._facts: FilmFacts | None = None
        self._neighbours: Neighbours | None = None

    @property
    def deadline(self) -> Deadline:
        """When to give up reading."""
        return self._files.deadline

    @deadline.setter
    def deadline(self, deadline: Deadline) -> None:
        self._files.deadline = deadline

    def age_seconds(self) -> float:
        """Return how long ago the job made the release."""
        return (datetime.now(UTC) - self._created_at).total_seconds()

    @cached_property
    def attribution(self) -> str:
        """Whom to credit for what the release holds."""
        return attribution(source["name"] for source in self.manifest["sources"])

    def table[Row](self, schema: TableSchema[Row]) -> Table[Row]:
        """Return a look-up table; of a table in blocks only the index is read now."""
        if schema not in self._tables:
            self._tables[schema] = self._open_table(schema)
        return self._tables[schema]

    def model(self) -> Model:
        """Return the model."""
        if MODEL in self._opened:
            return cast("Model", self._opened[MODEL][1])
        # It takes as long to read as NumPy to import.
        reading = in_background(lambda: self._files.read(MODEL))
        # Here and not above, as below: it imports NumPy, which the look-ups do without.
        from cartelera.recommend.model_file import read_model  # noqa: PLC0415

        try:
            return cast("Model", self._open(MODEL, read_model, reading.result))
        finally:
            # An error keeps this frame, which would keep the error: a cycle of references.
            del reading

    def item_weights(self) -> ItemWeights | None:
        """Return what people's ratings say of the films; None if it was published without any."""
        from cartelera.recommend.model_file import read_item_weights  # noqa: PLC0415

        if ITEM_WEIGHTS not in self.manifest["files"]:
            return None
        return cast("ItemWeights", self._open(ITEM_WEIGHTS, read_item_weights))

    def feature_names(self) -> FeatureNames:
        """Return the names of the model's features."""
        from cartelera.recommend.explanations import FeatureNames  # noqa: PLC0415

        return cast("FeatureNames", self._open(FEATURES, FeatureNames))

    def name_index(self) -> NameIndex:
        """Return the index of all names, to search."""
        from cartelera.lookup.search import NameIndex  # noqa: PLC0415

        return cast("NameIndex", self._open(NAME_INDEX, NameIndex))

    def film_facts(self) -> FilmFacts:
        """Return what is known of the films; only the index is read now."""
        if self._facts is None:
            # As their answers' many types are: the other questions start without them.
            from cartelera.contract.formats.film_facts import FACTS_FOLDER  # noqa: PLC0415
            from cartelera.films.facts import FilmFacts  # noqa: PLC0415

            path = index_path(FACTS_FOLDER)
            parse = partial(FilmFacts, read_range=self._files.read_range)
            self._facts = cast("FilmFacts", _parse(path, parse, self._files.read(path)))
        return self._facts

    def neighbours(self) -> Neighbours | None:
        """Return the films beside each by default; None if it was published without them.

        Only the index is read now.
        """
        # As above.
        from cartelera.contract.formats.neighbours import NEIGHBOURS_FOLDER  # noqa: PLC0415
        from cartelera.recommend.neighbours import Neighbours  # noqa: PLC0415

        path = index_path(NEIGHBOURS_FOLDER)
        if self._neighbours is None and path in self.manifest["files"]:
            parse = partial(Neighbours, read_range=self._files.read_range)
            self._neighbours = cast("Neighbours", _parse(path, parse, self._files.read(path)))
        return self._neighbours

    def film_lists(self) -> FilmLists:
        """Return what films are listed by."""
        from cartelera.films.lists import FilmLists  # noqa: PLC0415

        return cast("FilmLists", self._open(FILM_LISTS, FilmLists))

    @property
    def has_report(self) -> bool:
        """Whether it was published with an exploration report."""
        return REPORT in self.manifest["files"]

    def report(self) -> str:
        """Return the exploration report, a page of HTML."""
        return cast("str", self._open(REPORT, bytes.decode))

    def open_same_files(self, other: Release) -> None:
        """Open the files that `other` has open, so that this can replace it in one step.

        Of tables in blocks these are the indexes.
        """
        for schema in other._tables:
            self.table(schema)
        if other._facts is not None:
            self.film_facts()
        if other._neighbours is not None:
            self.neighbours()
        for file, (parse, _) in other._opened.items():
            if file not in OPTIONAL or file in self.manifest["files"]:
                self._open(file, parse)

    def _open_table[Row](self, schema: TableSchema[Row]) -> Table[Row]:
        if is_partitioned(schema, self.manifest["files"]):
            path = index_path(rows_folder(schema))
            files = self._files
            parse = partial(BlockTable, schema, read_file=files.read, read_range=files.read_range)
            opened = _parse(path, parse, files.read(path))
        else:
            opened = _parse(schema.path, partial(WholeTable, schema), self._files.read(schema.path))
        return cast("Table[Row]", opened)

    def _open(
        self,
        file: str,
        parse: Callable[[bytes], object],
        read_file: Callable[[], bytes] | None = None,
    ) -> object:
        if file not in self._opened:
            data = self._files.read(file) if read_file is None else read_file()
            self._opened[file] = (parse, _parse(file, parse, data))
        return self._opened[file][1]


class _Files:
    """The files of a release.

    A table in blocks keeps this and not the release: a cycle of references would keep an old
    release in memory until the garbage collector comes.
    """

    __slots__ = ("deadline", "manifest", "release", "store")

    def __init__(
        self, store: ObjectStore, release: str, manifest: Manifest, deadline: Deadline
    ) -> None:
        self.store = store
        self.release = release
        self.manifest = manifest
        self.deadline = deadline

    def read(self, file: str) -> bytes:
        """Read and verify a file."""
        expected = self._hash(file)
        data = read(self.store, release_path(self.release, file), self.deadline).data
        check_hash(file, data, expected)
        return data

    def read_range(self, file: str, start: int, size: int) -> bytes:
        """Read a part of a file."""
        return read_range(self.store, release_path(self.release, file), start, size, self.deadline)

    def _hash(self, file: str) -> str:
        try:
            return self.manifest["files"][file]["sha256"]
        # The pointer vouches for the manifest's bytes, but nothing vouches for the pointer.
        except (KeyError, TypeError) as error:
            raise UnsoundReleaseError(
                f"{MANIFEST} of release {self.release} does not list {file}"
            ) from error


def _parse(file: str, parse: Callable[[bytes], object], data: bytes) -> object:
    try:
        return parse(data)
    except UnsoundReleaseError:
        raise
    # Whatever the parser's error, the release is at fault and not the question.
    except Exception as error:
        raise UnsoundReleaseError(f"{file} cannot be opened: {error!r:.200}") from error
