"""How much is known: of how many films, by decade, and with how few names."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, override

from etl.report.chart import Chart
from etl.report.drawing.axes import decades_axis, log_axis, names_axis, share_axis
from etl.report.drawing.bars import Bar, Bars
from etl.report.drawing.density import by_shade
from etl.report.drawing.donut import Donut, Part
from etl.report.drawing.legend import Legend
from etl.report.drawing.marks import Line
from etl.report.drawing.plot import Plot
from etl.report.numbers import Numbers
from etl.report.palette import BLUE, GOLD, GREY, SERIES, SHARES, TEAL
from etl.report.texts import Bilingual, same, text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from etl.report.drawing.svg import Drawing
    from etl.report.statistics import Statistics

SECTION = "coverage"
# A share of fewer films than these says little of their decade.
_ENOUGH_FILMS = 30
# How many of the most frequent names the caption of the reach is about.
_REACH_AT = 10

type _Shares = Mapping[str, float]
type _Curves = Mapping[str, tuple[tuple[int, float], ...]]


def _curve_numbers(curves: _Curves, along: str) -> Numbers:
    rows = [(field, *point) for field, points in curves.items() for point in points]
    return Numbers(("field", along, "share"), rows)


class _Coverage(Chart[_Shares]):
    """Which share of the films each field is known of, the best known first."""

    name = "coverage"
    title = Bilingual("Películas con cada dato", "Films with each field known")
    caption = Bilingual(
        "El dato más completo es {best} ({most:%} de películas); el menos, {worst} ({least:%}).",
        "The most complete field is {best} ({most:%} of the films), the least {worst} ({least:%}).",
    )

    @override
    def measure(self, catalogue: Statistics) -> _Shares:
        return catalogue.coverage

    @override
    def draw(self, facts: _Shares) -> Drawing:
        bars = [Bar(text("fields", field), share, TEAL) for field, share in facts.items()]
        return Bars(bars, lambda share: same("{share:%}").fill(share=share))

    @override
    def numbers(self, facts: _Shares) -> Numbers:
        return Numbers(("field", "share"), [*facts.items()])

    @override
    def caption_of(self, facts: _Shares) -> Bilingual:
        best, *_, worst = facts
        fields = {"best": text("fields", best), "worst": text("fields", worst)}
        return self.caption.fill(most=facts[best], least=facts[worst], **fields)


class _CoverageByDecade(Chart[_Curves]):
    """Which share of each decade's films each field is known of."""

    name = "coverage_decades"
    title = Bilingual("Datos conocidos por década", "Known fields by decade")
    caption = Bilingual(
        "El dato que más cambia es {field}: se conoce en el {first[1]:%} de las películas de la "
        "década de {first[0]} y en el {last[1]:%} de las de {last[0]}.",
        "The field that changes most is {field}: known for {first[1]:%} of the films of the "
        "{first[0]}s and for {last[1]:%} of those of the {last[0]}s.",
    )

    @override
    def measure(self, catalogue: Statistics) -> _Curves:
        films = catalogue.decades.value_counts().sort_index()
        enough = films[films >= _ENOUGH_FILMS]
        # A catalogue too small for that shows all that it has.
        shown = enough if len(enough) > 1 else films
        shares = catalogue.known.loc[shown.index].div(shown, axis=0)
        return {
            field: tuple(zip(shares.index.tolist(), shares[field].tolist(), strict=True))
            for field in catalogue.coverage
        }

    @override
    def draw(self, facts: _Curves) -> Drawing:
        steps = len(SHARES)
        cells = [
            ((x, x + 1, y, y + 1), min(int(share * steps), steps - 1))
            for y, shares in enumerate(facts.values())
            for x, (_, share) in enumerate(shares)
        ]
        decades = [decade for decade, _ in next(iter(facts.values()))]
        labels = [same("{share:%}+").fill(share=step / steps) for step in range(steps)]
        return Plot(
            x=decades_axis(decades),
            y=names_axis([text("fields", field) for field in facts], downwards=True),
            marks=by_shade(cells, SHARES, gap=1),
            legend=Legend(list(zip(labels, SHARES, strict=True)), Bilingual("conocido", "known")),
            height=400,
        )

    @override
    def numbers(self, facts: _Curves) -> Numbers:
        return _curve_numbers(facts, "decade")

    @override
    def caption_of(self, facts: _Curves) -> Bilingual:
        field = max(facts, key=lambda name: abs(facts[name][-1][1] - facts[name][0][1]))
        shares = facts[field]
        return self.caption.fill(field=text("fields", field), first=shares[0], last=shares[-1])


