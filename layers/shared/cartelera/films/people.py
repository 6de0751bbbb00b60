"""Finding people by name and id, and their filmographies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from cartelera.contract.tables import FILMACIONES, FILMS, ROLES, VOTES
from cartelera.errors import Message, NotInCatalogueError
from cartelera.films.by_title import missing_name
from cartelera.lookup.block_table import BlockTable
from cartelera.lookup.links import complete
from cartelera.parameters import FILM_ID, Integer, Text

if TYPE_CHECKING:
    from cartelera.contract.tables import Filmacion
    from cartelera.lookup.table import Table
    from cartelera.release import Release

FILM_LIMIT = Integer("limite", 1, 100, default=20)
NAME = Text("nombre", required=False)
PERSON_ID = Integer("id", 1, FILM_ID.high)


def find_people(
    people: Table[Any], name: tuple[str, ...] | None, person_id: int | None
) -> list[int]:
    """Return the positions of the person asked for and of namesakes, or of other names of theirs.

    Parameters
    ----------
    people
        A table of people.
    name
        The name in its possible spellings; or None for a search by id alone.
    person_id
        The id that the person must also have, if not None.

    Returns
    -------
    list of int
        First who has the id, then the others; within each as `Table.matches` has them, or the best
        known first.

    Raises
    ------
    InvalidParameterError
        When neither name nor id is given.
    NotInCatalogueError
        When there is nobody: it lists the ids of that name, or suggests the nearest names.
    """
    if name is not None:
        positions = people.positions(*name)
    elif person_id is not None:
        positions = sorted(
            people.positions_of_id(person_id),
            key=lambda position: -cast("int", people.value(VOTES, position)),
        )
        if not positions:
            raise NotInCatalogueError(
                Message(
                    f"No hay nadie con id {person_id}.", f"There is nobody with id {person_id}."
                )
            )
    else:
        raise missing_name(NAME.name)
    if person_id is None:
        return positions
    ids = {position: people.value("id", position) for position in positions}
    if person_id not in ids.values():
        called = people.name(positions[0])
        known = ", ".join(str(each) for each in ids.values() if each is not None)
        detail = Message(
            f"Nadie llamado «{called}» tiene id {person_id}; se saben: {known or 'ninguno'}.",
            f"Nobody called «{called}» has id {person_id}; known are: {known or 'none'}.",
        )
        raise NotInCatalogueError(detail, [called])
    return sorted(positions, key=lambda position: ids[position] != person_id)


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
        return [complete(FILMACIONES, dict(zip(fields, film, strict=True))) for film in entries]
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
