"""The storage format of a release's tables: Parquet, as written by the job and read back by it.

Functions read it in `cartelera.lookup.columns`; its extension is in
`cartelera.contract.release_format`.
"""

from __future__ import annotations

from io import BytesIO
from itertools import chain
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import IO

    import pyarrow as pa

_COMPRESSION = "zstd"


def encode_table(table: pa.Table) -> bytes:
    """Return a table as a file, in one row group for readers that take it whole."""
    sink = BytesIO()
    pq.write_table(table, sink, compression=_COMPRESSION, row_group_size=max(1, table.num_rows))
    return sink.getvalue()


def write_batches(sink: IO[bytes], tables: Iterable[pa.Table]) -> None:
    """Write a table that may not fit into memory.

    Parameters
    ----------
    sink
        Where its file is written.
    tables
        Its parts in order, at least one, all of one schema; each is a row group.
    """
    tables = iter(tables)
    first = next(tables)
    with pq.ParquetWriter(sink, first.schema, compression=_COMPRESSION) as writer:
        for table in chain([first], tables):
            writer.write_table(table, row_group_size=max(1, table.num_rows))


def decode_table(data: bytes, columns: list[str] | None = None) -> pa.Table:
    """Return the table of a file.

    Parameters
    ----------
    data
        The file's bytes.
    columns
        The columns to read; all when None.
    """
    return pq.read_table(BytesIO(data), columns=columns)


def count_rows(data: bytes) -> int:
    """Return how many rows the table of a file has."""
    return int(pq.read_metadata(BytesIO(data)).num_rows)
