"""When films are from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
