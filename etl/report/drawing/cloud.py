"""A cloud of words: where each goes so that none lies on another.

The `wordcloud` library would bring Matplotlib and Pillow, some 90 MB, and fonts of its own; it
starts from random places, where the same catalogue must give the same picture.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, NamedTuple

from etl.report.drawing.font import text_width
from etl.report.drawing.svg import text_element

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from etl.report.texts import Language

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


@dataclass(frozen=True)
class Cloud:
    """Words where `place_words` has put them, in colours by turns."""

    words: Sequence[Word]
    colours: Sequence[str]
    height: float

    def elements(self, _: Language) -> Iterator[str]:
        """Return the SVG elements, the lowest first."""
        for (text, x, y, size), colour in zip(self.words, cycle(self.colours), strict=False):
            yield text_element(
                text,
                x,
                y,
                anchor="middle",
                size=size,
                fill=colour,
                font_weight="bold",
                # It takes the room it was given, whatever font a reader has.
                textLength=text_width(text, size, bold=True),
                lengthAdjust="spacingAndGlyphs",
            )


def place_words(words: Sequence[tuple[str, int]], width: float, height: float) -> list[Word]:
    """Place words from the middle outwards; the area goes by frequency.

    Parameters
    ----------
    words
        Each and its frequency, the most frequent first; one without room is left out.
    width, height
        Of the cloud, in pixels.
    """
    placed: list[Word] = []
    boxes: list[_Box] = []
    places = list(_spiral(width, height))
    left_out = 0
    for text, times in words:
        size = max(_LEAST_SIZE, _GREATEST_SIZE * math.sqrt(times / words[0][1]))
        half_width = text_width(text, size, bold=True) / 2 + _GAP
        half_height = size * _HEIGHT / 2
        margins = _Box(half_width, width - half_width, half_height, height - half_height)
        taken = [box.wider(half_width, half_height) for box in boxes]
        if place := _first_free(places, margins, taken):
            x, y = place
            boxes.append(_Box(x, x, y, y).wider(half_width, half_height))
            placed.append(Word(text, round(x, 1), round(y, 1), round(size, 1)))
        else:
            left_out += 1
            if left_out == _FULL:
                break
    return placed


class _Box(NamedTuple):
    """Where a box begins and ends across, and where it begins and ends downwards."""

    left: float
    right: float
    top: float
    bottom: float

    def wider(self, across: float, down: float) -> _Box:
        return _Box(self.left - across, self.right + across, self.top - down, self.bottom + down)


def _first_free(
    places: Iterable[tuple[float, float]], margins: _Box, taken: Sequence[_Box]
) -> tuple[float, float] | None:
    """Return the first place within the margins and in no box that is taken, if there is one."""
    # The box that one place is in is most often that of the next.
    last = None
    for x, y in places:
        if last and last.left < x < last.right and last.top < y < last.bottom:
            continue
        if not (margins.left <= x <= margins.right and margins.top <= y <= margins.bottom):
            continue
        for left, right, top, bottom in taken:
            if left < x < right and top < y < bottom:
                last = _Box(left, right, top, bottom)
                break
        else:
            return x, y
    return None


def _spiral(width: float, height: float) -> Iterator[tuple[float, float]]:
    """Yield places on Archimedes' spiral, as wide in proportion as what it is to fill."""
    stretch = width / height
    angle = 0.0
    while (radius := _TURN * angle / math.tau) <= height * _TO_THE_CORNERS:
        yield width / 2 + radius * stretch * math.cos(angle), height / 2 + radius * math.sin(angle)
        # Steps of about the same length, however far out.
        angle += _STEP / max(radius, _STEP)
