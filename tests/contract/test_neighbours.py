"""What the job writes of all films at once is what the API answers of each.

Where there are very many, of a sample of them.
"""

from __future__ import annotations

import random
from itertools import groupby
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from etl.entrypoints.cli import main

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from tests.callers import Caller

SAMPLE = 500


@pytest.fixture(scope="session")
def neighbours(
    place: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[int, list[dict[str, Any]]]:
    """What `python -m etl neighbours` writes, by the id of the film."""
    file = tmp_path_factory.mktemp("neighbours") / "neighbours.parquet"
    arguments = ["neighbours", "--releases", place.as_uri(), "--to", str(file)]
    result = CliRunner(catch_exceptions=False).invoke(main, arguments)
    assert result.exit_code == 0, result.output
    rows = pq.read_table(file).to_pylist()
    return {film: list(beside) for film, beside in groupby(rows, key=lambda row: row["id"])}


def test_every_film_has_beside_it_what_the_api_recommends(
    get: Caller, neighbours: dict[int, list[dict[str, Any]]]
) -> None:
    films = sorted(neighbours)
    asked = random.Random(1).sample(films, min(len(films), SAMPLE))  # noqa: S311

    different = []
    for film in asked:
        answer = get(f"/recomendacion?id={film}").body
        beside = [
            {
                "id": row["id_vecina"],
                "titulo": row["titulo_vecina"],
                "similitud": round(min(1.0, row["similitud"]), 4),
            }
            for row in neighbours[film]
        ]
        recommended = [
            {name: each[name] for name in ("id", "titulo", "similitud")}
            for each in answer["recomendaciones"]
        ]
        if beside != recommended or {row["titulo"] for row in neighbours[film]} != {
            answer["titulo"]
        }:
            different.append((film, beside, recommended))

    assert asked
    assert different == []
