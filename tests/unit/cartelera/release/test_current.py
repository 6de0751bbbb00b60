from __future__ import annotations

import gc
import json
import sys
import weakref
from types import ModuleType
from typing import TYPE_CHECKING

import pytest
from obstore.store import MemoryStore

from cartelera.cold_start import FirstReads
from cartelera.contract.release_format import (
    FORMAT,
    LAST_SHARED_FORMAT,
    MANIFEST,
    POINTER,
    SHARED_POINTER,
    pointer_path,
    release_path,
    to_json,
)
from cartelera.contract.tables import GENERO, GET_ACTOR, PELICULAS_IDIOMA
from cartelera.errors import NoReleaseError
from cartelera.release import Releases, releases
from cartelera.storage import Deadline, StorageError, read
from cartelera.telemetry import metrics
from tests.partitions import files_in_blocks
from tests.releases import publish as publish_files
from tests.unit.cartelera.release.conftest import (
    IDIOMAS,
    CountingStore,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from io import StringIO
    from pathlib import Path

    from cartelera.contract.release_format import Manifest, Pointer
    from cartelera.release import Release

    type MakeParquet = Callable[..., bytes]


class Clock:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_before_the_first_release_it_says_so(store: CountingStore) -> None:
    with pytest.raises(NoReleaseError, match="ninguno"):
        Releases(store).current()


def test_the_first_release_answers_as_soon_as_it_is_there(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    place = Releases(store)
    with pytest.raises(NoReleaseError):
        place.current()

    publish("one")

    assert place.current().id == "one"


@pytest.mark.parametrize("missing", ["releases/one/manifest.json"])
def test_a_first_release_that_cannot_be_opened_is_unavailable(
    store: CountingStore, publish: Callable[..., Pointer], missing: str
) -> None:
    publish("one")
    store.delete(missing)

    with pytest.raises(NoReleaseError, match="no se puede abrir"):
        Releases(store).current()


def test_the_pointer_is_looked_at_once_a_minute(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    clock = Clock()
    place = Releases(store, check_interval=60, clock=clock)
    publish("one")
    place.current()
    publish("two")
    store.read.clear()

    clock.now = 59
    assert place.current().id == "one"
    assert store.read == []

    clock.now = 60
    assert place.current().id == "two"


def test_an_unmoved_pointer_leads_to_no_further_reading(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    clock = Clock()
    place = Releases(store, clock=clock)
    publish("one")
    first = place.current()
    store.read.clear()

    clock.now = 100

    assert place.current() is first
    assert store.read == [POINTER]


def test_a_new_release_takes_over_with_the_files_in_use_already_open(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    clock = Clock()
    place = Releases(store, clock=clock)
    publish("one", films=1)
    place.current().table(PELICULAS_IDIOMA)
    publish("two", films=2)
    store.read.clear()

    clock.now = 100
    current = place.current()

    assert store.read == [POINTER, "releases/two/manifest.json", f"releases/two/{IDIOMAS}"]
    assert current.table(PELICULAS_IDIOMA).find("en")["cantidad"] == 2

    store.read.clear()
    clock.now = 200
    assert place.current() is current
    assert store.read == [POINTER]


def test_however_often_a_function_swaps_one_release_is_in_memory(
    sample_place: Path, sample_manifest: Manifest
) -> None:
    # Some of its tables are in blocks, and the others whole.
    files = files_in_blocks(sample_place, sample_manifest, block_rows=11)
    store = MemoryStore()
    place = Releases(store, check_interval=0)
    opened: list[weakref.ref[Release]] = []
    gc.disable()
    try:
        for day in range(4):
            publish_files(store, files, day)
            release = place.current()
            release.table(GET_ACTOR).suggestions("tom hansk")
            release.table(GENERO).suggestions("teror")
            release.model()
            release.feature_names()
            release.name_index().find("toyy", None, 0, 5)
            opened.append(weakref.ref(release))
            del release
            # The pointer has not moved, or is gone for a moment.
            place.current()
            pointer = bytes(store.get(POINTER).bytes())
            store.delete(POINTER)
            place.current()
            store.put(POINTER, pointer)
            place.current()
            assert [each() is None for each in opened] == [True] * day + [False]
    finally:
        gc.enable()


@pytest.mark.parametrize(
    "broken", [POINTER, "releases/two/manifest.json", f"releases/two/{IDIOMAS}"]
)
@pytest.mark.parametrize("how", ["missing", "garbled", "empty"])
def test_a_new_release_that_cannot_be_opened_leaves_the_last_good_one(
    store: CountingStore, publish: Callable[..., Pointer], broken: str, how: str
) -> None:
    clock = Clock()
    place = Releases(store, clock=clock)
    publish("one", films=1)
    place.current().table(PELICULAS_IDIOMA)
    publish("two", films=2)
    if how == "missing":
        store.delete(broken)
    else:
        store.put(broken, b"" if how == "empty" else b"garbled")

    clock.now = 100
    assert place.current().table(PELICULAS_IDIOMA).find("en")["cantidad"] == 1

    publish("two", films=2)
    clock.now = 200
    assert place.current().table(PELICULAS_IDIOMA).find("en")["cantidad"] == 2


@pytest.mark.parametrize("idiomas", [b"", b"junk", b"PAR1 and no more PAR1"])
def test_a_table_that_was_published_as_no_parquet_leaves_the_last_good_one(
    store: CountingStore, publish: Callable[..., Pointer], idiomas: bytes
) -> None:
    clock = Clock()
    place = Releases(store, clock=clock)
    publish("one", films=1)
    place.current().table(PELICULAS_IDIOMA)

    publish("two", idiomas=idiomas)
    clock.now = 100

    assert place.current().table(PELICULAS_IDIOMA).find("en")["cantidad"] == 1


def test_a_pointer_written_again_as_it_was_leads_to_no_further_reading(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    clock = Clock()
    place = Releases(store, clock=clock)
    pointer = publish("one")
    first = place.current()
    store.put(POINTER, to_json(pointer))
    store.read.clear()

    clock.now = 100

    assert place.current() is first
    assert store.read == [POINTER]


def test_a_release_that_cannot_be_opened_is_looked_at_again_only_when_it_is_due(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    clock = Clock()
    place = Releases(store, check_interval=60, clock=clock)
    publish("one")
    place.current()
    publish("two")
    store.delete("releases/two/manifest.json")
    clock.now = 60
    place.current()
    store.read.clear()

    clock.now = 119
    assert place.current().id == "one"
    assert store.read == []

    clock.now = 120
    assert place.current().id == "one"
    assert store.read == [POINTER, "releases/two/manifest.json"]


@pytest.mark.parametrize("where", [POINTER, "manifest.json", IDIOMAS])
def test_a_question_waits_for_storage_no_longer_than_it_may_in_all(
    store: CountingStore, publish: Callable[..., Pointer], where: str
) -> None:
    publish("one")
    store.hangs_at = where
    place = Releases(store, open_timeout=0.2)

    with pytest.raises((NoReleaseError, StorageError), match=r"abrir|the time allowed is over"):
        place.current().table(PELICULAS_IDIOMA)
    assert store.hanging == 1

    store.mend()
    assert place.current().table(PELICULAS_IDIOMA).find("en")["cantidad"] == 1


def test_reads_that_are_each_in_time_may_together_be_too_late(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    publish("one")
    place = Releases(store, open_timeout=0.6)

    # The pointer and the manifest, then a table: the last alone would be in time.
    store.delay = 0.15
    current = place.current()
    store.delay = 0.4
    with pytest.raises(StorageError, match=f"{IDIOMAS} cannot be read: the time allowed is over"):
        current.table(PELICULAS_IDIOMA)

    # The next question has its own time.
    store.delay = 0.15
    assert place.current().table(PELICULAS_IDIOMA).find("en")["cantidad"] == 1


def test_a_look_that_hangs_costs_little_and_is_not_repeated_at_once(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    clock = Clock()
    place = Releases(store, clock=clock, pointer_timeout=0.2)
    publish("one")
    place.current()
    publish("two")
    store.hangs_at = POINTER
    clock.now = 100

    assert place.current().id == "one"
    assert place.current().id == "one"
    assert store.hanging == 1

    store.mend()
    clock.now = 200
    assert place.current().id == "two"


def test_a_swap_is_a_line_in_the_log_and_a_metric(
    store: CountingStore, publish: Callable[..., Pointer], log: StringIO
) -> None:
    place = Releases(store, check_interval=0)
    publish("one")
    place.current()
    publish("two")

    place.current()

    (line,) = [json.loads(line) for line in log.getvalue().splitlines()]
    assert (line["message"], line["release"], line["last"]) == ("swapped release", "two", "one")
    assert metrics.values["ReleaseSwaps"] == [1.0]
    assert "ReleaseLoadFailures" not in metrics.values


def test_a_swap_that_fails_is_a_line_that_says_why_and_a_metric(
    store: CountingStore, publish: Callable[..., Pointer], log: StringIO
) -> None:
    place = Releases(store, check_interval=0)
    publish("one")
    place.current().table(PELICULAS_IDIOMA)
    publish("two", idiomas=b"junk")

    place.current()

    (line,) = [json.loads(line) for line in log.getvalue().splitlines()]
    assert line["level"] == "ERROR"
    assert line["message"] == "kept the last good release"
    assert (line["release"], line["refused"]) == ("one", "two")
    assert line["reason"].startswith(f"{IDIOMAS} cannot be read as parquet")
    assert metrics.values["ReleaseLoadFailures"] == [1.0]
    assert "ReleaseSwaps" not in metrics.values


def test_that_nothing_is_published_yet_is_no_failure_and_a_metric_of_its_own(
    store: CountingStore, log: StringIO
) -> None:
    with pytest.raises(NoReleaseError):
        Releases(store).current()

    line = json.loads(log.getvalue())
    assert (line["level"], line["message"]) == ("WARNING", "nothing is published")
    assert metrics.values["NoRelease"] == [1.0]
    assert "ReleaseLoadFailures" not in metrics.values


def test_a_pointer_that_is_gone_is_a_failure_to_those_who_had_a_release(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    place = Releases(store, check_interval=0)
    publish("one")
    place.current()
    store.delete(POINTER)

    assert place.current().id == "one"

    assert metrics.values["ReleaseLoadFailures"] == [1.0]
    assert "NoRelease" not in metrics.values


def test_a_first_release_that_cannot_be_opened_is_a_line_that_says_why_and_a_metric(
    store: CountingStore, publish: Callable[..., Pointer], log: StringIO
) -> None:
    missing = "releases/one/manifest.json"
    publish("one")
    store.delete(missing)

    with pytest.raises(NoReleaseError):
        Releases(store).current()

    line = json.loads(log.getvalue())
    assert line["message"] == "a release cannot be opened"
    assert line["reason"] == f"{missing} is not there"
    assert metrics.values["ReleaseLoadFailures"] == [1.0]


def test_functions_of_two_formats_answer_from_one_place_each_from_its_own_releases(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    older, newer = (
        Releases(store, check_interval=0, release_format=number) for number in (FORMAT, FORMAT + 1)
    )
    publish("one")
    assert older.current().id == "one"

    publish("two", release_format=FORMAT + 1)
    assert (older.current().id, newer.current().id) == ("one", "two")

    publish("three", release_format=FORMAT + 1)
    assert (older.current().id, newer.current().id) == ("one", "three")

    publish("four")
    assert (older.current().id, newer.current().id) == ("four", "three")


def test_a_place_older_than_the_pointers_of_formats_costs_one_read_at_a_cold_start_and_no_more(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    place = Releases(store, check_interval=0, release_format=LAST_SHARED_FORMAT)
    publish("one", release_format=LAST_SHARED_FORMAT, pointer_at=SHARED_POINTER)

    assert place.current().id == "one"
    own = pointer_path(LAST_SHARED_FORMAT)
    assert store.read == [own, SHARED_POINTER, "releases/one/manifest.json"]

    store.read.clear()
    assert place.current().id == "one"
    assert store.read == [SHARED_POINTER]

    publish("two", release_format=LAST_SHARED_FORMAT, pointer_at=SHARED_POINTER)
    assert place.current().id == "two"


def test_a_shared_pointer_that_was_damaged_and_mended_is_followed_again(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    place = Releases(store, check_interval=0, release_format=LAST_SHARED_FORMAT)
    publish("one", release_format=LAST_SHARED_FORMAT, pointer_at=SHARED_POINTER)
    place.current()
    store.put(SHARED_POINTER, b"junk")
    place.current()

    publish("two", release_format=LAST_SHARED_FORMAT, pointer_at=SHARED_POINTER)

    assert place.current().id == "two"
    store.read.clear()
    place.current()
    assert store.read == [SHARED_POINTER]


def test_where_a_format_has_a_pointer_of_its_own_the_shared_one_is_not_read(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    publish("old", release_format=LAST_SHARED_FORMAT, pointer_at=SHARED_POINTER)
    publish("new", release_format=LAST_SHARED_FORMAT)

    assert Releases(store, release_format=LAST_SHARED_FORMAT).current().id == "new"
    assert SHARED_POINTER not in store.read


def test_a_format_later_than_the_shared_pointer_never_reads_it(
    store: CountingStore, publish: Callable[..., Pointer], log: StringIO
) -> None:
    later = LAST_SHARED_FORMAT + 1
    publish("one", release_format=later, pointer_at=SHARED_POINTER)

    with pytest.raises(NoReleaseError, match="no se puede abrir"):
        Releases(store, release_format=later).current()

    assert store.read == [pointer_path(later)]


@pytest.mark.parametrize("what", ["gone", "junk", "another format"])
def test_a_warm_function_follows_from_the_shared_pointer_to_its_own_format_s(
    store: CountingStore, publish: Callable[..., Pointer], what: str
) -> None:
    place = Releases(store, check_interval=0, release_format=LAST_SHARED_FORMAT)
    publish("one", release_format=LAST_SHARED_FORMAT, pointer_at=SHARED_POINTER)
    place.current()
    if what == "gone":
        store.delete(SHARED_POINTER)
    elif what == "junk":
        store.put(SHARED_POINTER, b"junk")
    else:
        publish("old", release_format=LAST_SHARED_FORMAT - 1, pointer_at=SHARED_POINTER)
    for _ in range(2):
        assert place.current().id == "one"

    publish("two", release_format=LAST_SHARED_FORMAT)

    assert place.current().id == "two"
    store.read.clear()
    place.current()
    assert store.read == [pointer_path(LAST_SHARED_FORMAT)]


@pytest.mark.parametrize(
    ("other", "path"),
    [(FORMAT - 1, SHARED_POINTER), (FORMAT + 1, None), (FORMAT - 1, None)],
    ids=["older, shared", "newer", "older"],
)
def test_a_place_with_releases_for_other_functions_alone_is_no_place_without_any(
    store: CountingStore,
    publish: Callable[..., Pointer],
    log: StringIO,
    other: int,
    path: str | None,
) -> None:
    publish("one", release_format=other, pointer_at=path)

    # Where it were taken for an empty one, a deployment before its time would not be rolled back.
    with pytest.raises(NoReleaseError, match="no se puede abrir"):
        Releases(store).current()

    line = json.loads(log.getvalue())
    assert (path or pointer_path(other)) in line["reason"]
    assert "publish with the job of this version, and then deploy it" in line["reason"]
    assert metrics.values["ReleaseLoadFailures"] == [1.0]


def test_what_else_lies_at_the_top_of_a_place_is_no_release(store: CountingStore) -> None:
    for path in ("current.txt", "current.json.bak", "current.06.json", "notes.json"):
        store.put(path, b"{}")

    with pytest.raises(NoReleaseError, match="ninguno"):
        Releases(store).current()


def test_a_place_that_nobody_named_is_no_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARTELERA_RELEASES", raising=False)
    releases.cache_clear()

    with pytest.raises(NoReleaseError, match="CARTELERA_RELEASES"):
        releases()


@pytest.fixture
def configured(sample_place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Where the releases are is said; a test may say more."""
    monkeypatch.setenv("CARTELERA_RELEASES", sample_place.as_uri())
    releases.cache_clear()
    yield monkeypatch
    releases.cache_clear()


@pytest.mark.parametrize(
    "variable", ["CARTELERA_CHECK_EVERY_SECONDS", "CARTELERA_OPEN_WITHIN_SECONDS"]
)
@pytest.mark.parametrize("given", ["", "often", "-1", "nan"])
def test_how_often_to_look_and_how_long_to_wait_must_be_a_number_of_seconds(
    configured: pytest.MonkeyPatch, variable: str, given: str
) -> None:
    configured.setenv(variable, given)

    with pytest.raises(NoReleaseError, match=variable):
        releases()


def test_after_a_restored_snapshot_the_pointer_is_looked_at_at_once(
    configured: pytest.MonkeyPatch, sample_place: Path
) -> None:
    hooks: list[Callable[[], None]] = []
    runtime = ModuleType("snapshot_restore_py")
    runtime.register_after_restore = hooks.append  # type: ignore[attr-defined]
    configured.setitem(sys.modules, runtime.__name__, runtime)
    configured.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "snap-start")

    place = releases()

    assert hooks == [place.expire]


def test_outside_snapstart_nothing_of_it_is_asked_for(configured: pytest.MonkeyPatch) -> None:
    configured.setenv("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand")

    releases()

    assert "snapshot_restore_py" not in sys.modules


def test_looking_again_does_not_wait_for_the_next_check(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    place = Releases(store, clock=Clock())
    publish("one")
    place.current()
    publish("two")
    assert place.current().id == "one"

    place.expire()

    assert place.current().id == "two"


def first_reads(store: CountingStore, release: str) -> FirstReads:
    deadline = Deadline(8)
    manifest = read(store, release_path(release, MANIFEST), deadline).data
    return FirstReads(store, read(store, POINTER, deadline), manifest)


def test_a_release_that_was_opened_ahead_answers_until_the_pointer_is_looked_at(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    clock = Clock()
    place = Releases(store, clock=clock)
    publish("one")
    place.open_ahead(first_reads(store, "one"), lambda release: release.table(PELICULAS_IDIOMA))
    store.read.clear()
    publish("two")

    place.current().table(PELICULAS_IDIOMA)
    assert store.read == []

    clock.now += 61
    assert place.current().id == "two"


def test_a_release_that_cannot_be_opened_ahead_is_opened_when_it_is_asked_for(
    store: CountingStore, publish: Callable[..., Pointer], log: StringIO
) -> None:
    place = Releases(store, clock=Clock())
    publish("one", idiomas=b"no parquet")
    reads = first_reads(store, "one")

    place.open_ahead(reads, lambda release: release.table(PELICULAS_IDIOMA))
    assert not log.getvalue()
    assert not metrics.values

    publish("two")
    assert place.current().id == "two"
