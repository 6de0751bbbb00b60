"""The life of a place: two actors publish, roll back and prune, in any interleaving and with kills.

Every request to storage is a point where the other actor may go on, where time may pass, or where
the actor is killed, before storage has the request or after. After each write what answers must be
whole; in the end, after a day, one pruning leaves what it should and nothing else.
"""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from io import StringIO
from threading import Semaphore, Thread
from typing import TYPE_CHECKING, Any, ClassVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule
from obstore.store import MemoryStore
from rich.console import Console

from cartelera.contract.release_format import (
    MANIFEST,
    POINTER,
    UnsoundReleaseError,
    check_hash,
    read_manifest,
    release_path,
)
from etl.errors import JobError, UnsoundError
from etl.progress import Stages
from etl.release.files import ReleaseFile
from etl.release.listing import prune
from etl.release.pointers import pointer_to, read_current
from etl.release.publish import make_manifest, publish_release
from etl.release.storage import read_object
from etl.release.verification import VerifiedRelease, roll_back

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from obstore.store import ObjectStore

    from cartelera.contract.release_format import Manifest

# By how much an actor's clock is wrong.
SKEWS = st.sampled_from([timedelta(0), timedelta(days=-3), timedelta(days=3)])
# Which actor does how many requests, or goes on until it is about to write as often.
TURNS = st.lists(
    st.tuples(st.integers(0, 1), st.integers(1, 4), st.booleans()), min_size=1, max_size=6
)
KEPT = 2
# An actor that is at work for longer counts as killed.
LONGEST = timedelta(hours=18)
STAGES = Stages(Console(file=StringIO()))


class KilledError(BaseException):
    """The actor is no more; nothing that it does from now on reaches storage."""


class Place:
    """A store in memory with a clock of its own, which says when a file was written."""

    def __init__(self) -> None:
        self.store = MemoryStore()
        self.now = datetime(2026, 1, 1, tzinfo=UTC)
        self.answered: set[str] = set()
        self.writes = 0
        self._written: dict[str, datetime] = {}

    def put(self, path: str, file: bytes, **how: Any) -> None:
        self.store.put(path, file, **how)
        self._written[path] = self.now
        self._check()

    def delete(self, path: str) -> None:
        self.store.delete(path)
        self._check()

    def list(self, prefix: str) -> list[list[dict[str, Any]]]:
        return [
            [{**entry, "last_modified": self._written[entry["path"]]} for entry in batch]
            for batch in self.store.list(prefix)
        ]

    def contents(self) -> set[str]:
        return {entry["path"] for batch in self.store.list() for entry in batch}

    def current(self) -> str | None:
        return read_current(self.store).release

    def _check(self) -> None:
        """See that the pointer names a release of which every byte is there."""
        self.writes += 1
        if current := self.current():
            self.answered.add(current)
            try:
                open_whole(self.store, current)
            except (UnsoundError, UnsoundReleaseError) as error:
                raise AssertionError("what answers is not whole") from error


