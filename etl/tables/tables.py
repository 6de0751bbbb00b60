"""The look-up tables: each question's answers, aggregated once, in the order they are found."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import accumulate, chain
from typing import TYPE_CHECKING, Any

import pandas as pd

from cartelera.contract.names import compact, key
from cartelera.contract.tables import (
    BETTER_KNOWN,
    CANTIDAD_FILMACIONES_DIA,
    CANTIDAD_FILMACIONES_MES,
    FILMACIONES,
    FRANQUICIA,
    GET_ACTOR,
    GET_DIRECTOR,
    PELICULAS_DURACION,
    PELICULAS_IDIOMA,
    PELICULAS_PAIS,
    PRODUCTORAS_EXITOSAS,
    RECOMENDACION,
    SCORE_TITULO,
    VOTES,
    VOTOS_TITULO,
)
from etl.catalogue.catalogue import day_is_unknown
from etl.catalogue.localized_names import (
    UNNAMED,
    LocalizedNames,
    calendar_names,
    country_names,
    language_names,
)
from etl.catalogue.name_keys import name_keys
from etl.tables.film_names import NO_AKAS, better_known, by_reading_key, film_names, name_tables
from etl.tables.filmographies import film_lines
from etl.tables.rows import alias_rows, film_table, name_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from cartelera.contract.tables import TableSchema

_TITLE_FIELDS = {
    "title": "titulo",
    "release_year": "anio",
    "popularity": "popularidad",
    "vote_average": "voto_promedio",
}
_DURATION_FIELDS = {"title": "pelicula", "runtime": "duracion", "release_year": "anio"}
# What films are summed up by: columns of theirs, and lists.
SUMMED_BY = ("original_language", "collection", "production_countries", "production_companies")
# What is summed up, by the column of the outcome.
SUMS = {
    "cantidad": ("revenue", "size"),
    "cantidad_informada": ("informed", "sum"),
    "ganancia_total": ("revenue", "sum"),
    VOTES: ("vote_count", "sum"),
}
# The lists of people that filmographies are made of, and their tables.
CREDITED = {"directors": GET_DIRECTOR, "cast": GET_ACTOR}
# How many times as well known, by the votes of its films, a company is whose everyday name is the
# whole name of another; and its share of the votes of all whose names have these words. "Media" is
# nobody's everyday name.
_BETTER_KNOWN = 10
_LARGEST_SHARE = 0.5
# A franchise is also found without the word that most of them end in.
_COLLECTION_WORDS = frozenset({"collection", "coleccion"})


@dataclass(frozen=True, slots=True)
class Aggregates:
    """What the look-up tables are made of: a catalogue, summed up; each is read when called."""

    # `Catalogue.films`; texts that no table shows may be left out.
    films: Callable[[], pd.DataFrame]
    # `sum_up` by one of `SUMMED_BY`, all films together.
    totals: Callable[[str], pd.DataFrame]
    # The ISO code of each country by its name.
    country_codes: Callable[[], Mapping[str, str]]
    # `filmographies` of one of `CREDITED`, in pieces: each one's names come before the next's.
    filmographies: Callable[[str], Iterable[pd.DataFrame]]


def build_tables(
    aggregates: Aggregates, akas: pd.DataFrame = NO_AKAS
) -> Iterator[tuple[str, pa.Table]]:
    """Yield every look-up table as soon as it is built, with its path in the release.

    Those of people come in pieces, in order, each with the path of the table.

    Parameters
    ----------
    aggregates
        What the films add up to.
    akas
        Other names of the films; see `film_names`.
    """
    for schema, piece in _tables(aggregates, akas):
        yield schema.path, piece


def _tables(
    aggregates: Aggregates, akas: pd.DataFrame
) -> Iterator[tuple[TableSchema[Any], pa.Table]]:
    films = aggregates.films()
    for schema, *entries in _named(aggregates, films):
        yield schema, name_table(schema, *entries)
    yield FILMACIONES, film_table(FILMACIONES, film_lines(films))
    # Before the names of films: workers make blocks of the people meanwhile.
    for people, people_schema in CREDITED.items():
        for piece in aggregates.filmographies(people):
            yield people_schema, name_table(people_schema, piece)
    names = by_reading_key(films, film_names(films, akas))
    yield from name_tables(films, names)
    films = films.assign(**{BETTER_KNOWN: better_known(films, names)})
    del names
    titled = films.rename(columns=_TITLE_FIELDS)
    timed = films.rename(columns=_DURATION_FIELDS)
    yield PELICULAS_DURACION, film_table(PELICULAS_DURACION, timed)
    for schema in (RECOMENDACION, SCORE_TITULO, VOTOS_TITULO):
        yield schema, film_table(schema, titled)


def _named(aggregates: Aggregates, films: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """Yield the schema of each table of names but people's, and what `name_table` makes it of."""
    languages = _localize(_with_averages(aggregates, "original_language"), language_names)
    yield PELICULAS_IDIOMA, *languages, "cantidad"
    countries = _with_averages(aggregates, "production_countries")
    codes = aggregates.country_codes()
    yield PELICULAS_PAIS, *_localize(countries, country_names, codes), "cantidad"
    franchises = _with_averages(aggregates, "collection")
    yield FRANQUICIA, franchises, _short_names(franchises), "ganancia_total"
    companies = _with_averages(aggregates, "production_companies")
    yield PRODUCTORAS_EXITOSAS, companies, everyday_names(companies), "revenue_total"
    dates = films["release_date"]
    # As they are answered, and as they may be asked for.
    months = [(*names, number, number.zfill(2)) for number, *names in calendar_names("months")]
    months[8] += ("setiembre",)
    days = [tuple(names) for _, *names in calendar_names("days")]
    yield CANTIDAD_FILMACIONES_MES, _counts(dates, dates.dt.month - 1, months), _other_names(months)
    yield CANTIDAD_FILMACIONES_DIA, _counts(dates, dates.dt.day_of_week, days), _other_names(days)


