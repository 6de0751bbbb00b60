"""Addresses of lists of films, from that of the API on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cartelera.contract.tables import FILMS_URL
from cartelera.parameters import ADULTS, ANY_STATUS, STATUS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cartelera.contract.tables import TableSchema

LISTS_ROUTE = "peliculas"
# What a list of all films of something is asked for with, so that it has as many as are counted.
_ALL = f"{STATUS.name}={ANY_STATUS}&{ADULTS.name}=true"


def list_url(values: Mapping[str, object]) -> str:
    """Return the address of a list.

    Parameters
    ----------
    values
        The values of its parameters, by name; those that are None are left out.
    """
    given = (
        f"{name}={quote(str(value), safe='')}"
        for name, value in values.items()
        if value is not None
    )
    return f"/{LISTS_ROUTE}?{'&'.join(given)}"


def complete[Row](schema: TableSchema[Row], row: dict[str, Any]) -> Row:
    """Add to a row what its table does not hold: `TableSchema.synonyms`, and the films' address.

    Parameters
    ----------
    schema
        The table's schema.
    row
        The values of `TableSchema.fields`, by name.
    """
    for name, same in schema.synonyms:
        row[name] = row[same]
    if schema.listed_by:
        # 0 tells who has no id from others of the name.
        values = {
            parameter: 0 if row[field] is None else row[field]
            for parameter, field in schema.listed_by
        }
        row[FILMS_URL] = f"{list_url(values)}&{_ALL}"
    return row  # type: ignore[return-value]
