"""The charts: facts in, Vega-Lite specifications out, with every word in one language."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import altair as alt
from altair.utils.schemapi import debug_mode

from etl.report.cloud import place
from etl.report.colours import (
    BLUE,
    GOLD,
    GREY,
    GRID,
    INK,
    KNOWN,
    MANY,
    ON_DARK,
    ON_LIGHT,
    OPPOSITE,
    ORANGE,
    PAPER,
    PLUM,
    ROSE,
    SERIES,
    SOFT,
    TEAL,
)
from etl.report.readings import reason_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from altair.typing import ChartType

    from etl.report.facts import Box, Cell, Facts, Money, Ranking
    from etl.report.texts import Language

    type Rows = list[dict[str, Any]]
    type Drawn = ChartType

# As wide as each other, whichever there is; the first comes with vl-convert, so that pictures are
# the same on every machine.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"

_WIDTH = 460
_BAR = 23
_LOW, _CLOUD_HEIGHT = 230, 330
_BOX_WIDTH = 425
# Room beyond the longest bar, for its figure.
_BEYOND = 1.18
_READABLE_FROM = 0.55
_NAMED_DOTS = 5
_AMOUNTS = (1, 3, 10, 30, 100, 300, 1_000, 3_000)
# In magnitudes: how far a name reaches, and how far apart two lie on no other.
_NAME, _APART = 3.0, 0.35
_LAST_RUNTIME_LABEL = 240


# What all charts have in common, given to Vega-Lite beside each.
CONFIG: dict[str, Any] = {
    "background": PAPER,
    "padding": 4,
    "font": FONT,
    "aria": False,
    "axis": {
        "domain": False,
        "gridColor": GRID,
        "labelColor": INK,
        "labelFontSize": 13,
        "ticks": False,
        "titleColor": SOFT,
        "titleFontSize": 13,
        "titleFontWeight": "normal",
        "titlePadding": 8,
    },
    "legend": {
        "labelColor": INK,
        "labelFontSize": 13,
        "labelLimit": 260,
        "titleColor": SOFT,
        "titleFontSize": 13,
        "titleFontWeight": "normal",
    },
    "view": {"stroke": None},
}


def charts(facts: Facts, language: Language) -> dict[str, dict[str, Any]]:
    """Return the specifications by name, of those charts for which there is something to see."""
    # Altair looks at each part of a chart again and again; what is wrong with one is seen anyway.
    with debug_mode(arg=False):
        drawn = {name: draw(facts, language) for name, draw in CHARTS.items()}
        return {
            name: chart.to_dict(validate=False)
            for name, chart in drawn.items()
            if chart is not None
        }


def _of(rows: Iterable[Mapping[str, Any]]) -> alt.Chart:
    # As a text, which Altair neither looks into nor copies again at every step.
    text = json.dumps(list(rows), ensure_ascii=False)
    return alt.Chart(alt.InlineData(values=text, format=alt.JsonDataFormat(type="json")))


def _fitted(chart: Drawn, height: int) -> Drawn:
    """Give a chart its size, axes and legends included."""
    fit = alt.AutoSizeParams(type="fit", contains="padding")
    return chart.properties(width=_WIDTH, height=height, autosize=fit)


def _bars(rows: Rows) -> Drawn:
    """Draw bars in the rows' order: `name`, `films`, the figure in words, and its colour."""
    base = _of(rows).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=190, labelPadding=6)),
        x=alt.X(
            "films:Q",
            axis=None,
            scale=alt.Scale(domain=[0, max(row["films"] for row in rows) * _BEYOND]),
        ),
    )
    bars = base.mark_bar(cornerRadiusEnd=2, height={"band": 0.74}).encode(
        color=alt.Color("colour:N", scale=None)
    )
    figures = base.mark_text(align="left", dx=5, color=INK, fontSize=13).encode(text="label:N")
    return _fitted(alt.layer(bars, figures), _BAR * len(rows) + 16)


