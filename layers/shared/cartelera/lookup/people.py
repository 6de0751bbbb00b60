"""Filmographies: the films of everyone who goes by a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from cartelera.contract.tables import FILMACIONES, FILMS, ROLES
from cartelera.lookup.block_table import BlockTable
from cartelera.parameters import Integer

if TYPE_CHECKING:
    from cartelera.contract.tables import Filmacion
    from cartelera.lookup.table import Table
    from cartelera.release import Release

FILM_LIMIT = Integer("limite", 1, 100, default=20)


def filmography(
    release: Release, people: Table[Any], person: int, page: int, limit: int
) -> list[Filmacion]:
    """Return a page of a person's films, the latest first.

    Parameters
    ----------
    release
        A release.
    people
        A table of people in it.
    person
        The person's position in the table.
    page
        The page, from 1.
    limit
        The number of films on a page.

    Raises
    ------
    StorageError, UnsoundReleaseError
        When the films cannot be read, or are not what the job published.
    """
    entries = cast("list[Any]", people.value(FILMS, person))[_page_slice(page, limit)]
    if isinstance(people, BlockTable):
        # The films themselves; else they are positions in `FILMACIONES`.
        fields = FILMACIONES.fields
        return [cast("Filmacion", dict(zip(fields, film, strict=True))) for film in entries]
    films = release.table(FILMACIONES)
    return [films.row(position) for position in entries]


def roles(people: Table[Any], person: int, page: int, limit: int) -> list[str | None]:
    """Return a person's role in each film of a page of `filmography`, None where unknown.

    Parameters
    ----------
    people, person, page, limit
        As of `filmography`.

    Raises
    ------
    StorageError, UnsoundReleaseError
        When the roles cannot be read, or are not what the job published.
    """
    return cast("list[str | None]", people.value(ROLES, person))[_page_slice(page, limit)]


def _page_slice(page: int, limit: int) -> slice:
    return slice((page - 1) * limit, page * limit)
