"""The whole job: raw files in, a published release out."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from cartelera.contract.formats.film_facts import FACTS_FOLDER
from cartelera.contract.formats.film_lists import FILM_LISTS
from cartelera.contract.formats.name_index import NAME_INDEX
from cartelera.contract.formats.neighbours import NEIGHBOURS_FOLDER
from cartelera.contract.ranking import DEFAULT_N
from cartelera.contract.release_format import (
    CATALOG,
    FEATURES,
    ITEM_WEIGHTS,
    MODEL,
    QUARANTINE,
    REPORT,
)
from cartelera.recommend.model_file import (
    dump_item_weights,
    dump_model,
    read_item_weights,
    read_model,
)
from etl.clean.schemas import RAW_ROLES, UNPUBLISHED_COLUMNS
from etl.engines.data_set import coverage_lines, describe_data_set
from etl.engines.intake import (
    Intake,
    sources_of,
    take_in_akas,
    take_in_ratings,
)
from etl.engines.memory import collecting_rarely, give_back_memory
from etl.engines.options import DEFAULT_OPTIONS, MOST_LISTS, Options
from etl.engines.runners.local import in_memory
from etl.engines.runners.workers import Workers
from etl.errors import JobError, UnsoundError
from etl.extract.raw_files import describe, find_raw
from etl.features.hyperparameters import tuned
from etl.release.block_writer import (
    BlockSizes,
    FilmLinesWriter,
    split_into_blocks,
)
from etl.release.dictionary import annotate
from etl.release.files import ReleaseFile, Spool, table_file
from etl.release.golden import ask_golden_questions
from etl.release.listing import read_header
from etl.release.pointers import read_current, read_pointers
from etl.release.publish import make_manifest, publish_release
from etl.release.table_files import write_batches
from etl.release.verification import open_release
from etl.report.charts.recommended import Hubs
from etl.report.statistics import explore
from etl.tables.film_facts import film_facts
from etl.tables.film_lists import FilmLists
from etl.tables.film_names import NO_AKAS
from etl.tables.filters import filter_tables
from etl.tables.search import SearchedNames
from etl.tables.tables import build_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from concurrent.futures import Future
    from contextlib import AbstractContextManager

    import pandas as pd
    from obstore.store import ObjectStore

    from cartelera.contract.data_set import DataSetEntry
    from cartelera.contract.release_format import Header, Manifest, RatingsEntry, RowCounts
    from cartelera.recommend.model import Model
    from etl.engines.intake import Ledger, Source
    from etl.engines.runners.runner import Runner
    from etl.extract.ratings import Ratings
    from etl.progress import Stages
    from etl.release.files import SpooledFile
    from etl.release.pointers import PointerState
    from etl.release.verification import VerifiedRelease
    from etl.report.facts import Facts
    from etl.report.page import Report
    from etl.report.statistics import ReportSource

    # Takes sources in and gives their runner and the account of their records.
    type Engine = Callable[
        [Sequence[Source], Stages, Options], AbstractContextManager[tuple[Runner[Any, Any], Ledger]]
    ]


# Films whose recommendations are looked at for the report: those of all take as long as the job.
_SAMPLED_LISTS = 1_000


@dataclass(frozen=True, slots=True)
class Outcome:
    """A run that ended well: what it published, and how long it took in seconds."""

    manifest: Manifest
    seconds: float


@collecting_rarely()
def run(
    folder: Path,
    store: ObjectStore,
    stages: Stages,
    options: Options = DEFAULT_OPTIONS,
    engine: Engine = in_memory,
) -> Outcome:
    """Turn raw files into a release, and let it answer.

    Parameters
    ----------
    folder, store
        Where the raw files and the releases lie.
    stages
        Shows how far the job is.
    options, engine
        How to run it, and what runs its steps.

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
    raw = find_raw(folder, RAW_ROLES, options.encoding)
    data_set = describe_data_set(raw)
    for line in data_set["notes"]:
        stages.note(line)
    # Before anything else: what another job publishes from now on is news to this one.
    current = read_current(store, options.release_format)
    with TemporaryDirectory(prefix="cartelera-release-") as waiting:
        spool = Spool(Path(waiting))
        sources = sources_of(raw, options.batch_rows)
        with engine(sources, stages, options) as (runner, ledger):
            ledger.files = raw.names
            akas = NO_AKAS
            if raw.akas:
                imdb_ids = runner.frame(["imdb_id"])["imdb_id"]
                akas = take_in_akas(raw.akas, imdb_ids, ledger, stages, options)
            ids = runner.frame(["id", "imdb_id"])
            ratings = take_in_ratings(raw, ids, ledger, stages, options)
            _make_files(runner, ledger, data_set, akas, spool, stages=stages, options=options)
            films = runner.films
            titles = None
            if options.neighbours and films <= MOST_LISTS:
                titles = runner.frame(["id", "title", "release_year"])
        del runner
        give_back_memory()
        rated = None
        if ratings:
            rated = _add_item_weights(ratings, films, spool, stages)
            del ratings
            give_back_memory()
        if titles is not None:
            _add_neighbours(titles, spool, stages, options)
            del titles
            give_back_memory()
        for line in coverage_lines(raw, ledger.rows):
            stages.note(line)
            data_set["notes"].append(line)
        manifest = make_manifest(
            spool.files,
            films,
            ledger.rows,
            list(map(describe, raw.files)),
            datetime.now(UTC),
            current.format,
            data_set,
            rated,
        )
        publish(store, current, manifest, spool.files, stages, compare=options.compare)
        return Outcome(manifest, stages.seconds)


