"""`python -m infra.local.sam`: what was built, under `sam local`, with real data behind it.

The functions run in containers. S3 runs on this machine, at an address that containers reach.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

import click

from cartelera.contract.release_format import RELEASES_VARIABLE
from infra.local import PROJECT
from infra.local.docker import ensure_image, host_address
from infra.local.emulator import BUILD, require
from infra.local.job import exit_on_signals, run_job
from infra.local.s3 import BUCKET, local_s3

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from typing import IO

SAM = PROJECT / ".venv-sam" / "bin" / "sam"
# The template gives it to every function, and `sam local` sets no other variables.
FUNCTIONS_ENDPOINT = "AWS_ENDPOINT_URL_S3"
_TEMPLATE = BUILD / "template.yaml"
_ENV_FILE = PROJECT / ".cartelera" / "sam-env.json"
_HOST = "127.0.0.1"
_START_SECONDS = 60
_END_SECONDS = 60
_POLL_SECONDS = 0.1
# `sam local` would pass these of a person's own AWS account on to the functions.
_ACCOUNT = frozenset({"AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_CONTAINER_CREDENTIALS_FULL_URI"})


class SharedS3(NamedTuple):
    """The environment variables that lead to one S3: from this machine, and from containers."""

    here: dict[str, str]
    containers: dict[str, str]


@contextmanager
def shared_s3() -> Iterator[SharedS3]:
    """Serve S3 with one empty bucket where both this machine and its containers reach it."""
    address, name = host_address()
    with local_s3(address) as here:
        here[RELEASES_VARIABLE] = f"s3://{BUCKET}"
        there = f"http://{name}:{urlsplit(here['AWS_ENDPOINT_URL']).port}"
        yield SharedS3(here, here | {"AWS_ENDPOINT_URL": there, FUNCTIONS_ENDPOINT: there})


def write_env_file(file: Path, environment: Mapping[str, str]) -> None:
    """Write variables as `sam local --env-vars` reads them, for every function of every stack.

    It passes on those that the template names, and no others.

    Parameters
    ----------
    file
        The file; its folder is made if it is not there.
    environment
        The variables' values, by name.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps({"Parameters": {**environment}}, indent=2) + "\n")


def sam_local(command: str, *arguments: str, env_file: Path) -> list[str]:
    """Return a `sam local` command line on what was built.

    Parameters
    ----------
    command
        The command, as `start-api`.
    *arguments
        Its own arguments.
    env_file
        As `write_env_file` writes it.
    """
    require(SAM, _TEMPLATE)
    # Without looking for a newer image, so that it works without a connection.
    options = ["--template", str(_TEMPLATE), "--env-vars", str(env_file), "--skip-pull-image"]
    return [str(SAM), "local", command, *arguments, *options]


def sam_environment() -> dict[str, str]:
    """Return the environment for `sam local`: this process's, without an AWS account's keys."""
    inherited = {name: value for name, value in os.environ.items() if name not in _ACCOUNT}
    keys = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}
    return inherited | keys | {"SAM_CLI_TELEMETRY": "0"}


@contextmanager
def start_api(
    port: int, env_file: Path, output: IO[bytes] | None
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `sam local start-api` until the block ends, its containers kept warm.

    Parameters
    ----------
    port
        Where it answers, on loopback.
    env_file
        As `write_env_file` writes it.
    output
        Where it writes; None: to this process's own streams.
    """
    options = ["--warm-containers", "LAZY", "--host", _HOST, "--port", str(port)]
    process = subprocess.Popen(  # noqa: S603 (the command is ours)
        sam_local("start-api", *options, env_file=env_file),
        cwd=PROJECT,
        env=sam_environment(),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        # A terminal's Ctrl-C would reach it as well as us, and cut its clean-up short.
        start_new_session=True,
    )
    try:
        _wait_until_it_listens(process, port)
        yield process
    finally:
        # It removes its containers on SIGTERM, even where it was started to ignore Ctrl-C.
        process.terminate()
        try:
            process.wait(_END_SECONDS)
        finally:
            process.kill()


def _wait_until_it_listens(process: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise click.ClickException(f"`sam local start-api` ended with {process.returncode}")
        with suppress(ConnectionRefusedError), socket.create_connection((_HOST, port)):
            return
        time.sleep(_POLL_SECONDS)
    raise click.ClickException(f"`sam local start-api` does not answer after {_START_SECONDS} s")


@click.command()
@click.option("--raw", help="Folder with the raw files; without it, the sample is published.")
@click.option("--port", type=click.IntRange(1, 65535), default=3000, show_default=True)
def main(raw: str | None, port: int) -> None:
    """Run the job against an S3 of its own and serve the API by `sam local start-api`.

    Ctrl-C ends everything.
    """
    with exit_on_signals(), ExitStack() as stack:
        s3 = stack.enter_context(shared_s3())
        ensure_image()
        run_job(raw, s3.here)
        write_env_file(_ENV_FILE, s3.containers)
        click.echo(f"\nThe release is at {s3.here['AWS_ENDPOINT_URL']} (Ctrl-C ends it); in")
        click.echo(f"another terminal `sam local` finds it by {_ENV_FILE.relative_to(PROJECT)}")
        sam = stack.enter_context(start_api(port, _ENV_FILE, None))
        click.echo(f"\nServing at http://{_HOST}:{port} (a function's first answer takes 2 s)")
        sam.wait()


if __name__ == "__main__":
    main()
