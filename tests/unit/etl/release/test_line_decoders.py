"""What a line of a block must hold to be taken for sound."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from cartelera.contract.formats.block_format import row_columns
from cartelera.contract.tables import GET_ACTOR, GROWING
from etl.release.line_decoders import NEIGHBOURS_DECODER, row_decoder
from tests.partitions import as_stored, tables_in_blocks

if TYPE_CHECKING:
    from pathlib import Path

    from cartelera.contract.release_format import Manifest
    from cartelera.contract.tables import TableSchema

NEIGHBOUR = [862, "Toy Story", 1995, 0.5, ["tema: toy"]]
FILM = [862, "Toy Story", "1995-10-30", 12.45, 30_000_000, 373_554_033]
ACTOR = {
    "votes": 1,
    "films": [FILM, [2, "Ariel", "1988-10-21", None, None, None]],
    "roles": ["Woody (voice)", None],
    "id": 31,
    "actor": "Tom Hanks",
    "cantidad_filmaciones": 2,
    "retorno_total": 12.45,
    "retorno_promedio": 6.225,
    "cantidad_informada": 1,
    "retorno_promedio_informado": 12.45,
}


def encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def refuses(decoder: msgspec.json.Decoder[Any], line: bytes) -> bool:
    try:
        decoder.decode(line)
    except msgspec.DecodeError:
        return True
    return False


@pytest.mark.parametrize("schema", GROWING, ids=lambda schema: schema.route)
def test_the_rows_that_the_job_writes_are_taken(
    sample_place: Path, sample_manifest: Manifest, schema: TableSchema[Any]
) -> None:
    files = as_stored(tables_in_blocks(sample_place, sample_manifest, 10_000))
    _, *lines = files[f"tables/{schema.route}/0000.pack"].split(b"\n")

    rows = [row_decoder(schema).decode(line) for line in lines]

    assert len(rows) > 1
    assert json.loads(msgspec.json.encode(rows)) == [json.loads(line) for line in lines]


@pytest.mark.parametrize(
    "change",
    [
        {"actor": None},
        {"votes": "1"},
        {"films": None},
        {"films": [FILM[:-1]]},
        {"films": [[*FILM, None]]},
        {"films": [["862", *FILM[1:]]]},
        {"roles": [7]},
        {"retorno_total": None},
    ],
)
def test_a_row_of_other_types_is_refused(change: dict[str, Any]) -> None:
    decoder = row_decoder(GET_ACTOR)
    assert tuple(ACTOR) == row_columns(GET_ACTOR)

    assert not refuses(decoder, encoded([*ACTOR.values()]))
    assert refuses(decoder, encoded([*(ACTOR | change).values()]))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        encoded([*ACTOR.values()][:-1]),
        encoded([*ACTOR.values(), None]),
        encoded(ACTOR),
        encoded([*ACTOR.values()]) * 2,
        encoded([*ACTOR.values()])[:-1],
    ],
)
def test_what_is_not_one_row_is_refused(line: bytes) -> None:
    assert refuses(row_decoder(GET_ACTOR), line)


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"7",
        b"[7]",
        encoded([NEIGHBOUR[:-1]]),
        encoded([[*NEIGHBOUR, None]]),
        encoded([[None, *NEIGHBOUR[1:]]]),
        encoded([[*NEIGHBOUR[:-1], "tema"]]),
        encoded([NEIGHBOUR]) * 2,
    ],
)
def test_what_are_no_neighbours_is_refused(line: bytes) -> None:
    assert not refuses(NEIGHBOURS_DECODER, encoded([NEIGHBOUR, NEIGHBOUR]))
    assert not refuses(NEIGHBOURS_DECODER, b"[]")
    assert refuses(NEIGHBOURS_DECODER, line)
