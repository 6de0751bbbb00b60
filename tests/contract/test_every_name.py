"""Every name in the release is reachable by URL, and every film has others like it.

Where there are very many, a sample of them.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from cartelera.contract.tables import LOOK_UPS, RECOMENDACION
from etl.release.table_files import decode_table

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from cartelera.contract.tables import TableSchema
    from tests.callers import Caller

MOST, SAMPLE = 50_000, 5_000


@pytest.mark.parametrize("schema", LOOK_UPS, ids=lambda schema: schema.route)
def test_every_name_finds_itself(get: Caller, place: Path, schema: TableSchema[Any]) -> None:
    (file,) = place.glob(f"releases/*/{schema.path}")
    names = sorted(set(decode_table(file.read_bytes(), [schema.name])[schema.name].to_pylist()))
    if len(names) > MOST:
        names = random.Random(schema.route).sample(names, SAMPLE)  # noqa: S311

    lost = []
    for name in names:
        answer = get(f"/{schema.route}/{quote(name, safe='')}")
        if answer.status != 200 or answer.body[schema.name] != name:
            lost.append((name, answer.status))

    assert names
    assert lost == []


def test_every_film_has_films_like_it(get: Caller, place: Path) -> None:
    (file,) = place.glob(f"releases/*/{RECOMENDACION.path}")
    films = decode_table(file.read_bytes(), ["id"])["id"].to_pylist()
    asked = random.Random(0).sample(films, min(len(films), SAMPLE))  # noqa: S311

    lacking = []
    for film in asked:
        found = [each["id"] for each in get(f"/recomendacion?id={film}").body["recomendaciones"]]
        if len({*found} - {film}) != min(5, len(films) - 1):
            lacking.append((film, found))

    assert films
    assert lacking == []
