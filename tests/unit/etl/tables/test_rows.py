"""In which order the rows of a look-up table stand, and of which types they are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartelera.contract.names import compact, key
from cartelera.contract.tables import (
    BETTER_KNOWN,
    BY_ID,
    CANTIDAD_FILMACIONES_MES,
    PELICULAS_DURACION,
    PELICULAS_PAIS,
    PRODUCTORAS_EXITOSAS,
    TABLES,
)
from cartelera.lookup.table import WholeTable
from etl.release.files import table_file
from etl.tables.rows import BestKnown, film_table, first_of_each, name_table, to_arrow

if TYPE_CHECKING:
    from cartelera.contract.tables import TableSchema


def countries(*rows: tuple[str, int, int]) -> pd.DataFrame:
    """Make entries of a name, its votes and its films."""
    frame = pd.DataFrame(rows, columns=["name", "votes", "cantidad"])
    return frame.astype({"name": "str", "votes": "int64", "cantidad": "int64"}).assign(
        nombre=pd.Series([None] * len(rows), dtype="str")
    )


def aliases(*rows: tuple[str, str]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["name", "alias"], dtype="str")


def laid_out(
    entries: pd.DataFrame, other_names: pd.DataFrame | None = None, ranked_by: str = "cantidad"
) -> pa.Table:
    return name_table(PELICULAS_PAIS, entries, other_names, ranked_by)


def keys(table: pa.Table) -> list[tuple[str, str]]:
    return list(zip(table["key"].to_pylist(), table["pais"].to_pylist(), strict=True))


def ranked(table: pa.Table) -> list[str]:
    names = table["pais"].to_pylist()
    return [names[row] for row in table["by_rank"].to_pylist() if row is not None]


def test_rows_are_in_order_of_their_keys_without_spaces() -> None:
    table = laid_out(countries(("Al Z", 1, 1), ("Álb", 1, 1), ("Al. A!", 1, 1), ("千", 1, 1)))

    assert keys(table) == [("al a", "Al. A!"), ("alb", "Álb"), ("al z", "Al Z"), ("千", "千")]


def test_of_equal_keys_the_best_known_leads_and_then_the_name() -> None:
    table = laid_out(countries(("Kuba", 3, 1), ("KUBA", 3, 1), ("K uba", 9, 1), ("kuba", 1, 1)))

    assert table["pais"].to_pylist() == ["K uba", "KUBA", "Kuba", "kuba"]


def test_an_entry_is_there_again_under_each_of_its_other_names() -> None:
    table = laid_out(
        countries(("Spain", 7, 3), ("Fiji", 1, 2)), aliases(("Spain", "España"), ("Spain", "ES"))
    )

    assert keys(table) == [
        ("es", "Spain"),
        ("espana", "Spain"),
        ("fiji", "Fiji"),
        ("spain", "Spain"),
    ]
    assert table["cantidad"].to_pylist() == [3, 3, 2, 3]
    assert table["votes"].to_pylist() == [7, 7, 1, 7]


def test_another_name_that_is_no_other_to_who_types_adds_nothing() -> None:
    table = laid_out(
        countries(("Sri Lanka", 7, 3)),
        aliases(("Sri Lanka", "SRILANKA"), ("Sri Lanka", "Ceylon"), ("Sri Lanka", "Ceylón")),
    )

    assert keys(table) == [("ceylon", "Sri Lanka"), ("sri lanka", "Sri Lanka")]


@pytest.mark.parametrize("nothing", ["", "  ", "\u200b"])
def test_another_name_of_nothing_is_left_out(nothing: str) -> None:
    assert laid_out(countries(("Fiji", 1, 1)), aliases(("Fiji", nothing))).num_rows == 1


def test_another_name_of_nobody_is_left_out() -> None:
    assert keys(laid_out(countries(("Fiji", 1, 1)), aliases(("Atlantis", "A")))) == [
        ("fiji", "Fiji")
    ]


def test_a_name_may_be_anothers_other_name() -> None:
    table = laid_out(countries(("Congo", 1, 1), ("Zaire", 5, 2)), aliases(("Zaire", "Congo")))

    assert keys(table) == [("congo", "Zaire"), ("congo", "Congo"), ("zaire", "Zaire")]
    assert ranked(table) == ["Zaire", "Congo"]


def test_a_ranking_goes_from_the_highest_to_the_lowest_and_by_name_among_equals() -> None:
    table = laid_out(countries(("A", 9, 2), ("B", 1, 10), ("D", 5, 3), ("C", 1, 3), ("E", 0, 0)))

    assert ranked(table) == ["B", "C", "D", "A", "E"]
    assert table["by_rank"].to_pylist() == [1, 2, 3, 0, 4]


def test_an_entry_of_several_names_is_ranked_once_by_its_own_and_the_rest_is_null() -> None:
    table = laid_out(
        countries(("Spain", 7, 3), ("Fiji", 1, 9)),
        aliases(("Spain", "España"), ("Spain", "ES"), ("Fiji", "Viti"), ("Fiji", "AAA")),
    )

    assert table["key"].to_pylist() == ["aaa", "es", "espana", "fiji", "spain", "viti"]
    assert table["by_rank"].to_pylist() == [3, 4, None, None, None, None]
    assert table.schema.field("by_rank").type == pa.int32()


def test_a_table_may_be_no_ranking() -> None:
    entries = countries(("mayo", 0, 3), ("abril", 0, 9)).assign(sin_dia_conocido=0)

    table = name_table(CANTIDAD_FILMACIONES_MES, entries, aliases(("mayo", "05")))

    assert table.to_pylist() == [
        {"key": "05", "votes": 0, "mes": "mayo", "cantidad": 3, "sin_dia_conocido": 0},
        {"key": "abril", "votes": 0, "mes": "abril", "cantidad": 9, "sin_dia_conocido": 0},
        {"key": "mayo", "votes": 0, "mes": "mayo", "cantidad": 3, "sin_dia_conocido": 0},
    ]


named = st.text("aá bB.千", min_size=1, max_size=4).filter(key)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(named, st.integers(0, 3), st.integers(0, 3)), unique_by=lambda row: row[0]),
    st.lists(st.tuples(named, named)),
    st.integers(1, 5),
)
def test_the_pages_of_a_ranking_hold_every_entry_once_in_order(
    rows: list[tuple[str, int, int]], others: list[tuple[str, str]], size: int
) -> None:
    laid = laid_out(countries(*rows), aliases(*others))
    table = WholeTable(PELICULAS_PAIS, table_file(laid).data)

    pages = [table.ranking_page(first, size) for first in range(0, len(rows) + size, size)]

    assert table.entries == len(rows)
    assert [row["pais"] for page in pages for row in page] == [
        name for name, _, _ in sorted(rows, key=lambda row: (-row[2], row[0]))
    ]
    for name in [name for name, *_ in rows]:
        assert table.find(name)["pais"] == name
    for name, other in others:
        if name in {name for name, *_ in rows}:
            found = [table.row(row)["pais"] for row in table.rows_with_key(key(other))]
            assert name in found
            assert len(found) == len(set(found))
    compacted = [compact(name_key) for name_key in laid["key"].to_pylist()]
    assert compacted == sorted(compacted)


@pytest.mark.parametrize("schema", TABLES, ids=lambda schema: schema.route)
def test_an_empty_table_has_the_columns_of_its_schema_each_of_its_type(
    schema: TableSchema[Any],
) -> None:
    table = to_arrow(
        schema, pd.DataFrame({column: [] for column in schema.columns}, dtype="object")
    )

    assert tuple(table.column_names) == schema.columns
    assert not table.schema.field("key").nullable
    assert not table.schema.field("votes").nullable
    assert pa.null() not in table.schema.types


def test_a_field_may_be_null_where_its_answer_may() -> None:
    durations = to_arrow(PELICULAS_DURACION, film_rows()).schema
    companies = to_arrow(
        PRODUCTORAS_EXITOSAS, pd.DataFrame(columns=list(PRODUCTORAS_EXITOSAS.columns))
    ).schema

    assert durations.field("duracion") == pa.field("duracion", pa.int64())
    assert durations.field("anio") == pa.field("anio", pa.int64(), nullable=False)
    assert durations.field("pelicula") == pa.field("pelicula", pa.string(), nullable=False)
    assert companies.field("by_rank").nullable
    assert durations.metadata is None


@pytest.mark.parametrize(
    ("pairs", "marked"),
    [
        ([(1, 1), (1, 1), (1, 2), (2, 2), (2, 2), (2, 2)], [0, 2, 3]),
        ([(1, 2), (2, 1)], [0, 1]),
        ([(0, 0)], [0]),
        ([], []),
    ],
)
def test_the_first_of_each_run_of_equal_pairs_is_marked(
    pairs: list[tuple[int, int]], marked: list[int]
) -> None:
    columns = np.array(pairs, np.int64).reshape(-1, 2)

    assert np.flatnonzero(first_of_each(columns[:, 0], columns[:, 1])).tolist() == marked


def film_rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "key": ["a", "b", "c"],
            "votes": [0, 0, 0],
            "vote_count": [7, 5, 6],
            BY_ID: [0, 0, 0],
            BETTER_KNOWN: pd.Series([None, 0, None], dtype="Int32"),
            "id": [30, 10, 20],
            "pelicula": ["A", "B", "C"],
            "duracion": pd.Series([None, 90, 100], dtype="Int64"),
            "anio": [1999, 2000, 2001],
        }
    )


def test_films_stay_in_their_order_with_their_votes_and_that_of_their_ids() -> None:
    table = film_table(PELICULAS_DURACION, film_rows()).to_pydict()

    assert table["pelicula"] == ["A", "B", "C"]
    assert table["votes"] == [7, 5, 6]
    assert table["by_id"] == [1, 2, 0]
    assert table["better_known"] == [None, 0, None]
    assert table["duracion"] == [None, 90, 100]


@given(st.lists(st.lists(st.integers(0, 3), max_size=6), min_size=1, max_size=8), st.integers(1, 9))
def test_the_best_known_are_the_same_however_many_pieces_they_come_in(
    pieces: list[list[int]], most: int
) -> None:
    best = BestKnown(most)
    rows = 0
    for votes in pieces:
        numbers = pa.array(range(rows, rows + len(votes)), pa.int64())
        best.add(pa.table({"votes": pa.array(votes, pa.int64()), "row": numbers}))
        rows += len(votes)

    voted = [vote for votes in pieces for vote in votes]
    expected = sorted(range(rows), key=lambda row: -voted[row])[:most]
    assert best.rows()["row"].to_pylist() == sorted(expected)
