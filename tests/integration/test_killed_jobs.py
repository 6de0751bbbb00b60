"""A job that is killed, at whatever stage and write: what answered before goes on.

The stages are those that the job names on its error stream; a folder is published to. The
writes are those that reach S3: some are met by a kill before S3 has them, and after, with the
answer still to come.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from click.testing import CliRunner
from obstore.store import LocalStore
from rich.console import Console

from cartelera.contract.release_format import MODEL, POINTER, check_hash, release_path
from cartelera.contract.tables import TABLES
from cartelera.release import Releases
from cartelera.storage import open_store
from etl.entrypoints.cli import main
from etl.progress import Stages
from etl.release.listing import list_releases
from infra.local.s3 import BUCKET, local_s3
from tests.integration.faults import faulty_door
from tests.jobs import run_without_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from obstore.store import ObjectStore

    from tests.integration.faults import Door

PROJECT = Path(__file__).parents[2]
# However busy the machine; a worker needs no longer to see that it has been left alone.
SURVIVES_SECONDS = 10
PATIENCE_SECONDS = 60
JOBS_AT_ONCE = 2

# From the first stage to the last, those between which most changes: what runs, and what is there.
KILLED_AFTER = (
    "Reading credits.csv",
    "Building the look-up tables",
    "Uploading",
    "Asking the golden questions",
)


@dataclass(frozen=True, slots=True)
class Killed:
    """A job that was killed right after a stage, and what it left."""

    stage: str
    place: Path
    printed: tuple[str, ...]
    children: int
    survived: bool


class KillAt:
    """Lets a job be killed at one of its writes, before S3 has it or after."""

    def __init__(self, write: int | None = None, *, done: bool = False) -> None:
        self._write = write
        self._done = done
        self._job: int | None = None
        self._started = threading.Event()
        self.writes: list[str] = []

    def starts(self, job: int) -> None:
        """Hear which process the job is."""
        self._job = job
        self._started.set()

    def __call__(self, exchange: Any, door: Door) -> None:
        # Or the body of each answer waits until its head is acknowledged.
        exchange.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if exchange.command == "PUT":
            self.writes.append(exchange.path)
            if len(self.writes) == self._write:
                if self._done:
                    door.forward(exchange)
                self._started.wait(PATIENCE_SECONDS)
                assert self._job
                os.kill(self._job, signal.SIGKILL)
                exchange.hang_up()
                return
        exchange.send(door.forward(exchange))


@pytest.fixture(scope="module")
def other_raw(raw_sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample with another title: as large, and another release comes of it."""
    raw = tmp_path_factory.mktemp("other")
    shutil.copytree(raw_sample, raw, dirs_exist_ok=True)
    movies = raw / "movies_metadata.csv"
    movies.write_text(movies.read_text().replace("Toy Story 2", "Toy Story Two"))
    return raw


