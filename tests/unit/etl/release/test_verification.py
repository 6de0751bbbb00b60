"""Verifying releases, and rolling back to them."""

from __future__ import annotations

import json
import pickle
from collections import Counter
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Any, override

import msgspec
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from obstore.store import LocalStore, MemoryStore

from cartelera.contract.formats.block_format import index_path, pack_path
from cartelera.contract.formats.film_facts import FACTS_FOLDER
from cartelera.contract.formats.name_index import NAME_INDEX
from cartelera.contract.release_format import (
    CATALOG,
    FEATURES,
    MANIFEST,
    MODEL,
    POINTER,
    REPORT,
    UnsoundReleaseError,
    release_path,
    to_json,
)
from cartelera.contract.tables import LOOK_UPS, PELICULAS_IDIOMA, RECOMENDACION, TABLES
from cartelera.films.facts import FilmFacts
from cartelera.release import Releases
from etl.engines.runners.workers import Workers
from etl.errors import OvertakenError, PublishError, UnsoundError
from etl.release.block_writer import FilmLinesWriter
from etl.release.files import ReleaseFile, release_file, table_file
from etl.release.listing import list_releases
from etl.release.storage import read_object
from etl.release.verification import VerifiedRelease, open_release, read_table, roll_back
from tests.releases import (
    Files,
    answering,
    change_manifest,
    contents,
    publish,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from obstore.store import ObjectStore

# A file of each kind: what is no table of a function's, one, and the model.
OF_EACH_KIND = (CATALOG, RECOMENDACION.path, MODEL)
NEEDED = (MODEL, *(schema.path for schema in TABLES))


def flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 0x01]) + data[middle + 1 :]


def test_a_sound_release_is_opened_as_the_functions_open_it(
    store: ObjectStore, files: Files
) -> None:
    release = publish(store, files, 1)
    heard: list[int] = []

    opened = open_release(store, release, heard.append)

    assert to_json(opened.pointer) == contents(store)[POINTER]
    assert opened.manifest["release"] == release
    assert opened.table(PELICULAS_IDIOMA).find("en")["cantidad"] > 1
    assert opened.model.films == len(opened.table(RECOMENDACION)) == 188
    assert sum(heard) == sum(len(file.data) for file in files.values())


def test_no_file_is_read_twice(files: Files) -> None:
    store = MemoryStore()
    release = publish(store, files, 1)
    read: Counter[str] = Counter()

    class Watched(VerifiedRelease):
        @override
        def _read(self, path: str) -> bytes:
            read[path] += 1
            return super()._read(path)

    opened = open_release(store, release)
    Watched(store, opened.pointer, opened.manifest).check(lambda _: None)

    assert read == dict.fromkeys(files, 1)


def begin_elsewhere(check: Callable[[], set[str]]) -> Callable[[], set[str]]:
    """Begin a check as another process would, which is given no more than can be pickled."""
    elsewhere: Callable[[], set[str]] = pickle.loads(pickle.dumps(check))  # noqa: S301 (our own)
    return elsewhere


def test_another_process_may_check_some_of_the_files(folder: LocalStore, files: Files) -> None:
    release = publish(folder, files, 1)
    heard: list[int] = []

    opened = open_release(folder, release, heard.append, begin=begin_elsewhere)

    assert sum(heard) == sum(len(file.data) for file in files.values())
    # Nor does it matter what this one has opened by then.
    assert opened.table(PELICULAS_IDIOMA).find("en")
    assert pickle.loads(pickle.dumps(opened)).manifest == opened.manifest  # noqa: S301


def test_what_another_process_finds_out_is_a_message_of_this_one(
    folder: LocalStore, files: Files
) -> None:
    release = publish(folder, files, 1)
    pack = pack_path(FACTS_FOLDER, 0)
    folder.put(release_path(release, pack), flip(files[pack].data))

    with (
        Workers(2) as workers,
        pytest.raises(UnsoundError, match=f"^release {release} is not sound: {pack}: SHA-256 is"),
    ):
        open_release(folder, release, begin=workers.begin)


def test_the_tables_of_names_are_read_once(store: ObjectStore, files: Files) -> None:
    opened = open_release(store, publish(store, files, 1))
    for path in contents(store):
        store.delete(path)

    assert all(len(opened.table(schema)) for schema in LOOK_UPS)


