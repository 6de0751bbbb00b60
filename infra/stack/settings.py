"""What the commands are given besides their arguments: a session, and how long to wait for AWS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from boto3 import Session

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


@dataclass(frozen=True, slots=True)
class Polling:
    """How AWS is asked whether something has happened yet.

    Attributes
    ----------
    delay_seconds : float
        How long to wait between two questions.
    max_attempts : int
        How many questions to ask before giving up.
    """

    delay_seconds: float
    max_attempts: int


@dataclass(frozen=True, slots=True)
class Settings:
    """What the commands are given, as click's `obj`.

    Attributes
    ----------
    open_session : callable
        Opens the session whose account, credentials and region the commands use.
    job_start : Polling
        How the start of the job is waited for. Once it runs, it is looked at with the same delay,
        for as long as it takes.
    deletion : Polling
        How the end of the stack is waited for.
    job_options : Sequence of str
        What the job is given here besides where it reads and publishes.
    """

    open_session: Callable[[], Session] = Session
    # Five minutes. From the last file to the job's start it is usually a few seconds.
    job_start: Polling = Polling(delay_seconds=3, max_attempts=100)
    # An hour: functions in no network are gone in minutes, but CloudFormation tries three times.
    deletion: Polling = Polling(delay_seconds=5, max_attempts=720)
    job_options: Sequence[str] = ()
