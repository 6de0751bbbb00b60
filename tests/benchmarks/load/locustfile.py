"""Locust's side of the load test: users who ask again as soon as they are answered.

Run by `python -m tests.benchmarks.load` in a process of its own, since importing Locust
replaces the standard library's sockets, threads and locks by gevent's.
"""

from __future__ import annotations

import csv
import itertools
import json
import time
from pathlib import Path
from random import Random
from typing import Any

from locust import FastHttpUser, constant, events, task

from tests.benchmarks.load.questions import STANDARDS, Questions, complaint

SAMPLE_COLUMNS = ("at", "ms", "route", "kind", "status", "complaint")
_GIVEN_UP_AFTER = 30.0
_seeds = itertools.count(1)


@events.init_command_line_parser.add_listener
def add_options(parser: Any) -> None:
    parser.add_argument("--pools", type=Path, help="JSON file with the names to ask for.")
    parser.add_argument("--standard", choices=STANDARDS, help="What answers are held to.")
    parser.add_argument("--samples", type=Path, help="CSV file to write: a row a request.")


@events.init.add_listener
def prepare(environment: Any, **_: Any) -> None:
    options = environment.parsed_options
    environment.pools = json.loads(options.pools.read_text())
    environment.standard = STANDARDS[options.standard]
    samples = options.samples.open("w", newline="")
    rows = csv.writer(samples)
    rows.writerow(SAMPLE_COLUMNS)

    # Locust's own figures are rounded to two digits; these are as measured.
    @environment.events.request.add_listener
    def record(
        *,
        start_time: float,
        response_time: float,
        response: Any,
        context: Any,
        exception: Exception | None,
        **_: Any,
    ) -> None:
        question = context["question"]
        rows.writerow(
            (
                f"{start_time:.4f}",
                f"{response_time:.3f}",
                question.route,
                question.kind,
                response.status_code,
                exception or "",
            )
        )

    @environment.events.quit.add_listener
    def close(**_: Any) -> None:
        samples.close()


class Visitor(FastHttpUser):
    """Keeps one connection open and has one request in flight."""

    wait_time = constant(0)
    connection_timeout = network_timeout = _GIVEN_UP_AFTER

    def on_start(self) -> None:
        self.questions = Questions(self.environment.pools, Random(next(_seeds)))  # noqa: S311

    @task
    def ask(self) -> None:
        question = self.questions.next()
        with self.client.get(
            question.path,
            name=question.route,
            context={"question": question},
            catch_response=True,
        ) as response:
            wrong = complaint(
                question, self.environment.standard, response.status_code, response.text or ""
            )
            if wrong:
                response.failure(wrong)
            else:
                response.success()
        if not response.status_code:
            # A server that is gone need not be asked a thousand times a second.
            time.sleep(1)
