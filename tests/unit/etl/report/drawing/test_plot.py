"""Plots: where their parts lie, and which labels have room."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from etl.report.drawing.axes import Axis, Scale, films_axis, log_axis, names_axis
from etl.report.drawing.legend import Legend
from etl.report.drawing.marks import Label, Line, Rectangles
from etl.report.drawing.plot import Plot, Stack
from etl.report.drawing.svg import document
from etl.report.texts import EN, ES, Bilingual, same
from tests.unit.etl.report.drawing.texts_in import texts_in

if TYPE_CHECKING:
    from etl.report.drawing.marks import Mark
    from etl.report.drawing.svg import Drawing
    from etl.report.texts import Language
    from tests.unit.etl.report.drawing.texts_in import Placed

BLUE, ROSE = "#0000ff", "#ff00ff"
NO_AXIS = Axis(Scale(0, 1), ())
NAMES = tuple(same(f"a longer name {number}") for number in range(9))


def plot(*marks: Mark, x: Axis = NO_AXIS, y: Axis = NO_AXIS) -> Plot:
    return Plot(x=x, y=y, marks=marks, height=100)


def draw(drawing: Drawing, language: Language = EN) -> ET.Element:
    return ET.fromstring(document(drawing, language, "it", "", ""))  # noqa: S314


def texts(drawing: Drawing, language: Language = EN) -> dict[str, Placed]:
    return {placed.text: placed for placed in texts_in(draw(drawing, language))}


def paths(drawing: Drawing, colour: str) -> list[list[float]]:
    """Return the numbers of each path that is filled or drawn in a colour."""
    return [
        [float(number) for number in re.findall(r"[\d.]+", each.get("d", ""))]
        for each in draw(drawing).iter()
        if colour in {each.get("fill"), each.get("stroke")}
    ]


def test_a_cell_reaches_from_number_to_number() -> None:
    # Five pixels are left free on both sides.
    drawn = plot(Rectangles([(100, 200, 0.25, 1)], BLUE), x=Axis(Scale(0, 390), ()))

    # From the top left corner to the right, down, and back to the left.
    assert paths(drawn, BLUE) == [[105, 0, 205, 75, 105]]


def test_cells_have_a_gap_between_them_and_stand_on_the_axis() -> None:
    drawn = plot(Rectangles([(0, 0.5, 0, 1), (0.5, 1, 0, 0.004)], BLUE, 2))

    ((left, top, right, bottom, _, second, low, _, second_bottom, _),) = paths(drawn, BLUE)
    assert (left, right, second) == (5, 198, 200)
    # What is next to nothing does not reach below.
    assert (top, bottom) == (0, 100)
    assert (low, second_bottom) == (99.6, 100)


def test_a_line_goes_from_point_to_point_with_a_dot_on_each() -> None:
    drawn = plot(Line([(0, 0), (0.5, 1), (1, 0.5)], ROSE, 2, dots=6))

    line, dots = paths(drawn, ROSE)
    assert line == [5, 100, 200, 0, 395, 50]
    # A dot is a line of length 0.
    assert dots == [5, 100, 0, 200, 0, 0, 395, 50, 0]


def test_a_label_stands_beside_its_point() -> None:
    label = Label(0.5, 0.5, Bilingual("aquí", "here"), right=7)

    (here,) = texts(plot(label)).values()

    assert (here.text, here.left) == ("here", 207)
    assert here.top < 50 < here.bottom
    assert texts(plot(label), ES).keys() == {"aquí"}


def test_a_label_ends_at_the_edge_of_the_drawing() -> None:
    (cut,) = texts(plot(Label(0.5, 0.5, same("a title that is far too long for it " * 2)))).values()

    assert cut.text.endswith("…")
    assert 380 < cut.right <= 400


def test_labels_without_room_are_left_out_by_turns() -> None:
    drawn = texts(plot(x=names_axis(NAMES)))

    assert list(drawn) == [NAMES[0].en, NAMES[3].en, NAMES[6].en]
    shown = list(drawn.values())
    assert all(one.right < other.left for one, other in pairwise(shown))


def test_those_are_left_out_that_leave_the_anchor() -> None:
    drawn = texts(plot(x=names_axis(NAMES, anchor=1)))

    assert list(drawn) == [NAMES[1].en, NAMES[4].en, NAMES[7].en]


@pytest.mark.parametrize("first", [-9, -6, 0, 3])
def test_of_powers_of_ten_without_room_one_is_labelled(first: int) -> None:
    axis = log_axis((10.0**first, 10.0 ** (first + 9)))

    shown = texts(plot(x=axis), ES).keys()

    values = [tick.value for tick in axis.ticks if tick.label.es in shown]
    assert 2 < len(values) < 10
    assert all(
        other / one == pytest.approx(values[1] / values[0]) for one, other in pairwise(values)
    )
    assert (1 in values) == (first <= 0)


def test_labels_at_the_ends_stand_within_the_drawing() -> None:
    drawn = texts(plot(x=log_axis((1, 10**5)), y=films_axis(9)), ES)

    last = drawn["100\N{NO-BREAK SPACE}mil"]
    assert 390 < last.right <= 400.1
    first = texts(plot(x=log_axis((10**-6, 10**3))), ES)["0,000001"]
    assert -0.1 <= first.left < 10


def test_only_names_with_room_stand_beside_a_low_plot() -> None:
    drawn = texts(plot(y=names_axis(NAMES, downwards=True)))

    assert list(drawn)[:2] == [NAMES[0].en, NAMES[2].en]
    tops = [name.top for name in drawn.values()]
    assert tops == sorted(tops)
    assert len({round(name.right, 1) for name in drawn.values()}) == 1


def test_a_legend_takes_as_many_rows_as_it_needs_and_the_plot_the_rest() -> None:
    def drawn(names: int) -> dict[str, Placed]:
        entries = [(name, BLUE) for name in NAMES[:names]]
        legend = Legend(entries, same("which"))
        return texts(
            Plot(
                x=NO_AXIS,
                y=films_axis(1),
                marks=(),
                height=300,
                legend=legend,
            )
        )

    two, nine = drawn(2), drawn(9)
    assert two["which"].top == two[NAMES[0].en].top == two[NAMES[1].en].top
    # It has a row of its own where not all have room beside it.
    assert nine["which"].bottom < nine[NAMES[0].en].top
    rows = sorted({each.top for each in nine.values() if each.text.startswith("a longer")})
    assert len(rows) == 3
    assert all(each.right <= 400 for each in nine.values())
    assert nine["films"].top > rows[-1]
    assert nine["1"].top > two["1"].top
    assert nine["0"].top == two["0"].top


def test_a_stack_has_its_plots_one_below_the_other() -> None:
    stack = Stack(
        [Plot(x=NO_AXIS, y=NO_AXIS, marks=(), height=50, heading=name) for name in NAMES[:3]], gap=8
    )

    tops = [name.top for name in texts(stack).values()]
    assert [other - one for one, other in pairwise(tops)] == pytest.approx([58, 58])
    assert stack.height == 166
