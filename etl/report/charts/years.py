"""When films are from: how many there are of each year, decade and month."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING, Literal, NamedTuple, override

from etl.catalogue.localized_names import calendar_names
from etl.report.chart import Chart
from etl.report.drawing.axes import decades_axis, films_axis, number_axis
from etl.report.drawing.bars import Bar, Bars
from etl.report.drawing.marks import Area, Rectangles
from etl.report.drawing.plot import Plot
from etl.report.numbers import Numbers
from etl.report.palette import BLUE, GREY
from etl.report.texts import Bilingual, same

if TYPE_CHECKING:
    import pandas as pd

    from etl.report.drawing.svg import Drawing
    from etl.report.statistics import Statistics

SECTION = "time"
_MAX_LABELS = 8
_STEPS = (1, 2, 5, 10, 20, 50)
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
    def draw(self, facts: _Periods) -> Drawing:
        (first, _), (last, _) = facts.counts[0], facts.counts[-1]
        # There are none of the year before, nor of the one after.
        points = [(first - 1, 0), *facts.counts, (last + 1, 0)]
        return Plot(
            x=number_axis(
                (first - 1, last + 1), _ticks(first, last), label=lambda year: same(f"{year}")
            ),
            y=films_axis(facts.films),
            marks=[Area(points, BLUE)],
        )

    @override
    def numbers(self, facts: _Periods) -> Numbers:
        return Numbers(("year", "films"), facts.counts)

    @override
    def caption_of(self, facts: _Periods) -> Bilingual:
        years, films = zip(*facts.counts, strict=True)
        seen = zip(years, accumulate(films), strict=True)
        middle = next(year for year, count in seen if count * 2 >= sum(films))
        return self.caption.fill(facts, middle=middle)


def _ticks(first: int, last: int) -> list[int]:
    """Return round years to label, few enough to have room beside each other."""
    step = next(step for step in _STEPS if (last - first) // step < _MAX_LABELS)
    return list(range(-(-first // step) * step, last + 1, step))


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
    def draw(self, facts: _Periods) -> Drawing:
        decades, films = zip(*facts.counts, strict=True)
        bars = [(place + 0.1, place + 0.9, 0, each) for place, each in enumerate(films)]
        return Plot(
            x=decades_axis(decades),
            y=films_axis(facts.films),
            marks=[Rectangles(bars, BLUE)],
        )

    @override
    def numbers(self, facts: _Periods) -> Numbers:
        return Numbers(("decade", "films"), facts.counts)


class _Released(NamedTuple):
    """How many films came out in each month or on each weekday, from January or Monday.

    `undated` ones, of which the year alone is known, are in none of them.
    """

    counts: tuple[int, ...]
    undated: int
    # Those of January, whether their day is known or not.
    january: int

    @classmethod
    def of(cls, catalogue: Statistics, numbers: pd.Series[int], size: int) -> _Released:
        """Count the films by a number from 0 that each has, but for those without a day."""
        found = numbers[~catalogue.undated].value_counts()
        january = int((catalogue.films["release_date"].dt.month == 1).sum())
        counts = tuple(int(found.get(number, 0)) for number in range(size))
        return cls(counts, int(catalogue.undated.sum()), january)

    @property
    def times(self) -> float:
        """How many times those of an ordinary day there are of 1 January."""
        return self.undated / max(sum(self.counts), 1) * _OTHER_DAYS

    def named(self, kind: Literal["months", "days"]) -> list[tuple[Bilingual, int]]:
        """Return the name and the films of each."""
        names = (Bilingual(*names[:2]) for _, *names in calendar_names(kind))
        return list(zip(names, self.counts, strict=True))


def _undated(facts: _Released) -> Bar:
    return Bar(Bilingual("1 de enero", "1 January"), facts.undated, GREY)


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
        return _Released.of(catalogue, catalogue.films["release_date"].dt.month - 1, 12)

    @override
    def draw(self, facts: _Released) -> Drawing:
        return Bars([Bar(*each, BLUE) for each in facts.named("months")] + [_undated(facts)])

    @override
    def numbers(self, facts: _Released) -> Numbers:
        rows = [*facts.named("months"), _undated(facts)[:2]]
        return Numbers(("month", "films"), rows)


class _Weekdays(Chart[_Released]):
    name = "weekdays"
    title = Bilingual("Películas por día de la semana", "Films per day of the week")
    caption = Bilingual(
        "De las películas cuyo día se conoce, el {share:%} se estrenó en {best}. Las {undated:#} "
        "fechadas el 1 de enero están aparte: el día de la semana en que cayó no dice nada.",
        "Of the films whose day is known, {share:%} came out on a {best}. The {undated:#} dated "
        "1 January are apart: the day of the week that it was says nothing.",
    )

    @override
    def measure(self, catalogue: Statistics) -> _Released:
        return _Released.of(catalogue, catalogue.films["release_date"].dt.day_of_week, 7)

    @override
    def draw(self, facts: _Released) -> Drawing:
        return Bars([Bar(*each, BLUE) for each in facts.named("days")] + [_undated(facts)])

    @override
    def numbers(self, facts: _Released) -> Numbers:
        return Numbers(("day", "films"), [*facts.named("days"), _undated(facts)[:2]])

    @override
    def caption_of(self, facts: _Released) -> Bilingual:
        name, films = max(facts.named("days"), key=lambda each: each[1])
        return self.caption.fill(facts, best=name, share=films / max(sum(facts.counts), 1))


CHARTS = (_Years(), _Decades(), _Months(), _Weekdays())
