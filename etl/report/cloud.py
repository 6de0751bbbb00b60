"""A cloud of words: where each goes so that none lies on another.

Vega's transform for it measures words on a canvas that only browsers have, and starts from random
places, where the same catalogue must give the same picture. The `wordcloud` library would bring
Matplotlib and Pillow, some 90 MB, and fonts of its own.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
# How far the spiral goes, as a share of the height.
_TO_THE_CORNERS = math.sqrt(0.5)
# After this many words without room the cloud is full.
_FULL = 10
# Pixels between places on the spiral, and between its turns.
_STEP, _TURN = 5.0, 5.0


class Word(NamedTuple):
    """A word, the middle of where it stands, and its size, in pixels."""

    text: str
    x: float
    y: float
    size: float


def place(words: Sequence[tuple[str, int]], width: float, height: float) -> list[Word]:
    """Place words from the middle outwards; the area goes by frequency.

    Parameters
    ----------
    words
        Each and its frequency, the most frequent first; one without room is left out.
    width, height
        Of the cloud, in pixels.
    """
    placed: list[Word] = []
    boxes: list[tuple[float, float, float, float]] = []
    left_out = 0
    for text, times in words:
        size = max(_LEAST_SIZE, _GREATEST_SIZE * math.sqrt(times / words[0][1]))
        half_width, half_height = text_width(text, size) / 2 + _GAP, size * _HEIGHT / 2
        for x, y in _spiral(width, height):
            within = half_width <= min(x, width - x) and half_height <= min(y, height - y)
            if within and not any(
                abs(x - other_x) < half_width + across and abs(y - other_y) < half_height + up
                for other_x, other_y, across, up in boxes
            ):
                boxes.append((x, y, half_width, half_height))
                placed.append(Word(text, round(x, 1), round(y, 1), round(size, 1)))
                break
        else:
            left_out += 1
            if left_out == _FULL:
                break
    return placed


def text_width(text: str, size: float) -> float:
    """Return the width of a word in pixels.

    Parameters
    ----------
    text
        The word.
    size
        Of its letters, in pixels.
    """
    others = (_LATIN_WIDTH if ord(sign) < _LATIN else _OTHER_WIDTH for sign in text)
    return sum(map(_WIDTHS.get, text, others)) * size / 1000


def _spiral(width: float, height: float) -> Iterator[tuple[float, float]]:
    """Yield places on Archimedes' spiral, as wide in proportion as what it is to fill."""
    stretch = width / height
    angle = 0.0
    while (radius := _TURN * angle / math.tau) <= height * _TO_THE_CORNERS:
        yield width / 2 + radius * stretch * math.cos(angle), height / 2 + radius * math.sin(angle)
        # Steps of about the same length, however far out.
        angle += _STEP / max(radius, _STEP)