class _Known(NamedTuple):
    """Of how many films both amounts are known, one alone, or neither."""

    both: int
    budget: int
    revenue: int
    neither: int


class _MoneyKnown(Chart[_Known]):
    name = "money_known"
    title = Bilingual("Presupuesto y recaudación conocidos", "Known budget and revenue")
    caption = Bilingual(
        "Ambos importes se conocen en el {both:%} de las películas; ninguno, en el {neither:%}.",
        "Both amounts are known for {both:%} of the films, neither for {neither:%}.",
    )

    @override
    def measure(self, catalogue: Statistics) -> _Known:
        budget, revenue = catalogue.films["budget"] > 0, catalogue.films["revenue"] > 0
        kinds = (budget & revenue, budget & ~revenue, ~budget & revenue, ~budget & ~revenue)
        return _Known(*(int(kind.sum()) for kind in kinds))

    @override
    def draw(self, facts: _Known) -> Drawing:
        names = (
            Bilingual("Ambos", "Both"),
            Bilingual("Solo presupuesto", "Budget only"),
            Bilingual("Solo recaudación", "Revenue only"),
            Bilingual("Ninguno", "Neither"),
        )
        parts = map(Part, names, facts, (TEAL, BLUE, GOLD, GREY))
        return Donut([part for part in parts if part.size])

    @override
    def numbers(self, facts: _Known) -> Numbers:
        return Numbers(("known", "films"), [*facts._asdict().items()])

    @override
    def caption_of(self, facts: _Known) -> Bilingual:
        films = sum(facts)
        return self.caption.fill(neither=facts.neither / films, both=facts.both / films)


class _Reach(Chart[_Curves]):
    """Which share of the films has one at least of the `n` most frequent names of a list."""

    name = "reach"
    title = Bilingual("Alcance de los valores más frecuentes", "Reach of the most frequent values")
    caption = Bilingual(
        "Los {n:#} valores más frecuentes alcanzan el {most:%} de las películas en {widest} y el "
        "{least:%} en {narrowest}.",
        "The {n:#} most frequent values reach {most:%} of the films in {widest} and {least:%} in "
        "{narrowest}.",
    )

    @override
    def measure(self, catalogue: Statistics) -> _Curves | None:
        return catalogue.reach or None

    @override
    def draw(self, facts: _Curves) -> Drawing:
        furthest = max(steps[-1][0] for steps in facts.values())
        across = Bilingual(
            "los n más frecuentes (escala logarítmica)", "the n most frequent (logarithmic scale)"
        )
        names = [text("fields", field) for field in facts]
        return Plot(
            x=log_axis((1, max(furthest, 10)), across),
            y=share_axis(Bilingual("películas con alguno", "films with any of them")),
            marks=[
                Line(steps, colour, 2.2)
                for steps, colour in zip(facts.values(), SERIES, strict=False)
            ],
            legend=Legend(list(zip(names, SERIES, strict=False)), strokes=True),
            height=340,
        )

    @override
    def numbers(self, facts: _Curves) -> Numbers:
        return _curve_numbers(facts, "n")

    @override
    def caption_of(self, facts: _Curves) -> Bilingual:
        reached = [
            (max(share for n, share in steps if n <= _REACH_AT), field)
            for field, steps in facts.items()
        ]
        (most, widest), (least, narrowest) = max(reached), min(reached)
        fields = {"widest": text("fields", widest), "narrowest": text("fields", narrowest)}
        return self.caption.fill(n=_REACH_AT, most=most, least=least, **fields)


CHARTS = (_Coverage(), _CoverageByDecade(), _MoneyKnown(), _Reach())
