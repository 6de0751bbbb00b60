"""The job's Lambda function: its event, its answer, its errors and its log."""

from __future__ import annotations

import json
import multiprocessing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from obstore.store import LocalStore

from cartelera.contract.release_format import MANIFEST, POINTER, release_path, to_json
from cartelera.release import Releases
from etl.engines.job import Outcome, run
from etl.engines.options import Options
from etl.engines.runners.workers import Workers
from etl.entrypoints.lambda_handler import KEPT_RELEASES, JobHandler, logger
from etl.errors import (
    ContractError,
    GoldenError,
    JobError,
    OutOfMemoryError,
    OvertakenError,
    PublishError,
    RawInputError,
    WorkerError,
)
from etl.release.files import ReleaseFile
from etl.release.pointers import move_pointer, pointer_to, read_current
from etl.release.publish import make_manifest, upload
from infra.local.functions import LocalContext
from tests.logs import captured_log

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import StringIO
    from pathlib import Path

    from obstore.store import ObjectStore

    from cartelera.contract.release_format import Manifest
    from etl.entrypoints.lambda_handler import Job


class Called:
    """The function as Lambda calls it: events in, answers out, and what it logs.

    Its folder for temporary files is `temporary`.
    """

    def __init__(self, log: StringIO, temporary: Path) -> None:
        self._log = log
        self.temporary = temporary

    def __call__(self, event: object, run_job: Job = run, *, keep: int = KEPT_RELEASES) -> Any:
        context: Any = LocalContext("job", 1769)
        options = Options(report=False)
        handler = JobHandler(options, run_job, keep=keep, temporary=self.temporary)
        return handler(event, context)

    @property
    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.getvalue().splitlines()]


@pytest.fixture
def call(tmp_path: Path) -> Iterator[Called]:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    with captured_log(logger) as log:
        yield Called(log, temporary)


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


def test_without_films_it_raises_that_the_raw_files_are_not_there(
    call: Called, raw_sample: Path, tmp_path: Path, place: Path
) -> None:
    (tmp_path / "credits.csv").write_bytes((raw_sample / "credits.csv").read_bytes())

    with pytest.raises(RawInputError, match="holds no films: there is credits"):
        call(event(tmp_path, place))


def test_films_that_break_the_contract_raise_that(
    call: Called, write_raw: Callable[..., Path], place: Path
) -> None:
    raw = write_raw(*[{"release_date": "soon"}] * 11, *[{}] * 19)

    with pytest.raises(ContractError, match="«release date is not a date» in 11 of 30"):
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
    call: Called, raw_sample: Path, place: Path, error: type[JobError]
) -> None:
    def stop(*_: object) -> NoReturn:
        raise error("this is why")

    with pytest.raises(error, match=r"^this is why$") as raised:
        call(event(raw_sample, place), stop)

    assert type(raised.value) is error
    (line,) = call.log
    assert (line["level"], line["message"], line["reason"], line["exception_name"]) == (
        "ERROR",
        "Nothing published",
        "this is why",
        error.__name__,
    )
    assert line["batch"] == "b1"


def test_want_of_memory_is_raised_and_logged_with_what_to_do(
    call: Called, raw_sample: Path, place: Path
) -> None:
    def fill(*_: object) -> NoReturn:
        raise MemoryError

    with pytest.raises(OutOfMemoryError, match="the memory does not suffice: "):
        call(event(raw_sample, place), fill)

    assert [line["exception_name"] for line in call.log] == ["OutOfMemoryError"]


def test_a_fault_of_the_code_is_logged_and_raised_too(
    call: Called, raw_sample: Path, place: Path
) -> None:
    def fail(*_: object) -> NoReturn:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        call(event(raw_sample, place), fail)

    assert [line["exception_name"] for line in call.log] == ["ZeroDivisionError"]


def test_a_batch_is_not_logged_under_the_name_of_the_one_before(
    call: Called, raw_sample: Path, place: Path
) -> None:
    call(event(raw_sample, place))

    with pytest.raises(RawInputError):
        call({})

    assert "batch" not in call.log[-1]


def test_what_a_killed_run_left_on_the_disk_is_gone_before_the_next(
    call: Called, raw_sample: Path, place: Path
) -> None:
    left = call.temporary / "cartelera-raw-abc"
    left.mkdir()
    (left / "credits.csv").write_bytes(b"much")

    call(event(raw_sample, place))

    assert list(call.temporary.iterdir()) == []


class OneADay:
    """A job that publishes the sample's films, a day later each time."""

    def __init__(self, made: Path) -> None:
        """Take the release in the folder `made` for what the job makes."""
        (folder,) = made.glob("releases/*")
        self._manifest: Manifest = json.loads((folder / MANIFEST).read_text())
        self._files = {
            path: ReleaseFile((folder / path).read_bytes(), entry["rows"])
            for path, entry in self._manifest["files"].items()
        }
        self._days = 0

    def __call__(self, _: Path, store: ObjectStore, *__: object) -> Outcome:
        self._days += 1
        made = self._manifest
        created_at = datetime(2026, 1, self._days, tzinfo=UTC)
        manifest = make_manifest(
            self._files, made["films"], made["rows"], made["sources"], created_at
        )
        pointer = upload(store, manifest, self._files)
        move_pointer(store, pointer, read_current(store).stored)
        return Outcome(manifest, 1)


def test_only_the_last_few_releases_stay(
    call: Called, raw_sample: Path, sample_place: Path, place: Path
) -> None:
    run_job = OneADay(sample_place)
    batch = event(raw_sample, place)

    first, *last_two = (call(batch, run_job, keep=2)["release"] for _ in range(3))

    assert sorted(path.parent.name for path in place.glob("releases/*/manifest.json")) == last_two
    removed = [line["releases"] for line in call.log if line["message"] == "Removed old releases"]
    assert removed == [[], [], [first]]


def test_a_release_is_published_though_old_ones_cannot_be_removed(
    call: Called, raw_sample: Path, sample_place: Path, place: Path
) -> None:
    publish = OneADay(sample_place)

    def publish_and_damage(folder: Path, store: ObjectStore, *_: object) -> Outcome:
        outcome = publish(folder, store)
        # Nobody knows then what may be removed.
        store.put(POINTER, b"junk")
        return outcome

    published = call(event(raw_sample, place), publish_and_damage)

    assert (place / release_path(published["release"], MANIFEST)).exists()
    (error,) = (line for line in call.log if line["level"] == "ERROR")
    assert error["message"] == "Old releases are still there"
    assert f"{POINTER} cannot be read" in error["reason"]
