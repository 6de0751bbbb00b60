"""How much is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

CHANGES: tuple[dict[str, Any], ...] = (
    {"overview": "x", "release_year": 1999},
    {"release_year": 2001},
    {"budget": 5_000},
    {},
)
GENRES = [(0, "a"), (1, "a")]


def test_coverage_says_of_which_share_something_is_known(measure: Callable[..., Any]) -> None:
    found = measure("coverage", *CHANGES, genres=GENRES)

    assert found["overview"] == found["budget"] == 0.25
    assert (found["genres"], found["cast"], found["votes"]) == (0.5, 0, 1)
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_coverage_is_said_of_each_decade(measure: Callable[..., Any]) -> None:
    found = measure("coverage_decades", *CHANGES, genres=GENRES)

    assert found["overview"] == ((1990, 1.0), (2000, 0.0))
    assert found["genres"] == ((1990, 1.0), (2000, 1 / 3))


def test_a_decade_of_few_films_says_nothing_beside_those_of_many(
    measure: Callable[..., Any],
) -> None:
    many = [{"release_year": year} for year in (1990, 2000) for _ in range(30)]

    found = measure("coverage_decades", {"release_year": 1899}, *many)

    assert [decade for decade, _ in found["runtime"]] == [1990, 2000]


def test_money_is_known_of_both_sides_of_one_or_of_neither(measure: Callable[..., Any]) -> None:
    both = {"budget": 1, "revenue": 1}

    found = measure("money_known", both, both, {"budget": 1}, {"revenue": 1}, {}, {}, {})

    assert (found.both, found.budget, found.revenue, found.neither) == (2, 1, 1, 3)


def test_reach_is_said_of_lists_that_have_names(measure: Callable[..., Any]) -> None:
    assert measure("reach", *CHANGES, genres=GENRES) == {"genres": ((1, 0.5),)}
    assert measure("reach", {}) is None
