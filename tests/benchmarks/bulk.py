"""Questions in bulk, beside the same asked one by one: `python -m tests.benchmarks.bulk`.

    python -m tests.benchmarks.bulk --releases folder

The same questions, of each kind in turns: asked of the function of their route by direct
invocation, one after the other; given to the function of bulk questions as SQS gives them, its
answers written to a folder; and sent through SQS and S3, both moto's.
"""

from __future__ import annotations

import json
import os
import random
import sys
from contextlib import contextmanager
from importlib import import_module
from io import StringIO
from pathlib import Path
from shutil import copytree
from statistics import median
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import click
from obstore.store import LocalStore
from rich.console import Console

from cartelera.bulk import dead_letters as letters
from cartelera.bulk import handler as bulk
from cartelera.bulk.dead_letters import DEAD_LETTER_QUEUE_VARIABLE
from cartelera.bulk.handler import MAX_LINES, RECEIVES_VARIABLE
from cartelera.contract.release_format import RELEASES_VARIABLE
from cartelera.contract.tables import PELICULAS_DURACION, RECOMENDACION
from cartelera.release import Releases, releases
from cartelera.storage import open_store
from cartelera.telemetry import logger
from functions.consultas_en_lote.app import handler as in_bulk
from infra.local.functions import LocalContext
from infra.local.s3 import BUCKET, local_s3
from tests.benchmarks.common.machine import machine_caption
from tests.benchmarks.common.releases import copy_release
from tests.benchmarks.common.reports import figures_table
from tests.benchmarks.common.timing import seconds_of
from tests.integration.bulk_queue import RECEIVES, Queues

if TYPE_CHECKING:
    from collections.abc import Iterator

_CONTEXT: Any = LocalContext("bulk", 2048)
_QUESTIONS = {
    "a look-up": (PELICULAS_DURACION, "pelicula"),
    "five recommendations": (RECOMENDACION, "titulo"),
}


def _asked(place: Path, count: int) -> dict[str, list[tuple[str, dict[str, str]]]]:
    release = Releases(LocalStore(place)).current()
    asked = {}
    for what, (schema, parameter) in _QUESTIONS.items():
        table = release.table(schema)
        rows = random.Random(what).choices(range(len(table)), k=count)  # noqa: S311
        asked[what] = [(schema.route, {parameter: table.name(row)}) for row in rows]
    return asked


def _messages(questions: list[tuple[str, dict[str, str]]], turn: int) -> list[str]:
    """Return messages of as many lines as they may have; those of another turn are others."""
    lines = [
        json.dumps({"id": f"{turn}-{number}", "ruta": route, "parametros": given})
        for number, (route, given) in enumerate(questions)
    ]
    return ["\n".join(lines[at : at + MAX_LINES]) for at in range(0, len(lines), MAX_LINES)]


def _one_by_one(questions: list[tuple[str, dict[str, str]]]) -> None:
    for route, given in questions:
        import_module(f"functions.{route}.app").handler(given, _CONTEXT)


def _records(messages: list[str]) -> Iterator[dict[str, Any]]:
    for number, body in enumerate(messages):
        attributes = {"ApproximateReceiveCount": "1"}
        record = {"messageId": str(number), "body": body, "attributes": attributes}
        yield {"Records": [{**record, "eventSource": "aws:sqs", "eventSourceARN": "arn:a:b:c:d:e"}]}


def _given(messages: list[str]) -> None:
    for event in _records(messages):
        assert in_bulk(event, _CONTEXT) == {"batchItemFailures": []}


@contextmanager
def _answering_from(url: str, **more: str) -> Iterator[None]:
    cached: list[Any] = [releases, bulk.open_answers, letters.open_queue]
    with patch.dict(os.environ, {RELEASES_VARIABLE: url, RECEIVES_VARIABLE: str(RECEIVES), **more}):
        for each in cached:
            each.cache_clear()
        yield
    for each in cached:
        each.cache_clear()


def _through_moto(source: Path, asked: dict[str, Any], runs: int) -> dict[str, list[float]]:
    found: dict[str, list[float]] = {what: [] for what in asked}
    with local_s3() as environment, _answering_from(f"s3://{BUCKET}", **environment):
        copy_release(source, open_store(f"s3://{BUCKET}"))
        queues = Queues(in_bulk)
        os.environ[DEAD_LETTER_QUEUE_VARIABLE] = queues.letters
        for turn in range(runs + 1):
            for what, questions in asked.items():
                for message in _messages(questions, turn):
                    queues.send(message)
                seconds = seconds_of(queues.deliver_all)
                # The first of them opens the release.
                found[what] += [seconds] * (turn > 0)
        assert queues.take_letters() == []
    return found


@click.command()
@click.option(
    "--releases",
    "place",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="A folder in which a release answers.",
)
@click.option("--questions", "count", default=2_000, show_default=True, help="Of each kind.")
@click.option("--runs", default=3, show_default=True, help="Runs of each way.")
def main(place: Path, count: int, runs: int) -> None:
    """Measure how many questions a second are answered, in bulk and one by one."""
    logger.registered_handler.stream = StringIO()  # type: ignore[attr-defined]
    asked = _asked(place, count)
    ways: dict[str, dict[str, list[float]]] = {
        way: {what: [] for what in asked} for way in ("one by one", "in bulk")
    }
    with (
        TemporaryDirectory() as folder,
        open(os.devnull, "w") as nowhere,  # noqa: PTH123
        patch.object(sys, "stdout", nowhere),
    ):
        copytree(place, folder, dirs_exist_ok=True)
        with _answering_from(Path(folder).as_uri()):
            for questions in asked.values():
                _one_by_one(questions[:200])
                _given(_messages(questions[:200], -1))
            for turn in range(runs):
                for what, questions in asked.items():
                    messages = _messages(questions, turn)
                    alone = seconds_of(lambda each=questions: _one_by_one(each))  # type: ignore[misc]
                    together = seconds_of(lambda each=messages: _given(each))  # type: ignore[misc]
                    ways["one by one"][what].append(alone)
                    ways["in bulk"][what].append(together)
        ways["through SQS and S3"] = _through_moto(place, asked, runs)
    table = figures_table(
        f"questions a second, medians of {runs} runs of {count:,}; one of {machine_caption()}",
        ["", *asked],
    )
    for way, by_kind in ways.items():
        table.add_row(way, *(f"{count / median(by_kind[what]):,.0f}" for what in asked))
    Console(width=100, highlight=False).print(table)


if __name__ == "__main__":
    main()