def _make_files(  # noqa: PLR0913 (what they are made of, where to, and how)
    runner: Runner[Any, Any],
    ledger: Ledger,
    data_set: DataSetEntry,
    akas: pd.DataFrame,
    spool: Spool,
    *,
    stages: Stages,
    options: Options,
) -> None:
    """Leave the files of a release in a spool."""
    # Here and not above: `check_raw` makes no files.
    from etl.engines.plan import run_steps  # noqa: PLC0415
    from etl.features.model import FILM_COLUMNS, build_model  # noqa: PLC0415

    made = run_steps(runner, tuned().weights)
    runner.finish()
    facts = _explored(made.explored, ledger, data_set, stages) if options.report else None
    give_back_memory()
    with stages.stage("Building the look-up tables"):
        lists, searched = FilmLists(), SearchedNames()
        with spool.writing(CATALOG, runner.films) as sink:
            write_batches(sink, _published(runner, lists, spool, options.blocks))
        give_back_memory()
        quarantine = {QUARANTINE: ledger.quarantine.to_arrow()}
        tables = lists.watch(searched.watch(build_tables(made.aggregates, akas)))
        spool.add(_table_files(tables, quarantine, options.blocks))
        spool.add([(FILM_LISTS, ReleaseFile(*lists.file()))])
        del lists, tables
    give_back_memory()
    with stages.stage("Building the model"):
        films = runner.frame(FILM_COLUMNS)
        features, aliases = made.features()
        names = pa.Table.from_pandas(features.names, preserve_index=False)
        of_features = chain([(FEATURES, names)], filter_tables(features, aliases))
        spool.add((path, table_file(annotate(path, table))) for path, table in of_features)
        del names, of_features
        model = build_model(features, films, tuned())
        del features
        with spool.writing(MODEL, model.films) as sink:
            dump_model(model, sink)
        if facts:
            facts = _with_model(facts, model, runner, options)
        del model
    give_back_memory()
    # Now that the model has let go of what people are credited with: both would be the most that
    # is in memory.
    with stages.stage("Writing the index of names"):
        spool.add([(NAME_INDEX, ReleaseFile(*searched.index()))])
    if facts:
        spool.add([(REPORT, ReleaseFile(_draw(facts, stages).page, 1))])


def _add_item_weights(
    ratings: Ratings, films: int, spool: Spool, stages: Stages
) -> RatingsEntry | None:
    """Leave what the ratings say of the films in a spool, and return what a manifest says of it.

    Without two films that enough people rated there is nothing to leave, and None is returned.
    """
    # Here and not above: a release without ratings does without SciPy's linear algebra.
    from etl.features.item_weights import MIN_COMMON, build_item_weights  # noqa: PLC0415

    with stages.stage("Learning from the ratings"):
        weights = build_item_weights(ratings, films)
    if not len(weights.weights):
        stages.note(
            f"the ratings are not used: no two films were rated by the same {MIN_COMMON} people"
        )
        return None
    with spool.writing(ITEM_WEIGHTS, films) as sink:
        dump_item_weights(weights, sink)
    return {
        "people": len(ratings.starts) - 1,
        "ratings": len(ratings.films),
        "films": int((weights.confidence > 0).sum()),
    }