@pytest.fixture(scope="module")
def old_place(other_raw: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place with an earlier release, of other content than the sample's."""
    place = tmp_path_factory.mktemp("before")
    run_without_report(other_raw, LocalStore(place), Stages(Console(file=StringIO())))
    return place


def answering(store: ObjectStore) -> str:
    """Return the release the functions answer from, once every file of it has been verified."""
    release = Releases(store).current()
    for schema in TABLES:
        release.table(schema)
    release.model()
    opened = {MODEL, *(schema.path for schema in TABLES)}
    for path in release.manifest["files"].keys() - opened:
        data = bytes(store.get(release_path(release.id, path)).bytes())
        check_hash(path, data, release.manifest["files"][path]["sha256"])
    return release.id


def run_again(raw: Path, place: str) -> str:
    """Run the job as before it was killed, and return what answers then."""
    arguments = ["--raw", str(raw), "--releases", place, "--workers", "1", "--no-report"]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 0, result.output
    return answering(open_store(place))


def start(raw: Path, place: Path) -> subprocess.Popen[bytes]:
    """Start the job with two workers, leader of a group of its own."""
    command = [sys.executable, "-m", "etl", "--raw", str(raw), "--releases", place.as_uri()]
    return subprocess.Popen(  # noqa: S603 (the command is ours)
        [*command, "--workers", "2"],
        cwd=PROJECT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        bufsize=0,
        start_new_session=True,
    )


def stage_of(line: bytes) -> str:
    return line.decode().partition(" s  ")[2].rstrip()


def children_of(job: int) -> int:
    """Count the processes that a process has started; Linux knows."""
    return sum(
        len(path.read_text().split()) for path in Path(f"/proc/{job}").glob("task/*/children")
    )


def kill_after(stage: str, raw: Path, place: Path) -> Killed:
    """Run the job and kill it, and it alone, when it says that a stage is done."""
    with start(raw, place) as job:
        assert job.stderr
        printed = []
        for line in iter(job.stderr.readline, b""):
            printed.append(stage_of(line))
            if printed[-1] == stage:
                break
        assert printed[-1:] == [stage], f"the job ended before it had come to {stage}"
        children = children_of(job.pid)
        job.kill()
        job.wait()
        # Who is left of the job holds its error stream open.
        survived = False
        try:
            rest = job.communicate(timeout=SURVIVES_SECONDS)[1]
        except subprocess.TimeoutExpired:
            survived = True
            os.killpg(job.pid, signal.SIGKILL)
            rest = job.communicate()[1]
        printed += filter(None, map(stage_of, rest.splitlines()))
    return Killed(stage, place, tuple(printed), children, survived)


@pytest.fixture(scope="module")
def killed(
    raw_sample: Path, old_place: Path, tmp_path_factory: pytest.TempPathFactory
) -> list[Killed]:
    """A job killed after each of some stages, each in a place with an earlier release."""

    def kill(stage: str) -> Killed:
        place = tmp_path_factory.mktemp("killed") / "place"
        shutil.copytree(old_place, place)
        return kill_after(stage, raw_sample, place)

    with ThreadPoolExecutor(JOBS_AT_ONCE) as pool:
        return list(pool.map(kill, KILLED_AFTER))


def test_the_stages_go_from_reading_to_the_golden_questions(killed: list[Killed]) -> None:
    stages = [stage for stage in killed[-1].printed if stage != "Moving the pointer"]

    assert len(stages) == len(set(stages)) > 10
    assert stages[0] == "Reading movies_metadata.csv"
    assert stages[-2:] == ["Uploading", "Asking the golden questions"]


def test_wherever_a_job_is_killed_a_whole_release_answers(
    killed: list[Killed], old_place: Path
) -> None:
    old = answering(LocalStore(old_place))

    for job in killed:
        now = answering(LocalStore(job.place))
        # It may have gone on for a moment; what it printed then tells how far it came.
        if job.printed[-1] == "Moving the pointer":
            assert now != old, job
        elif job.printed[-1] != "Asking the golden questions":
            assert now == old, job


def test_no_process_of_a_killed_job_survives_it(killed: list[Killed]) -> None:
    if Path("/proc/self/task").exists():
        # Or there would be nobody to survive.
        assert max(job.children for job in killed) > 1
    assert [job.stage for job in killed if job.survived] == []


def test_after_a_kill_the_earlier_release_is_as_it_was(
    killed: list[Killed], old_place: Path
) -> None:
    before = {path.relative_to(old_place): path for path in old_place.glob("releases/**/*.*")}

    assert len(before) > 10
    for job in killed:
        for name, path in before.items():
            assert (job.place / name).read_bytes() == path.read_bytes(), (job.stage, name)


def test_after_a_kill_the_job_just_runs_again(
    killed: list[Killed], raw_sample: Path, old_place: Path
) -> None:
    old = answering(LocalStore(old_place))

    for job in killed:
        new = run_again(raw_sample, job.place.as_uri())

        assert new != old, job.stage
        current = [
            release.id for release in list_releases(LocalStore(job.place)) if release.current
        ]
        assert current == [new], job.stage


@pytest.fixture(scope="module")
def run_in_s3() -> Iterator[Callable[[Path, str, KillAt], int]]:
    """Run the job behind a door to S3 and return how it ended; this process goes straight there."""
    with (
        local_s3() as environment,
        faulty_door(environment["AWS_ENDPOINT_URL"]) as (door, endpoint),
        pytest.MonkeyPatch.context() as patch,
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-m", "tests.integration.job_nursery"],
            cwd=PROJECT,
            env=os.environ | environment | {"AWS_ENDPOINT_URL_S3": endpoint},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as nursery,
    ):
        for name, value in environment.items():
            patch.setenv(name, value)
        assert nursery.stdin

        def run_job(raw: Path, place: str, kill: KillAt) -> int:
            assert nursery.stdin
            assert nursery.stdout
            door.break_down(kill)
            nursery.stdin.write(f"--raw {raw} --releases {place} --workers 1 --no-report\n")
            nursery.stdin.flush()
            kill.starts(int(nursery.stdout.readline()))
            return int(nursery.stdout.readline())

        yield run_job
        nursery.stdin.close()


@pytest.fixture(scope="module")
def writes(raw_sample: Path, run_in_s3: Callable[[Path, str, KillAt], int]) -> list[str]:
    """What a job that nobody kills writes."""
    undisturbed = KillAt()
    assert run_in_s3(raw_sample, f"s3://{BUCKET}/undisturbed", undisturbed) == 0
    return [path.rpartition("/undisturbed/")[2] for path in undisturbed.writes]


def test_the_pointer_is_the_last_that_is_written_and_the_manifest_the_last_but_one(
    writes: list[str],
) -> None:
    # The lease; catalogue, features, model, index of names, lists and quarantine; the facts of
    # films, the films beside each, and where both lie; manifest and pointer.
    assert "/lease-" in writes[0]
    assert len(writes) == len(TABLES) + 13
    assert writes[-1] == POINTER
    assert writes[-2].endswith("/manifest.json")


@pytest.mark.parametrize("done", [False, True], ids=["before", "after"])
def test_a_job_that_is_killed_at_a_write_to_s3_leaves_a_whole_release_and_runs_again(
    run_in_s3: Callable[[Path, str, KillAt], int],
    writes: list[str],
    raw_sample: Path,
    other_raw: Path,
    done: bool,  # noqa: FBT001 (a parameter of the test)
) -> None:
    place = f"s3://{BUCKET}/killed-{'after' if done else 'before'}"
    old = run_again(other_raw, place)

    # One in the middle, and those that decide: the manifest and the pointer.
    for turn, write in enumerate((len(writes) // 2, len(writes) - 1, len(writes))):
        path = writes[write - 1]
        # In turns, lest two releases of one second be one and the same.
        raw = other_raw if turn % 2 else raw_sample
        kill = KillAt(write, done=done)

        assert run_in_s3(raw, place, kill) == -signal.SIGKILL
        now = answering(open_store(place))
        new = run_again(raw, place)

        # Two files are uploaded at a time: the other one may be on its way.
        assert len(kill.writes) - write in {0, 1}
        moved = done and path == POINTER
        assert (now != old) == moved, path
        assert new != old, path
        old = new
