"""Swapping releases under concurrent clients: `python -m tests.integration.swaps`.

Each client has a function process of its own, as on Lambda, and asks it without a pause while
releases are published, some of them broken. A release's number is in all that it answers, so
that an answer made of two releases, or of a broken one, would show.
"""

from __future__ import annotations

import asyncio
import json
import os
import pickle
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import numpy as np
import pyarrow as pa

from cartelera.contract.release_format import FEATURES, FORMAT, MODEL, POINTER, sha256, to_json
from cartelera.contract.tables import PELICULAS_IDIOMA, RECOMENDACION
from etl.release.files import ReleaseFile, table_file
from etl.release.pointers import move_pointer
from etl.release.publish import make_manifest, upload
from etl.release.storage import open_storage, read_object
from infra.local.events import HttpRequest, match_route, proxy_event, read_proxy_response
from infra.local.functions import FunctionError, LocalFunction
from infra.local.s3 import BUCKET, local_s3
from infra.local.template import read_template
from tests.models import BLOCK, make_model, pickled

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartelera.contract.release_format import Pointer
    from infra.local.events import HttpResponse

PLACE = f"s3://{BUCKET}"
TEMPLATE = Path(__file__).parents[2] / "template.yaml"
CHECK_INTERVAL_SECONDS = 0.02
PATIENCE_SECONDS = 20
FILMS = 12
FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
# Every fourth release is broken, each time in the next of these ways.
ONE_BROKEN_IN = 4
BROKEN = ("missing files", "wrong hashes", "junk", "unknown format", "half written")
# Three files for one answer, and one.
PATHS = ("/recomendacion/Pivote", "/peliculas_idioma/en")


@dataclass(slots=True)
class Client:
    """What one client saw, and where its function logs."""

    path: str
    log: Path
    answers: int = 0
    failures: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    swaps: int = 0
    release: str = ""

    def refused(self) -> set[str]:
        """Return the releases that its function says it refused."""
        lines = self.log.read_text().splitlines() if self.log.exists() else []
        said = [json.loads(line) for line in lines if "kept the last good release" in line]
        return {line["refused"] for line in said}


@dataclass(frozen=True, slots=True)
class Summary:
    """What came of a run."""

    published: int
    clients: list[Client]
    broken: set[str]
    seconds: float

    @property
    def sound(self) -> bool:
        """Whether all went as it must."""
        return all(
            client.answers
            and not client.failures
            and not client.mixed
            and client.swaps == self.published - len(self.broken)
            and client.refused() == self.broken
            for client in self.clients
        )

    def lines(self) -> list[str]:
        """Return the summary as people read it."""
        clients = self.clients
        return [
            f"{self.published} releases in {self.seconds:.0f} s, {len(self.broken)} of them broken",
            f"clients         {len(clients)} at once, each with a function of its own",
            f"answers         {sum(client.answers for client in clients)}",
            f"failures        {sum(len(client.failures) for client in clients)}",
            f"mixed           {sum(len(client.mixed) for client in clients)}",
            f"swaps seen      {', '.join(str(client.swaps) for client in clients)}",
            f"broken refused  {', '.join(str(len(client.refused())) for client in clients)}",
        ]


def make_files(number: int) -> dict[str, ReleaseFile]:
    """Make a release all of whose files tell its number."""
    rows = range(FILMS)
    titles = ["Pivote", *(f"Vecina {row:02d} de {number}" for row in rows[1:])]
    films = {
        "key": [title.casefold() for title in titles],
        "votes": [1] * FILMS,
        "by_id": list(rows),
        "better_known": [None] * FILMS,
        "id": [number * FILMS + row for row in rows],
        "titulo": titles,
        "anio": [2000] * FILMS,
    }
    languages = {
        "key": ["en"],
        "votes": [1],
        "by_rank": [0],
        "idioma": ["en"],
        "nombre": ["inglés"],
        "cantidad": [number],
    }
    features = np.eye(FILMS)
    features[0] = features[neighbour_of(number)]
    names = {"block": [BLOCK] * FILMS, "name": [f"Tema de {number}"] * FILMS}
    return {
        RECOMENDACION.path: table_file(pa.table(films)),
        PELICULAS_IDIOMA.path: table_file(pa.table(languages)),
        FEATURES: table_file(pa.table(names)),
        MODEL: ReleaseFile(pickled(make_model(features)), FILMS),
    }


def neighbour_of(number: int) -> int:
    """Return the row that the model of a release puts next to the first."""
    return 1 + number % (FILMS - 1)


def is_of(number: int, answer: dict[str, Any]) -> bool:
    """Tell whether every part of an answer comes from one release."""
    if "cantidad" in answer:
        return bool(answer["cantidad"] == number)
    titles: list[str] = answer["lista_recomendada"]
    return (
        answer["id"] == number * FILMS
        and titles[0] == f"Vecina {neighbour_of(number):02d} de {number}"
        and all(title.endswith(f" de {number}") for title in titles)
        and answer["recomendaciones"][0]["motivos"] == [f"género: Tema de {number}"]
    )


