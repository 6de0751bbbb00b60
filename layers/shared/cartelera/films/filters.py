"""The filters of lists of films, each declared once: its parameters, and the films it lets through.

A new filter is one more entry of `FILTERS`, and a text for its parameter in the documentation.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from cartelera.contract.formats.film_lists import NAMED
from cartelera.contract.tables import (
    FILMS,
    FIRST_YEAR,
    GENERO,
    GET_ACTOR,
    GET_DIRECTOR,
    LAST_YEAR,
    PELICULAS_IDIOMA,
)
from cartelera.errors import (
    InvalidParameterError,
    Message,
    NotInCatalogueError,
    not_in_catalogue,
)
from cartelera.films.people import find_people
from cartelera.lookup.block_table import BlockTable
from cartelera.lookup.fuzzy import Budget
from cartelera.lookup.languages import language_spellings
from cartelera.parameters import ADULTS, ANY_STATUS, FILM_ID, STATUS, Decimal, Integer, Text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cartelera.contract.tables import TableSchema
    from cartelera.films.lists import Set
    from cartelera.lookup.table import Table
    from cartelera.parameters import Parameter
    from cartelera.release import Release

    # Takes the release and the values of the parameters; called where one of them is not None.
    type FilterFunction = Callable[..., Set]


class Filter(NamedTuple):
    """A filter: its parameters, and what returns the films that their values let through."""

    parameters: tuple[Parameter, ...]
    films: FilterFunction


def _entry(table: Table[Any], parameter: str, spellings: tuple[str, ...]) -> int:
    """Return the row of a name in a look-up table, the best of several."""
    if found := table.matches(*spellings):
        return found[0]
    budget = Budget()
    raise NotInCatalogueError(
        not_in_catalogue(spellings[0], parameter),
        table.suggestions(spellings[0], budget),
        budget.notice,
    )


def _named_filter(facet: str) -> Filter:
    schema = NAMED[facet]

    def films(release: Release, spellings: tuple[str, ...]) -> Set:
        table = release.table(schema)
        if schema is PELICULAS_IDIOMA:
            spellings = language_spellings(table, spellings)
        return release.film_lists().entry(facet, _entry(table, facet, spellings))

    return Filter((Text(facet, required=False),), films)


def _of_genres(release: Release, spellings: tuple[str, ...]) -> Set:
    """Return the films of a genre; of several, between commas, those that are of each."""
    table, lists = release.table(GENERO), release.film_lists()
    if table.matches(*spellings):
        return lists.genre(table.name(_entry(table, GENERO.route, spellings)))
    films = lists.all
    for name in spellings[0].split(","):
        films &= lists.genre(table.name(_entry(table, GENERO.route, (name.strip(),))))
    return films


def _person_filter(schema: TableSchema[Any], parameter: str) -> Filter:
    def films(release: Release, name: tuple[str, ...] | None, person_id: int | None) -> Set:
        people = release.table(schema)
        if name is None and not person_id:
            detail = Message(
                f"`id_{parameter}` 0, quien no tiene número, va junto a `{parameter}`.",
                f"`id_{parameter}` 0, who has no number, goes with `{parameter}`.",
            )
            raise InvalidParameterError(f"id_{parameter}", detail)
        # 0 is who has no id.
        found = find_people(people, name, person_id or None)
        if person_id == 0:
            found = [each for each in found if people.value("id", each) is None]
        if not found:
            raise NotInCatalogueError(
                Message(
                    f"`id_{parameter}`: nadie de ese nombre está sin número.",
                    f"`id_{parameter}`: nobody of that name is without a number.",
                )
            )
        person = found[0]
        played, lists = cast("list[Any]", people.value(FILMS, person)), release.film_lists()
        if isinstance(people, BlockTable):
            # The films themselves, each with its id first.
            return lists.of_ids(film_id for film_id, *_ in played)
        return lists.of_rows(played)

    return Filter(
        (Text(parameter, required=False), Integer(f"id_{parameter}", 0, FILM_ID.high)), films
    )


def _at_least(column: str, release: Release, value: float) -> Set:
    return release.film_lists().at_least(column, value)


def _not_longer(release: Release, minutes: int) -> Set:
    lists = release.film_lists()
    # 0 is an unknown running time.
    return lists.below("minutes", minutes, inclusive=True) & lists.at_least("minutes", 1)


def _of_status(release: Release, status: str) -> Set:
    lists = release.film_lists()
    return lists.all if status == ANY_STATUS else lists.status(status)


_MOST_MINUTES = 100_000
# In the order in which they are documented.
FILTERS = (
    Filter((Text(GENERO.route, required=False),), _of_genres),
    Filter(
        (Integer("desde", FIRST_YEAR, LAST_YEAR), Integer("hasta", FIRST_YEAR, LAST_YEAR)),
        lambda release, first, last: release.film_lists().in_years(first, last),
    ),
    *map(_named_filter, NAMED),
    _person_filter(GET_DIRECTOR, "director"),
    _person_filter(GET_ACTOR, "actor"),
    Filter((Integer("min_votos", 0, FILM_ID.high),), partial(_at_least, "votes")),
    Filter((Decimal("min_voto_promedio", high=10),), partial(_at_least, "ratings")),
    Filter((Integer("min_duracion", 1, _MOST_MINUTES),), partial(_at_least, "minutes")),
    Filter((Integer("max_duracion", 1, _MOST_MINUTES),), _not_longer),
    Filter(
        (Text("tema", required=False),),
        lambda release, spellings: release.film_lists().theme(spellings[0]),
    ),
    Filter((STATUS,), _of_status),
)


def filter_films(release: Release, values: Mapping[str, Any]) -> Set:
    """Return the films that every filter lets through.

    Parameters
    ----------
    release
        The release whose films they are.
    values
        The values of the filters' parameters, by name.

    Raises
    ------
    NotInCatalogueError
        When a value names nothing in the catalogue; it suggests the nearest.
    """
    lists = release.film_lists()
    films = lists.all if values[ADULTS.name] else lists.all & ~lists.adult
    for each in FILTERS:
        given = [values[parameter.name] for parameter in each.parameters]
        if any(value is not None for value in given):
            films &= each.films(release, *given)
    return films
