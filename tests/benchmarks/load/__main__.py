"""The load test: `python -m tests.benchmarks.load --raw FOLDER --out FOLDER`.

All designs are up at once and asked the same questions in turns, so that what else the machine
does falls on each alike; a server that is not asked waits.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click
from rich.console import Console

from cartelera.contract.tables import PELICULAS_DURACION
from etl.errors import RawInputError
from tests.benchmarks.common.machine import machine_caption, this_machine
from tests.benchmarks.common.processes import PROJECT, cpu_of_tree
from tests.benchmarks.common.reports import FOLDER, write_json
from tests.benchmarks.common.timing import in_turns
from tests.benchmarks.load.measures import Turn, measure
from tests.benchmarks.load.pools import read_pools
from tests.benchmarks.load.questions import BAD_REQUESTS, MISSES, ROUTE_WEIGHTS, best_known
from tests.benchmarks.load.report import bars, print_table, save_load_chart
from tests.benchmarks.load.servers import (
    Memory,
    baseline,
    cartelera,
    cartelera_built,
    last_lines,
    serving,
)

if TYPE_CHECKING:
    from tests.benchmarks.load.servers import Design, Server

_LOCUSTFILE = Path(__file__).with_name("locustfile.py")
# Locust starts, and lets its users have their last answers.
_GRACE = 120
_CORES = os.cpu_count() or 1
# What a shell makes of a process that a signal ended: this and the signal's number.
_SIGNALLED = 128

_POOLS = "pools.json"


@dataclass(frozen=True, slots=True)
class Load:
    """How often and how long each design is asked, and by how many at once."""

    rounds: int
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
    help="How long each design is asked in all.",
)
@click.option(
    "--rounds",
    type=click.IntRange(1, 360),
    default=10,
    show_default=True,
    help="How many turns that time is spread over.",
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
def main(  # noqa: PLR0913 (the options)
    *, raw: Path, out: Path, seconds: int, rounds: int, users: int, workers: int
) -> None:
    """Load the project's server and the usual design alike, and compare them.

    The project twice: as `make run` serves it, and as built, under Lambda's own runtime. Ends
    with an error when it gave any answer but the expected one, or does not keep its limits.
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
    load = Load(rounds, max(1, seconds // rounds), users)
    designs = [cartelera(raw), cartelera_built(raw), baseline(raw, workers)]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory()))
        (folder / _POOLS).write_text(json.dumps(pools))
        servers: dict[str, Server] = {}
        for design in designs:
            with console.status(f"{design.title}: starting"):
                started = serving(design, folder / f"{design.name}.log", best_known(pools))
                servers[design.name] = stack.enter_context(started)
        ways = {
            design.name: partial(_ask, design, servers[design.name], load, folder)
            for design in designs
        }
        turns = in_turns(rounds, ways, console)
        results = {
            design.name: measure(
                design, servers[design.name].startup, turns[design.name], load.seconds
            )
            for design in designs
        }
    titles = len(pools[PELICULAS_DURACION.route]["names"])
    mix = {"misses": MISSES, "bad_requests": BAD_REQUESTS, "route_weights": ROUTE_WEIGHTS}
    settings = {**asdict(load), "workers": workers, "titles": titles, **mix}
    held = bars(results)
    report = {
        "machine": this_machine(),
        "settings": settings,
        "limits": {name: bar.to_json() for name, bar in held.items()},
        "designs": results,
    }
    write_json(out / "load.json", report)
    save_load_chart(results, out / "load.svg")
    print_table(
        results,
        f"{users} users without a pause, {rounds} times {load.seconds} s in turns, {titles:,} "
        f"titles; one process a function against {workers} of FastAPI; Locust on the same machine: "
        f"{machine_caption()}",
        console,
    )
    for name, bar in held.items():
        console.print(f"{name}: {bar}")
    ours = [results[design.name] for design in designs if design.standard == "cartelera"]
    sys.exit(
        any(result["unexpected"] for result in ours) or not all(bar.passes for bar in held.values())
    )


def _ask(design: Design, server: Server, load: Load, folder: Path, number: int) -> Turn:
    """Let Locust's users ask, in a process of their own: gevent is not for this one."""
    samples, used = folder / f"{design.name}-{number}.csv", folder / "used.json"
    command = [
        *(sys.executable, "-m", "locust", "--locustfile", str(_LOCUSTFILE), "--headless"),
        *("--host", f"http://{server.address}", "--run-time", f"{load.seconds}s"),
        *("--users", str(load.users), "--spawn-rate", str(load.users), "--stop-timeout", "30"),
        *("--only-summary", "--loglevel", "WARNING", "--exit-code-on-error", "0"),
        *("--standard", design.standard, "--pools", str(folder / _POOLS)),
        *("--seed", str(number), "--samples", str(samples), "--used", str(used)),
    ]
    before, busy = cpu_of_tree(server.process), os.getloadavg()[0]
    with Memory(server.process) as memory:
        _run(command, folder, load.seconds + _GRACE)
    served = cpu_of_tree(server.process) - before
    return Turn(samples, memory, served, **json.loads(used.read_text()), load=busy)


def _run(command: list[str], folder: Path, patience: float) -> None:
    log = folder / "locust.log"
    with log.open("w") as output:
        done = subprocess.run(  # noqa: S603 (the command is ours)
            command,
            cwd=PROJECT,
            stdout=output,
            stderr=subprocess.STDOUT,
            timeout=patience,
            check=False,
        )
    if done.returncode:
        raise click.ClickException(f"Locust ended with {done.returncode}:\n{last_lines(log)}")


if __name__ == "__main__":
    main()