class Run:
    """Clients that ask, and releases that come and go."""

    def __init__(self, environment: dict[str, str], clients: int, logs: Path) -> None:
        self._template = read_template(TEMPLATE)
        self._environment = environment | {
            "CARTELERA_RELEASES": PLACE,
            "CARTELERA_CHECK_EVERY_SECONDS": str(CHECK_INTERVAL_SECONDS),
        }
        self._store = open_storage(PLACE)
        self._numbers: dict[str, int] = {}
        self._stop = threading.Event()
        self._clients = [
            Client(PATHS[number % len(PATHS)], logs / str(number)) for number in range(clients)
        ]

    def swap(self, releases: int) -> Summary:
        """Publish `releases` releases, each once every client has met the one before."""
        started = time.perf_counter()
        broken = set()
        self._publish(0, None)
        with ThreadPoolExecutor(len(self._clients)) as pool:
            asking = [pool.submit(self._ask, client) for client in self._clients]
            try:
                self._wait(lambda: all(client.release for client in self._clients))
                for number in range(1, releases + 1):
                    turn, left = divmod(number, ONE_BROKEN_IN)
                    breakage = None if left else BROKEN[turn % len(BROKEN)]
                    release = self._publish(number, breakage)
                    if breakage:
                        broken.add(release)
                    self._wait(partial(self._all_met, release))
            finally:
                self._stop.set()
            for client in asking:
                client.result()
        return Summary(releases, self._clients, broken, time.perf_counter() - started)

    def _publish(self, number: int, breakage: str | None) -> str:
        files = make_files(number)
        if breakage == "junk":
            files = dict.fromkeys(files, ReleaseFile(pickle.dumps(print), 1))
        created_at = FIRST_DAY + timedelta(seconds=number)
        manifest = make_manifest(files, FILMS, {}, [], created_at)
        self._numbers[manifest["release"]] = number
        if breakage == "missing files":
            files = {}
        elif breakage == "wrong hashes":
            files = {path: ReleaseFile(file.data + b"\0", 1) for path, file in files.items()}
        elif breakage == "unknown format":
            manifest["format"] = FORMAT + 1
        if breakage == "half written":
            pointer: Pointer = {
                "format": FORMAT,
                "release": manifest["release"],
                "manifest_sha256": sha256(to_json(manifest)),
            }
            self._store.put(POINTER, to_json(pointer))
        else:
            # Whatever is said of the manifest, these functions look at the pointer of their own.
            pointer = {**upload(self._store, manifest, files), "format": FORMAT}
            move_pointer(self._store, pointer, read_object(self._store, POINTER))
        return manifest["release"]

    def _ask(self, client: Client) -> None:
        request = HttpRequest("GET", client.path)
        matched = match_route(self._template.routes, request)
        assert matched
        function = next(
            function
            for function in self._template.functions
            if function.name == matched[0].function
        )
        with closing(LocalFunction(function, self._environment, client.log)) as running:
            while not self._stop.is_set():
                try:
                    result = asyncio.run(running.invoke(proxy_event(*matched, request)))
                except FunctionError as error:
                    client.failures.append(repr(error))
                else:
                    self._hear(client, read_proxy_response(result))

    def _hear(self, client: Client, response: HttpResponse) -> None:
        client.answers += 1
        if response.status != HTTPStatus.OK:
            client.failures.append(response.body.decode())
            return
        release = next(value for name, value in response.headers if name.lower() == "x-release")
        if not is_of(self._numbers[release], json.loads(response.body)):
            client.mixed.append(f"{release}: {response.body.decode()}")
        client.swaps += bool(client.release) and client.release != release
        client.release = release

    def _all_met(self, release: str) -> bool:
        return all(
            client.release == release or release in client.refused() for client in self._clients
        )

    @staticmethod
    def _wait(met: Callable[[], bool]) -> None:
        end = time.monotonic() + PATIENCE_SECONDS
        while not met() and time.monotonic() < end:
            time.sleep(CHECK_INTERVAL_SECONDS)


@click.command()
@click.option("--releases", type=click.IntRange(1), default=100, show_default=True)
@click.option("--clients", type=click.IntRange(1), default=4, show_default=True)
def main(releases: int, clients: int) -> None:
    """Swap releases under clients, and say what they saw."""
    with local_s3() as environment, tempfile.TemporaryDirectory() as logs:
        # This process publishes.
        os.environ.update(environment)
        summary = Run(environment, clients, Path(logs)).swap(releases)
        click.echo("\n".join(summary.lines()))
    sys.exit(not summary.sound)


if __name__ == "__main__":
    main()
