"""What colours mean, above a plot."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from etl.report.drawing.font import text_width
from etl.report.drawing.svg import SIZE, WIDTH, element, text_element
from etl.report.palette import SOFT

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from etl.report.texts import Bilingual, Language

_ROW = 20.0
_SWATCH = 11.0
_STROKE = 3.0
# Between a swatch and its text, and between that and the next swatch.
_BESIDE, _APART = 6.0, 15.0


class Legend(NamedTuple):
    """What each colour means, after a title, in as many rows as that takes."""

    entries: Sequence[tuple[Bilingual, str]]
    title: Bilingual | None = None
    # Of lines, and not of cells.
    strokes: bool = False

    def draw(self, language: Language) -> tuple[float, list[str]]:
        """Return the height in pixels, and the SVG elements."""
        drawn: list[str] = []
        x, middle = 0.0, _ROW / 2
        texts = [language.translate(name) for name, _ in self.entries]
        widths = [_SWATCH + _BESIDE + text_width(text, SIZE) for text in texts]
        if self.title:
            title = language.translate(self.title)
            drawn.append(text_element(title, x, middle, fill=SOFT))
            x = text_width(title, SIZE) + _APART
            if x + sum(widths) + _APART * (len(widths) - 1) > WIDTH:
                x, middle = 0.0, middle + _ROW
        for text, width, (_, colour) in zip(texts, widths, self.entries, strict=True):
            if x and x + width > WIDTH:
                x, middle = 0.0, middle + _ROW
            drawn += self._swatch(x, middle, colour)
            drawn.append(text_element(text, x + _SWATCH + _BESIDE, middle))
            x += width + _APART
        return middle + _ROW / 2, drawn

    def _swatch(self, x: float, middle: float, colour: str) -> Iterator[str]:
        height = _STROKE if self.strokes else _SWATCH
        yield element("rect", x=x, y=middle - height / 2, width=_SWATCH, height=height, fill=colour)
