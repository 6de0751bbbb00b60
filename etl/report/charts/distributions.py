"""How long films are, how costly and how liked: histograms of what is known."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, override

from etl.report.chart import Chart
from etl.report.facts import Distribution
from etl.report.numbers import Numbers
from etl.report.palette import BLUE, GOLD, INK, PAPER, PLUM, TEAL
from etl.report.texts import Bilingual
from etl.report.vega import FILMS, LOW, Spec, encode, fitted, log_axis, view

if TYPE_CHECKING:
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
    tick_label: str = "datum.label"

    @override
    def measure(self, catalogue: Statistics) -> Distribution | None:
        return catalogue.distribution(self.name, self.edges, integers=self.integers)

    @override
    def draw(self, facts: Distribution) -> Spec:
        rows = [
            {"start": start, "end": end, "films": films, "floor": 0}
            for (start, end), films in zip(pairwise(facts.edges), facts.counts, strict=True)
        ]
        span = facts.edges[0], facts.edges[-1]
        if self.edges:
            ticks = list(range(0, int(span[1]) + 1, self.tick_step))
            axis = {"format": ",d", "grid": False, "values": ticks, "labelExpr": self.tick_label}
            scale = {"domain": list(span), "nice": False}
            x = encode("start:Q", title=self.axis, scale=scale, axis=axis)
        elif self.integers:
            axis = {"format": ",d", "grid": False, "values": facts.edges[::2]}
            scale = {"type": "log", "domain": list(span), "nice": False}
            x = encode("start:Q", title=self.axis, scale=scale, axis=axis)
        else:
            x = log_axis("start", span, self.axis)
        rect = {"type": "rect", "color": self.colour, "stroke": PAPER, "strokeWidth": 1}
        rule = {"type": "rule", "color": INK, "strokeDash": [4, 3], "strokeWidth": 1.5}
        bars = view(rows, rect, x=x, x2={"field": "end"}, y=FILMS, y2={"field": "floor"})
        median = view([{"start": facts.median}], rule, x=encode("start:Q"))
        return fitted({"layer": [bars, median]}, LOW)

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
        tick_label=f"datum.value >= {_LONGEST} ? datum.label + '+' : datum.label",
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
