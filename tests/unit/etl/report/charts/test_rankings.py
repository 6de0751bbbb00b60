"""What most films have."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from etl.report.charts.rankings import Frequency, MostFrequent
from etl.report.texts import Bilingual, same

if TYPE_CHECKING:
    from collections.abc import Callable

    from etl.report.statistics import Statistics


def test_what_films_have_is_ranked_by_films_and_then_by_the_alphabet(
    catalogue: Callable[..., Statistics],
) -> None:
    genres = [(0, "drama"), (0, "drama"), (1, "drama"), (1, "war"), (2, "crime"), (3, "")]

    chart = MostFrequent(
        name="two",
        title=same("Two"),
        caption=same(""),
        column="genres",
        size=2,
        label=lambda name, _: Bilingual(name, name.upper()),
        colour="",
    )
    found = chart.measure(catalogue({}, {}, {}, {}, genres=genres))

    assert found
    assert found.top == (
        Frequency(Bilingual("drama", "DRAMA"), 2),
        Frequency(Bilingual("crime", "CRIME"), 1),
    )
    assert (found.distinct, found.mentions, found.films) == (3, 4, 4)
    assert (found.others, found.rest, found.share) == (1, 1, 0.5)


def test_genres_countries_and_languages_are_called_as_each_language_does(
    measure: Callable[..., Any],
) -> None:
    genres = measure("genres", {}, genres=[(0, "War")])
    countries = measure("countries", {}, production_countries=[(0, "US of A")])

    assert genres.top[0].name == Bilingual("Bélica", "War")
    assert countries.top[0].name == Bilingual("Estados Unidos", "United States")


def test_keywords_are_called_as_they_are(measure: Callable[..., Any]) -> None:
    assert measure("keywords", {}, keywords=[(0, "noir")]).top[0].name == same("noir")


def test_original_languages_are_shares_of_the_films_that_have_one(
    measure: Callable[..., Any],
) -> None:
    codes = ["en", "fr", "fr", "es", "de", "it", "ja", "ko", "", None]

    found = measure("original_languages", *({"original_language": code} for code in codes))

    assert [each.name.en for each in found.top[:2]] == ["French", "German"]
    assert (len(found.top), found.distinct, found.films, found.rest) == (6, 7, 8, 1)


def test_a_list_that_no_film_has_is_not_ranked(measure: Callable[..., Any]) -> None:
    assert measure("genres", {}) is None
    assert measure("original_languages", {"original_language": ""}) is None
