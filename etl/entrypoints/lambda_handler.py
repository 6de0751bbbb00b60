"""The job as a Lambda function: a batch of raw files in, a published release out.

Batches too large for Lambda are run by the image as a task: see `etl.entrypoints.commands.batch`.

Each batch ends with the removal of old releases, so that storage does not grow without end and
one can still roll back to the last few. The state machine decides by the class of an error
whether it is worth another try.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
from aws_lambda_powertools import Logger
from obstore.store import ObjectStore

from etl.engines.job import Outcome, run
from etl.engines.memory import give_back_memory
from etl.engines.options import Options
from etl.errors import PublishError, RawInputError, memory_bounded
from etl.extract.download import raw_folder, remove_leftovers, survey_batch
from etl.progress import LoggedStages, Stages
from etl.release.listing import prune
from etl.release.storage import open_storage

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

# The answer: the batch, the release, its films, the raw files' records by name, the seconds.
type Published = dict[str, Any]
type Job = Callable[[Path, ObjectStore, Stages, Options], Outcome]

# Lambda has no semaphores for processes to share.
_OPTIONS = Options(workers=1)
KEPT_RELEASES = 5

logger = Logger()

type _Text = Annotated[str, msgspec.Meta(min_length=1)]


class _Batch(msgspec.Struct, frozen=True):
    """The event: the batch's name in logs, and where its raw files and the releases lie.

    With `survey` only what of the batch would be read is said, for those who start the job.
    """

    batch: _Text
    raw: _Text
    releases: _Text
    survey: bool = False


@dataclass(frozen=True, slots=True)
class JobHandler:
    """The Lambda handler: publishes the batch that an event names.

    Of the releases `keep` stay, the new one among them. `temporary` is where raw files are
    downloaded, and removed if a killed run has left them; by default the system's folder for
    temporary files, which on Lambda belongs to the function.
    """

    options: Options = _OPTIONS
    run_job: Job = run
    keep: int = KEPT_RELEASES
    temporary: Path | None = None

    def __call__(self, event: object, context: LambdaContext) -> Published:
        """Publish a batch; see `publish`."""
        handle: Callable[..., Published] = logger.inject_lambda_context(
            self._handle, clear_state=True
        )
        return handle(event, context)

    def _handle(self, event: object, _: LambdaContext) -> Published:
        # Give back the memory and the disk of a run that failed, or that Lambda has killed.
        gc.collect()
        give_back_memory()
        remove_leftovers(self.temporary)
        return self.publish(event)

    def publish(self, event: object) -> Published:
        """Publish the batch that an event names, and remove old releases; or survey it.

        An event that names none is a `RawInputError`.
        """
        stages = LoggedStages(logger)
        try:
            batch = _read(event)
            logger.append_keys(batch=batch.batch)
            if batch.survey:
                return {**survey_batch(batch.raw)}
            store = open_storage(batch.releases)
            with memory_bounded(), raw_folder(batch.raw, stages, self.temporary) as folder:
                outcome = self.run_job(folder, store, stages, self.options)
        except Exception as error:
            logger.exception("Nothing published", reason=str(error))
            raise
        published = _published(batch.batch, outcome)
        logger.info("Published", **published)
        try:
            removed = [release.id for release in prune(store, self.keep)]
        except PublishError as error:
            # The release is published, and the next batch removes what this one could not.
            logger.exception("Old releases are still there", reason=str(error))
        else:
            logger.info("Removed old releases", releases=removed)
        return published


handler = JobHandler()


def _read(event: object) -> _Batch:
    try:
        return msgspec.convert(event, _Batch)
    except msgspec.ValidationError as error:
        raise RawInputError(
            f"the event does not name a batch: {error}. Call the function with "
            '{"batch": "2026-01", "raw": "s3://bucket/raw/2026-01/", "releases": "s3://bucket/prefix"}'
        ) from error


def _published(batch: str, outcome: Outcome) -> Published:
    manifest = outcome.manifest
    return {
        "batch": batch,
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
