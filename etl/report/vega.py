"""How charts are drawn: Vega-Lite specifications, and what they have in common.

They are written as Vega-Lite documents them (https://vega.github.io/vega-lite/docs), in plain
dictionaries: the modules that use them also run where the catalogue is measured, and a drawing
library would cost that process 35 MB.
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from etl.report.palette import GREY, GRID, INK, PAPER, SEQUENTIAL, SOFT
from etl.report.texts import Bilingual

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from etl.report.facts import Cell
    from etl.report.texts import Language

type Spec = dict[str, Any]

# As wide as each other, whichever there is; the first comes with vl-convert, so that pictures are
# the same on every machine.
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
WIDTH = 460
LOW = 230
_BAR = 23
# Room beyond the longest bar, for its figure.
_BEYOND = 1.18
_BINS = (1, 3, 10, 30, 100, 300, 1_000, 3_000)
_MOST_TICKS = 10

_LETTERS = {
    "labelColor": INK,
    "labelFontSize": 13,
    "titleColor": SOFT,
    "titleFontSize": 13,
    "titleFontWeight": "normal",
}
# What all charts have in common, given to Vega-Lite beside each.
CONFIG: Spec = {
    "background": PAPER,
    "padding": 4,
    "font": FONT,
    "aria": False,
    "axis": _LETTERS | {"domain": False, "gridColor": GRID, "ticks": False, "titlePadding": 8},
    "legend": _LETTERS | {"labelLimit": 260},
    "view": {"stroke": None},
}


def encode(shorthand: str, **options: object) -> Spec:
    """Encode a field: `films:Q` is a number, `name:N` a name, `decade:O` something in order."""
    field, kind = shorthand.split(":")
    kinds = {"N": "nominal", "O": "ordinal", "Q": "quantitative"}
    return {"field": field, "type": kinds[kind], **options}


def view(rows: Iterable[Mapping[str, Any]], mark: Spec, **encoding: Spec) -> Spec:
    """Draw rows with one kind of mark.

    Parameters
    ----------
    rows
        The data, a mapping of fields each.
    mark
        Its `type` and how it looks.
    **encoding
        By channel of the mark, the field that it shows.
    """
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}


def fitted(spec: Spec, height: int) -> Spec:
    """Give a chart its size in pixels, axes and legends included."""
    fit = {"type": "fit", "contains": "padding"}
    return spec | {"width": WIDTH, "height": height, "autosize": fit}


def bars(
    rows: Sequence[tuple[Bilingual, float]],
    colour: str,
    language: Language,
    *,
    write: Callable[[float], str] | None = None,
    rest: tuple[Bilingual, float] | None = None,
) -> Spec:
    """Draw horizontal bars.

    Parameters
    ----------
    rows
        What each bar is called and how long it is, in order.
    colour
        Of these bars.
    language
        Of names and figures.
    write
        Writes the figure beside a bar; without it as a whole number.
    rest
        A last bar, grey, for all that have none.
    """
    coloured = [(*row, colour) for row in rows] + ([(*rest, GREY)] if rest else [])
    data = [
        {
            "name": language.translate(name),
            "films": round(length, 4),
            "label": (write or language.number)(length),
            "colour": shade,
        }
        for name, length, shade in coloured
    ]
    longest = round(max(length for _, length, _ in coloured), 4)
    places = {
        "y": encode("name:N", sort=None, title=None, axis={"labelLimit": 190, "labelPadding": 6}),
        "x": encode("films:Q", axis=None, scale={"domain": [0, longest * _BEYOND]}),
    }
    bar = {"type": "bar", "cornerRadiusEnd": 2, "height": {"band": 0.74}}
    figure = {"type": "text", "align": "left", "dx": 5, "color": INK, "fontSize": 13}
    layers = [
        view(data, bar, **places, color=encode("colour:N", scale=None)),
        view(data, figure, **places, text=encode("label:N")),
    ]
    return fitted({"layer": layers}, _BAR * len(data) + 16)


def donut(parts: Sequence[tuple[Bilingual, int, str]], language: Language) -> Spec:
    """Draw shares of a whole as a ring; the legend says how large each is.

    Parameters
    ----------
    parts
        The name of each part, how many films it is, and its colour.
    language
        Of the legend.
    """
    whole = sum(films for _, films, _ in parts)
    rows = [
        {
            "name": f"{language.translate(name)} · {language.share(films / whole)}",
            "films": films,
            "order": order,
        }
        for order, (name, films, _) in enumerate(parts)
    ]
    scale = {"domain": [row["name"] for row in rows], "range": [colour for *_, colour in parts]}
    legend = {"title": None, "orient": "right", "symbolType": "circle", "rowPadding": 7}
    arc = {"type": "arc", "innerRadius": 58, "outerRadius": 104, "stroke": PAPER, "strokeWidth": 2}
    ring = view(
        rows,
        arc,
        theta=encode("films:Q", stack=True),
        order=encode("order:Q"),
        color=encode("name:N", sort=None, scale=scale, legend=legend),
    )
    return fitted(ring, 230)


def density(
    cells: Sequence[Cell], axes: tuple[Bilingual, Bilingual], legend: Bilingual, language: Language
) -> Spec:
    """Draw how many films lie in each cell of two logarithmic axes, the more the darker.

    Few and many differ by magnitudes, and so do the steps of the legend.

    Parameters
    ----------
    cells
        At least one.
    axes
        What is across, and what is up.
    legend
        What is counted.
    language
        Of axes and legend.
    """
    most = max(cell.films for cell in cells)
    starts = [start for start in _BINS if start <= most]
    ends = [start - 1 for start in starts[1:]]
    labels = [
        f"{start}–{end}" if end > start else f"{start}"
        for start, end in zip(starts, ends, strict=False)
    ]
    labels.append(f"{starts[-1]}+")
    rows = [
        cell._asdict() | {"amount": labels[sum(start <= cell.films for start in starts) - 1]}
        for cell in cells
    ]
    across, up = extent(cells)
    return view(
        rows,
        {"type": "rect"},
        x=log_axis("x", across, axes[0], language),
        x2={"field": "x_end"},
        y=log_axis("y", up, axes[1], language),
        y2={"field": "y_end"},
        color=shades(labels, SEQUENTIAL, legend, language, columns=8, columnPadding=12),
    )


def extent(cells: Sequence[Cell]) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return from where to where cells lie: across, and up."""
    across = min(cell.x for cell in cells), max(cell.x_end for cell in cells)
    up = min(cell.y for cell in cells), max(cell.y_end for cell in cells)
    return across, up


