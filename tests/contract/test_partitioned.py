"""A release with its tables in blocks answers every question as the same one in whole tables."""

from __future__ import annotations

import json
import random
from typing import TYPE_CHECKING, Any

import pytest
from obstore.store import LocalStore

from cartelera.contract.formats.block_format import index_path
from cartelera.contract.release_format import (
    POINTER,
    UnsoundReleaseError,
    release_path,
    rows_of,
    to_json,
)
from cartelera.contract.tables import GET_ACTOR, GROWING, LOOK_UPS, PELICULAS_DURACION
from cartelera.errors import NoReleaseError
from cartelera.release import Release, Releases, releases
from etl.errors import UnsoundError
from etl.release.golden import ask_golden_questions
from etl.release.listing import list_releases, prune
from etl.release.verification import open_release
from tests.partitions import publish_in_blocks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cartelera.contract.release_format import Manifest
    from cartelera.contract.tables import TableSchema

ROWS = 11
PARAMETER = {"get_director": "nombre", "get_actor": "nombre"}


@pytest.fixture(scope="module")
def in_blocks(
    sample_place: Path, sample_manifest: Manifest, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    place = tmp_path_factory.mktemp("blocks")
    publish_in_blocks(sample_place, sample_manifest, place.as_uri(), ROWS)
    return place


@pytest.fixture
def manifest(in_blocks: Path) -> Manifest:
    release = Releases(LocalStore(in_blocks)).current()
    return release.manifest


def questions(place: Path, schema: TableSchema[Any]) -> list[dict[str, Any]]:
    """Right and wrong names, pages and ids, of all that a table holds."""
    table = Releases(LocalStore(place)).current().table(schema)
    choice = random.Random(schema.route)  # noqa: S311 (the same each time)
    rows = choice.sample(range(len(table)), min(len(table), 60))
    name = PARAMETER.get(schema.route, schema.name)
    asked: list[dict[str, Any]] = [{name: table.name(row)} for row in rows]
    asked += [{name: f"{table.name(row)[:4]}q{table.name(row)[4:]}"} for row in rows[:20]]
    asked += [
        {},
        {"pagina": 2, "limite": 13},
        {"id": 862},
        {"id": 1},
        {name: "toy story", "anio": 1},
    ]
    return asked


@pytest.mark.parametrize("schema", LOOK_UPS, ids=lambda schema: schema.route)
def test_every_question_has_the_same_answer(
    load_handler: Callable[[str], Callable[[Any], Any]],
    sample_place: Path,
    in_blocks: Path,
    schema: TableSchema[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    handler = load_handler(schema.route)
    asked = questions(sample_place, schema)
    answers = []
    for place in (sample_place, in_blocks):
        monkeypatch.setenv("CARTELERA_RELEASES", place.as_uri())
        releases.cache_clear()
        events = [
            {
                "httpMethod": "GET",
                "path": f"/{schema.route}",
                "requestContext": {},
                "multiValueQueryStringParameters": {
                    name: [str(value)] for name, value in each.items()
                },
            }
            for each in asked
        ]
        found = [handler(event) for event in events]
        answers.append([(each["statusCode"], json.loads(each["body"])) for each in found])
    releases.cache_clear()

    assert {status for status, _ in answers[0]} >= {200, 404}
    assert answers[1] == answers[0]


def test_it_is_verified_compared_and_listed_as_any_other(
    sample_place: Path, sample_manifest: Manifest, in_blocks: Path, manifest: Manifest
) -> None:
    whole = open_release(LocalStore(sample_place), sample_manifest["release"])
    in_packs = open_release(LocalStore(in_blocks), manifest["release"])

    ask_golden_questions(in_packs, whole)
    ask_golden_questions(whole, in_packs)
    assert rows_of(manifest) == rows_of(sample_manifest)
    (listed,) = list_releases(LocalStore(in_blocks))
    assert listed.header
    assert listed.header.items() <= manifest.items()
    assert listed.current
    assert prune(LocalStore(in_blocks), 1) == []


@pytest.mark.parametrize(
    "file", ["0000.pack", index_path(".")[2:], "by_id/0000.pack", "nombres/0000.pack"]
)
def test_no_byte_of_a_table_in_blocks_may_differ(
    sample_place: Path, sample_manifest: Manifest, tmp_path: Path, file: str
) -> None:
    url = tmp_path.as_uri()
    # So that the best known are not all names.
    manifest = publish_in_blocks(sample_place, sample_manifest, url, ROWS, most_names=20)
    store = LocalStore(tmp_path)
    hit = f"tables/peliculas_duracion/{file}"
    path = tmp_path / release_path(manifest["release"], hit)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)

    with pytest.raises(UnsoundReleaseError, match=f"{hit}.*: SHA-256"):
        ask_everything(Releases(store).current())
    with pytest.raises(UnsoundError, match=f"{hit}: SHA-256"):
        open_release(store, manifest["release"])


def ask_everything(release: Release) -> None:
    table = release.table(PELICULAS_DURACION)
    for row in range(len(table)):
        table.row(row)
        table.position_of_id(row)
    table.suggestions("qqq")


def test_blocks_beside_the_one_that_differs_are_answered(
    sample_place: Path, sample_manifest: Manifest, tmp_path: Path
) -> None:
    manifest = publish_in_blocks(sample_place, sample_manifest, tmp_path.as_uri(), ROWS)
    pack = "tables/peliculas_duracion/0000.pack"
    path = tmp_path / release_path(manifest["release"], pack)
    path.write_bytes(path.read_bytes()[:-1])

    table = Releases(LocalStore(tmp_path)).current().table(PELICULAS_DURACION)

    assert table.find("Alien")["pelicula"] == "Alien"
    with pytest.raises(UnsoundReleaseError, match=f"{pack}, .*: SHA-256"):
        table.row(len(table) - 1)


def test_a_pack_of_other_rows_than_the_manifest_says_is_unsound(
    sample_place: Path, sample_manifest: Manifest, tmp_path: Path
) -> None:
    manifest = publish_in_blocks(sample_place, sample_manifest, tmp_path.as_uri(), ROWS)
    manifest["files"]["tables/peliculas_duracion/0000.pack"]["rows"] += 1
    path = tmp_path / release_path(manifest["release"], "manifest.json")
    path.write_bytes(to_json(manifest))
    (tmp_path / POINTER).unlink()

    with pytest.raises(UnsoundError, match=r"the packs of tables/peliculas_duracion\.parquet have"):
        open_release(LocalStore(tmp_path), manifest["release"])


@pytest.mark.parametrize("gone", ["*.pack", index_path(".")[2:]])
def test_a_pack_that_has_gone_is_an_answer_for_later(  # noqa: PLR0913, PLR0917 (fixtures)
    load_handler: Callable[[str], Callable[[Any], Any]],
    sample_place: Path,
    sample_manifest: Manifest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    gone: str,
) -> None:
    manifest = publish_in_blocks(sample_place, sample_manifest, tmp_path.as_uri(), ROWS)
    for path in (tmp_path / release_path(manifest["release"], "tables/get_actor")).glob(gone):
        path.unlink()
    monkeypatch.setenv("CARTELERA_RELEASES", tmp_path.as_uri())
    releases.cache_clear()

    with pytest.raises(NoReleaseError):
        load_handler(GET_ACTOR.route)({"nombre": "Tom Hanks"})
    releases.cache_clear()


def test_a_warm_function_swaps_between_whole_tables_and_blocks(
    sample_place: Path, sample_manifest: Manifest, tmp_path: Path
) -> None:
    store = LocalStore(tmp_path)
    place = Releases(store, check_interval=0)
    publish_in_blocks(sample_place, sample_manifest, tmp_path.as_uri(), ROWS)
    first = place.current()
    tables = [first.table(schema) for schema in GROWING]
    assert tables[0].find("Alien")

    (tmp_path / POINTER).unlink()
    publish_in_blocks(sample_place, sample_manifest, tmp_path.as_uri(), ROWS + 1)
    second = place.current()

    assert second is not first
    assert second.table(GROWING[0]).find("Alien") == tables[0].find("Alien")
