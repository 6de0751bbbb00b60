"""`python -m etl dictionary`: what each column of a release's tables means, as a page."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING

import click
import pandas as pd
import pyarrow as pa

from cartelera.contract.release_format import CATALOG, FEATURES, QUARANTINE
from cartelera.contract.tables import TABLES
from etl.catalogue.catalogue import assemble, to_arrow
from etl.clean.schemas import CLEAN_COLUMNS, FILM_TYPES
from etl.quarantine import Quarantine
from etl.release.dictionary import describe
from etl.tables.rows import arrow_schema

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTRODUCTION = """\
# Data dictionary

Each column of the parquet files of a release. `python -m etl dictionary` prints this page from the
schemas and from `etl/release/dictionary.toml`; each file has the same in its own metadata, under
the key `columns`, as JSON. [data.md](data.md) shows how to read the files.

A column that is never null has a value in every row. What stands for an unknown value, if that is
not null, is in brackets. A table of more than 200,000 rows lies in
[blocks](releases.md#what-a-release-holds), which have the same columns and no metadata.
"""
_FILES = {
    CATALOG: "The cleaned films, one row a film, in order of their titles' keys.",
    FEATURES: "The names of the model's features, in their order.",
    QUARANTINE: "What the job set aside: records, or fields of records that are kept.",
}


@click.command()
def dictionary() -> None:
    """Print what each column of a release's tables means: type, unit, nulls, meaning."""
    click.echo("\n".join(_page()))


def _page() -> Iterator[str]:
    yield _INTRODUCTION
    for path, (about, schema) in _tables().items():
        yield f"## `{path}`\n\n{about}\n"
        yield "| column | type | unit | null | meaning |\n|---|---|---|---|---|"
        for name, said in describe(path, schema.names).items():
            field = schema.field(name)
            nulls = "maybe" if field.nullable else "never"
            if "unknown" in said:
                nulls += f" ({said['unknown']})"
            unit = said.get("unit", "")
            yield f"| `{name}` | {_type_name(field.type)} | {unit} | {nulls} | {said['means']} |"
        yield ""


def _tables() -> dict[str, tuple[str, pa.Schema]]:
    """Return what each table is, and its columns, by its path in a release."""
    films = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in FILM_TYPES.items()})
    nullable = {name for name, column in CLEAN_COLUMNS.items() if column.schema.nullable}
    catalogue = pa.schema(
        field.with_nullable(field.name in nullable)
        for field in to_arrow(assemble(films.assign(key=""), {})).schema
    )
    features = pa.schema(
        [pa.field(name, pa.string(), nullable=False) for name in ("block", "name")]
    )
    schemas = {CATALOG: catalogue, FEATURES: features, QUARANTINE: Quarantine().to_arrow().schema}
    return {path: (_FILES[path], schema) for path, schema in schemas.items()} | {
        schema.path: (inspect.cleandoc(schema.row.__doc__ or ""), arrow_schema(schema))
        for schema in TABLES
    }


def _type_name(kind: pa.DataType) -> str:
    if pa.types.is_list(kind):
        return f"list of {_type_name(kind.value_type)}"
    if pa.types.is_struct(kind):
        return ", ".join(f"{field.name}: {_type_name(field.type)}" for field in kind)
    return str(kind)
