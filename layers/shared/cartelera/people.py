"""Filmographies: the films of everyone who goes by a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from cartelera.parameters import WholeNumber
from cartelera.partitioned import PartitionedTable
from cartelera.tables import FILMACIONES, FILMS, ROLES

if TYPE_CHECKING:
    from typing import Any

    from cartelera.lookup import Table
    from cartelera.release import Release
    from cartelera.tables import Filmacion

FILM_LIMIT = WholeNumber("limite", 1, 100, default=20)


def films_of(release: Release, people: Table[Any], person: int) -> Table[Filmacion]:
    """Return the table that the `films` column of a person, a row of `people`, refers to.

    Raises
    ------
    StorageError, UnsoundReleaseError
        When it cannot be read, or is not what the job published.
    """
    if isinstance(people, PartitionedTable):
        return people.films(person)
    return release.table(FILMACIONES)


def filmography(
    people: Table[Any], person: int, films: Table[Filmacion], page: int, limit: int
) -> list[Filmacion]:
    """Return a page of a person's films, the latest first; pages are numbered from 1.

    `person` is a row of `people`; `films` are their `films_of`.
    """
    rows = cast("list[int]", people.value(FILMS, person))
    return [films.row(row) for row in rows[_on_page(page, limit)]]


def roles(people: Table[Any], person: int, page: int, limit: int) -> list[str | None]:
    """Return who a person was in each film of a page of `filmography`, null where unknown."""
    return cast("list[str | None]", people.value(ROLES, person))[_on_page(page, limit)]


def _on_page(page: int, limit: int) -> slice:
    return slice((page - 1) * limit, page * limit)
