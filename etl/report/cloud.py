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
_LATIN_WIDTH, _OTHER_WIDTH = 611, 1000
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


class Word(NamedTuple):
    """A word, the middle of where it stands, and its size, in pixels."""

    text: str
    x: float
    y: float
    size: float

    def overlaps(self, other: Word) -> bool:
        """Tell whether two words lie on each other."""
        across = text_width(self.text, self.size) / 2 + text_width(other.text, other.size) / 2
        up = (self.size + other.size) * _HEIGHT / 2
        return abs(self.x - other.x) < across + 2 * _GAP and abs(self.y - other.y) < up


@cache
def place(words: tuple[tuple[str, int], ...], width: float, height: float) -> tuple[Word, ...]:
    """Place words, the most frequent first, from the middle outwards; the area goes by frequency.

    Parameters
    ----------
    words
        Each and its frequency, the most frequent first.
    width, height
        Of the cloud, in pixels.

    Returns
    -------
    tuple of Word
        Without those that find no room.
    """
    placed: list[Word] = []
    left_out = 0
    for text, times in words:
        size = max(_LEAST_SIZE, _GREATEST_SIZE * math.sqrt(times / words[0][1]))
        half_width, half_height = text_width(text, size) / 2 + _GAP, size * _HEIGHT / 2
        for x, y in _spiral(width, height):
            word = Word(text, x, y, size)
            within = half_width <= min(x, width - x) and half_height <= min(y, height - y)
            if within and not any(map(word.overlaps, placed)):
                placed.append(word)
                break
        else:
            left_out += 1
            if left_out == _FULL:
                break
    return tuple(placed)


@cache
def text_width(text: str, size: float) -> float:
    """Return the width of a word in pixels.

    Parameters
    ----------
    text
        The word.
    size
        Of its letters, in pixels.
    """
    widths = (
        _WIDTHS.get(sign, _LATIN_WIDTH if ord(sign) < _LATIN else _OTHER_WIDTH) for sign in text
    )
    return sum(widths) * size / 1000


def _spiral(width: float, height: float) -> Iterator[tuple[float, float]]:
    """Yield places on Archimedes' spiral, as wide in proportion as what it is to fill."""
    stretch = width / height
    angle = 0.0
    while (radius := _TURN * angle / math.tau) <= height * _TO_THE_CORNERS:
        yield width / 2 + radius * stretch * math.cos(angle), height / 2 + radius * math.sin(angle)
        # Steps of about the same length, however far out.
        angle += _STEP / max(radius, _STEP)
