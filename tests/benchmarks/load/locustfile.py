"""Locust's side of the load test: users who ask again as soon as they are answered.

Run by `python -m tests.benchmarks.load` in a process of its own, since importing Locust
replaces the standard library's sockets, threads and locks by gevent's.
"""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path
from random import Random
from typing import Any

import psutil
from locust import FastHttpUser, constant, events, task

from tests.benchmarks.load.questions import STANDARDS, Questions, complaint

SAMPLE_COLUMNS = ("at", "ms", "route", "kind", "status", "complaint")
_GIVEN_UP_AFTER = 30.0


@events.init_command_line_parser.add_listener
def add_options(parser: Any) -> None:
    parser.add_argument("--pools", type=Path, help="JSON file with the names to ask for.")
    parser.add_argument("--standard", choices=STANDARDS, help="What answers are held to.")
    parser.add_argument("--seed", type=int, help="The same asks the same questions.")
    parser.add_argument("--samples", type=Path, help="CSV file to write: a row a request.")
    parser.add_argument("--used", type=Path, help="JSON file to write: CPU seconds of the asking.")


@events.init.add_listener
def prepare(environment: Any, **_: Any) -> None:
    options = environment.parsed_options
    environment.pools = json.loads(options.pools.read_text())
    environment.standard = STANDARDS[options.standard]
    environment.random = Random(options.seed)  # noqa: S311 (the same questions each time)
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

    before: dict[str, float] = {}

    @environment.events.test_start.add_listener
    def start(**_: Any) -> None:
        before.update(used())

    @environment.events.test_stop.add_listener
    def stop(**_: Any) -> None:
        samples.close()
        seconds = {name: after - before[name] for name, after in used().items()}
        options.used.write_text(json.dumps(seconds))


def used() -> dict[str, float]:
    """Return the CPU seconds that this process, and all of the machine, have used so far."""
    busy = psutil.cpu_times()._asdict()
    # Linux counts what guests use among the time of users, too.
    machine = busy["user"] + busy["nice"] + busy["system"] + busy.get("softirq", 0)
    return {"clients": time.process_time(), "machine": machine}


class Visitor(FastHttpUser):
    """Keeps one connection open and has one request in flight."""

    wait_time = constant(0)
    connection_timeout = network_timeout = _GIVEN_UP_AFTER

    def on_start(self) -> None:
        own = Random(self.environment.random.random())  # noqa: S311
        self.questions = Questions(self.environment.pools, own)

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
