"""The whole job: raw files in, a published release out."""

from __future__ import annotations

import ctypes
import importlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa

from cartelera.contract.release_format import CATALOG, FEATURES, FORMAT, MODEL, QUARANTINE
from cartelera.recommend.model_file import dump_model
from etl.catalogue.catalogue import assemble, sort_films, to_arrow
from etl.catalogue.words import count_words, merge_counts
from etl.clean.records import clean_entries, clean_films, select_cells, select_entries, select_films
from etl.clean.schemas import REQUIRED_COLUMNS
from etl.clean.tolerance import TOLERANCE, check_tolerance
from etl.clean.unnest import CREDIT_LISTS, KEYWORD_LISTS, MOVIE_LISTS, unnest
from etl.engines.workers import ChildProcess, Workers
from etl.errors import RawInputError, UnsoundError
from etl.extract.raw_files import BATCH_ROWS, describe, find_raw, read_batches
from etl.features.hyperparameters import tuned
from etl.features.model import FILM_COLUMNS, build_model
from etl.quarantine import LINE, Quarantine
from etl.release.block_writer import DEFAULT_BLOCK_SIZES, BlockSizes, split_into_blocks
from etl.release.files import ReleaseFile, Spool, table_file
from etl.release.golden import ask_golden_questions
from etl.release.listing import read_header
from etl.release.pointers import move_pointer, read_current, read_pointers
from etl.release.publish import make_manifest, upload
from etl.release.verification import open_release
from etl.report import draw
from etl.report.statistics import InMemorySource, explore
from etl.tables.filters import filter_tables
from etl.tables.tables import CatalogueAggregates, build_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from obstore.store import ObjectStore

    from cartelera.contract.release_format import Header, Manifest, RowCounts
    from cartelera.recommend.model import Model
    from etl.catalogue.catalogue import Catalogue
    from etl.catalogue.words import WordCounts
    from etl.clean.records import Selected
    from etl.clean.unnest import NestedCells, NestedColumn, Unnested
    from etl.extract.raw_files import Batch, RawFile, RawFolder
    from etl.features.tfidf import Features
    from etl.progress import Stages
    from etl.release.files import SpooledFile
    from etl.release.pointers import PointerState
    from etl.release.verification import VerifiedRelease
    from etl.report.facts import Facts
    from etl.tables.tables import Aggregates


@dataclass(frozen=True, slots=True)
class Options:
    """How to run the job.

    Attributes
    ----------
    workers
        How many processes read the nested cells.
    tolerance
        The share of a raw file's records that may break any one rule of the contract.
    compare
        Whether a release must resemble the last one to be published.
    report
        Whether the release has the exploration report, which takes a third of the time.
    batch_rows
        How many records of a raw file are read, and unnested, at a time.
    blocks
        Which tables are written in blocks, and in how large ones.
    release_format
        The format that the release says it has.
    """

    workers: int = 1
    tolerance: float = TOLERANCE
    compare: bool = True
    report: bool = True
    batch_rows: int = BATCH_ROWS
    blocks: BlockSizes = DEFAULT_BLOCK_SIZES
    release_format: int = FORMAT


