"""The job's Lambda function: its event, its answer, its errors and its log."""

from __future__ import annotations

import json
import multiprocessing
from datetime import datetime
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from obstore.store import LocalStore

from cartelera.layout import POINTER, to_json
from cartelera.release import Releases
from etl.errors import (
    ContractError,
    GoldenError,
    JobError,
    OvertakenError,
    PublishError,
    RawInputError,
    WorkerError,
)
from etl.handler import handler, logger
from etl.publish import pointer_to
from etl.workers import Workers
from infra.local.lambdas import LocalContext

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import tzinfo
    from pathlib import Path

    from cartelera.layout import Manifest


class Called:
    """The function as Lambda calls it: events in, answers out, and what it logs."""

    def __init__(self, log: StringIO) -> None:
        self._log = log

    def __call__(self, event: object) -> Any:
        context: Any = LocalContext("job", 1769)
        return handler(event, context)

    @property
    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.getvalue().splitlines()]


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Called:
    log = StringIO()
    monkeypatch.setattr(logger.registered_handler, "stream", log)
    # The function clears the temporary folder up, which on Lambda is its own.
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    return Called(log)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "releases"


def event(raw: Path, releases: Path, **more: object) -> dict[str, object]:
    return {"batch": "b1", "raw": str(raw), "releases": releases.as_uri(), **more}


def test_a_batch_becomes_the_release_that_answers(
    call: Called, raw_sample: Path, place: Path, sample_manifest: Manifest
) -> None:
    published = call(event(raw_sample, place))

    assert published["batch"] == "b1"
    assert published["release"] == Releases(LocalStore(place)).current().id
    assert published["films"] == sample_manifest["films"]
    assert published["seconds"] > 0
    assert published["rows"] == {
        file: {
            "read": counts["read"],
            "kept": counts["kept"],
            "set_aside": counts["read"] - counts["kept"],
        }
        for file, counts in sample_manifest["rows"].items()
    }
    assert json.loads(json.dumps(published)) == published


@pytest.mark.usefixtures("without_semaphores")
def test_it_works_where_processes_can_share_no_semaphores(
    call: Called, raw_sample: Path, place: Path
) -> None:
    with pytest.raises(WorkerError):
        Workers(2)
    before = multiprocessing.active_children()

    published = call(event(raw_sample, place))

    assert Releases(LocalStore(place)).current().id == published["release"]
    assert multiprocessing.active_children() == before


def test_the_log_has_a_line_a_stage_and_one_with_the_outcome(
    call: Called, raw_sample: Path, place: Path
) -> None:
    published = call(event(raw_sample, place))

    *stages, outcome, tidied = call.log
    assert stages[0]["message"] == "Reading movies_metadata.csv"
    assert stages[-1]["message"] == "Moving the pointer"
    assert sum(line["seconds"] for line in stages) <= outcome["seconds"]
    assert outcome["message"] == "Published"
    assert {name: outcome[name] for name in published} == published
    assert (tidied["message"], tidied["releases"]) == ("Removed old releases", [])
    assert {line["batch"] for line in call.log} == {"b1"}
    assert len({line["function_request_id"] for line in call.log}) == 1


def test_a_warning_of_the_job_is_a_warning_in_the_log(
    call: Called, raw_sample: Path, place: Path
) -> None:
    place.mkdir()
    (place / POINTER).write_bytes(to_json(pointer_to("of-another-place", b"")))

    call(event(raw_sample, place))

    (warning,) = (line for line in call.log if line["level"] == "WARNING")
    assert "not compared with the last release" in warning["message"]
    assert warning["batch"] == "b1"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (None, "Expected `object`, got `null`"),
        ([], "Expected `object`, got `array`"),
        ({}, "missing required field `batch`"),
        ({"batch": "b1", "raw": "s3://bucket/raw/b1/"}, "missing required field `releases`"),
        ({"batch": 1, "raw": "a", "releases": "b"}, r"got `int` - at `\$\.batch`"),
        ({"batch": "", "raw": "a", "releases": "b"}, r"length >= 1 - at `\$\.batch`"),
        ({"batch": "b1", "raw": None, "releases": "b"}, r"got `null` - at `\$\.raw`"),
    ],
)
def test_an_event_that_names_no_batch_is_refused_with_what_is_wrong_and_an_example(
    call: Called, wrong: object, said: str
) -> None:
    with pytest.raises(RawInputError, match=rf'{said}.*Call the function with {{"batch": '):
        call(wrong)


