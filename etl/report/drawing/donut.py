"""A ring of the parts of a whole."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from etl.report.drawing.svg import WIDTH, decimal, element, text_element
from etl.report.palette import PAPER
from etl.report.texts import same

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from etl.report.texts import Bilingual, Language

_INNER, _OUTER = 50.0, 90.0
_CENTRE_X, _CENTRE_Y = 110.0, 96.0
_LEGEND_X, _TEXT_X = 224.0, 236.0
_ROW, _DOT = 24.0, 10.0
_LABEL = same("{name} · {share:%}")


class Part(NamedTuple):
    """A part: what it is called, how large it is, and its colour."""

    name: Bilingual
    size: int
    colour: str


@dataclass(frozen=True)
class Donut:
    """A ring of parts, clockwise from the top, and beside it what each is called."""

    parts: Sequence[Part]
    height: ClassVar[float] = 2 * _CENTRE_Y

    def elements(self, language: Language) -> Iterator[str]:
        """Return the SVG elements, the lowest first."""
        whole = sum(part.size for part in self.parts)
        ends = pairwise(accumulate((part.size / whole for part in self.parts), initial=0.0))
        middle = _CENTRE_Y - _ROW * (len(self.parts) - 1) / 2
        for part, (start, end) in zip(self.parts, ends, strict=True):
            yield element(
                "path", d=_sector(start, end), fill=part.colour, stroke=PAPER, stroke_width=2
            )
            yield element("circle", cx=_LEGEND_X, cy=middle, r=_DOT / 2, fill=part.colour)
            label = _LABEL.fill(name=part.name, share=part.size / whole)
            yield text_element(language.translate(label), _TEXT_X, middle, limit=WIDTH - _TEXT_X)
            middle += _ROW


def _sector(start: float, end: float) -> str:
    """Return the path of a part of the ring, from one share of the whole to another."""
    # In two halves: an arc that ends where it begins would be none.
    places = (start, (start + end) / 2, end)
    outer = [_on_circle(place, _OUTER) for place in places]
    inner = [_on_circle(place, _INNER) for place in reversed(places)]
    there = f"A{_OUTER:g} {_OUTER:g} 0 0 1 ".join(outer)
    back = f"A{_INNER:g} {_INNER:g} 0 0 0 ".join(inner)
    return f"M{there}L{back}z"


def _on_circle(share: float, radius: float) -> str:
    angle = math.tau * share
    x, y = _CENTRE_X + radius * math.sin(angle), _CENTRE_Y - radius * math.cos(angle)
    return f"{decimal(x)} {decimal(y)}"
