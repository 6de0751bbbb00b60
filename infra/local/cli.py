"""`python -m infra.local`: the whole system on one machine."""

from __future__ import annotations

import socket
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import click
import uvicorn
from starlette.concurrency import run_in_threadpool

from cartelera.contract.release_format import RELEASES_VARIABLE
from infra.local import PROJECT
from infra.local.emulator import EmulatedFunction, as_built
from infra.local.functions import LocalFunction
from infra.local.gateway import gateway
from infra.local.job import exit_on_signals, run_job
from infra.local.s3 import BUCKET, local_s3
from infra.local.template import read_template

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.events import HttpRequest
    from infra.local.gateway import Invoke
    from infra.local.template import Template

HOST = "127.0.0.1"
_LOGS = PROJECT / ".cartelera" / "logs"


@click.command()
@click.option("--raw", help="Folder with the raw files; without it, the sample is published.")
@click.option("--encoding", help="That of the raw files that are not UTF-8.")
@click.option("--port", type=click.IntRange(0, 65535), default=3000, help="3000; 0: any free one.")
@click.option(
    "--built",
    is_flag=True,
    help="Serve what `make build` left, under Lambda's own runtime (Linux).",
)
def main(raw: str | None, encoding: str | None, port: int, *, built: bool) -> None:
    """Run the job against an S3 of its own and serve every route of the template.

    Each function has a process, which takes one request at a time, as on Lambda. Ctrl-C ends
    everything.
    """
    template = read_template(PROJECT / "template.yaml")
    _LOGS.mkdir(parents=True, exist_ok=True)
    functions = [as_built(each) if built else each for each in template.functions]
    with exit_on_signals(), ExitStack() as stack:
        listener = stack.enter_context(listen(port))
        environment = stack.enter_context(local_s3())
        environment[RELEASES_VARIABLE] = f"s3://{BUCKET}"
        run_job(raw, environment, encoding)
        running: dict[str, Invoke] = {}
        for function in functions:
            arguments = (function, environment, _LOGS / f"{function.name}.log")
            if built:
                emulated = stack.enter_context(closing(EmulatedFunction(*arguments)))
                running[function.name] = _in_thread(emulated)
            else:
                local = stack.enter_context(closing(LocalFunction(*arguments)))
                running[function.name] = local.invoke
        _serve(template, listener, running)


def listen(port: int) -> socket.socket:
    """Take the port before anything else is started, so that a taken one is reported at once."""
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


def _in_thread(function: EmulatedFunction) -> Invoke:
    async def invoke(event: object) -> object:
        return await run_in_threadpool(function.invoke, event)

    return invoke


def _serve(template: Template, listener: socket.socket, functions: Mapping[str, Invoke]) -> None:
    app = gateway(template, functions, _print_answer)
    base = f"http://{HOST}:{listener.getsockname()[1]}"
    logs = _LOGS.relative_to(PROJECT)
    click.echo(f"\nServing at {base} (Ctrl-C ends it; the functions' logs are in {logs}/)")
    click.echo(f"Open {base}/ in a browser, or try:")
    # The first path of each function, with its name in it where it has one.
    first = {route.function: route.path for route in reversed(template.routes)}
    for path in reversed([path for path in first.values() if path != "/"]):
        click.echo(f"  {base}{path.replace('+}', '}')}")
    click.echo()
    uvicorn.Server(uvicorn.Config(app, log_level="warning", lifespan="off")).run([listener])


def _print_answer(request: HttpRequest, status: int, seconds: float) -> None:
    query = f"?{request.query}" if request.query else ""
    click.echo(f"{status} {request.method} {request.path}{query} {seconds * 1000:.1f} ms")
