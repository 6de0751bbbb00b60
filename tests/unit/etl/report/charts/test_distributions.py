"""How numbers are spread."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def test_every_film_whose_value_is_known_is_in_one_bin(measure: Callable[..., Any]) -> None:
    minutes = (9, 10, 900, None)

    found = measure("runtime", *({"runtime": each} for each in minutes))

    assert found.films == sum(found.counts) == 3
    assert found.share == 0.75
    assert (found.edges[:3], found.edges[-2:]) == ((0, 10, 20), (240, 250))
    assert (found.counts[:2], found.counts[-1]) == ((1, 1), 1)


def test_a_rating_of_10_lies_in_the_last_bin(measure: Callable[..., Any]) -> None:
    found = measure("rating", {"vote_average": 10.0}, {"vote_average": 0.5})

    assert found.edges[-2:] == (10, 10.5)
    assert (found.counts[1], found.counts[-1]) == (1, 1)


def test_heavy_tails_have_bins_of_equal_width_in_magnitude(measure: Callable[..., Any]) -> None:
    found = measure("budget", {"budget": 1}, {"budget": 1_000})

    assert (len(found.counts), found.counts[0], found.counts[-5]) == (20, 1, 1)


def test_each_bin_of_votes_has_twice_as_many_integers_as_the_one_before(
    measure: Callable[..., Any],
) -> None:
    found = measure("votes", *({"vote_count": votes} for votes in range(33)))

    assert found.edges == (1, 2, 4, 8, 16, 32, 64)
    assert found.counts == (1, 2, 4, 8, 16, 1)


def test_what_is_known_of_no_film_has_no_histogram(measure: Callable[..., Any]) -> None:
    assert measure("revenue", {}) is None
