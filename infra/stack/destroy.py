"""Deleting a stack with its bucket.

`sam delete` would leave the bucket: the template retains it, so that no update of the stack can
delete the releases, and S3 deletes no bucket that still holds a version or a delete marker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from botocore.exceptions import WaiterError

from infra.stack.session import Settings, open_session, pass_settings, stages

if TYPE_CHECKING:
    from mypy_boto3_cloudformation.service_resource import Stack
    from mypy_boto3_s3 import S3ServiceResource
    from mypy_boto3_s3.service_resource import Bucket

# Its logical id in the template.
_BUCKET = "ReleasesBucket"


@click.command()
@click.argument("name", metavar="STACK")
@click.option("--yes", is_flag=True, help="Do not ask.")
@pass_settings
def destroy(settings: Settings, name: str, *, yes: bool) -> None:
    """Delete STACK and everything in it, its bucket included."""
    with open_session(settings) as session:
        stack = session.resource("cloudformation").Stack(name)
        bucket = _find_bucket(session.resource("s3"), stack)
        click.echo(
            "This deletes for good:\n"
            f"  the stack {stack.stack_id} ({stack.stack_status}), with the job's images"
        )
        if bucket:
            click.echo(f"  the bucket {bucket.name}, with every version of raw files and releases")
        if not yes and click.prompt("To go on, type the stack's name") != name:
            raise click.ClickException("that is another name: nothing was deleted")
        progress = stages()
        if bucket:
            with progress.stage("Emptying the bucket"):
                _empty(bucket)
        with progress.stage("Deleting the stack"):
            _delete(stack)
        if bucket:
            with progress.stage("Deleting the bucket"):
                # A job that was still running may have written meanwhile.
                _empty(bucket)
                bucket.delete()
    click.echo(f"{name} is gone")


def _find_bucket(s3: S3ServiceResource, stack: Stack) -> Bucket | None:
    """Return a stack's bucket, also that of a stack whose creation failed before it had outputs."""
    # YAML as it was sent, or an object.
    template = stack.meta.client.get_template(StackName=stack.stack_id)["TemplateBody"]
    if _BUCKET not in str(template):
        raise click.ClickException(
            f"stack {stack.name} ({stack.stack_status}) has no {_BUCKET}, so it is not one of this "
            "template's: `aws cloudformation delete-stack` deletes such a stack"
        )
    names = {
        resource.physical_resource_id
        for resource in stack.resource_summaries.all()
        if resource.logical_id == _BUCKET
    }
    return next((bucket for bucket in s3.buckets.all() if bucket.name in names), None)


def _empty(bucket: Bucket) -> None:
    """Delete every version of every object, and every delete marker."""
    for answer in bucket.object_versions.delete():
        # S3 reports what it could not delete in an answer that is otherwise a success.
        for error in answer.get("Errors", []):
            raise click.ClickException(
                f"{error.get('Key')} in {bucket.name} cannot be deleted: {error.get('Code')}, "
                f"{error.get('Message')}"
            )


def _delete(stack: Stack) -> None:
    """Delete a stack, and wait until it is gone."""
    # The name of a deleted stack is unknown to AWS, its id is not.
    stack_id = stack.stack_id
    stack.delete()
    try:
        stack.meta.client.get_waiter("stack_delete_complete").wait(StackName=stack_id)
    except WaiterError as error:
        reasons = [
            f"  {event.logical_resource_id}: {event.resource_status_reason}"
            for event in stack.events.all()
            if event.resource_status == "DELETE_FAILED"
        ]
        raise click.ClickException(
            f"stack {stack.name} could not be deleted ({error}):\n"
            + "\n".join(reasons)
            + "\nRemove what is in the way and run the command again: it goes on from there"
        ) from error