def _add_neighbours(titles: pd.DataFrame, spool: Spool, stages: Stages, options: Options) -> None:
    """Leave the films beside each in a spool: those that the API recommends by default.

    Parameters
    ----------
    titles
        The `id`, `title` and `release_year` of all films.
    spool
        It has the model, the names of its features and, if there are any, the item weights.
    stages, options
        As of `run`.
    """
    # Here and not above: as in `_make_files`.
    from cartelera.recommend.explanations import FeatureNames  # noqa: PLC0415
    from etl.features.neighbour_records import NeighbourRecords  # noqa: PLC0415
    from etl.features.neighbours import batches, find_neighbours  # noqa: PLC0415

    model = read_model(spool.files[MODEL].data)
    names = FeatureNames(spool.files[FEATURES].data)
    weights = None
    if ITEM_WEIGHTS in spool.files:
        weights = read_item_weights(spool.files[ITEM_WEIGHTS].data)
    with stages.stage("Finding the films beside each", model.films) as advance:
        records = NeighbourRecords(model, titles, names, weights)
        writer = FilmLinesWriter(NEIGHBOURS_FOLDER, options.blocks)
        search = find_neighbours(model, DEFAULT_N, options.workers, item_weights=weights)
        for films, found in zip(batches(model.films), search, strict=True):
            lines = [*records.of(films, found)]
            spool.add((path, _file(each)) for path, each in writer.add(lines))
            advance(len(films))
        spool.add((path, _file(each)) for path, each in writer.end())


def publish(  # noqa: PLR0913 (what is published, in place of what)
    store: ObjectStore,
    current: PointerState,
    manifest: Manifest,
    files: Mapping[str, SpooledFile],
    stages: Stages,
    *,
    compare: bool,
) -> None:
    """Upload a release, ask it the golden questions, and let it answer.

    Parameters
    ----------
    store
        Where releases lie.
    current
        The pointer to move. The release has its format.
    manifest, files
        Made by `make_manifest` of the same files.
    stages
        Show what is being done.
    compare
        Whether it must resemble the last release, too.

    Raises
    ------
    GoldenError
        When it does not answer as it should.
    PublishError
        As `run`.
    """

    def ask() -> None:
        release = open_release(store, manifest["release"], release_format=current.format)
        ask_golden_questions(release, _last(store, current, stages) if compare else None)

    publish_release(store, current, manifest, files, ask, stages)


class Checked(NamedTuple):
    """What the job would make of some raw files.

    Attributes
    ----------
    files
        By name, what each is taken for.
    data_set, rows
        As in `Manifest`.
    refusals
        Why the job would refuse them; empty if it would not.
    """

    files: dict[str, str]
    data_set: DataSetEntry
    rows: dict[str, RowCounts]
    refusals: list[str]


def check_raw(folder: Path, stages: Stages, options: Options = DEFAULT_OPTIONS) -> Checked:
    """Read raw files and judge their records as `run` does; publish nothing.

    Parameters
    ----------
    folder
        Where the raw files lie.
    stages
        Show how far it is.
    options
        How they are read and judged.

    Raises
    ------
    RawInputError
        When a raw file is missing or unusable.
    """
    raw = find_raw(folder, RAW_ROLES, options.encoding)
    data_set = describe_data_set(raw)
    sources = sources_of(raw, options.batch_rows)
    with Workers(options.workers) as workers:
        intake = Intake(stages, workers, options.batch_rows, tolerance=None)
        intake.judge(sources)
    refusals = []
    for source in sources:
        try:
            intake.ledger.close(source, options.tolerance)
        except JobError as error:
            refusals.append(str(error))
    data_set["notes"].extend(coverage_lines(raw, intake.ledger.rows))
    files = {file.name: f"{file.role.name} of {file.shape.data_set}" for file in raw.of_data_set}
    if raw.akas:
        files[raw.akas.name] = "IMDb's other titles, which only the job reads"
    for file in filter(None, (raw.ratings, raw.links)):
        files[file.name] = f"MovieLens' {file.role.name}, which only the job reads"
    return Checked(files, data_set, intake.ledger.rows, refusals)


