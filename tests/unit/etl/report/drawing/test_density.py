"""Rectangles by how many films lie in them."""

from __future__ import annotations

from etl.report.drawing.density import density
from etl.report.facts import Cell
from etl.report.palette import DIVERGING, SEQUENTIAL, diverging
from etl.report.texts import same


def test_the_more_films_the_darker_by_magnitude() -> None:
    films = (1, 2, 3, 9, 10, 150)
    cells = [Cell(10.0**n, 10.0 ** (n + 1), 1, 10, each) for n, each in enumerate(films)]

    _, _, marks, legend = density(cells, same("x"), same("y"))

    assert [label.en for label, _ in legend.entries] == ["1–2", "3–9", "10–29", "30–99", "100+"]
    assert [(len(shade.rectangles), shade.colour) for shade in marks] == [
        (2, SEQUENTIAL[0]),
        (2, SEQUENTIAL[1]),
        (1, SEQUENTIAL[2]),
        (1, SEQUENTIAL[4]),
    ]
    assert marks[-1].rectangles == [(10.0**5, 10.0**6, 1, 10)]


def test_the_axes_reach_as_far_as_the_cells() -> None:
    cells = [Cell(1, 10, 0.1, 1, 5), Cell(100, 1_000, 1, 10, 5)]

    x, y, _, _ = density(cells, same("x"), same("y"))

    assert (x.scale.low, x.scale.high, y.scale.low, y.scale.high) == (1, 1_000, 0.1, 10)


def test_numbers_from_minus_one_to_one_have_colours_in_between() -> None:
    assert tuple(map(diverging, (-1.0, 0.0, 1.0))) == DIVERGING
    assert diverging(0.5) == "#8ba8bc"
