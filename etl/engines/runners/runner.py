"""What an engine is: a runner of the plan's steps.

It does a step to every part of the films, and adds up, groups, orders and shares what comes of it.
This stands apart from `etl.engines.plan`, whose import takes a moment, which the local runner's
module must not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd
    import pyarrow as pa

    from etl.catalogue.catalogue import Order
    from etl.engines.intake import Ledger
    from etl.engines.runners.workers import Workers
    from etl.engines.steps import Step


class Table(Protocol):
    """What came of a step, by kind."""

    def read(self, kind: str) -> pa.Table:
        """Return all of it; keys and parts in the order of the films that they first occur in."""

    def pieces(self, kind: str) -> Iterator[pa.Table]:
        """Yield it piece by piece."""


class Runner[T: Table, S](Protocol):
    """Runs steps on all films. What they give, a `T`, can be read after `finish`, too.

    What is shared with the parts is an `S`, which only the runner itself looks into.
    """

    # How many films there are.
    films: int

    def frame(self, columns: Sequence[str]) -> pd.DataFrame:
        """Return some columns of `Catalogue.films`."""

    def catalogue(self) -> Iterator[pa.Table]:
        """Yield the catalogue as it is published, piece by piece."""

    def map(self, step: Step, shared: S | None = None) -> T:
        """Do a step to every part.

        Parameters
        ----------
        step
            Done once for each of its kinds.
        shared
            What `share` returned, for a step that is given more than its part.
        """

    def sum(self, table: T, *by: str, least: Mapping[str, int] | None = None) -> T:
        """Add up numbers by key.

        Parameters
        ----------
        table
            The outcome of a step. Its numbers are its columns of integers that are not in the key.
        *by
            The columns of the key.
        least
            By kind: rows whose `films` add up to less may be left out.

        Returns
        -------
        Table
            One row a key: its sums, and of any other column its first value.
        """

    def group(self, table: T, by: str, work: Callable[[pa.Table], pa.Table]) -> T:
        """Do some work to rows, all that have a key together.

        Parameters
        ----------
        table
            The outcome of a step.
        by
            The column of the key.
        work
            Called with all rows of some keys, in the order of the films.
        """

    def order(self, table: T, order: Order) -> T:
        """Cut rows into pieces of which each comes before the next.

        Within a piece rows may be in any order; all rows of a name are in one piece.

        Parameters
        ----------
        table
            What `sum`, `group` or `keep` returned.
        order
            As `name_order` returns it.
        """

    def keep(self, table: T) -> T:
        """Keep the outcome of a step that is read itself, or used twice."""

    def share(self, table: T, rows: Mapping[str, Callable[[], pa.Table]], by: str) -> S:
        """Share rows with the parts that have their keys.

        Parameters
        ----------
        table
            The outcome of a step: it tells which keys a part has.
        rows
            By kind, what returns the rows to share.
        by
            The column of the key, in both.
        """

    def later[Result](self, work: Callable[[], Result]) -> Callable[[], Result]:
        """Return what does `work`, which runs steps, when its result is asked for, or has done it.

        It is asked once.
        """

    def finish(self) -> None:
        """Run no more steps, and let go of what it takes to run them."""


class TakenIn(NamedTuple):
    """What an engine gives when it has taken raw files in."""

    # Of their films.
    runner: Runner[Any, Any]
    # The account of their records.
    ledger: Ledger
    # Who works for the job beside the runner.
    workers: Workers
