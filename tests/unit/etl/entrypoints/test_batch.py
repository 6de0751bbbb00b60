"""The job as a task: what it leaves for whoever started it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from click.testing import CliRunner
from obstore.store import LocalStore

from cartelera.release import Releases
from etl.engines.job import run as run_job
from etl.engines.options import Options
from etl.entrypoints.cli import main
from etl.entrypoints.commands.batch import run_task

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

    from cartelera.contract.release_format import Manifest


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "releases"


@pytest.fixture
def result(tmp_path: Path) -> Path:
    return tmp_path / "runs" / "one.json"


def run(event: object, result: Path) -> Result:
    text = event if isinstance(event, str) else json.dumps(event)
    arguments = ["batch", text, "--result", result.as_uri(), "--workers", "1"]
    return CliRunner().invoke(main, arguments)


def read(result: Path) -> Any:
    return json.loads(result.read_text())


def test_a_task_publishes_its_batch_and_leaves_what_the_function_would_have_answered(
    raw_sample: Path, place: Path, result: Path, sample_manifest: Manifest
) -> None:
    event = {"batch": "b1", "raw": str(raw_sample), "releases": place.as_uri()}

    run_task(json.dumps(event), result.as_uri(), Options(report=False), run_job)

    assert read(result).keys() == {"published"}
    published = read(result)["published"]
    assert published["batch"] == "b1"
    assert published["release"] == Releases(LocalStore(place)).current().id
    assert published["films"] == sample_manifest["films"]


def test_a_task_that_fails_leaves_the_error_and_the_reason(
    tmp_path: Path, place: Path, result: Path
) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()

    ended = run({"batch": "b1", "raw": str(empty), "releases": place.as_uri()}, result)

    assert ended.exit_code == 1
    assert read(result).keys() == {"failed"}
    assert read(result)["failed"]["error"] == "RawInputError"
    assert f"{empty} holds no films" in read(result)["failed"]["reason"]


@pytest.mark.parametrize("event", ["no json", "[]", '{"batch": "b1"}'])
def test_an_event_that_names_no_batch_is_told_of_like_any_failure(event: str, result: Path) -> None:
    ended = run(event, result)

    assert ended.exit_code == 1
    assert read(result)["failed"]["error"] == "RawInputError"


def test_what_is_no_error_of_the_job_is_left_there_too(
    raw_sample: Path, place: Path, result: Path
) -> None:
    event = {"batch": "b1", "raw": str(raw_sample), "releases": place.as_uri()}

    def fail(*_: object) -> NoReturn:
        raise ZeroDivisionError("no room")

    with pytest.raises(ZeroDivisionError):
        run_task(json.dumps(event), result.as_uri(), Options(), fail)

    assert read(result) == {"failed": {"error": "ZeroDivisionError", "reason": "no room"}}


def test_a_result_without_a_place_stops_the_task_before_it_begins(
    raw_sample: Path, place: Path
) -> None:
    event = {"batch": "b1", "raw": str(raw_sample), "releases": place.as_uri()}

    ended = CliRunner().invoke(main, ["batch", json.dumps(event), "--result", "nowhere/one.json"])

    assert ended.exit_code == 1
    assert "is no place for releases" in ended.stderr
    assert not place.exists()
