"""What is recommended: whether few films take the places in the lists of all."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple, override

from etl.report.chart import Chart
from etl.report.drawing.bars import Bar, Bars
from etl.report.numbers import Numbers
from etl.report.palette import TEAL
from etl.report.texts import Bilingual

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from etl.report.drawing.svg import Drawing
    from etl.report.statistics import Statistics

SECTION = "recommended"
# Films in more lists than this share a bar.
_MOST_LISTS = 10


class Hubs(NamedTuple):
    """In how many of some lists films are."""

    # The number of lists, and of places in them.
    lists: int
    places: int
    # How many films there are, and how many of them are in a list.
    films: int
    distinct: int
    # How many films are in 1 list, in 2 and so on.
    counts: tuple[tuple[int, int], ...]
    # The most lists that a film is in, and one such film.
    most: int
    film: str

    @classmethod
    def of(
        cls, others: Sequence[int], lists: int, films: int, name: Callable[[int], str]
    ) -> Hubs | None:
        """Count films in lists; None where those are empty.

        Parameters
        ----------
        others
            The rows of the films in the lists, one for each place.
        lists, films
            How many lists and films there are.
        name
            Returns a film's name by its row.
        """
        occurrences = Counter(others)
        if not occurrences:
            return None
        counts = Counter(occurrences.values())
        most = max(counts)
        row = min(row for row, times in occurrences.items() if times == most)
        ordered = tuple(sorted(counts.items()))
        return cls(lists, len(others), films, len(occurrences), ordered, most, name(row))

    @property
    def share(self) -> float:
        """The share of the lists that the film in most of them is in."""
        return self.most / self.lists

    @property
    def variety(self) -> float:
        """The share of the places that a film of its own takes, if each took one."""
        return self.distinct / self.places


class _Hubs(Chart[Hubs]):
    """How often films are in lists of five, after Radovanović et al., "Hubs in space", JMLR 2010.

    What it shows comes of the model, which is built while the other charts are drawn.
    """

    name = "hubs"
    title = Bilingual("Películas en varias listas", "Films in several lists")
    caption = Bilingual(
        "Las listas de cinco recomendaciones de {asked} tienen {places:#} puestos y {distinct:#} "
        "películas distintas ({variety:%}). En más listas está «{film}»: en {most:#} ({share:%}). "
        "Pocas películas en muchas listas serían un defecto: las mismas para todos.",
        "The lists of five recommendations of {asked} have {places:#} places and {distinct:#} "
        "different films ({variety:%}). In most lists is “{film}”: in {most:#} ({share:%}). Few "
        "films in many lists would be a fault: the same ones for everybody.",
    )

    @override
    def measure(self, catalogue: Statistics) -> Hubs | None:
        return None

    @override
    def draw(self, facts: Hubs) -> Drawing:
        one, more = Bilingual("en 1 lista", "in 1 list"), Bilingual("en {n:#}", "in {n:#}")
        bars = [
            Bar(one if n == 1 else more.fill(n=n), films, TEAL)
            for n, films in facts.counts
            if n <= _MOST_LISTS
        ]
        if beyond := sum(films for n, films in facts.counts if n > _MOST_LISTS):
            name = Bilingual("en más de {n:#}", "in more than {n:#}").fill(n=_MOST_LISTS)
            bars.append(Bar(name, beyond, TEAL))
        return Bars(bars)

    @override
    def caption_of(self, facts: Hubs) -> Bilingual:
        some = Bilingual(
            "{lists:#} películas, tomadas al azar de {films:#},",
            "{lists:#} films, drawn at random from {films:#},",
        )
        whole = Bilingual("las {films:#} películas", "all {films:#} films")
        asked = (whole if facts.lists == facts.films else some).fill(facts)
        return self.caption.fill(facts, asked=asked)

    @override
    def numbers(self, facts: Hubs) -> Numbers:
        return Numbers(("lists", "films"), facts.counts)


CHARTS = (_Hubs(),)
