"""A cloud of words: where each goes so that none lies on another.

Vega has a transform for it, which measures words on a canvas that only browsers have; and it
starts from random places, where the same catalogue must give the same picture.
"""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from etl.report.facts import Word

# Widths of Helvetica Bold in thousandths of its size (Adobe's font metrics), which Arial and
# Liberation Sans share; what is not Latin is as wide as it is high.
_WIDTHS = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz",
        (556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556, 278, 889,
         611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500),
        strict=True,
    )
)  # fmt: skip
_LATIN_WIDTH = 611
_OTHER_WIDTH = 1000
_LATIN = 0x250
_LEAST_SIZE, _GREATEST_SIZE = 12, 54
_GAP = 3
# Of a line's height, what letters without accents fill.
_HEIGHT = 0.92
# Of the height, from the middle on.
_TO_THE_CORNERS = math.sqrt(0.5)
# After so many words without room the cloud is full.
_FULL = 10
# Pixels from one place that is tried to the next, and from one turn of the spiral to the next.
_STEP, _TURN = 5.0, 5.0


class Placed(NamedTuple):
    """A word, the middle of where it stands, and its size, in pixels."""

    text: str
    x: float
    y: float
    size: float


class _Box(NamedTuple):
    x: float
    y: float
    half_width: float
    half_height: float

    def meets(self, other: _Box) -> bool:
        return (
            abs(self.x - other.x) < self.half_width + other.half_width
            and abs(self.y - other.y) < self.half_height + other.half_height
        )

    def within(self, width: float, height: float) -> bool:
        across, up = min(self.x, width - self.x), min(self.y, height - self.y)
        return self.half_width <= across and self.half_height <= up


@cache
def place(words: tuple[Word, ...], wide: float, high: float) -> list[Placed]:
    """Place words, the most frequent first, from the middle outwards; the area goes by frequency.

    Those that find no room are left out.
    """
    placed: list[Placed] = []
    taken: list[_Box] = []
    homeless = 0
    for word in words:
        size = _size(word.times, words[0].times)
        half_width = width(word.text, size) / 2 + _GAP
        half_height = size * _HEIGHT / 2
        for x, y in _spiral(wide, high):
            box = _Box(x, y, half_width, half_height)
            if box.within(wide, high) and not any(map(box.meets, taken)):
                taken.append(box)
                placed.append(Placed(word.text, round(x, 1), round(y, 1), round(size, 1)))
                break
        else:
            homeless += 1
            if homeless == _FULL:
                break
    return placed


def width(text: str, size: float) -> float:
    """Return how many pixels wide a word is at a size, in the letters that it was placed with."""
    wide = (_LATIN_WIDTH if ord(sign) < _LATIN else _OTHER_WIDTH for sign in text)
    return (
        sum(_WIDTHS.get(sign, other) for sign, other in zip(text, wide, strict=True)) * size / 1000
    )


def _size(times: int, most: int) -> float:
    return max(_LEAST_SIZE, _GREATEST_SIZE * math.sqrt(times / most))


def _spiral(width: float, height: float) -> Iterator[tuple[float, float]]:
    """Yield places on Archimedes' spiral, as wide in proportion as what it is to fill."""
    stretch = width / height
    angle = 0.0
    while True:
        radius = _TURN * angle / math.tau
        if radius > height * _TO_THE_CORNERS:
            return
        yield width / 2 + radius * stretch * math.cos(angle), height / 2 + radius * math.sin(angle)
        # Steps of about the same length, however far out.
        angle += _STEP / max(radius, _STEP)
