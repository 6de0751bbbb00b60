"""What films they are: the genres, languages, countries, companies and keywords of most films."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, override

from etl.catalogue.localized_names import country_names, genre_names, language_names
from etl.report.chart import Chart
from etl.report.facts import Frequency, Ranking
from etl.report.palette import BLUE, GOLD, GREY, PLUM, ROSE, SERIES, TEAL
from etl.report.texts import Bilingual, same
from etl.report.vega import Spec, bars, donut

if TYPE_CHECKING:
    from collections.abc import Callable

    from etl.catalogue.localized_names import LocalizedNames
    from etl.report.statistics import Statistics

SECTION = "kinds"
_IN_A_DONUT = 6
_OTHER = Bilingual("Otros", "Other")


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


@dataclass(frozen=True, kw_only=True)
class _MostFrequent(Chart[Ranking]):
    """The most frequent values of a list.

    `label` says what a value is called, `others` whether a bar is for all that have none, and
    `caption_few` is read off a list of fewer values than the caption names.
    """

    column: str
    kind: Literal["name", "code"] = "name"
    size: int = 20
    label: Callable[[str, str], Bilingual] = _as_it_is
    colour: str
    others: bool = False
    named: int = 1
    caption_few: Bilingual | None = None

    @override
    def measure(self, catalogue: Statistics) -> Ranking | None:
        return catalogue.ranking(self.column, self.kind, self.size, self.label)

    @override
    def draw(self, facts: Ranking) -> Spec:
        other = Bilingual("Otros ({others:#})", "Other ({others:#})").fill(facts)
        rest = (other, facts.rest) if self.others and facts.rest else None
        return bars(facts.top, self.colour, rest=rest)

    @override
    def caption_of(self, facts: Ranking) -> Bilingual:
        counts = [each.films for each in facts.top]
        few = self.caption_few if len(counts) < self.named else None
        return (few or self.caption).fill(
            facts,
            size=len(counts),
            three=sum(counts[:3]) / facts.mentions,
            times=counts[0] / counts[min(1, len(counts) - 1)],
            listed=1 - facts.rest / facts.mentions,
        )


class _OriginalLanguages(Chart[Ranking]):
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
    def draw(self, facts: Ranking) -> Spec:
        parts = [(*each, colour) for each, colour in zip(facts.top, SERIES, strict=False)]
        if facts.rest:
            other = Bilingual("Otros {others}", "{others} others").fill(facts)
            parts.append((other, facts.rest, GREY))
        return donut(parts)

    @override
    def caption_of(self, facts: Ranking) -> Bilingual:
        spanish, english = facts.top[0].name
        first = Bilingual(spanish.lower(), english)
        return self.caption.fill(facts, first=first, unlisted=facts.rest / facts.films)


CHARTS = (
    _MostFrequent(
        name="genres",
        title=Bilingual("Géneros", "Genres"),
        caption=Bilingual(
            "{top[0].name} es el género de {share:%} de las películas; entre los tres primeros "
            "({top[0].name}, {top[1].name} y {top[2].name}) suman el {three:%} de todas las "
            "menciones.",
            "{top[0].name} is a genre of {share:%} of the films; the first three ({top[0].name}, "
            "{top[1].name} and {top[2].name}) make up {three:%} of all mentions.",
        ),
        caption_few=Bilingual(
            "{top[0].name} es el género de {share:%} de las películas.",
            "{top[0].name} is a genre of {share:%} of the films.",
        ),
        named=3,
        column="genres",
        size=40,
        label=_genre,
        colour=BLUE,
        others=True,
    ),
    _OriginalLanguages(
        name="original_languages",
        title=Bilingual("Idioma original", "Original language"),
        caption=Bilingual(
            "El {share:%} de las películas se rodó en {first}; los {others:#} idiomas que no "
            "caben en el gráfico suman el {unlisted:%}.",
            "{share:%} of the films were shot in {first}; the {others:#} languages that the chart "
            "has no room for make up {unlisted:%}.",
        ),
    ),
    _MostFrequent(
        name="languages",
        title=Bilingual("Idiomas que se hablan", "Languages spoken"),
        caption=Bilingual(
            "Se oyen {distinct:#} idiomas; el más frecuente, {top[0].name}, en {top[0].films:#} "
            "películas, {times:.1} veces las de {top[1].name}.",
            "{distinct:#} languages are heard; the most frequent, {top[0].name}, in "
            "{top[0].films:#} films, {times:.1} times those of {top[1].name}.",
        ),
        caption_few=Bilingual(
            "El idioma que más se oye es {top[0].name}, en {top[0].films:#} películas.",
            "The language heard most is {top[0].name}, in {top[0].films:#} films.",
        ),
        named=2,
        column="spoken_languages",
        kind="code",
        label=_by_code(language_names),
        colour=TEAL,
        others=True,
    ),
    _MostFrequent(
        name="countries",
        title=Bilingual("Países de producción", "Countries of production"),
        caption=Bilingual(
            "{top[0].name} participa en {top[0].films:#} películas, {times:.1} veces las de "
            "{top[1].name}; en total aparecen {distinct:#} países.",
            "{top[0].name} has a part in {top[0].films:#} films, {times:.1} times those of "
            "{top[1].name}; {distinct:#} countries appear in all.",
        ),
        caption_few=Bilingual(
            "{top[0].name} participa en {top[0].films:#} películas.",
            "{top[0].name} has a part in {top[0].films:#} films.",
        ),
        named=2,
        column="production_countries",
        kind="code",
        label=_by_code(country_names),
        colour=PLUM,
        others=True,
    ),
    _MostFrequent(
        name="companies",
        title=Bilingual("Productoras", "Production companies"),
        caption=Bilingual(
            "Las {size:#} primeras, de {distinct:#}, firman el {listed:%} de las "
            "participaciones; {top[0].name} va delante con {top[0].films:#} películas.",
            "The first {size:#}, of {distinct:#}, account for {listed:%} of all credits; "
            "{top[0].name} leads with {top[0].films:#} films.",
        ),
        column="production_companies",
        colour=GOLD,
    ),
    _MostFrequent(
        name="keywords",
        title=Bilingual("Palabras clave", "Keywords"),
        caption=Bilingual(
            "«{top[0].name}» es la más frecuente, en {top[0].films:#} películas; las {size:#} "
            "primeras, de {distinct:#}, son el {listed:%} de todas las que hay puestas.",
            "“{top[0].name}” is the most frequent, in {top[0].films:#} films; the first "
            "{size:#}, of {distinct:#}, are {listed:%} of all that were given.",
        ),
        column="keywords",
        colour=ROSE,
    ),
)
