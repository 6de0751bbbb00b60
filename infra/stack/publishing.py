"""Publishing on a deployed stack: raw files go to its bucket, and its job makes a release of them.

A stack that was deployed without the job's image has no job. It runs here then, and publishes to
the stack's bucket.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypedDict

from botocore.exceptions import NoCredentialsError

from etl.extract.raw_files import describe, find_raw
from infra.stack.deployed import StackError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boto3 import Session
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

    from etl.progress import Stages
    from infra.stack.settings import Polling

_HASH_LENGTH = 8


class Published(TypedDict):
    """What the job says of a release that it has published, among other things."""

    release: str
    films: int


@dataclass(frozen=True, slots=True)
class Batch:
    """Raw files that belong together, in the order in which they are to be uploaded."""

    id: str
    files: tuple[Path, ...]


def read_batch(folder: Path, now: datetime) -> Batch:
    """Find the raw files of a folder; the batch is called after `now`, in UTC, and their contents.

    Raises
    ------
    RawInputError
        When the folder, the films or the credits are not there.
    """
    raw = find_raw(folder)
    # The job starts when both films and credits are there: the keywords, which a batch may lack,
    # have to be there by then, and the films, without which there is nothing, come last.
    files = [file for file in (raw.keywords, raw.credits, raw.movies) if file]
    hashes = "".join(describe(file)["sha256"] for file in files)
    contents = hashlib.sha256(hashes.encode()).hexdigest()[:_HASH_LENGTH]
    return Batch(
        f"{now.astimezone(UTC):%Y%m%dT%H%M%SZ}-{contents}", tuple(file.path for file in files)
    )


def upload(s3: S3Client, bucket: str, batch: Batch, stages: Stages) -> datetime:
    """Upload a batch; return when, by S3's own clock, its last file came."""
    for file in batch.files:
        with stages.stage(f"Uploading {file.name}", file.stat().st_size) as advance:
            s3.upload_file(str(file), bucket, _key(batch, file), Callback=advance)
    return s3.head_object(Bucket=bucket, Key=_key(batch, batch.files[-1]))["LastModified"]


class Job:
    """A stack's job: the state machine that makes a release of each batch."""

    def __init__(self, client: SFNClient, state_machine: str, polling: Polling) -> None:
        """Look at a job.

        Parameters
        ----------
        client
            A client of the stack's account and region.
        state_machine
            The ARN of its state machine.
        polling
            How its start is waited for; its end is waited for with the same delay, for as long as
            it takes.
        """
        self._client = client
        self._state_machine = state_machine
        self._polling = polling

    def wait(self, batch: str, since: datetime, stages: Stages) -> Published:
        """Wait until a batch is published.

        Parameters
        ----------
        batch
            Its id.
        since
            When its last file came, by S3's clock.
        stages
            Shows what is waited for.

        Raises
        ------
        StackError
            When the job does not start in time, or fails.
        """
        with stages.stage("Waiting for the job to start"):
            execution = self._await_start(batch, since)
        with stages.stage("The job is running"):
            ended = self._client.describe_execution(executionArn=execution)
            while ended["status"] == "RUNNING":
                time.sleep(self._polling.delay_seconds)
                ended = self._client.describe_execution(executionArn=execution)
        if ended["status"] != "SUCCEEDED":
            raise StackError(
                f"batch {batch} was not published: {_reason(ended)}\n"
                f"What answered before goes on answering. All of the run: {execution}"
            )
        published: Published = json.loads(ended["output"])
        return published

    def _await_start(self, batch: str, since: datetime) -> str:
        """Return the execution that works on a batch, once there is one."""
        others: set[str] = set()
        for _ in range(self._polling.max_attempts):
            listed = self._client.list_executions(stateMachineArn=self._state_machine)
            for execution in listed["executions"]:
                arn = execution["executionArn"]
                if execution["startDate"] < since or arn in others:
                    continue
                given = self._client.describe_execution(executionArn=arn)["input"]
                if json.loads(given).get("batch") == batch:
                    return arn
                others.add(arn)
            time.sleep(self._polling.delay_seconds)
        waited = self._polling.max_attempts * self._polling.delay_seconds
        raise StackError(
            f"the files of batch {batch} are there, and no job has started within {waited:.0f} "
            "seconds: has the intake state machine failed, which starts "
            f"{self._state_machine} when files come, and does the bucket still tell EventBridge of "
            "its objects?"
        )


def run_here(session: Session, folder: Path, releases: str, options: Sequence[str] = ()) -> int:
    """Run the job in a process of its own, and return its exit code.

    Parameters
    ----------
    session : Session
        Whose credentials and region the job has.
    folder : Path
        Where the raw files lie.
    releases : str
        The place that it publishes at.
    options : Sequence of str
        Further options of the command.

    Raises
    ------
    NoCredentialsError
        When the session has none.
    """
    credentials = session.get_credentials()
    if credentials is None:
        raise NoCredentialsError
    # The job knows credentials from the environment alone: no profiles, and no single sign-on.
    known = credentials.get_frozen_credentials()
    environment = {
        "AWS_ACCESS_KEY_ID": known.access_key,
        "AWS_SECRET_ACCESS_KEY": known.secret_key,
        "AWS_SESSION_TOKEN": known.token,
        "AWS_REGION": session.region_name,
    }
    command = [sys.executable, "-m", "etl", "--raw", str(folder), "--releases", releases]
    command += options
    done = subprocess.run(  # noqa: S603 (the command is ours)
        command,
        env={key: value for key, value in (os.environ | environment).items() if value},
        check=False,
    )
    return done.returncode


def _key(batch: Batch, file: Path) -> str:
    return f"raw/{batch.id}/{file.name}"


def _reason(ended: DescribeExecutionOutputTypeDef) -> str:
    # An execution that was stopped or took too long may say nothing.
    return f"{ended.get('error', ended['status'])}: {ended.get('cause', 'no reason was given')}"
