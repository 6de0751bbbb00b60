"""`python -m infra.local`: the whole system on one machine."""

from __future__ import annotations

import socket
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click
import uvicorn

from cartelera.contract.release_format import RELEASES_VARIABLE
from infra.local.gateway import gateway
from infra.local.job import ended_by_signals, run_job
from infra.local.lambdas import LocalLambda
from infra.local.rie import MissingArtefactError, QueuedLambda, as_built
from infra.local.s3 import BUCKET, local_s3
from infra.local.template import read_template

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.local.events import HttpRequest
    from infra.local.gateway import Invocable
    from infra.local.template import Function, Template

HOST = "127.0.0.1"
_PROJECT = Path(__file__).parents[2]
_TEMPLATE = _PROJECT / "template.yaml"
_LOGS = _PROJECT / ".cartelera" / "logs"


@click.command()
@click.option("--raw", help="Folder with the raw files; without it, the sample that comes along.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=3000,
    show_default=True,
    help="0: any free one.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=1,
    show_default=True,
    help="Processes of each function; each takes one request at a time, as on Lambda.",
)
@click.option(
    "--built",
    is_flag=True,
    help="Serve what `make build` left, under Lambda's own runtime (Linux), a process a function.",
)
def main(raw: str | None, port: int, workers: int, *, built: bool) -> None:
    """Run the job against an S3 of its own and serve every route of the template.

    Ctrl-C ends everything it started.
    """
    template = read_template(_TEMPLATE)
    if built and workers > 1:
        raise click.UsageError("--built runs one process a function: leave --workers out")
    try:
        with ended_by_signals(), ExitStack() as stack:
            listener = stack.enter_context(listen(port))
            environment = stack.enter_context(local_s3())
            environment[RELEASES_VARIABLE] = f"s3://{BUCKET}"
            run_job(raw, environment)

            def start(function: Function, log: Path) -> LocalLambda | QueuedLambda:
                if built:
                    return QueuedLambda(as_built(function), environment, log)
                return LocalLambda(function, environment, log, workers)

            _serve(template, listener, _functions(template, start, stack))
    except MissingArtefactError as error:
        raise click.ClickException(str(error)) from error


def listen(port: int) -> socket.socket:
    """Take the port before anything else is started, so that a taken one is known at once."""
    # asyncio sends small answers at once only on sockets that say they are TCP; else 40 ms late.
    listener = socket.socket(proto=socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError as error:
        listener.close()
        message = f"port {port} cannot be used ({error.strerror}); choose another: make run PORT=…"
        raise click.ClickException(message) from error
    return listener


def _functions(
    template: Template,
    start: Callable[[Function, Path], LocalLambda | QueuedLambda],
    stack: ExitStack,
) -> dict[str, LocalLambda | QueuedLambda]:
    """Start every function, until the stack ends; each with a log of its own."""
    _LOGS.mkdir(parents=True, exist_ok=True)
    functions = {}
    for function in template.functions:
        functions[function.name] = start(function, _LOGS / f"{function.name}.log")
        stack.callback(functions[function.name].close)
    return functions


def _serve(template: Template, listener: socket.socket, functions: Mapping[str, Invocable]) -> None:
    app = gateway(template, functions, _print_answer)
    base = f"http://{HOST}:{listener.getsockname()[1]}"
    logs = _LOGS.relative_to(_PROJECT)
    click.echo(f"\nServing at {base} (Ctrl-C ends it; the functions' logs are in {logs}/)")
    click.echo(f"Open {base}/ in a browser, or ask:")
    # The first path of each function, with its name in it where it has one.
    first = {route.function: route.path for route in reversed(template.routes)}
    for path in reversed([path for path in first.values() if path != "/"]):
        click.echo(f"  {base}{path.replace('+}', '}')}")
    click.echo()
    uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off")).run([listener])


def _print_answer(asked: HttpRequest, status: int, seconds: float) -> None:
    query = f"?{asked.query}" if asked.query else ""
    click.echo(f"{status} {asked.method} {asked.path}{query} {seconds * 1000:.1f} ms")
