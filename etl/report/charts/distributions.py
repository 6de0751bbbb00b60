"""How long films are, how costly and how liked: histograms of what is known."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, override

from etl.report.chart import Chart
from etl.report.drawing.axes import films_axis, log_axis, number_axis
from etl.report.drawing.marks import Line, Rectangles
from etl.report.drawing.plot import Plot
from etl.report.facts import Distribution
from etl.report.numbers import Numbers
from etl.report.palette import BLUE, GOLD, INK, PLUM, TEAL
from etl.report.texts import Bilingual, number, same

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from etl.report.drawing.axes import Axis
    from etl.report.drawing.svg import Drawing
    from etl.report.statistics import Statistics

SECTION = "numbers"
# Minutes from which on films share the last bin.
_LONGEST = 240


@dataclass(frozen=True, kw_only=True)
class _Histogram(Chart[Distribution]):
    """A histogram of the variable that the chart is called after.

    `edges` are those of its bins; without them the scale is logarithmic. A bin of `integers` holds
    twice as many of them as the one before: with as many bins to each power of ten as of other
    numbers, those of small integers would be empty or crowded by turns.
    """

    axis: Bilingual
    colour: str
    edges: tuple[float, ...] = ()
    integers: bool = False
    tick_step: int = 1
    tick_label: Callable[[float], Bilingual] = number

    @override
    def measure(self, catalogue: Statistics) -> Distribution | None:
        return catalogue.distribution(self.name, self.edges, integers=self.integers)

    @override
    def draw(self, facts: Distribution) -> Drawing:
        bars = [
            (start, end, 0, films)
            for (start, end), films in zip(pairwise(facts.edges), facts.counts, strict=True)
            if films
        ]
        films = films_axis(max(facts.counts))
        median = Line([(facts.median, 0), (facts.median, films.scale.high)], INK, 1.5, dashed=True)
        return Plot(
            x=self._axis(facts.edges),
            y=films,
            marks=[Rectangles(bars, self.colour, 1), median],
        )

    def _axis(self, edges: Sequence[float]) -> Axis:
        span = edges[0], edges[-1]
        if self.integers:
            return number_axis(span, edges[::2], self.axis, logarithmic=True)
        if not self.edges:
            return log_axis(span, self.axis)
        values = range(0, int(span[1]) + 1, self.tick_step)
        return number_axis(span, values, self.axis, label=self.tick_label)

    @override
    def numbers(self, facts: Distribution) -> Numbers:
        return Numbers(
            ("from", "below", "films"),
            [
                (*edges, films)
                for edges, films in zip(pairwise(facts.edges), facts.counts, strict=True)
            ],
        )


_MONEY = Bilingual(
    "Se conoce en {films:#} películas ({share:%}). La mediana es {median:$}; la mitad central va "
    "de {low:$} a {high:$}.",
    "Known for {films:#} films ({share:%}). The median is {median:$}; the middle half goes from "
    "{low:$} to {high:$}.",
)
_DOLLARS = Bilingual("dólares (escala logarítmica)", "dollars (logarithmic scale)")

CHARTS = (
    _Histogram(
        name="runtime",
        title=Bilingual("Duración", "Running time"),
        caption=Bilingual(
            "La mitad central dura de {low:#} a {high:#} minutos, con una mediana de {median:#}. "
            "La última barra reúne las de cuatro horas o más.",
            "The middle half run {low:#} to {high:#} minutes, with a median of {median:#}. The "
            "last bar holds those of four hours or more.",
        ),
        axis=Bilingual("minutos", "minutes"),
        colour=BLUE,
        edges=tuple(range(0, _LONGEST + 20, 10)),
        tick_step=30,
        tick_label=lambda minutes: same(f"{minutes:g}{'+' * (minutes >= _LONGEST)}"),
    ),
    _Histogram(
        name="rating",
        title=Bilingual("Puntuación media", "Average rating"),
        caption=Bilingual(
            "La mitad central de las votadas va de {low:.1} a {high:.1}; mediana: {median:.1}.",
            "The middle half of rated films get {low:.1} to {high:.1}; the median is {median:.1}.",
        ),
        axis=Bilingual("puntos de 10", "points out of 10"),
        colour=GOLD,
        edges=tuple(half / 2 for half in range(22)),
    ),
    _Histogram(
        name="votes",
        title=Bilingual("Votos", "Votes"),
        caption=Bilingual(
            "La mediana es de {median:#} votos; una de cada cuatro películas tiene {high:#} o más. "
            "Cada barra abarca el doble de números que la anterior: 1, 2–3, 4–7, 8–15…",
            "The median film has {median:#} votes; one in four has {high:#} or more. Each bar "
            "covers twice as many numbers as the one before: 1, 2–3, 4–7, 8–15…",
        ),
        axis=Bilingual("votos (escala logarítmica)", "votes (logarithmic scale)"),
        colour=TEAL,
        integers=True,
    ),
    _Histogram(
        name="popularity",
        title=Bilingual("Popularidad", "Popularity"),
        caption=Bilingual(
            "La popularidad es una medida de TMDB. La mediana es {median:.2}.",
            "Popularity is a measure of TMDB’s. The median is {median:.2}.",
        ),
        axis=Bilingual("popularidad (escala logarítmica)", "popularity (logarithmic scale)"),
        colour=PLUM,
    ),
    _Histogram(
        name="budget",
        title=Bilingual("Presupuesto", "Budget"),
        caption=_MONEY,
        axis=_DOLLARS,
        colour=BLUE,
    ),
    _Histogram(
        name="revenue",
        title=Bilingual("Recaudación", "Revenue"),
        caption=_MONEY,
        axis=_DOLLARS,
        colour=TEAL,
    ),
)
