"""`python -m etl batch`: the job as a task, which leaves its outcome where its starter reads it.

A scheduler learns of a task that it has ended, and its exit code. The state machine needs more:
what was published, or the error's class and its message, as Lambda would have answered.
"""

from __future__ import annotations

import json

import click

from etl.engines.options import Options
from etl.entrypoints import options
from etl.entrypoints.commands.run import select_job
from etl.entrypoints.lambda_handler import Job, JobHandler
from etl.errors import RawInputError
from etl.release.storage import open_storage, write_object


@click.command()
@click.argument("event")
@click.option(
    "--result",
    required=True,
    help="Where to write the outcome, as JSON: s3://bucket/key or file:///path.",
)
@options.workers()
@options.engine
def batch(event: str, result: str, workers: int, engine: str, work: str | None) -> None:
    """Publish the batch that EVENT names, as the Lambda function does when called with it.

    For machines that run the image where nobody reads what a command prints.
    """
    run_task(event, result, Options(workers), select_job(engine, work))


def run_task(event: str, result: str, settings: Options, run_job: Job) -> None:
    """Publish a batch, and write the outcome as JSON: `published`, or `failed`.

    Parameters
    ----------
    event
        JSON that names the batch.
    result
        Where to write to.
    settings, run_job
        As for `JobHandler`.
    """
    folder, _, name = result.rpartition("/")
    # Before the work: a place that does not exist would be noticed only after it.
    store = open_storage(folder)

    def write(**outcome: object) -> None:
        write_object(store, name, json.dumps(outcome, ensure_ascii=False).encode())

    try:
        published = JobHandler(settings, run_job).publish(_parse(event))
    # Whatever it is: Lambda would report it as well.
    except Exception as error:
        write(failed={"error": type(error).__name__, "reason": str(error)})
        raise
    write(published=published)


def _parse(event: str) -> object:
    try:
        return json.loads(event)
    except json.JSONDecodeError as error:
        raise RawInputError(f"the event is no JSON: {error}") from error