def _bar(name: str, films: int, colour: str, language: Language) -> dict[str, Any]:
    return {"name": name, "films": films, "label": language.number(films), "colour": colour}


def _ranking(name: str, colour: str, *, others: bool) -> Callable[[Facts, Language], Drawn | None]:
    def draw(facts: Facts, language: Language) -> Drawn | None:
        ranking: Ranking = getattr(facts, name)
        if not ranking.top:
            return None
        rows = [
            _bar(language.name(each.name), each.films, colour, language) for each in ranking.top
        ]
        if others and ranking.rest:
            rest = language.number(ranking.distinct - len(rows))
            rows.append(
                _bar(
                    f"{language.say('charts', name, 'other')} ({rest})",
                    ranking.rest,
                    GREY,
                    language,
                )
            )
        return _bars(rows)

    return draw


def _set_aside(facts: Facts, language: Language) -> Drawn | None:
    reasons: dict[str, int] = {}
    for counts in facts.rows.values():
        for reason, records in counts["set_aside"].items():
            reasons[reason] = reasons.get(reason, 0) + records
    if not reasons:
        return None
    ordered = sorted(reasons.items(), key=lambda item: -item[1])
    return _bars(
        [_bar(reason_in(reason, language), records, ROSE, language) for reason, records in ordered]
    )


def _pie(parts: Sequence[tuple[str, int]], colours: Sequence[str], language: Language) -> Drawn:
    """Draw shares of a whole as a ring; the legend says how large each is."""
    whole = sum(films for _, films in parts)
    rows: Rows = [
        {"name": f"{name} · {language.share(films / whole)}", "films": films, "order": order}
        for order, (name, films) in enumerate(parts)
    ]
    chart = (
        _of(rows)
        .mark_arc(innerRadius=58, outerRadius=104, stroke=PAPER, strokeWidth=2)
        .encode(
            theta=alt.Theta("films:Q", stack=True),
            order=alt.Order("order:Q"),
            color=alt.Color(
                "name:N",
                sort=None,
                scale=alt.Scale(domain=[row["name"] for row in rows], range=colours[: len(rows)]),
                legend=alt.Legend(title=None, orient="right", symbolType="circle", rowPadding=7),
            ),
        )
    )
    return _fitted(chart, 230)


def _original_languages(facts: Facts, language: Language) -> Drawn | None:
    ranking = facts.original_languages
    if not ranking.top:
        return None
    parts = [(language.name(each.name), each.films) for each in ranking.top]
    colours = list(SERIES[: len(parts)])
    if ranking.rest:
        rest = ranking.distinct - len(parts)
        parts.append(
            (language.say("charts", "original_languages", "other", rest=rest), ranking.rest)
        )
        colours.append(GREY)
    return _pie(parts, colours, language)


def _money_known(facts: Facts, language: Language) -> Drawn | None:
    takings = facts.takings
    counts = (takings.both, takings.budget, takings.revenue, takings.neither)
    parts = zip(
        ("both", "budget", "revenue", "neither"), counts, (TEAL, BLUE, GOLD, GREY), strict=True
    )
    known = [
        (language.say("charts", "money_known", name), n, colour) for name, n, colour in parts if n
    ]
    return _pie([part[:2] for part in known], [part[2] for part in known], language)


def _years(facts: Facts, language: Language) -> Drawn | None:
    rows = [{"year": year, "films": films} for year, films in facts.years]
    chart = (
        _of(rows)
        .mark_area(line={"color": BLUE, "strokeWidth": 1.5}, color=BLUE, fillOpacity=0.22)
        .encode(
            x=alt.X(
                "year:Q",
                title=None,
                scale=alt.Scale(nice=False, zero=False),
                axis=alt.Axis(format="d", grid=False, tickMinStep=1),
            ),
            y=_films_axis(language),
        )
    )
    return _fitted(chart, _LOW)


