"""What happens to a release whose bytes are not what the job published: it is never used."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from obstore.store import MemoryStore

from cartelera.contract.release_format import (
    FEATURES,
    FORMAT,
    MANIFEST,
    MODEL,
    POINTER,
    UnsoundReleaseError,
    read_manifest,
    read_pointer,
    release_path,
    sha256,
    to_json,
)
from cartelera.contract.tables import RECOMENDACION, TABLES
from cartelera.errors import NoReleaseError
from cartelera.release import Release, Releases
from cartelera.storage import Deadline, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

SCHEMAS = {schema.path: schema for schema in TABLES}
FILES = [MANIFEST, MODEL, FEATURES, *SCHEMAS]
# A hash does not care which table it is of, and one parser reads them all.
OF_EACH_KIND = [MANIFEST, MODEL, FEATURES, RECOMENDACION.path]
PARSED = [MODEL, FEATURES, RECOMENDACION.path]
SAMPLED = 50


class Place:
    """A release of the sample in memory, one file of which can be replaced."""

    def __init__(self, folder: Path) -> None:
        self.store = MemoryStore()
        self.files: dict[str, bytes] = {}
        self.pointer = (folder / POINTER).read_bytes()
        self.id = json.loads(self.pointer)["release"]
        self.store.put(POINTER, self.pointer)
        for file in FILES:
            self.files[file] = (folder / release_path(self.id, file)).read_bytes()
            self.replace(file, self.files[file])

    def replace(self, file: str, data: bytes) -> None:
        self.store.put(release_path(self.id, file), data)

    def use(self, file: str) -> None:
        """Open the release and one of its files, as a cold handler would."""
        release = Release(self.store, read_pointer(self.pointer), Deadline(8))
        if file == MODEL:
            release.model()
        elif file == FEATURES:
            release.feature_names()
        elif file in SCHEMAS:
            release.table(SCHEMAS[file])


@pytest.fixture
def place(sample_place: Path) -> Place:
    return Place(sample_place)


def flipped(data: bytes, seed: str) -> Iterator[bytes]:
    """Flip one bit at each of some positions, or at every one of a smaller file."""
    chance = random.Random(seed)  # noqa: S311 (to be the same each time)
    for position in chance.sample(range(len(data)), min(SAMPLED, len(data))):
        damaged = bytearray(data)
        damaged[position] ^= 1 << chance.randrange(8)
        yield bytes(damaged)


def cut(data: bytes) -> Iterator[bytes]:
    """Cut the end off at evenly spread positions, from all to one byte."""
    for length in range(0, len(data), -(-len(data) // SAMPLED)):
        yield data[:length]
    yield data[:-1]


@pytest.mark.parametrize("file", OF_EACH_KIND)
def test_one_flipped_bit_anywhere_is_refused_by_the_files_name(place: Place, file: str) -> None:
    place.use(file)

    for damaged in flipped(place.files[file], file):
        place.replace(file, damaged)
        with pytest.raises(UnsoundReleaseError, match=f"^{file}: SHA-256"):
            place.use(file)


@pytest.mark.parametrize("file", OF_EACH_KIND)
def test_a_file_cut_anywhere_is_refused_by_its_name(place: Place, file: str) -> None:
    for damaged in cut(place.files[file]):
        place.replace(file, damaged)
        with pytest.raises(UnsoundReleaseError, match=f"^{file}: SHA-256"):
            place.use(file)


@pytest.mark.parametrize(
    ("file", "damage"),
    # Not flipped tables: with the right hash one can make the parquet reader abort the process.
    [(MODEL, flipped), *((file, lambda data, _: cut(data)) for file in PARSED)],
)
def test_no_parser_comes_to_harm_behind_the_hash(
    place: Place, file: str, damage: Callable[[bytes, str], Iterator[bytes]]
) -> None:
    """As if the one who damaged the file had written the manifest too."""
    manifest = json.loads(place.files[MANIFEST])
    for damaged in damage(place.files[file], file):
        manifest["files"][file]["sha256"] = sha256(damaged)
        place.replace(file, damaged)
        place.replace(MANIFEST, to_json(manifest))
        place.pointer = to_json(
            {
                "format": FORMAT,
                "release": place.id,
                "manifest_sha256": sha256(to_json(manifest)),
            }
        )

        try:
            place.use(file)
        except UnsoundReleaseError as error:
            assert str(error).startswith(file)  # noqa: PT017 (what opens may be sound)


def test_one_flipped_bit_of_the_pointer_leads_nowhere(place: Place) -> None:
    """Nothing vouches for the pointer: it may still name the release, but not its manifest."""
    same = 0
    for damaged in [*flipped(place.pointer, POINTER), *cut(place.pointer)]:
        place.store.put(POINTER, damaged)
        try:
            used = Releases(place.store).current()
        except NoReleaseError as error:
            assert isinstance(error.__cause__, UnsoundReleaseError | StorageError)  # noqa: PT017
        else:
            # White space turned into other white space.
            assert json.loads(damaged) == json.loads(place.pointer)
            assert used.id == place.id
            same += 1

    assert same < len(place.pointer) / 10


@pytest.mark.parametrize(
    "changes",
    [
        {"release": "../../etc"},
        {"release": "a/b"},
        {"release": ".."},
        {"release": ""},
        {"release": "a\n"},
        {"release": "x" * 101},
        {"release": None},
        {"release": ["x"]},
        {"manifest_sha256": None},
        {"manifest_sha256": ""},
        {"manifest_sha256": {}},
        {"format": FORMAT + 1},
        {"format": None},
        {"format": [1]},
    ],
)
def test_a_pointer_to_anything_else_is_refused(place: Place, changes: dict[str, Any]) -> None:
    place.store.put(POINTER, json.dumps(json.loads(place.pointer) | changes).encode())

    with pytest.raises(NoReleaseError):
        Releases(place.store).current()


@pytest.mark.parametrize(
    "data", [b"", b"null", b"[]", b"1", b'"x"', b"\xff", b"[" * 100_000, b'{"a":' * 100_000]
)
def test_what_is_no_pointer_or_manifest_is_refused_by_its_name(place: Place, data: bytes) -> None:
    with pytest.raises(UnsoundReleaseError, match=f"^{POINTER} "):
        read_pointer(data)

    place.pointer = to_json(
        {"format": FORMAT, "release": place.id, "manifest_sha256": sha256(data)}
    )
    with pytest.raises(UnsoundReleaseError, match=f"^{MANIFEST} "):
        read_manifest(data, read_pointer(place.pointer))


@pytest.mark.parametrize(
    "changes",
    [
        {"release": "another"},
        {"format": FORMAT + 1},
        {"created_at": None},
        {"created_at": 5},
        {"created_at": "yesterday"},
        {"files": None},
        {"files": []},
        {"files": "tables"},
        {"files": {}},
        {"files": dict.fromkeys(FILES)},
        {"files": {file: {} for file in FILES}},
        {"files": {file: {"sha256": None} for file in FILES}},
        {"files": {file: {"sha256": ["0"]} for file in FILES}},
    ],
)
@pytest.mark.parametrize("file", [MODEL, TABLES[0].path])
def test_a_manifest_that_says_anything_else_is_refused(
    place: Place, file: str, changes: dict[str, Any]
) -> None:
    manifest = json.dumps(json.loads(place.files[MANIFEST]) | changes).encode()
    place.replace(MANIFEST, manifest)
    place.pointer = to_json(
        {"format": FORMAT, "release": place.id, "manifest_sha256": sha256(manifest)}
    )

    with pytest.raises(UnsoundReleaseError, match=f"{MANIFEST}|{file}: SHA-256"):
        place.use(file)