DEFAULT_OPTIONS = Options()


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run that ended well: what it published, and how long it took in seconds."""

    manifest: Manifest
    seconds: float


def run(
    folder: Path, store: ObjectStore, stages: Stages, options: Options = DEFAULT_OPTIONS
) -> Outcome:
    """Turn the raw files in `folder` into a release in `store`, and let it answer.

    Raises
    ------
    RawInputError
        When a raw file is missing or unusable, or no film is left of them.
    ContractError
        When more of a raw file breaks a rule than is tolerated, or the new release does not
        answer its golden questions.
    PublishError
        When the release could not be written, or another job has published meanwhile.
        Whichever of them it is, the release before goes on answering.
    """
    raw = find_raw(folder, REQUIRED_COLUMNS)
    # Before anything else: what another job publishes from now on is news to this one.
    current = read_current(store, options.release_format)
    intake = _Intake(stages, options)
    catalogue, words = _take_in(raw, intake, stages)
    drawing = (
        ChildProcess(draw, _explored(catalogue, words, intake, stages)) if options.report else None
    )
    if drawing and options.workers > 1:
        drawing.start()
    films = catalogue.films[list(FILM_COLUMNS)]
    give_back_memory()
    with TemporaryDirectory(prefix="cartelera-release-") as waiting:
        spool = Spool(Path(waiting))
        with stages.stage("Building the look-up tables"):
            tables = {CATALOG: to_arrow(catalogue), QUARANTINE: intake.quarantine.to_arrow()}
            spool.add(table_files(CatalogueAggregates(catalogue), tables, options.blocks))
        with stages.stage("Building the model"):
            # Here and not above: see `_take_in`, where the import begins.
            from etl.features.tfidf import build_features, name_groups, text_groups  # noqa: PLC0415

            blocks = name_groups(catalogue)
            # The largest thing in memory, and of no more use.
            del catalogue
            give_back_memory()
            blocks |= text_groups(words)
            others = {name: block.others for name, block in blocks.items()}
            features = build_features(blocks, tuned().weights)
            spool.add(feature_files(features, others))
            model = build_model(features, films, tuned())
            write_model(model, spool)
            del blocks, features, model
        # A machine with one core draws here, where there is room again.
        give_back_memory()
        if drawing:
            with stages.stage("Drawing the report"):
                spool.add(report_files(drawing.result()).items())
        contents = Contents(spool.files, len(films), intake.rows, raw)
        return publish(store, current, contents, stages, compare=options.compare)


@dataclass(frozen=True, slots=True)
class Contents:
    """A release as it is to be published.

    Attributes
    ----------
    files
        By path.
    films
        How many there are.
    rows
        What became of each raw file's records, by file.
    raw
        The files that it was made of.
    """

    files: Mapping[str, SpooledFile]
    films: int
    rows: dict[str, RowCounts]
    raw: RawFolder


def publish(
    store: ObjectStore, current: PointerState, contents: Contents, stages: Stages, *, compare: bool
) -> Outcome:
    """Upload a release, ask it the golden questions, and let it answer in place of `current`.

    It has the format of `current`. With `compare` it must resemble the last one, too.

    Raises
    ------
    GoldenError
        When it does not answer as it should.
    PublishError
        As `run`.
    """
    raw, files = contents.raw, contents.files
    sources = [describe(file) for file in (raw.movies, raw.credits, raw.keywords) if file]
    manifest = make_manifest(
        files, contents.films, contents.rows, sources, datetime.now(UTC), current.format
    )
    with stages.stage(
        "Uploading", sum(each["bytes"] for each in manifest["files"].values())
    ) as advance:
        pointer = upload(store, manifest, files, advance)
    with stages.stage("Asking the golden questions"):
        ask_golden_questions(
            open_release(store, manifest["release"], release_format=current.format),
            _last(store, current, stages) if compare else None,
        )
    with stages.stage("Moving the pointer"):
        move_pointer(store, pointer, current.stored, current.path)
    return Outcome(manifest, stages.seconds)


def explore_raw(
    folder: Path, stages: Stages, options: Options = DEFAULT_OPTIONS
) -> dict[str, bytes]:
    """Return the report on the raw files in `folder`, and its charts, by path; publish nothing.

    Raises
    ------
    RawInputError, ContractError
        As `run`.
    """
    intake = _Intake(stages, options)
    catalogue, words = _take_in(find_raw(folder, REQUIRED_COLUMNS), intake, stages)
    facts = _explored(catalogue, words, intake, stages)
    with stages.stage("Drawing the report"):
        return draw(facts)


def give_back_memory() -> None:
    """Return what Arrow and the C library keep for later, before the next large thing comes."""
    pa.default_memory_pool().release_unused()
    with suppress(AttributeError):  # glibc's alone
        ctypes.CDLL(None).malloc_trim(0)


def _explored(
    catalogue: Catalogue, words: Mapping[str, WordCounts], intake: _Intake, stages: Stages
) -> Facts:
    with stages.stage("Exploring the catalogue"):
        return explore(InMemorySource(catalogue, words["title"]), intake.rows)


def _take_in(
    raw: RawFolder, intake: _Intake, stages: Stages
) -> tuple[Catalogue, dict[str, WordCounts]]:
    """Read and clean the raw files; return the catalogue, and the words of the films' texts."""
    with Workers(intake.options.workers) as workers:
        films, lists, words = _read(raw, intake, workers, stages)
    give_back_memory()
    with stages.stage("Putting the catalogue in order"):
        return assemble(films, lists), words


