"""What the commands on a stack share: an AWS session, and how they end when something fails."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import click
from boto3 import Session
from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from etl.errors import JobError
from etl.progress import Stages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ACCOUNT = (
    "Account, credentials and region are those of the AWS CLI: log in (`aws sso login`, "
    "`aws configure`) and set AWS_PROFILE, or set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and "
    "AWS_DEFAULT_REGION."
)


class Settings(NamedTuple):
    """What the commands use, as click's `obj`.

    The stack's job is looked at every `poll_seconds`; it has `start_seconds` to start, which
    usually takes a few. `job_options` are those of a job that runs on this machine.
    """

    open_session: Callable[[], Session] = Session
    poll_seconds: float = 3
    start_seconds: float = 300
    job_options: Sequence[str] = ()


pass_settings = click.make_pass_decorator(Settings, ensure=True)


@contextmanager
def open_session(settings: Settings) -> Iterator[Session]:
    """Open a session, and end the command with one clear message when something fails in it."""
    region = None
    try:
        session = settings.open_session()
        region = session.region_name
        yield session
    except JobError as error:
        raise click.ClickException(str(error)) from error
    except (BotoCoreError, Boto3Error, ClientError) as error:
        raise click.ClickException(f"{error} (region: {region})\n{ACCOUNT}") from error


def stages() -> Stages:
    """Return the display of a command's stages, on standard error."""
    return Stages(Console(stderr=True, highlight=False, emoji=False))
