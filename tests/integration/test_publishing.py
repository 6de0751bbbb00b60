"""Publishing to S3, and to a folder from several processes at once."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from cartelera.contract.release_format import POINTER, read_pointer, release_path
from cartelera.release import Releases
from etl.errors import GoldenError, OvertakenError, PublishError
from etl.progress import Stages
from etl.release.files import ReleaseFile
from etl.release.pointers import move_pointer, pointer_to
from etl.release.publish import make_manifest, upload
from etl.release.storage import open_storage, read_object
from etl.release.verification import open_release
from infra.local.s3 import BUCKET
from tests.integration.faults import FAULTS, faulty_door
from tests.jobs import run_without_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from obstore.store import ObjectStore

    from cartelera.contract.release_format import Manifest, Pointer
    from tests.integration.faults import Door, Fault

PROJECT = Path(__file__).parents[2]
PLACE = f"s3://{BUCKET}/some/prefix"
THREADS = 8
JOBS = 3
PROCESSES = 4
PATIENCE_SECONDS = 60
FILES = {"a.parquet": ReleaseFile(b"aa", 1), "tables/b.parquet": ReleaseFile(b"bbb", 2)}
NOON = datetime(2026, 1, 2, 12, 0, 0, tzinfo=UTC)

# A job that moves the pointer from where it is, once it hears that the others are as far.
RACER = """
import sys
from etl.errors import GoldenError, OvertakenError
from cartelera.contract.release_format import POINTER
from etl.release.pointers import move_pointer, pointer_to
from etl.release.storage import open_storage, read_object
place, release = sys.argv[1:]
store = open_storage(place)
last = read_object(store, POINTER)
print("ready", flush=True)
sys.stdin.read()
try:
    move_pointer(store, pointer_to(release, b""), last)
except OvertakenError as error:
    print("overtaken", release in str(error))
else:
    print("won")
"""
# A job that is about to move the pointer, and takes its time.
HOLDER = """
import sys
from filelock import FileLock
with FileLock(sys.argv[1]):
    print("ready", flush=True)
    sys.stdin.read()
"""


class InTurn:
    """Lets S3 answer one request at a time: moto checks a condition and writes in two steps."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.conditions: list[tuple[str, str | None, str | None]] = []

    def __call__(self, exchange: Any, door: Door) -> None:
        headers = exchange.headers
        with self._lock:
            if exchange.command == "PUT":
                path = exchange.path.partition("/some/prefix/")[2]
                conditions = (path, headers["If-None-Match"], headers["If-Match"])
                self.conditions.append(conditions)
            reply = door.forward(exchange)
        exchange.send(reply)


class Lost:
    """Loses the first answer to a write: S3 has done as it was told, and nobody hears of it."""

    def __init__(self, go_wrong: Fault) -> None:
        self._go_wrong = go_wrong
        self.lost = 0

    def __call__(self, exchange: Any, door: Door) -> None:
        reply = door.forward(exchange)
        if exchange.command == "PUT" and not self.lost:
            self.lost += 1
            self._go_wrong(exchange, door)
        else:
            exchange.send(reply)


class InStep(Stages):
    """Stages of jobs that wait for each other before one of them."""

    def __init__(self, before: str, barrier: threading.Barrier) -> None:
        super().__init__(Console(file=StringIO()))
        self._before = before
        self._barrier = barrier

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        if title == self._before:
            self._barrier.wait(PATIENCE_SECONDS)
        with super().stage(title, total) as advance:
            yield advance


@pytest.fixture
def door(s3: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Door]:
    """The way to S3, and the only one that this process knows."""
    with faulty_door(s3["AWS_ENDPOINT_URL"]) as (door, endpoint):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
        yield door


@pytest.fixture
def in_turn(door: Door) -> InTurn:
    in_turn = InTurn()
    door.break_down(in_turn)
    return in_turn


def pointer_of(name: str) -> Pointer:
    return pointer_to(name, name.encode())


def named(store: ObjectStore) -> str:
    """Return the release that answers."""
    return read_pointer(bytes(store.get(POINTER).bytes()))["release"]


def manifest() -> Manifest:
    return make_manifest(FILES, films=1, rows={}, sources=[], created_at=NOON)


def race(store: ObjectStore) -> list[str | None]:
    """Let jobs race for the pointer that they all have read; return how each was refused."""
    read_by_all = read_object(store, POINTER)
    start = threading.Barrier(THREADS)

    def move(job: int) -> str | None:
        start.wait(PATIENCE_SECONDS)
        try:
            move_pointer(store, pointer_of(f"job-{job}"), read_by_all)
        except OvertakenError as error:
            return str(error)
        return None

    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(move, range(THREADS)))


