"""Outliers by Tukey's rule, and amounts of money in the wrong unit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, override

from etl.report.chart import Chart, Table
from etl.report.drawing.axes import Axis, Scale, log_axis
from etl.report.drawing.density import cell_numbers, density
from etl.report.drawing.marks import Dots, Label, Line, Rectangles
from etl.report.drawing.plot import Plot, Stack
from etl.report.facts import BoxPlot, Cell
from etl.report.numbers import Numbers
from etl.report.palette import BLUE, INK, ORANGE, SOFT
from etl.report.texts import Bilingual, number, same, text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from etl.report.drawing.marks import Mark
    from etl.report.drawing.svg import Drawing
    from etl.report.statistics import Statistics

SECTION = "outliers"
_VARIABLES = ("runtime", "budget", "revenue", "votes", "popularity")
# An amount below 1,000 dollars is in the wrong unit if the other is this many times as large.
_OTHER_UNIT = 1_000
# Of the table of unit errors: all of them but in a catalogue far larger than the usual ones.
_MAX_ROWS = 100
_MAX_LABELS = 5
# In powers of ten: the room that a label needs to the right, and above and below.
_LABEL, _APART = 3.0, 0.35


class _Boxes(Chart["Mapping[str, BoxPlot]"]):
    """Box plots after John W. Tukey, "Exploratory Data Analysis", 1977.

    The rule is applied to logarithms: money, votes and popularity span magnitudes, and nearly all
    great values would lie beyond the fences otherwise.
    """

    name = "boxes"
    title = Bilingual("Vallas de Tukey", "Tukey’s fences")
    caption = Bilingual(
        "Un valor es atípico si queda a más de 1,5 recorridos intercuartílicos (RIC) de los "
        "cuartiles, en escala logarítmica (Tukey, 1977). La variable con más películas atípicas es "
        "{variable}: {most:#}.",
        "An outlier lies more than 1.5 interquartile ranges (IQR) from the quartiles, on a "
        "logarithmic scale (Tukey, 1977). The variable with most outliers is {variable}: {most:#}.",
    )

    @override
    def measure(self, catalogue: Statistics) -> Mapping[str, BoxPlot] | None:
        found = {name: catalogue.box_plot(name) for name in _VARIABLES}
        return {name: box for name, box in found.items() if box} or None

    @override
    def draw(self, facts: Mapping[str, BoxPlot]) -> Drawing:
        # One below the other, as each variable has its own scale.
        return Stack([_box(*each) for each in facts.items()], gap=10)

    @override
    def numbers(self, facts: Mapping[str, BoxPlot]) -> Numbers:
        columns = ("variable", "first_quartile", "median", "third_quartile")
        return Numbers(
            (*columns, "low_whisker", "high_whisker", "below", "above"),
            [
                (name, *box.quartiles, *box.whiskers, box.below, box.above)
                for name, box in facts.items()
            ],
        )

    @override
    def caption_of(self, facts: Mapping[str, BoxPlot]) -> Bilingual:
        most, name = max((box.below + box.above, name) for name, box in facts.items())
        return self.caption.fill(most=most, variable=text("fields", name))

    @override
    def tables(self, facts: Mapping[str, BoxPlot]) -> list[Table]:
        times = Bilingual("{beyond:.1} × RIC", "{beyond:.1} × IQR")
        rows = [
            [
                text("fields", name),
                same(each.film),
                text("units", name).fill(each),
                times.fill(each),
            ]
            for name, box in facts.items()
            for each in box.furthest
        ]
        return [Table(("variable", "film", "value", "beyond"), rows, 2)]


def _box(name: str, box: BoxPlot) -> Plot:
    outliers = [(each.value, 0.5) for each in box.furthest]
    values = [*box.whiskers, *(value for value, _ in outliers)]
    first = math.floor(math.log10(min(values)) + 1e-9)
    last = max(math.ceil(math.log10(max(values)) - 1e-9), first + 1)
    heading = Bilingual(
        "{name} · {below:#} por debajo, {above:#} por encima",
        "{name} · {below:#} below, {above:#} above",
    ).fill(box, name=text("fields", name))
    low, median, high = box.quartiles
    return Plot(
        x=log_axis((10.0**first, 10.0**last)),
        y=Axis(Scale(0, 1), ()),
        marks=[
            Line([(value, 0.5) for value in box.whiskers], SOFT, 1.5),
            Rectangles([(low, high, 0.25, 0.75)], BLUE),
            # Seen in a box without any width, too.
            Line([(median, 0.1), (median, 0.9)], INK, 2),
            *([Dots(outliers, ORANGE)] if outliers else ()),
        ],
        heading=heading,
        height=72,
    )


class _Money(NamedTuple):
    title: str
    year: int
    budget: int
    revenue: int


class _Amounts(NamedTuple):
    """The films with a known budget and revenue, and those with one in the wrong unit."""

    films: int
    cells: tuple[Cell, ...]
    wrong: tuple[_Money, ...]


class _UnitErrors(Chart[_Amounts]):
    name = "money_units"
    title = Bilingual("Errores de unidad en los importes", "Unit errors in amounts")
    caption = Bilingual(
        "En {wrong:#} películas un importe no llega a 1.000 dólares y el otro es al menos mil "
        "veces mayor: «{title}» habría costado {budget:$} y recaudado {revenue:$}. Son errores de "
        "unidad (miles o millones) y no cuentan para el retorno.",
        "In {wrong:#} films one amount is below 1,000 dollars and the other at least a thousand "
        "times as large: “{title}” would have cost {budget:$} and made {revenue:$}. These are unit "
        "errors (thousands or millions) and do not count towards the return.",
    )

    @override
    def measure(self, catalogue: Statistics) -> _Amounts | None:
        films = catalogue.films
        films = films[(films["budget"] > 0) & (films["revenue"] > 0)]
        if films.empty:
            return None
        amounts = films[["budget", "revenue"]]
        least, most = amounts.min(axis=1), amounts.max(axis=1)
        wrong = films[(least < catalogue.least_plausible) & (most >= least * _OTHER_UNIT)]
        wrong = wrong.sort_values(["vote_count", "id"], ascending=[False, True])
        columns = ["title", "release_year", "budget", "revenue"]
        return _Amounts(
            len(films),
            catalogue.density(films["budget"], films["revenue"]),
            tuple(map(_Money._make, wrong[columns].itertuples(index=False))),
        )

    @override
    def draw(self, facts: _Amounts) -> Drawing:
        x, y, marks, legend = density(
            facts.cells,
            Bilingual(
                "presupuesto, dólares (escala logarítmica)", "budget, dollars (logarithmic scale)"
            ),
            Bilingual("recaudación, dólares", "revenue, dollars"),
        )
        wrong: list[Mark] = []
        if facts.wrong:
            dots = [(film.budget, film.revenue) for film in facts.wrong]
            wrong = [Dots(dots, ORANGE), *_labels(facts.wrong)]
        return Plot(x=x, y=y, marks=[*marks, *wrong], legend=legend, height=380)

    @override
    def numbers(self, facts: _Amounts) -> Numbers:
        return cell_numbers(facts.cells, "budget", "revenue")

    @override
    def caption_of(self, facts: _Amounts) -> Bilingual:
        if not facts.wrong:
            none = Bilingual(
                "Se conocen ambos importes de {films:#} películas, sin errores de unidad.",
                "Both amounts are known for {films:#} films, without unit errors.",
            )
            return none.fill(facts)
        worst = max(
            facts.wrong, key=lambda film: (film.revenue / film.budget, film.title, film.year)
        )
        return self.caption.fill(worst, wrong=len(facts.wrong))

    @override
    def tables(self, facts: _Amounts) -> list[Table]:
        rows = [
            [
                same(f"{film.title} ({film.year})"),
                number(film.budget),
                number(film.revenue),
            ]
            for film in facts.wrong[:_MAX_ROWS]
        ]
        more = Bilingual("Y {more:#} más.", "And {more:#} more.")
        left = len(facts.wrong) - _MAX_ROWS
        return [
            Table(
                ("film", "budget", "revenue"),
                rows,
                note=more.fill(more=left) if left > 0 else None,
            )
        ]


def _labels(films: Sequence[_Money]) -> list[Label]:
    """Name the best known whose names have room to the right of their dots."""
    dots = [(math.log10(film.budget), math.log10(film.revenue)) for film in films]
    labels: list[Label] = []
    for film, (x, y) in zip(films, dots, strict=True):
        in_the_way = sum(0 <= other - x <= _LABEL and abs(up - y) < _APART for other, up in dots)
        if film.budget < film.revenue and in_the_way == 1 and len(labels) < _MAX_LABELS:
            name = same(film.title)
            labels.append(Label(film.budget, film.revenue, name, right=7, halo=True, limit=190))
    return labels


CHARTS = (_Boxes(), _UnitErrors())
