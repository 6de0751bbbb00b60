"""Picking one film by title, year and id: what the film tables have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from cartelera.errors import InvalidParameterError, NotInCatalogueError

if TYPE_CHECKING:
    from cartelera.lookup.table import Table


def choose[Row](
    table: Table[Row],
    title: tuple[str, ...] | None,
    year: int | None,
    film_id: int | None,
) -> list[int]:
    """Return the positions of the films asked for in a film table, best first.

    A title, in its possible spellings, names every film called so, the exact spelling first,
    then the best known; the year keeps those of that year and the id the one film. An id
    alone needs no title.

    Raises
    ------
    InvalidParameterError
        When neither title nor id is given.
    NotInCatalogueError
        When no film fits: it says which films of that title there are, or gives the nearest
        titles.
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
    chosen = _fitting(table, positions, year, film_id)
    if not chosen:
        raise NotInCatalogueError(*_near_misses(table, positions, year, film_id))
    return chosen + [position for position in positions if position not in chosen]


def find_film[Row](
    table: Table[Row],
    title: tuple[str, ...] | None,
    year: int | None,
    film_id: int | None,
) -> Row:
    """Return the film asked for; others of its title, if any, are under `otras`.

    See `choose` for what may be asked and what it raises.
    """
    best, *others = choose(table, title, year, film_id)
    return table.answer(best, others)


def find_position[Row](
    table: Table[Row],
    title: tuple[str, ...] | None,
    year: int | None,
    film_id: int | None,
) -> int | None:
    """Return the position of the film asked for, or None; see `choose` for what may be asked.

    It looks for no near misses, which takes most of the time of a miss.
    """
    if title is not None:
        positions = table.matches(*title)
    else:
        position = None if film_id is None else table.position_of_id(film_id)
        positions = [] if position is None else [position]
    return next(iter(_fitting(table, positions, year, film_id)), None)


def _fitting[Row](
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
    """Say which films share the title that was asked for with another year or id."""
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
