"""Horizontal bars, each with its name and its figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from etl.report.drawing.font import fit, text_width
from etl.report.drawing.svg import SIZE, WIDTH, element, text_element
from etl.report.texts import number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from etl.report.texts import Bilingual, Language

_ROW, _THICK = 23.0, 17.0
_MAX_NAME = 185.0
_BESIDE = 6.0
# What is hardly there is seen.
_LEAST = 1.0


class Bar(NamedTuple):
    """A bar: what it stands for, how long it is, and its colour."""

    name: Bilingual
    length: float
    colour: str


@dataclass(frozen=True)
class Bars:
    """Bars one below the other, as long as there is room for the figures beside them."""

    bars: Sequence[Bar]
    figure: Callable[[float], Bilingual] = number

    @property
    def height(self) -> float:
        """In pixels."""
        return _ROW * len(self.bars)

    def elements(self, language: Language) -> Iterator[str]:
        """Return the SVG elements, the lowest first."""
        names = [fit(language.translate(bar.name), SIZE, _MAX_NAME) for bar in self.bars]
        figures = [language.translate(self.figure(bar.length)) for bar in self.bars]
        left = max(text_width(name, SIZE) for name in names) + _BESIDE
        # Pixels for each unit, by the bar that leaves fewest.
        scale = min(
            (
                (WIDTH - left - _BESIDE - text_width(figure, SIZE)) / bar.length
                for bar, figure in zip(self.bars, figures, strict=True)
                if bar.length
            ),
            default=0.0,
        )
        for row, (bar, name, figure) in enumerate(zip(self.bars, names, figures, strict=True)):
            middle = (row + 0.5) * _ROW
            width = max(bar.length * scale, _LEAST) if bar.length else 0.0
            yield text_element(name, left - _BESIDE, middle, anchor="end")
            yield element(
                "rect", x=left, y=middle - _THICK / 2, width=width, height=_THICK, fill=bar.colour
            )
            yield text_element(figure, left + width + _BESIDE, middle)
