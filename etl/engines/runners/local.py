"""The runner of one machine: all films are one part, in memory."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple, override

from etl.catalogue.catalogue import to_arrow
from etl.engines.intake import Intake, Source
from etl.engines.memory import give_back_memory
from etl.engines.runners.runner import Runner, TakenIn
from etl.engines.runners.workers import Workers
from etl.engines.steps import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd
    import pyarrow as pa

    from etl.catalogue.catalogue import Order
    from etl.engines.options import Options
    from etl.engines.steps import Shared, Step
    from etl.progress import Stages


class LocalTable(NamedTuple):
    """What a step gives of all films: computed when it is read. See `runner.Table`."""

    read: Callable[[str], pa.Table]

    def pieces(self, kind: str) -> Iterator[pa.Table]:
        yield self.read(kind)


class LocalRunner(Runner[LocalTable, "Shared"]):
    """Runs steps in this process when their outcome is read.

    With one part there is nothing to add up, and no piece before another.
    """

    def __init__(self, part: Part) -> None:
        self._part = part
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
    def group(self, table: LocalTable, _: str, work: Callable[[pa.Table], pa.Table]) -> LocalTable:
        return LocalTable(lambda kind: work(table.read(kind)))

    @override
    def order(self, table: LocalTable, _: Order) -> LocalTable:
        return table

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