def go_silent(exchange: Any, _: Door) -> None:
    exchange.hang_up()


def test_in_s3_the_pointer_is_first_created_and_then_moved_from_what_was_read(
    in_turn: InTurn,
) -> None:
    store = open_storage(PLACE)
    move_pointer(store, upload(store, manifest(), FILES), None)
    last = read_object(store, POINTER)
    move_pointer(store, pointer_of("second"), last)

    assert last
    root = f"releases/{manifest()['release']}"
    # Several files at a time.
    assert sorted(in_turn.conditions[:2]) == [
        (f"{root}/a.parquet", "*", None),
        (f"{root}/tables/b.parquet", "*", None),
    ]
    assert in_turn.conditions[2:] == [
        (f"{root}/manifest.json", "*", None),
        (POINTER, "*", None),
        (POINTER, None, last.etag),
    ]
    assert named(store) == "second"


@pytest.mark.parametrize("path", [*FILES, "manifest.json"])
def test_in_s3_other_bytes_are_never_written_over(s3: dict[str, str], path: str) -> None:
    store = open_storage(PLACE)
    there = release_path(manifest()["release"], path)
    store.put(there, b"another's")

    with pytest.raises(PublishError, match=f"^{there} is there already, with other bytes$"):
        upload(store, manifest(), FILES)

    assert store.get(there).bytes() == b"another's"


def test_in_s3_the_same_bytes_may_be_uploaded_again(s3: dict[str, str]) -> None:
    store = open_storage(PLACE)

    assert upload(store, manifest(), FILES) == upload(store, manifest(), FILES)


@pytest.mark.parametrize("before", [None, "zeroth"])
def test_in_s3_the_second_of_two_jobs_that_read_the_same_pointer_is_overtaken(
    s3: dict[str, str], before: str | None
) -> None:
    store = open_storage(PLACE)
    if before:
        move_pointer(store, pointer_of(before), None)
    read_by_both = read_object(store, POINTER)
    move_pointer(store, pointer_of("first"), read_by_both)

    with pytest.raises(OvertakenError, match="this one, second, is there"):
        move_pointer(store, pointer_of("second"), read_by_both)

    assert named(store) == "first"


@pytest.mark.parametrize("before", [None, "before"])
def test_of_eight_threads_that_race_for_the_pointer_in_s3_exactly_one_wins(
    in_turn: InTurn, before: str | None
) -> None:
    store = open_storage(PLACE)
    if before:
        move_pointer(store, pointer_of(before), None)

    refusals = race(store)

    assert refusals.count(None) == 1
    assert named(store) == f"job-{refusals.index(None)}"
    assert all(refusal is None or f"job-{job}," in refusal for job, refusal in enumerate(refusals))
    assert len(in_turn.conditions) == THREADS + bool(before)


@pytest.mark.parametrize("place", ["s3", "folder"])
def test_of_jobs_that_run_at_the_same_time_one_wins_and_the_others_releases_are_there(
    in_turn: InTurn, place: str, raw_sample: Path, tmp_path: Path
) -> None:
    url = PLACE if place == "s3" else (tmp_path / "place").as_uri()
    store = open_storage(url)
    folders = [tmp_path / str(number) for number in range(JOBS)]
    for number, folder in enumerate(folders):
        folder.mkdir()
        for file in raw_sample.iterdir():
            (folder / file.name).write_bytes(file.read_bytes())
        # A release of its own for each.
        movies = folder / "movies_metadata.csv"
        movies.write_text(movies.read_text().replace("Toy Story 2", f"Toy Story 2.{number}"))
    barrier = threading.Barrier(JOBS)

    def job(folder: Path) -> tuple[bool, str]:
        try:
            done = run_without_report(
                folder, open_storage(url), InStep("Moving the pointer", barrier)
            )
        except OvertakenError as error:
            return False, str(error).partition("this one, ")[2].partition(",")[0]
        return True, done.manifest["release"]

    with ThreadPoolExecutor(JOBS) as pool:
        ended = list(pool.map(job, folders))

    (won,) = (release for has_won, release in ended if has_won)
    assert Releases(store).current().id == won
    assert len({release for _, release in ended}) == JOBS
    for _, release in ended:
        assert open_release(store, release).manifest["films"] == 188


@pytest.mark.parametrize("before", [None, "before"])
@pytest.mark.parametrize(
    "go_wrong",
    [
        go_silent,
        FAULTS["connection reset"],
        FAULTS["internal error (500)"],
        FAULTS["slow down (503)"],
    ],
    ids=["silence", "reset", "500", "503"],
)
def test_a_pointer_that_was_moved_is_no_error_though_the_answer_was_lost(
    door: Door, go_wrong: Fault, before: str | None
) -> None:
    store = open_storage(PLACE)
    if before:
        move_pointer(store, pointer_of(before), None)
    last = read_object(store, POINTER)
    lost = Lost(go_wrong)
    door.break_down(lost, POINTER)

    move_pointer(store, pointer_of("second"), last)

    assert lost.lost == 1
    assert named(store) == "second"


