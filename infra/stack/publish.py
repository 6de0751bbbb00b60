"""Publishing on a deployed stack: raw files go to its bucket, its job makes a release of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from botocore.exceptions import NoCredentialsError

from etl.extract.raw_files import find_raw
from infra.stack.session import Settings, open_session, pass_settings, stages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boto3 import Session
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient

# The batch's own execution is among the newest; other batches may have started a few since.
_NEWEST_EXECUTIONS = 10


@click.command()
@click.argument("name", metavar="STACK")
@click.option(
    "--raw",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Folder with the raw films, credits and, optionally, keywords.",
)
@click.option(
    "--here",
    is_flag=True,
    help="Run this version's job on this machine instead of the stack's. The release of a new "
    "format must be there before the functions that read it are deployed.",
)
@pass_settings
def publish(settings: Settings, name: str, raw: Path, *, here: bool) -> None:
    """Upload raw films to STACK, whose job publishes them as a release.

    A stack that was deployed without the job's image has no job: it runs on this machine.
    """
    with open_session(settings) as session:
        stack = session.resource("cloudformation").Stack(name)
        outputs = {each["OutputKey"]: each["OutputValue"] for each in stack.outputs or []}
        if "Bucket" not in outputs:
            raise click.ClickException(
                f"stack {name} ({stack.stack_status}) has no output Bucket: is it deployed, and "
                "from this template?"
            )
        bucket, machine = outputs["Bucket"], outputs.get("StateMachineArn")
        if machine and not here:
            batch = _upload(session.client("s3"), bucket, raw)
            click.echo(f"Batch {batch} is uploaded: the job starts by itself")
            click.echo("Ctrl-C ends the waiting, not the job")
            result = _wait_for_job(session.client("stepfunctions"), machine, batch, settings)
            click.echo(f"{result['films']:,} films in release {result['release']}")
        else:
            why = "as --here says" if machine else f"{name} was deployed without an image of it"
            click.echo(f"The job is running on this machine: {why}")
            exit_code = _run_job_here(session, raw, f"s3://{bucket}", settings.job_options)
            if exit_code:
                sys.exit(exit_code)
        click.echo(f"It answers within a minute. Try it: {outputs['Example']}")


def _upload(s3: S3Client, bucket: str, folder: Path) -> str:
    """Upload a folder's raw files as a new batch, and return its id."""
    raw = find_raw(folder)
    batch = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}-{uuid.uuid4().hex[:8]}"
    progress = stages()
    # The job starts when both films and credits are there. The keywords, which a batch may lack,
    # have to be there by then; the films, without which there is nothing, come last.
    for path in dict.fromkeys(file.path for file in reversed(raw.files)):
        with progress.stage(f"Uploading {path.name}", path.stat().st_size) as advance:
            s3.upload_file(str(path), bucket, f"raw/{batch}/{path.name}", Callback=advance)
    return batch


def _wait_for_job(
    client: SFNClient, state_machine: str, batch: str, settings: Settings
) -> dict[str, Any]:
    """Wait until the stack's job has published a batch, and return its result."""
    progress = stages()
    with progress.stage("Waiting for the job to start"):
        deadline = time.monotonic() + settings.start_seconds
        while not (execution := _find_execution(client, state_machine, batch)):
            if time.monotonic() > deadline:
                raise click.ClickException(
                    f"batch {batch} is uploaded, but no job has started within "
                    f"{settings.start_seconds:.0f} seconds: look at the executions of the intake "
                    f"state machine, which starts {state_machine} when EventBridge reports files"
                )
            time.sleep(settings.poll_seconds)
    with progress.stage("The job is running"):
        while (run := client.describe_execution(executionArn=execution))["status"] == "RUNNING":
            time.sleep(settings.poll_seconds)
    if run["status"] != "SUCCEEDED":
        # An execution that was stopped or timed out may have neither error nor cause.
        reason = f"{run.get('error', run['status'])}: {run.get('cause', 'no reason was given')}"
        raise click.ClickException(
            f"batch {batch} was not published: {reason}\n"
            f"The release before it still answers. The whole execution: {execution}"
        )
    result: dict[str, Any] = json.loads(run["output"])
    return result


def _find_execution(client: SFNClient, state_machine: str, batch: str) -> str | None:
    listed = client.list_executions(stateMachineArn=state_machine, maxResults=_NEWEST_EXECUTIONS)
    for execution in listed["executions"]:
        arn = execution["executionArn"]
        event = json.loads(client.describe_execution(executionArn=arn)["input"])
        if event.get("batch") == batch:
            return arn
    return None


def _run_job_here(session: Session, folder: Path, releases: str, options: Sequence[str]) -> int:
    """Run the job as a process with the session's credentials, and return its exit code."""
    credentials = session.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    # The job reads credentials from the environment alone: no profiles, and no single sign-on.
    keys = credentials.get_frozen_credentials()
    variables = {
        "AWS_ACCESS_KEY_ID": keys.access_key,
        "AWS_SECRET_ACCESS_KEY": keys.secret_key,
        "AWS_SESSION_TOKEN": keys.token,
        "AWS_REGION": session.region_name,
    }
    done = subprocess.run(  # noqa: S603 (the command is ours)
        [sys.executable, "-m", "etl", "--raw", str(folder), "--releases", releases, *options],
        env={name: value for name, value in (os.environ | variables).items() if value},
        check=False,
    )
    return done.returncode
