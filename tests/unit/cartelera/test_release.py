from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from obstore.store import MemoryStore

from cartelera.errors import NoReleaseError
from cartelera.layout import FORMAT, POINTER, UnsoundReleaseError, release_path, sha256, to_json
from cartelera.release import Release, Releases, releases
from cartelera.tables import PELICULAS_IDIOMA, PELICULAS_PAIS

if TYPE_CHECKING:
    from collections.abc import Callable

    from obstore import GetOptions, GetResult

    from cartelera.layout import Manifest, Pointer

    type MakeParquet = Callable[..., bytes]

IDIOMAS = PELICULAS_IDIOMA.path
PAISES = PELICULAS_PAIS.path


class CountingStore(MemoryStore):
    """Remembers what was read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def get(self, path: str, *, options: GetOptions | None = None) -> GetResult:
        self.read.append(path)
        return super().get(path, options=options)


class Clock:
    """A clock that is turned by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def store() -> CountingStore:
    return CountingStore()


@pytest.fixture
def publish(store: CountingStore, make_parquet: MakeParquet) -> Callable[..., Pointer]:
    """Publish a release in which English has so many films, or with other bytes for a table."""

    def publish(release: str, films: int = 1, idiomas: bytes | None = None) -> Pointer:
        english = {"key": ["en"], "votes": [1], "idioma": ["en"], "cantidad": [films]}
        files = {
            IDIOMAS: make_parquet(english) if idiomas is None else idiomas,
            PAISES: make_parquet(
                {"key": ["chile"], "votes": [1], "pais": ["Chile"], "cantidad": [films]}
            ),
        }
        manifest: Manifest = {
            "format": FORMAT,
            "release": release,
            "created_at": "",
            "films": films,
            "rows": {},
            "sources": [],
            "files": {
                path: {"sha256": sha256(data), "bytes": len(data), "rows": 1}
                for path, data in files.items()
            },
        }
        for path, data in files.items():
            store.put(release_path(release, path), data)
        store.put(release_path(release, "manifest.json"), to_json(manifest))
        pointer: Pointer = {
            "format": FORMAT,
            "release": release,
            "manifest_sha256": sha256(to_json(manifest)),
        }
        store.put(POINTER, to_json(pointer))
        return pointer

    return publish


def test_only_what_is_needed_is_read_and_only_once(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    publish("one")
    current = Releases(store).current()
    assert store.read == [POINTER, "releases/one/manifest.json"]

    for _ in range(3):
        assert current.table(PELICULAS_IDIOMA).find("EN") == {"idioma": "en", "cantidad": 1}

    assert store.read[2:] == [f"releases/one/{IDIOMAS}"]


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: b"\0" + data[1:]])
def test_a_file_that_is_not_what_was_published_is_refused(
    store: CountingStore, publish: Callable[..., Pointer], damage: Callable[[bytes], bytes]
) -> None:
    pointer = publish("one")
    path = release_path("one", IDIOMAS)
    store.put(path, damage(bytes(store.get(path).bytes())))

    with pytest.raises(UnsoundReleaseError, match=f"{IDIOMAS}: SHA-256"):
        Release(store, pointer).table(PELICULAS_IDIOMA)


def test_a_file_the_manifest_does_not_list_is_refused(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    pointer = publish("one")

    with pytest.raises(UnsoundReleaseError, match=r"does not list model\.pkl"):
        Release(store, pointer).model()


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
    place = Releases(store, check_every=60, clock=clock)
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


def test_a_place_that_nobody_named_is_no_release(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CARTELERA_RELEASES", raising=False)
    releases.cache_clear()

    with pytest.raises(NoReleaseError, match="CARTELERA_RELEASES"):
        releases()
