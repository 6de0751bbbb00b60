"""What lies between the stages of the job in parts: tables, in a place that all machines reach."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from obstore.exceptions import BaseError

from etl.engines import parts
from etl.errors import PublishError
from etl.release.storage import open_storage, read_object, write_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from obstore.store import ObjectStore


@dataclass(frozen=True, slots=True)
class Part:
    """A run of films: the part's number, its file, and the row of its first film."""

    number: int
    path: str
    start: int

    @property
    def vocabulary(self) -> str:
        """Where the features that its films have lie."""
        return f"vocabularies/{self.number:06}.parquet"


def write_part(store: ObjectStore, path: str, table: pa.Table) -> None:
    """Write a table, in place of one that may be there.

    Raises
    ------
    PublishError
        When it cannot be written.
    """
    sink = BytesIO()
    pq.write_table(table, sink, compression="lz4")
    write_object(store, path, sink.getvalue())


def read_part(store: ObjectStore, path: str, columns: Iterable[str] | None = None) -> pa.Table:
    """Return a table, its types those of the job.

    Raises
    ------
    PublishError
        When it cannot be read, or is not there.
    """
    stored = read_object(store, path)
    if stored is None:
        raise PublishError(f"{path} has gone from the place where Spark works")
    table = pq.read_table(BytesIO(stored.data), columns=columns and list(columns))
    schema = parts.film_rows()
    return table.cast(
        pa.schema(
            [
                schema.field(field.name) if field.name in schema.names else field
                for field in table.schema
            ]
        )
    )


def read_folder(work: str, folder: str, schema: pa.Schema) -> pa.Table:
    """Return all that lies in a folder, in the order of its files; there may be nothing.

    Raises
    ------
    PublishError
        When it cannot be read.
    """
    files = (table.cast(schema) for table in each_part(work, folder, schema.names))
    return pa.concat_tables([schema.empty_table(), *files])


def values_folder(name: str, by: str) -> str:
    """Return where the values of a kind in a list lie; see `etl.report.lists.VALUES`."""
    return f"values/list={name}/by={by}"


def each_part(work: str, folder: str, columns: Iterable[str] | None = None) -> Iterator[pa.Table]:
    """Return the tables of a folder one by one, in the order of their files.

    Raises
    ------
    PublishError
        When they cannot be listed, or one cannot be read.
    """
    store = open_storage(work)
    return (read_part(store, path, columns) for path in paths_in(work, folder))


def paths_in(work: str, folder: str) -> list[str]:
    """Return the paths of the tables of a folder, in their order.

    Raises
    ------
    PublishError
        When they cannot be listed.
    """
    try:
        paths = [entry["path"] for batch in open_storage(work).list(folder) for entry in batch]
    except (BaseError, OSError) as error:
        raise PublishError(f"{work}/{folder} cannot be listed: {error}") from error
    return sorted(path for path in paths if path.endswith(".parquet"))
