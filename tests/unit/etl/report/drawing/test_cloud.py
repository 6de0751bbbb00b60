"""Words find places in a cloud."""

from __future__ import annotations

from itertools import combinations

from etl.report.drawing.cloud import Word, place_words
from etl.report.drawing.font import text_width


def width(word: Word) -> float:
    return text_width(word.text, word.size, bold=True)


def test_words_of_a_cloud_lie_within_it_and_on_no_other() -> None:
    words = tuple(
        (text, 100 - 9 * n) for n, text in enumerate(["love", "night", "千と千尋", "i", "w"])
    )

    placed = place_words(words, 300, 200)

    assert [word.text for word in placed] == [text for text, _ in words]
    assert (placed[0].x, placed[0].y) == (150, 100)
    for word in placed:
        assert word.size / 2 <= word.y <= 200 - word.size / 2
    for one, other in combinations(placed, 2):
        across = (width(one) + width(other)) / 2
        above = (one.size + other.size) / 2 * 0.9
        assert abs(one.x - other.x) > across or abs(one.y - other.y) > above
    assert [word.size for word in placed] == sorted((word.size for word in placed), reverse=True)


def test_words_without_room_are_left_out() -> None:
    words = tuple(("unending" * 3, 50) for _ in range(40))

    assert len(place_words(words, 200, 40)) == 0
