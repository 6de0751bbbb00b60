"""The load test: `python -m tests.benchmarks.load --raw FOLDER --out FOLDER`.

Runs each design under the same load, one after the other.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click
from rich.console import Console

from cartelera.contract.tables import PELICULAS_DURACION
from etl.errors import RawInputError
from tests.benchmarks.common.machine import machine_caption, this_machine
from tests.benchmarks.common.processes import PROJECT
from tests.benchmarks.common.reports import FOLDER, write_json
from tests.benchmarks.load.measures import measure
from tests.benchmarks.load.pools import read_pools
from tests.benchmarks.load.questions import BAD_REQUESTS, MISSES, ROUTE_WEIGHTS, best_known
from tests.benchmarks.load.report import print_table, save_load_chart
from tests.benchmarks.load.servers import (
    Memory,
    baseline,
    cartelera,
    cartelera_built,
    last_lines,
    serving,
)

if TYPE_CHECKING:
    from tests.benchmarks.load.measures import Result
    from tests.benchmarks.load.questions import Pool
    from tests.benchmarks.load.servers import Design, Server

_LOCUSTFILE = Path(__file__).with_name("locustfile.py")
# Locust starts, and lets its users have their last answers.
_GRACE = 120
_CORES = os.cpu_count() or 1
# What a shell makes of a process that a signal ended: this and the signal's number.
_SIGNALLED = 128

_POOLS = "pools.json"
_SAMPLES = "samples.csv"


@dataclass(frozen=True, slots=True)
class Load:
    """How long each design is asked, and by how many at once."""

    seconds: int
    users: int


@click.command()
@click.option("--raw", required=True, type=FOLDER, help="Folder with the raw files.")
@click.option("--out", required=True, type=FOLDER, help="Folder for load.json and load.svg.")
@click.option(
    "--seconds",
    type=click.IntRange(1, 3600),
    default=300,
    show_default=True,
    help="How long each design is asked.",
)
@click.option(
    "--users",
    type=click.IntRange(1, 256),
    default=2 * _CORES,
    show_default="two a core",
    help="Who ask at once, each again as soon as it is answered.",
)
@click.option(
    "--workers",
    type=click.IntRange(1, 64),
    default=_CORES,
    show_default="one a core",
    help="Processes of the usual design.",
)
def main(raw: Path, out: Path, seconds: int, users: int, workers: int) -> None:
    """Load the project's server and the usual design alike, and compare them.

    The project twice: as `make run` serves it, and as built, under Lambda's own runtime. Ends
    with an error when it gave any answer but the expected one.
    """
    # As gently as by Ctrl-C, so that nothing is left running.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda received, _: sys.exit(_SIGNALLED + received))
    console = Console()
    raw = raw.resolve()
    try:
        with console.status("Reading the names to ask for"):
            pools = read_pools(raw)
    except RawInputError as error:
        raise click.ClickException(str(error)) from error
    load = Load(seconds, users)
    designs = (cartelera(raw), cartelera_built(raw), baseline(raw, workers))
    results = {design.name: _run(design, pools, load, console) for design in designs}
    titles = len(pools[PELICULAS_DURACION.route]["names"])
    mix = {"misses": MISSES, "bad_requests": BAD_REQUESTS, "route_weights": ROUTE_WEIGHTS}
    settings = {**asdict(load), "workers": workers, "titles": titles, **mix}
    report = {"machine": this_machine(), "settings": settings, "designs": results}
    write_json(out / "load.json", report)
    save_load_chart(results, out / "load.svg")
    print_table(
        results,
        f"{users} users without a pause for {seconds} s, {titles:,} titles; one process a function "
        f"against {workers} of FastAPI; Locust on the same machine: {machine_caption()}",
        console,
    )
    ours = [results[design.name] for design in designs if design.standard == "cartelera"]
    sys.exit(any(result["unexpected"] for result in ours))


def _run(design: Design, pools: dict[str, Pool], load: Load, console: Console) -> Result:
    with (
        TemporaryDirectory() as temporary,
        console.status(f"{design.title}: starting") as status,
        serving(design, Path(temporary) / "server.log", best_known(pools)) as server,
    ):
        folder = Path(temporary)
        (folder / _POOLS).write_text(json.dumps(pools))
        status.update(f"{design.title}: {load.users} users for {load.seconds} s")
        with Memory(server.process) as memory:
            _ask(design, server, load, folder)
        return measure(design, server.startup, folder / _SAMPLES, memory)


def _ask(design: Design, server: Server, load: Load, folder: Path) -> None:
    """Let Locust's users ask, in a process of their own: gevent is not for this one."""
    command = [
        *(sys.executable, "-m", "locust", "--locustfile", str(_LOCUSTFILE), "--headless"),
        *("--host", f"http://{server.address}", "--run-time", f"{load.seconds}s"),
        *("--users", str(load.users), "--spawn-rate", str(load.users), "--stop-timeout", "30"),
        *("--only-summary", "--loglevel", "WARNING", "--exit-code-on-error", "0"),
        *("--standard", design.standard),
        *("--pools", str(folder / _POOLS), "--samples", str(folder / _SAMPLES)),
    ]
    log = folder / "locust.log"
    with log.open("w") as output:
        done = subprocess.run(  # noqa: S603 (the command is ours)
            command,
            cwd=PROJECT,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=load.seconds + _GRACE,
            check=False,
        )
    if done.returncode:
        raise click.ClickException(f"Locust ended with {done.returncode}:\n{last_lines(log)}")


if __name__ == "__main__":
    main()
