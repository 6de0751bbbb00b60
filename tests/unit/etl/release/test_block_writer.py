"""How tables are cut."""

from __future__ import annotations

import hashlib
import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from cartelera.contract.formats.block_format import (
    MAX_WHOLE_ROWS,
    ids_folder,
    index_path,
    names_folder,
    pack_path,
    rows_folder,
)
from cartelera.contract.names import compact
from cartelera.contract.tables import (
    FILMACIONES,
    GET_ACTOR,
    PELICULAS_IDIOMA,
    PRODUCTORAS_EXITOSAS,
)
from etl.release.block_writer import BlockSizes, split_into_blocks
from etl.release.files import ReleaseFile, table_file

if TYPE_CHECKING:
    from collections.abc import Sequence

FOLDER = rows_folder(PRODUCTORAS_EXITOSAS)


def companies(keys: list[str]) -> pa.Table:
    ordered = sorted(keys, key=compact)
    numbers = list(range(len(ordered)))
    columns: dict[str, Any] = dict.fromkeys(PRODUCTORAS_EXITOSAS.columns, numbers)
    columns |= {"key": ordered, "votes": [1] * len(ordered), "productora": ordered}
    return pa.table({name: pa.array(values) for name, values in columns.items()})


def blocks_of(files: dict[str, pa.Table | ReleaseFile], folder: str) -> list[bytes]:
    """Return the blocks of a folder, as its index says."""
    index = files[index_path(folder)]
    assert isinstance(index, pa.Table)
    blocks = []
    for each in index.to_pylist():
        pack = files[pack_path(folder, each["pack"])]
        assert isinstance(pack, ReleaseFile)
        block = pack.data[each["offset"] : each["offset"] + each["size"]]
        assert hashlib.sha256(block).digest() == each["sha256"]
        blocks.append(block)
    return blocks


@given(st.lists(st.text("ab ", min_size=1, max_size=3), min_size=1, max_size=40), st.integers(1, 9))
def test_every_row_is_in_one_block_and_equal_keys_are_in_the_same(
    keys: list[str], block_rows: int
) -> None:
    table = companies(keys)
    sizes = BlockSizes(most_rows=0, block_rows=block_rows)

    files = dict(split_into_blocks([(PRODUCTORAS_EXITOSAS.path, table)], sizes))

    own = [json.loads(block.splitlines()[0]) for block in blocks_of(files, FOLDER)]
    index = files[index_path(FOLDER)]
    assert isinstance(index, pa.Table)
    assert [key for part in own for key in part] == table["key"].to_pylist()
    assert index["first"].to_pylist() == [compact(part[0]) for part in own]
    ends = [sum(map(len, own[: number + 1])) for number in range(len(own))]
    assert index["end"].to_pylist() == ends
    compacts = [{compact(key) for key in part} for part in own]
    assert sum(map(len, compacts)) == len(set().union(*compacts))
    # Longer than asked for by its last key alone.
    for names in own:
        assert len(names) <= block_rows or compact(names[block_rows - 1]) == compact(names[-1])


def test_packs_are_bounded_and_their_blocks_lie_one_after_the_other() -> None:
    table = companies([f"{number:03}" for number in range(100)])
    sizes = BlockSizes(most_rows=0, block_rows=5, pack_bytes=1_000)

    files = dict(split_into_blocks([(PRODUCTORAS_EXITOSAS.path, table)], sizes))

    paths = sorted(path for path in files if path.startswith(f"{FOLDER}/0"))
    packs = [pack for path in paths if isinstance(pack := files[path], ReleaseFile)]
    assert len(packs) > 2
    assert max(len(pack.data) for pack in packs) <= 1_000
    assert b"".join(pack.data for pack in packs) == b"".join(blocks_of(files, FOLDER))
    assert sum(pack.rows for pack in packs) == 100
    assert paths == [pack_path(FOLDER, number) for number in range(len(packs))]


def people(keys: Sequence[str], films: int, ids: Sequence[int | None] | None = None) -> pa.Table:
    ordered = sorted(keys, key=compact)
    rows = range(len(ordered))
    columns: dict[str, Any] = {column: list(rows) for column in GET_ACTOR.columns}
    columns |= {
        "key": ordered,
        "votes": [len(key) % 3 for key in ordered],
        "films": pa.array([[row % films, (row + 1) % films] for row in rows], pa.list_(pa.int32())),
        "roles": [["a", None] for _ in rows],
        "actor": [key.upper() for key in ordered],
        "retorno_promedio_informado": [None if row % 2 else row / 3 for row in rows],
    }
    columns["id"] = pa.array([*rows] if ids is None else ids, pa.int64())
    return pa.table(columns)


