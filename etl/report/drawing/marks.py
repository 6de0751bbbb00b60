"""What a plot is made of: marks at places that are given in its data's numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol

from etl.report.drawing.svg import WIDTH, decimal, element, text_element
from etl.report.palette import INK, PAPER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from typing import Literal

    from etl.report.drawing.axes import Scale
    from etl.report.texts import Bilingual, Language

    type Point = tuple[float, float]
    # From left to right, and from bottom to top.
    type Rectangle = tuple[float, float, float, float]

_HALO = 3.0


class PlotArea(NamedTuple):
    """Where the numbers of a plot lie on its drawing, in pixels."""

    x: Scale
    y: Scale
    left: float
    right: float
    top: float
    bottom: float

    def across(self, value: float) -> float:
        """Return how far right a number is."""
        return self.left + self.x.share(value) * (self.right - self.left)

    def down(self, value: float) -> float:
        """Return how far down a number is."""
        return self.bottom - self.y.share(value) * (self.bottom - self.top)

    def line(self, points: Iterable[Point]) -> str:
        """Return the path from point to point."""
        return "M" + "L".join(
            f"{decimal(self.across(x))} {decimal(self.down(y))}" for x, y in points
        )


class Mark(Protocol):
    """Something to be seen in a plot."""

    def elements(self, plot_area: PlotArea, language: Language) -> Iterable[str]:
        """Return its SVG elements.

        Parameters
        ----------
        plot_area
            Places it.
        language
            Of its texts.
        """


class Rectangles(NamedTuple):
    """Rectangles of one colour, with pixels between neighbours: beside and below each other."""

    rectangles: Sequence[Rectangle]
    colour: str
    gap_across: float = 0.0
    gap_down: float = 0.0

    def elements(self, plot_area: PlotArea, _: Language) -> Iterator[str]:  # noqa: D102 (see `Mark`)
        path = []
        for x, x_end, y, y_end in self.rectangles:
            left, right = sorted((plot_area.across(x), plot_area.across(x_end)))
            top, bottom = sorted((plot_area.down(y), plot_area.down(y_end)))
            # Edges are rounded and not sizes, so that neighbours meet.
            left, right = round(left, 1), round(right - self.gap_across, 1)
            top, bottom = round(top, 1), round(bottom - self.gap_down, 1)
            path.append(
                f"M{decimal(left)} {decimal(top)}"
                f"H{decimal(right)}V{decimal(bottom)}H{decimal(left)}z"
            )
        yield element("path", d="".join(path), fill=self.colour)


class Line(NamedTuple):
    """A line from point to point; with `dots`, a dot on each."""

    points: Sequence[Point]
    colour: str
    width: float = 2.0
    dots: float = 0.0
    dashed: bool = False

    def elements(self, plot_area: PlotArea, language: Language) -> Iterator[str]:  # noqa: D102 (see `Mark`)
        dashes = {"stroke_dasharray": "4 3"} if self.dashed else {}
        path = plot_area.line(self.points)
        yield element(
            "path", d=path, fill="none", stroke=self.colour, stroke_width=self.width, **dashes
        )
        if self.dots:
            yield from Dots(self.points, self.colour, self.dots).elements(plot_area, language)


class Area(NamedTuple):
    """What lies between a line and 0."""

    points: Sequence[Point]
    colour: str

    def elements(self, plot_area: PlotArea, language: Language) -> Iterator[str]:  # noqa: D102 (see `Mark`)
        (first, _), (last, _) = self.points[0], self.points[-1]
        path = plot_area.line([(first, 0), *self.points, (last, 0)])
        yield element("path", d=path, fill=self.colour, fill_opacity="0.22")
        yield from Line(self.points, self.colour, 1.5).elements(plot_area, language)


class Dots(NamedTuple):
    """Points of one colour, `size` pixels wide."""

    points: Sequence[Point]
    colour: str
    size: float = 7.0

    def elements(self, plot_area: PlotArea, _: Language) -> Iterator[str]:  # noqa: D102 (see `Mark`)
        # A line of no length with round ends is a dot.
        path = "".join(
            f"M{decimal(plot_area.across(x))} {decimal(plot_area.down(y))}h0"
            for x, y in self.points
        )
        yield element(
            "path", d=path, stroke=self.colour, stroke_width=self.size, stroke_linecap="round"
        )


class Label(NamedTuple):
    """A text at a point, moved from there by so many pixels."""

    x: float
    y: float
    text: Bilingual
    right: float = 0.0
    down: float = 0.0
    anchor: Literal["start", "middle", "end"] = "start"
    colour: str = INK
    # Letters on cells have the paper around them.
    halo: bool = False
    size: float = 12.0
    limit: float = WIDTH

    def elements(self, plot_area: PlotArea, language: Language) -> Iterator[str]:  # noqa: D102 (see `Mark`)
        around: dict[str, str | float] = {}
        if self.halo:
            around = {"stroke": PAPER, "stroke_width": _HALO, "paint_order": "stroke"}
        if self.colour != INK:
            around["fill"] = self.colour
        x = plot_area.across(self.x) + self.right
        middle = plot_area.down(self.y) + self.down
        yield text_element(
            language.translate(self.text),
            x,
            middle,
            anchor=self.anchor,
            size=self.size,
            limit=min(self.limit, WIDTH - x) if self.anchor == "start" else self.limit,
            **around,
        )
