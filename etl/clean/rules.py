"""Rules for the columns of data frames, and which values break them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, cast

from etl.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

NULL, REPEATED = "not_nullable", "field_uniqueness"


class Rule(NamedTuple):
    """A rule that values keep, and what it is called where one breaks it.

    Attributes
    ----------
    name
        What it is called.
    holds
        Returns which values keep it; what it says of nulls does not matter.
    """

    name: str
    holds: Callable[[pd.Series[Any]], pd.Series[bool]]


class Column(NamedTuple):
    """A column: its type in pandas, its rules, and whether values may be null or repeated."""

    dtype: str
    rules: Sequence[Rule] = ()
    nullable: bool = False
    unique: bool = False


class Schema(NamedTuple):
    """The columns of a frame; one that is `strict` has no others."""

    columns: Mapping[str, Column]
    strict: bool = False


class Violation(NamedTuple):
    """A value that breaks a rule: the frame's row (its index), the column and the rule."""

    row: int
    column: str
    rule: str
    value: object


def violations(schema: Schema, frame: pd.DataFrame) -> list[Violation]:
    """Return each value that breaks a rule, by row and then in the order of the rules.

    Parameters
    ----------
    schema
        The rules.
    frame
        The values; its index is unique.

    Raises
    ------
    ContractError
        When a column is missing, or has another type than is declared.
    """
    if frame.empty:
        return []
    _check_columns(schema, frame)
    found: list[Violation] = []
    for name, column in schema.columns.items():
        values = frame[name]
        filled = values.notna()
        broken = {} if column.nullable else {NULL: ~filled}
        if column.unique:
            broken[REPEATED] = values.duplicated(keep=False)
        for rule in column.rules:
            kept = rule.holds(values).to_numpy(dtype=bool, na_value=True)
            broken[rule.name] = filled & ~kept
        found += [
            Violation(cast("int", row), name, rule, value)
            for rule, those in broken.items()
            if those.any()
            for row, value in values[those].items()
        ]
    return sorted(found, key=lambda violation: violation.row)


def _check_columns(schema: Schema, frame: pd.DataFrame) -> None:
    for name, column in schema.columns.items():
        if name not in frame:
            raise ContractError(f"column {name} breaks the schema: it is missing")
        if str(frame[name].dtype) != column.dtype:
            raise ContractError(
                f"column {name} breaks dtype {column.dtype}: found {frame[name].dtype}"
            )
    others = [name for name in frame if name not in schema.columns]
    if schema.strict and others:
        raise ContractError(f"column {others[0]} breaks the schema: it is not declared")