@pytest.mark.parametrize(
    "go_wrong", [go_silent, FAULTS["internal error (500)"]], ids=["silence", "500"]
)
@pytest.mark.parametrize("path", [*FILES, "manifest.json"])
def test_a_file_that_was_written_is_no_error_though_the_answer_was_lost(
    door: Door, go_wrong: Fault, path: str
) -> None:
    store = open_storage(PLACE)
    lost = Lost(go_wrong)
    door.break_down(lost, path)

    move_pointer(store, upload(store, manifest(), FILES), None)

    assert lost.lost == 1
    assert named(store) == manifest()["release"]


@pytest.mark.parametrize("fault", ["connection reset", "access denied (403)"])
@pytest.mark.parametrize("path", [*FILES, "manifest.json", POINTER])
def test_a_write_that_fails_is_named_and_what_answered_goes_on(
    door: Door, fault: str, path: str
) -> None:
    store = open_storage(PLACE)
    move_pointer(store, pointer_of("before"), None)
    last = read_object(store, POINTER)
    door.break_down(fault, path)

    with pytest.raises(PublishError, match=f"{path} cannot be (written|read): ") as error:
        move_pointer(store, upload(store, manifest(), FILES), last)

    door.mend()
    assert "\n" not in str(error.value)
    assert not isinstance(error.value, OvertakenError)
    assert named(store) == "before"


def test_a_bucket_that_is_not_there_ends_the_job(
    s3: dict[str, str], raw_sample: Path, stages: Stages
) -> None:
    with pytest.raises(PublishError, match=r"cannot be (read|written): "):
        run_without_report(raw_sample, open_storage("s3://nowhere/at-all"), stages)


def test_what_was_published_to_s3_is_compared_with_the_last_release(
    s3: dict[str, str], raw_sample: Path, write_one_film: Path, stages: Stages
) -> None:
    store = open_storage(PLACE)
    release = run_without_report(raw_sample, store, stages).manifest["release"]

    with pytest.raises(GoldenError, match=r"catalog\.parquet has 1 rows, the last release 188"):
        run_without_report(write_one_film, store, stages)

    assert named(store) == release
    run_without_report(write_one_film, store, stages, compare=False)
    assert named(store) != release


def test_of_processes_that_race_for_the_pointer_of_a_folder_exactly_one_wins(
    tmp_path: Path,
) -> None:
    store = open_storage(tmp_path.as_uri())
    move_pointer(store, pointer_of("before"), None)
    names = [f"process-{number}" for number in range(PROCESSES)]

    with ExitStack() as stack:
        racers = [
            stack.enter_context(python(RACER, tmp_path.as_uri(), release)) for release in names
        ]
        for racer in racers:
            assert heard(racer) == "ready"
        for racer in racers:
            assert racer.stdin
            racer.stdin.close()
        ended = [heard(racer) for racer in racers]

    assert sorted(ended) == ["overtaken True"] * (PROCESSES - 1) + ["won"]
    assert named(store) == names[ended.index("won")]


def test_a_pointer_that_another_process_is_moving_is_waited_for_and_then_given_up(
    tmp_path: Path,
) -> None:
    store = open_storage(tmp_path.as_uri())
    move_pointer(store, pointer_of("before"), None)
    last = read_object(store, POINTER)
    lock = tmp_path / f".{POINTER}.lock"

    with python(HOLDER, str(lock)) as holder:
        assert heard(holder) == "ready"
        with pytest.raises(
            PublishError, match=f"^{POINTER} cannot be written: another process holds {lock}$"
        ) as error:
            move_pointer(store, pointer_of("second"), last, lock_seconds=0.2)
        refused_at = named(store)
        # A process that is killed lets go.
        holder.kill()
        holder.wait()
        move_pointer(store, pointer_of("second"), last)

    assert not isinstance(error.value, OvertakenError)
    assert refused_at == "before"
    assert named(store) == "second"


def python(code: str, *arguments: str) -> subprocess.Popen[str]:
    """Start a process that says when it is ready and goes on when its input ends."""
    return subprocess.Popen(  # noqa: S603 (the command is ours)
        [sys.executable, "-c", code, *arguments],
        cwd=PROJECT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def heard(process: subprocess.Popen[str]) -> str:
    """Return the next line that a process prints."""
    assert process.stdout
    return process.stdout.readline().rstrip()
