"""A deployed stack as CloudFormation describes it, and what AWS' refusals mean for a person."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from boto3.exceptions import Boto3Error
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boto3 import Session

_LOG_IN = (
    "log in (`aws sso login`, `aws configure`), name a profile in AWS_PROFILE, or set "
    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
)
# Services call the same things by different names.
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "403"})
_STALE = frozenset(
    {
        "ExpiredToken",
        "ExpiredTokenException",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidToken",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)


class StackError(Exception):
    """A command cannot go on; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack: its id is its ARN, and its outputs are empty until it was deployed."""

    name: str
    id: str
    status: str
    outputs: Mapping[str, str]

    def output(self, key: str) -> str:
        """Return an output.

        Raises
        ------
        StackError
            When the stack has none of that name.
        """
        if key not in self.outputs:
            raise StackError(
                f"stack {self.name} has no output {key} (it is {self.status}): is it one of this "
                "template's, and was it deployed to the end? `make deploy` does"
            )
        return self.outputs[key]


def find_stack(session: Session, name: str) -> Stack:
    """Describe a stack of the session's account and region.

    Raises
    ------
    StackError
        When there is none of that name.
    """
    try:
        (found,) = session.client("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" not in str(error):
            raise
        raise StackError(
            f"there is no stack {name} in {session.region_name}: is that its region (else set "
            "AWS_DEFAULT_REGION), its account and its name (samconfig.toml says which)?"
        ) from error
    outputs = {entry["OutputKey"]: entry["OutputValue"] for entry in found.get("Outputs", [])}
    return Stack(found["StackName"], found["StackId"], found["StackStatus"], outputs)


@contextmanager
def explained() -> Iterator[None]:
    """Turn whatever boto3 raises in the block into a `StackError`."""
    try:
        yield
    except (NoCredentialsError, PartialCredentialsError) as error:
        raise StackError(f"there are no AWS credentials here: {_LOG_IN}") from error
    except CredentialRetrievalError as error:
        raise StackError(f"the AWS credentials cannot be had: {error}; {_LOG_IN}") from error
    except NoRegionError as error:
        raise StackError("which region? set AWS_DEFAULT_REGION, or AWS_PROFILE") from error
    except ClientError as error:
        raise StackError(_refusal(error)) from error
    except (BotoCoreError, Boto3Error) as error:
        raise StackError(f"AWS did not do it: {error}") from error


def _refusal(error: ClientError) -> str:
    code = error.response["Error"].get("Code", "")
    if code in _STALE:
        return f"AWS does not take these credentials ({error}): {_LOG_IN}"
    if code in _DENIED:
        return f"these credentials may not do that: {error}"
    return f"AWS refused: {error}"
