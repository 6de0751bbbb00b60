"""How charts are drawn: Vega-Lite specifications, and what they have in common.

They say each text in both languages (`Bilingual`) until `localise` chooses one. Otherwise they
are written as Vega-Lite documents them (https://vega.github.io/vega-lite/docs), in plain
dictionaries: the modules that use them also run where the catalogue is measured, and a drawing
library would cost that process 35 MB.
"""

from __future__ import annotations

import json
import math
from bisect import bisect
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from etl.report.numbers import Numbers
from etl.report.palette import GRID, INK, PAPER, SEQUENTIAL, SOFT
from etl.report.texts import Bilingual, both, number, same

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from etl.report.facts import Cell
    from etl.report.texts import Language

type Spec = dict[str, Any]

# As wide as each other, whichever there is; the first comes with vl-convert, so that pictures are
# the same on every machine.
_FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
WIDTH = 400
LOW = 230
_BAR = 23
# Room beyond the longest bar, for its figure.
_BEYOND = 1.18
_BINS = (1, 3, 10, 30, 100, 300, 1_000, 3_000)
_MAX_TICKS = 10

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
    "font": _FONT,
    "aria": False,
    "axis": _LETTERS
    | {"domain": False, "gridColor": GRID, "ticks": False, "titlePadding": 8, "labelSeparation": 8},
    "legend": _LETTERS | {"labelLimit": 260},
    "view": {"stroke": None},
}


def encode(shorthand: str, **options: object) -> Spec:
    """Encode a field.

    Parameters
    ----------
    shorthand
        Its name and type: `films:Q` is a number, `name:N` a name, `decade:O` is in order.
    **options
        Further properties of the channel, as Vega-Lite names them.
    """
    field, kind = shorthand.split(":")
    kinds = {"N": "nominal", "O": "ordinal", "Q": "quantitative"}
    return {"field": field, "type": kinds[kind], **options}


_FILMS = Bilingual("películas", "films")
# How many films there are, upwards.
FILMS = encode("films:Q", title=_FILMS, axis={"format": ",d", "tickCount": 5})
X, Y = encode("x:Q"), encode("y:Q")


def view(rows: Iterable[Mapping[str, Any]], mark: Spec, **encoding: Spec) -> Spec:
    """Draw rows with one kind of mark.

    Parameters
    ----------
    rows
        The data.
    mark
        Its `type` and how it looks.
    **encoding
        The field that each channel shows.
    """
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}


def fitted(spec: Spec, height: int) -> Spec:
    """Give a chart its size, axes and legends included.

    Parameters
    ----------
    spec
        The chart.
    height
        In pixels; the width is `WIDTH`.
    """
    fit = {"type": "fit", "contains": "padding"}
    return spec | {"width": WIDTH, "height": height, "autosize": fit}


def bars(
    rows: Sequence[tuple[Bilingual, float, str]], write: Callable[[float], Bilingual] = number
) -> Spec:
    """Draw horizontal bars.

    Parameters
    ----------
    rows
        The name, the length and the colour of each bar, in order.
    write
        Writes the figure beside a bar.
    """
    data = [
        {"name": name, "films": round(length, 4), "label": write(length), "colour": colour}
        for name, length, colour in rows
    ]
    longest = round(max(length for _, length, _ in rows), 4)
    places = {
        "y": encode("name:N", sort=None, title=None, axis={"labelLimit": 165, "labelPadding": 6}),
        "x": encode("films:Q", axis=None, scale={"domain": [0, longest * _BEYOND]}),
    }
    bar = {"type": "bar", "cornerRadiusEnd": 2, "height": {"band": 0.74}}
    figure = {"type": "text", "align": "left", "dx": 5, "color": INK, "fontSize": 13}
    layers = [
        view(data, bar, **places, color=encode("colour:N", scale=None)),
        view(data, figure, **places, text=encode("label:N")),
    ]
    return fitted({"layer": layers}, _BAR * len(data) + 16)


