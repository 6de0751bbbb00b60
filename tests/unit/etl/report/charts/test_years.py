"""When films are from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


def test_every_year_between_the_first_and_the_last_counts_even_without_films(
    measure: Callable[..., Any],
) -> None:
    found = measure("years", *({"release_year": year} for year in (2003, 2001, 2003)))

    assert found.counts == ((2001, 1), (2002, 0), (2003, 2))
    assert (found.best, found.films, found.share) == (2003, 2, 2 / 3)


def test_every_decade_between_the_first_and_the_last_counts_even_without_films(
    measure: Callable[..., Any],
) -> None:
    found = measure("decades", *({"release_year": year} for year in (2019, 1999, 1990)))

    assert found.counts == ((1990, 2), (2000, 0), (2010, 1))
    assert (found.best, found.films) == (1990, 2)


def test_films_dated_the_first_of_january_are_in_no_month(measure: Callable[..., Any]) -> None:
    dates = ["1990-01-01", "2004-01-01", "1990-01-02", *["2001-12-31"] * 3]

    found = measure("months", *({"release_date": date} for date in dates))

    assert found.counts == (1, *[0] * 10, 3)
    assert (found.undated, found.january) == (2, 3)
    assert found.times == pytest.approx(2 / (4 / 364.25))


def test_months_without_any_other_date_are_measured(measure: Callable[..., Any]) -> None:
    found = measure("months", {"release_date": "1990-01-01"})

    assert (sum(found.counts), found.undated) == (0, 1)


def test_films_dated_the_first_of_january_are_on_no_day_of_the_week(
    measure: Callable[..., Any],
) -> None:
    # A Monday and two Fridays beside it.
    dates = ["1990-01-01", "1990-01-05", "1990-01-12", "1990-01-06"]

    found = measure("weekdays", *({"release_date": date} for date in dates))

    assert found.counts == (0, 0, 0, 0, 2, 1, 0)
    assert found.undated == 1
