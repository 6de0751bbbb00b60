"""Rankings and full tables: what a look-up table answers when no name is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from cartelera.errors import InvalidParameterError
from cartelera.parameters import LAST_PAGE, WholeNumber

if TYPE_CHECKING:
    from cartelera.lookup.table import Table

MOST_ROWS = 500
# Without defaults: a name goes with neither.
LIST_PAGE = WholeNumber("pagina", 1, LAST_PAGE)
LIST_LIMIT = WholeNumber("limite", 1, MOST_ROWS)


class Listado[Row](TypedDict):
    """A page of a table; `total` is how many rows it has in all, pages are numbered from 1."""

    total: int
    pagina: int
    limite: int
    resultados: list[Row]


def find_or_list[Row](
    table: Table[Row],
    spellings: tuple[str, ...] | None,
    page: int | None,
    limit: int | None,
    usual_limit: int,
) -> Row | Listado[Row]:
    """Return the entry of a name or, without one, a page of the table's ranking.

    Raises
    ------
    InvalidParameterError
        When a page is asked for together with a name.
    NotInCatalogueError
        When there is no such name.
    """
    if spellings is None:
        page, limit = page or 1, limit or usual_limit
        return {
            "total": table.entries,
            "pagina": page,
            "limite": limit,
            "resultados": table.ranked((page - 1) * limit, limit),
        }
    for name, value in (("pagina", page), ("limite", limit)):
        if value is not None:
            raise InvalidParameterError(
                name, f"`{name}` es para la lista entera: no va junto a `{table.schema.name}`."
            )
    return table.find(*spellings)
