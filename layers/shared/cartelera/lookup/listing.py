"""Rankings and full tables: what a look-up table answers when no name is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from cartelera.errors import InvalidParameterError, Message
from cartelera.parameters import MAX_PAGE, Integer

if TYPE_CHECKING:
    from cartelera.lookup.table import Table

MAX_LIMIT = 500
# Without defaults: neither goes together with a name.
LIST_PAGE = Integer("pagina", 1, MAX_PAGE)
LIST_LIMIT = Integer("limite", 1, MAX_LIMIT)


class Listado[Row](TypedDict):
    """A page of a table, from 1; `total` is the number of all its rows."""

    total: int
    pagina: int
    limite: int
    resultados: list[Row]


def find_or_list[Row](
    table: Table[Row],
    spellings: tuple[str, ...] | None,
    page: int | None,
    limit: int | None,
    default_limit: int,
) -> Row | Listado[Row]:
    """Return the entry of a name or, without one, a page of the table's ranking.

    Parameters
    ----------
    table
        A table with a ranking.
    spellings
        The name in its possible spellings, or None.
    page
        The page, from 1; the first when None.
    limit
        The number of rows on a page; `default_limit` when None.
    default_limit
        That of a question without one.

    Raises
    ------
    InvalidParameterError
        When a page is given together with a name.
    NotInCatalogueError
        When there is no such name.
    """
    if spellings is None:
        page, limit = page or 1, limit or default_limit
        return {
            "total": table.entries,
            "pagina": page,
            "limite": limit,
            "resultados": table.ranking_page((page - 1) * limit, limit),
        }
    for name, value in (("pagina", page), ("limite", limit)):
        if value is not None:
            raise InvalidParameterError(
                name,
                Message(
                    f"`{name}` es para la lista entera: no va junto a `{table.schema.name}`.",
                    f"`{name}` is for the whole list: it does not go with `{table.schema.name}`.",
                ),
            )
    return table.find(*spellings)
