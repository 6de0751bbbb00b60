"""What titles talk about."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable


def test_words_that_stand_in_every_title_do_not_count(measure: Callable[..., Any]) -> None:
    titles = ["The Love of a Night", "El amor y la noche", "Love, Part 2", "千と千尋"]

    found = measure("words", *({"title": title} for title in titles))

    assert found[0] == ("love", 2)
    assert {word for word, _ in found} == {"love", "night", "amor", "noche", "千と千尋"}


def test_titles_of_such_words_alone_make_no_cloud(measure: Callable[..., Any]) -> None:
    assert measure("words", {"title": "of the"}) is None
