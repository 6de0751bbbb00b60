"""Finding a film by title, year and id: what the film tables have in common."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cartelera.contract.names import compact, key
from cartelera.errors import InvalidParameterError, NotInCatalogueError

if TYPE_CHECKING:
    from cartelera.lookup.table import Table

# The end of a film as `_suggestion` writes it.
_ID_OF_SUGGESTION = re.compile(r", id ([0-9]{1,10})\)\s*$")


def find_film_rows[Row](
    table: Table[Row], title: tuple[str, ...] | None, year: int | None, film_id: int | None
) -> list[int]:
    """Return the positions of the films asked for and of their namesakes.

    Parameters
    ----------
    table
        A film table.
    title
        The title, or a film as suggestions name it, in its possible spellings; or None for a
        search by id alone.
    year, film_id
        What the film must also have, if not None.

    Returns
    -------
    list of int
        First the films that have the year and the id, then the others of the title; within each,
        the exact spelling first, then the best known.

    Raises
    ------
    InvalidParameterError
        When neither title nor id is given.
    NotInCatalogueError
        When there is no such film: it lists the films of that title, or suggests the nearest.
    """
    if title is not None:
        positions = _titled(table, title) or table.positions(*title)
    elif film_id is not None:
        position = table.position_of_id(film_id)
        if position is None:
            raise NotInCatalogueError(f"No hay ninguna película con id {film_id}.")
        positions = [position]
    else:
        raise missing_name(table.schema.name)
    found = _matching(table, positions, year, film_id)
    if not found:
        raise NotInCatalogueError(*_near_misses(table, positions, year, film_id))
    return found + [position for position in positions if position not in found]


def find_film[Row](
    table: Table[Row], title: tuple[str, ...] | None, year: int | None, film_id: int | None
) -> Row:
    """Return the film asked for, with its namesakes, if any, under `otras`.

    Parameters and errors are those of `find_film_rows`.
    """
    best, *others = find_film_rows(table, title, year, film_id)
    return table.with_others(best, others)


def find_film_row[Row](
    table: Table[Row], title: tuple[str, ...] | None, year: int | None, film_id: int | None
) -> int | None:
    """Return the position of the film asked for, or None.

    The parameters are those of `find_film_rows`. It looks for no suggestions, which takes most of
    the time of a miss.
    """
    if title is not None:
        positions = _titled(table, title)
    else:
        position = None if film_id is None else table.position_of_id(film_id)
        positions = [] if position is None else [position]
    return next(iter(_matching(table, positions, year, film_id)), None)


def missing_name(parameter: str) -> InvalidParameterError:
    """Return the error for a question with neither a name, in `parameter`, nor an id."""
    return InvalidParameterError(
        parameter, f"Falta `{parameter}`: va en la ruta o como ?{parameter}=; también sirve ?id=."
    )


def _titled[Row](table: Table[Row], title: tuple[str, ...]) -> list[int]:
    """Return the films of a title or, where it is a suggestion, that film and its namesakes."""
    if positions := table.matches(*title):
        return positions
    if found := _ID_OF_SUGGESTION.search(title[0]):
        film = table.position_of_id(int(found[1]))
        if film is not None and _same_name(_suggestion(table, film), title[0]):
            return [film, *(each for each in table.matches(table.name(film)) if each != film)]
    return []


def _same_name(one: str, other: str) -> bool:
    return compact(key(one)) == compact(key(other))


def _suggestion[Row](table: Table[Row], position: int) -> str:
    year, film_id = table.value("anio", position), table.value("id", position)
    return f"{table.name(position)} ({year}, id {film_id})"


def _matching[Row](
    table: Table[Row], positions: list[int], year: int | None, film_id: int | None
) -> list[int]:
    return [
        position
        for position in positions
        if year in (None, table.value("anio", position))
        and film_id in (None, table.value("id", position))
    ]


def _near_misses[Row](
    table: Table[Row], positions: list[int], year: int | None, film_id: int | None
) -> tuple[str, list[str]]:
    """Return a message that lists the films of the title, and these films as suggestions."""
    name = table.name(positions[0])
    asked = " y ".join(
        [f"anio {year}"] * (year is not None) + [f"id {film_id}"] * (film_id is not None)
    )
    films = [_suggestion(table, position) for position in positions]
    return f"«{name}» no tiene ninguna película con {asked}; hay: {'; '.join(films)}.", films
