"""`python -m infra.local.sam`: what was built, under `sam local`, with real data behind it.

The functions run in containers. S3 stays on this machine, at an address that they reach.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import click

from cartelera.contract.release_format import RELEASES_VARIABLE
from infra.local.host import UNAVAILABLE, Host, UnavailableError
from infra.local.job import ended_by_signals, run_job
from infra.local.network import meeting_point
from infra.local.rie import BUILD, MissingArtefactError, require
from infra.local.s3 import BUCKET, local_s3

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import IO

_PROJECT = Path(__file__).parents[2]
SAM = _PROJECT / ".venv-sam" / "bin" / "sam"
TEMPLATE = BUILD / "template.yaml"
ENV_FILE = _PROJECT / ".cartelera" / "sam-env.json"
# The one that the template gives every function: `sam local` sets no others.
FUNCTIONS_ENDPOINT = "AWS_ENDPOINT_URL_S3"
_HOST = "127.0.0.1"
_START_SECONDS = 60
_END_SECONDS = 60
_POLL_SECONDS = 0.1
# What `sam local` finds of a person's own AWS account it would pass on to the functions.
_ACCOUNT = frozenset(
    {"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONTAINER_CREDENTIALS_FULL_URI"},
)


class SamError(Exception):
    """`sam local` did not start; the message has what it said."""


class SharedS3(NamedTuple):
    """The environment variables that lead to one S3: from this machine, and from containers."""

    here: dict[str, str]
    containers: dict[str, str]


@contextmanager
def shared_s3() -> Iterator[SharedS3]:
    """Serve S3 with one empty bucket where both this machine and its containers reach it.

    Raises
    ------
    UnavailableError
        When there is no Docker.
    """
    meeting = meeting_point(Host())
    with local_s3(meeting.address) as here:
        here[RELEASES_VARIABLE] = f"s3://{BUCKET}"
        port = urlsplit(here["AWS_ENDPOINT_URL"]).port
        there = f"http://{meeting.name}:{port}"
        names = ("AWS_ENDPOINT_URL", FUNCTIONS_ENDPOINT)
        yield SharedS3(here, here | dict.fromkeys(names, there))


def write_env_file(file: Path, environment: Mapping[str, str]) -> None:
    """Write variables as `sam local --env-vars` takes them, for every function of every stack.

    It passes on those that the template names, and no others.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"Parameters": {**environment}}, indent=2) + "\n")


def sam_local(command: str, *arguments: str, env_file: Path = ENV_FILE) -> list[str]:
    """Return the words of a `sam local` command on what was built, without pulling anything.

    Raises
    ------
    MissingArtefactError
        When the SAM CLI is not there, or nothing was built.
    """
    require(SAM)
    require(TEMPLATE)
    options = ["--template", str(TEMPLATE), "--env-vars", str(env_file), "--skip-pull-image"]
    return [str(SAM), "local", command, *arguments, *options]


def sam_environment() -> dict[str, str]:
    """Return the environment for `sam local`: this process's, but for the AWS account's keys."""
    kept = {name: value for name, value in os.environ.items() if name not in _ACCOUNT}
    keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    return kept | keys | {"SAM_CLI_TELEMETRY": "0"}


@contextmanager
def start_api(
    port: int, env_file: Path, output: IO[bytes] | None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `sam local start-api` until the block ends, its containers kept warm.

    Parameters
    ----------
    port : int
        Where it answers, on loopback.
    env_file : Path
        As `write_env_file` writes it.
    output : file
        Where it writes; this process's own streams without one.

    Raises
    ------
    MissingArtefactError
        When the SAM CLI is not there, or nothing was built.
    SamError
        When it ended, or does not answer.
    """
    options = ["--warm-containers", "LAZY", "--host", _HOST, "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603 (the command is ours)
        sam_local("start-api", *options, env_file=env_file),
        cwd=_PROJECT,
        env=sam_environment(),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        # A terminal's Ctrl-C would reach it beside ours, and cut its tidying up short.
        start_new_session=True,
    )
    try:
        _wait_until_it_listens(process, port)
        yield process
    finally:
        # It may have been told to ignore Ctrl-C; by this, too, it removes its containers.
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        finally:
            process.kill()


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    latest = time.monotonic() + _START_SECONDS
    while time.monotonic() < latest:
        if process.poll() is not None:
            raise SamError(f"`sam local start-api` ended with {process.returncode}")
        with suppress(ConnectionRefusedError), socket.create_connection((_HOST, port)):
            return
        time.sleep(_POLL_SECONDS)
    raise SamError(f"`sam local start-api` does not answer after {_START_SECONDS} s")


@click.command()
@click.option("--raw", help="Folder with the raw files; without it, the sample that comes along.")
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True)
@click.option("--only-s3", is_flag=True, help="Serve the release alone, for `sam` by hand.")
@click.pass_context
def main(context: click.Context, raw: str | None, port: int, *, only_s3: bool) -> None:
    """Run the job against an S3 of its own and serve the API by `sam local start-api`.

    Ctrl-C ends everything it started.
    """
    try:
        with ended_by_signals(), ExitStack() as stack:
            s3 = stack.enter_context(shared_s3())
            run_job(raw, s3.here)
            write_env_file(ENV_FILE, s3.containers)
            click.echo(f"\nThe release is at {s3.here['AWS_ENDPOINT_URL']} (Ctrl-C ends it); in")
            click.echo(f"another terminal `sam local` finds it by {ENV_FILE.relative_to(_PROJECT)}")
            if only_s3:
                signal.pause()
            sam = stack.enter_context(start_api(port, ENV_FILE, None))
            click.echo(f"\nServing at http://{_HOST}:{port} (a function's first answer takes 2 s)")
            sam.wait()
    except (MissingArtefactError, SamError) as error:
        raise click.ClickException(str(error)) from error
    except UnavailableError as error:
        click.echo(f"Docker: {error}", err=True)
        context.exit(UNAVAILABLE)


if __name__ == "__main__":
    main()