def _decades(facts: Facts, language: Language) -> Drawn | None:
    rows = [
        {"decade": str(decade), "films": films, "label": language.number(films)}
        for decade, films in facts.decades
    ]
    base = _of(rows).encode(
        x=alt.X(
            "decade:O",
            title=None,
            axis=alt.Axis(labelAngle=0, labelFontSize=10, labelOverlap=False),
        ),
        y=alt.Y("films:Q", axis=None),
    )
    bars = base.mark_bar(color=BLUE, cornerRadiusEnd=2, width={"band": 0.8})
    figures = base.mark_text(dy=-8, color=INK, fontSize=9.5).encode(text="label:N")
    return _fitted(alt.layer(bars, figures), _LOW)


def _films_axis(language: Language) -> alt.Y:
    return alt.Y(
        "films:Q",
        title=language.say("charts", "years", "axis"),
        axis=alt.Axis(format=",d", tickCount=5),
    )


def _histogram(name: str, colour: str, *, log: bool) -> Callable[[Facts, Language], Drawn | None]:
    def draw(facts: Facts, language: Language) -> Drawn | None:
        found = facts.distributions[name]
        if found.quartiles is None:
            return None
        rows = [each._asdict() | {"floor": 0} for each in found.bins]
        edges = (found.bins[0].start, found.bins[-1].end)
        title = language.say("charts", name, "axis")
        if log:
            x = _log_axis("start", edges, title, language)
        else:
            x = alt.X(
                "start:Q",
                title=title,
                scale=alt.Scale(domain=list(edges), nice=False),
                axis=alt.Axis(
                    format=",d",
                    grid=False,
                    values=_round_steps(edges[1]),
                    labelExpr=_LABELS.get(name, alt.Undefined),
                ),
            )
        bars = (
            _of(rows)
            .mark_rect(color=colour, stroke=PAPER, strokeWidth=1)
            .encode(x=x, x2="end:Q", y=_films_axis(language), y2="floor:Q")
        )
        middle = (
            _of([{"start": found.quartiles[1]}])
            .mark_rule(color=INK, strokeDash=[4, 3], strokeWidth=1.5)
            .encode(x="start:Q")
        )
        return _fitted(alt.layer(bars, middle), _LOW)

    return draw


# The last bar of running time is of all that run as long or longer.
_LABELS = {"runtime": f"datum.value >= {_LAST_RUNTIME_LABEL} ? datum.label + '+' : datum.label"}


def _round_steps(end: float) -> list[int]:
    step = 1 if end <= max(_TENS) else 30
    return list(range(0, int(end) + 1, step))


_TENS = range(12)


def _log_axis(
    field: str, edges: tuple[float, float], title: str | None, language: Language
) -> alt.X:
    return alt.X(
        f"{field}:Q", title=title, scale=_log_scale(edges), axis=_log_ticks(edges, language)
    )


def _log_scale(edges: tuple[float, float]) -> alt.Scale:
    return alt.Scale(type="log", domain=list(edges), nice=False)


def _log_ticks(edges: tuple[float, float], language: Language) -> alt.Axis:
    """Label whole powers of ten, or every other one where there are many."""
    first, last = (math.log10(edge) for edge in edges)
    powers = list(range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1))
    step = 2 if len(powers) > max(_TENS) - 1 else 1
    values = [10.0**power for power in powers[::step]]
    labels = {
        str(i): language.magnitude(value) for i, value in zip(powers[::step], values, strict=True)
    }
    # By exponent: 0.001 and 1e-3 are the same number and not the same text.
    found = f"{json.dumps(labels, ensure_ascii=False)}[toString(round(log(datum.value) / LN10))]"
    return alt.Axis(values=values, labelExpr=found, grid=True, labelOverlap=True)


