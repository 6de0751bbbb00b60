from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cartelera.contract.names import compact, key
from cartelera.contract.tables import BY_RANK, PELICULAS_DURACION, PRODUCTORAS_EXITOSAS
from cartelera.lookup.table import WholeTable

if TYPE_CHECKING:
    from collections.abc import Callable

    from cartelera.contract.tables import Duracion, Productora, TableSchema


def parquet(columns: dict[str, list[Any]]) -> bytes:
    sink = io.BytesIO()
    # An empty column has no type of its own.
    arrays = {name: pa.array(values or [""])[: len(values)] for name, values in columns.items()}
    pq.write_table(pa.table(arrays), sink)
    return sink.getvalue()


def table_bytes(schema: TableSchema[Any], rows: list[tuple[int, dict[str, Any]]]) -> bytes:
    """Lay out (votes, row) pairs as the job does."""
    laid_out = sorted(rows, key=lambda row: (compact(key(row[1][schema.name])), -row[0]))
    columns: dict[str, list[Any]] = {
        "key": [key(row[schema.name]) for _, row in laid_out],
        "votes": [votes for votes, _ in laid_out],
    }
    numbers = range(len(laid_out))
    if schema.films:
        columns["by_id"] = sorted(numbers, key=lambda number: laid_out[number][1]["id"])
        columns["better_known"] = [None for _ in numbers]
    elif ranked_by := schema.fields[-1] if BY_RANK in schema.index else None:
        columns["by_rank"] = sorted(numbers, key=lambda number: -laid_out[number][1][ranked_by])
    for field in schema.fields:
        columns[field] = [row[field] for _, row in laid_out]
    return parquet(columns)


@pytest.fixture
def companies() -> Callable[..., WholeTable[Productora]]:
    """Make a table of companies from names and their votes."""

    def make(**votes: int) -> WholeTable[Productora]:
        rows = [
            (
                count,
                {
                    "productora": name,
                    "revenue_total": 0,
                    "cantidad": 1,
                    "cantidad_informada": 0,
                },
            )
            for name, count in votes.items()
        ]
        return WholeTable(PRODUCTORAS_EXITOSAS, table_bytes(PRODUCTORAS_EXITOSAS, rows))

    return make


@pytest.fixture
def films() -> WholeTable[Duracion]:
    rows = [
        (5415, {"id": 862, "pelicula": "Toy Story", "duracion": 81, "anio": 1995}),
        (2000, {"id": 254, "pelicula": "King Kong", "duracion": 187, "anio": 2005}),
        (400, {"id": 10730, "pelicula": "King Kong", "duracion": 134, "anio": 1976}),
        (600, {"id": 244, "pelicula": "King Kong", "duracion": 100, "anio": 1933}),
        (30, {"id": 3573, "pelicula": "Emma", "duracion": 120, "anio": 1996}),
        (20, {"id": 12254, "pelicula": "Emma", "duracion": None, "anio": 1996}),
        (900, {"id": 8329, "pelicula": "[REC]", "duracion": 78, "anio": 2007}),
        (3, {"id": 77, "pelicula": "Rec", "duracion": 80, "anio": 2012}),
    ]
    return WholeTable(PELICULAS_DURACION, table_bytes(PELICULAS_DURACION, rows))


@pytest.fixture
def make_parquet() -> Callable[[dict[str, list[Any]]], bytes]:
    return parquet
