"""How many films lie where: cells of a histogram of two numbers, the more films the darker."""

from __future__ import annotations

from bisect import bisect
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from etl.report.drawing.axes import FILMS, log_axis
from etl.report.drawing.legend import Legend
from etl.report.drawing.marks import Rectangles
from etl.report.numbers import Numbers
from etl.report.palette import SEQUENTIAL
from etl.report.texts import same

if TYPE_CHECKING:
    from collections.abc import Sequence

    from etl.report.drawing.axes import Axis
    from etl.report.drawing.marks import Rectangle
    from etl.report.facts import Cell
    from etl.report.texts import Bilingual

# Few and many differ by magnitudes, and so do the shades.
_BINS = (1, 3, 10, 30, 100, 300, 1_000, 3_000)


class Density(NamedTuple):
    """The parts of a plot on logarithmic axes: these, the cells by shade, and what shades mean."""

    x: Axis
    y: Axis
    marks: list[Rectangles]
    legend: Legend


def density(cells: Sequence[Cell], across: Bilingual, up: Bilingual) -> Density:
    """Return how many films lie in each cell.

    Parameters
    ----------
    cells
        At least one.
    across, up
        The axes' titles.
    """
    most = max(cell.films for cell in cells)
    starts = [start for start in _BINS if start <= most]
    labels = [
        f"{start}–{end - 1}" if end - 1 > start else f"{start}" for start, end in pairwise(starts)
    ]
    labels.append(f"{starts[-1]}+")
    shades = list(zip(map(same, labels), SEQUENTIAL, strict=False))
    left, right, low, high = extent(cells)
    return Density(
        log_axis((left, right), across),
        log_axis((low, high), up),
        by_shade([(cell[:4], bisect(starts, cell.films) - 1) for cell in cells], SEQUENTIAL),
        Legend(shades, FILMS),
    )


def by_shade(
    cells: Sequence[tuple[Rectangle, int]], colours: Sequence[str], gap: float = 0.0
) -> list[Rectangles]:
    """Return cells by their shade.

    Parameters
    ----------
    cells
        Each and which of the colours it has.
    colours
        In order.
    gap
        Between cells, in pixels.
    """
    shades: dict[int, list[Rectangle]] = {}
    for cell, shade in cells:
        shades.setdefault(shade, []).append(cell)
    return [Rectangles(shades[shade], colours[shade], gap, gap) for shade in sorted(shades)]


def cell_numbers(cells: Sequence[Cell], across: str, up: str) -> Numbers:
    """Return what `density` draws.

    Parameters
    ----------
    cells
        At least one.
    across, up
        What the columns of the two numbers are called.
    """
    edges = (f"{name}_{end}" for name in (across, up) for end in ("from", "to"))
    return Numbers((*edges, "films"), cells)


def extent(cells: Sequence[Cell]) -> tuple[float, float, float, float]:
    """Return where cells begin and end across, and where they begin and end upwards."""
    x, x_end, y, y_end, _ = zip(*cells, strict=True)
    return min(x), max(x_end), min(y), max(y_end)