def _correlation(name: Literal["linear", "rank"]) -> Callable[[Facts, Language], Drawn | None]:
    def draw(facts: Facts, language: Language) -> Drawn | None:
        found = facts.correlations
        called = {each: language.say("fields", each) for each in found.variables}
        rows = [
            {
                "row": called[row],
                "column": called[column],
                "value": round(value, 4),
                "label": language.number(value, 2),
                "on": ON_DARK if abs(value) > _READABLE_FROM else ON_LIGHT,
            }
            for i, (row, values) in enumerate(
                zip(found.variables, getattr(found, name), strict=True)
            )
            for column, value in zip(found.variables[:i], values[:i], strict=True)
            if value is not None
        ]
        if not rows:
            return None
        order = list(called.values())
        base = _of(rows).encode(
            x=alt.X("column:N", sort=order, title=None, axis=alt.Axis(labelAngle=-35)),
            y=alt.Y("row:N", sort=order, title=None),
        )
        colour = alt.Color(
            "value:Q",
            scale=alt.Scale(domain=[-1, 0, 1], range=list(OPPOSITE), interpolate="rgb"),
            legend=None,
        )
        cells = base.mark_rect(stroke=PAPER, strokeWidth=2).encode(color=colour)
        figures = base.mark_text(fontSize=12.5).encode(
            text="label:N", color=alt.Color("on:N", scale=None)
        )
        return _fitted(alt.layer(cells, figures).resolve_scale(color="independent"), 340)

    return draw


def _map(cells: Sequence[Cell], x: alt.X, y: alt.Y, legend: str) -> alt.Chart:
    """Draw how many films lie where, the more the darker; few and many differ by magnitudes."""
    most = max(cell.films for cell in cells)
    steps = [step for step in _AMOUNTS if step <= most]
    amounts = [f"{low}–{high - 1}" if high - 1 > low else f"{low}" for low, high in pairwise(steps)]
    amounts.append(f"{steps[-1]}+")
    rows = [
        cell._asdict() | {"amount": amounts[sum(step <= cell.films for step in steps) - 1]}
        for cell in cells
    ]
    drawn: alt.Chart = (
        _of(rows)
        .mark_rect()
        .encode(
            x=x,
            x2="x_end:Q",
            y=y,
            y2="y_end:Q",
            color=alt.Color(
                "amount:N",
                scale=alt.Scale(domain=amounts, range=list(MANY[: len(steps)])),
                legend=alt.Legend(
                    title=legend,
                    orient="top",
                    direction="horizontal",
                    symbolType="square",
                    columns=8,
                    columnPadding=12,
                ),
            ),
        )
    )
    return drawn


