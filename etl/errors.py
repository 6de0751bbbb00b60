"""What stops the job: errors that a person can act on, and the exit codes they end it with."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class JobError(Exception):
    """The job cannot go on; the message says what to do."""

    exit_code = 1


class RawInputError(JobError):
    """The raw files are missing or not what they should be."""


class WorkerError(JobError):
    """A worker process died."""


class OutOfMemoryError(JobError):
    """The job needs more memory than there is."""


class PublishError(JobError):
    """Storage could not be read or written: the place of releases, or where raw files lie."""


class UnsoundError(PublishError):
    """A release is not there, or not what was published."""


class ContractError(JobError):
    """The data are not what the contract says."""

    exit_code = 3


class GoldenError(ContractError):
    """The new release does not answer as it should."""


class OvertakenError(PublishError):
    """Another job has published meanwhile."""

    exit_code = 4


@contextmanager
def memory_bounded() -> Iterator[None]:
    """Let want of memory in a `with` block be an `OutOfMemoryError`."""
    try:
        yield
    except MemoryError as error:
        raise OutOfMemoryError(
            "the memory does not suffice: look for rows in the raw files that are no films, give "
            "the job more, or run it in parts, --engine spark"
        ) from error
