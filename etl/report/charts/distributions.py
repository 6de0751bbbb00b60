"""How long films are, how costly and how liked: histograms of what is known."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, override

from etl.report.chart import Chart
from etl.report.facts import Distribution
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

    `edges` are those of its bins; without them the scale is logarithmic.
    """

    axis: Bilingual
    colour: str
    edges: tuple[float, ...] = ()
    tick_step: int = 1
    tick_label: str = "datum.label"

    @override
    def measure(self, catalogue: Statistics) -> Distribution | None:
        return catalogue.distribution(self.name, self.edges)

    @override
    def draw(self, facts: Distribution) -> Spec:
        rows = [
            {"start": start, "end": end, "films": films, "floor": 0}
            for (start, end), films in zip(pairwise(facts.edges), facts.counts, strict=True)
        ]
        span = facts.edges[0], facts.edges[-1]
        if self.edges:
            x = encode(
                "start:Q",
                title=self.axis,
                scale={"domain": list(span), "nice": False},
                axis={
                    "format": ",d",
                    "grid": False,
                    "values": list(range(0, int(span[1]) + 1, self.tick_step)),
                    "labelExpr": self.tick_label,
                },
            )
        else:
            x = log_axis("start", span, self.axis)
        rect = {"type": "rect", "color": self.colour, "stroke": PAPER, "strokeWidth": 1}
        rule = {"type": "rule", "color": INK, "strokeDash": [4, 3], "strokeWidth": 1.5}
        bars = view(rows, rect, x=x, x2={"field": "end"}, y=FILMS, y2={"field": "floor"})
        median = view([{"start": facts.median}], rule, x=encode("start:Q"))
        return fitted({"layer": [bars, median]}, LOW)


_DOLLARS = Bilingual("dólares (escala logarítmica)", "dollars (logarithmic scale)")

CHARTS = (
    _Histogram(
        name="runtime",
        title=Bilingual("Duración", "Running time"),
        caption=Bilingual(
            "La mitad central de las películas dura de {low:#} a {high:#} minutos, con "
            "{median:#} de mediana; las de cuatro horas o más comparten la última barra.",
            "The middle half of the films run {low:#} to {high:#} minutes, {median:#} in the "
            "median; those of four hours and more share the last bar.",
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
            "La mitad central de las películas votadas saca de {low:.1} a {high:.1}, con "
            "{median:.1} de mediana.",
            "The middle half of the films with votes rate from {low:.1} to {high:.1}, "
            "{median:.1} in the median.",
        ),
        axis=Bilingual("puntos de 10", "points out of 10"),
        colour=GOLD,
        edges=tuple(half / 2 for half in range(22)),
    ),
    _Histogram(
        name="votes",
        title=Bilingual("Votos", "Votes"),
        caption=Bilingual(
            "La película mediana tiene {median:#} votos, y una de cada cuatro, {high:#} o más: "
            "unas pocas se llevan casi todos. La escala es logarítmica.",
            "The median film has {median:#} votes, and one in four {high:#} or more: a few get "
            "nearly all of them. The scale is logarithmic.",
        ),
        axis=Bilingual("votos (escala logarítmica)", "votes (logarithmic scale)"),
        colour=TEAL,
    ),
    _Histogram(
        name="popularity",
        title=Bilingual("Popularidad", "Popularity"),
        caption=Bilingual(
            "La popularidad, una medida propia de TMDB, tiene una mediana de {median:.2} y una "
            "cola larga hacia arriba y hacia abajo. La escala es logarítmica.",
            "Popularity, TMDB’s own measure, has a median of {median:.2} and a long tail both up "
            "and down. The scale is logarithmic.",
        ),
        axis=Bilingual("popularidad (escala logarítmica)", "popularity (logarithmic scale)"),
        colour=PLUM,
    ),
    _Histogram(
        name="budget",
        title=Bilingual("Presupuesto", "Budget"),
        caption=Bilingual(
            "Lo declaran {films:#} películas ({share:%}): la mediana es de {median:$} y la mitad "
            "central va de {low:$} a {high:$}. La escala es logarítmica.",
            "{films:#} films state one ({share:%}): the median is {median:$} and the middle half "
            "goes from {low:$} to {high:$}. The scale is logarithmic.",
        ),
        axis=_DOLLARS,
        colour=BLUE,
    ),
    _Histogram(
        name="revenue",
        title=Bilingual("Recaudación", "Takings"),
        caption=Bilingual(
            "La declaran {films:#} películas ({share:%}): la mediana es de {median:$} y la mitad "
            "central va de {low:$} a {high:$}. La escala es logarítmica.",
            "{films:#} films state them ({share:%}): the median is {median:$} and the middle half "
            "goes from {low:$} to {high:$}. The scale is logarithmic.",
        ),
        axis=_DOLLARS,
        colour=TEAL,
    ),
)
