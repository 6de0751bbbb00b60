"""Worker processes that stand in for Lambda."""

from __future__ import annotations

import asyncio
import os
import signal
from typing import TYPE_CHECKING, Any

import pytest

from infra.local.functions import FunctionError, LocalFunction
from infra.local.template import Function

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APP = """
import os, time

def handler(event, context):
    if event == "raise":
        raise KeyError("inside")
    if event == "die":
        os._exit(1)
    if event == "no JSON":
        return object()
    if event == "slow":
        time.sleep(0.2)
    print("said", event)
    return {"event": event, "pid": os.getpid(), "who": context.function_name,
            "variables": [os.environ["OWN"], os.environ["GIVEN"]]}
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


@pytest.fixture
def function(tmp_path: Path, log: Path) -> Iterator[LocalFunction]:
    (tmp_path / "app.py").write_text(APP)
    function = Function("Echo", tmp_path, "app.handler", 128, {"OWN": "1", "GIVEN": "0"})
    running = LocalFunction(function, {"GIVEN": "2"}, log)
    yield running
    running.close()


def invoke(function: LocalFunction, event: object) -> dict[str, Any]:
    answer = asyncio.run(function.invoke(event))
    assert isinstance(answer, dict)
    return answer


def test_a_call_is_answered_by_a_process_that_stays(function: LocalFunction, log: Path) -> None:
    first, second = (invoke(function, event) for event in ({"a": 1}, {"b": 2}))

    assert first["event"] == {"a": 1}
    assert first["who"] == "Echo"
    assert first["variables"] == ["1", "2"]
    assert first["pid"] == second["pid"]
    assert "said {'b': 2}" in log.read_text()


def test_an_error_inside_is_a_function_error_with_its_traceback_in_the_log(
    function: LocalFunction, log: Path
) -> None:
    with pytest.raises(FunctionError, match="KeyError: 'inside'"):
        invoke(function, "raise")

    assert "Traceback" in log.read_text()


def test_after_a_process_died_the_next_call_gets_another(function: LocalFunction) -> None:
    with pytest.raises(FunctionError, match="the process died"):
        invoke(function, "die")

    assert invoke(function, {"a": 1})["event"] == {"a": 1}


def test_what_is_no_json_is_a_function_error(function: LocalFunction) -> None:
    with pytest.raises(FunctionError, match=r"TypeError: .+ not JSON serializable"):
        invoke(function, "no JSON")

    assert invoke(function, {"a": 1})["event"] == {"a": 1}


def test_long_events_and_answers_arrive_whole(function: LocalFunction) -> None:
    # Longer than what a socket takes at once, in letters that JSON writes with six each.
    text = "ñ\n" * 500_000

    assert invoke(function, text)["event"] == text


def test_calls_at_once_are_answered_one_after_the_other_by_one_process(
    function: LocalFunction,
) -> None:
    async def at_once() -> list[Any]:
        return await asyncio.gather(*(function.invoke({"a": number}) for number in range(20)))

    answers = asyncio.run(at_once())

    assert [answer["event"] for answer in answers] == [{"a": number} for number in range(20)]
    assert len({answer["pid"] for answer in answers}) == 1


def test_calls_that_wait_while_the_process_dies_are_answered_by_another(
    function: LocalFunction,
) -> None:
    async def at_once() -> list[Any]:
        events = ("slow", "die", {"a": 1}, {"b": 2})
        calls = (function.invoke(event) for event in events)
        return await asyncio.gather(*calls, return_exceptions=True)

    before, died, *after = asyncio.run(at_once())

    assert isinstance(died, FunctionError)
    assert [answer["event"] for answer in after] == [{"a": 1}, {"b": 2}]
    assert after[0]["pid"] == after[1]["pid"] != before["pid"]


def test_a_process_that_died_between_calls_fails_one_of_them(function: LocalFunction) -> None:
    os.kill(invoke(function, {"a": 1})["pid"], signal.SIGKILL)

    with pytest.raises(FunctionError, match="the process died"):
        invoke(function, {"b": 2})

    assert invoke(function, {"c": 3})["event"] == {"c": 3}


def test_the_answer_of_a_call_that_was_given_up_is_not_that_of_the_next(
    function: LocalFunction,
) -> None:
    async def give_up() -> None:
        await asyncio.wait_for(function.invoke("slow"), 0.1)

    assert invoke(function, {"a": 1})["event"] == {"a": 1}
    with pytest.raises(TimeoutError):
        asyncio.run(give_up())

    assert invoke(function, {"b": 2})["event"] == {"b": 2}
