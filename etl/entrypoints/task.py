"""The job as a task: it leaves what came of it where whoever started it can read it.

A scheduler hears of a task that it has ended, and with which exit code. The state machine needs
more: what was published, or which error it was and why, as Lambda would have told it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypedDict

from etl.entrypoints.lambda_handler import Published, publish_batch
from etl.errors import RawInputError
from etl.release.publish import open_place, overwrite

if TYPE_CHECKING:
    from etl.engines.job import Options
    from etl.entrypoints.lambda_handler import Job


class Failed(TypedDict):
    """Why nothing was published: the error's class, and its message."""

    error: str
    reason: str


class Result(TypedDict, total=False):
    """What came of a task: one of the two."""

    published: Published
    failed: Failed


def run_task(event: str, result: str, options: Options, run_job: Job) -> None:
    """Publish the batch that `event`, JSON, names; write the `Result` to the place `result`.

    See `publish_batch` for `run_job`.

    Raises
    ------
    JobError
        As `publish_batch`, once that has been written; a `PublishError` when it could not be.
    """
    folder, _, name = result.rpartition("/")
    # Before the work: a place that is none would be noticed only after it.
    store = open_place(folder)

    def write(came_of_it: Result) -> None:
        overwrite(store, name, json.dumps(came_of_it, ensure_ascii=False).encode())

    try:
        published = publish_batch(_parse(event), options, run_job)
    # Whatever it is: Lambda would tell of it as well.
    except Exception as error:
        write({"failed": {"error": type(error).__name__, "reason": str(error)}})
        raise
    write({"published": published})


def _parse(event: str) -> object:
    try:
        return json.loads(event)
    except json.JSONDecodeError as error:
        raise RawInputError(f"the event is no JSON: {error}") from error
