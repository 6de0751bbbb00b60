"""The files of a release before they are uploaded: in memory, or spooled to a folder."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import pyarrow as pa

from cartelera.contract.release_format import sha256
from etl.errors import PublishError
from etl.release.table_files import encode_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import IO

    from cartelera.contract.release_format import FileEntry


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """The bytes of a file, and how many records they hold."""

    data: bytes
    rows: int

    @property
    def entry(self) -> FileEntry:
        """What a manifest says of it."""
        return {"sha256": sha256(self.data), "bytes": len(self.data), "rows": self.rows}


@dataclass(frozen=True, slots=True)
class SpooledFile:
    """A `ReleaseFile` in a folder, where all of them are more than a machine's memory.

    What a manifest says of it, its `entry`, is known since it was written.
    """

    path: Path
    entry: FileEntry

    @property
    def data(self) -> bytes:
        """Its bytes, read anew."""
        return self.path.read_bytes()


class Spool:
    """A folder for the files of a release until they are uploaded.

    Attributes
    ----------
    folder
        Where they lie. What does not become a file of the release may lie there, too.
    files
        By path.
    """

    def __init__(self, folder: Path) -> None:
        self.files: dict[str, SpooledFile] = {}
        self.folder = folder

    def add(self, files: Iterable[tuple[str, pa.Table | ReleaseFile]]) -> None:
        """Spool files and tables by path, each as it comes."""
        for path, contents in files:
            file = release_file(contents)
            with self.writing(path, file.rows) as sink:
                sink.write(file.data)

    @contextmanager
    def writing(self, path: str, rows: int) -> Iterator[IO[bytes]]:
        """Open a file for writing; it is one of `files` once the context ends.

        Parameters
        ----------
        path
            The file's path in the release.
        rows
            How many records it will have.

        Raises
        ------
        PublishError
            When it cannot be written.
        """
        spooled = self.folder / path.replace("/", "-")
        with _keeping(path):
            with spooled.open("wb") as sink:
                yield sink
            # By the process that made it: whoever publishes would hash them all, one by one.
            with spooled.open("rb") as written:
                digest = hashlib.file_digest(written, "sha256").hexdigest()
                size = written.tell()
        self.files[path] = SpooledFile(spooled, {"sha256": digest, "bytes": size, "rows": rows})


def release_file(contents: pa.Table | ReleaseFile) -> ReleaseFile:
    """Return a table as a file of a release, and such a file as it is."""
    return contents if isinstance(contents, ReleaseFile) else table_file(contents)


def table_file(table: pa.Table) -> ReleaseFile:
    """Return a table as a file of a release."""
    return ReleaseFile(encode_table(table), table.num_rows)


@dataclass(frozen=True, slots=True)
class TableFile:
    """Tables of one schema that several processes read where they lie, in Arrow's own format."""

    path: Path

    def write(self, tables: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """Yield tables, at least one, as they are written.

        Raises
        ------
        PublishError
            When they cannot be written.
        """
        tables = iter(tables)
        first = next(tables)
        with _keeping(self.path.name), pa.ipc.new_file(self.path, first.schema) as writer:
            for table in chain([first], tables):
                writer.write_table(table)
                yield table

    def read(self) -> Iterator[pa.Table]:
        """Yield what was written piece by piece; what is read of a piece alone is in memory."""
        with pa.memory_map(str(self.path)) as source:
            reader = pa.ipc.open_file(source)
            for number in range(reader.num_record_batches):
                yield pa.Table.from_batches([reader.get_batch(number)])


@contextmanager
def _keeping(what: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise PublishError(f"{what} cannot be kept until it is uploaded: {error}") from error
