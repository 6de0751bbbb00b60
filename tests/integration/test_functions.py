"""Worker processes that stand in for Lambda."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from infra.local.functions import FunctionError, LocalFunction
from infra.local.template import Function

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

APP = """
import os, sys

def handler(event, context):
    if event == "raise":
        raise KeyError("inside")
    if event == "die":
        os._exit(1)
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


def test_a_call_is_answered_by_a_process_that_stays(function: LocalFunction, log: Path) -> None:
    first, second = (function.invoke(event) for event in ({"a": 1}, {"b": 2}))

    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert first["event"] == {"a": 1}
    assert first["who"] == "Echo"
    assert first["variables"] == ["1", "2"]
    assert first["pid"] == second["pid"]
    assert "said {'b': 2}" in log.read_text()


def test_an_error_inside_is_a_function_error_with_its_traceback_in_the_log(
    function: LocalFunction, log: Path
) -> None:
    with pytest.raises(FunctionError, match="KeyError: 'inside'"):
        function.invoke("raise")

    assert "Traceback" in log.read_text()


def test_after_a_process_died_the_next_call_gets_another(function: LocalFunction) -> None:
    with pytest.raises(FunctionError, match="the process died"):
        function.invoke("die")

    assert function.invoke({"a": 1})
