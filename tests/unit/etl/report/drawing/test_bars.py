"""Bars and rings."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest

from etl.report.drawing.bars import Bar, Bars
from etl.report.drawing.donut import Donut, Part
from etl.report.drawing.svg import document
from etl.report.texts import EN, ES, same
from tests.unit.etl.report.drawing.texts_in import texts_in

BLUE, ROSE = "#0000ff", "#ff00ff"


def bars(*lengths: float, name: str = "name") -> tuple[list[float], list[float]]:
    """Return where each bar begins and how long it is drawn."""
    drawing = Bars([Bar(same(f"{name} {place}"), each, BLUE) for place, each in enumerate(lengths)])
    root = ET.fromstring(document(drawing, ES, "it", "", ""))  # noqa: S314
    drawn = [each for each in root.iter() if each.get("fill") == BLUE]
    assert all(-0.1 <= text.left < text.right <= 400.1 for text in texts_in(root))
    return [float(each.get("x", "")) for each in drawn], [
        float(each.get("width", "")) for each in drawn
    ]


def test_bars_begin_together_and_are_as_long_as_what_they_stand_for() -> None:
    starts, lengths = bars(3_000, 1_500, 0)

    assert len(set(starts)) == 1
    assert lengths[1] == pytest.approx(lengths[0] / 2, abs=0.1)
    assert lengths[2] == 0


def test_the_longest_bar_leaves_its_figure_its_room_and_no_more() -> None:
    starts, lengths = bars(20_234, 3)

    assert 400 - 60 < starts[0] + lengths[0] < 400 - 40
    # The shorter one is seen.
    assert lengths[1] == 1


def test_a_shorter_bar_whose_figure_is_longer_sets_the_scale() -> None:
    # Its figure is as long as the bar that is a little longer, and then some.
    starts, lengths = bars(20.5, 20.4)

    assert lengths[0] > lengths[1] > 0.99 * lengths[0]
    assert starts[0] + lengths[0] < 400


def test_names_without_room_are_cut_off() -> None:
    starts, lengths = bars(1, name="unending " * 9)

    assert starts[0] < 200
    assert lengths[0] > 150


def test_bars_of_nothing_at_all_are_drawn() -> None:
    assert bars(0, 0)[1] == [0, 0]


def sectors(*sizes: int) -> list[list[tuple[float, float]]]:
    """Return the corners of each part of a ring, and the middles of its arcs."""
    parts = [Part(same(str(size)), size, BLUE) for size in sizes]
    root = ET.fromstring(document(Donut(parts), EN, "it", "", ""))  # noqa: S314
    found = [
        each.get("d", "") for each in root.iter() if each.get("fill") == BLUE and each.get("d")
    ]
    pair = re.compile(r"(?:M|L|A\d+ \d+ 0 0 [01] )([\d.]+) ([\d.]+)")
    return [[(float(x), float(y)) for x, y in pair.findall(path)] for path in found]


def test_parts_of_a_ring_go_clockwise_from_the_top() -> None:
    (first, *_), (second, *_), _ = sectors(1, 1, 2)

    # The centre is at 110, 96; the radius 90.
    assert first == (110, 6)
    assert second == (200, 96)


def test_a_part_that_is_the_whole_is_a_whole_ring() -> None:
    (corners,) = sectors(5)

    assert (110, 6) in corners
    assert (110, 186) in corners


def test_beside_the_ring_stands_each_part_s_share() -> None:
    parts = [Part(same("one"), 3, BLUE), Part(same("other"), 1, ROSE)]
    root = ET.fromstring(document(Donut(parts), EN, "it", "", ""))  # noqa: S314

    assert [text.text for text in texts_in(root)] == ["one · 75%", "other · 25%"]
