"""The files of a release before they are uploaded: in memory, or spooled to a folder."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from etl.errors import PublishError
from etl.release.table_files import encode_table

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import IO

    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class ReleaseFile:
    """The bytes of a file, and how many records they hold."""

    data: bytes
    rows: int


@dataclass(frozen=True, slots=True)
class SpooledFile:
    """A `ReleaseFile` in a folder, where all of them are more than a machine's memory."""

    path: Path
    rows: int

    @property
    def data(self) -> bytes:
        """Its bytes, read anew."""
        return self.path.read_bytes()


class Spool:
    """A folder for the files of a release until they are uploaded.

    Attributes
    ----------
    files
        By path.
    """

    def __init__(self, folder: Path) -> None:
        self.files: dict[str, SpooledFile] = {}
        self._folder = folder

    def add(self, files: Iterable[tuple[str, ReleaseFile]]) -> None:
        """Spool files by path, each as it comes."""
        for path, file in files:
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
        spooled = self._folder / path.replace("/", "-")
        try:
            with spooled.open("wb") as sink:
                yield sink
        except OSError as error:
            raise PublishError(f"{path} cannot be kept until it is uploaded: {error}") from error
        self.files[path] = SpooledFile(spooled, rows)


def table_file(table: pa.Table) -> ReleaseFile:
    """Return a table as a file of a release."""
    return ReleaseFile(encode_table(table), table.num_rows)