def _edges(cells: Sequence[Cell]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return from where to where cells lie: across, and up."""
    across = min(cell.x for cell in cells), max(cell.x_end for cell in cells)
    up = min(cell.y for cell in cells), max(cell.y_end for cell in cells)
    return across, up


def _return_popularity(facts: Facts, language: Language) -> Drawn | None:
    found = facts.returns
    if not found.films:
        return None
    say = ("charts", "return_popularity")
    across, up = _edges(found.cells)
    x = _log_axis("x", across, language.say(*say, "x"), language)
    y = alt.Y(
        "y:Q", title=language.say(*say, "y"), scale=_log_scale(up), axis=_log_ticks(up, language)
    )
    layers: list[alt.Chart] = [_map(found.cells, x, y, language.say(*say, "count"))]
    if up[0] <= 1 <= up[1]:
        even = _of([{"y": 1, "x": across[0], "label": language.say(*say, "even")}])
        layers += [
            even.mark_rule(color=INK, strokeDash=[4, 3]).encode(y="y:Q"),
            even.mark_text(align="left", dx=6, dy=-8, color=INK, fontSize=12).encode(
                x="x:Q", y="y:Q", text="label:N"
            ),
        ]
    tenths = [{"x": popularity, "y": back} for popularity, back in found.medians]
    layers.append(
        _of(tenths)
        .mark_line(color=ORANGE, strokeWidth=2.5, point={"color": ORANGE, "size": 34})
        .encode(x="x:Q", y="y:Q")
    )
    return _fitted(alt.layer(*layers), 360)


def _money_units(facts: Facts, language: Language) -> Drawn | None:
    found = facts.takings
    if not found.cells:
        return None
    say = ("charts", "money_units")
    across, up = _edges(found.cells)
    x = _log_axis("x", across, language.say(*say, "x"), language)
    y = alt.Y(
        "y:Q", title=language.say(*say, "y"), scale=_log_scale(up), axis=_log_ticks(up, language)
    )
    layers: list[alt.Chart] = [_map(found.cells, x, y, language.say(*say, "count"))]
    dots = [{"x": film.budget, "y": film.revenue} for film in found.wrong_unit]
    layers.append(_of(dots).mark_point(color=ORANGE, filled=True, size=46).encode(x="x:Q", y="y:Q"))
    named = _named(found.wrong_unit)
    layers.append(
        _of(named)
        .mark_text(align="left", dx=7, color=INK, fontSize=12, limit=190)
        .encode(x="x:Q", y="y:Q", text="label:N")
    )
    return _fitted(alt.layer(*layers), 380)


def _named(films: Sequence[Money]) -> Rows:
    """Choose the best known films whose names have room to the right of their dots."""
    dots = [(math.log10(film.budget), math.log10(film.revenue)) for film in films]
    named: Rows = []
    for film, (x, y) in zip(films, dots, strict=True):
        in_the_way = sum(0 <= other - x <= _NAME and abs(up - y) < _APART for other, up in dots)
        if film.budget < film.revenue and in_the_way == 1 and len(named) < _NAMED_DOTS:
            named.append({"x": film.budget, "y": film.revenue, "label": film.film.title})
    return named


def _boxes(facts: Facts, language: Language) -> Drawn | None:
    if not facts.boxes:
        return None
    # Five charts under each other, as each variable has its own scale.
    return alt.vconcat(
        *(_box(name, found, language) for name, found in facts.boxes.items()), spacing=14
    )


def _box(name: str, found: Box, language: Language) -> Drawn:
    values = [found.whiskers[0], found.whiskers[1], *(each.value for each in found.furthest)]
    edges = (
        10.0 ** math.floor(math.log10(min(values)) + 1e-9),
        10.0 ** (math.ceil(math.log10(max(values)) - 1e-9)),
    )
    if edges[0] == edges[1]:
        edges = (edges[0], edges[1] * 10)
    x = _log_axis("low", edges, None, language)
    row = {
        "low": found.whiskers[0],
        "high": found.whiskers[1],
        "first": found.quartiles[0],
        "middle": found.quartiles[1],
        "third": found.quartiles[2],
    }
    one = _of([row])
    dots = _of([{"low": each.value} for each in found.furthest])
    count = language.say("charts", "boxes", "count", below=found.below, above=found.above)
    return alt.layer(
        one.mark_rule(color=SOFT, strokeWidth=1.5).encode(x=x, x2="high:Q"),
        one.mark_bar(color=BLUE, height=16, cornerRadius=2).encode(x="first:Q", x2="third:Q"),
        one.mark_tick(color=PAPER, thickness=2, height=16).encode(x="middle:Q"),
        dots.mark_point(color=ORANGE, filled=True, size=40, opacity=0.9).encode(x="low:Q"),
    ).properties(
        width=_BOX_WIDTH,
        height=36,
        title=alt.Title(
            f"{language.say('fields', name)} · {count}",
            anchor="start",
            color=INK,
            fontSize=13,
            fontWeight="normal",
            offset=2,
        ),
    )


def _words(facts: Facts, language: Language) -> Drawn | None:  # noqa: ARG001 (a word is itself)
    if not facts.words:
        return None
    rows = [
        {
            "text": word.text,
            "x": word.x,
            "y": word.y,
            "size": word.size,
            "colour": SERIES[i % len(SERIES)],
        }
        for i, word in enumerate(place(facts.words, _WIDTH, _CLOUD_HEIGHT))
    ]
    cloud: Drawn = (
        _of(rows)
        .mark_text(fontWeight="bold", baseline="middle")
        .encode(
            x=alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, _WIDTH])),
            y=alt.Y("y:Q", axis=None, scale=alt.Scale(domain=[_CLOUD_HEIGHT, 0])),
            text="text:N",
            size=alt.Size("size:Q", scale=None),
            color=alt.Color("colour:N", scale=None),
        )
        .properties(width=_WIDTH, height=_CLOUD_HEIGHT)
    )
    return cloud


def _coverage(facts: Facts, language: Language) -> Drawn | None:
    return _bars(
        [
            {
                "name": language.say("fields", field),
                "films": round(share, 4),
                "label": language.share(share),
                "colour": TEAL,
            }
            for field, share in facts.coverage.shares.items()
        ]
    )


def _coverage_decades(facts: Facts, language: Language) -> Drawn | None:
    last = len(KNOWN) - 1
    labels = [f"{language.share(step / len(KNOWN))}+" for step in range(len(KNOWN))]
    rows = [
        {
            "field": language.say("fields", field),
            "decade": str(decade),
            "amount": labels[min(int(share * len(KNOWN)), last)],
        }
        for field, shares in facts.coverage.decades.items()
        for decade, share in shares
    ]
    chart = (
        _of(rows)
        .mark_rect(stroke=PAPER, strokeWidth=1)
        .encode(
            x=alt.X("decade:O", title=None, axis=alt.Axis(labelAngle=-45, labelFontSize=12)),
            y=alt.Y("field:N", sort=None, title=None),
            color=alt.Color(
                "amount:N",
                scale=alt.Scale(domain=labels, range=list(KNOWN)),
                legend=alt.Legend(
                    title=language.say("charts", "coverage_decades", "share"),
                    orient="top",
                    direction="horizontal",
                    symbolType="square",
                    columns=5,
                ),
            ),
        )
    )
    return _fitted(chart, 400)


def _reach(facts: Facts, language: Language) -> Drawn | None:
    found = facts.coverage.reach
    if not found:
        return None
    rows = [
        {"n": n, "share": round(share, 4), "field": language.say("fields", field)}
        for field, steps in found.items()
        for n, share in steps
    ]
    names = [language.say("fields", field) for field in found]
    furthest = max(steps[-1][0] for steps in found.values())
    edges = (1.0, float(max(furthest, 10)))
    chart = (
        _of(rows)
        .mark_line(strokeWidth=2.2, interpolate="monotone")
        .encode(
            x=_log_axis("n", edges, language.say("charts", "reach", "x"), language),
            y=alt.Y(
                "share:Q",
                title=language.say("charts", "reach", "y"),
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format=".0%", tickCount=5),
            ),
            color=alt.Color(
                "field:N",
                scale=alt.Scale(domain=names, range=list(SERIES[: len(names)])),
                legend=alt.Legend(
                    title=None, orient="top", columns=3, symbolType="stroke", symbolStrokeWidth=3
                ),
            ),
        )
    )
    return _fitted(chart, 340)


CHARTS: dict[str, Callable[[Facts, Language], Drawn | None]] = {
    "set_aside": _set_aside,
    "genres": _ranking("genres", BLUE, others=True),
    "original_languages": _original_languages,
    "languages": _ranking("languages", TEAL, others=True),
    "countries": _ranking("countries", PLUM, others=True),
    "companies": _ranking("companies", GOLD, others=False),
    "keywords": _ranking("keywords", ROSE, others=False),
    "years": _years,
    "decades": _decades,
    "runtime": _histogram("runtime", BLUE, log=False),
    "rating": _histogram("rating", GOLD, log=False),
    "votes": _histogram("votes", TEAL, log=True),
    "popularity": _histogram("popularity", PLUM, log=True),
    "budget": _histogram("budget", BLUE, log=True),
    "revenue": _histogram("revenue", TEAL, log=True),
    "money_known": _money_known,
    "correlation_linear": _correlation("linear"),
    "correlation_rank": _correlation("rank"),
    "return_popularity": _return_popularity,
    "boxes": _boxes,
    "money_units": _money_units,
    "words": _words,
    "coverage": _coverage,
    "coverage_decades": _coverage_decades,
    "reach": _reach,
}
