"""What films they are: the genres, languages, countries, companies and keywords of most films."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, override

from etl.catalogue.localized_names import country_names, genre_names, language_names
from etl.report.chart import Chart
from etl.report.drawing.bars import Bar, Bars
from etl.report.drawing.donut import Donut, Part
from etl.report.numbers import Numbers
from etl.report.palette import BLUE, GOLD, GREY, PLUM, ROSE, SERIES, TEAL
from etl.report.texts import Bilingual, same

if TYPE_CHECKING:
    from collections.abc import Callable

    from etl.catalogue.localized_names import LocalizedNames
    from etl.report.drawing.svg import Drawing
    from etl.report.statistics import Statistics

SECTION = "kinds"
_IN_A_DONUT = 6


class Frequency(NamedTuple):
    """Something that films have, and how many have it."""

    name: Bilingual
    films: int


class Ranking(NamedTuple):
    """What films have most often."""

    # The most frequent, in that order; at least one.
    top: tuple[Frequency, ...]
    # How many there are, those of `top` among them.
    distinct: int
    # How often any of them stands in a film.
    mentions: int
    # How many films there are.
    films: int

    @property
    def others(self) -> int:
        """How many are not among the `top`."""
        return self.distinct - len(self.top)

    @property
    def rest(self) -> int:
        """How often one stands in a film that is not among the `top`."""
        return self.mentions - sum(each.films for each in self.top)

    @property
    def share(self) -> float:
        """Which share of the films has the first."""
        return self.top[0].films / self.films

    @property
    def top_share(self) -> float:
        """Which share of the mentions are of the `top`."""
        return 1 - self.rest / self.mentions


def _genre(name: str, _: str) -> Bilingual:
    return Bilingual(genre_names(name).name or name, name)


def _by_code(known: Callable[[str], LocalizedNames]) -> Callable[[str, str], Bilingual]:
    def label(code: str, name: str) -> Bilingual:
        found = known(code)
        english = found.english or name or code
        spanish = found.name or english
        return Bilingual(f"{spanish[0].upper()}{spanish[1:]}", english)

    return label


def _as_it_is(name: str, _: str) -> Bilingual:
    return same(name)


def _ranking_numbers(facts: Ranking) -> Numbers:
    return Numbers(("name", "films"), facts.top)


@dataclass(frozen=True, kw_only=True)
class MostFrequent(Chart[Ranking]):
    """The most frequent values of a list; a bar for all `others` is below them."""

    column: str
    kind: Literal["name", "code"] = "name"
    size: int = 20
    label: Callable[[str, str], Bilingual] = _as_it_is
    colour: str
    others: bool = False

    @override
    def measure(self, catalogue: Statistics) -> Ranking | None:
        top, distinct, mentions = catalogue.lists[self.column].top[self.kind]
        named = tuple(
            Frequency(self.label(each["value"], each["beside"] or each["value"]), each["films"])
            for each in top.to_pylist()[: self.size]
        )
        return Ranking(named, distinct, mentions, len(catalogue.films)) if named else None

    @override
    def draw(self, facts: Ranking) -> Drawing:
        bars = [Bar(*each, self.colour) for each in facts.top]
        if self.others and facts.rest:
            other = Bilingual("Otros ({others:#})", "Other ({others:#})").fill(facts)
            bars.append(Bar(other, facts.rest, GREY))
        return Bars(bars)

    @override
    def numbers(self, facts: Ranking) -> Numbers:
        return _ranking_numbers(facts)


class _OriginalLanguages(Chart[Ranking]):
    name = "original_languages"
    title = Bilingual("Idioma original", "Original language")
    caption = Bilingual(
        "{top[0].name} es el idioma del {share:%} de las películas; hay {distinct:#} idiomas.",
        "{top[0].name} is the language of {share:%} of films; there are {distinct:#} languages.",
    )

    @override
    def measure(self, catalogue: Statistics) -> Ranking | None:
        codes = catalogue.films["original_language"].dropna()
        codes = codes[codes != ""]
        if codes.empty:
            return None
        counts = codes.value_counts().sort_index().sort_values(ascending=False, kind="stable")
        top = counts.iloc[:_IN_A_DONUT].items()
        label = _by_code(language_names)
        named = tuple(Frequency(label(str(code), str(code)), int(films)) for code, films in top)
        return Ranking(named, len(counts), len(codes), len(codes))

    @override
    def draw(self, facts: Ranking) -> Drawing:
        parts = [Part(*each, colour) for each, colour in zip(facts.top, SERIES, strict=False)]
        if facts.rest:
            other = Bilingual("Otros {others}", "{others} others").fill(facts)
            parts.append(Part(other, facts.rest, GREY))
        return Donut(parts)

    @override
    def numbers(self, facts: Ranking) -> Numbers:
        return _ranking_numbers(facts)


CHARTS = (
    MostFrequent(
        name="genres",
        title=Bilingual("Géneros", "Genres"),
        caption=Bilingual(
            "{top[0].name} está en el {share:%} de las películas; hay {distinct:#} géneros.",
            "{top[0].name} is a genre of {share:%} of the films; there are {distinct:#} genres.",
        ),
        column="genres",
        size=40,
        label=_genre,
        colour=BLUE,
        others=True,
    ),
    _OriginalLanguages(),
    MostFrequent(
        name="languages",
        title=Bilingual("Idiomas hablados", "Spoken languages"),
        caption=Bilingual(
            "{top[0].name} se oye en el {share:%} de las películas; hay {distinct:#} idiomas.",
            "{top[0].name} is heard in {share:%} of the films; there are {distinct:#} languages.",
        ),
        column="spoken_languages",
        kind="code",
        label=_by_code(language_names),
        colour=TEAL,
        others=True,
    ),
    MostFrequent(
        name="countries",
        title=Bilingual("Países de producción", "Countries of production"),
        caption=Bilingual(
            "{top[0].name} participa en el {share:%} de las películas; hay {distinct:#} países.",
            "{top[0].name} took part in {share:%} of the films; there are {distinct:#} countries.",
        ),
        column="production_countries",
        kind="code",
        label=_by_code(country_names),
        colour=PLUM,
        others=True,
    ),
    MostFrequent(
        name="companies",
        title=Bilingual("Productoras", "Production companies"),
        caption=Bilingual(
            "{top[0].name} es la más frecuente de {distinct:#} ({top[0].films:#} películas); "
            "las del gráfico suman el {top_share:%} de las menciones.",
            "{top[0].name} is the most frequent of {distinct:#} ({top[0].films:#} films); "
            "those in the chart make up {top_share:%} of all mentions.",
        ),
        column="production_companies",
        colour=GOLD,
    ),
    MostFrequent(
        name="keywords",
        title=Bilingual("Palabras clave", "Keywords"),
        caption=Bilingual(
            "«{top[0].name}» es la más frecuente de {distinct:#} ({top[0].films:#} películas); "
            "las del gráfico suman el {top_share:%} de las menciones.",
            "“{top[0].name}” is the most frequent of {distinct:#} ({top[0].films:#} films); "
            "those in the chart make up {top_share:%} of all mentions.",
        ),
        column="keywords",
        colour=ROSE,
    ),
)
