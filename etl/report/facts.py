"""What is measured of a catalogue, in plain values that travel between processes.

Money is in US dollars, running time in minutes, and shares are from 0 to 1. What one chart alone
measures is described beside that chart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Facts(NamedTuple):
    """All that the report says of a catalogue."""

    # The first and the last of a film.
    years: tuple[int, int]
    # The figures at the head of the page, by their key in `texts.toml`.
    counts: Mapping[str, int]
    # By chart, what it measured; a chart without anything to see is not there.
    charts: Mapping[str, Any]
    # Whom to credit for the data.
    attribution: str


class Column(NamedTuple):
    """A column of the catalogue."""

    # As in the catalogue.
    name: str
    # `number`, `date`, `text` or `list`.
    kind: str
    # In how many films it is empty, and 0; None where it could not be.
    nulls: int
    zeros: int | None
    # How many different values, or names in lists, there are.
    distinct: int
    # Of the values; of texts it is their length in characters, of lists in entries. Dates are
    # ISO 8601. None in a column without values.
    low: float | str | None
    median: float | str | None
    high: float | str | None


class Distribution(NamedTuple):
    """How a number is spread over the films it is known of."""

    # Of the histogram's bins; there is one edge more.
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    # How many films it is known of, and which share of all.
    films: int
    share: float
    # The quartiles.
    low: float
    median: float
    high: float


class Cell(NamedTuple):
    """A cell of a histogram of two numbers, and how many films' numbers lie in it."""

    x: float
    x_end: float
    y: float
    y_end: float
    films: int


class Outlier(NamedTuple):
    """A film beyond a fence, and by how many interquartile ranges of the logarithms."""

    film: str
    value: float
    beyond: float


class BoxPlot(NamedTuple):
    """A number's box and whiskers, by Tukey's rule on its logarithms."""

    quartiles: tuple[float, float, float]
    # The least and the greatest value within the fences, one and a half interquartile ranges
    # beyond the outer quartiles.
    whiskers: tuple[float, float]
    # How many films lie beyond each fence.
    below: int
    above: int
    # Those that lie furthest beyond, on either side.
    furthest: tuple[Outlier, ...]
