"""`python -m infra.stack`: commands on a stack that `sam deploy` has left."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, override

import click
from rich.console import Console

from etl.errors import JobError
from etl.progress import Stages
from infra.stack.deployed import StackError, explained, find_stack
from infra.stack.destruction import (
    Contents,
    delete_bucket,
    delete_stack,
    empty_bucket,
    find_bucket,
    look_into,
)
from infra.stack.publishing import Job, read_batch, run_here, upload
from infra.stack.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boto3 import Session

    from infra.stack.deployed import Stack
    from infra.stack.settings import Polling


class _RawFolder(click.ParamType[Path, str]):
    """The folder of the raw files, which nobody names for the user."""

    name = "folder"
    _UNNAMED = "Name the folder of the raw files: nothing else is ever published."

    @override
    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str:
        return self._UNNAMED

    @override
    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        # A variable that a shell has not set; as a path it would be the current folder.
        if not value:
            self.fail(self._UNNAMED, param, ctx)
        return Path(value)


_stack = click.argument("name", metavar="STACK")
_pass_settings = click.make_pass_decorator(Settings, ensure=True)


@click.group()
def main() -> None:
    """Publish on a deployed stack, or take it down.

    Account, credentials and region are those of the AWS CLI: a profile (AWS_PROFILE), or the
    AWS_… variables.
    """


@main.command()
@_stack
@click.option(
    "--raw",
    type=_RawFolder(),
    required=True,
    help="Folder with the raw films, credits and, if there are any, keywords. A stack is published "
    "to only from raw files that are named.",
)
@click.option(
    "--wait/--no-wait",
    default=True,
    show_default=True,
    help="Wait until the stack's job has published, and say what; or only start it.",
)
@click.option(
    "--here",
    is_flag=True,
    help="Run this version's job here, and not the stack's. So the release of another format is "
    "there before the functions that read it are deployed.",
)
@_pass_settings
def publish(settings: Settings, name: str, raw: Path, *, wait: bool, here: bool) -> None:
    """Upload raw films to STACK, whose job publishes them as a release.

    A stack without a job, because it was deployed without an image of it, is published to from
    here.
    """
    with _explained():
        session = settings.open_session()
        stack = find_stack(session, name)
        if "StateMachineArn" in stack.outputs and not here:
            _publish_there(session, stack, raw, settings.job_start, wait=wait)
        else:
            _publish_from_here(session, stack, raw, settings.job_options)


@main.command()
@_stack
@click.option("--yes", is_flag=True, help="Do not ask.")
@_pass_settings
def destroy(settings: Settings, name: str, *, yes: bool) -> None:
    """Delete STACK and everything in it, its bucket included."""
    with _explained():
        session = settings.open_session()
        cloudformation, s3 = session.client("cloudformation"), session.client("s3")
        stack = find_stack(session, name)
        bucket = find_bucket(cloudformation, stack)
        contents = look_into(s3, bucket) if bucket else Contents(0, 0)
        click.echo(
            f"This deletes for good:\n"
            f"  the stack {stack.id} ({stack.status}), with the job's images"
        )
        if bucket:
            click.echo(
                f"  the bucket {bucket}: {contents.versions:,} versions of raw files and "
                f"releases, {contents.size / 1e6:,.1f} MB"
            )
        if not yes and click.prompt("To go on, type the stack's name") != name:
            raise click.ClickException("that is another name: nothing was deleted")
        stages = _stages()
        if bucket:
            with stages.stage("Emptying the bucket", contents.versions) as advance:
                empty_bucket(s3, bucket, advance)
        with stages.stage("Deleting the stack"):
            delete_stack(cloudformation, stack, settings.deletion)
        if bucket:
            with stages.stage("Deleting the bucket"):
                delete_bucket(s3, bucket)
    click.echo(f"{name} is gone")


def _publish_there(
    session: Session, stack: Stack, raw: Path, job_start: Polling, *, wait: bool
) -> None:
    stages = _stages()
    batch = read_batch(raw, datetime.now(UTC))
    came = upload(session.client("s3"), stack.output("Bucket"), batch, stages)
    machine = stack.output("StateMachineArn")
    click.echo(f"Batch {batch.id} is uploaded: the job starts by itself")
    if not wait:
        click.echo(
            f"To see its runs: aws stepfunctions list-executions --state-machine-arn {machine}"
        )
        return
    click.echo("Ctrl-C ends the waiting, not the job")
    job = Job(session.client("stepfunctions"), machine, job_start)
    published = job.wait(batch.id, came, stages)
    click.echo(f"{published['films']:,} films in release {published['release']}")
    _say_where(stack)


def _publish_from_here(
    session: Session, stack: Stack, raw: Path, job_options: Sequence[str]
) -> None:
    if "StateMachineArn" in stack.outputs:
        click.echo("The job of this version is running here")
    else:
        click.echo(
            f"{stack.name} has no job, since it was deployed without an image of it: running here"
        )
    exit_code = run_here(session, raw, f"s3://{stack.output('Bucket')}", job_options)
    if exit_code:
        sys.exit(exit_code)
    _say_where(stack)


def _say_where(stack: Stack) -> None:
    click.echo(f"It answers within a minute. Try it: {stack.output('Example')}")


def _stages() -> Stages:
    return Stages(Console(stderr=True, highlight=False, emoji=False))


@contextmanager
def _explained() -> Iterator[None]:
    """Let what stops a command be its last line."""
    try:
        with explained():
            yield
    except (StackError, JobError) as error:
        raise click.ClickException(str(error)) from error
