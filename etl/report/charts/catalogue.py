"""The data: what stands in each column, and what became of the raw records."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, NamedTuple, override

from etl.report.chart import Chart, Table
from etl.report.drawing.bars import Bar, Bars
from etl.report.facts import Column
from etl.report.numbers import Numbers
from etl.report.palette import ROSE
from etl.report.texts import TEXTS, Bilingual, number, same, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartelera.contract.release_format import RowCounts
    from etl.report.drawing.svg import Drawing
    from etl.report.statistics import Statistics

SECTION = "data"
# Numbers that are names: nobody puts a point into them.
_NAMES = {"id", "release_year", "collection_id"}
_NO_RECORD = Bilingual(
    "De {read:#} registros leídos no se apartó ninguno.",
    "Of {read:#} records, none was set aside.",
)


class _Columns(NamedTuple):
    columns: tuple[Column, ...]
    total: int
    full: int
    emptiest: str
    share: float


class _ColumnTable(Chart[_Columns]):
    name = "columns"
    title = Bilingual("Las columnas", "The columns")
    caption = Bilingual(
        "De {total:#} columnas, {full:#} no tienen vacíos; la más vacía, «{emptiest}» ({share:%}).",
        "Of {total:#} columns, {full:#} have no gaps; the emptiest is “{emptiest}” ({share:%}).",
    )

    @override
    def measure(self, catalogue: Statistics) -> _Columns:
        columns = catalogue.columns
        emptiest = max(columns, key=lambda column: column.nulls)
        full = sum(column.nulls == 0 for column in columns)
        share = emptiest.nulls / len(catalogue.films)
        return _Columns(columns, len(columns), full, emptiest.name, share)

    @override
    def numbers(self, facts: _Columns) -> Numbers:
        return Numbers(Column._fields, facts.columns)

    @override
    def tables(self, facts: _Columns) -> list[Table]:
        names = ("column", "kind", "nulls", "zeros", "distinct", "low", "median", "high")
        note = Bilingual(
            "Mínimo, mediana y máximo de los textos son caracteres; los de las listas, elementos. "
            "Un 0 en presupuesto o recaudación significa que el dato no se conoce.",
            "For texts, minimum, median and maximum count characters; for lists, entries. A 0 in "
            "budget or revenue means that it is not known.",
        )
        return [Table(names, [_cells(column) for column in facts.columns], 2, note)]


def _cells(column: Column) -> list[Bilingual]:
    return [
        same(column.name),
        text("kinds", column.kind),
        number(column.nulls),
        same("") if column.zeros is None else number(column.zeros),
        number(column.distinct),
        *(_value(column.name, value) for value in (column.low, column.median, column.high)),
    ]


def _value(column: str, value: float | str | None) -> Bilingual:
    if value is None:
        return same("–")
    if isinstance(value, str):
        return same(value)
    return same(f"{value:.0f}") if column in _NAMES else number(value, 2)


class _Records(NamedTuple):
    """What became of each raw file's records, and how many were set aside, by reason."""

    files: Mapping[str, RowCounts]
    reasons: tuple[tuple[Bilingual, int], ...]
    read: int
    kept: int

    @property
    def share(self) -> float:
        return self.kept / self.read


class _SetAside(Chart[_Records]):
    name = "set_aside"
    title = Bilingual("Registros apartados y motivos", "Records set aside, and why")
    caption = Bilingual(
        "De {read:#} registros leídos se conservaron {kept:#} ({share:%}). El motivo más frecuente "
        "para apartar uno es «{reasons[0][0]}» ({reasons[0][1]:#}).",
        "Of {read:#} records, {kept:#} were kept ({share:%}). The most frequent reason to set one "
        "aside is “{reasons[0][0]}” ({reasons[0][1]:#}).",
    )

    @override
    def measure(self, catalogue: Statistics) -> _Records:
        files = catalogue.rows
        reasons = sum((Counter(counts["set_aside"]) for counts in files.values()), Counter[str]())
        return _Records(
            files,
            tuple((reason_text(reason), count) for reason, count in reasons.most_common()),
            sum(counts["read"] for counts in files.values()),
            sum(counts["kept"] for counts in files.values()),
        )

    @override
    def draw(self, facts: _Records) -> Drawing | None:
        return Bars([Bar(*each, ROSE) for each in facts.reasons]) if facts.reasons else None

    @override
    def caption_of(self, facts: _Records) -> Bilingual:
        return (self.caption if facts.reasons else _NO_RECORD).fill(facts)

    @override
    def numbers(self, facts: _Records) -> Numbers:
        rows = [
            (file, reason_text(reason), records)
            for file, counts in facts.files.items()
            for reason, records in counts["set_aside"].items()
        ]
        return Numbers(("file", "reason", "records"), rows)

    @override
    def tables(self, facts: _Records) -> list[Table]:
        files = [
            [same(file), number(counts["read"]), number(counts["kept"])]
            for file, counts in facts.files.items()
        ]
        return [
            Table(("file", "read", "kept"), files),
            Table(("file", "reason", "records"), _counts(facts, "set_aside"), 2),
            Table(("file", "unused", "records"), _counts(facts, "unused_fields"), 2),
        ]


def _counts(facts: _Records, what: Literal["set_aside", "unused_fields"]) -> list[list[Bilingual]]:
    return [
        [same(file), reason_text(reason), number(records)]
        for file, counts in facts.files.items()
        for reason, records in counts[what].items()
    ]


def reason_text(reason: str) -> Bilingual:
    """Return why something was set aside; `field: reason` keeps its field."""
    field, colon, rule = reason.rpartition(": ")
    said = text("reasons", rule) if rule in TEXTS["reasons"] else same(rule)
    return Bilingual(*(f"{field}{colon}{each}" for each in said))


CHARTS = (_ColumnTable(), _SetAside())