class Actor:
    """A process that works through a door to storage, which lets it do one request at a time."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.busy = False
        self.since = place.now
        self.failure: BaseException | None = None
        self._killed = False
        self._kill_after: bool | None = None
        self._writes = False
        self._turn, self._paused = Semaphore(0), Semaphore(0)

    def start(self, work: Callable[[ObjectStore], None]) -> None:
        """Begin; the first request waits."""
        self.busy, self.since, self._killed, self._kill_after = True, self.place.now, False, None
        Thread(target=self._run, args=(work,), daemon=True).start()
        self._wait()

    def step(self, *, to_write: bool = False) -> None:
        """Let one request through, or all until it is about to write."""
        while self.busy:
            self._turn.release()
            self._wait()
            if self._writes or not to_write:
                break

    def finish(self) -> None:
        while self.busy:
            self.step()

    def kill(self, *, after: bool) -> None:
        """Kill it before its next request, or after, before it hears of it."""
        self._kill_after = after
        self.step()

    def request(self, do: Callable[[], Any], *, writes: bool = False) -> Any:
        """Do a request when it may go on."""
        if not self._killed:
            self._writes = writes
            self._paused.release()
            self._turn.acquire()
            self._killed = self._kill_after is not None
            if not self._killed or self._kill_after:
                result = do()
        if self._killed:
            raise KilledError
        return result

    def _wait(self) -> None:
        self._paused.acquire()
        if self.failure:
            raise self.failure

    def _run(self, work: Callable[[ObjectStore], None]) -> None:
        try:
            work(Door(self))  # type: ignore[arg-type]
        except (KilledError, JobError):
            pass
        except BaseException as error:  # noqa: BLE001 (raised again by `_wait`)
            self.failure = error
        finally:
            self.busy = False
            self._paused.release()


class Door:
    """What the job needs of a store, request by request."""

    def __init__(self, actor: Actor) -> None:
        self._actor = actor
        self._place = actor.place

    def get(self, path: str, **how: Any) -> Any:
        return self._actor.request(lambda: self._place.store.get(path, **how))

    def put(self, path: str, file: bytes, **how: Any) -> None:
        self._actor.request(lambda: self._place.put(path, file, **how), writes=True)

    def delete(self, path: str) -> None:
        self._actor.request(lambda: self._place.delete(path), writes=True)

    def list(self, prefix: str) -> Any:
        return self._actor.request(lambda: self._place.list(prefix))

    def list_with_delimiter(self, prefix: str) -> Any:
        return self._actor.request(lambda: self._place.store.list_with_delimiter(prefix))

    def head(self, path: str) -> Any:
        return self._actor.request(lambda: self._place.store.head(path))


def open_whole(store: ObjectStore, release_id: str, *_: object) -> VerifiedRelease:
    """Check every byte of a release, whatever it holds."""
    stored = read_object(store, release_path(release_id, MANIFEST))
    if stored is None:
        raise UnsoundError(f"{release_id} has no manifest")
    pointer = pointer_to(release_id, stored.data)
    manifest = read_manifest(stored.data, pointer)
    for path, entry in manifest["files"].items():
        file = read_object(store, release_path(release_id, path))
        if file is None:
            raise UnsoundError(f"{release_id} lacks {path}")
        check_hash(path, file.data, entry["sha256"])
    return VerifiedRelease(store, pointer, manifest)


def tiny(content: int, created_at: datetime) -> tuple[Manifest, Mapping[str, ReleaseFile]]:
    files = {name: ReleaseFile(f"{name} {content}".encode(), 1) for name in ("a.bin", "b.bin")}
    return make_manifest(files, 1, {}, [], created_at), files


class LifeOfAPlace(RuleBasedStateMachine):
    """What may happen in a place, in any order."""

    did: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__()
        self.place = Place()
        self.actors = (Actor(self.place), Actor(self.place))
        self.ids: list[str] = []

    @initialize()
    def publish_some(self) -> None:
        """Begin with a release that pruning would remove: something to race for."""
        for content in range(KEPT + 1):
            self.publish(content, timedelta(0))
            self._finish()
            self.time_passes(25)

    def _start(self, work: Callable[[ObjectStore], None]) -> None:
        """Let one who is idle begin with something."""
        next(actor for actor in self.actors if not actor.busy).start(work)

    def _finish(self) -> None:
        for actor in self.actors:
            actor.finish()

    def _has_idle(self) -> bool:
        return not all(actor.busy for actor in self.actors)

    def _has_busy(self) -> bool:
        return any(actor.busy for actor in self.actors)

    @precondition(_has_idle)
    @rule(content=st.integers(0, 1), skew=SKEWS)
    def publish(self, content: int, skew: timedelta) -> None:
        manifest, files = tiny(content, self.place.now + skew)
        self.ids.append(manifest["release"])

        def work(store: ObjectStore) -> None:
            def ask() -> None:
                open_whole(store, manifest["release"])

            publish_release(store, read_current(store), manifest, files, ask, STAGES)
            assert manifest["release"] in self.place.answered
            self.did["published"] += 1

        self._start(work)

    @precondition(_has_idle)
    @rule(data=st.data())
    def roll_back(self, data: st.DataObject) -> None:
        release = data.draw(st.sampled_from(self.ids))

        def work(store: ObjectStore) -> None:
            roll_back(store, release, verify=open_whole)
            assert release in self.place.answered
            self.did["rolled back"] += 1

        self._start(work)

    @precondition(_has_idle)
    @rule(keep=st.integers(1, KEPT), skew=SKEWS)
    def prune(self, keep: int, skew: timedelta) -> None:
        def work(store: ObjectStore) -> None:
            self.did["removed"] += len(prune(store, keep, now=self.place.now + skew))

        self._start(work)

    @precondition(_has_busy)
    @rule(turns=TURNS)
    def go_on(self, turns: list[tuple[int, int, bool]]) -> None:
        for number, requests, to_write in turns:
            for _ in range(requests):
                self.actors[number].step(to_write=to_write)

    @rule(data=st.data(), turns=TURNS)
    def roll_back_while_another_prunes(
        self, data: st.DataObject, turns: list[tuple[int, int, bool]]
    ) -> None:
        """Let the two meet more often than by chance."""
        self._finish()
        self.roll_back(data)
        self.prune(1, timedelta(0))
        self.go_on(turns)

    @precondition(_has_busy)
    @rule(data=st.data(), after=st.booleans())
    def kill(self, data: st.DataObject, after: bool) -> None:  # noqa: FBT001
        data.draw(st.sampled_from([each for each in self.actors if each.busy])).kill(after=after)
        self.did["killed"] += 1

    @rule(hours=st.sampled_from([1, 6, 25]))
    def time_passes(self, hours: int) -> None:
        now = self.place.now + timedelta(hours=hours)
        for actor in self.actors:
            if now - actor.since > LONGEST:
                actor.finish()
        self.place.now = now

    def teardown(self) -> None:
        self._finish()
        self.place.now += timedelta(days=1, hours=1)
        whole = {}
        for release in self.ids:
            with suppress(UnsoundError, UnsoundReleaseError):
                whole[release] = open_whole(self.place.store, release).manifest
        newest = sorted(whole, key=lambda each: (whole[each]["created_at"], each))[-KEPT:]
        current = self.place.current()
        left = {*newest, current} if current else {*newest}

        self.prune(KEPT, timedelta(0))
        self._finish()

        names = (MANIFEST, "a.bin", "b.bin")
        expected = {release_path(release, name) for release in left for name in names}
        assert self.place.contents() - {POINTER} == expected
        self.did["requests that write"] += self.place.writes


TestLifeOfAPlace = LifeOfAPlace.TestCase
TestLifeOfAPlace.settings = settings(max_examples=150, stateful_step_count=15, deadline=None)