@given(st.binary(), st.integers(0), st.integers(0))
@example(b"NaN", 5, 2)
@example(b"\x00", 6, 0)
@example(b"[" * 100_000, 0, 0)
def test_what_functions_cannot_parse_is_refused(some: bytes, at: int, gone: int) -> None:
    line = b'{"id":1,"a":[1.5e3,"\\u00e1",null,true,-7]}'
    start = at % len(line)
    changed = line[:start] + some + line[start + gone % 4 :]
    try:
        json.loads(changed)
    except (ValueError, RecursionError):
        with pytest.raises((msgspec.MsgspecError, ValueError, RecursionError)):
            msgspec.json.decode(changed)


def test_a_release_that_is_not_there_says_where_to_look(store: ObjectStore) -> None:
    with pytest.raises(
        PublishError, match=r"^there is no release 2026: see python -m etl releases$"
    ):
        open_release(store, "2026")


@pytest.mark.parametrize("release", ["", "..", "../..", "a/../b", "a\nb"])
def test_what_is_no_release_id_is_no_release(folder: LocalStore, release: str) -> None:
    with pytest.raises(PublishError):
        open_release(folder, release)


@pytest.mark.parametrize("path", OF_EACH_KIND)
def test_a_missing_file_is_found_out(store: ObjectStore, files: Files, path: str) -> None:
    release = publish(store, files, 1)
    store.delete(release_path(release, path))

    with pytest.raises(PublishError, match=f"^release {release} is not sound: {path} is not there"):
        open_release(store, release)


@pytest.mark.parametrize("path", OF_EACH_KIND)
def test_a_flipped_bit_is_found_out(store: ObjectStore, files: Files, path: str) -> None:
    release = publish(store, files, 1)
    store.put(release_path(release, path), flip(files[path].data))

    with pytest.raises(PublishError, match=f"^release {release} is not sound: {path}: SHA-256 is"):
        open_release(store, release)


def test_a_flipped_bit_in_the_manifest_of_what_answers_is_found_out(
    store: ObjectStore, files: Files
) -> None:
    release = publish(store, files, 1)
    # The functions would not open it: the pointer vouches for another manifest.
    change_manifest(store, release, lambda manifest: manifest.update(films=184))

    with pytest.raises(PublishError, match=f"^release {release} is not sound: {MANIFEST}"):
        open_release(store, release)


def test_a_manifest_that_is_no_json_is_found_out(store: ObjectStore, files: Files) -> None:
    release = publish(store, files, 1)
    publish(store, files, 2)
    store.put(release_path(release, MANIFEST), b"{")

    with pytest.raises(PublishError, match=f"^release {release} is not sound: {MANIFEST} is not"):
        open_release(store, release)


def test_the_manifest_of_another_release_is_found_out(store: ObjectStore, files: Files) -> None:
    one, other = publish(store, files, 1), publish(store, files, 2)
    stored = read_object(store, release_path(other, MANIFEST))
    assert stored
    store.put(release_path(one, MANIFEST), stored.data)

    with pytest.raises(PublishError, match=f"{MANIFEST} belongs to '{other}', not '{one}'"):
        open_release(store, one)


@pytest.mark.parametrize("path", [path for path in OF_EACH_KIND if path != MODEL])
def test_another_number_of_rows_than_the_manifest_says_is_found_out(
    store: ObjectStore, files: Files, path: str
) -> None:
    rows = files[path].rows
    release = publish(store, {**files, path: replace(files[path], rows=rows + 1)}, 1)

    with pytest.raises(
        PublishError, match=f"{path} has {rows} rows, the manifest says {rows + 1}$"
    ):
        open_release(store, release)


@pytest.mark.parametrize("path", OF_EACH_KIND)
def test_junk_with_the_right_hash_is_found_out(store: ObjectStore, files: Files, path: str) -> None:
    release = publish(store, {**files, path: ReleaseFile(b"junk", files[path].rows)}, 1)

    with pytest.raises(PublishError, match=f"^release {release} is not sound: "):
        open_release(store, release)


@pytest.mark.parametrize("schema", [PELICULAS_IDIOMA, RECOMENDACION])
def test_a_table_of_other_columns_is_found_out(
    store: ObjectStore, files: Files, schema: Any
) -> None:
    other = table_file(pa.table({"key": ["a"]}))
    release = publish(store, {**files, schema.path: other}, 1)

    with pytest.raises(PublishError, match=f"{schema.path} has columns key, expected key, votes"):
        open_release(store, release)


