"""The runner of one machine: all films are one part, in memory."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, override

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from etl.catalogue.catalogue import to_arrow
from etl.engines.intake import Intake, Source
from etl.engines.memory import give_back_memory
from etl.engines.runners.runner import Runner, TakenIn
from etl.engines.runners.workers import Workers
from etl.engines.steps import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd

    from etl.catalogue.catalogue import Order
    from etl.engines.options import Options
    from etl.engines.steps import Shared, Step
    from etl.progress import Stages


# How many rows are grouped at a time, and are in a piece: those of the real films are together.
_GROUPED_ROWS = 600_000
_PIECE_ROWS = 200_000


class LocalTable(NamedTuple):
    """What a step gives of all films: computed when it is read. See `runner.Table`."""

    read: Callable[[str], pa.Table]
    # Cuts what is read into pieces.
    cut: Callable[[pa.Table], Iterator[pa.Table]] = lambda rows: iter([rows])

    def pieces(self, kind: str) -> Iterator[pa.Table]:
        return self.cut(self.read(kind))


class LocalRunner(Runner[LocalTable, "Shared"]):
    """Runs steps in this process when their outcome is read.

    With one part there is nothing to add up. What takes several times the memory of its rows is
    done to some of them at a time.
    """

    def __init__(
        self, part: Part, grouped_rows: int = _GROUPED_ROWS, piece_rows: int = _PIECE_ROWS
    ) -> None:
        """Take all films.

        Parameters
        ----------
        part
            The films.
        grouped_rows, piece_rows
            How many rows `group` gives some work at a time, and how many `order` leaves in a
            piece, more or less.
        """
        self._part = part
        self._grouped_rows = grouped_rows
        self._piece_rows = piece_rows
        self.films = len(part.catalogue.films)

    @override
    def frame(self, columns: Sequence[str]) -> pd.DataFrame:
        return self._part.catalogue.films[list(columns)]

    @override
    def catalogue(self) -> Iterator[pa.Table]:
        yield to_arrow(self._part.catalogue)

    @override
    def map(self, step: Step, shared: Shared | None = None) -> LocalTable:
        given = () if shared is None else (shared,)
        return LocalTable(lambda kind: step.work(self._part, kind, *given))

    @override
    def sum(self, table: LocalTable, *_: str, **__: object) -> LocalTable:
        return self.keep(table)

    @override
    def group(self, table: LocalTable, by: str, work: Callable[[pa.Table], pa.Table]) -> LocalTable:
        def read(kind: str) -> pa.Table:
            groups = _groups(table.read(kind), by, self._grouped_rows)
            return pa.concat_tables(_giving_back(map(work, groups)))

        return LocalTable(read)

    @override
    def order(self, table: LocalTable, order: Order) -> LocalTable:
        def pieces(rows: pa.Table) -> Iterator[pa.Table]:
            return _giving_back(_in_order(rows, order, self._piece_rows))

        return LocalTable(table.read, pieces)

    @override
    def keep(self, table: LocalTable) -> LocalTable:
        return LocalTable(lru_cache(maxsize=1)(table.read))  # the kind that was read last

    @override
    def share(self, _: LocalTable, rows: Mapping[str, Callable[[], pa.Table]], __: str) -> Shared:
        return lambda kind: rows[kind]()

    @override
    def later[Result](self, work: Callable[[], Result]) -> Callable[[], Result]:
        return work

    @override
    def finish(self) -> None:
        pass


def _giving_back(tables: Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Yield tables, and return between them the memory that it took to make them."""
    for table in tables:
        yield table
        del table
        give_back_memory()


def _groups(rows: pa.Table, by: str, size: int) -> Iterator[pa.Table]:
    """Yield some rows at a time, all that have a key together, in their order."""
    count = -(-len(rows) // size)
    if count <= 1:
        yield rows
        return
    keys = rows[by].combine_chunks().dictionary_encode().indices.to_numpy()
    for number in range(count):
        own = np.flatnonzero(keys % count == number)
        if len(own):
            yield rows.take(own)


def _in_order(rows: pa.Table, order: Order, size: int) -> Iterator[pa.Table]:
    """Yield rows in pieces of which each comes before the next in an order."""
    if len(rows) <= size:
        yield rows
        return
    rows = rows.combine_chunks()
    places = pc.sort_indices(rows, order)
    by = rows.select([name for name, _ in order])
    start = 0
    while start < len(places):
        end = start + size
        # Equal ones are together.
        while end < len(places) and _row(by, places[end]) == _row(by, places[end - 1]):
            end += 1
        yield rows.take(places[start:end])
        start = end


def _row(rows: pa.Table, place: pa.Scalar) -> list[object]:
    row: list[object] = rows.slice(place.as_py(), 1).to_pylist()
    return row


@contextmanager
def in_memory(sources: Sequence[Source], stages: Stages, options: Options) -> Iterator[TakenIn]:
    """Take raw files in on this machine, and give what runs steps on their films.

    Parameters
    ----------
    sources
        The raw files, the movies first.
    stages
        Show how far it is.
    options
        Only `workers`, `tolerance` and `batch_rows` matter here.

    Yields
    ------
    TakenIn
        With workers that go on working until the `with` block ends.

    Raises
    ------
    ContractError, RawInputError, WorkerError
        As `Intake.take_in` and `Workers`.
    """
    with Workers(options.workers) as workers:
        intake = Intake(stages, workers, options.batch_rows, options.tolerance)
        # The largest thing in memory: it goes when the runner does, which nothing here holds.
        yield TakenIn(_take_in(intake, sources), intake.ledger, workers)


def _take_in(intake: Intake, sources: Sequence[Source]) -> LocalRunner:
    part = Part(*intake.take_in(sources))
    give_back_memory()
    return LocalRunner(part)
