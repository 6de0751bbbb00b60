"""Reading nested cells: lists and objects written as Python literals or as JSON."""

from __future__ import annotations

import ast
import json
import warnings
from contextlib import suppress


class UnreadableCellError(ValueError):
    """A cell is neither a Python literal nor JSON of the kind it should be."""


def parse_objects(cell: str) -> list[dict[str, object]]:
    """Parse a cell that holds a list of objects; an empty cell is an empty list.

    Raises
    ------
    UnreadableCellError
        When it holds anything else.
    """
    value = _parse(cell) if cell.strip() else []
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise UnreadableCellError("not a list of objects")
    return value


def parse_object(cell: str) -> dict[str, object] | None:
    """Parse a cell that holds one object; an empty cell is None.

    Raises
    ------
    UnreadableCellError
        When it holds anything else.
    """
    value = _parse(cell) if cell.strip() else None
    if value is not None and not isinstance(value, dict):
        raise UnreadableCellError("not an object")
    return value


def _parse(cell: str) -> object:
    # JSON first: a Python literal fails it at its first quote, and `[]` is both.
    with suppress(ValueError, RecursionError):
        return json.loads(cell)
    try:
        with warnings.catch_warnings():
            # An odd escape is the cell's own business, not news for whoever runs the job.
            warnings.simplefilter("ignore", SyntaxWarning)
            return ast.literal_eval(cell.strip())
    except (ValueError, SyntaxError, MemoryError, RecursionError) as error:
        raise UnreadableCellError("neither a Python literal nor JSON") from error