def test_a_manifest_that_lacks_a_file_the_functions_need_is_found_out(
    files: Files,
) -> None:
    store = MemoryStore()
    for day, path in enumerate(NEEDED, 1):
        release = publish(store, {name: file for name, file in files.items() if name != path}, day)

        with pytest.raises(PublishError, match=f"^release {release} is not sound: .*{path}"):
            open_release(store, release)


@pytest.mark.parametrize(
    "files_of_it", [[], {MODEL: None}, {MODEL: {"rows": 1}}, {"../../a": {}}, None]
)
def test_a_manifest_of_another_shape_is_found_out(
    store: ObjectStore, files: Files, files_of_it: Any
) -> None:
    release = publish(store, files, 1)
    publish(store, files, 2)
    change_manifest(store, release, lambda manifest: manifest.update(files=files_of_it))

    with pytest.raises(PublishError):
        open_release(store, release)


def test_rolling_back_lets_an_older_release_answer(store: ObjectStore, files: Files) -> None:
    old = publish(store, files, 1)
    new = publish(store, files, 2)
    before = contents(store)
    heard: list[int] = []

    manifest = roll_back(store, old, heard.append)

    assert manifest["release"] == answering(store) == old != new
    assert sum(heard) == sum(len(file.data) for file in files.values())
    assert {path for path, data in contents(store).items() if before[path] != data} == {POINTER}


def test_rolling_back_and_forth_restores_the_pointer(store: ObjectStore, files: Files) -> None:
    old, new = publish(store, files, 1), publish(store, files, 2)
    before = contents(store)

    for release in (old, new, new):
        roll_back(store, release)

    assert contents(store) == before


@pytest.mark.parametrize("path", [*OF_EACH_KIND, MANIFEST])
@pytest.mark.parametrize("damage", ["cut short", "missing"])
def test_rolling_back_to_an_unsound_release_changes_nothing(
    store: ObjectStore, files: Files, path: str, damage: str
) -> None:
    old = publish(store, files, 1)
    publish(store, files, 2)
    if damage == "missing":
        store.delete(release_path(old, path))
    else:
        store.put(release_path(old, path), contents(store)[release_path(old, path)][:-9])
    before = contents(store)

    with pytest.raises(PublishError, match=old):
        roll_back(store, old)

    assert contents(store) == before


def test_rolling_back_to_a_release_that_is_not_there_changes_nothing(
    store: ObjectStore, files: Files
) -> None:
    publish(store, files, 1)
    before = contents(store)

    with pytest.raises(PublishError, match="there is no release 2026"):
        roll_back(store, "2026")

    assert contents(store) == before


@pytest.mark.parametrize("pointer", [None, b"junk", b'{"format": 2}'])
def test_rolling_back_mends_a_pointer_that_is_lost_or_cannot_be_read(
    store: ObjectStore, files: Files, pointer: bytes | None
) -> None:
    release = publish(store, files, 1)
    store.delete(POINTER)
    if pointer:
        store.put(POINTER, pointer)

    roll_back(store, release)

    assert answering(store) == release


def test_rolling_back_is_overtaken_by_a_job_that_publishes_meanwhile(
    store: ObjectStore, files: Files
) -> None:
    old = publish(store, files, 1)
    publish(store, files, 2)
    published: list[str] = []

    def meanwhile(_: int) -> None:
        if not published:
            published.append(publish(store, files, 3))

    with pytest.raises(OvertakenError, match=old):
        roll_back(store, old, meanwhile)

    assert [answering(store)] == published


def damaged_parquet(data: bytes) -> bytes:
    """Return a table whose description is in order, and none of its pages."""
    description = int.from_bytes(data[-8:-4], "little") + 8
    return data[:4] + b"\x55" * (len(data) - description - 4) + data[-description:]


