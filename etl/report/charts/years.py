"""When films are from: how many there are of each year, decade and month."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, NamedTuple, override

from etl.catalogue.localized_names import calendar_names
from etl.report.chart import Chart
from etl.report.palette import BLUE, GREY, INK
from etl.report.texts import Bilingual, number
from etl.report.vega import FILMS, LOW, Spec, bars, encode, fitted, view

if TYPE_CHECKING:
    import pandas as pd

    from etl.report.statistics import Statistics

SECTION = "time"
# Than 1 January, in a year.
_OTHER_DAYS = 364.25


class _Periods(NamedTuple):
    """How many films there are of each year or decade, and which one has most."""

    counts: tuple[tuple[int, int], ...]
    best: int
    films: int
    share: float

    @classmethod
    def of(cls, periods: pd.Series[int], step: int) -> _Periods:
        found = periods.value_counts()
        span = range(int(periods.min()), int(periods.max()) + 1, step)
        counts = {period: int(found.get(period, 0)) for period in span}
        best = max(span, key=counts.__getitem__)
        return cls(tuple(counts.items()), best, counts[best], counts[best] / len(periods))


class _Years(Chart[_Periods]):
    name = "years"
    title = Bilingual("Películas por año", "Films per year")
    caption = Bilingual(
        "El año con más películas es {best} ({films:#}); la mitad son de {middle} o posteriores.",
        "{best} has the most films ({films:#}); half of all films are from {middle} or later.",
    )

    @override
    def measure(self, catalogue: Statistics) -> _Periods:
        return _Periods.of(catalogue.films["release_year"], 1)

    @override
    def draw(self, facts: _Periods) -> Spec:
        rows = [{"year": year, "films": films} for year, films in facts.counts]
        line = {"color": BLUE, "strokeWidth": 1.5}
        area = {"type": "area", "line": line, "color": BLUE, "fillOpacity": 0.22}
        axis = {"format": "d", "grid": False, "tickMinStep": 1}
        x = encode("year:Q", title=None, scale={"nice": False, "zero": False}, axis=axis)
        return fitted(view(rows, area, x=x, y=FILMS), LOW)

    @override
    def caption_of(self, facts: _Periods) -> Bilingual:
        years, films = zip(*facts.counts, strict=True)
        seen = zip(years, accumulate(films), strict=True)
        middle = next(year for year, count in seen if count * 2 >= sum(films))
        return self.caption.fill(facts, middle=middle)


class _Decades(Chart[_Periods]):
    name = "decades"
    title = Bilingual("Películas por década", "Films per decade")
    caption = Bilingual(
        "La década de {best} tiene {films:#} películas, el {share:%} del catálogo.",
        "The {best}s have {films:#} films, {share:%} of the catalogue.",
    )

    @override
    def measure(self, catalogue: Statistics) -> _Periods:
        return _Periods.of(catalogue.decades, 10)

    @override
    def draw(self, facts: _Periods) -> Spec:
        rows = [
            {"decade": str(decade), "films": films, "label": number(films)}
            for decade, films in facts.counts
        ]
        axis = {"labelAngle": 0, "labelFontSize": 10, "labelOverlap": False}
        x, y = encode("decade:O", title=None, axis=axis), encode("films:Q", axis=None)
        bar = {"type": "bar", "color": BLUE, "cornerRadiusEnd": 2, "width": {"band": 0.8}}
        figure = {"type": "text", "dy": -8, "color": INK, "fontSize": 9.5}
        columns = view(rows, bar, x=x, y=y)
        figures = view(rows, figure, x=x, y=y, text=encode("label:N"))
        return fitted({"layer": [columns, figures]}, LOW)


class _Released(NamedTuple):
    """How many films came out in each month, from January; `undated` ones are in none of them."""

    months: tuple[int, ...]
    undated: int

    @property
    def january(self) -> int:
        return self.months[0] + self.undated

    @property
    def times(self) -> float:
        """How many times those of an ordinary day there are of 1 January."""
        return self.undated / max(sum(self.months), 1) * _OTHER_DAYS


class _Months(Chart[_Released]):
    name = "months"
    title = Bilingual("Películas por mes", "Films per month")
    caption = Bilingual(
        "De {january:#} películas de enero, {undated:#} están fechadas el día 1, {times:#} veces "
        "las de un día corriente: así fecha TMDB aquellas de las que sólo sabe el año.",
        "Of {january:#} films of January, {undated:#} are dated the 1st, {times:#} times those of "
        "an ordinary day: this is how TMDB dates films of which it knows the year alone.",
    )

    @override
    def measure(self, catalogue: Statistics) -> _Released:
        found = catalogue.films["release_date"].dt.month.value_counts()
        months = [int(found.get(month, 0)) for month in range(1, 13)]
        months[0] -= catalogue.undated
        return _Released(tuple(months), catalogue.undated)

    @override
    def draw(self, facts: _Released) -> Spec:
        names = (Bilingual(*names) for _, *names in calendar_names("months"))
        rows = [(name, films, BLUE) for name, films in zip(names, facts.months, strict=True)]
        return bars([*rows, (Bilingual("1 de enero", "1 January"), facts.undated, GREY)])


CHARTS = (_Years(), _Decades(), _Months())
