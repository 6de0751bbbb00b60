"""What is measured of a catalogue, on catalogues whose figures are known beforehand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pytest

from etl.catalogue.words import count_words, merge_counts, term_frequencies
from etl.report.statistics import Statistics, describe, log_edges

if TYPE_CHECKING:
    from collections.abc import Callable


def test_a_column_of_numbers_has_its_nulls_zeros_and_range() -> None:
    found = describe(pd.Series([0, 2, 2, None, 9], name="n", dtype="Int64"))

    assert (found.kind, found.nulls, found.zeros, found.distinct) == ("number", 1, 1, 3)
    assert (found.low, found.median, found.high) == (0, 2, 9)


def test_a_text_without_letters_is_as_empty_as_none_and_others_are_measured_in_characters() -> None:
    found = describe(pd.Series(["", None, "ab", "abcd"], name="t", dtype="str"))

    assert (found.kind, found.nulls, found.zeros, found.distinct) == ("text", 2, None, 2)
    assert (found.low, found.median, found.high) == (2, 3, 4)


def test_a_column_of_dates_ranges_over_days() -> None:
    found = describe(
        pd.Series(pd.to_datetime(["2001-02-03", "1999-12-31", "2000-01-01"]), name="d")
    )

    assert (found.kind, found.low, found.median, found.high) == (
        "date",
        "1999-12-31",
        "2000-01-01",
        "2001-02-03",
    )


def test_a_column_without_values_has_no_range() -> None:
    found = describe(pd.Series([None], name="t", dtype="str"))

    assert (found.nulls, found.distinct) == (1, 0)
    assert (found.low, found.median, found.high) == (None, None, None)


def test_what_is_0_and_means_unknown_is_no_number(catalogue: Callable[..., Statistics]) -> None:
    numbers = catalogue(
        {},
        {"budget": 2_000, "revenue": 3_000},
        {"vote_count": 0, "budget": 8, "revenue": 9_000},
    ).numbers

    assert numbers["budget"].isna().tolist() == [True, False, False]
    assert numbers["return"].tolist()[1:] == pytest.approx([1.5, math.nan], nan_ok=True)
    assert numbers["rating"].isna().tolist() == [False, False, True]


def test_the_edges_of_bins_are_as_far_apart_in_magnitude_and_end_at_powers_of_ten() -> None:
    edges = log_edges(pd.Series([20.0, 4_000.0]), 2)

    assert edges.tolist() == pytest.approx([10, 10**1.5, 100, 10**2.5, 1_000, 10**3.5, 10_000])


def test_a_value_that_is_a_power_of_ten_lies_within_the_edges() -> None:
    assert log_edges(pd.Series([1.0]), 1).tolist() == [1, 10]


def test_every_film_is_in_one_cell() -> None:
    x, y = pd.Series([1.0, 1.1, 1_000.0]), pd.Series([5.0, 5.1, 70.0])

    found = Statistics.density(x, y)

    assert sorted(cell.films for cell in found) == [1, 2]
    for cell in found:
        within = x.between(cell.x, cell.x_end) & y.between(cell.y, cell.y_end)
        assert within.sum() == cell.films


def test_words_are_counted_over_all_texts() -> None:
    batches = [["b a b"], ["a", ""]]
    counted = merge_counts(count_words(pa.array(each, pa.large_string())) for each in batches)

    assert term_frequencies(counted) == {"a": 2, "b": 2}
