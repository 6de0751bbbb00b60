"""`python -m etl batch`: the job as a task, which leaves its outcome where its starter reads it.

A scheduler learns of a task that it has ended, and its exit code. The state machine needs more:
what was published, or the error's class and its message, as Lambda would have answered.
"""

from __future__ import annotations

import json
from typing import TypedDict

import click

from etl.engines.job import Options
from etl.entrypoints.lambda_handler import Job, JobHandler, Published
from etl.entrypoints.options import engine_options, workers_option
from etl.entrypoints.run import select_job
from etl.errors import RawInputError
from etl.release.publish import open_place, overwrite


class Failed(TypedDict):
    """Why nothing was published: the error's class, and its message."""

    error: str
    reason: str


class Result(TypedDict, total=False):
    """The outcome of a task: one of the two."""

    published: Published
    failed: Failed


@click.command()
@click.argument("event")
@click.option(
    "--result",
    required=True,
    help="Where to write the outcome, as JSON: s3://bucket/key or file:///path.",
)
@workers_option()
@engine_options
def batch(event: str, result: str, workers: int, engine: str, work: str | None) -> None:
    """Publish the batch that EVENT names, as the Lambda function does when called with it.

    For machines that run the image where nobody reads what a command prints.
    """
    run_task(event, result, Options(workers), select_job(engine, work))


def run_task(event: str, result: str, options: Options, run_job: Job) -> None:
    """Publish a batch, and write the `Result` as JSON.

    Parameters
    ----------
    event : str
        JSON that names the batch.
    result : str
        Where to write to: `s3://bucket/key` or `file:///path`.
    options, run_job
        As for `JobHandler`.

    Raises
    ------
    JobError
        As `JobHandler.publish`, once the result has been written; a `PublishError` when it
        could not be.
    """
    folder, _, name = result.rpartition("/")
    # Before the work: a place that does not exist would be noticed only after it.
    store = open_place(folder)

    def write(outcome: Result) -> None:
        overwrite(store, name, json.dumps(outcome, ensure_ascii=False).encode())

    try:
        published = JobHandler(options, run_job).publish(_parse(event))
    # Whatever it is: Lambda would report it as well.
    except Exception as error:
        write({"failed": {"error": type(error).__name__, "reason": str(error)}})
        raise
    write({"published": published})


def _parse(event: str) -> object:
    try:
        return json.loads(event)
    except json.JSONDecodeError as error:
        raise RawInputError(f"the event is no JSON: {error}") from error