def explore_raw(folder: Path, stages: Stages, options: Options = DEFAULT_OPTIONS) -> Report:
    """Return the report on raw files; publish nothing.

    Parameters
    ----------
    folder
        Where the raw files lie.
    stages
        Show how far it is.
    options
        Only `workers`, `tolerance` and `batch_rows` matter here.

    Raises
    ------
    RawInputError, ContractError
        As `run`.
    """
    raw = find_raw(folder, RAW_ROLES, options.encoding)
    data_set, sources = describe_data_set(raw), sources_of(raw, options.batch_rows)
    with in_memory(sources, stages, options) as (runner, ledger):
        ledger.files = raw.names
        from etl.engines.plan import run_steps  # noqa: PLC0415 (as in `_make_files`)
        from etl.features.model import FILM_COLUMNS, build_model  # noqa: PLC0415

        made = run_steps(runner, tuned().weights)
        runner.finish()
        facts = _explored(made.explored, ledger, data_set, stages)
        with stages.stage("Building the model"):
            features, _ = made.features()
            model = build_model(features, runner.frame(FILM_COLUMNS), tuned())
            facts = _with_model(facts, model, runner, options)
    return _draw(facts, stages)


def _with_model(facts: Facts, model: Model, runner: Runner[Any, Any], options: Options) -> Facts:
    """Return facts with what charts show of a model."""
    from etl.features.neighbours import sample_lists  # noqa: PLC0415 (as in `_make_files`)

    found = sample_lists(model, DEFAULT_N, options.workers, _SAMPLED_LISTS)
    films = runner.frame(["title", "release_year"])

    def name(row: int) -> str:
        return f"{films['title'].iloc[row]} ({films['release_year'].iloc[row]})"

    lists = min(_SAMPLED_LISTS, model.films)
    hubs = Hubs.of(found["others"].to_pylist(), lists, model.films, name)
    return facts._replace(charts={**facts.charts, "hubs": hubs}) if hubs else facts


def _draw(facts: Facts, stages: Stages) -> Report:
    # Here and not above: a release without a report does without what draws it.
    from etl.report.page import draw  # noqa: PLC0415

    with stages.stage("Drawing the report"):
        return draw(facts)


def _explored(
    explored: ReportSource, ledger: Ledger, data_set: DataSetEntry, stages: Stages
) -> Facts:
    with stages.stage("Exploring the catalogue"):
        # What is left out of IMDb's titles, or MovieLens' ratings, is that of all other films: tens
        # of millions.
        rows = {file: ledger.rows[file] for file in ledger.of_films}
        return explore(explored, rows, data_set, ledger.files)


def _published(
    runner: Runner[Any, Any], lists: FilmLists, spool: Spool, blocks: BlockSizes
) -> Iterator[pa.Table]:
    """Yield the catalogue piece by piece; leave the facts of its films in a spool meanwhile.

    In one pass, since on Spark each reads all films once more. Lists are given the pieces, too.
    """
    unpublished = pa.Table.from_pandas(runner.frame([*UNPUBLISHED_COLUMNS]), preserve_index=False)
    writer, start = FilmLinesWriter(FACTS_FOLDER, blocks), 0
    for piece in runner.catalogue():
        beside = unpublished.slice(start, len(piece))
        films = pa.table(
            [*piece.columns, *beside.columns], [*piece.column_names, *UNPUBLISHED_COLUMNS]
        )
        lists.add(films)
        for facts in film_facts(films):
            spool.add((path, _file(each)) for path, each in writer.add(facts))
        start += len(piece)
        yield annotate(CATALOG, piece)
    spool.add((path, _file(each)) for path, each in writer.end())


def _table_files(
    tables: Iterator[tuple[str, pa.Table]], others: dict[str, pa.Table], blocks: BlockSizes
) -> Iterator[tuple[str, ReleaseFile]]:
    """Yield the files of `others` by path, and of the look-up tables."""
    # Compressing needs no lock of Python's: one file is written while the next table is built.
    with ThreadPoolExecutor(1) as writer:
        writing: deque[tuple[str, Future[ReleaseFile]]] = deque()
        for path, table in chain(others.items(), split_into_blocks(tables, blocks)):
            writing.append((path, writer.submit(_file, annotate(path, table))))
            # They are large: no more than these two at a time.
            del table
            while len(writing) > 1:
                before, file = writing.popleft()
                yield before, file.result()
        for path, file in writing:
            yield path, file.result()


def _file(contents: pa.Table | ReleaseFile) -> ReleaseFile:
    return contents if isinstance(contents, ReleaseFile) else table_file(contents)


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
    named = (each.release for each in read_pointers(store) if each.release)
    headers = filter(None, (read_header(store, release) for release in named))
    last = max(headers, key=lambda header: header["created_at"], default=None)
    if last:
        stages.note(
            f"the first release of format {current.format}: compared with release "
            f"{last['release']}, of format {last['format']}, by how many films there are, and by "
            "no more"
        )
    return last