@given(st.lists(st.integers(0, 9) | st.none(), min_size=1, max_size=40), st.integers(1, 9))
def test_every_row_with_an_id_is_in_one_block_and_equal_ids_are_in_the_same(
    ids: list[int | None], block_ids: int
) -> None:
    films = pa.table({column: ["x", "y", "z"] for column in FILMACIONES.columns})
    table = people([f"{number:02}" for number in range(len(ids))], 3, ids)
    sizes = BlockSizes(most_rows=0, block_ids=block_ids)

    files = dict(split_into_blocks([(FILMACIONES.path, films), (GET_ACTOR.path, table)], sizes))

    blocks = [
        [json.loads(line) for line in block.splitlines()]
        for block in blocks_of(files, ids_folder(GET_ACTOR))
    ]
    found = [pair for numbers, rows in blocks for pair in zip(numbers, rows, strict=True)]
    assert found == sorted((each, row) for row, each in enumerate(ids) if each is not None)
    held = [set(numbers) for numbers, _ in blocks]
    assert sum(map(len, held)) == len(set().union(*held))
    assert all(
        numbers[block_ids - 1 :].count(numbers[-1]) >= len(numbers) - block_ids + 1
        for numbers, _ in blocks
        if len(numbers) > block_ids
    )


@given(
    st.lists(st.text("abc ", min_size=1, max_size=4), min_size=1, max_size=60),
    st.lists(st.integers(0, 60), max_size=5),
    st.integers(0, 60),
)
def test_pieces_become_the_same_files_however_a_table_is_cut(
    keys: list[str], cuts: list[int], most_rows: int
) -> None:
    films = pa.table({column: ["x", "y", "z"] for column in FILMACIONES.columns})
    table = people(keys, 3)
    bounds = sorted({0, len(table), *(cut for cut in cuts if cut < len(table))})
    pieces = [(GET_ACTOR.path, table.slice(start, end - start)) for start, end in pairwise(bounds)]
    sizes = BlockSizes(most_rows=most_rows, block_rows=5)

    def files(tables: list[tuple[str, pa.Table]]) -> dict[str, bytes]:
        found = dict(split_into_blocks([(FILMACIONES.path, films), *tables], sizes))
        return {
            path: each.data if isinstance(each, ReleaseFile) else table_file(each).data
            for path, each in found.items()
        }

    whole, in_pieces = files([(GET_ACTOR.path, table)]), files(pieces)

    assert (GET_ACTOR.path in whole) == (len(keys) <= most_rows)
    if GET_ACTOR.path in whole:
        assert in_pieces.keys() == whole.keys()
        # Parquet may keep the bounds of the pieces; what is in it is the same.
        read = [pa.BufferReader(each[GET_ACTOR.path]) for each in (whole, in_pieces)]
        assert pq.read_table(read[0]) == pq.read_table(read[1])
    else:
        assert in_pieces == whole


def test_people_are_taken_piece_by_piece() -> None:
    sizes = BlockSizes(most_rows=10, block_rows=5, block_names=10, pack_bytes=1_000)
    film = pa.table({column: ["x"] for column in FILMACIONES.columns})
    taken = []

    def tables() -> Any:
        yield FILMACIONES.path, film
        for number in range(100):
            taken.append(number)
            yield GET_ACTOR.path, people([f"{number:03}{each}" for each in range(10)], 1)

    files = iter(split_into_blocks(tables(), sizes))
    first_pack = next(path for path, _ in files if path == pack_path(rows_folder(GET_ACTOR), 0))

    assert first_pack
    assert len(taken) < 10
    assert names_folder(GET_ACTOR) in {path.rpartition("/")[0] for path, _ in files}
    assert len(taken) == 100


def test_small_tables_and_those_that_do_not_grow_stay_as_they_are() -> None:
    rows = companies(["a"] * (MAX_WHOLE_ROWS + 1))
    small = companies(["a"] * MAX_WHOLE_ROWS)
    tables = [
        (PELICULAS_IDIOMA.path, rows),
        (PRODUCTORAS_EXITOSAS.path, small),
    ]

    assert [path for path, _ in split_into_blocks(tables)] == [path for path, _ in tables]
    paths = [path for path, _ in split_into_blocks([(PRODUCTORAS_EXITOSAS.path, rows)])]
    assert PRODUCTORAS_EXITOSAS.path not in paths


def test_people_are_in_blocks_where_other_tables_of_their_size_are_whole() -> None:
    films = pa.table({column: ["x", "y", "z"] for column in FILMACIONES.columns})
    names = [f"{number:02}" for number in range(20)]
    tables = [
        (FILMACIONES.path, films),
        (GET_ACTOR.path, people(names, 3)),
        (PRODUCTORAS_EXITOSAS.path, companies(names)),
    ]

    paths = dict(split_into_blocks(tables, BlockSizes(most_rows=100, most_people=19)))

    assert GET_ACTOR.path not in paths
    assert index_path(rows_folder(GET_ACTOR)) in paths
    assert PRODUCTORAS_EXITOSAS.path in paths
