"""Two formats beside each other in one place: each has releases, a pointer and functions."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from io import StringIO
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock
from obstore.exceptions import GenericError
from obstore.store import LocalStore, MemoryStore
from rich.console import Console

from cartelera.contract.release_format import (
    FORMAT,
    LAST_SHARED_FORMAT,
    MANIFEST,
    SHARED_POINTER,
    pointer_path,
    release_path,
    to_json,
)
from cartelera.release import Releases
from etl.entrypoints.console import print_releases
from etl.errors import GoldenError, PublishError, UnsoundError
from etl.progress import Stages
from etl.release.listing import list_releases, prune
from etl.release.pointers import (
    move_pointer,
    pointer_to,
    read_current,
    read_pointers,
    retire_format,
)
from etl.release.publish import make_manifest, upload
from etl.release.verification import open_release, roll_back
from tests.jobs import run_without_report
from tests.releases import (
    FIRST_DAY,
    Files,
    answering,
    make_old,
    publish,
    releases_in,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from obstore.store import ObjectStore

NEXT = FORMAT + 1
SHARING = LAST_SHARED_FORMAT
# Two formats of which neither has to do with the shared pointer.
OLDER, NEWER = LAST_SHARED_FORMAT + 1, LAST_SHARED_FORMAT + 2


def publish_as_before(store: ObjectStore, files: Files, day: int, release_format: int) -> str:
    """Publish as a version did that knew of no pointer but the shared one."""
    created_at = FIRST_DAY + timedelta(days=day)
    manifest = make_manifest(files, 188, {}, [], created_at, release_format)
    store.put(SHARED_POINTER, to_json(upload(store, manifest, files)))
    return manifest["release"]


def release_files(folder: Path, release: str) -> Iterable[Path]:
    return (folder / "releases" / release).rglob("*.*")


def read(store: ObjectStore, path: str) -> bytes:
    return bytes(store.get(path).bytes())


def test_readers_of_two_formats_answer_from_theirs_whatever_happens_to_the_other(
    store: ObjectStore, files: Files
) -> None:
    old, new = (
        Releases(store, check_interval=0, release_format=number) for number in (OLDER, NEWER)
    )
    first = publish(store, files, 1, OLDER)
    second = publish(store, files, 2, OLDER)
    assert old.current().id == second

    # The job of the next format publishes beside them.
    third = publish(store, files, 3, NEWER)
    fourth = publish(store, files, 4, NEWER)
    assert (old.current().id, new.current().id) == (second, fourth)

    # Each is rolled back by its own version.
    roll_back(store, third, release_format=NEWER)
    assert (old.current().id, new.current().id) == (second, third)
    roll_back(store, first, release_format=OLDER)
    assert (old.current().id, new.current().id) == (first, third)

    # Either prunes, and takes nothing of what answers.
    for release_format in (OLDER, NEWER):
        prune(store, 1, release_format)
        assert (answering(store, OLDER), answering(store, NEWER)) == (first, third)
    assert releases_in(store) == {first, second, third, fourth}

    # Code that is rolled back finds its catalogue; and its job publishes again.
    fifth = publish(store, files, 5, OLDER)
    assert (old.current().id, new.current().id) == (fifth, third)
    assert (answering(store, OLDER), answering(store, NEWER)) == (fifth, third)


def test_each_format_keeps_its_newest_releases(store: ObjectStore, files: Files) -> None:
    days = {day: publish(store, files, day, OLDER) for day in (1, 2, 3)}
    days |= {day: publish(store, files, day, NEWER) for day in (4, 5, 6)}

    gone = prune(store, 2, NEWER)

    assert {release.id for release in gone} == {days[1], days[4]}
    assert releases_in(store) == {days[2], days[3], days[5], days[6]}


def test_the_first_release_of_a_format_is_safe_before_its_pointer_is_there(
    folder: LocalStore, tmp_path: Path, files: Files
) -> None:
    publish(folder, files, 1, OLDER)
    manifest = make_manifest(files, 188, {}, [], FIRST_DAY, NEWER)
    pointer = upload(folder, manifest, files)

    # The old version's job ends just now.
    assert prune(folder, 1, OLDER) == []

    move_pointer(folder, pointer, None)
    make_old(*release_files(tmp_path, manifest["release"]))
    assert prune(folder, 1, OLDER) == []
    assert answering(folder, NEWER) == manifest["release"]


def test_a_format_that_retires_leaves_nothing_behind_and_takes_nothing_along(
    folder: LocalStore, tmp_path: Path, files: Files
) -> None:
    old = [publish(folder, files, day, OLDER) for day in (1, 2)]
    new = publish(folder, files, 3, NEWER)

    assert retire_format(folder, OLDER, NEWER) == [pointer_path(OLDER)]

    # A day passes first: it may have been a mistake.
    assert prune(folder, 1, NEWER) == []
    for release in old:
        make_old(*release_files(tmp_path, release))
    assert {release.id for release in prune(folder, 1, NEWER)} == set(old)
    assert releases_in(folder) == {new} == {answering(folder, NEWER)}


def test_the_shared_pointer_retires_with_the_format_that_it_names(
    store: ObjectStore, files: Files
) -> None:
    publish_as_before(store, files, 1, SHARING)
    new = publish(store, files, 2, NEWER)

    assert retire_format(store, SHARING, NEWER) == [SHARED_POINTER]

    assert [pointer.path for pointer in read_pointers(store)] == [pointer_path(NEWER)]
    assert answering(store, NEWER) == new


def test_no_version_retires_its_own_format_or_one_that_is_not_there(
    store: ObjectStore, files: Files
) -> None:
    release = publish(store, files, 1, NEWER)

    with pytest.raises(PublishError, match=f"^format {NEWER} is what this version answers from"):
        retire_format(store, NEWER, NEWER)
    with pytest.raises(PublishError, match=f"^format {OLDER} has no pointer"):
        retire_format(store, OLDER, NEWER)

    assert answering(store, NEWER) == release


def test_a_pointer_that_cannot_be_removed_is_named(files: Files) -> None:
    class Locked(MemoryStore):
        def delete(self, _: Any) -> None:
            raise GenericError("access denied")

    store = Locked()
    publish(store, files, 1, OLDER)

    with pytest.raises(PublishError, match=f"^{pointer_path(OLDER)} cannot be removed: access"):
        retire_format(store, OLDER, NEWER)


@pytest.mark.parametrize("damaged", [OLDER, NEWER])
def test_nothing_is_pruned_while_a_pointer_of_any_format_cannot_be_read(
    store: ObjectStore, files: Files, damaged: int
) -> None:
    for day, release_format in enumerate((OLDER, OLDER, NEWER, NEWER)):
        publish(store, files, day, release_format)
    store.put(pointer_path(damaged), b"junk")
    before = releases_in(store)

    with pytest.raises(PublishError, match=f"^{pointer_path(damaged)} cannot be read.*{damaged};"):
        prune(store, 1, NEWER)

    assert releases_in(store) == before


@pytest.mark.parametrize("command", [open_release, roll_back])
def test_a_release_of_another_format_is_left_to_its_own_version(
    store: ObjectStore, files: Files, command: Callable[..., object]
) -> None:
    own, other = publish(store, files, 1, FORMAT), publish(store, files, 2, NEXT)

    with pytest.raises(
        UnsoundError,
        match=f"^release {other} has format {NEXT}, and this code opens format {FORMAT}: use the",
    ):
        command(store, other)

    assert (answering(store, FORMAT), answering(store, NEXT)) == (own, other)


def test_releases_are_listed_with_their_formats_and_what_answers_in_each(
    store: ObjectStore, files: Files
) -> None:
    published = [
        publish(store, files, day, release_format)
        for day, release_format in enumerate((FORMAT, FORMAT, NEXT, NEXT))
    ]
    roll_back(store, published[0])
    shown = StringIO()

    print_releases(list_releases(store), "here", Console(file=shown, width=120))

    rows = [line.split() for line in shown.getvalue().splitlines()[1:]]
    assert [(row[0], row[1], row[-1] == "current") for row in rows] == [
        (published[3], str(NEXT), True),
        (published[2], str(NEXT), False),
        (published[1], str(FORMAT), False),
        (published[0], str(FORMAT), True),
    ]


def test_of_a_release_of_another_format_no_more_is_needed_than_every_format_says(
    store: ObjectStore, files: Files
) -> None:
    other = publish(store, files, 1, NEXT)
    path = release_path(other, MANIFEST)
    header = {"format": NEXT, "release": other, "created_at": "2026-01-02T00:00:00Z", "films": 7}
    store.put(path, json.dumps(header | {"files": "all of them"}).encode())

    (listed,) = list_releases(store)

    assert (listed.format, listed.current) == (NEXT, True)
    assert listed.header
    assert listed.header["films"] == 7


def test_an_old_place_is_published_to_where_its_functions_look(
    store: ObjectStore, files: Files
) -> None:
    """Whether they are of this version or of one that knows the shared pointer alone."""
    first = publish_as_before(store, files, 1, SHARING)
    assert answering(store, SHARING) == first

    second = publish(store, files, 2, SHARING)
    assert answering(store, SHARING) == second
    assert [pointer.path for pointer in read_pointers(store)] == [SHARED_POINTER]

    roll_back(store, first, release_format=SHARING)
    assert answering(store, SHARING) == first
    assert pointer_to(first, read(store, release_path(first, MANIFEST)), SHARING) == (
        read_pointers(store)[0].pointer
    )
    prune(store, 1, SHARING)
    assert releases_in(store) == {first, second}


@pytest.mark.parametrize("there", [SHARING - 1, SHARING])
def test_the_shared_pointer_stays_where_another_format_left_it(
    store: ObjectStore, files: Files, there: int
) -> None:
    old = publish_as_before(store, files, 1, there)
    left = read(store, SHARED_POINTER)

    new = publish(store, files, 2, there + 1)
    newer = publish(store, files, 3, there + 1)
    prune(store, 1, there + 1)

    assert read(store, SHARED_POINTER) == left
    assert answering(store, there) == old
    assert answering(store, there + 1) == newer
    assert releases_in(store) == {old, newer}
    roll_back(store, newer, release_format=there + 1)
    assert new not in releases_in(store)


def test_a_damaged_shared_pointer_is_mended_by_the_last_format_that_shares_it_alone(
    store: ObjectStore, files: Files
) -> None:
    release = publish_as_before(store, files, 1, SHARING)
    store.put(SHARED_POINTER, b"junk")

    publish(store, files, 2, NEWER)
    assert read(store, SHARED_POINTER) == b"junk"

    roll_back(store, release, release_format=SHARING)
    assert answering(store, SHARING) == release
    assert [pointer.path for pointer in read_pointers(store)] == [
        pointer_path(NEWER),
        SHARED_POINTER,
    ]


def test_jobs_of_two_formats_do_not_wait_for_each_other(
    folder: LocalStore, tmp_path: Path, files: Files
) -> None:
    with FileLock(tmp_path / f".{pointer_path(OLDER)}.lock"):
        new = publish(folder, files, 1, NEWER)
        pointer = pointer_to("other", b"", OLDER)
        with pytest.raises(PublishError, match=rf"another process holds .*\.{OLDER}\.json\.lock$"):
            move_pointer(folder, pointer, None, lock_seconds=0.1)

    assert answering(folder, NEWER) == new


def test_a_job_that_stops_at_any_write_leaves_both_formats_answering(files: Files) -> None:
    class Stopping(MemoryStore):
        """Storage that ends a job before its n-th write."""

        left: float = float("inf")

        def put(self, path: str, file: Any, **how: Any) -> Any:
            self.left -= 1
            if self.left < 0:
                raise GenericError("the end")
            return super().put(path, file, **how)

    files = dict(list(files.items())[:2])
    store = Stopping()
    old = publish(store, files, 1, OLDER)
    new = publish(store, files, 2, NEWER)
    # Two files, a manifest and a pointer.
    for writes in range(4):
        store.left = writes
        with pytest.raises(PublishError, match="the end"):
            publish(store, files, 3 + writes, NEWER)
        store.left = float("inf")

        prune(store, 9, OLDER)
        assert Releases(store, release_format=OLDER).current().id == old
        assert Releases(store, release_format=NEWER).current().id == new


def test_a_place_whose_top_cannot_be_listed_says_so() -> None:
    class Unlisted(MemoryStore):
        def list_with_delimiter(self, *_: Any, **__: Any) -> Any:
            raise GenericError("access denied")

    with pytest.raises(PublishError, match=r"^the place cannot be listed: access denied"):
        read_pointers(Unlisted())


def films(count: int) -> list[dict[str, Any]]:
    return [{"title": f"Film {number}"} for number in range(count)]


def test_the_job_of_the_next_format_publishes_beside_the_last(
    write_raw: Callable[..., Path], store: ObjectStore, stages: Stages
) -> None:
    old = run_without_report(write_raw(*films(30)), store, stages).manifest
    new = run_without_report(write_raw(*films(29)), store, stages, release_format=NEXT).manifest

    assert (old["format"], new["format"]) == (FORMAT, NEXT)
    assert answering(store, FORMAT) == old["release"]
    assert answering(store, NEXT) == new["release"]


def test_the_first_release_of_a_format_is_compared_with_the_last_one_by_its_films(
    write_raw: Callable[..., Path], store: ObjectStore
) -> None:
    shown = StringIO()
    stages = Stages(Console(file=shown, width=80))
    old = run_without_report(write_raw(*films(40)), store, stages).manifest["release"]
    assert "compared" not in shown.getvalue()

    with pytest.raises(GoldenError) as error:
        run_without_report(write_raw(*films(20)), store, stages, release_format=NEXT)

    assert str(error.value).splitlines()[1:-1] == [
        f"  it has 20 films, the last release of format {FORMAT} 40; expected 90% to 200% of them"
    ]
    assert "--force" in str(error.value)
    assert re.search(
        rf"the first release of format {NEXT}: compared with release\s+{old}", (shown.getvalue())
    )
    assert read_current(store, NEXT).stored is None
    assert answering(store, FORMAT) == old

    new = run_without_report(
        write_raw(*films(20)), store, stages, release_format=NEXT, compare=False
    ).manifest["release"]
    assert (answering(store, FORMAT), answering(store, NEXT)) == (old, new)


def test_later_releases_of_a_format_are_compared_with_its_own(
    write_raw: Callable[..., Path], store: ObjectStore, stages: Stages
) -> None:
    run_without_report(write_raw(*films(40)), store, stages, release_format=NEXT)
    run_without_report(write_raw(*films(20)), store, stages, compare=False)

    with pytest.raises(GoldenError, match=r"catalog\.parquet has 20 rows, the last release 40"):
        run_without_report(write_raw(*films(20)), store, stages, release_format=NEXT)
