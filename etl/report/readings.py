"""What is read off each chart: one sentence, every figure of it from the facts."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from etl.report.facts import Correlations, Facts, Ranking
    from etl.report.texts import Language

    type Reading = Callable[[Facts, Language], str | None]

_SAID_OF_THREE = 3
_PAIR = 2
# How many of the most frequent names the reach is told at.
_REACH_AT = 10


def reading(name: str, facts: Facts, language: Language) -> str:
    """Return the sentence that goes with a chart; where there is nothing to see, that."""
    return _READINGS[name](facts, language) or language.say("page", "nothing")


def columns(facts: Facts, language: Language) -> str:
    """Return the sentence that goes with the table of columns."""
    emptiest = max(facts.columns, key=lambda column: column.nulls)
    return language.say(
        *("tables", "columns", "reading"),
        columns=len(facts.columns),
        full=sum(column.nulls == 0 for column in facts.columns),
        emptiest=emptiest.name,
        share=emptiest.nulls / facts.films,
    )


def _set_aside(facts: Facts, language: Language) -> str:
    read = sum(counts["read"] for counts in facts.rows.values())
    kept = sum(counts["kept"] for counts in facts.rows.values())
    by_reason: dict[str, int] = {}
    for counts in facts.rows.values():
        for reason, records in counts["set_aside"].items():
            by_reason[reason] = by_reason.get(reason, 0) + records
    if not by_reason:
        return language.say("charts", "set_aside", "nothing", read=read)
    reason, most = max(by_reason.items(), key=lambda item: item[1])
    return language.say(
        *("charts", "set_aside", "reading"),
        read=read,
        kept=kept,
        share=kept / read,
        reason=reason_in(reason, language),
        most=most,
    )


def reason_in(reason: str, language: Language) -> str:
    """Return why something was set aside, in a language; `field: reason` keeps its field."""
    field, _, rule = reason.rpartition(": ")
    said = language.say("reasons", rule) if language.has("reasons", rule) else rule
    return f"{field}: {said}" if field else said


def _names(ranking: Ranking, language: Language) -> list[str]:
    return [language.name(each.name) for each in ranking.top]


def _genres(facts: Facts, language: Language) -> str | None:
    genres = facts.genres
    if not genres.top:
        return None
    first = genres.top[0].films / facts.films
    names = _names(genres, language)
    if len(names) < _SAID_OF_THREE:
        return language.say("charts", "genres", "reading_few", first=names[0], share=first)
    return language.say(
        *("charts", "genres", "reading"),
        first=names[0],
        second=names[1],
        third=names[2],
        share=first,
        three=sum(each.films for each in genres.top[:_SAID_OF_THREE]) / genres.entries,
    )


def _original_languages(facts: Facts, language: Language) -> str | None:
    ranking = facts.original_languages
    if not ranking.top:
        return None
    return language.say(
        *("charts", "original_languages", "reading"),
        first=_names(ranking, language)[0].lower()
        if language.code == "es"
        else ranking.top[0].name.en,
        share=ranking.top[0].films / ranking.films,
        rest=ranking.distinct - len(ranking.top),
        others=ranking.rest / ranking.films,
    )


def _first_and_second(name: str, ranking: Ranking, language: Language) -> str | None:
    if not ranking.top:
        return None
    names, films = _names(ranking, language), ranking.top[0].films
    if len(names) < _PAIR:
        return language.say("charts", name, "reading_few", first=names[0], films=films)
    return language.say(
        *("charts", name, "reading"),
        distinct=ranking.distinct,
        first=names[0],
        films=films,
        second=names[1],
        times=films / ranking.top[1].films,
    )


def _out_of_many(name: str, ranking: Ranking, language: Language) -> str | None:
    if not ranking.top:
        return None
    return language.say(
        *("charts", name, "reading"),
        top=len(ranking.top),
        distinct=ranking.distinct,
        share=1 - ranking.rest / ranking.entries,
        first=_names(ranking, language)[0],
        films=ranking.top[0].films,
    )


def _years(facts: Facts, language: Language) -> str:
    best, films = max(facts.years, key=lambda year: year[1])
    up_to = accumulate(count for _, count in facts.years)
    middle = next(
        year for (year, _), seen in zip(facts.years, up_to, strict=True) if seen * 2 >= facts.films
    )
    return language.say("charts", "years", "reading", best=best, films=films, middle=middle)


def _decades(facts: Facts, language: Language) -> str:
    best, films = max(facts.decades, key=lambda decade: decade[1])
    share = films / facts.films
    return language.say("charts", "decades", "reading", best=best, films=films, share=share)


def _distribution(name: str) -> Reading:
    def read(facts: Facts, language: Language) -> str | None:
        found = facts.distributions[name]
        if found.quartiles is None:
            return None
        low, middle, high = found.quartiles
        return language.say(
            *("charts", name, "reading"),
            films=found.films,
            share=found.films / facts.films,
            low=low,
            middle=middle,
            high=high,
        )

    return read


def _money_known(facts: Facts, language: Language) -> str:
    takings = facts.takings
    return language.say(
        *("charts", "money_known", "reading"),
        neither=takings.neither / facts.films,
        both=takings.both / facts.films,
    )


def _correlation(
    name: str, matrix: Callable[[Correlations], Sequence[Sequence[float | None]]]
) -> Reading:
    def read(facts: Facts, language: Language) -> str | None:
        variables = facts.correlations.variables
        pairs = [
            (value, variables[column], variables[row])
            for row, values in enumerate(matrix(facts.correlations))
            for column, value in enumerate(values[:row])
            if value is not None
        ]
        if not pairs:
            return None
        value, one, other = max(pairs, key=lambda pair: abs(pair[0]))
        return language.say(
            *("charts", name, "reading"),
            one=language.say("fields", one),
            other=language.say("fields", other),
            value=value,
        )

    return read


def _returns(facts: Facts, language: Language) -> str | None:
    returns = facts.returns
    if not returns.films:
        return None
    return language.say(
        *("charts", "return_popularity", "reading" if returns.rho is not None else "reading_few"),
        films=returns.films,
        share=returns.in_profit / returns.films,
        median=returns.median,
        rho=returns.rho,
    )


def _boxes(facts: Facts, language: Language) -> str | None:
    if not facts.boxes:
        return None
    most, variable = max((box.below + box.above, name) for name, box in facts.boxes.items())
    variable = language.say("fields", variable)
    return language.say("charts", "boxes", "reading", most=most, variable=variable)


def _money_units(facts: Facts, language: Language) -> str | None:
    takings = facts.takings
    if not takings.both:
        return None
    if not takings.wrong_unit:
        return language.say("charts", "money_units", "reading_few", both=takings.both)
    worst = max(
        takings.wrong_unit,
        key=lambda film: (film.revenue / film.budget, film.film),
    )
    return language.say(
        *("charts", "money_units", "reading"),
        wrong=len(takings.wrong_unit),
        film=worst.film.title,
        budget=worst.budget,
        revenue=worst.revenue,
    )


def _words(facts: Facts, language: Language) -> str | None:
    if not facts.words:
        return None
    first = facts.words[0]
    return language.say("charts", "words", "reading", first=first.text, times=first.times)


def _coverage(facts: Facts, language: Language) -> str:
    shares = list(facts.coverage.shares.items())
    (best, most), (worst, least) = shares[0], shares[-1]
    return language.say(
        *("charts", "coverage", "reading"),
        best=language.say("fields", best),
        most=most,
        worst=language.say("fields", worst),
        least=least,
    )


def _coverage_decades(facts: Facts, language: Language) -> str:
    changes = [
        (abs(shares[-1][1] - shares[0][1]), field, shares)
        for field, shares in facts.coverage.decades.items()
    ]
    _, field, shares = max(changes, key=lambda change: change[0])
    return language.say(
        *("charts", "coverage_decades", "reading"),
        **{"from": shares[0][0]},
        field=language.say("fields", field),
        first=shares[0][1],
        to=shares[-1][0],
        last=shares[-1][1],
    )


def _reach(facts: Facts, language: Language) -> str | None:
    reached = [
        (max(share for n, share in steps if n <= _REACH_AT), field)
        for field, steps in facts.coverage.reach.items()
    ]
    if not reached:
        return None
    (most, widest), (least, narrowest) = max(reached), min(reached)
    return language.say(
        *("charts", "reach", "reading"),
        n=_REACH_AT,
        widest=language.say("fields", widest),
        most=most,
        narrowest=language.say("fields", narrowest),
        least=least,
    )


_READINGS: dict[str, Reading] = {
    "set_aside": _set_aside,
    "genres": _genres,
    "original_languages": _original_languages,
    "languages": lambda facts, language: _first_and_second("languages", facts.languages, language),
    "countries": lambda facts, language: _first_and_second("countries", facts.countries, language),
    "companies": lambda facts, language: _out_of_many("companies", facts.companies, language),
    "keywords": lambda facts, language: _out_of_many("keywords", facts.keywords, language),
    "years": _years,
    "decades": _decades,
    **{
        name: _distribution(name)
        for name in ("runtime", "rating", "votes", "popularity", "budget", "revenue")
    },
    "money_known": _money_known,
    "correlation_linear": _correlation("correlation_linear", lambda found: found.linear),
    "correlation_rank": _correlation("correlation_rank", lambda found: found.rank),
    "return_popularity": _returns,
    "boxes": _boxes,
    "money_units": _money_units,
    "words": _words,
    "coverage": _coverage,
    "coverage_decades": _coverage_decades,
    "reach": _reach,
}
