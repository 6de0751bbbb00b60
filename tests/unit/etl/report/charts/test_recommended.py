"""How often films are in lists."""

from __future__ import annotations

from etl.report.charts.recommended import CHARTS, Hubs


def test_films_are_counted_by_the_lists_that_they_are_in() -> None:
    (chart,) = CHARTS

    found = Hubs.of([3, 1, 3, 2, 3], lists=2, films=9, name="film {}".format)

    assert found
    assert found.counts == ((1, 2), (3, 1))
    assert (found.distinct, found.most, found.film) == (3, 3, "film 3")
    assert (found.share, found.variety) == (1.5, 0.6)
    assert "2 films, drawn at random from 9, have 5 places" in chart.caption_of(found).en
    assert "de las 2 películas tienen" in chart.caption_of(found._replace(films=2)).es


def test_of_empty_lists_there_is_nothing_to_see() -> None:
    assert Hubs.of([], lists=1, films=1, name=str) is None
