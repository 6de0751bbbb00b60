"""Scales, and which numbers of them are labelled."""

from __future__ import annotations

from itertools import pairwise

import pytest

from etl.report.drawing.axes import Scale, decades_axis, films_axis, log_axis, share_axis


@pytest.mark.parametrize(
    ("scale", "value", "share"),
    [
        (Scale(0, 10), 4, 0.4),
        (Scale(8, 0), 2, 0.75),
        (Scale(1, 10_000, logarithmic=True), 10, 0.25),
        (Scale(0.01, 1, logarithmic=True), 0.1, 0.5),
    ],
)
def test_a_scale_says_where_a_number_lies(scale: Scale, value: float, share: float) -> None:
    assert scale.share(value) == pytest.approx(share)


@pytest.mark.parametrize("most", [1, 2, 3, 7, 12, 99, 100, 1_973, 7_960, 12_793, 999_999])
def test_films_are_labelled_in_a_few_round_steps(most: int) -> None:
    axis = films_axis(most)

    values = [tick.value for tick in axis.ticks]
    steps = {other - one for one, other in pairwise(values)}
    assert values[0] == axis.scale.low == 0
    assert len(steps) == 1
    assert str(steps.pop()).strip("0") in {"1", "2", "5"}
    assert 2 <= len(values) <= 8
    # What is most reaches to the top or nearly.
    assert most <= axis.scale.high <= 1.05 * most
    assert values[-1] <= axis.scale.high


def test_a_tick_a_little_above_the_most_is_the_top() -> None:
    assert films_axis(7_960).scale.high == 8_000
    assert films_axis(12_793).scale.high == 12_793


@pytest.mark.parametrize(
    ("span", "powers"),
    [
        ((1, 1_000), [1, 10, 100, 1_000]),
        ((0.0009, 20), [0.001, 0.01, 0.1, 1, 10]),
        ((2, 9), []),
        ((10**-6, 10**-5), [10**-6, 10**-5]),
    ],
)
def test_powers_of_ten_are_labelled_on_a_logarithmic_axis(
    span: tuple[float, float], powers: list[float]
) -> None:
    axis = log_axis(span)

    assert [tick.value for tick in axis.ticks] == pytest.approx(powers)
    if 1 in powers:
        assert axis.ticks[axis.anchor].value == 1


def test_shares_are_labelled_in_per_cent() -> None:
    labels = [tick.label for tick in share_axis(("", "")).ticks]  # type: ignore[arg-type]

    assert labels[1] == ("20\N{NO-BREAK SPACE}%", "20%")
    assert labels[-1].en == "100%"


def test_of_decades_those_that_begin_a_century_come_first() -> None:
    axis = decades_axis(range(1890, 2020, 10))

    assert axis.ticks[axis.anchor].label.en == "2000"
    assert axis.ticks[axis.anchor].value == 11.5
