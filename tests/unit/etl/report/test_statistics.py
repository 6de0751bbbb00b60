"""What the report says of a catalogue, on catalogues whose figures are known beforehand."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.catalogue.words import count_words, merge_counts, term_frequencies
from etl.report.facts import Bilingual, Bin, Film, Ranked
from etl.report.lists import (
    CODE,
    KINDS,
    NAME,
    Counted,
    count_lengths,
    count_list,
    count_reached,
    count_values,
    films_up_to,
    step_ranks,
    steps_of,
)
from etl.report.statistics import (
    REACHING,
    box,
    boxes,
    cells,
    column,
    correlations,
    coverage,
    decades_of,
    distributions,
    frequent_words,
    known_numbers,
    list_column,
    look_at,
    magnitudes,
    ranking,
    reach,
    returns_and_popularity,
    takings,
    years,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from etl.report.facts import Box, Coverage

FILM = {
    "id": 1,
    "title": "Up",
    "release_year": 2009,
    "runtime": 96,
    "budget": 0,
    "revenue": 0,
    "return": 0.0,
    "popularity": 1.0,
    "vote_average": 7.0,
    "vote_count": 10,
    "overview": "",
    "tagline": "",
    "collection": None,
}


def films(*changes: Mapping[str, Any]) -> pd.DataFrame:
    """Make cleaned films that differ from one where told, each with an id of its own."""
    frame = pd.DataFrame(
        [FILM | {"id": number} | dict(change) for number, change in enumerate(changes, 1)]
    )
    return frame.astype({"runtime": "Int64", "collection": "str"})


def entries(*pairs: tuple[int, str]) -> pd.DataFrame:
    frame = pd.DataFrame(pairs, columns=["film", "name"]).astype({"film": "int64", "name": "str"})
    return frame.assign(code=frame["name"].str[:2])


def listed(count: int, *pairs: tuple[int, str]) -> Counted:
    """Count a list of so many films of one decade."""
    return count_list(entries(*pairs), pd.Series([2000] * count), reach=True)


def named(name: str, _: str) -> Bilingual:
    return Bilingual(name, name.upper())


def box_of(values: Sequence[float]) -> Box:
    return box(films(*({} for _ in values)), pd.Series(values, dtype="float64"))


def test_a_column_of_numbers_has_its_nulls_zeros_and_range() -> None:
    found = column(pd.Series([0, 2, 2, None, 9], name="n", dtype="Int64"))

    assert (found.kind, found.nulls, found.zeros, found.distinct) == ("number", 1, 1, 3)
    assert (found.low, found.median, found.high) == (0, 2, 9)


def test_a_text_without_letters_is_as_empty_as_none_and_others_are_measured_in_characters() -> None:
    found = column(pd.Series(["", None, "ab", "abcd"], name="t", dtype="str"))

    assert (found.kind, found.nulls, found.zeros, found.distinct) == ("text", 2, None, 2)
    assert (found.low, found.median, found.high) == (2, 3, 4)


def test_a_column_of_dates_ranges_over_days() -> None:
    found = column(pd.Series(pd.to_datetime(["2001-02-03", "1999-12-31", "2000-01-01"]), name="d"))

    assert (found.kind, found.low, found.median, found.high) == (
        "date",
        "1999-12-31",
        "2000-01-01",
        "2001-02-03",
    )


def test_a_list_is_null_where_a_film_has_no_entry_and_is_measured_in_entries() -> None:
    found = list_column("genres", listed(4, (0, "a"), (0, "b"), (2, "a")))

    assert (found.nulls, found.distinct) == (2, 2)
    assert (found.low, found.median, found.high) == (1, 1.5, 2)


def test_a_column_without_values_has_no_range() -> None:
    nothing = column(pd.Series([None], name="t", dtype="str"))
    empty = list_column("genres", listed(1))

    for found in (nothing, empty):
        assert (found.nulls, found.distinct) == (1, 0)
        assert (found.low, found.median, found.high) == (None, None, None)


def test_what_films_have_is_ranked_by_films_and_then_by_the_alphabet() -> None:
    genres = listed(4, (0, "drama"), (0, "drama"), (1, "drama"), (1, "war"), (2, "crime"), (3, ""))

    found = ranking(genres, NAME, named, 2)

    assert found.top == (
        Ranked(Bilingual("drama", "DRAMA"), 2),
        Ranked(Bilingual("crime", "CRIME"), 1),
    )
    assert (found.distinct, found.entries, found.films, found.rest) == (3, 4, 3, 1)


def test_every_year_between_the_first_and_the_last_counts_even_without_films() -> None:
    assert years(pd.Series([2003, 2001, 2003])) == ((2001, 1), (2002, 0), (2003, 2))


def test_what_is_0_and_means_unknown_is_no_number() -> None:
    numbers = known_numbers(
        films(
            {},
            {"budget": 2_000, "revenue": 3_000},
            {"vote_count": 0, "budget": 8, "revenue": 9_000},
        )
    )

    assert numbers["budget"].isna().tolist() == [True, False, False]
    assert numbers["return"].tolist()[1:] == pytest.approx([1.5, math.nan], nan_ok=True)
    assert numbers["rating"].isna().tolist() == [False, False, True]


def test_the_edges_of_bars_are_as_far_apart_in_magnitude_and_end_at_powers_of_ten() -> None:
    edges = magnitudes(pd.Series([20.0, 4_000.0, math.nan]), 2)

    assert edges.tolist() == pytest.approx([10, 10**1.5, 100, 10**2.5, 1_000, 10**3.5, 10_000])


def test_a_value_that_is_a_power_of_ten_lies_within_the_edges() -> None:
    assert magnitudes(pd.Series([1.0]), 1).tolist() == [1, 10]


def test_every_film_whose_value_is_known_is_in_one_bar() -> None:
    numbers = known_numbers(
        films({"runtime": 9}, {"runtime": 10}, {"runtime": 900}, {"runtime": None})
    )

    found = distributions(numbers)["runtime"]

    assert found.films == sum(each.films for each in found.bins) == 3
    assert found.bins[:2] == (Bin(0, 10, 1), Bin(10, 20, 1))
    assert found.bins[-1] == Bin(240, 250, 1)


def test_what_is_known_of_no_film_has_no_bars_and_no_quartiles() -> None:
    found = distributions(known_numbers(films({})))["revenue"]

    assert (found.bins, found.films, found.quartiles) == ((), 0, None)


def test_what_only_ever_grows_together_correlates_wholly_by_rank_and_less_in_a_line() -> None:
    numbers = pd.DataFrame({"one": [1.0, 2, 3, 4], "other": [1.0, 10, 100, 1_000]})

    found = correlations(numbers)

    assert found.rank == ((1, 1), (1, 1))
    assert found.linear[0][1] == pytest.approx(np.corrcoef([1, 2, 3, 4], [1, 10, 100, 1_000])[0, 1])


def test_a_correlation_that_cannot_be_told_is_none() -> None:
    numbers = pd.DataFrame({"one": [1.0, 2, 3], "still": [5.0, 5, 5], "scarce": [1.0, 2, math.nan]})

    found = correlations(numbers)

    assert found.linear[0][1] is found.rank[0][1] is None
    assert found.linear[0][2] is found.rank[0][2] is None


def test_fences_are_one_and_a_half_interquartile_ranges_of_the_logarithms_away() -> None:
    # Their logarithms are 0, 1, 2, 3, 4 and 20; the quartiles 1.25, 2.5 and 3.75.
    found = box_of([1, 10, 100, 1_000, 10_000, 1e20])

    assert np.log10(found.quartiles).tolist() == pytest.approx([1.25, 2.5, 3.75])
    assert np.log10(found.fences).tolist() == pytest.approx([-2.5, 7.5])
    assert found.whiskers == pytest.approx((1, 10_000))
    assert (found.below, found.above) == (0, 1)
    (furthest,) = found.furthest
    assert (furthest.film, furthest.value) == (Film("Up", 2009), 1e20)
    assert furthest.beyond == pytest.approx((20 - 7.5) / 2.5)


def test_what_lies_on_a_fence_is_no_outlier() -> None:
    # Quartiles 10 and 100 by their logarithms 1 and 2: the fences lie at -0.5 and 3.5.
    logs = [1, 1, 1, 2, 2, 2, 3.5, 1.5, -0.5]

    found = box_of([10.0**log for log in logs])

    assert (found.below, found.above, found.furthest) == (0, 0, ())


def test_of_outliers_as_far_away_the_best_known_are_named() -> None:
    catalogue = films(
        *({"runtime": 90 + number} for number in range(20)),
        *({"runtime": 1, "vote_count": votes, "title": str(votes)} for votes in (3, 9, 5, 1, 7)),
    )

    found = boxes(catalogue, known_numbers(catalogue))["runtime"]

    assert found.below == 5
    assert [each.film.title for each in found.furthest] == ["9", "7", "5", "3"]


def test_where_nothing_is_known_there_is_no_box() -> None:
    catalogue = films({})

    assert boxes(catalogue, known_numbers(catalogue)).keys() == {"runtime", "votes", "popularity"}


def test_a_budget_of_8_dollars_with_millions_of_takings_is_a_unit_error() -> None:
    found = takings(
        films(
            {"title": "Wrong", "budget": 8, "revenue": 33_579_813},
            {"title": "Takings", "budget": 9_000_000, "revenue": 46, "vote_count": 99},
            {"title": "Cheap", "budget": 900, "revenue": 2_000},
            {"title": "Right", "budget": 1_000, "revenue": 5_000_000},
            {"budget": 5},
            {"revenue": 5_000},
            {},
        )
    )

    assert [each.film.title for each in found.wrong_unit] == ["Takings", "Wrong"]
    assert (found.both, found.budget, found.revenue, found.neither) == (4, 1, 1, 1)
    assert found.implausible == 4
    assert sum(cell.films for cell in found.cells) == 4


def test_every_film_is_in_one_cell_of_a_map() -> None:
    x, y = pd.Series([1.0, 1.1, 1_000.0]), pd.Series([5.0, 5.1, 70.0])

    found = cells(x, y)

    assert sorted(cell.films for cell in found) == [1, 2]
    for cell in found:
        within = x.between(cell.x, cell.x_end) & y.between(cell.y, cell.y_end)
        assert within.sum() == cell.films


def test_returns_are_held_against_popularity_where_both_are_known() -> None:
    catalogue = films(
        *(
            {"budget": 10_000, "revenue": 5_000 * number, "popularity": number}
            for number in range(1, 21)
        ),
        {"budget": 8, "revenue": 9_000},
    )

    found = returns_and_popularity(known_numbers(catalogue))

    assert (found.films, found.in_profit, found.median) == (20, 18, 5.25)
    assert found.rho == pytest.approx(1)
    assert len(found.medians) == 10
    assert found.medians[0] == (1.5, 0.75)


def test_words_that_stand_in_every_title_do_not_count() -> None:
    counted = count_words(["The Love of a Night", "El amor y la noche", "Love, Part 2", "千と千尋"])

    found = frequent_words(term_frequencies(counted))

    assert found[0] == ("love", 2)
    assert {word.text for word in found} == {"love", "night", "amor", "noche", "千と千尋"}


def test_coverage_says_of_which_share_something_is_known_and_of_each_decade() -> None:
    catalogue = films(
        {"overview": "x", "release_year": 1999}, {"release_year": 2001}, {"budget": 5_000}, {}
    )

    found = covered(catalogue, genres=entries((0, "a"), (1, "a")))

    assert found.shares["overview"] == found.shares["budget"] == 0.25
    assert (found.shares["genres"], found.shares["cast"], found.shares["votes"]) == (0.5, 0, 1)
    assert list(found.shares.values()) == sorted(found.shares.values(), reverse=True)
    assert found.decades["overview"] == ((1990, 1.0), (2000, 0.0))
    assert found.decades["genres"] == ((1990, 1.0), (2000, 1 / 3))
    assert found.reach.keys() == {"genres"}


def test_a_decade_of_few_films_says_nothing_beside_those_of_many() -> None:
    catalogue = films(
        {"release_year": 1899},
        *[{"release_year": 1995}] * 30,
        *[{"release_year": 2005, "overview": "x"}] * 30,
    )

    found = covered(catalogue)

    assert found.decades["overview"] == ((1990, 0.0), (2000, 1.0))


def covered(catalogue: pd.DataFrame, **lists: pd.DataFrame) -> Coverage:
    decades = decades_of(catalogue)
    overviews = {"overview": catalogue["overview"] != ""}
    seen = {
        name: look_at(
            name, count_list(lists.get(name, entries()), decades, reach=True), len(catalogue)
        )
        for name in REACHING
    }
    return coverage(decades, overviews, seen, known_numbers(catalogue))


def test_the_n_most_frequent_names_reach_the_films_that_have_one_of_them() -> None:
    counted = listed(8, (0, "a"), (1, "a"), (1, "b"), (2, "b"), (2, "a"), (3, "c"))

    assert reach(counted, 8) == ((1, 3 / 8), (2, 3 / 8), (3, 4 / 8))


def test_many_names_are_counted_up_to_ranks_that_lie_ever_further_apart() -> None:
    # Name n stands in film n alone, but for the first, which all films of the first half have.
    half = [(film, "name 0000") for film in range(1_000)]
    names = [(film, f"name {film:04}") for film in range(1, 2_000)]

    found = dict(reach(listed(2_000, *half, *names), 2_000))

    assert 30 < len(found) <= 40
    assert found[1] == 0.5
    assert found[max(found)] == 1
    assert all(found[rank] == max(0.5, rank / 2_000) for rank in found)


PLACES = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from(["", "a", "b", "Ñ", "日本"])), max_size=20
)


@given(PLACES, st.integers(0, 6))
def test_lists_counted_in_parts_add_up_to_the_whole(
    places: list[tuple[int, str]], cut: int
) -> None:
    places.sort(key=lambda place: place[0])
    decades = pd.Series([1990, 1990, 2000, 2000, 2010, 2010])
    whole = count_list(entries(*places), decades, reach=True)
    parts = [
        (
            entries(*((film - start, name) for film, name in places if start <= film < end)),
            decades.iloc[start:end].reset_index(drop=True),
        )
        for start, end in ((0, cut), (cut, 6))
    ]

    counted = [count_values(part) for part, _ in parts]
    added = {
        kind: pa.concat_tables(each[kind] for each in counted)
        .group_by("value", use_threads=False)
        .aggregate([("beside", "first"), ("entries", "sum"), ("films", "sum")])
        for kind in KINDS
    }
    lengths = pa.concat_tables(count_lengths(*part) for part in parts)
    of_lengths = [(name, "sum") for name in ("films", "named", "coded")]
    added_lengths = lengths.group_by(["decade", "length"]).aggregate(of_lengths)
    names = whole.frequencies[NAME]
    steps = steps_of(names)
    reached = pd.concat([count_reached(part, steps) for part, _ in parts]).groupby(level=0).sum()

    for kind, table in whole.frequencies.items():
        assert as_rows(added[kind]) == as_rows(table)
    assert as_rows(added_lengths) == as_rows(whole.lengths)
    expected = whole.reached.tolist()
    assert films_up_to(reached, len(step_ranks(len(names)))).tolist() == expected


def as_rows(table: pa.Table) -> list[tuple[Any, ...]]:
    return sorted((tuple(row.values()) for row in table.to_pylist()), key=repr)


def test_codes_are_called_as_the_first_film_calls_them() -> None:
    frame = pd.DataFrame(
        {"film": [0, 1, 1, 2], "code": ["es", "es", "", None], "name": ["", "Español", "x", "y"]}
    ).astype({"code": "str", "name": "str"})
    languages = count_list(frame, pd.Series([2000] * 3), reach=False)

    found = ranking(languages, CODE, Bilingual, 5)

    assert [(each.name.es, each.films) for each in found.top] == [("es", 2)]
    assert (found.distinct, found.entries, found.films) == (1, 2, 2)
    assert list_column("spoken_languages", languages).distinct == 4


def test_words_are_counted_over_all_texts() -> None:
    counted = merge_counts([count_words(["b a b"]), count_words(["a", ""])])

    assert term_frequencies(counted) == {"a": 2, "b": 2}
