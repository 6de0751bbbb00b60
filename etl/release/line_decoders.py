"""Decoders of the lines of blocks, for whoever checks a release.

They hold each value to its type, and refuse whatever functions cannot parse. As a struct, which has
its fields by place, a line is parsed in less time than as a dict.
"""

from __future__ import annotations

from types import UnionType
from typing import TYPE_CHECKING, Any, Union, get_args, get_origin, get_type_hints, is_typeddict

import msgspec

from cartelera.contract.formats.block_format import row_columns
from cartelera.contract.formats.film_facts import DatosDePelicula
from cartelera.contract.formats.neighbours import NEIGHBOUR
from cartelera.contract.tables import BETTER_KNOWN, FILM, FILMACIONES, FILMS, ROLES, VOTES
from cartelera.recommend.recommendations import Recomendada

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cartelera.contract.tables import TableSchema


def _as_struct(shape: Any) -> Any:  # noqa: ANN401 (a type)
    """Return a type with a struct for each TypedDict: it has no other keys.

    What it is parsed as is of the types that it says, to the last field.
    """
    if is_typeddict(shape):
        fields = [(name, _as_struct(kind)) for name, kind in get_type_hints(shape).items()]
        return msgspec.defstruct(shape.__name__, fields, forbid_unknown_fields=True, gc=False)
    kinds = tuple(map(_as_struct, get_args(shape)))
    if isinstance(shape, UnionType):
        return Union[kinds]  # noqa: UP007 (of types that are made here)
    return get_origin(shape)[kinds] if kinds else shape


def _as_array(name: str, columns: Sequence[str], types: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Return the type of an array with a value of each column, and no other.

    Parameters
    ----------
    name
        What messages call it.
    columns
        The columns, in order.
    types
        Those of the columns, and perhaps of others.
    """
    fields = [(column, types[column]) for column in columns]
    return msgspec.defstruct(name, fields, array_like=True, forbid_unknown_fields=True, gc=False)


# The columns of rows in blocks that are no fields of theirs.
_INDEX_TYPES = {
    VOTES: int,
    BETTER_KNOWN: int | None,
    FILM: int,
    FILMS: list[_as_array("Filmacion", FILMACIONES.fields, get_type_hints(FILMACIONES.row))],  # type: ignore[misc]
    ROLES: list[str | None],
}

FACTS_DECODER = msgspec.json.Decoder(_as_struct(DatosDePelicula))
NEIGHBOURS_DECODER = msgspec.json.Decoder(
    list[_as_array("Recomendada", NEIGHBOUR, get_type_hints(Recomendada))]  # type: ignore[misc]
)


def row_decoder(schema: TableSchema[Any]) -> msgspec.json.Decoder[Any]:
    """Return what decodes a row of a table in blocks: its `row_columns`."""
    types = _INDEX_TYPES | get_type_hints(schema.row)
    return msgspec.json.Decoder(_as_array(schema.route, row_columns(schema), types))
