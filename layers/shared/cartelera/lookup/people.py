"""Filmographies: the films of everyone who goes by a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from cartelera.contract.tables import FILMACIONES, FILMS, ROLES
from cartelera.lookup.block_table import BlockTable, Films
from cartelera.parameters import WholeNumber

if TYPE_CHECKING:
    from typing import Any

    from cartelera.contract.tables import Filmacion
    from cartelera.lookup.table import Table
    from cartelera.release import Release

FILM_LIMIT = WholeNumber("limite", 1, 100, default=20)


class AllFilms(Protocol):
    """What knows the films that the `films` column of people stands for."""

    def row(self, film: Any, /) -> Filmacion:  # noqa: ANN401 (a row number, or the film itself)
        """Return the film that an entry of that column stands for."""


def films_of(release: Release, people: Table[Any]) -> AllFilms:
    """Return what the `films` column of a table of people refers to.

    Raises
    ------
    StorageError, UnsoundReleaseError
        When it cannot be read, or is not what the job published.
    """
    if isinstance(people, BlockTable):
        return Films()
    return release.table(FILMACIONES)


def filmography(
    people: Table[Any], person: int, films: AllFilms, page: int, limit: int
) -> list[Filmacion]:
    """Return a page of a person's films, the latest first; pages are numbered from 1.

    `person` is a row of `people`; `films` are their `films_of`.
    """
    listed = cast("list[object]", people.value(FILMS, person))
    return [films.row(film) for film in listed[_on_page(page, limit)]]


def roles(people: Table[Any], person: int, page: int, limit: int) -> list[str | None]:
    """Return who a person was in each film of a page of `filmography`, null where unknown."""
    return cast("list[str | None]", people.value(ROLES, person))[_on_page(page, limit)]


def _on_page(page: int, limit: int) -> slice:
    return slice((page - 1) * limit, page * limit)
