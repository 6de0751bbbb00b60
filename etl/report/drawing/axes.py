"""Scales, axes and what they are labelled with."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from etl.report.texts import Bilingual, both, number, same

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FILMS = Bilingual("películas", "films")
_MAX_TICKS = 7
# A tick at most this many times the greatest number is the end of an axis.
_NEAR = 1.05
# Powers of ten are computed, and 0.001 is none exactly.
_NEARLY = 1e-9


class Scale(NamedTuple):
    """Where numbers lie between the two ends of an axis; `low` may be the greater one."""

    low: float
    high: float
    logarithmic: bool = False

    def share(self, value: float) -> float:
        """Return where a number lies, from 0 at `low` to 1 at `high`."""
        if self.logarithmic:
            return math.log(value / self.low) / math.log(self.high / self.low)
        return (value - self.low) / (self.high - self.low)


class Tick(NamedTuple):
    """A number on an axis, and how it is written there."""

    value: float
    label: Bilingual


class Axis(NamedTuple):
    """A scale with its ticks.

    Where labels have no room beside each other, every second or third is written, and so on; the
    tick at `anchor`, which may be outside `ticks`, would be one of those.
    """

    scale: Scale
    ticks: Sequence[Tick]
    title: Bilingual | None = None
    grid: bool = False
    anchor: int = 0


def number_axis(
    span: tuple[float, float],
    values: Sequence[float],
    title: Bilingual | None = None,
    *,
    logarithmic: bool = False,
    label: Callable[[float], Bilingual] = number,
) -> Axis:
    """Return an axis with labels at given numbers, and without a grid.

    Parameters
    ----------
    span
        Where it begins and ends.
    values
        What is labelled.
    title
        Of the axis.
    logarithmic
        Whether its scale is.
    label
        Writes a number.
    """
    ticks = [Tick(value, label(value)) for value in values]
    return Axis(Scale(*span, logarithmic), ticks, title)


def films_axis(most: int) -> Axis:
    """Return the axis of how many films there are, from none to `most`, of at least one."""
    step = next(
        size
        for power in range(len(str(most)))
        for size in (10**power, 2 * 10**power, 5 * 10**power)
        if most // size < _MAX_TICKS
    )
    # Up to the next tick, if that is near.
    next_tick = -(-most // step) * step
    top = next_tick if next_tick <= most * _NEAR else most
    ticks = [Tick(films, number(films)) for films in range(0, top + 1, step)]
    return Axis(Scale(0, top), ticks, FILMS, grid=True)


def share_axis(title: Bilingual) -> Axis:
    """Return the axis of shares from 0 to 1, in per cent."""
    shares = [fifth / 5 for fifth in range(6)]
    ticks = [Tick(share, same("{share:%}").fill(share=share)) for share in shares]
    return Axis(Scale(0, 1), ticks, title, grid=True)


def log_axis(span: tuple[float, float], title: Bilingual | None = None) -> Axis:
    """Return a logarithmic axis with whole powers of ten labelled.

    Parameters
    ----------
    span
        Where it begins and ends.
    title
        Of the axis.
    """
    first, last = (math.log10(end) for end in span)
    powers = range(math.ceil(first - _NEARLY), math.floor(last + _NEARLY) + 1)
    ticks = [_magnitude(10.0**power) for power in powers]
    # One is labelled before other powers.
    return Axis(Scale(*span, logarithmic=True), ticks, title, grid=True, anchor=-powers.start)


def _magnitude(value: float) -> Tick:
    return Tick(value, both(lambda language: language.magnitude(value)))


def names_axis(names: Sequence[Bilingual], *, downwards: bool = False, anchor: int = 0) -> Axis:
    """Return an axis of names, each one wide: that of the first reaches from 0 to 1.

    Parameters
    ----------
    names
        In order.
    downwards
        Whether the first is at the top of a vertical axis.
    anchor
        Of the `Axis`.
    """
    ticks = [Tick(place + 0.5, name) for place, name in enumerate(names)]
    ends = (len(names), 0) if downwards else (0, len(names))
    return Axis(Scale(*ends), ticks, anchor=anchor)


def decades_axis(decades: Sequence[int]) -> Axis:
    """Return an axis of decades, each one wide; where few have room, centuries are labelled."""
    labels = [same(f"{decade}") for decade in decades]
    return names_axis(labels, anchor=(2000 - decades[0]) // 10)
