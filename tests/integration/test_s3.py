"""The job and the handlers against S3, as moto's server plays it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest

from cartelera.contract.release_format import POINTER
from cartelera.contract.tables import GET_ACTOR, PELICULAS_IDIOMA
from cartelera.errors import NoReleaseError
from cartelera.release import Releases, releases
from cartelera.storage import (
    Deadline,
    MissingObjectError,
    StorageError,
    open_store,
    read,
    read_if_changed,
    read_range,
)
from etl.release.storage import open_storage
from infra.local.s3 import BUCKET
from tests.jobs import run_without_report
from tests.partitions import publish_in_blocks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cartelera.contract.release_format import Manifest
    from etl.progress import Stages

PLACE = f"s3://{BUCKET}/some/prefix"


@pytest.fixture
def bucket(s3: dict[str, str]) -> Any:
    return boto3.resource("s3").Bucket(BUCKET)


def test_a_release_in_s3_is_the_release_the_handlers_answer_from(
    bucket: Any,
    raw_sample: Path,
    stages: Stages,
    load_handler: Callable[[str], Callable[[Any], Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    manifest = run_without_report(raw_sample, open_storage(PLACE), stages).manifest
    monkeypatch.setenv("CARTELERA_RELEASES", PLACE)
    releases.cache_clear()

    assert load_handler("franquicia")({"franquicia": "toy story"})["cantidad"] == 3
    recommended = load_handler("recomendacion")({"id": 862})["lista_recomendada"]

    assert recommended[:2] == ["Toy Story 2", "Toy Story 3"]
    written = {entry.key.removeprefix("some/prefix/") for entry in bucket.objects.all()}
    root = f"releases/{manifest['release']}/"
    assert written == {
        POINTER,
        f"{root}manifest.json",
        *(root + file for file in manifest["files"]),
    }
    releases.cache_clear()


def test_an_empty_bucket_is_no_release_yet(s3: dict[str, str]) -> None:
    with pytest.raises(NoReleaseError, match="ninguno"):
        Releases(open_store(PLACE)).current()


def test_a_bucket_that_is_not_there_is_unavailable(s3: dict[str, str]) -> None:
    with pytest.raises(NoReleaseError):
        Releases(open_store("s3://nowhere/at-all")).current()


def test_an_endpoint_that_nobody_answers_at_is_unavailable(
    s3: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")

    with pytest.raises(NoReleaseError, match="no se puede abrir"):
        Releases(open_store(PLACE)).current()


def test_the_next_release_is_swapped_in_without_a_restart(
    s3: dict[str, str], raw_sample: Path, write_one_film: Path, stages: Stages
) -> None:
    run_without_report(raw_sample, open_storage(PLACE), stages)
    now = [0.0]
    place = Releases(open_store(PLACE), check_interval=60, clock=lambda: now[0])
    before = place.current().table(PELICULAS_IDIOMA).find("en")["cantidad"]

    run_without_report(write_one_film, open_storage(PLACE), stages, compare=False)
    now[0] = 60

    assert before > 1
    assert place.current().table(PELICULAS_IDIOMA).find("en")["cantidad"] == 1


def test_an_object_is_read_again_only_when_it_changed(bucket: Any) -> None:
    store = open_store(PLACE)
    bucket.put_object(Key="some/prefix/a", Body=b"1")

    first = read(store, "a", Deadline(8))
    assert first.data == b"1"
    assert read_if_changed(store, "a", first.etag, Deadline(8)) is None

    bucket.put_object(Key="some/prefix/a", Body=b"2")
    changed = read_if_changed(store, "a", first.etag, Deadline(8))
    assert changed
    assert changed.data == b"2"


def test_a_missing_object_is_named(s3: dict[str, str]) -> None:
    with pytest.raises(MissingObjectError, match=r"a/b\.json is not there"):
        read(open_store(PLACE), "a/b.json", Deadline(8))


def test_a_range_of_an_object_is_read_and_no_more(bucket: Any) -> None:
    store = open_store(PLACE)
    bucket.put_object(Key="some/prefix/a", Body=b"0123456789")

    assert read_range(store, "a", 2, 3, Deadline(8)) == b"234"
    assert read_range(store, "a", 8, 5, Deadline(8)) == b"89"
    with pytest.raises(StorageError, match="a cannot be read"):
        read_range(store, "a", 10, 5, Deadline(8))
    with pytest.raises(MissingObjectError, match="b is not there"):
        read_range(store, "b", 0, 5, Deadline(8))


def test_a_table_in_blocks_is_looked_up_by_ranges_of_its_packs(
    s3: dict[str, str],
    sample_place: Path,
    sample_manifest: Manifest,
    load_handler: Callable[[str], Callable[[Any], Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    publish_in_blocks(sample_place, sample_manifest, PLACE, 20)
    monkeypatch.setenv("CARTELERA_RELEASES", PLACE)
    releases.cache_clear()

    hanks = load_handler(GET_ACTOR.route)({"nombre": "tom hanks"})

    assert hanks["actor"] == "Tom Hanks"
    assert "Toy Story" in [film["titulo"] for film in hanks["peliculas"]]
    releases.cache_clear()
