"""Tables that lie between the stages of the job, in a place that all machines reach."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from etl.errors import PublishError
from etl.release.storage import open_storage, read_object, storage_errors, write_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Staging:
    """A place for tables: `s3://bucket/prefix` or `file:///folder`.

    What it does raises `PublishError` when the place cannot be read or written.
    """

    place: str

    def write(self, path: str, table: pa.Table) -> None:
        """Write a table, in place of one that may be there.

        Parameters
        ----------
        path
            The file's, below `place`.
        table
            What to write.
        """
        sink = BytesIO()
        pq.write_table(table, sink, compression="lz4")
        write_object(open_storage(self.place), path, sink.getvalue())

    def read(self, path: str, columns: Iterable[str] | None = None) -> pa.Table:
        """Return a table, or some columns of it.

        Parameters
        ----------
        path
            The file's, below `place`.
        columns
            Those to read; all by default.
        """
        stored = read_object(open_storage(self.place), path)
        if stored is None:
            raise PublishError(f"{path} has gone from the place where Spark works")
        return pq.read_table(BytesIO(stored.data), columns=columns and list(columns))

    def pieces(self, folder: str, schema: pa.Schema) -> Iterator[pa.Table]:
        """Yield the tables of a folder, in the order of their files.

        Parameters
        ----------
        folder
            The folder's path, below `place`.
        schema
            The columns to read, with the types to give them.
        """
        for path in self.paths(folder):
            yield self.read(path, schema.names).cast(schema)

    def read_folder(self, folder: str, schema: pa.Schema) -> pa.Table:
        """Return the tables of a folder as one; there may be none.

        Parameters
        ----------
        folder, schema
            As `pieces` takes them.
        """
        return pa.concat_tables([schema.empty_table(), *self.pieces(folder, schema)])

    def paths(self, folder: str) -> list[str]:
        """Return the paths of the tables of a folder, in order."""
        store = open_storage(self.place)
        with storage_errors(f"{self.place}/{folder} cannot be listed"):
            listed = [entry["path"] for batch in store.list(folder) for entry in batch]
        return sorted(path for path in listed if path.endswith(".parquet"))
