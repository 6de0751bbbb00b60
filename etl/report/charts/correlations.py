"""What goes with what: correlations of all numbers, and how return goes with popularity."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, override

from etl.report.chart import Chart
from etl.report.facts import Cell
from etl.report.numbers import Numbers
from etl.report.palette import DIVERGING, INK, ON_DARK, ON_LIGHT, ORANGE, PAPER
from etl.report.texts import Bilingual, number, text
from etl.report.vega import Spec, X, Y, cell_numbers, density, encode, extent, fitted, view

if TYPE_CHECKING:
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
    def draw(self, facts: _Pairs) -> Spec:
        names = {each: text("fields", each) for each in facts.variables}
        rows = [
            {
                "row": names[row],
                "column": names[column],
                "value": round(value, 4),
                "label": number(value, 2),
                "on": ON_DARK if abs(value) > _DARK else ON_LIGHT,
            }
            for row, column, value in facts.coefficients
        ]
        order = list(names.values())
        places = {
            "x": encode("column:N", sort=order, title=None, axis={"labelAngle": -35}),
            "y": encode("row:N", sort=order, title=None),
        }
        scale = {"domain": [-1, 0, 1], "range": list(DIVERGING), "interpolate": "rgb"}
        rect = {"type": "rect", "stroke": PAPER, "strokeWidth": 2}
        cells = view(rows, rect, **places, color=encode("value:Q", scale=scale, legend=None))
        on = encode("on:N", scale=None)
        figure = {"type": "text", "fontSize": 12.5}
        figures = view(rows, figure, **places, text=encode("label:N"), color=on)
        own_scales = {"scale": {"color": "independent"}}
        return fitted({"layer": [cells, figures], "resolve": own_scales}, 340)

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
    def draw(self, facts: _Returns) -> Spec:
        axes = (
            Bilingual("popularidad (escala logarítmica)", "popularity (logarithmic scale)"),
            Bilingual("recaudación ÷ presupuesto", "revenue ÷ budget"),
        )
        layers = [density(facts.cells, *axes)]
        left, _, low, high = extent(facts.cells)
        if low <= 1 <= high:
            even = Bilingual("ni gana ni pierde", "breaks even")
            rows = [{"y": 1, "x": left, "label": even}]
            rule = {"type": "rule", "color": INK, "strokeDash": [4, 3]}
            label = {"type": "text", "align": "left", "dx": 6, "dy": -8, "color": INK}
            layers += [
                view(rows, rule, y=Y),
                view(rows, label | {"fontSize": 12}, x=X, y=Y, text=encode("label:N")),
            ]
        point = {"color": ORANGE, "size": 34}
        line = {"type": "line", "color": ORANGE, "strokeWidth": 2.5, "point": point}
        tenths = [{"x": popularity, "y": back} for popularity, back in facts.tenths]
        layers.append(view(tenths, line, x=X, y=Y))
        return fitted({"layer": layers}, 360)

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
