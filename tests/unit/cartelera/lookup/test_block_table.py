"""Tables in blocks: they answer as whole ones do, and read no more than an answer takes."""

from __future__ import annotations

import hashlib
from io import BytesIO
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cartelera.contract.formats.block_format import (
    ids_folder,
    index_path,
    names_schema,
    pack_path,
    ranking_folder,
    rows_folder,
)
from cartelera.contract.release_format import UnsoundReleaseError, release_path
from cartelera.contract.tables import (
    BY_ID,
    BY_RANK,
    FILMACIONES,
    FRANQUICIA,
    GET_ACTOR,
    GET_DIRECTOR,
    GROWING,
    PELICULAS_DURACION,
    PRODUCTORAS_EXITOSAS,
)
from cartelera.films.people import filmography
from cartelera.lookup.block_table import CACHE_SHARE, BlockTable
from cartelera.lookup.table import WholeTable
from etl.release.files import table_file
from tests.partitions import as_stored, tables_in_blocks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cartelera.contract.release_format import Manifest
    from cartelera.contract.tables import TableSchema

ROWS = 7
IDS = 50


class Folder:
    """Files of a release that remember what was read of them."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self.files = files
        self.read: list[str] = []

    def __call__(self, path: str) -> bytes:
        self.read.append(path)
        return self.files[path]

    def read_range(self, path: str, start: int, size: int) -> bytes:
        self.read.append(f"{path} {start}")
        return self.files[path][start : start + size]

    def open[Row](
        self, schema: TableSchema[Row], kept_share: float = CACHE_SHARE, read_together: int = 1
    ) -> BlockTable[Row]:
        """Open a table, of which each block is read for itself unless a test says otherwise."""
        index = self.files[index_path(rows_folder(schema))]
        return BlockTable(schema, index, self, self.read_range, kept_share, read_together)

    def blocks(self, folder: str) -> list[str]:
        """Return where the blocks of a folder lie, as they are in `read`."""
        index = pq.read_table(BytesIO(self.files[index_path(folder)])).to_pylist()
        return [f"{pack_path(folder, each['pack'])} {each['offset']}" for each in index]


@pytest.fixture(scope="module")
def files(sample_place: Path, sample_manifest: Manifest) -> dict[str, bytes]:
    return as_stored(tables_in_blocks(sample_place, sample_manifest, ROWS, block_ids=IDS))


@pytest.fixture
def folder(files: dict[str, bytes]) -> Folder:
    return Folder(files)


@pytest.fixture(scope="module")
def open_whole(
    sample_place: Path, sample_manifest: Manifest
) -> Callable[[TableSchema[Any]], WholeTable[Any]]:
    def open_one(schema: TableSchema[Any]) -> WholeTable[Any]:
        path = sample_place / release_path(sample_manifest["release"], schema.path)
        return WholeTable(schema, path.read_bytes())

    return open_one


type OpenWhole = Callable[[TableSchema[Any]], WholeTable[Any]]
each_table = pytest.mark.parametrize("schema", GROWING, ids=lambda schema: schema.route)


@each_table
def test_every_row_is_the_same_in_blocks(
    folder: Folder, open_whole: OpenWhole, schema: TableSchema[Any]
) -> None:
    table, whole = folder.open(schema), open_whole(schema)

    assert len(table) == len(whole) > ROWS
    assert [table.row(row) for row in range(len(table))] == [
        whole.row(row) for row in range(len(whole))
    ]
    assert [table.value("votes", row) for row in range(len(table))] == whole.column("votes")
    assert [table.value("key", row) for row in range(len(table))] == whole.column("key")
    assert table.most_voted(9) == whole.most_voted(9)


@each_table
def test_every_name_is_found_where_it_is_in_the_whole_table(
    folder: Folder, open_whole: OpenWhole, schema: TableSchema[Any]
) -> None:
    table, whole = folder.open(schema), open_whole(schema)
    names = [whole.name(row) for row in range(len(whole))]

    assert [table.matches(name) for name in names] == [whole.matches(name) for name in names]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(asked=st.data())
@each_table
def test_what_is_asked_wrongly_has_the_same_suggestions(
    folder: Folder, open_whole: OpenWhole, schema: TableSchema[Any], asked: st.DataObject
) -> None:
    table, whole = folder.open(schema), open_whole(schema)
    name = whole.name(asked.draw(st.integers(0, len(whole) - 1)))
    at = asked.draw(st.integers(0, len(name)))
    typed = name[:at] + asked.draw(st.sampled_from(["", "q", "a", " "])) + name[at + 1 :]

    assert table.matches(typed) == whole.matches(typed)
    assert table.suggestions(typed) == whole.suggestions(typed)


@pytest.mark.parametrize("schema", [each for each in GROWING if BY_ID in each.index])
def test_every_id_is_found_and_no_other(
    folder: Folder, open_whole: OpenWhole, schema: TableSchema[Any]
) -> None:
    table, whole = folder.open(schema), open_whole(schema)
    ids = whole.column("id")
    numbers = {cast("int", each) for each in ids if each is not None}

    assert schema.people or None not in ids
    for number in sorted({*numbers, *(each + 1 for each in numbers), 0, 10**9}):
        positions = [place for place, each in enumerate(ids) if each == number]
        assert table.positions_of_id(number) == whole.positions_of_id(number) == positions
        assert table.position_of_id(number) == next(iter(positions), None)


@pytest.mark.parametrize("schema", [FRANQUICIA, PRODUCTORAS_EXITOSAS])
@pytest.mark.parametrize("count", [1, ROWS, 10, 500])
def test_a_ranking_has_the_same_pages(
    folder: Folder, open_whole: OpenWhole, schema: TableSchema[Any], count: int
) -> None:
    table, whole = folder.open(schema), open_whole(schema)

    assert BY_RANK in schema.index
    assert table.entries == whole.entries > 0
    for first in range(0, whole.entries + count, count):
        assert table.ranking_page(first, count) == whole.ranking_page(first, count)


@pytest.mark.parametrize("schema", [GET_DIRECTOR, GET_ACTOR])
def test_everybody_has_the_same_films(
    folder: Folder, open_whole: OpenWhole, schema: TableSchema[Any]
) -> None:
    table, whole = folder.open(schema), open_whole(schema)
    release: Any = SimpleNamespace(table=open_whole)

    for person in range(len(whole)):
        films = [filmography(release, people, person, 1, 1_000) for people in (table, whole)]
        assert films[0] == films[1]
        assert len(films[0]) == len(cast("list[Any]", whole.value("films", person)))
        if "roles" in schema.index:
            assert table.value("roles", person) == whole.value("roles", person)


def test_a_name_opens_the_one_block_that_holds_it(folder: Folder) -> None:
    table = folder.open(PELICULAS_DURACION)
    assert folder.read == []

    assert table.find("Alien")["pelicula"] == "Alien"

    assert folder.read == [folder.blocks(rows_folder(PELICULAS_DURACION))[1]]
    table.find("ALIEN")
    assert len(folder.read) == 1


def test_an_id_opens_the_ids_and_the_block_of_the_film(folder: Folder) -> None:
    table = folder.open(PELICULAS_DURACION)

    position = table.position_of_id(862)
    assert position is not None
    assert table.row(position)["pelicula"] == "Toy Story"

    index, ids, block = folder.read
    assert index == index_path(ids_folder(PELICULAS_DURACION))
    assert ids in folder.blocks(ids_folder(PELICULAS_DURACION))
    assert block in folder.blocks(rows_folder(PELICULAS_DURACION))


def test_the_first_page_of_a_ranking_opens_one_block(folder: Folder) -> None:
    folder.open(PRODUCTORAS_EXITOSAS).ranking_page(0, ROWS)

    ranking = ranking_folder(PRODUCTORAS_EXITOSAS)
    assert folder.read == [index_path(ranking), folder.blocks(ranking)[0]]


def test_the_films_of_a_person_stand_beside_them(folder: Folder) -> None:
    table = folder.open(GET_DIRECTOR)

    (person,) = table.positions("Hayao Miyazaki")
    films: Any = table.value("films", person)

    title = FILMACIONES.fields.index("titulo")
    assert "My Neighbor Totoro" in [film[title] for film in films]
    (block,) = folder.read
    assert block in folder.blocks(rows_folder(GET_DIRECTOR))


def test_of_the_blocks_those_needed_last_are_kept_within_a_share_of_memory(
    files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Folder(files)
    blocks = folder.blocks(rows_folder(PELICULAS_DURACION))
    index = pq.read_table(BytesIO(files[index_path(rows_folder(PELICULAS_DURACION))]))
    starts = [0, *index["end"].to_pylist()]
    # Of the memory there is room for any two of the first three blocks, and not for all.
    room = sum(index["size"].to_pylist()[:3]) - 1
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "512")
    table = folder.open(PELICULAS_DURACION, room / 512_000_000)

    for row in (starts[0], starts[1], starts[0], starts[1]):
        table.row(row)
    assert folder.read == blocks[:2]

    table.row(starts[2])
    table.row(starts[1])
    assert folder.read == blocks[:3]
    table.row(starts[0])
    assert folder.read == [*blocks[:3], blocks[0]]


def test_blocks_beside_each_other_are_read_together_up_to_a_number_of_bytes(
    folder: Folder,
) -> None:
    blocks = folder.blocks(rows_folder(PELICULAS_DURACION))
    rows = range(len(folder.open(PELICULAS_DURACION)))
    offsets = [int(block.split()[1]) for block in blocks]
    together = offsets[3]
    assert len(blocks) > 6

    table = folder.open(PELICULAS_DURACION, read_together=together)
    found = [table.row(row) for row in reversed(rows)]

    assert found == [folder.open(PELICULAS_DURACION).row(row) for row in reversed(rows)]
    stretches = sorted({offset // together for offset in offsets}, reverse=True)
    firsts = [
        next(
            block for block, offset in zip(blocks, offsets, strict=True) if offset // together == n
        )
        for n in stretches
    ]
    assert folder.read[: len(firsts)] == firsts


def test_a_damaged_block_is_refused_however_it_was_read_and_those_read_with_it_are_not(
    folder: Folder,
) -> None:
    path = pack_path(rows_folder(PELICULAS_DURACION), 0)
    sound = folder.files[path]
    table = folder.open(PELICULAS_DURACION, read_together=len(sound))
    folder.files = {**folder.files, path: b"x" + sound[1:]}
    table.row(len(table) - 1)

    with pytest.raises(UnsoundReleaseError, match="from 0 on: SHA-256"):
        table.row(0)

    folder.files[path] = sound
    assert table.row(0) == folder.open(PELICULAS_DURACION).row(0)
    assert len(folder.read) == 3


@pytest.mark.parametrize("damage", [lambda pack: pack[:40], lambda pack: b"x" + pack[1:]])
def test_a_block_that_is_cut_or_differs_is_refused(
    folder: Folder, damage: Callable[[bytes], bytes]
) -> None:
    path = pack_path(rows_folder(PELICULAS_DURACION), 0)
    folder.files = {**folder.files, path: damage(folder.files[path])}

    with pytest.raises(UnsoundReleaseError, match=rf"{path}, [\d,]+ bytes from 0 on: SHA-256"):
        folder.open(PELICULAS_DURACION).row(0)


@each_table
def test_all_of_a_table_can_be_opened(folder: Folder, schema: TableSchema[Any]) -> None:
    folder.open(schema).open_all()

    packs = {path for path in folder.files if path.startswith(f"tables/{schema.route}/")}
    read = {path.partition(" ")[0] for path in folder.read}
    assert read == packs - {index_path(rows_folder(schema))}


@pytest.mark.parametrize(
    "block", [b'["a"]\n[1]\n[2]', b'["a", "b"]\n[1]', b'["a"]\n[1', b'["a"]', b"[" * 9_999]
)
def test_a_block_that_does_not_say_what_its_index_says_is_refused(block: bytes) -> None:
    columns = {"first": ["a"], "end": [1], "pack": [0], "offset": [0], "size": [len(block)]}
    columns["sha256"] = [hashlib.sha256(block).digest()]
    folder = rows_folder(GET_DIRECTOR)
    index = table_file(pa.table(columns)).data
    table = Folder({pack_path(folder, 0): block, index_path(folder): index}).open(GET_DIRECTOR)

    with pytest.raises(UnsoundReleaseError, match=r"lacks rows|no JSON"):
        table.open_all()


def test_only_the_best_known_names_are_suggested_beyond_those_beside(
    sample_place: Path, sample_manifest: Manifest
) -> None:
    files = tables_in_blocks(sample_place, sample_manifest, ROWS, most_names=20, block_names=30)
    folder = Folder(as_stored(files))
    table = folder.open(PELICULAS_DURACION)
    known = WholeTable(
        names_schema(PELICULAS_DURACION), folder(names_schema(PELICULAS_DURACION).path)
    )
    votes: Any = [table.value("votes", row) for row in range(len(table))]

    assert len(known) == 20
    assert sorted(known.numbers("votes").tolist()) == sorted(votes)[-20:]
    best = known.name(0)
    assert best in table.suggestions(f"q{best}")
    # Little known, and right at its beginning: it stands where it would be looked for.
    unknown = table.name(min(range(len(table)), key=votes.__getitem__))
    assert unknown in table.suggestions(f"{unknown}q")