def shades(
    labels: Sequence[str],
    colours: Sequence[str],
    title: Bilingual,
    language: Language,
    **legend: object,
) -> Spec:
    """Encode the field `amount`, one of `labels`, by its shade; the legend is above the chart."""
    squares = {"orient": "top", "direction": "horizontal", "symbolType": "square"}
    return encode(
        "amount:N",
        scale={"domain": list(labels), "range": list(colours[: len(labels)])},
        legend={"title": language.translate(title), **squares, **legend},
    )


def films_axis(language: Language) -> Spec:
    """Encode how many films there are, upwards."""
    title = language.translate(Bilingual("películas", "films"))
    return encode("films:Q", title=title, axis={"format": ",d", "tickCount": 5})


def log_axis(
    field: str, edges: tuple[float, float], title: Bilingual | None, language: Language
) -> Spec:
    """Encode a positive number on a logarithmic scale.

    Whole powers of ten are labelled, or every other one where there are many.

    Parameters
    ----------
    field
        Of the data.
    edges
        Where the axis begins and ends.
    title
        Beside the axis.
    language
        Of title and labels.
    """
    first, last = (math.log10(edge) for edge in edges)
    powers = list(range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1))
    powers = powers[:: 2 if len(powers) > _MOST_TICKS else 1]
    labels = {str(power): language.magnitude(10.0**power) for power in powers}
    # By exponent: 0.001 and 1e-3 are the same number and not the same text.
    found = f"{json.dumps(labels, ensure_ascii=False)}[toString(round(log(datum.value) / LN10))]"
    return encode(
        f"{field}:Q",
        title=title and language.translate(title),
        scale={"type": "log", "domain": list(edges), "nice": False},
        axis={
            "values": [10.0**power for power in powers],
            "labelExpr": found,
            "grid": True,
            "labelOverlap": True,
        },
    )
