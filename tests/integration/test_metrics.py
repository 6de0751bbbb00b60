"""What the functions really count, and that the alarms and the dashboard look at just that."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from contextlib import suppress
from shutil import copytree
from typing import TYPE_CHECKING, Any

import pytest

from cartelera.contract.release_format import POINTER, sha256, to_json
from infra.local.events import HttpRequest, match_route, proxy_event
from infra.local.functions import FunctionError, LocalFunction
from tests.watched import STACK, Metric, Observability

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from infra.local.template import Template

SOUGHT = "espanyol"
NOWHERE = "qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"


class Day:
    """A day of one function: before a release, with one, with a broken one, and with another."""

    def __init__(self, template: Template, place: Path, log: Path) -> None:
        self._place = place
        self._log = log
        self._routes = template.routes
        (function,) = (each for each in template.functions if each.code.name == "peliculas_idioma")
        environment = {
            "CARTELERA_STACK": STACK,
            "CARTELERA_RELEASES": place.as_uri(),
            "CARTELERA_CHECK_EVERY_SECONDS": "0",
        }
        self._lambda = LocalFunction(function, environment, log)

    def live(self) -> None:
        published = (self._place / POINTER).rename(self._place / "published.json")
        with suppress(FunctionError):
            self.invoke({"idioma": "en"})
        published.rename(self._place / POINTER)
        self.get("/peliculas_idioma/en")
        self.get(f"/peliculas_idioma/{SOUGHT}")
        self.get("/peliculas_idioma?otra=cosa")
        self.invoke({"idioma": "en"})
        with suppress(FunctionError):
            self.invoke({"idioma": NOWHERE})
        pointer = (self._place / POINTER).read_bytes()
        (self._place / POINTER).write_bytes(b"{")
        self.invoke({"idioma": "en"})
        (self._place / POINTER).write_bytes(self._another(json.loads(pointer)))
        self.invoke({"idioma": "en"})

    def get(self, path: str) -> None:
        path, _, query = path.partition("?")
        request = HttpRequest("GET", path, query)
        matched = match_route(self._routes, request)
        assert matched
        self.invoke(proxy_event(*matched, request))

    def invoke(self, event: dict[str, Any]) -> None:
        asyncio.run(self._lambda.invoke(event))

    def lines(self) -> list[dict[str, Any]]:
        """Return what was written to the log, without the traces of what was raised."""
        lines = self._log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]

    def counted(self) -> list[tuple[Metric, dict[str, Any]]]:
        """Return each metric that was sent, and the line that sent it."""
        return [
            (Metric(sent["Namespace"], metric["Name"], pairs), line)
            for line in self.lines()
            for sent in line.get("_aws", {}).get("CloudWatchMetrics", ())
            for metric in sent["Metrics"]
            for dimensions in sent["Dimensions"]
            for pairs in [frozenset((name, line[name]) for name in dimensions)]
        ]

    def close(self) -> None:
        self._lambda.close()

    def _another(self, pointer: dict[str, Any]) -> bytes:
        """Copy the release under another name; return the pointer to it."""
        first = self._place / "releases" / pointer["release"]
        second = copytree(first, first.parent / "otra")
        manifest = json.loads((second / "manifest.json").read_text()) | {"release": "otra"}
        written = to_json(manifest)
        (second / "manifest.json").write_bytes(written)
        return json.dumps(
            pointer | {"release": "otra", "manifest_sha256": sha256(written)}
        ).encode()


@pytest.fixture(scope="module")
def day(
    template: Template, sample_place: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Day]:
    folder = tmp_path_factory.mktemp("metrics")
    day = Day(template, copytree(sample_place, folder / "place"), folder / "log")
    day.live()
    yield day
    day.close()


@pytest.fixture(scope="module")
def ours() -> set[Metric]:
    """What the alarms and the dashboard take of the functions' own metrics."""
    observability = Observability()
    taken = {*observability.in_alarms(), *observability.on_dashboard()}
    return {metric for metric in taken if metric.namespace == "Cartelera"}


def test_what_is_watched_is_counted_with_those_very_dimensions(day: Day, ours: set[Metric]) -> None:
    for watched in ours:
        assert any(watched.holds(metric) for metric, _ in day.counted()), watched


def test_whatever_is_counted_is_watched(day: Day, ours: set[Metric]) -> None:
    for metric, _ in day.counted():
        assert any(watched.holds(metric) for watched in ours), metric


def test_requests_are_counted_by_route_and_status_in_whichever_way_they_come(day: Day) -> None:
    requests = Counter(
        (pairs["route"], pairs["status"])
        for metric, _ in day.counted()
        if metric.name == "Requests" and "route" in (pairs := dict(metric.dimensions))
    )

    route = "/peliculas_idioma"
    assert requests == {(route, "2xx"): 4, (route, "4xx"): 3, (route, "5xx"): 1}


def test_each_thing_is_counted_as_often_as_it_happened(day: Day) -> None:
    times = Counter(
        metric.name for metric, _ in day.counted() if ("service", "cartelera") in metric.dimensions
    )

    assert times == {
        "Requests": 8,
        "ReleaseAge": 7,
        # A one before there was any, and zeros from then on.
        "NoRelease": 1 + 7,
        "ColdStarts": 1,
        "MissesWithSuggestions": 1,
        "MissesWithoutSuggestions": 1,
        "ReleaseLoadFailures": 1,
        "ReleaseSwaps": 1,
    }


def test_whether_anything_is_published_is_counted_with_every_answer(day: Day) -> None:
    counted = [line["NoRelease"] for metric, line in day.counted() if metric.name == "NoRelease"]

    assert counted == [[1.0]] + [[0.0]] * 7


def test_every_metric_has_a_value_in_its_line(day: Day) -> None:
    assert all(line[metric.name] for metric, line in day.counted())


def test_every_answer_is_logged_with_its_release(day: Day) -> None:
    answers = [line for line in day.lines() if line.get("message") == "answered" or "_aws" in line]

    assert len(answers) == 3 + 8
    assert answers[-1]["release"] == "otra"
    # The first question came before there was one.
    assert ["release" in line for line in answers] == [False] + [True] * (3 + 7)


def test_neither_who_asked_nor_for_what_is_logged(day: Day) -> None:
    logged = json.dumps(day.lines())

    assert "127.0.0.1" not in logged
    assert SOUGHT not in logged
    assert NOWHERE not in logged