def _counts(
    dates: pd.Series[pd.Timestamp], numbers: pd.Series[int], names: Sequence[Sequence[str]]
) -> pd.DataFrame:
    """Count the dates of each number from 0, under its first name; what none has is 0."""
    counts = numbers.value_counts().reindex(range(len(names)), fill_value=0)
    unknown = numbers[day_is_unknown(dates)].value_counts().reindex(counts.index, fill_value=0)
    first = [name for name, *_ in names]
    columns = {"cantidad": counts.to_numpy(), "sin_dia_conocido": unknown.to_numpy()}
    return pd.DataFrame({"name": first, VOTES: 0, **columns})


def _other_names(names: Sequence[Sequence[str]]) -> pd.DataFrame:
    """Return a row for each further name of something: `name`, the first one, and `alias`."""
    return alias_rows((first, other) for first, *more in names for other in more)


def sum_up(films: pd.DataFrame, lists: Mapping[str, pd.DataFrame], by: str) -> pd.DataFrame:
    """Sum up films by a column or by the names of a list; those without one are in no group.

    Parameters
    ----------
    films, lists
        As in `Catalogue`.
    by
        One of `SUMMED_BY`.

    Returns
    -------
    DataFrame
        One row a group: its `name`, in order, and the `SUMS` over its films.
    """
    # Not the texts: films are repeated for each entry of a list.
    summed = films[["revenue", "vote_count"]].assign(informed=films["revenue"] > 0)
    if by in lists:
        entries = lists[by].loc[lambda entries: entries["name"] != ""]
        summed = summed.take(entries["film"].to_numpy()).assign(name=entries["name"].to_numpy())
    else:
        summed = summed.assign(name=films[by])
    return summed.groupby("name", sort=True).agg(**SUMS).reset_index()


def _with_averages(aggregates: Aggregates, by: str) -> pd.DataFrame:
    totals = aggregates.totals(by)
    total, informed = totals["ganancia_total"], totals["cantidad_informada"]
    return totals.assign(
        ganancia_promedio=(total / totals["cantidad"]).round(2),
        ganancia_promedio_informada=(total / informed).where(informed > 0).round(2),
        revenue_total=total,
    )


def _localize(
    entries: pd.DataFrame,
    names_of: Callable[[str], LocalizedNames],
    codes: Mapping[str, str] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Give each entry its Spanish name, and return its other names as aliases.

    `codes` holds the ISO codes by the entries' names, which are codes themselves otherwise.
    """
    names = entries["name"]
    entry_codes = names if codes is None else names.map(codes)
    known = [names_of(code) if isinstance(code, str) else UNNAMED for code in entry_codes]
    aliases = alias_rows(
        (name, other)
        for name, code, localized in zip(names, entry_codes, known, strict=True)
        for other in (localized.name, *localized.others, code)
        if isinstance(other, str)
    )
    in_spanish = {name: localized.name for name, localized in zip(names, known, strict=True)}
    return entries.assign(nombre=names.map(in_spanish).astype("str")), aliases


def _short_names(franchises: pd.DataFrame) -> pd.DataFrame:
    """Return the aliases of the franchises that are also known by a shorter name."""
    split = ((name, key(name).rpartition(" ")) for name in franchises["name"])
    return alias_rows(
        (name, words) for name, (words, _, last) in split if words and last in _COLLECTION_WORDS
    )


def everyday_names(companies: pd.DataFrame) -> pd.DataFrame:
    """Return as aliases of companies the names of others, far less known, that people give them.

    Such a name is some of the words of theirs, in a row: "Fox", of "Twentieth Century Fox Film
    Corporation".
    """
    ranked = companies.sort_values([VOTES, "name"], ascending=[False, True])
    columns = ranked["name"], name_keys(ranked["name"]), ranked[VOTES]
    entries = list(zip(*(column.tolist() for column in columns), strict=True))
    # By the key without spaces: the best known company of that name, and of those with its words.
    named: dict[str, tuple[str, int]] = {}
    known: dict[str, tuple[str, int]] = {}
    votes_of_all: Counter[str] = Counter()
    for _, name_key, votes in entries:
        named.setdefault(compact(name_key), (name_key, votes))
    for name, name_key, votes in entries:
        words = name_key.split()
        runs = (accumulate(words[start:]) for start in range(len(words)))
        for part in named.keys() & chain.from_iterable(runs):
            known.setdefault(part, (name, votes))
            votes_of_all[part] += votes
    return alias_rows(
        (known[part][0], name_key)
        for part, (name_key, votes) in named.items()
        if known[part][1] > votes * _BETTER_KNOWN
        and known[part][1] >= votes_of_all[part] * _LARGEST_SHARE
    )