def donut(parts: Sequence[tuple[Bilingual, int, str]]) -> Spec:
    """Draw shares of a whole as a ring: a name, a number of films and a colour each."""
    names, films, colours = zip(*parts, strict=True)
    label = same("{name} · {share:%}")
    rows = [
        {"name": label.fill(name=name, share=own / sum(films)), "films": own, "order": order}
        for order, (name, own) in enumerate(zip(names, films, strict=True))
    ]
    scale = {"domain": [row["name"] for row in rows], "range": list(colours)}
    legend = {"title": None, "orient": "right", "symbolType": "circle", "rowPadding": 7}
    arc = {"type": "arc", "innerRadius": 50, "outerRadius": 90, "stroke": PAPER, "strokeWidth": 2}
    ring = view(
        rows,
        arc,
        theta=encode("films:Q", stack=True),
        order=encode("order:Q"),
        color=encode("name:N", sort=None, scale=scale, legend=legend),
    )
    return fitted(ring, 200)


def density(cells: Sequence[Cell], across: Bilingual, up: Bilingual) -> Spec:
    """Draw how many films lie in each cell of two logarithmic axes, the more the darker.

    Parameters
    ----------
    cells
        At least one.
    across, up
        The axes' titles.
    """
    # Few and many differ by magnitudes, and so do the shades.
    most = max(cell.films for cell in cells)
    starts = [start for start in _BINS if start <= most]
    labels = [
        f"{start}–{end - 1}" if end - 1 > start else f"{start}" for start, end in pairwise(starts)
    ]
    labels.append(f"{starts[-1]}+")
    rows = [cell._asdict() | {"amount": labels[bisect(starts, cell.films) - 1]} for cell in cells]
    left, right, low, high = extent(cells)
    return view(
        rows,
        {"type": "rect"},
        x=log_axis("x", (left, right), across),
        x2={"field": "x_end"},
        y=log_axis("y", (low, high), up),
        y2={"field": "y_end"},
        color=shades(labels, SEQUENTIAL, _FILMS, columns=4, columnPadding=16),
    )


def cell_numbers(cells: Sequence[Cell], across: str, up: str) -> Numbers:
    """Return what `density` draws.

    Parameters
    ----------
    cells
        At least one.
    across, up
        What the columns of the two numbers are called.
    """
    edges = (f"{name}_{end}" for name in (across, up) for end in ("from", "to"))
    return Numbers((*edges, "films"), cells)


def extent(cells: Sequence[Cell]) -> tuple[float, float, float, float]:
    """Return where cells begin and end across, and where they begin and end upwards."""
    x, x_end, y, y_end, _ = zip(*cells, strict=True)
    return min(x), max(x_end), min(y), max(y_end)


def shades(
    labels: Sequence[object], colours: Sequence[str], title: Bilingual, **legend: object
) -> Spec:
    """Encode the field `amount` by its shade.

    Parameters
    ----------
    labels
        The values of the field, in order.
    colours
        One for each, or more.
    title, **legend
        Of the legend, which is above the chart.
    """
    squares = {"orient": "top", "direction": "horizontal", "symbolType": "square"}
    scale = {"domain": list(labels), "range": list(colours[: len(labels)])}
    return encode("amount:N", scale=scale, legend={"title": title, **squares, **legend})


def log_axis(field: str, edges: tuple[float, float], title: Bilingual | None) -> Spec:
    """Encode a positive number on a logarithmic scale, with whole powers of ten labelled.

    Parameters
    ----------
    field
        Of the data.
    edges
        Where the axis begins and ends.
    title
        Beside the axis.
    """
    first, last = (math.log10(edge) for edge in edges)
    powers = list(range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1))
    powers = powers[:: 2 if len(powers) > _MAX_TICKS else 1]
    # By exponent: 0.001 and 1e-3 are the same number and not the same text.
    exponent = "[toString(round(log(datum.value) / LN10))]"

    def label(language: Language) -> str:
        labels = {str(power): language.magnitude(10.0**power) for power in powers}
        return json.dumps(labels, ensure_ascii=False) + exponent

    values = [10.0**power for power in powers]
    scale = {"type": "log", "domain": list(edges), "nice": False}
    axis = {"values": values, "labelExpr": both(label), "grid": True, "labelOverlap": True}
    return encode(f"{field}:Q", title=title, scale=scale, axis=axis)


def localise(spec: Any, language: Language) -> Any:  # noqa: ANN401 (whatever a specification holds)
    """Return a specification, or a part of one, with every text in one language.

    Parameters
    ----------
    spec
        As charts draw it: texts may be `Bilingual`.
    language
        Of the texts.
    """
    if isinstance(spec, Bilingual):
        return language.translate(spec)
    if isinstance(spec, dict):
        return {key: localise(value, language) for key, value in spec.items()}
    if isinstance(spec, list):
        return [localise(value, language) for value in spec]
    return spec
