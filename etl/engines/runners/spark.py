"""The runner of many machines: the films are parts, which Apache Spark carries between them.

The driver cuts the raw files into parts at the bounds of records, which Spark's own CSV reader
does not find where a record goes over several lines. What belongs to one film comes together by
its id, is cleaned there, and goes to its place in the order of the catalogue; from then on a part
is a run of films. What the steps give lies in a place that all machines reach, and from there the
driver puts the release together, file by file, when Spark has ended.

Spark is used in this module and in `spark_session` alone.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple, override

import numpy as np
import pyarrow as pa
from pyspark.sql import functions as F  # noqa: N812 (as everybody calls it)
from pyspark.sql.pandas.types import from_arrow_schema

from etl.catalogue.catalogue import FILM_ORDER, drop_internal_columns, from_rows
from etl.engines.intake import Intake
from etl.engines.job import run
from etl.engines.parts import (
    REJECTIONS,
    catalogue_columns,
    film_schema,
    part_of,
    raw_rows,
    read_as_films,
    take_in,
)
from etl.engines.runners.runner import Runner, TakenIn
from etl.engines.runners.spark_session import DEFAULT_SETTING, Setting, open_session
from etl.engines.runners.workers import Workers
from etl.engines.staging import Staging
from etl.engines.steps import of_kind
from etl.errors import PublishError
from etl.features.neighbours import BATCH, NEIGHBOURS, Search, batches
from etl.quarantine import LINE, Rejection
from etl.release.storage import open_existing
from etl.release.verification import open_model

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd
    from obstore.store import ObjectStore
    from pyspark.sql import DataFrame, SparkSession

    from etl.catalogue.catalogue import Order
    from etl.engines.intake import Source
    from etl.engines.job import Outcome
    from etl.engines.options import Options
    from etl.engines.parts import Header
    from etl.engines.steps import Shared, Step
    from etl.progress import Stages

# Where a row of a step's outcome comes from: its kind, its part, and its place there.
_ORIGIN = pa.schema([("kind", pa.string()), ("part", pa.int64()), ("row", pa.int64())])
_IN_ORDER = [("part", "ascending"), ("row", "ascending")]
# A piece holds about so many names.
_NAMES = 20_000


def run_on_spark(
    folder: Path,
    store: ObjectStore,
    stages: Stages,
    options: Options,
    setting: Setting = DEFAULT_SETTING,
) -> Outcome:
    """Do what `job.run` does, on Spark: where `spark-submit` says, or else on this machine.

    Parameters
    ----------
    folder, store, stages
        As `run` takes them.
    options
        The `workers` are the cores, if it runs on this machine.
    setting
        Where and how Spark works.

    Raises
    ------
    RawInputError, ContractError, PublishError
        As `run`; the last also when another run has left parts in `setting.work`.
    """
    return run(folder, store, stages, options, partial(_in_parts, setting=setting))


def find_neighbours_on_spark(  # noqa: PLR0913 (what they are found in, and where)
    releases: str,
    release: str,
    *,
    films: int,
    count: int,
    cores: int,
    setting: Setting = DEFAULT_SETTING,
    batch: int = BATCH,
) -> Iterator[pa.Table]:
    """Do what `etl.features.neighbours.find_neighbours` does, a batch a task.

    Parameters
    ----------
    releases
        A place that all machines reach.
    release
        The release's id. Every process that works opens its model.
    films
        How many films it has.
    count
        How many films to find beside each.
    cores
        How many of this machine's to use, if it runs here.
    setting
        Where and how Spark works.
    batch
        How many films a task looks at.

    Yields
    ------
    Table
        The films beside those of a batch, of the schema `NEIGHBOURS`, in order.
    """
    rows = batches(films, batch)

    def beside(number: int) -> Iterator[pa.Table]:
        yield _search(releases, release, count).beside(rows[number])

    with _place(setting.work) as work, TemporaryDirectory(prefix="cartelera-spark-") as own:
        with open_session(cores, setting, Path(own)) as session:
            found = _in_tasks(session, len(rows), beside, NEIGHBOURS)
            found.write.mode("overwrite").parquet(f"{work}/neighbours")
        yield from Staging(work).pieces("neighbours", NEIGHBOURS)


@cache
def _search(releases: str, release: str, count: int) -> Search:
    """Open the models of a release, once a process of a worker, to search them on one core."""
    model, item_weights = open_model(open_existing(releases), release)
    return Search(model, count, threads=1, item_weights=item_weights)


@contextmanager
def _in_parts(
    sources: Sequence[Source], stages: Stages, options: Options, setting: Setting
) -> Iterator[TakenIn]:
    """Take raw files in on Spark, which works while this process waits."""
    with _place(setting.work) as work, TemporaryDirectory(prefix="cartelera-spark-") as own:
        staging = Staging(work)
        # They would be taken for this run's.
        if any(staging.paths("raw")):
            raise PublishError(f"{work} holds the parts of another run: give an empty place")
        with ExitStack() as session, Workers(options.workers) as workers:
            spark = session.enter_context(open_session(options.workers, setting, Path(own)))
            intake = Intake(stages, workers, options.batch_rows, options.tolerance)
            runner = SparkRunner(spark, staging, stages, session.close)
            runner.take_in(sources, intake, setting.part_rows)
            yield TakenIn(runner, intake.ledger, workers)


class SparkTable(NamedTuple):
    """What came of a step; see `runner.Table`."""

    # The folder that it lies in, once it is kept: in it one a kind.
    name: str
    kinds: Sequence[str]
    # Of its rows, but for their `_ORIGIN`, which they have in the frame, too.
    schema: pa.Schema
    staging: Staging
    frame: DataFrame

    def read(self, kind: str) -> pa.Table:
        placed = pa.schema([*list(_ORIGIN)[1:], *self.schema])
        rows = self.staging.read_folder(self.folder(kind), placed)
        return rows.sort_by(_IN_ORDER).select(self.schema.names)

    def pieces(self, kind: str) -> Iterator[pa.Table]:
        return self.staging.pieces(self.folder(kind), self.schema)

    def folder(self, kind: str) -> str:
        """Return where the rows of a kind lie."""
        return f"{self.name}/kind={kind}"


class SparkRunner(Runner[SparkTable, "Callable[[int], Shared]"]):
    """Runs steps on Spark, each at once.

    Of what is shared with the parts, each part reads the rows that have its keys.
    """

    def __init__(
        self, session: SparkSession, staging: Staging, stages: Stages, end: Callable[[], None]
    ) -> None:
        self.films = 0
        self._session = session
        self._staging = staging
        self._stages = stages
        self._end = end
        # Where each part lies, and the row of its first film.
        self._parts: list[tuple[str, int]] = []

    def take_in(self, sources: Sequence[Source], intake: Intake, part_rows: int) -> None:
        """Cut, clean and unnest the raw files, and put the films in order.

        Parameters
        ----------
        sources, intake
            The raw files, and what accounts for their records.
        part_rows
            How many films are in a part, more or less.
        """
        ledger, headers = intake.ledger, self._cut(sources, intake)
        groups = -(-ledger.read_of[sources[0].name] // intake.batch_rows) or 1
        raw = self._read(*(f"raw/{number}" for number in headers))
        by_film = raw.groupBy(F.pmod("film", F.lit(groups)))

        def clean(records: pa.Table) -> pa.Table:
            return _either(*take_in(records, headers))

        schema = _either(film_schema().empty_table(), REJECTIONS.empty_table()).schema
        self._write(by_film.applyInArrow(clean, _spark_schema(schema)), "taken_in")
        rejected = self._read("taken_in").where("rejection is not null").select("rejection.*")
        ledger.quarantine.extend(Rejection(**row) for row in rejected.toArrow().to_pylist())
        for source in sources:
            intake.close(source)
        films = self._read("taken_in").where("film is not null").select("film.*")
        self.films = films.count()
        self._write(_in_pieces(films, FILM_ORDER, -(-self.films // part_rows), sort=True), "films")
        counted = self._read("films").select("_metadata.file_name").groupBy("file_name").count()
        start = 0
        for name, rows in sorted(map(tuple, counted.collect())):
            self._parts.append((f"films/{name}", start))
            start += rows

    @override
    def frame(self, columns: Sequence[str]) -> pd.DataFrame:
        return from_rows(pa.concat_tables(self._films(columns))).films

    @override
    def catalogue(self) -> Iterator[pa.Table]:
        return map(drop_internal_columns, self._films(catalogue_columns()))

    @override
    def map(self, step: Step, shared: Callable[[int], Shared] | None = None) -> SparkTable:
        parts, staging = self._parts, self._staging

        def each(number: int) -> Iterator[pa.Table]:
            path, start = parts[number]
            part = part_of(read_as_films(staging.read(path, step.columns)), start)
            given = [shared(number)] if shared else []
            for kind in step.kinds:
                yield _placed(step.work(part, kind, *given), kind, number)

        schema = pa.schema([*_ORIGIN, *step.schema])
        frame = _in_tasks(self._session, len(parts), each, schema)
        return SparkTable(step.name, step.kinds, step.schema, staging, frame)

    @override
    def sum(
        self, table: SparkTable, *by: str, least: Mapping[str, int] | None = None
    ) -> SparkTable:
        others = [field for field in table.schema if field.name not in by]
        numbers = [field.name for field in others if pa.types.is_integer(field.type)]
        firsts = [field.name for field in others if field.name not in numbers]
        added = table.frame.groupBy("kind", *by).agg(
            F.min(F.struct("part", "row", *firsts)).alias("first"),
            *(F.sum(name).alias(name) for name in numbers),
        )
        if least:
            enough = F.lit(False)  # noqa: FBT003 (Spark's own)
            for kind, films in least.items():
                enough |= (F.col("kind") == kind) & (F.col("films") >= films)
            added = added.where(enough)
        rows = added.select("kind", *by, "first.*", *numbers)
        return self.keep(table._replace(name=f"{table.name}_summed", frame=rows))

    @override
    def group(self, table: SparkTable, by: str, work: Callable[[pa.Table], pa.Table]) -> SparkTable:
        names = table.schema.names

        def each(rows: pa.Table) -> pa.Table:
            kind = rows["kind"][0].as_py()
            return _placed(work(rows.sort_by(_IN_ORDER).select(names)), kind, 0)

        schema = work(_one_row(table.schema)).schema
        groups = table.frame.groupBy("kind", F.pmod(F.hash(by), F.lit(self._pieces())))
        rows = groups.applyInArrow(each, _spark_schema(pa.schema([*_ORIGIN, *schema])))
        return self.keep(table._replace(name=f"{table.name}_grouped", schema=schema, frame=rows))

    @override
    def order(self, table: SparkTable, order: Order) -> SparkTable:
        ordered = table._replace(name=f"{table.name}_ordered")
        for kind in table.kinds:
            rows = self._read(table.folder(kind))
            self._write(_in_pieces(rows, order, self._pieces()), ordered.folder(kind))
        return ordered

    @override
    def keep(self, table: SparkTable) -> SparkTable:
        self._write(table.frame, table.name, "kind")
        return table._replace(frame=self._read(table.name))

    @override
    def share(
        self, table: SparkTable, rows: Mapping[str, Callable[[], pa.Table]], by: str
    ) -> Callable[[int], Shared]:
        staging, name = self._staging, f"{table.name}_shared"
        for kind, make in rows.items():
            own = make()
            own = own.add_column(0, "kind", pa.repeat(kind, len(own)))
            staging.write(f"{name}/{kind}.parquet", own)
            schema = own.schema
        keys = table.frame.select("kind", "part", by)
        joined = keys.join(self._read(name), ["kind", by]).repartition("part")
        self._write(joined, f"{name}_by_part", "part")
        return lambda part: partial(
            of_kind, staging.read_folder(f"{name}_by_part/part={part}", schema)
        )

    @override
    def later[Result](self, work: Callable[[], Result]) -> Callable[[], Result]:
        result = work()
        return lambda: result

    @override
    def finish(self) -> None:
        self._end()

    def _cut(self, sources: Sequence[Source], intake: Intake) -> dict[int, Header]:
        """Leave the raw files in parts; return the name and the columns of each."""
        headers: dict[int, Header] = {}
        for source in sources:
            with self._stages.stage(f"Cutting {source.name}", source.size) as advance:
                for place, batch in enumerate(source.read(advance)):
                    records = intake.ledger.read(source.name, batch)
                    rows = raw_rows(source.number, records)
                    self._staging.write(f"raw/{source.number}/{place:06}.parquet", rows)
                    columns = tuple(records.columns.drop(LINE))
                    headers[source.number] = source.name, columns, source.lists
        return headers

    def _films(self, columns: Sequence[str]) -> Iterator[pa.Table]:
        return (read_as_films(self._staging.read(path, columns)) for path, _ in self._parts)

    def _pieces(self) -> int:
        return -(-self.films // _NAMES)

    def _read(self, *folders: str) -> DataFrame:
        return self._session.read.parquet(*(f"{self._staging.place}/{each}" for each in folders))

    def _write(self, frame: DataFrame, folder: str, *by: str) -> None:
        """Leave a frame in a folder, a file a partition; in one for each value of some columns."""
        with self._stages.stage(f"Spark: {folder.replace('_', ' ')}"):
            frame.write.mode("overwrite").partitionBy(*by).parquet(
                f"{self._staging.place}/{folder}"
            )


@contextmanager
def _place(work: str | None) -> Iterator[str]:
    if work is not None:
        yield work.rstrip("/")
        return
    with TemporaryDirectory(prefix="cartelera-parts-") as folder:
        yield Path(folder).as_uri()


def _in_tasks(
    session: SparkSession, count: int, work: Callable[[int], Iterator[pa.Table]], schema: pa.Schema
) -> DataFrame:
    """Return what `work` gives for each number below `count`, each in a task of its own."""

    def each(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            for number in batch.column(0).to_pylist():
                for table in work(number):
                    yield from table.to_batches()

    return session.range(0, count, 1, count).mapInArrow(each, _spark_schema(schema))


def _in_pieces(frame: DataFrame, order: Order, count: int, *, sort: bool = False) -> DataFrame:
    """Cut rows into some pieces of which each comes before the next in an order."""
    by = [F.asc(name) if how == "ascending" else F.desc(name) for name, how in order]
    pieces = frame.repartitionByRange(count, *by)
    return pieces.sortWithinPartitions(*by) if sort else pieces


def _placed(rows: pa.Table, kind: str, part: int) -> pa.Table:
    """Return rows with their `_ORIGIN`."""
    count = len(rows)
    origin = pa.repeat(kind, count), pa.repeat(part, count), pa.array(np.arange(count))
    return pa.table([*origin, *rows.columns], names=[*_ORIGIN.names, *rows.column_names])


def _one_row(schema: pa.Schema) -> pa.Table:
    """Return a row without content: some types are not known of none."""
    columns = [
        pa.array([""] if pa.types.is_string(kind) else [0]).cast(kind) for kind in schema.types
    ]
    return pa.table(columns, schema=schema)


def _spark_schema(schema: pa.Schema) -> Any:  # noqa: ANN401 (Spark comes without types here)
    return from_arrow_schema(schema, prefer_timestamp_ntz=True)


def _either(films: pa.Table, rejections: pa.Table) -> pa.Table:
    """Return both in one table, a column each; of a row one is null."""
    film, entry = (
        pa.StructArray.from_arrays(
            [column.combine_chunks() for column in table.columns], fields=list(table.schema)
        )
        for table in (films, rejections)
    )
    return pa.table(
        {
            "film": pa.concat_arrays([film, pa.nulls(len(entry), film.type)]),
            "rejection": pa.concat_arrays([pa.nulls(len(film), entry.type), entry]),
        }
    )
