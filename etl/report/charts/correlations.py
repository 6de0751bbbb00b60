"""What goes with what: correlations of all numbers, and how return goes with popularity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, override

from etl.report.chart import Chart
from etl.report.drawing.axes import Axis, Scale, Tick
from etl.report.drawing.density import cell_numbers, density, extent
from etl.report.drawing.marks import Label, Line, Rectangles
from etl.report.drawing.plot import Plot
from etl.report.drawing.svg import SIZE
from etl.report.facts import Cell
from etl.report.numbers import Numbers
from etl.report.palette import INK, ON_DARK, ON_LIGHT, ORANGE, diverging
from etl.report.texts import Bilingual, number, text

if TYPE_CHECKING:
    from etl.report.drawing.marks import Mark
    from etl.report.drawing.svg import Drawing
    from etl.report.statistics import Statistics

SECTION = "together"
_FEWEST_FILMS = 3
_TENTHS = 10
# From here on a cell is too dark for dark letters.
_DARK = 0.55


class _Pairs(NamedTuple):
    """How pairs of variables go together: row, column, and the coefficient from -1 to 1."""

    variables: tuple[str, ...]
    coefficients: tuple[tuple[str, str, float], ...]


@dataclass(frozen=True, kw_only=True)
class _Correlation(Chart[_Pairs]):
    """A correlation matrix, of films of which both numbers are known."""

    method: Literal["pearson", "spearman"]

    @override
    def measure(self, catalogue: Statistics) -> _Pairs | None:
        matrix = catalogue.numbers.corr(self.method, min_periods=_FEWEST_FILMS)
        variables = tuple(matrix.columns)
        pairs = [
            (row, column, float(value))
            for i, row in enumerate(variables)
            for column, value in zip(variables[:i], matrix.loc[row], strict=False)
            if not math.isnan(value)
        ]
        return _Pairs(variables, tuple(pairs)) if pairs else None

    @override
    def draw(self, facts: _Pairs) -> Drawing:
        paired = {name for row, column, _ in facts.coefficients for name in (row, column)}
        names = [name for name in facts.variables if name in paired]
        places = {name: place for place, name in enumerate(names)}
        marks: list[Mark] = []
        for row, column, value in facts.coefficients:
            x, y = places[column], places[row]
            on = ON_DARK if abs(value) > _DARK else ON_LIGHT
            marks += [
                Rectangles([(x, x + 1, y, y + 1)], diverging(value), 2, 2),
                Label(x + 0.5, y + 0.5, number(value, 2), anchor="middle", colour=on),
            ]
        labels = [text("fields", name) for name in names]
        # A column's name stands above it, where a row would be compared with itself.
        marks += [
            Label(place, place + 0.5, label, right=4, size=SIZE)
            for place, label in enumerate(labels[:-1])
        ]
        rows = [Tick(place + 0.5, label) for place, label in enumerate(labels) if place]
        return Plot(
            # Beside the last column there is room for its name, and above the first.
            x=Axis(Scale(0, len(names) - 0.45), ()),
            y=Axis(Scale(len(names), 0.2), rows),
            marks=marks,
            height=340,
        )

    @override
    def numbers(self, facts: _Pairs) -> Numbers:
        return Numbers(("row", "column", "coefficient"), facts.coefficients)

    @override
    def caption_of(self, facts: _Pairs) -> Bilingual:
        row, column, value = max(facts.coefficients, key=lambda pair: abs(pair[2]))
        return self.caption.fill(one=text("fields", column), other=text("fields", row), value=value)


class _Returns(NamedTuple):
    """Return against popularity, of the films for which both are known.

    `share` of them earned their budget back, `rho` is Spearman's of return and popularity, and
    `tenths` has the median popularity and return of each tenth of the films by popularity.
    """

    films: int
    share: float
    median: float
    rho: float | None
    cells: tuple[Cell, ...]
    tenths: tuple[tuple[float, float], ...]


class _ReturnByPopularity(Chart[_Returns]):
    name = "return_popularity"
    title = Bilingual("Retorno y popularidad", "Return and popularity")
    caption = Bilingual(
        "De {films:#} películas con retorno conocido, el {share:%} recuperó su presupuesto; la "
        "mediana es de {median:.1} dólares por dólar. Correlación con la popularidad: ρ = {rho:.2}."
        " La línea une las medianas de los deciles.",
        "Of {films:#} films with a known return, {share:%} earned back their budget; the median is "
        "{median:.1} dollars per dollar. Correlation with popularity: ρ = {rho:.2}. The line joins "
        "the medians of the deciles.",
    )

    @override
    def measure(self, catalogue: Statistics) -> _Returns | None:
        known = catalogue.numbers[["popularity", "return"]].dropna()
        if known.empty:
            return None
        popularity, returns = known["popularity"], known["return"]
        tenths = (popularity.rank(method="first") * _TENTHS / len(known)).map(math.ceil)
        medians = known.groupby(tenths, sort=True).median()
        rho = known.corr("spearman", min_periods=_FEWEST_FILMS).to_numpy()[0, 1]
        return _Returns(
            len(known),
            int((returns > 1).sum()) / len(known),
            float(returns.median()),
            None if math.isnan(rho) else float(rho),
            catalogue.density(popularity, returns),
            tuple(zip(medians["popularity"].tolist(), medians["return"].tolist(), strict=True)),
        )

    @override
    def draw(self, facts: _Returns) -> Drawing:
        x, y, marks, legend = density(
            facts.cells,
            Bilingual("popularidad (escala logarítmica)", "popularity (logarithmic scale)"),
            Bilingual("recaudación ÷ presupuesto", "revenue ÷ budget"),
        )
        left, right, low, high = extent(facts.cells)
        over: list[Mark] = []
        if low <= 1 <= high:
            even = Bilingual("ni gana ni pierde", "breaks even")
            over += [
                Line([(left, 1), (right, 1)], INK, 1, dashed=True),
                Label(left, 1, even, right=2, down=-10, halo=True),
            ]
        over.append(Line(facts.tenths, ORANGE, 2.5, dots=7))
        return Plot(x=x, y=y, marks=[*marks, *over], legend=legend, height=360)

    @override
    def numbers(self, facts: _Returns) -> Numbers:
        return cell_numbers(facts.cells, "popularity", "return")


CHARTS = (
    _Correlation(
        name="correlation_linear",
        title=Bilingual("Correlación lineal (Pearson)", "Linear correlation (Pearson)"),
        caption=Bilingual(
            "La correlación lineal más fuerte es la de {one} y {other} (r = {value:.2}). Cada "
            "casilla usa las películas en las que se conocen ambos datos.",
            "The strongest linear correlation is between {one} and {other} (r = {value:.2}). Each "
            "cell uses the films for which both are known.",
        ),
        method="pearson",
    ),
    _Correlation(
        name="correlation_rank",
        title=Bilingual("Correlación por rangos (Spearman)", "Rank correlation (Spearman)"),
        caption=Bilingual(
            "La correlación por rangos más fuerte es la de {one} y {other} (ρ = {value:.2}). Los "
            "valores extremos no influyen.",
            "The strongest rank correlation is between {one} and {other} (ρ = {value:.2}). Extreme "
            "values have no influence.",
        ),
        method="spearman",
    ),
    _ReturnByPopularity(),
)
