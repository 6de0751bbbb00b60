"""Where the texts of a drawing stand, by the widths of their letters."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from etl.report.drawing.font import text_width
from etl.report.drawing.svg import SIZE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree import ElementTree as ET

# Of a text's size, from the line it stands on: how far its letters reach up and down.
_UP, _DOWN = 0.72, 0.2


class Placed(NamedTuple):
    """A text and the box around its letters."""

    text: str
    left: float
    right: float
    top: float
    bottom: float

    def overlaps(self, other: Placed) -> bool:
        """Whether letters of both stand at the same place."""
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def texts_in(element: ET.Element, down: float = 0.0) -> Iterator[Placed]:
    """Yield the texts of an SVG element that has been moved down by so many pixels."""
    if move := element.get("transform"):
        across, more = move.removeprefix("translate(").removesuffix(")").split()
        assert across == "0"
        down += float(more)
    for child in element:
        if child.tag.endswith("}text"):
            size = float(child.get("font-size", SIZE))
            width = text_width(child.text or "", size, bold=child.get("font-weight") == "bold")
            before = {"start": 0.0, "middle": 0.5, "end": 1.0}[child.get("text-anchor", "start")]
            left, line = (
                float(child.get("x", "")) - before * width,
                float(child.get("y", "")) + down,
            )
            top, bottom = line - _UP * size, line + _DOWN * size
            yield Placed(child.text or "", left, left + width, top, bottom)
        yield from texts_in(child, down)
