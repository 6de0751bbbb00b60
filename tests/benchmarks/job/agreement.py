"""Whether the fast parser of nested cells and `ast.literal_eval` agree, cell by cell."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from etl.clean.nested_cells import UnreadableCellError, _as_json, parse_value
from etl.clean.unnest import LISTS
from etl.extract.raw_files import find_raw, read_batches

if TYPE_CHECKING:
    from pathlib import Path

_NESTED = {nested.column for nested in LISTS.values()} | {"belongs_to_collection"}


@dataclass(slots=True)
class Agreement:
    """How many cells were read alike.

    Attributes
    ----------
    cells
        Cells that hold anything.
    alike
        Those that both parsers read as the same value, types and order included, or that both
        refuse.
    rewritten
        Those that needed no `ast.literal_eval`.
    refused
        Those that neither reads.
    different
        The others.
    """

    cells: int = 0
    alike: int = 0
    rewritten: int = 0
    refused: int = 0
    different: list[str] = field(default_factory=list)


def compare(folder: Path) -> dict[str, Agreement]:
    """Read every nested cell of the raw files in both ways; by file and column."""
    found: dict[str, Agreement] = {}
    raw = find_raw(folder)
    for file in (raw.movies, raw.credits, raw.keywords):
        if file is None:
            continue
        for batch in read_batches(file):
            for column in sorted(_NESTED & set(batch.records.columns)):
                agreement = found.setdefault(f"{file.path.name}: {column}", Agreement())
                for cell in batch.records[column]:
                    if cell.strip():
                        _compare(cell, agreement)
    return found


def _compare(cell: str, agreement: Agreement) -> None:
    fast, slow = _read(cell, fast=True), _read(cell, fast=False)
    agreement.cells += 1
    agreement.rewritten += _is_json(_as_json(cell))
    agreement.refused += slow is None
    if fast == slow:
        agreement.alike += 1
    else:
        agreement.different.append(cell)


def _is_json(text: str) -> bool:
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        return False
    return True


def _read(cell: str, *, fast: bool) -> str | None:
    """Return a cell's value as text, which tells 1 from 1.0 and True; None when it is refused."""
    try:
        return repr(parse_value(cell) if fast else ast.literal_eval(cell.strip()))
    except (UnreadableCellError, ValueError, SyntaxError):
        return None