def _read(
    raw: RawFolder, intake: _Intake, workers: Workers, stages: Stages
) -> tuple[pd.DataFrame, dict[str, pd.DataFrame], dict[str, WordCounts]]:
    films, lists = intake.films(raw.movies, workers)
    counting = {
        name: workers.start(count_words, [part.tolist() for part in intake.parts(texts)])
        for name, texts in (
            ("title", films["title"]),
            ("text", films["overview"] + " " + films["tagline"]),
        )
    }
    # scikit-learn takes a second to import; this process has it while the workers work.
    Thread(target=importlib.import_module, args=("etl.features.tfidf",)).start()
    known = frozenset(films["id"])
    lists |= intake.lists(raw.credits, CREDIT_LISTS, known, workers)
    if raw.keywords:
        lists |= intake.lists(raw.keywords, KEYWORD_LISTS, known, workers)
    with stages.stage("Counting words"):
        return films, lists, {column: merge_counts(parts) for column, parts in counting.items()}


def table_files(
    aggregates: Aggregates, others: dict[str, pa.Table], blocks: BlockSizes
) -> Iterator[tuple[str, ReleaseFile]]:
    """Yield the files of `others` by path, which are used up by it, and of the look-up tables."""
    # Compressing needs no lock of Python's: one file is written while the next table is built.
    with ThreadPoolExecutor(1) as writer:
        writing = deque((path, writer.submit(table_file, others.pop(path))) for path in [*others])
        for path, table in split_into_blocks(build_tables(aggregates), blocks):
            writing.append((path, writer.submit(_file, table)))
            # They are large: no more than these two at a time.
            del table
            while len(writing) > 1:
                before, file = writing.popleft()
                yield before, file.result()
        for path, file in writing:
            yield path, file.result()


def _file(contents: pa.Table | ReleaseFile) -> ReleaseFile:
    return contents if isinstance(contents, ReleaseFile) else table_file(contents)


def feature_files(
    features: Features, others: Mapping[str, Sequence[Sequence[str]]]
) -> Iterator[tuple[str, ReleaseFile]]:
    """Yield the files of the features' names, and of the filters, by path.

    `others` is that of `filter_tables`.
    """
    yield FEATURES, table_file(pa.Table.from_pandas(features.names, preserve_index=False))
    for path, table in filter_tables(features, others):
        yield path, table_file(table)


def write_model(model: Model, spool: Spool) -> None:
    """Leave the model among a release's files, without a copy of it in memory."""
    with spool.writing(MODEL, model.films) as sink:
        dump_model(model, sink)


def report_files(drawn: Mapping[str, bytes]) -> dict[str, ReleaseFile]:
    """Return the files of the report."""
    return {path: ReleaseFile(data, 1) for path, data in drawn.items()}


def _last(
    store: ObjectStore, current: PointerState, stages: Stages
) -> VerifiedRelease | Header | None:
    """Open the release that answers now; one that cannot be opened is there to be replaced.

    Where none of its format has answered yet, say what is known of the last one of another.
    """
    if current.release:
        try:
            return open_release(store, current.release, release_format=current.format)
        except UnsoundError as error:
            stages.note(f"not compared with the last release: {error}")
            return None
    if current.stored:
        return None
    named = [each.release for each in read_pointers(store) if each.release]
    headers = [header for release in named if (header := read_header(store, release))]
    last = max(headers, key=lambda header: header["created_at"], default=None)
    if last:
        stages.note(
            f"the first release of format {current.format}: compared with release "
            f"{last['release']}, of format {last['format']}, by how many films there are, and by "
            "no more"
        )
    return last


