"""Worker processes that stand in for Lambda."""

from __future__ import annotations

from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

import pytest

from infra.local.lambdas import FunctionError, LocalLambda
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
def function(tmp_path: Path, log: Path) -> Iterator[LocalLambda]:
    (tmp_path / "app.py").write_text(APP)
    function = Function("Echo", tmp_path, "app.handler", 128, {"OWN": "1", "GIVEN": "0"})
    running = LocalLambda(function, {"GIVEN": "2"}, log, workers=1)
    yield running
    running.close()


def test_a_call_is_answered_by_a_process_that_stays(function: LocalLambda, log: Path) -> None:
    first, second = (function.invoke(event).result() for event in ({"a": 1}, {"b": 2}))

    assert isinstance(first, dict)
    assert isinstance(second, dict)
    assert first["event"] == {"a": 1}
    assert first["who"] == "Echo"
    assert first["variables"] == ["1", "2"]
    assert first["pid"] == second["pid"]
    assert "said {'b': 2}" in log.read_text()


def test_an_error_inside_is_a_function_error_with_its_traceback_in_the_log(
    function: LocalLambda, log: Path
) -> None:
    with pytest.raises(FunctionError, match="KeyError: 'inside'"):
        function.invoke("raise").result()  # type: ignore[arg-type]

    assert "Traceback" in log.read_text()


def test_after_a_process_died_the_next_call_gets_another(function: LocalLambda) -> None:
    with pytest.raises(BrokenProcessPool):
        function.invoke("die").result()  # type: ignore[arg-type]

    assert function.invoke({"a": 1}).result()
