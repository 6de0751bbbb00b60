"""`python -m tests.benchmarks.serving`: how fast the functions start and answer.

The functions and the layer run as `sam build` left them, under Lambda's own runtime, with a
release in a local S3. Starts are interleaved with those of a bare hello and of a reference
that answers the same question the usual way, so that what else the machine does falls on all.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import sysconfig
import tempfile
from collections import defaultdict
from contextlib import closing
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import click
from rich.console import Console

from cartelera.contract.formats.name_index import SEARCH_ROUTE
from cartelera.contract.names import key
from cartelera.contract.release_format import RELEASES_VARIABLE
from cartelera.contract.tables import (
    GENERO,
    GET_DIRECTOR,
    LOOK_UPS,
    PELICULAS_DURACION,
    PELICULAS_IDIOMA,
    PELICULAS_PAIS,
    PRODUCTORAS_EXITOSAS,
    VOTES,
)
from cartelera.films.lists import LIST_ORDERS
from cartelera.release import Releases
from cartelera.storage import Deadline, open_store
from etl.engines.job import run
from etl.errors import JobError
from etl.progress import Stages
from infra.layer import unzipped_bytes
from infra.local.emulator import LAYER, RUNTIME, EmulatedFunction, as_built
from infra.local.s3 import BUCKET, local_s3
from infra.local.template import Function, read_template
from tests.benchmarks.common.machine import this_machine
from tests.benchmarks.common.probe import probe
from tests.benchmarks.common.processes import PROJECT
from tests.benchmarks.common.questions import (
    event_for,
    list_event,
    mistyped,
    tastes_event,
)
from tests.benchmarks.common.releases import copy_release
from tests.benchmarks.common.timing import Latency
from tests.benchmarks.serving.report import (
    ACTORS,
    FACTS,
    LISTS,
    LOOK_UP,
    NO_LIMITS,
    RECOMMEND,
    SEARCH,
    TASTES,
    Handler,
    Report,
    Warm,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cartelera.contract.tables import TableSchema
    from cartelera.release import Release
    from infra.local.template import Template
    from tests.benchmarks.serving.report import Limits

_HERE = Path(__file__).parent
_RELEASES = f"s3://{BUCKET}"
_REFERENCE = "reference"
# Called untimed first, of each kind of question.
_WARM_UP = 100
_LIMITS = {"recomendacion": RECOMMEND, "get_actor": ACTORS}
_TO_A_PERSON = "POST recomendacion"
# What a typo need not be a miss of: the search corrects it, and some of a taste is known.
_FORGIVING = (SEARCH_ROUTE, _TO_A_PERSON)
_WELL_KNOWN = 3_000
# Of how many films somebody who asks says something.
_MOST_TASTES = 10
# How many of those who search are asked for with a part of the name.
_STILL_TYPING = 0.7
_READ_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Subject:
    """A function to measure: what it is asked, and the folders of its layers."""

    name: str
    function: Function
    path: tuple[Path, ...]
    first: dict[str, Any]
    limits: Limits = NO_LIMITS
    hits: list[dict[str, Any]] = field(default_factory=list)
    misses: list[dict[str, Any]] = field(default_factory=list)


@click.command()
@click.option("--raw", type=click.Path(path_type=Path), help="Folder with the raw files.")
@click.option("--place", type=click.Path(path_type=Path), help="Folder of a release, instead.")
@click.option("--runs", default=10, show_default=True, help="Starts of each handler.")
@click.option("--calls", default=5000, show_default=True, help="Warm calls of each handler.")
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Where results go.")
def main(raw: Path | None, place: Path | None, runs: int, calls: int, out: Path) -> None:
    """Measure every function on a release and hold the figures to their limits."""
    if (raw is None) == (place is None):
        raise click.UsageError("give the raw files (--raw) or a place with a release (--place)")
    # As gently as by Ctrl-C, so that nothing is left running.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    template = read_template(PROJECT / "template.yaml")
    machine = this_machine()
    stages = Stages(Console(stderr=True, highlight=False))
    built = {function.code.name: as_built(function) for function in template.functions}
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
            layer_bytes=unzipped_bytes(LAYER),
            handlers=[
                Handler(
                    subject.name,
                    subject.limits,
                    starts[subject.name],
                    peaks[subject.name],
                    unzipped_bytes(subject.function.code),
                    bench.warm(subject),
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

    def warm(self, subject: Subject) -> Warm | None:
        """Call a subject from within its process."""
        if not subject.hits:
            return None
        function = subject.function
        variables = {
            "PATH": os.defpath,
            "PYTHONPATH": os.pathsep.join(map(str, (function.code, *subject.path, PROJECT))),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        with self._stages.stage(f"Calling {subject.name}"), self._log.open("ab") as log:
            calls = probe(
                function.handler,
                {"hits": subject.hits, "misses": subject.misses},
                variables | function.environment | self._environment,
                self._folder,
                python=RUNTIME,
                warm_up=_WARM_UP,
                log=log,
            ).calls
        lost = [status for status in calls["hits"].statuses if status != 200]
        assert not lost, f"{subject.name}: {len(lost)} names were not found"
        # A typo may happen to be another name, and a search forgives it.
        missed = [
            seconds
            for seconds, status in zip(
                calls["misses"].seconds, calls["misses"].statuses, strict=True
            )
            if status == 404 or subject.name in _FORGIVING
        ]
        hits = calls["hits"]
        there, reading = (
            [
                seconds
                for seconds, read in zip(hits.seconds, hits.reading, strict=True)
                if read is kind
            ]
            for kind in (False, True)
        )
        return Warm(*map(_latency, (there, reading, missed)))

    def _first_answer(self, subject: Subject, more: dict[str, str]) -> tuple[float, int]:
        environment = self._environment | more
        with closing(
            EmulatedFunction(subject.function, environment, self._log, subject.path)
        ) as function:
            answer = function.invoke(subject.first)
            assert isinstance(answer, dict), answer
            assert answer["statusCode"] == 200, answer
            # Memory at its highest: suggestions look at all names.
            for event in subject.misses[:1]:
                function.invoke(event)
            return function.first_answer_seconds, function.peak_memory()


def _latency(seconds: list[float]) -> Latency | None:
    """Return the latency of some calls; None of less than two."""
    return Latency.of(seconds) if len(seconds) > 1 else None


def _published(raw: Path | None, place: Path | None, stages: Stages) -> Release:
    """Publish the raw files to the local S3, or what lies in a place already."""
    target = open_store(_RELEASES)
    if raw:
        run(raw, target, stages)
    elif place:
        with stages.stage("Copying the release"):
            copy_release(place, target)
    release = Releases(target).current()
    # Questions are made from all names, which no function reads.
    release.deadline = Deadline(_READ_SECONDS)
    return release


def _subjects(
    template: Template, built: Mapping[str, Function], release: Release, calls: int
) -> list[Subject]:
    """Return hello, each function with questions from its table, and the reference."""
    hello = Function("hello", _HERE / "hello", "app.handler", 512, {})
    reference = Function(_REFERENCE, _HERE / _REFERENCE, "app.handler", 512, {})
    ours = []
    for schema in LOOK_UPS:
        table = release.table(schema)
        # A row's both at once: large tables are read block by block.
        rows = [
            (str(table.value(schema.name, row)), int(str(table.value(VOTES, row))))
            for row in range(len(table))
        ]
        names, votes = zip(*rows, strict=True)
        choice = random.Random(schema.route)  # noqa: S311 (the same questions each time)
        asked = choice.choices(names, k=calls)
        ours.append(
            Subject(
                schema.route,
                built[schema.route],
                (LAYER,),
                event_for(template, schema.route, names[votes.index(max(votes))]),
                _LIMITS.get(schema.route, LOOK_UP),
                [event_for(template, schema.route, name) for name in asked],
                [
                    event_for(template, schema.route, mistyped(name, choice))
                    for name in asked[: calls // 10]
                ],
            )
        )
    ours.append(_tastes(template, built["recomendacion"], release, calls // 10))
    ours.append(_facts(template, built["pelicula"], release, calls))
    ours.append(_lists(template, built["peliculas"], release, calls))
    ours.append(_search(template, built[SEARCH_ROUTE], release, calls))
    (same,) = (subject for subject in ours if subject.name == "peliculas_duracion")
    libraries = (Path(sysconfig.get_path("purelib")),)
    return [
        Subject(hello.name, hello, (), same.first),
        *ours,
        Subject(reference.name, reference, libraries, same.first),
    ]


def _facts(template: Template, function: Function, release: Release, calls: int) -> Subject:
    """Return the facts of a film with the questions that its running time is asked for with."""
    table = release.table(PELICULAS_DURACION)
    choice = random.Random(PELICULAS_DURACION.route)  # noqa: S311 (the same questions each time)
    names = [table.name(row) for row in range(len(table))]
    asked = choice.choices(names, k=calls)
    missed = [mistyped(name, choice) for name in asked[: calls // 10]]
    hits, misses = (
        [event_for(template, "pelicula", name) for name in each] for each in (asked, missed)
    )
    first = event_for(template, "pelicula", table.name(table.most_voted(1)[0]))
    return Subject("pelicula", function, (LAYER,), first, FACTS, hits, misses)


def _tastes(template: Template, function: Function, release: Release, calls: int) -> Subject:
    """Return recommendations to people who like some well-known films, and may dislike another."""
    table = release.table(PELICULAS_DURACION)
    choice = random.Random(_TO_A_PERSON)  # noqa: S311 (the same questions each time)
    known = [cast("int", table.value("id", row)) for row in table.most_voted(_WELL_KNOWN)]

    def asked() -> dict[str, object]:
        films = [{"id": film} for film in choice.sample(known, choice.randint(2, _MOST_TASTES))]
        dislikes = choice.randint(0, 1)
        return {"gustos": films[dislikes:], "no_gustos": films[:dislikes]}

    first, *events = (tastes_event(template, asked()) for _ in range(calls + 1))
    missed = [
        {"gustos": [{"titulo": mistyped(table.name(row), choice)}, {"id": known[0]}]}
        for row in choice.choices(range(len(table)), k=calls // 10)
    ]
    misses = [tastes_event(template, each) for each in missed]
    return Subject(_TO_A_PERSON, function, (LAYER,), first, TASTES, events, misses)


def _lists(template: Template, function: Function, release: Release, calls: int) -> Subject:
    """Return lists by filters of every kind, in every order, on any page."""
    choice = random.Random("peliculas")  # noqa: S311 (the same questions each time)
    values: dict[str, Callable[[], object]] = {
        "genero": lambda: choice.choice(_names(release, GENERO)),
        "idioma": lambda: choice.choice(_names(release, PELICULAS_IDIOMA)),
        "pais": lambda: choice.choice(_names(release, PELICULAS_PAIS)),
        "productora": lambda: choice.choice(_names(release, PRODUCTORAS_EXITOSAS)),
        "director": lambda: choice.choice(_names(release, GET_DIRECTOR)),
        "desde": lambda: choice.randint(1900, 2020),
        "hasta": lambda: choice.randint(1900, 2020),
        "min_votos": lambda: choice.choice([1, 10, 100, 1000]),
        "min_voto_promedio": lambda: choice.choice([3, 5.5, 7]),
        "max_duracion": lambda: choice.randint(30, 240),
        "tema": lambda: choice.choice(["love", "time travel", "of"]),
        "estado": lambda: "todas",
    }
    asked = [
        {name: values[name]() for name in choice.sample(list(values), choice.randint(0, 4))}
        | {"orden": choice.choice(LIST_ORDERS), "pagina": choice.choice([1, 1, 1, 2, 10, 1000])}
        for _ in range(calls)
    ]
    events = [list_event(template, each) for each in asked]
    missed = [{"genero": mistyped(name, choice)} for name in _names(release, GENERO)]
    misses = [list_event(template, each) for each in missed]
    return Subject("peliculas", function, (LAYER,), list_event(template, {}), LISTS, events, misses)


@cache
def _names(release: Release, schema: TableSchema[Any]) -> list[str]:
    table = release.table(schema)
    return [table.name(row) for row in range(len(table))]


def _search(template: Template, function: Function, release: Release, calls: int) -> Subject:
    """Return the search with what people type: beginnings of names, whole ones, mistyped ones."""
    index = release.name_index()
    entries = range(len(index))
    choice = random.Random(SEARCH_ROUTE)  # noqa: S311 (the same questions each time)
    # The better known, the oftener.
    weights = [1 / (1 + entry) for entry in entries]
    names = [index.name(entry) for entry in choice.choices(entries, weights, k=calls)]
    typed = [
        name[: choice.randint(1, len(name))] if choice.random() < _STILL_TYPING else name
        for name in names
    ]
    return Subject(
        SEARCH_ROUTE,
        function,
        (LAYER,),
        event_for(template, SEARCH_ROUTE, names[0]),
        SEARCH,
        [event_for(template, SEARCH_ROUTE, each) for each in typed if key(each)],
        [
            event_for(template, SEARCH_ROUTE, mistyped(name, choice))
            for name in names[: calls // 10]
        ],
    )


if __name__ == "__main__":
    main()
