"""A release out of what the job in parts has left: the driver lays it out, file by file."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from etl.catalogue.catalogue import drop_internal_columns, from_rows
from etl.clean.unnest import LISTS
from etl.engines import parts
from etl.engines.staging import Part, each_part, read_folder, read_part, values_folder
from etl.quarantine import LINE
from etl.release.storage import open_storage
from etl.release.table_files import write_batches
from etl.report.lists import KINDS, LENGTHS, VALUES, CountedList
from etl.tables.rows import name_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import IO

    from numpy.typing import NDArray

    from cartelera.contract.tables import TableSchema


class ListCounts(NamedTuple):
    """What has been counted of the films' lists and does not lie beside them.

    Attributes
    ----------
    people
        See `etl.report.statistics.ReportSource`.
    reached
        By list; see `CountedList`.
    """

    people: int
    reached: dict[str, NDArray[np.int64]]


class LaidOut:
    """What was left in a place, as the driver lays it out and explores it, a piece at a time.

    It is `etl.tables.tables.Aggregates`, and `etl.report.statistics.ReportSource`.
    """

    def __init__(self, work: str, films: list[Part], lists: ListCounts) -> None:
        self._work = work
        self._parts = films
        self._lists = lists
        self.columns = [
            name for name in parts.catalogue_columns() if name not in {LINE, "key", *LISTS}
        ]

    def frame(self, columns: Sequence[str]) -> pd.DataFrame:
        """See `ReportSource`."""
        return from_rows(self._rows(columns)).films

    def counted(self, name: str) -> CountedList:
        """See `ReportSource`."""
        lengths = read_folder(self._work, "lengths", parts.LISTED_LENGTHS)
        own = lengths.filter(pc.equal(lengths["list"], name)).select(LENGTHS.names)
        reached = self._lists.reached.get(name, np.array([], np.int64))
        values = {by: read_folder(self._work, values_folder(name, by), VALUES) for by in KINDS}
        return CountedList(values, own, reached)

    def people(self) -> int:
        """See `ReportSource`."""
        return self._lists.people

    def title_words(self) -> Mapping[str, int]:
        """See `ReportSource`."""
        words = read_folder(self._work, "title_words", parts.WORDS)
        return dict(zip(words["word"].to_pylist(), words["times"].to_pylist(), strict=True))

    @property
    def films(self) -> pd.DataFrame:
        """All but their texts."""
        return self._films

    @cached_property
    def _films(self) -> pd.DataFrame:
        texts = {"overview", "tagline", "status", *LISTS}
        return self.frame([name for name in parts.catalogue_columns() if name not in texts])

    def totals(self, by: str) -> pd.DataFrame:
        """See `Aggregates`."""
        sums: pd.DataFrame = read_folder(self._work, "sums", parts.SUMS).to_pandas()
        own = sums[sums["by"] == by].drop(columns="by")
        return own.sort_values("name", ignore_index=True)

    def country_codes(self) -> Mapping[str, str]:
        """See `Aggregates`."""
        return codes_by_name(read_folder(self._work, "codes", parts.CODES))

    def people_tables(self, schema: TableSchema[Any], people: str) -> Iterator[pa.Table]:
        """See `Aggregates`."""
        # The parts are in the order of the table, and no two have a name in common.
        for part in each_part(self._work, f"people/{people}"):
            yield name_table(
                schema,
                part.to_pandas(
                    types_mapper=lambda kind: (
                        pd.ArrowDtype(kind) if pa.types.is_list(kind) else None
                    )
                ),
            )

    def write_catalogue(self, sink: IO[bytes]) -> None:
        """Write the catalogue to a file, a row group a part."""
        store = open_storage(self._work)
        columns = parts.catalogue_columns()
        empty = parts.film_rows().empty_table().select(columns)
        tables = (
            drop_internal_columns(read_part(store, part.path, columns)) for part in self._parts
        )
        write_batches(sink, drop_internal_columns(empty).schema, tables)

    def _rows(self, columns: Sequence[str]) -> pa.Table:
        store = open_storage(self._work)
        return pa.concat_tables(read_part(store, part.path, columns) for part in self._parts)


def feature_matrix(work: str, features: int) -> sparse.csr_array:
    """Put the films' rows together, in the order of their parts, and hold them once alone."""
    counts = [
        pc.list_value_length(chunk).to_numpy()
        for part in each_part(work, "weights", ["features"])
        for chunk in part["features"].chunks
    ]
    starts = np.r_[0, np.cumsum(np.concatenate(counts))].astype(np.int64)
    columns, weights = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.float32)
    place = 0
    for part in each_part(work, "weights"):
        for of_films, of_weights in zip(
            part["features"].chunks, part["weights"].chunks, strict=True
        ):
            own = slice(place, place + len(of_films.flatten()))
            columns[own], weights[own] = of_films.flatten(), of_weights.flatten()
            place = own.stop
    return sparse.csr_array((weights, columns, starts), (len(starts) - 1, features))


def codes_by_name(codes: pa.Table) -> dict[str, str]:
    """Return each country's code, that of the first film that gives one; see `parts.CODES`."""
    first = codes.sort_by("film").to_pandas().drop_duplicates("name").sort_values("name")
    return dict(zip(first["name"], first["code"], strict=True))
