"""`python -m tests.benchmarks.serving`: how fast the functions start and answer.

The functions and the layer run as `sam build` left them, under Lambda's own runtime, with a
release in a local S3. Starts are interleaved with those of a bare hello and of a reference
that answers the same question the usual way, so that what else the machine does falls on all.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import sysconfig
import tempfile
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import click
from obstore.store import LocalStore
from rich.console import Console

from cartelera.contract.names import key
from cartelera.contract.release_format import POINTER, RELEASES_VARIABLE
from cartelera.contract.tables import BUSCAR, LOOK_UPS, VOTES
from cartelera.release import Releases
from cartelera.storage import open_store
from etl.engines.job import run
from etl.errors import JobError
from etl.progress import Stages
from infra.layer import unzipped_bytes
from infra.local.events import HttpRequest, match_route, proxy_event
from infra.local.rie import LAYER, RUNTIME, EmulatedLambda, MissingArtefactError, as_built
from infra.local.s3 import BUCKET, local_s3
from infra.local.template import Function, read_template
from tests.benchmarks.figures import (
    ACTORS,
    LOOK_UP,
    NO_BARS,
    RECOMMEND,
    SEARCH,
    Handler,
    Latency,
    Report,
    this_machine,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartelera.release import Release
    from infra.local.template import Template
    from tests.benchmarks.figures import Bars

_HERE = Path(__file__).parent
_PROJECT = _HERE.parents[1]
_RELEASES = f"s3://{BUCKET}"
_REFERENCE = "reference"
_BARS = {"recomendacion": RECOMMEND, "get_actor": ACTORS}
# How many of those who search are asked for with a part of the name.
_STILL_TYPING = 0.7


@dataclass(frozen=True, slots=True)
class Subject:
    """A function to measure: what it is asked, and the folders of its layers."""

    name: str
    function: Function
    path: tuple[Path, ...]
    first: dict[str, Any]
    bars: Bars = NO_BARS
    hits: list[dict[str, Any]] = field(default_factory=list)
    misses: list[dict[str, Any]] = field(default_factory=list)


@click.command()
@click.option("--raw", type=click.Path(path_type=Path), help="Folder with the raw files.")
@click.option("--place", type=click.Path(path_type=Path), help="Folder of a release, instead.")
@click.option("--runs", default=10, show_default=True, help="Starts of each handler.")
@click.option("--calls", default=5000, show_default=True, help="Warm calls of each handler.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where results go.")
def main(raw: Path | None, place: Path | None, runs: int, calls: int, out: Path) -> None:
    """Measure every function on a release and hold the figures against their bars."""
    if (raw is None) == (place is None):
        raise click.UsageError("give the raw files (--raw) or a place with a release (--place)")
    # As gently as by Ctrl-C, so that nothing is left running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    template = read_template(_PROJECT / "template.yaml")
    machine = this_machine()
    stages = Stages(Console(stderr=True, highlight=False))
    try:
        built = {function.code.name: as_built(function) for function in template.functions}
    except MissingArtefactError as error:
        raise click.ClickException(str(error)) from error
    with local_s3() as environment, tempfile.TemporaryDirectory() as folder:
        os.environ.update(environment)
        environment[RELEASES_VARIABLE] = _RELEASES
        try:
            release = _published(raw, place, stages)
        except JobError as error:
            raise click.ClickException(str(error)) from error
        subjects = _subjects(template, built, release, calls)
        bench = _Bench(environment, Path(folder), stages)
        starts, peaks = bench.start(subjects, runs)
        report = Report(
            machine=machine,
            release={"id": release.id, "films": release.manifest["films"]},
            layer_bytes=_size(LAYER),
            handlers=[
                Handler(
                    subject.name,
                    subject.bars,
                    starts[subject.name],
                    peaks[subject.name],
                    _size(subject.function.code),
                    *bench.warm(subject),
                )
                for subject in subjects
            ],
        )
    report.write(out)
    Console(width=180, highlight=False).print(report.table())
    sys.exit(not report.passes)


class _Bench:
    """Starts and calls the subjects, showing how far it is."""

    def __init__(self, environment: dict[str, str], folder: Path, stages: Stages) -> None:
        self._environment = environment
        self._folder = folder
        self._stages = stages
        self._log = folder / "log"

    def start(
        self, subjects: list[Subject], runs: int
    ) -> tuple[dict[str, list[float]], dict[str, int]]:
        """Start each subject `runs` times, in turns; return seconds and peak bytes by name."""
        starts: dict[str, list[float]] = defaultdict(list)
        peaks: dict[str, int] = defaultdict(int)
        with self._stages.stage("Once uncounted", len(subjects)) as advance:
            for subject in subjects:
                # Its libraries are those of this environment, not compiled ahead like the layer.
                may_compile = {"PYTHONDONTWRITEBYTECODE": ""} if subject.name == _REFERENCE else {}
                self._first_answer(subject, may_compile)
                advance(1)
        with self._stages.stage("Starting in turns", runs * len(subjects)) as advance:
            for _ in range(runs):
                for subject in subjects:
                    seconds, peak = self._first_answer(subject, {})
                    starts[subject.name].append(seconds)
                    peaks[subject.name] = max(peaks[subject.name], peak)
                    advance(1)
        return starts, peaks

    def warm(self, subject: Subject) -> tuple[Latency | None, Latency | None]:
        """Call a subject from within its process; return the latency of hits and misses."""
        if not subject.hits:
            return None, None
        function = subject.function
        asked, timed = self._folder / "asked.json", self._folder / "timed.json"
        asked.write_text(json.dumps({"hits": subject.hits, "misses": subject.misses}))
        path = (function.code, *subject.path, _PROJECT)
        variables = {
            "PATH": os.defpath,
            "PYTHONPATH": os.pathsep.join(map(str, path)),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        with self._stages.stage(f"Calling {subject.name}"), self._log.open("ab") as log:
            subprocess.run(  # noqa: S603 (the command is ours)
                [RUNTIME, "-m", "tests.benchmarks.warm", function.handler, asked, timed],
                env=variables | function.environment | self._environment,
                stdout=log,
                check=True,
            )
        results = json.loads(timed.read_text())
        lost = [status for _, status in results["hits"] if status != 200]
        assert not lost, f"{subject.name}: {len(lost)} names were not found"
        # A typo may happen to be another name, and a search forgives it.
        missed = [
            seconds
            for seconds, status in results["misses"]
            if status == 404 or subject.name == BUSCAR.route
        ]
        return Latency.of([seconds for seconds, _ in results["hits"]]), Latency.of(missed)

    def _first_answer(self, subject: Subject, more: dict[str, str]) -> tuple[float, int]:
        environment = self._environment | more
        with EmulatedLambda(subject.function, environment, self._log, subject.path) as function:
            answer = function.invoke(subject.first)
            assert isinstance(answer, dict), answer
            assert answer["statusCode"] == 200, answer
            # Memory at its highest: suggestions look at all names.
            for event in subject.misses[:1]:
                function.invoke(event)
            return function.first_answer_seconds, function.peak_memory()


def _published(raw: Path | None, place: Path | None, stages: Stages) -> Release:
    """Publish the raw files to the local S3, or what lies in a place already."""
    target = open_store(_RELEASES)
    if raw:
        run(raw, target, stages)
    elif place:
        source = LocalStore(place)
        with stages.stage("Copying the release"):
            for path in [
                POINTER,
                *(meta["path"] for each in source.list("releases") for meta in each),
            ]:
                target.put(path, source.get(path).bytes())
    return Releases(target).current()


def _subjects(
    template: Template, built: Mapping[str, Function], release: Release, calls: int
) -> list[Subject]:
    """Return hello, each function with questions from its table, and the reference."""
    hello = Function("hello", _HERE / "hello", "app.handler", 512, {})
    reference = Function(_REFERENCE, _HERE / _REFERENCE, "app.handler", 512, {})
    ours = []
    for schema in LOOK_UPS:
        table = release.table(schema)
        names = [str(table.value(schema.name, row)) for row in range(len(table))]
        votes = [int(str(table.value(VOTES, row))) for row in range(len(table))]
        choice = random.Random(schema.route)  # noqa: S311 (the same questions each time)
        asked = choice.choices(names, k=calls)
        ours.append(
            Subject(
                schema.route,
                built[schema.route],
                (LAYER,),
                _event(template, schema.route, names[votes.index(max(votes))]),
                _BARS.get(schema.route, LOOK_UP),
                [_event(template, schema.route, name) for name in asked],
                [
                    _event(template, schema.route, _mistyped(name, choice))
                    for name in asked[: calls // 10]
                ],
            )
        )
    ours.append(_search(template, built[BUSCAR.route], release, calls))
    (same,) = (subject for subject in ours if subject.name == "peliculas_duracion")
    libraries = (Path(sysconfig.get_path("purelib")),)
    return [
        Subject(hello.name, hello, (), same.first),
        *ours,
        Subject(reference.name, reference, libraries, same.first),
    ]


def _search(template: Template, function: Function, release: Release, calls: int) -> Subject:
    """Return the search with what people type: beginnings of names, whole ones, mistyped ones."""
    table = release.table(BUSCAR)
    rows = range(len(table))
    choice = random.Random(BUSCAR.route)  # noqa: S311 (the same questions each time)
    weights = [1 + int(str(table.value(VOTES, row))) for row in rows]
    names = [str(table.value("nombre", row)) for row in choice.choices(rows, weights, k=calls)]
    typed = [
        name[: choice.randint(1, len(name))] if choice.random() < _STILL_TYPING else name
        for name in names
    ]
    return Subject(
        BUSCAR.route,
        function,
        (LAYER,),
        _event(template, BUSCAR.route, names[0], by_query="q"),
        SEARCH,
        [_event(template, BUSCAR.route, each, by_query="q") for each in typed if key(each)],
        [
            _event(template, BUSCAR.route, _mistyped(name, choice), by_query="q")
            for name in names[: calls // 10]
        ],
    )


def _event(
    template: Template, route: str, name: str, by_query: str | None = None
) -> dict[str, Any]:
    encoded = quote(name, safe="")
    request = (
        HttpRequest("GET", f"/{route}", f"{by_query}={encoded}")
        if by_query
        else HttpRequest("GET", f"/{route}/{encoded}")
    )
    matched = match_route(template.routes, request)
    assert matched, request
    return proxy_event(*matched, request)


def _mistyped(name: str, choice: random.Random) -> str:
    """Return a name with two neighbouring letters swapped and one put in."""
    at = choice.randrange(max(1, len(name) - 1))
    return name[:at] + name[at + 1 : at + 2] + name[at : at + 1] + "q" + name[at + 2 :]


def _size(folder: Path) -> int:
    return unzipped_bytes(file for file in folder.rglob("*") if file.is_file())


if __name__ == "__main__":
    main()
