"""Filmographies: the films of everyone who goes by a name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, cast

from cartelera.contract.tables import FILMACIONES, FILMS, ROLES
from cartelera.lookup.block_table import BlockTable
from cartelera.parameters import Integer

if TYPE_CHECKING:
    from typing import Any

    from cartelera.contract.tables import Filmacion
    from cartelera.lookup.table import Table
    from cartelera.release import Release

FILM_LIMIT = Integer("limite", 1, 100, default=20)


class FilmSource(Protocol):
    """Where the films are that the `films` column of people refers to."""

    def row(self, film: Any, /) -> Filmacion:  # noqa: ANN401 (a row number, or the film itself)
        """Return the film of an entry of that column."""


class EmbeddedFilms:
    """The films in the rows of people of a table in blocks."""

    def row(self, film: list[object]) -> Filmacion:
        """See `FilmSource`."""
        return cast("Filmacion", dict(zip(FILMACIONES.fields, film, strict=True)))


def film_source(release: Release, people: Table[Any]) -> FilmSource:
    """Return where the films are that the `films` column of a table refers to.

    Parameters
    ----------
    release
        The release of the table.
    people
        A table of people.

    Raises
    ------
    StorageError, UnsoundReleaseError
        When the films cannot be read, or are not what the job published.
    """
    return EmbeddedFilms() if isinstance(people, BlockTable) else release.table(FILMACIONES)


def filmography(
    people: Table[Any], person: int, films: FilmSource, page: int, limit: int
) -> list[Filmacion]:
    """Return a page of a person's films, the latest first.

    Parameters
    ----------
    people, person
        A table of people, and a position in it.
    films
        Its `film_source`.
    page, limit
        The page, from 1, and the number of films on one.
    """
    entries = cast("list[object]", people.value(FILMS, person))
    return [films.row(film) for film in entries[_page_slice(page, limit)]]


def roles(people: Table[Any], person: int, page: int, limit: int) -> list[str | None]:
    """Return a person's role in each film of a page of `filmography`, None where unknown.

    The parameters are those of `filmography`.
    """
    return cast("list[str | None]", people.value(ROLES, person))[_page_slice(page, limit)]


def _page_slice(page: int, limit: int) -> slice:
    return slice((page - 1) * limit, page * limit)
