"""Filmographies: the films of everyone who goes by a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from cartelera.parameters import WholeNumber
from cartelera.tables import FILMS, ROLES

if TYPE_CHECKING:
    from typing import Any

    from cartelera.lookup import Table
    from cartelera.tables import Filmacion

FILM_LIMIT = WholeNumber("limite", 1, 100, default=20)


def filmography(
    people: Table[Any], person: int, films: Table[Filmacion], page: int, limit: int
) -> list[Filmacion]:
    """Return a page of a person's films, the latest first; pages are numbered from 1.

    `person` is a row of `people`; `films` is the table that its `films` column refers to.
    """
    rows = cast("list[int]", people.value(FILMS, person))
    return [films.row(row) for row in rows[_on_page(page, limit)]]


def roles(people: Table[Any], person: int, page: int, limit: int) -> list[str | None]:
    """Return who a person was in each film of a page of `filmography`, null where unknown."""
    return cast("list[str | None]", people.value(ROLES, person))[_on_page(page, limit)]


def _on_page(page: int, limit: int) -> slice:
    return slice((page - 1) * limit, page * limit)
