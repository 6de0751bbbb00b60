"""Taking a stack down: its bucket with every version of every object, and all that it consists of.

`sam delete` leaves the bucket: it is retained, lest an update of the stack take the releases along,
and S3 deletes no bucket that holds anything, be it an old version or the mark of a deletion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError, WaiterError

from infra.stack.deployed import StackError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_s3.type_defs import ListObjectVersionsOutputTypeDef, ObjectIdentifierTypeDef

    from infra.stack.deployed import Stack
    from infra.stack.settings import Polling

# As the template calls it.
_BUCKET = "ReleasesBucket"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a bucket holds: how many versions of objects and marks of deletions, and their bytes."""

    versions: int
    size: int


def find_bucket(cloudformation: CloudFormationClient, stack: Stack) -> str | None:
    """Return the name of a stack's bucket; a stack that never came to outputs has it, too.

    Returns
    -------
    str or None
        None of a stack whose creation failed, which took its bucket along.

    Raises
    ------
    StackError
        When it is no stack of this template.
    """
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack.id)
    for page in pages:
        for resource in page["StackResourceSummaries"]:
            if resource["LogicalResourceId"] == _BUCKET:
                return resource.get("PhysicalResourceId") or None
    # YAML as it was sent, or an object.
    if _BUCKET in str(cloudformation.get_template(StackName=stack.id)["TemplateBody"]):
        return None
    raise StackError(
        f"stack {stack.name} ({stack.status}) has no {_BUCKET}, so it is none of this template's: "
        "`aws cloudformation delete-stack` deletes such a stack"
    )


def look_into(s3: S3Client, bucket: str) -> Contents:
    """Count what a bucket holds: nothing, where there is no such bucket any more."""
    versions = size = 0
    for page in _pages(s3, bucket):
        versions += len(_entries(page))
        size += sum(version["Size"] for version in page.get("Versions", []))
    return Contents(versions, size)


def empty_bucket(s3: S3Client, bucket: str, advance: Callable[[int], None]) -> None:
    """Delete every version of every object; `advance` hears how many more are gone.

    Raises
    ------
    StackError
        When S3 keeps one of them.
    """
    for page in _pages(s3, bucket):
        # A page has a thousand entries at most, which is what one call may delete.
        entries = _entries(page)
        if entries:
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": entries, "Quiet": True})
            # Of what it could not delete, S3 tells in an answer that is otherwise a success.
            if errors := answer.get("Errors"):
                first = errors[0]
                raise StackError(
                    f"{len(errors)} of {len(entries)} objects in {bucket} cannot be deleted: "
                    f"{first.get('Key')}: {first.get('Code')}, {first.get('Message')}"
                )
            advance(len(entries))


def delete_stack(cloudformation: CloudFormationClient, stack: Stack, polling: Polling) -> None:
    """Delete a stack, and wait until it is gone.

    Parameters
    ----------
    cloudformation
        A client of the stack's account and region.
    stack
        What to delete.
    polling
        How its end is waited for.

    Raises
    ------
    StackError
        When CloudFormation gives up; the message says which resources are in the way.
    """
    cloudformation.delete_stack(StackName=stack.id)
    try:
        cloudformation.get_waiter("stack_delete_complete").wait(
            StackName=stack.id,
            WaiterConfig={
                # It takes whole seconds.
                "Delay": math.ceil(polling.delay_seconds),
                "MaxAttempts": polling.max_attempts,
            },
        )
    except WaiterError as error:
        reasons = "\n".join(_failures(cloudformation, stack)) or str(error)
        raise StackError(
            f"stack {stack.name} could not be deleted:\n{reasons}\n"
            "Mend that and run the command again: it goes on from there"
        ) from error


def delete_bucket(s3: S3Client, bucket: str) -> None:
    """Delete a bucket, with what a job that was still running has written meanwhile.

    Raises
    ------
    StackError
        When it cannot be deleted.
    """
    empty_bucket(s3, bucket, lambda _: None)
    try:
        s3.delete_bucket(Bucket=bucket)
    except ClientError as error:
        if not _is_gone(error):
            raise StackError(
                f"the stack is gone, but not its bucket: {error}. To delete it: "
                f"aws s3api delete-bucket --bucket {bucket}"
            ) from error


def _pages(s3: S3Client, bucket: str) -> Iterator[ListObjectVersionsOutputTypeDef]:
    try:
        yield from s3.get_paginator("list_object_versions").paginate(Bucket=bucket)
    except ClientError as error:
        if not _is_gone(error):
            raise


def _is_gone(error: ClientError) -> bool:
    return error.response["Error"].get("Code") == "NoSuchBucket"


def _entries(page: ListObjectVersionsOutputTypeDef) -> list[ObjectIdentifierTypeDef]:
    return [
        {"Key": entry["Key"], "VersionId": entry["VersionId"]}
        for entry in (*page.get("Versions", []), *page.get("DeleteMarkers", []))
    ]


def _failures(cloudformation: CloudFormationClient, stack: Stack) -> Iterator[str]:
    for event in cloudformation.describe_stack_events(StackName=stack.id)["StackEvents"]:
        if event.get("ResourceStatus") == "DELETE_FAILED":
            yield f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason')}"
