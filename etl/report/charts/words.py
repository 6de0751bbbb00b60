"""What titles talk about: a cloud of their words."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, override

from etl.report.chart import Chart
from etl.report.drawing.cloud import Cloud, place_words
from etl.report.drawing.svg import WIDTH
from etl.report.numbers import Numbers
from etl.report.palette import SERIES
from etl.report.texts import Bilingual

if TYPE_CHECKING:
    from etl.report.drawing.svg import Drawing
    from etl.report.statistics import Statistics

SECTION = "words"
_HEIGHT = 330.0
_MAX_WORDS = 90
# The letters of the shortest word that counts, in Latin script and in others.
_SHORTEST, _SHORTEST_OTHER = 3, 2
_STOP_WORDS = Path(__file__).parents[1] / "stop_words.txt"

type _Words = tuple[tuple[str, int], ...]


class _Cloud(Chart[_Words]):
    """The most frequent words of titles and how often each stands there, without stop words."""

    name = "words"
    title = Bilingual("Palabras más frecuentes", "Most frequent words")
    caption = Bilingual(
        "La palabra más frecuente es «{word}» ({times:#} veces). No se cuentan artículos, "
        "preposiciones ni otras palabras vacías.",
        "The most frequent word is “{word}” ({times:#} times). Articles, prepositions and other "
        "stop words do not count.",
    )

    @override
    def measure(self, catalogue: Statistics) -> _Words | None:
        lines = _STOP_WORDS.read_text().splitlines()
        stop_words = {word for line in lines if not line.startswith("#") for word in line.split()}

        def says_something(word: str) -> bool:
            shortest = _SHORTEST if word.isascii() else _SHORTEST_OTHER
            return len(word) >= shortest and not word.isdigit() and word not in stop_words

        counts = catalogue.title_words
        ordered = sorted(counts, key=lambda word: (-counts[word], word))
        words = islice(filter(says_something, ordered), _MAX_WORDS)
        return tuple((word, counts[word]) for word in words) or None

    @override
    def draw(self, facts: _Words) -> Drawing:
        return Cloud(place_words(facts, WIDTH, _HEIGHT), SERIES, _HEIGHT)

    @override
    def numbers(self, facts: _Words) -> Numbers:
        return Numbers(("word", "times"), facts)

    @override
    def caption_of(self, facts: _Words) -> Bilingual:
        return self.caption.fill(word=facts[0][0], times=facts[0][1])


CHARTS = (_Cloud(),)
