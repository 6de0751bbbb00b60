"""The catalogue as CSV: what spreadsheets open, and what is read back of it."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cartelera.contract.release_format import CATALOG
from etl.inspection.spreadsheet import read_text, split_cell, write_csv

if TYPE_CHECKING:
    from pathlib import Path


def written(films: pa.Table, delimiter: str = ",") -> list[dict[str, str]]:
    sink = BytesIO()
    write_csv(films, sink, delimiter)
    return list(csv.DictReader(StringIO(sink.getvalue().decode("utf-8-sig")), delimiter=delimiter))


def read_back(cells: dict[str, str], schema: pa.Schema) -> dict[str, Any]:
    """Return a film as the catalogue has it, of the cells of its row."""
    return {field.name: _value(cells, field) for field in schema}


def _value(cells: dict[str, str], field: pa.Field) -> Any:
    cell = cells[field.name]
    if not pa.types.is_list(field.type):
        text = read_text(cell)
        return (text or "") if pa.types.is_string(field.type) else text
    own = {
        each.name: split_cell(
            cells[field.name if each.name == "name" else f"{field.name}.{each.name}"]
        )
        for each in field.type.value_type
    }
    entries = max(map(len, own.values()))
    columns = [texts or [""] * entries for texts in own.values()]
    return [dict(zip(own, texts, strict=True)) for texts in zip(*columns, strict=True)]


def as_text(value: Any) -> Any:
    """Return a value with all that is in it as the text that CSV has of it."""
    if isinstance(value, list):
        return [as_text(each) for each in value]
    if isinstance(value, dict):
        return {name: as_text(each) for name, each in value.items()}
    return "" if value is None else str(value)


def test_every_film_is_read_back_as_it_was(sample_place: Path) -> None:
    (file,) = sample_place.glob(f"releases/*/{CATALOG}")
    films = pq.read_table(file)

    rows = written(films, ";")

    assert [read_back(row, films.schema) for row in rows] == list(map(as_text, films.to_pylist()))


@pytest.mark.parametrize(
    "names", [[], ["a"], ["a", "b"], ["a | b", "| c", "d |"], ["|", "||"], ["", "", "x"], ["=1+1"]]
)
def test_a_list_is_read_back_whatever_its_names_hold(names: list[str]) -> None:
    kind = pa.list_(pa.struct([("id", pa.int64()), ("name", pa.string())]))
    entries = [{"id": number, "name": name} for number, name in enumerate(names)]

    (row,) = written(pa.table({"genres": pa.array([entries], kind)}))

    assert split_cell(row["genres"]) == names
    assert split_cell(row["genres.id"]) == list(map(str, range(len(names))))


def test_no_text_is_computed_and_each_is_read_back() -> None:
    texts = ["=HYPERLINK(1)", "+1", "-30-", "@home", "'71", "'=x", "", "Up"]

    rows = written(pa.table({"title": texts}))

    assert not any(row["title"].startswith(("=", "+", "-", "@")) for row in rows)
    assert [read_text(row["title"]) for row in rows] == texts


def test_excel_is_told_that_it_is_utf_8() -> None:
    sink = BytesIO()

    write_csv(pa.table({"title": ["Amélie"]}), sink)

    assert sink.getvalue() == b"\xef\xbb\xbftitle\r\nAm\xc3\xa9lie\r\n"
