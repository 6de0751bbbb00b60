"""What sticks out, and which amounts are in the wrong unit."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from etl.report.facts import BoxPlot


@pytest.fixture
def box_of(measure: Callable[..., Any]) -> Callable[[Sequence[float]], BoxPlot]:
    def of(values: Sequence[float]) -> BoxPlot:
        found: BoxPlot = measure("boxes", *({"popularity": value} for value in values))[
            "popularity"
        ]
        return found

    return of


def test_fences_are_one_and_a_half_interquartile_ranges_of_the_logarithms_away(
    box_of: Callable[[Sequence[float]], BoxPlot],
) -> None:
    # Their logarithms are 0, 1, 2, 3, 4 and 20; the quartiles 1.25, 2.5 and 3.75, and so the
    # fences -2.5 and 7.5.
    found = box_of([1, 10, 100, 1_000, 10_000, 1e20])

    assert np.log10(found.quartiles).tolist() == pytest.approx([1.25, 2.5, 3.75])
    assert found.whiskers == pytest.approx((1, 10_000))
    assert (found.below, found.above) == (0, 1)
    (furthest,) = found.furthest
    assert (furthest.film, furthest.value) == ("Up (2009)", 1e20)
    assert furthest.beyond == pytest.approx((20 - 7.5) / 2.5)


def test_what_lies_on_a_fence_is_no_outlier(
    box_of: Callable[[Sequence[float]], BoxPlot],
) -> None:
    # Quartiles 10 and 100 by their logarithms 1 and 2: the fences lie at -0.5 and 3.5.
    logs = [1, 1, 1, 2, 2, 2, 3.5, 1.5, -0.5]

    found = box_of([10.0**log for log in logs])

    assert (found.below, found.above, found.furthest) == (0, 0, ())
    assert found.whiskers == pytest.approx((10**-0.5, 10**3.5))


def test_of_outliers_as_far_away_the_best_known_are_named(measure: Callable[..., Any]) -> None:
    sound = [{"runtime": 90 + number} for number in range(20)]
    short = [{"runtime": 1, "vote_count": n, "title": str(n)} for n in (3, 9, 5, 1, 7)]

    found = measure("boxes", *sound, *short)["runtime"]

    assert found.below == 5
    assert [each.film for each in found.furthest] == [f"{n} (2009)" for n in (9, 7, 5, 3)]


def test_where_most_values_are_the_same_nothing_measures_how_far_away_one_is(
    box_of: Callable[[Sequence[float]], BoxPlot],
) -> None:
    (outlier,) = box_of([1, 1, 1, 1, 1, 2]).furthest

    assert math.isnan(outlier.beyond)


def test_where_nothing_is_known_there_is_no_box(measure: Callable[..., Any]) -> None:
    assert measure("boxes", {}).keys() == {"runtime", "votes", "popularity"}


def test_a_budget_of_8_dollars_with_millions_of_takings_is_a_unit_error(
    measure: Callable[..., Any],
) -> None:
    found = measure(
        "money_units",
        {"title": "Wrong", "budget": 8, "revenue": 33_579_813},
        {"title": "Takings", "budget": 9_000_000, "revenue": 46, "vote_count": 99},
        {"title": "Cheap", "budget": 900, "revenue": 2_000},
        {"title": "Right", "budget": 1_000, "revenue": 5_000_000},
        {"budget": 5},
        {"revenue": 5_000},
        {},
    )

    assert [each.title for each in found.wrong] == ["Takings", "Wrong"]
    assert found.films == 4
    assert sum(cell.films for cell in found.cells) == 4
