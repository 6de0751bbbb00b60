"""A plot: marks between two axes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from etl.report.drawing.font import text_width
from etl.report.drawing.marks import PlotArea
from etl.report.drawing.svg import SIZE, WIDTH, decimal, element, text_element
from etl.report.palette import GRID, INK, SOFT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from etl.report.drawing.axes import Axis
    from etl.report.drawing.legend import Legend
    from etl.report.drawing.marks import Mark
    from etl.report.texts import Bilingual, Language

# A line of text with the room around it, and how far letters reach below their capitals.
_LINE, _DESCENT = 20.0, 2.0
# Between an axis and its labels, and between two of these.
_BESIDE, _BELOW, _APART, _ABOVE_EACH_OTHER = 4.0, 6.0, 9.0, 4.0
# Marks keep off the labels, and off the edge of the drawing.
_INSET = 5.0


class _Written(NamedTuple):
    """The label of a tick, and how wide it is in pixels."""

    value: float
    text: str
    width: float


@dataclass(frozen=True, kw_only=True)
class Plot:
    """Marks between two axes, as high as it is said, its texts included."""

    x: Axis
    y: Axis
    marks: Sequence[Mark]
    height: float = 230.0
    legend: Legend | None = None
    # Above it, on the left.
    heading: Bilingual | None = None

    def elements(self, language: Language) -> Iterator[str]:
        """Return the SVG elements, the lowest first."""
        top = 0.0
        if self.legend:
            top, drawn = self.legend.draw(language)
            yield from drawn
        for above, colour in ((self.heading, INK), (self.y.title, SOFT)):
            if above:
                yield text_element(language.translate(above), 0, top + _LINE / 2, fill=colour)
                top += _LINE
        plot_area, across, down = self._layout(language, top)
        yield from self._grid(plot_area)
        for mark in self.marks:
            yield from mark.elements(plot_area, language)
        for value, text, _ in down:
            yield text_element(
                text, plot_area.left - _INSET - _BESIDE, plot_area.down(value), anchor="end"
            )
        for value, text, _ in across:
            middle = plot_area.bottom + _BELOW + SIZE / 2
            yield text_element(text, plot_area.across(value), middle, anchor="middle")
        if self.x.title:
            title, x = language.translate(self.x.title), (plot_area.left + plot_area.right) / 2
            yield text_element(
                title, x, self.height - _DESCENT - SIZE / 2, anchor="middle", fill=SOFT
            )

    def _layout(
        self, language: Language, top: float
    ) -> tuple[PlotArea, Sequence[_Written], Sequence[_Written]]:
        """Return where the data lie, below `top`, and the labels across and down beside them."""
        # Half a line for the label at the top.
        top += _LINE / 2 * bool(self.y.ticks)
        below = (_BELOW + SIZE + _DESCENT) * bool(self.x.ticks) + _LINE * bool(self.x.title)
        bottom = self.height - below
        down = _with_room(self.y, language, bottom - top, high=True)
        left = max((label.width + _BESIDE for label in down), default=0.0) + _INSET
        right = WIDTH - _INSET
        across = _with_room(self.x, language, right - left, high=False)
        if across:
            # The first and the last one stand out.
            (first, *_), (*_, last) = across, across
            share, room = self.x.scale.share, right - left
            left = max(left, first.width / 2 - share(first.value) * room)
            right = min(right, WIDTH - last.width / 2 + (1 - share(last.value)) * room)
        return PlotArea(self.x.scale, self.y.scale, left, right, top, bottom), across, down

    def _grid(self, plot_area: PlotArea) -> Iterator[str]:
        lines = ""
        if self.x.grid:
            ends = f" {decimal(plot_area.top)}V{decimal(plot_area.bottom)}"
            lines += "".join(
                f"M{decimal(plot_area.across(tick.value))}{ends}" for tick in self.x.ticks
            )
        if self.y.grid:
            left, right = decimal(plot_area.left - _INSET), decimal(plot_area.right)
            lines += "".join(
                f"M{left} {decimal(plot_area.down(tick.value))}H{right}" for tick in self.y.ticks
            )
        if lines:
            yield element("path", d=lines, stroke=GRID)


@dataclass(frozen=True)
class Stack:
    """Plots one below the other."""

    plots: Sequence[Plot]
    gap: float

    @property
    def height(self) -> float:
        """In pixels."""
        return sum(plot.height + self.gap for plot in self.plots) - self.gap

    def elements(self, language: Language) -> Iterator[str]:
        """Return the SVG elements, the lowest first."""
        top = 0.0
        for plot in self.plots:
            drawn = "".join(plot.elements(language))
            yield element("g", drawn, transform=f"translate(0 {decimal(top)})")
            top += plot.height + self.gap


def _with_room(axis: Axis, language: Language, length: float, *, high: bool) -> list[_Written]:
    """Return the labels of an axis, or as many of them as have room beside each other.

    Parameters
    ----------
    axis, language
        What is labelled, and in which language.
    length
        Of the axis, in pixels.
    high
        Whether it is the vertical one, on which labels are as long as they are high.
    """
    texts = [language.translate(tick.label) for tick in axis.ticks]
    labels = [
        _Written(tick.value, text, text_width(text, SIZE))
        for tick, text in zip(axis.ticks, texts, strict=True)
    ]
    for every in range(1, len(labels)):
        shown = [label for place, label in enumerate(labels) if (place - axis.anchor) % every == 0]
        if all(
            abs(axis.scale.share(other.value) - axis.scale.share(one.value)) * length
            >= (SIZE + _ABOVE_EACH_OTHER if high else (one.width + other.width) / 2 + _APART)
            for one, other in pairwise(shown)
        ):
            return shown
    return labels[:1]
