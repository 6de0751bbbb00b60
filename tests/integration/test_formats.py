"""An update from one release format to the next, and back, under load: nobody is turned away."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import Event
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pytest

from cartelera.contract.release_format import (
    LAST_SHARED_FORMAT,
    MANIFEST,
    SHARED_POINTER,
    pointer_path,
    release_path,
    to_json,
)
from cartelera.contract.tables import PELICULAS_IDIOMA
from cartelera.errors import NoReleaseError
from cartelera.release import Releases
from etl.release.files import table_file
from etl.release.listing import list_releases, prune
from etl.release.pointers import move_pointer, read_current, read_pointers, retire_format
from etl.release.publish import make_manifest, upload
from etl.release.storage import open_storage
from infra.local.s3 import BUCKET
from tests.integration.faults import faulty_door

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from obstore.store import ObjectStore

    from cartelera.contract.release_format import Pointer
    from tests.integration.faults import Door

FIRST_DAY = datetime(2026, 1, 1, tzinfo=UTC)
PATIENCE_SECONDS = 20
# The last one whose place may have the shared pointer alone, and the one that comes next.
OLD, NEW = LAST_SHARED_FORMAT, LAST_SHARED_FORMAT + 1


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "folder":
        return open_storage(tmp_path.as_uri())
    request.getfixturevalue("s3")
    return open_storage(f"s3://{BUCKET}")


class Functions:
    """Functions of one format that are asked without a pause: one stays warm, others start cold."""

    def __init__(self, store: ObjectStore, release_format: int) -> None:
        self._store = store
        self._format = release_format
        self._stop = Event()
        self._warm = self._open()
        self._answers: dict[str, int] = {}

    def ask(self) -> None:
        """Ask until they are stopped; whatever goes wrong is raised."""
        while not self._stop.is_set():
            cold = self._open()
            self._answers = {"warm": self._answer(self._warm), "cold": self._answer(cold)}

    def stop(self) -> None:
        """Ask no more."""
        self._stop.set()

    def wait_for(self, day: int) -> None:
        """Wait until all of them answer from the release of the n-th day."""
        end = time.monotonic() + PATIENCE_SECONDS
        while set(self._answers.values()) != {day}:
            assert time.monotonic() < end, self._answers
            time.sleep(0.005)

    def _open(self) -> Releases:
        return Releases(self._store, check_interval=0, release_format=self._format)

    def _answer(self, place: Releases) -> int:
        release = place.current()
        assert release.manifest["format"] == self._format
        return release.table(PELICULAS_IDIOMA).find("en")["cantidad"]


@contextmanager
def running(store: ObjectStore, release_format: int) -> Iterator[Functions]:
    """Let functions of a format answer during the block; none may ever fail."""
    functions = Functions(store, release_format)
    with ThreadPoolExecutor(1) as pool:
        asking = pool.submit(functions.ask)
        try:
            yield functions
        finally:
            functions.stop()
            # Raises what an answer failed with.
            asking.result(PATIENCE_SECONDS)


def upload_release(store: ObjectStore, day: int, release_format: int) -> Pointer:
    """Upload a release that answers which day it is of."""
    languages = {
        "key": ["en"],
        "votes": [1],
        "by_rank": [0],
        "idioma": ["en"],
        "nombre": ["inglés"],
        "cantidad": [day],
    }
    files = {PELICULAS_IDIOMA.path: table_file(pa.table(languages))}
    created_at = FIRST_DAY + timedelta(days=day)
    return upload(store, make_manifest(files, 1, {}, [], created_at, release_format), files)


def run_job(store: ObjectStore, day: int, release_format: int) -> None:
    """Publish a release of a format as its job does, and remove old ones."""
    current = read_current(store, release_format)
    pointer = upload_release(store, day, release_format)
    move_pointer(store, pointer, current.stored, current.path)
    # The last one stays: a function that has just read the pointer is about to open it.
    prune(store, 2, release_format)


@pytest.mark.parametrize("first", [SHARED_POINTER, pointer_path(OLD)], ids=["shared", "own"])
def test_an_update_across_formats_and_back_turns_nobody_away(
    store: ObjectStore, first: str
) -> None:
    store.put(first, to_json(upload_release(store, 1, OLD)))

    with running(store, OLD) as old:
        old.wait_for(1)
        run_job(store, 2, OLD)
        old.wait_for(2)

        # The job of the next version publishes first, and functions of this one do not notice.
        run_job(store, 3, NEW)
        old.wait_for(2)
        # Then its functions are deployed, a few of them first; either job may run meanwhile.
        with running(store, NEW) as new:
            new.wait_for(3)
            run_job(store, 4, OLD)
            run_job(store, 5, NEW)
            old.wait_for(4)
            new.wait_for(5)
        # They are taken back: who answered before goes on, warm or cold.
        old.wait_for(4)
        run_job(store, 6, OLD)
        old.wait_for(6)

        # Once more, for good.
        run_job(store, 7, NEW)
        with running(store, NEW) as new:
            new.wait_for(7)

    # Nobody runs the old version any more.
    with running(store, NEW) as new:
        new.wait_for(7)
        retire_format(store, OLD, NEW)
        run_job(store, 8, NEW)
        new.wait_for(8)

    assert [pointer.path for pointer in read_pointers(store)] == [pointer_path(NEW)]
    # What is of the old format is younger than a day.
    assert {release.format for release in list_releases(store)} == {OLD, NEW}


class Recording:
    """Lets everything through to S3, and remembers what was asked.

    Attributes
    ----------
    asked
        Method, path and parameters of each request.
    """

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, dict[str, list[str]]]] = []

    def __call__(self, exchange: Any, door: Door) -> None:
        url = urlsplit(exchange.path)
        path = url.path.removeprefix(f"/{BUCKET}").strip("/")
        self.asked.append((exchange.command, path, parse_qs(url.query)))
        exchange.send(door.forward(exchange))


@pytest.fixture
def recording(s3: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Recording]:
    recording = Recording()
    with faulty_door(s3["AWS_ENDPOINT_URL"]) as (door, endpoint):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
        door.break_down(recording)
        yield recording


def test_which_pointers_there_are_is_asked_without_a_prefix(recording: Recording) -> None:
    """As the job's policy wants it, which lets it list releases, raw files, and no others."""
    store = open_storage(f"s3://{BUCKET}")
    run_job(store, 1, OLD)
    recording.asked.clear()

    (pointer,) = read_pointers(store)

    assert pointer.path == pointer_path(OLD)
    assert recording.asked == [
        ("GET", "", {"list-type": ["2"], "delimiter": ["/"]}),
        ("GET", pointer_path(OLD), {}),
    ]