@pytest.mark.parametrize("path", [FEATURES, NAME_INDEX, RECOMENDACION.path])
@pytest.mark.parametrize(
    "damage", [damaged_parquet, lambda _: b"PAR1junkPAR1", lambda _: b"", lambda data: data[:-9]]
)
def test_a_table_that_functions_cannot_open_is_found_out_though_its_hash_is_right(
    files: Files, path: str, damage: Callable[[bytes], bytes]
) -> None:
    store = MemoryStore()
    data = damage(files[path].data)
    release = publish(store, {**files, path: ReleaseFile(data, files[path].rows)}, 1)

    with pytest.raises(UnsoundError, match=f"^release {release} is not sound: {path}"):
        open_release(store, release)


@pytest.mark.parametrize("path", [FEATURES, RECOMENDACION.path])
def test_a_table_of_other_columns_is_found_out_whoever_opens_it(files: Files, path: str) -> None:
    store = MemoryStore()
    release = publish(store, {**files, path: table_file(pa.table({"x": ["a"]}))}, 1)

    with pytest.raises(UnsoundError, match=f"{path} has columns x, expected"):
        open_release(store, release)


@pytest.mark.parametrize(
    "change",
    [{"more": 1}, {"anio": "1995"}, {"reparto": [{"id": 1, "nombre": "A"}]}, {"temas": None}],
)
def test_facts_of_another_shape_are_found_out(files: Files, change: dict[str, Any]) -> None:
    def read_range(path: str, start: int, size: int) -> bytes:
        return files[path].data[start : start + size]

    there = FilmFacts(files[index_path(FACTS_FOLDER)].data, read_range)
    facts: list[Any] = [there.of(film) for film in range(len(there))]
    facts[-1] |= change
    writer = FilmLinesWriter(FACTS_FOLDER)
    changed = {
        path: release_file(contents) for path, contents in chain(writer.add(facts), writer.end())
    }
    store = MemoryStore()
    release = publish(store, {**files, **changed}, 1)

    with pytest.raises(UnsoundError, match=f"{FACTS_FOLDER} cannot be opened"):
        open_release(store, release)


@given(junk=st.binary(min_size=1, max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
def test_what_functions_refuse_to_open_is_not_sound(files: Files, junk: bytes) -> None:
    store = MemoryStore()
    for path in (REPORT, FEATURES, MODEL, NAME_INDEX):
        publish(store, {**files, path: ReleaseFile(junk, 1)}, 1)
        served = Releases(store).current()
        openers = {
            REPORT: served.report,
            FEATURES: served.feature_names,
            MODEL: served.model,
            NAME_INDEX: served.name_index,
        }
        try:
            openers[path]()
        except UnsoundReleaseError:
            with pytest.raises(UnsoundError, match=path):
                open_release(store, served.id)
        else:
            open_release(store, served.id)
        store.delete(POINTER)
        for name in contents(store):
            store.delete(name)


@pytest.mark.parametrize(
    "created_at",
    ["0001-01-01T00:00:00+05:00", "9999-12-31T23:59:59-05:00", "2026-01-01", "", "2026-13-01T00Z"],
)
def test_a_date_that_functions_cannot_use_is_found_out(
    store: ObjectStore, files: Files, created_at: str
) -> None:
    release = publish(store, files, 1)
    publish(store, files, 2)
    change_manifest(store, release, lambda manifest: manifest.update(created_at=created_at))

    with pytest.raises(UnsoundError, match=f"^release {release} is not sound: {MANIFEST}"):
        open_release(store, release)
    assert [each.header is None for each in list_releases(store)].count(True) == 1


@pytest.mark.parametrize("release", ["with space", "-begins-so", "x" * 101, "ñ"])
def test_an_id_that_no_pointer_may_name_is_found_out(files: Files, release: str) -> None:
    store = MemoryStore()
    first = publish(store, files, 1)
    for path, data in contents(store).items():
        if path != POINTER:
            store.put(path.replace(first, release), data)
    change_manifest(store, release, lambda manifest: manifest.update(release=release))

    with pytest.raises(UnsoundError, match="names no release"):
        roll_back(store, release)

    assert answering(store) == first


def test_a_table_that_is_damaged_is_a_message_for_who_reads_it(files: Files) -> None:
    store = MemoryStore()
    data = damaged_parquet(files[CATALOG].data)
    release = publish(store, {**files, CATALOG: ReleaseFile(data, files[CATALOG].rows)}, 1)

    with pytest.raises(UnsoundError, match=f"{CATALOG} cannot be opened"):
        read_table(store, release, CATALOG)
