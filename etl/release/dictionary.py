"""The data dictionary: what each column of a release's tables means, and where it is said.

`dictionary.toml` says it once. The tables carry it in their own metadata, under `COLUMNS`, as JSON,
where DuckDB's `parquet_kv_metadata` and pyarrow's `read_schema(file).metadata` find it.
"""

from __future__ import annotations

import json
import tomllib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NotRequired, TypedDict, cast

import pyarrow as pa

from cartelera.contract.release_format import CATALOG, FEATURES, QUARANTINE, TABLE_EXTENSION
from cartelera.contract.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# The key of the metadata.
COLUMNS = "columns"
_TABLE_PATHS = {schema.path: schema for schema in TABLES}
_DESCRIBED = {CATALOG, FEATURES, QUARANTINE, *_TABLE_PATHS}


class Description(TypedDict):
    """What a column means; see `dictionary.toml`."""

    means: str
    unit: NotRequired[str]
    unknown: NotRequired[str]


def describe(path: str, columns: Sequence[str]) -> dict[str, Description]:
    """Return what columns of a table mean.

    Parameters
    ----------
    path
        The table's path in a release.
    columns
        Their names.

    Raises
    ------
    KeyError
        When `dictionary.toml` does not say it of one of them.
    """
    known = descriptions(path)
    if missing := [name for name in columns if name not in known]:
        raise KeyError(f"{path}: etl/release/dictionary.toml says nothing of {missing}")
    return {name: known[name] for name in columns}


def annotate[Contents](path: str, contents: Contents) -> Contents:
    """Return a table with what its columns mean in its metadata.

    Parameters
    ----------
    path
        Its path in a release.
    contents
        The table. Anything else, and the indexes of tables in blocks, are returned as they are.
    """
    if not isinstance(contents, pa.Table) or path not in _DESCRIBED:
        return contents
    described = json.dumps(describe(path, contents.column_names), ensure_ascii=False)
    return cast("Contents", contents.replace_schema_metadata({COLUMNS: described}))


def descriptions(path: str) -> Mapping[str, Description]:
    """Return what is said of the columns of a table, by its path in a release."""
    said = _said()
    name = path.removeprefix("tables/").removesuffix(TABLE_EXTENSION)
    return (said["columns"] if path in _TABLE_PATHS else {}) | said.get(name, {})


@cache
def _said() -> dict[str, dict[str, Description]]:
    said: dict[str, dict[str, Description]] = tomllib.loads(
        Path(__file__).with_name("dictionary.toml").read_text()
    )
    return said
