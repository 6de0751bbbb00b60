"""One release: what it reads, and what it refuses."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from cartelera.contract.release_format import (
    FORMAT,
    POINTER,
    UnsoundReleaseError,
    release_path,
    sha256,
    to_json,
)
from cartelera.contract.tables import PELICULAS_IDIOMA
from cartelera.release import Release, Releases
from cartelera.storage import Deadline
from tests.unit.cartelera.release.conftest import (
    CREATED_AT,
    IDIOMAS,
    CountingStore,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartelera.contract.release_format import Pointer

    type MakeParquet = Callable[..., bytes]


def test_only_what_is_needed_is_read_and_only_once(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    publish("one")
    current = Releases(store).current()
    assert store.read == [POINTER, "releases/one/manifest.json"]

    for _ in range(3):
        found = current.table(PELICULAS_IDIOMA).find("EN")
        assert found == {
            "idioma": "en",
            "nombre": "inglés",
            "cantidad": 1,
            "peliculas_url": "/peliculas?idioma=en&estado=todas&adultos=true",
        }

    assert store.read[2:] == [f"releases/one/{IDIOMAS}"]


@pytest.mark.parametrize("damage", [lambda data: data[:-1], lambda data: b"\0" + data[1:]])
def test_a_file_that_is_not_what_was_published_is_refused(
    store: CountingStore, publish: Callable[..., Pointer], damage: Callable[[bytes], bytes]
) -> None:
    pointer = publish("one")
    path = release_path("one", IDIOMAS)
    store.put(path, damage(bytes(store.get(path).bytes())))

    with pytest.raises(UnsoundReleaseError, match=f"{IDIOMAS}: SHA-256"):
        Release(store, pointer, Deadline(8)).table(PELICULAS_IDIOMA)


def test_a_file_the_manifest_does_not_list_is_refused(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    pointer = publish("one")

    with pytest.raises(UnsoundReleaseError, match=r"does not list model\.pkl"):
        Release(store, pointer, Deadline(8)).model()


def test_a_release_knows_its_age(store: CountingStore, publish: Callable[..., Pointer]) -> None:
    publish("one")

    age = Releases(store).current().age_seconds()

    assert age == pytest.approx((datetime.now(UTC) - CREATED_AT).total_seconds(), abs=60)


def test_a_release_in_order_by_other_names_is_refused_as_a_whole(
    store: CountingStore, publish: Callable[..., Pointer]
) -> None:
    publish("one")
    path = release_path("one", "manifest.json")
    manifest = json.loads(bytes(store.get(path).bytes())) | {"names": 2}
    store.put(path, to_json(manifest))
    pointer: Pointer = {
        "format": FORMAT,
        "release": "one",
        "manifest_sha256": sha256(to_json(manifest)),
    }

    with pytest.raises(UnsoundReleaseError, match="normalisation of names"):
        Release(store, pointer, Deadline(8))
