"""The load test's questions and figures."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import psutil
import pytest

from tests.benchmarks.load.measures import Turn, measure
from tests.benchmarks.load.pools import read_pools
from tests.benchmarks.load.questions import (
    KINDS,
    ROUTE_WEIGHTS,
    STANDARDS,
    Question,
    Questions,
    best_known,
    complaint,
)
from tests.benchmarks.load.report import bars
from tests.benchmarks.load.servers import Memory, Startup, baseline, cartelera

if TYPE_CHECKING:
    from pathlib import Path

    from tests.benchmarks.load.measures import Result
    from tests.benchmarks.load.questions import Kind


def test_each_route_has_names_to_ask_for_and_the_same_seed_asks_the_same(raw_sample: Path) -> None:
    pools = read_pools(raw_sample)

    first, second = (Questions(pools, Random(5)) for _ in range(2))  # noqa: S311 (of a seed)
    asked = [first.next() for _ in range(500)]

    assert best_known(pools).keys() == ROUTE_WEIGHTS.keys()
    assert {each.route for each in asked} == ROUTE_WEIGHTS.keys()
    assert {each.kind for each in asked} == set(KINDS)
    assert asked == [second.next() for _ in range(500)]


@pytest.mark.parametrize(
    ("kind", "status", "body", "expected"),
    [
        ("hit", 200, '{"pelicula": "Heat"}', None),
        ("hit", 200, '{"pelicula": "Heart"}', "hit: another name"),
        ("hit", 404, "{}", "hit: status 404"),
        ("hit", 0, "", "hit: no answer"),
        ("miss", 404, '{"sugerencias": ["Heat"]}', None),
        ("miss", 404, '{"sugerencias": []}', "miss: no suggestions"),
        # By another name: no typo.
        ("miss", 200, '{"pelicula": "Pigs", "encontrada_como": "Heat"}', None),
        ("miss", 200, '{"pelicula": "Heat"}', "miss: found as it was mistyped"),
        ("bad", 400, "{}", None),
        ("bad", 200, "{}", "bad: status 200"),
        ("bad", 400, "<html>", "bad: 400 without JSON"),
    ],
)
def test_an_answer_is_held_to_what_was_asked(
    kind: Kind, status: int, body: str, expected: str | None
) -> None:
    question = Question("peliculas_duracion", kind, "Heat", "/peliculas_duracion/Heat")

    assert complaint(question, STANDARDS["cartelera"], status, body) == expected


def turn(folder: Path, name: str, ms: list[float], began: float) -> Turn:
    """Leave a turn of one question after the other, each answered as it should be."""
    samples = folder / f"{name}-{began}.csv"
    rows, at = ["at,ms,route,kind,status,complaint"], began
    for each in ms:
        rows.append(f"{at},{each},franquicia,hit,200,")
        at += each / 1000
    samples.write_text("\n".join(rows))
    memory = Memory(psutil.Process(), [began - 1, began + 0.1], [900.0, 10.0])
    return Turn(samples, memory, server=0.5, clients=0.2, machine=1.2, load=0.0)


def test_turns_are_summed_up_and_held_against_the_usual_designs(tmp_path: Path) -> None:
    startup = Startup(1, {"franquicia": 0.1})

    def result(name: str, ms: float) -> Result:
        design = cartelera(tmp_path) if name == "cartelera" else baseline(tmp_path, 1)
        turns = [turn(tmp_path, name, [ms] * 100, began) for began in (1000, 2000)]
        return measure(design, startup, turns, 1)

    results = {"cartelera": result("cartelera", 2), "usual": result("usual", 8)}

    ours = results["cartelera"]
    assert (ours["requests"], ours["unexpected"]) == (200, 0)
    assert ours["requests_per_second"] == pytest.approx(500, rel=0.01)
    assert ours["cpu"] == {"server": 5.0, "clients": 2.0}
    assert [each["others"] for each in ours["rounds"]] == [2.5, 2.5]
    # What was weighed before the first question is no part of it.
    assert ours["memory"]["peak"] == 10
    assert [window["second"] for window in ours["windows"]] == [0.5, 1.5]
    many, late = bars(results).values()
    assert (many.passes, late.passes) == (True, True)
    assert many.value == pytest.approx(4, rel=0.01)
    assert late.value == pytest.approx(0.25)
