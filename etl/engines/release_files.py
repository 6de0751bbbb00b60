"""Making the files of a release of the films that an engine has taken in."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, Concatenate, NamedTuple

import pyarrow as pa

from cartelera.contract.release_format import FEATURES, MODEL, QUARANTINE, REPORT
from cartelera.recommend.model_file import dump_model
from etl.clean.schemas import UNPUBLISHED_COLUMNS
from etl.engines.exploration import draw_report, measure, with_hubs
from etl.engines.memory import give_back_memory
from etl.engines.tasks import make_blocks, make_catalog, make_facts, make_lists, make_name_index
from etl.features.hyperparameters import tuned
from etl.release.block_writer import split_into_blocks
from etl.release.dictionary import annotate
from etl.release.files import ReleaseFile, Spool, TableFile, release_file
from etl.tables.film_lists import FilmLists
from etl.tables.filters import filter_tables
from etl.tables.search import SearchedNames
from etl.tables.tables import build_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    import pandas as pd

    from cartelera.contract.data_set import DataSetEntry
    from cartelera.contract.tables import TableSchema
    from etl.engines.options import Options
    from etl.engines.runners.runner import Runner, TakenIn
    from etl.engines.runners.workers import Workers
    from etl.extract.raw_files import RawFolder
    from etl.features.tfidf import Features
    from etl.progress import Stages
    from etl.release.block_writer import BlockSizes, File
    from etl.release.files import SpooledFile
    from etl.report.facts import Facts


class Origin(NamedTuple):
    """What the films were made of."""

    raw: RawFolder
    data_set: DataSetEntry
    # Other names of the films; see `build_tables`.
    akas: pd.DataFrame


def make_files(
    taken: TakenIn, origin: Origin, spool: Spool, stages: Stages, options: Options
) -> None:
    """Leave the files of a release in a spool; workers make some of them.

    Parameters
    ----------
    taken
        The films, by their runner, the account of their records, and the workers.
    origin
        What the films were made of.
    spool
        Takes the files.
    stages, options
        As of `job.run`.
    """
    # Here and not above: the job begins to read before it makes any files.
    from etl.engines.plan import run_steps  # noqa: PLC0415

    runner, ledger, workers = taken
    made = run_steps(runner, tuned().weights)
    runner.finish()
    begun = _Begun(workers, spool)
    films = TableFile(spool.folder / "films.arrow")
    with stages.stage("Writing the catalogue"):
        deque(films.write(_films_of(runner)), 0)
        begun.add(make_catalog, films, runner.films)
        begun.add(make_facts, films, options.blocks)
    give_back_memory()
    with stages.stage("Building the look-up tables"):
        lists, searched = FilmLists(), SearchedNames()
        tables = lists.watch(searched.watch(build_tables(made.aggregates, origin.akas)))
        files = split_into_blocks(tables, options.blocks, begun.add_blocks)
        spool.add(_encoded(chain([(QUARANTINE, ledger.quarantine.to_arrow())], files)))
        begun.add(make_lists, films, lists)
        begun.add(make_name_index, searched)
        del lists, searched, tables, files
    give_back_memory()
    # Now that the workers have what they need to go on.
    facts = None
    if options.report:
        facts = measure(made.explored, ledger, origin.raw.names, origin.data_set, stages)
        give_back_memory()
    with stages.stage("Building the model"):
        facts = _make_model(made.features, facts, runner, spool, options)
    give_back_memory()
    if facts:
        spool.add([(REPORT, ReleaseFile(draw_report(facts, stages).page, 1))])
    with stages.stage("Writing what is left"):
        begun.end()


class _Begun:
    """The files that workers have begun to make."""

    def __init__(self, workers: Workers, spool: Spool) -> None:
        self._workers = workers
        self._spool = spool
        self._results: list[Callable[[], dict[str, SpooledFile]]] = []

    def add[**Given](
        self,
        make: Callable[Concatenate[Path, Given], dict[str, SpooledFile]],
        *args: Given.args,
        **kwargs: Given.kwargs,
    ) -> None:
        """Begin to make some.

        Parameters
        ----------
        make
            One of `etl.engines.tasks`.
        *args, **kwargs
            What it is given beside the folder.
        """
        begun = partial(make, self._spool.folder)
        self._results.append(self._workers.begin(begun, *args, **kwargs))

    def add_blocks(
        self, schema: TableSchema[Any], rows: Iterable[pa.Table], films: pa.Table, sizes: BlockSizes
    ) -> Iterator[File]:
        """Begin to make those of a table in blocks, and return those that are there: none.

        Parameters
        ----------
        schema, rows, films, sizes
            As `write_blocks` takes them.
        """
        file = TableFile(self._spool.folder / f"{schema.route}.arrow")
        deque(file.write(rows), 0)
        self.add(make_blocks, schema, file, films, sizes)
        return iter(())

    def end(self) -> None:
        """Wait until all are made; they are the spool's then."""
        # The last ones first: this process makes those that no worker has come to.
        for result in reversed(self._results):
            self._spool.files |= result()


def _films_of(runner: Runner[Any, Any]) -> Iterator[pa.Table]:
    """Yield the catalogue piece by piece, with `UNPUBLISHED_COLUMNS` beside."""
    unpublished = pa.Table.from_pandas(runner.frame([*UNPUBLISHED_COLUMNS]), preserve_index=False)
    start = 0
    for piece in runner.catalogue():
        beside = unpublished.slice(start, len(piece))
        yield pa.table(
            [*piece.columns, *beside.columns], [*piece.column_names, *UNPUBLISHED_COLUMNS]
        )
        start += len(piece)


def _encoded(tables: Iterable[File]) -> Iterator[tuple[str, ReleaseFile]]:
    """Yield tables as files, by path."""
    # Compressing needs no lock of Python's: one file is written while the next table is built.
    with ThreadPoolExecutor(1) as writer:
        writing: deque[tuple[str, Future[ReleaseFile]]] = deque()
        for path, table in tables:
            writing.append((path, writer.submit(release_file, annotate(path, table))))
            # They are large: no more than these two at a time.
            del table
            while len(writing) > 1:
                before, file = writing.popleft()
                yield before, file.result()
        for path, file in writing:
            yield path, file.result()


def _make_model(
    build_features: Callable[[], tuple[Features, dict[str, tuple[tuple[str, ...], ...]]]],
    facts: Facts | None,
    runner: Runner[Any, Any],
    spool: Spool,
    options: Options,
) -> Facts | None:
    """Leave the model in a spool, and return facts with what charts show of it."""
    # Here and not above: as in `make_files`.
    from etl.features.model import FILM_COLUMNS, build_model  # noqa: PLC0415

    films = runner.frame(FILM_COLUMNS)
    features, aliases = build_features()
    names = pa.Table.from_pandas(features.names, preserve_index=False)
    of_features = chain([(FEATURES, names)], filter_tables(features, aliases))
    spool.add((path, annotate(path, table)) for path, table in of_features)
    del names, of_features
    model = build_model(features, films, tuned())
    del features
    with spool.writing(MODEL, model.films) as sink:
        dump_model(model, sink)
    return facts and with_hubs(facts, model, runner, options)
