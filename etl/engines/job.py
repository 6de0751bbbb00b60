"""The whole job: raw files in, a published release out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cartelera.contract.release_format import ITEM_WEIGHTS
from cartelera.recommend.model_file import dump_item_weights
from etl.clean.schemas import RAW_ROLES
from etl.engines.data_set import coverage_lines, describe_data_set
from etl.engines.intake import sources_of, take_in_akas, take_in_ratings
from etl.engines.memory import collecting_rarely, give_back_memory
from etl.engines.options import DEFAULT_OPTIONS, MOST_LISTS, Options
from etl.engines.release_files import Origin, make_files
from etl.engines.runners.local import in_memory
from etl.errors import UnsoundError
from etl.extract.raw_files import describe, find_raw
from etl.release.files import Spool
from etl.release.golden import ask_golden_questions
from etl.release.listing import read_header
from etl.release.pointers import read_current, read_pointers
from etl.release.publish import make_manifest, publish_release
from etl.release.storage import place_of
from etl.release.verification import open_release
from etl.tables.film_names import NO_AKAS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from obstore.store import ObjectStore

    from cartelera.contract.release_format import Header, Manifest, RatingsEntry
    from etl.engines.intake import Source
    from etl.engines.runners.runner import TakenIn
    from etl.engines.runners.workers import Workers
    from etl.extract.ratings import Ratings
    from etl.progress import Stages
    from etl.release.files import SpooledFile
    from etl.release.pointers import PointerState
    from etl.release.verification import Begin, VerifiedRelease

    # Takes sources in; what it gives serves until its `with` block ends.
    type Engine = Callable[[Sequence[Source], Stages, Options], AbstractContextManager[TakenIn]]


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
        with engine(sources, stages, options) as taken:
            runner, ledger, workers = taken
            akas = NO_AKAS
            if raw.akas:
                imdb_ids = runner.frame(["imdb_id"])["imdb_id"]
                akas = take_in_akas(raw.akas, imdb_ids, ledger, stages, options)
            ids = runner.frame(["id", "imdb_id"])
            ratings = take_in_ratings(raw, ids, ledger, stages, options)
            make_files(taken, Origin(raw, data_set, akas), spool, stages, options)
            films = runner.films
            # Both hold all films.
            del taken, runner
            give_back_memory()
            rated = None
            if ratings:
                rated = _add_item_weights(ratings, films, spool, stages)
                del ratings
                give_back_memory()
            if options.neighbours and films <= MOST_LISTS:
                _add_neighbours(spool, workers, stages, options)
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
            # A single process checks files in several threads instead.
            begin = workers.begin if options.workers > 1 and place_of(store) else None
            publish(
                store,
                current,
                manifest,
                spool.files,
                stages,
                compare=options.compare,
                begin=begin,
            )
        return Outcome(manifest, stages.seconds)


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


def _add_neighbours(spool: Spool, workers: Workers, stages: Stages, options: Options) -> None:
    """Leave the films beside each in a spool; see `make_neighbours`."""
    # Here and not above: most of what the job does is done without SciPy's linear algebra.
    from etl.engines.neighbour_files import make_neighbours  # noqa: PLC0415

    make_neighbours(spool, workers, stages, options)


def publish(  # noqa: PLR0913 (what is published, in place of what)
    store: ObjectStore,
    current: PointerState,
    manifest: Manifest,
    files: Mapping[str, SpooledFile],
    stages: Stages,
    *,
    compare: bool,
    begin: Begin | None = None,
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
    begin
        As `open_release` takes it.

    Raises
    ------
    GoldenError
        When it does not answer as it should.
    PublishError
        As `run`.
    """

    def ask() -> None:
        release = open_release(
            store, manifest["release"], release_format=current.format, begin=begin
        )
        last = _last(store, current, stages, begin) if compare else None
        ask_golden_questions(release, last)

    publish_release(store, current, manifest, files, ask, stages)


def _last(
    store: ObjectStore, current: PointerState, stages: Stages, begin: Begin | None
) -> VerifiedRelease | Header | None:
    """Open the release that answers now; one that cannot be opened is there to be replaced.

    Where none of its format has answered yet, say what is known of the last one of another.
    """
    if current.release:
        try:
            return open_release(store, current.release, release_format=current.format, begin=begin)
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