@pytest.mark.parametrize("first", [SHARED_POINTER, pointer_path(OLD)], ids=["shared", "own"])
def test_warm_functions_ask_for_one_pointer_and_cold_ones_for_a_second_only_in_an_old_place(
    recording: Recording, first: str
) -> None:
    store = open_storage(f"s3://{BUCKET}")
    pointer = upload_release(store, 1, OLD)
    store.put(first, to_json(pointer))
    manifest = release_path(pointer["release"], MANIFEST)
    recording.asked.clear()

    place = Releases(store, check_interval=0, release_format=OLD)
    place.current()
    cold = [path for _, path, _ in recording.asked]
    recording.asked.clear()
    place.current()

    looked_for = [pointer_path(OLD)] if first == SHARED_POINTER else []
    assert cold == [*looked_for, first, manifest]
    assert [path for _, path, _ in recording.asked] == [first]


def test_functions_that_are_deployed_too_early_fail_and_those_that_run_do_not(
    store: ObjectStore,
) -> None:
    run_job(store, 1, OLD)

    with running(store, OLD) as old:
        old.wait_for(1)
        # Which is what rolls their deployment back.
        with pytest.raises(NoReleaseError, match="no se puede abrir"):
            Releases(store, release_format=NEW).current()
        old.wait_for(1)
