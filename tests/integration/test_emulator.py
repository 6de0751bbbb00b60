"""Lambda's own runtime around a function."""

from __future__ import annotations

import os
import signal
import socket
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from infra.local.emulator import (
    EmulatedFunction,
    EmulatorError,
    MissingArtefactError,
)
from infra.local.functions import FunctionError
from infra.local.template import Function

if TYPE_CHECKING:
    from collections.abc import Iterator

APP = """
import os, sys
import lent

def handler(event, context):
    if event == "raise":
        raise KeyError("inside")
    if event == "die":
        os._exit(1)
    return {"event": event, "pid": os.getpid(), "emulator": os.getppid(), "path": sys.path,
            "who": context.function_name, "memory": context.memory_limit_in_mb,
            "variables": dict(os.environ)}
"""


@pytest.fixture
def function(tmp_path: Path) -> Function:
    for folder, module, source in (("code", "app", APP), ("layer", "lent", "")):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / f"{module}.py").write_text(source)
    return Function("Echo", tmp_path / "code", "app.handler", 128, {"OWN": "1", "GIVEN": "0"})


def start(
    function: Function, folder: Path, ports: tuple[int, int] | None = None
) -> EmulatedFunction:
    try:
        return EmulatedFunction(function, {"GIVEN": "2"}, folder / "log", [folder / "layer"], ports)
    except MissingArtefactError as error:
        pytest.skip(str(error))


@pytest.fixture
def running(function: Function, tmp_path: Path) -> Iterator[EmulatedFunction]:
    with closing(start(function, tmp_path)) as emulated:
        yield emulated


def has_ended(pid: int) -> bool:
    """Wait a moment for a process to end; a zombie has."""
    status = Path(f"/proc/{pid}/status")
    for _ in range(100):
        try:
            if "State:\tZ" in status.read_text():
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


def ask(function: EmulatedFunction, event: object) -> Any:
    return function.invoke(event)


def test_a_function_runs_with_its_layer_and_its_own_variables_alone(
    running: EmulatedFunction, function: Function, tmp_path: Path
) -> None:
    answer = ask(running, {"a": 1})

    assert (answer["event"], answer["who"], answer["memory"]) == ({"a": 1}, "Echo", "128")
    folders = [str(function.code), str(tmp_path / "layer")]
    assert [folder for folder in answer["path"] if folder in folders][-2:] == folders
    assert (answer["variables"]["OWN"], answer["variables"]["GIVEN"]) == ("1", "2")
    assert "PYTEST_CURRENT_TEST" not in answer["variables"]


def test_the_code_stays_as_it_was_built(running: EmulatedFunction, function: Function) -> None:
    running.invoke({})

    assert [file.name for file in function.code.iterdir()] == ["app.py"]


def test_it_tells_how_long_the_first_answer_took_and_its_memory(running: EmulatedFunction) -> None:
    running.invoke({})
    first = running.first_answer_seconds
    running.invoke({})

    assert 0 < first == running.first_answer_seconds
    assert 5_000_000 < running.peak_memory() < 100_000_000


def test_what_a_function_raises_is_reported_with_type_and_message(
    running: EmulatedFunction,
) -> None:
    with pytest.raises(FunctionError, match=r"^KeyError: 'inside'$"):
        running.invoke("raise")


def test_after_a_process_died_the_next_call_gets_another(running: EmulatedFunction) -> None:
    first = ask(running, {})

    with pytest.raises(FunctionError, match="exit status 1"):
        running.invoke("die")

    assert ask(running, {})["pid"] != first["pid"]


def test_nothing_is_left_running(running: EmulatedFunction) -> None:
    answer = ask(running, {})

    running.close()

    assert has_ended(answer["pid"])
    assert has_ended(answer["emulator"])


def test_not_even_what_the_emulator_could_not_end(running: EmulatedFunction) -> None:
    answer = ask(running, {})
    os.kill(answer["pid"], signal.SIGSTOP)
    os.kill(answer["emulator"], signal.SIGKILL)

    running.close()

    assert has_ended(answer["pid"])


def test_an_emulator_that_cannot_start_says_why(function: Function, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

        with pytest.raises(EmulatorError, match="address already in use"):
            start(function, tmp_path, (port, port))
