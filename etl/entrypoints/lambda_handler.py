"""The job as others call it: a batch of raw files in, a published release out.

Lambda calls `handler`; a machine that runs the image as a task, for batches too large for Lambda,
`python -m etl batch`, which does the same (see `etl.entrypoints.task`).

Afterwards it removes old releases, so that one can go back to the last few and storage does not
grow without end.

The state machine calls it with where the files lie and where releases do. What it raises are
the job's own errors: the state machine tells by their class what is worth another try.
"""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING, Annotated, TypedDict

import msgspec
from aws_lambda_powertools import Logger

from etl.engines.job import Options, Outcome, give_back_memory, run
from etl.errors import PublishError, RawInputError
from etl.extract.download import raw_folder, remove_left_behind
from etl.progress import LoggedStages
from etl.release.publish import open_place
from etl.release.releases import prune

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from aws_lambda_powertools.utilities.typing import LambdaContext
    from obstore.store import ObjectStore

    from etl.progress import Stages

    type Job = Callable[[Path, ObjectStore, Stages, Options], Outcome]

# Lambda has no semaphores for processes to share.
_OPTIONS = Options(workers=1)
# How many releases to leave there, the new one among them.
KEPT_RELEASES = 5
_EXAMPLE = (
    '{"batch": "2026-01", "raw": "s3://bucket/raw/2026-01/", "releases": "s3://bucket/prefix"}'
)

logger = Logger()

type _Text = Annotated[str, msgspec.Meta(min_length=1)]


class Batch(msgspec.Struct, frozen=True):
    """What the function is called with.

    Attributes
    ----------
    batch : str
        What the batch is called, in logs and in the answer.
    raw : str
        Where its raw files lie: `s3://bucket/prefix` or a folder.
    releases : str
        Where releases lie: `s3://bucket/prefix` or `file:///folder`.
    """

    batch: _Text
    raw: _Text
    releases: _Text


class Rows(TypedDict):
    """What became of one raw file's records: `read` = `kept` + `set_aside`."""

    read: int
    kept: int
    set_aside: int


class Published(TypedDict):
    """What the function answers: the release, its films, and the raw files' records by name."""

    batch: str
    release: str
    films: int
    rows: dict[str, Rows]
    seconds: float


class JobHandler:
    """The Lambda handler: publishes the batch that an event names.

    Parameters
    ----------
    options : Options
        How the job is run.
    run_job : callable
        `etl.engines.job.run`, or what does the same.
    keep : int
        How many releases to leave there, the new one among them.
    temporary : Path or None
        Where raw files are downloaded, and what killed runs have left there is removed; by
        default the system's folder for temporary files, which on Lambda is the function's own.
    """

    def __init__(
        self,
        options: Options = _OPTIONS,
        run_job: Job = run,
        *,
        keep: int = KEPT_RELEASES,
        temporary: Path | None = None,
    ) -> None:
        self._options = options
        self._run_job = run_job
        self._keep = keep
        self._temporary = temporary
        self._handle = logger.inject_lambda_context(self._publish, clear_state=True)

    def __call__(self, event: object, context: LambdaContext) -> Published:
        """Publish a batch, and return what was published; see `publish_batch`."""
        published: Published = self._handle(event, context)
        return published

    def _publish(self, event: object, context: LambdaContext) -> Published:  # noqa: ARG002 (Lambda's shape)
        # Give back the memory and the disk of a run that raised, or that Lambda has killed.
        gc.collect()
        give_back_memory()
        remove_left_behind(self._temporary)
        return publish_batch(
            event, self._options, self._run_job, keep=self._keep, temporary=self._temporary
        )


handler = JobHandler()


def publish_batch(
    event: object,
    options: Options,
    run_job: Job,
    *,
    keep: int = KEPT_RELEASES,
    temporary: Path | None = None,
) -> Published:
    """Publish the batch that an event names, remove old releases, and return what was published.

    Parameters
    ----------
    event : object
        What a `Batch` is read from.
    options : Options
        How the job is run.
    run_job : callable
        `etl.engines.job.run`, or what does the same.
    keep : int
        How many releases to leave there, the new one among them.
    temporary : Path or None
        Where raw files are downloaded; see `raw_folder`.

    Raises
    ------
    JobError
        Whichever stopped the job; a `RawInputError` also when the event is not usable.
    """
    stages = LoggedStages(logger)
    try:
        batch = _read(event)
        logger.append_keys(batch=batch.batch)
        store = open_place(batch.releases)
        with raw_folder(batch.raw, stages, temporary) as folder:
            outcome = run_job(folder, store, stages, options)
    except Exception as error:
        logger.exception("Nothing published", reason=str(error))
        raise
    published = _published(batch, outcome)
    logger.info("Published", **published)
    _remove_old_releases(store, keep)
    return published


def _remove_old_releases(store: ObjectStore, keep: int) -> None:
    try:
        gone = prune(store, keep)
    except PublishError as error:
        # What was to be published is, and the next batch removes what this one could not.
        logger.exception("Old releases are still there", reason=str(error))
    else:
        logger.info("Removed old releases", releases=[release.id for release in gone])


def _read(event: object) -> Batch:
    try:
        return msgspec.convert(event, Batch)
    except msgspec.ValidationError as error:
        raise RawInputError(
            f"the event does not name a batch: {error}. Call the function with {_EXAMPLE}"
        ) from error


def _published(batch: Batch, outcome: Outcome) -> Published:
    manifest = outcome.manifest
    return {
        "batch": batch.batch,
        "release": manifest["release"],
        "films": manifest["films"],
        "rows": {
            file: {
                "read": counts["read"],
                "kept": counts["kept"],
                "set_aside": sum(counts["set_aside"].values()),
            }
            for file, counts in manifest["rows"].items()
        },
        "seconds": round(outcome.seconds, 3),
    }
