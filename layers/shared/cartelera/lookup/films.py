"""Finding a film by title, year and id: what the film tables have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from cartelera.errors import InvalidParameterError, NotInCatalogueError

if TYPE_CHECKING:
    from cartelera.lookup.table import Table


def find_film_rows[Row](
    table: Table[Row], title: tuple[str, ...] | None, year: int | None, film_id: int | None
) -> list[int]:
    """Return the positions of the films asked for and of their namesakes.

    Parameters
    ----------
    table
        A film table.
    title
        The title in its possible spellings, or None for a search by id alone.
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
        positions = table.positions(*title)
    elif film_id is not None:
        position = table.position_of_id(film_id)
        if position is None:
            raise NotInCatalogueError(f"No hay ninguna película con id {film_id}.")
        positions = [position]
    else:
        name = table.schema.name
        raise InvalidParameterError(
            name, f"Falta `{name}`: va en la ruta o como ?{name}=; también sirve ?id=."
        )
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
        positions = table.matches(*title)
    else:
        position = None if film_id is None else table.position_of_id(film_id)
        positions = [] if position is None else [position]
    return next(iter(_matching(table, positions, year, film_id)), None)


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
    name = cast("str", table.value(table.schema.name, positions[0]))
    asked = " y ".join(
        [f"anio {year}"] * (year is not None) + [f"id {film_id}"] * (film_id is not None)
    )
    films = [
        f"{table.value(table.schema.name, position)} "
        f"({table.value('anio', position)}, id {table.value('id', position)})"
        for position in positions
    ]
    return f"«{name}» no tiene ninguna película con {asked}; hay: {'; '.join(films)}.", films