def test_what_else_an_event_holds_is_of_no_concern(
    call: Called, raw_sample: Path, place: Path
) -> None:
    assert call(event(raw_sample, place, etag="abc"))["films"] > 0


def test_without_credits_it_raises_that_the_raw_files_are_not_there(
    call: Called, raw_sample: Path, tmp_path: Path, place: Path
) -> None:
    films = "movies_metadata.csv"
    (tmp_path / films).write_bytes((raw_sample / films).read_bytes())

    with pytest.raises(RawInputError, match=r"holds no credits\.csv"):
        call(event(tmp_path, place))


def test_films_that_break_the_contract_raise_that(
    call: Called, write_raw: Callable[..., Path], place: Path
) -> None:
    raw = write_raw(*[{"release_date": ""}] * 11, *[{}] * 19)

    with pytest.raises(ContractError, match="«no release date» in 11 of 30"):
        call(event(raw, place))

    assert not list(place.glob("releases/*"))


def test_a_place_that_is_none_raises_that_nothing_can_be_published(
    call: Called, raw_sample: Path
) -> None:
    with pytest.raises(PublishError, match="no place for releases"):
        call({"batch": "b1", "raw": str(raw_sample), "releases": "nowhere"})


# Step Functions knows errors by these names, and tries some of them again.
@pytest.mark.parametrize(
    "error",
    [RawInputError, ContractError, GoldenError, PublishError, OvertakenError, WorkerError],
)
def test_whatever_stops_the_job_is_raised_as_it_is_and_logged_with_its_reason(
    call: Called,
    raw_sample: Path,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: type[JobError],
) -> None:
    def stop(*_: object) -> None:
        raise error("this is why")

    monkeypatch.setattr("etl.handler.run", stop)

    with pytest.raises(error, match=r"^this is why$") as raised:
        call(event(raw_sample, place))

    assert type(raised.value) is error
    (line,) = call.log
    assert (line["level"], line["message"], line["reason"], line["exception_name"]) == (
        "ERROR",
        "Nothing published",
        "this is why",
        error.__name__,
    )
    assert line["batch"] == "b1"


def test_a_fault_of_the_code_is_logged_and_raised_too(
    call: Called, raw_sample: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etl.handler.run", lambda *_: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        call(event(raw_sample, place))

    assert [line["exception_name"] for line in call.log] == ["ZeroDivisionError"]


def test_a_batch_is_not_logged_under_the_name_of_the_one_before(
    call: Called, raw_sample: Path, place: Path
) -> None:
    call(event(raw_sample, place))

    with pytest.raises(RawInputError):
        call({})

    assert "batch" not in call.log[-1]


def test_what_a_killed_run_left_on_the_disk_is_gone_before_the_next(
    call: Called, raw_sample: Path, place: Path, tmp_path: Path
) -> None:
    left = tmp_path / "tmp" / "cartelera-raw-abc"
    left.mkdir()
    (left / "credits.csv").write_bytes(b"much")

    call(event(raw_sample, place))

    assert list((tmp_path / "tmp").iterdir()) == []


class Days:
    """A clock that is a day on whenever somebody looks."""

    def __init__(self) -> None:
        self._day = 0

    def now(self, zone: tzinfo) -> datetime:
        self._day += 1
        return datetime(2026, 1, self._day, tzinfo=zone)


def test_only_the_last_few_releases_stay(
    call: Called, raw_sample: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("etl.job.datetime", Days())
    monkeypatch.setattr("etl.handler.KEPT_RELEASES", 2)

    first, *last_two = (call(event(raw_sample, place))["release"] for _ in range(3))

    assert sorted(path.parent.name for path in place.glob("releases/*/manifest.json")) == last_two
    removed = [line["releases"] for line in call.log if line["message"] == "Removed old releases"]
    assert removed == [[], [], [first]]


def test_a_release_is_published_though_old_ones_cannot_be_removed(
    call: Called, raw_sample: Path, place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise PublishError("not allowed")

    monkeypatch.setattr("etl.handler.prune", refused)

    published = call(event(raw_sample, place))

    assert published["release"] == Releases(LocalStore(place)).current().id
    assert ("ERROR", "not allowed") in [(line["level"], line.get("reason")) for line in call.log]
