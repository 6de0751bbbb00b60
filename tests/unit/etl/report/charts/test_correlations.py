"""What goes with what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


def coefficients(found: Any) -> dict[tuple[str, str], float]:
    return {(row, column): value for row, column, value in found.coefficients}


def test_what_only_ever_grows_together_correlates_wholly_by_rank_and_less_in_a_line(
    measure: Callable[..., Any],
) -> None:
    changes = [{"runtime": n, "vote_count": 10**n} for n in range(1, 5)]

    linear, rank = (
        coefficients(measure(name, *changes)) for name in ("correlation_linear", "correlation_rank")
    )

    in_a_line = np.corrcoef([1, 2, 3, 4], [10, 100, 1_000, 10_000])[0, 1]
    assert rank["votes", "runtime"] == pytest.approx(1)
    assert linear["votes", "runtime"] == pytest.approx(in_a_line)


@pytest.mark.filterwarnings("ignore:An input array is constant")
@pytest.mark.parametrize("name", ["correlation_linear", "correlation_rank"])
def test_a_correlation_with_what_never_varies_or_is_scarce_is_left_out(
    measure: Callable[..., Any], name: str
) -> None:
    changes = [{"runtime": n, "budget": b, "vote_count": n} for n, b in ((1, 9), (2, 8), (3, 0))]

    found = measure(name, *changes)

    assert list(coefficients(found)) == [("votes", "runtime")]


def test_where_nothing_correlates_there_is_no_chart(measure: Callable[..., Any]) -> None:
    assert measure("correlation_linear", {}, {}) is None


def test_returns_are_held_against_popularity_where_both_are_known(
    measure: Callable[..., Any],
) -> None:
    known = [
        {"budget": 10_000, "revenue": 5_000 * number, "popularity": number}
        for number in range(1, 21)
    ]

    found = measure("return_popularity", *known, {"budget": 8, "revenue": 9_000})

    assert (found.films, found.share, found.median) == (20, 18 / 20, 5.25)
    assert found.rho == pytest.approx(1)
    assert len(found.tenths) == 10
    assert found.tenths[0] == (1.5, 0.75)