class _Intake:
    """Reads and cleans the raw files, keeping account of every record."""

    def __init__(self, stages: Stages, options: Options) -> None:
        self.options = options
        self.quarantine = Quarantine()
        self.rows: dict[str, RowCounts] = {}
        self._stages = stages

    def films(
        self, file: RawFile, workers: Workers
    ) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
        """Return the cleaned films, in look-up order, and the lists of their own file."""
        name = file.path.name
        batches = []
        read = 0
        with self._reading(file) as advance:
            for batch in read_batches(file, advance, self.options.batch_rows):
                read += batch.read
                self.quarantine.extend(batch.broken)
                # Arrow's strings: the whole file is kept, and they take a third of the memory.
                texts = batch.records.columns.drop(LINE)
                batches.append(batch.records.astype(dict.fromkeys(texts, "str")))
        with self._stages.stage("Cleaning the films"):
            selected = self._keep(select_films(pd.concat(batches, ignore_index=True), name))
            batches.clear()
            give_back_memory()
            unnested = workers.map(
                partial(unnest, lists=MOVIE_LISTS),
                (select_cells(part, name, MOVIE_LISTS) for part in self.parts(selected)),
            )
            films = self._keep(clean_films(selected, name))
            lists = self._collect(unnested, MOVIE_LISTS, name)
            for column, entries in lists.items():
                lists[column] = entries[entries["film"].isin(films["id"])]
        self._settle(name, read, len(films))
        give_back_memory()
        if films.empty:
            counts = self.rows[name]["set_aside"]
            raise RawInputError(f"{name} holds no film that can be used; set aside: {counts}")
        return sort_films(films), lists

    def lists(
        self,
        file: RawFile,
        lists: Mapping[str, NestedColumn],
        films: frozenset[int],
        workers: Workers,
    ) -> dict[str, pd.DataFrame]:
        """Return the unnested `lists` of the `films`."""
        name = file.path.name
        seen: dict[int, int] = {}
        read = 0

        def records(batches: Iterable[Batch]) -> Iterator[NestedCells]:
            nonlocal read
            for batch in batches:
                read += batch.read
                self.quarantine.extend(batch.broken)
                kept = self._keep(select_entries(batch.records, name, films, seen))
                yield select_cells(kept, name, lists)

        with self._reading(file) as advance:
            batches = read_batches(file, advance, self.options.batch_rows)
            unnested = workers.map(partial(unnest, lists=lists), records(batches))
            collected = self._collect(unnested, lists, name)
        self._settle(name, read, len(seen))
        give_back_memory()
        return collected

    def parts[Rows: (pd.DataFrame, pd.Series)](self, rows: Rows) -> Iterator[Rows]:
        """Yield rows, as many at a time as are read at a time."""
        for start in range(0, len(rows), self.options.batch_rows):
            yield rows.iloc[start : start + self.options.batch_rows]

    def _collect(
        self, unnested: Iterable[Unnested], lists: Mapping[str, NestedColumn], name: str
    ) -> dict[str, pd.DataFrame]:
        parts: dict[str, list[pa.Table]] = {column: [] for column in lists}
        for part in unnested:
            self.quarantine.extend(part.set_aside)
            for column, table in part.tables.items():
                parts[column].append(table)
        return {
            column: self._keep(clean_entries(parts[column], nested, name))
            for column, nested in lists.items()
        }

    def _keep(self, kept: Selected) -> pd.DataFrame:
        self.quarantine.extend(kept.set_aside)
        return kept.records

    def _reading(self, file: RawFile) -> AbstractContextManager[Callable[[int], None]]:
        return self._stages.stage(f"Reading {file.path.name}", file.path.stat().st_size)

    def _settle(self, name: str, read: int, kept: int) -> None:
        self.rows[name] = {
            "read": read,
            "kept": kept,
            "set_aside": self.quarantine.records(name),
            "unused_fields": self.quarantine.fields(name),
        }
        check_tolerance(self.quarantine, name, read, self.options.tolerance)
