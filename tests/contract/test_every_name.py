"""Every name in the release is reachable by URL."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

import pyarrow.parquet as pq
import pytest

from cartelera.tables import TABLES

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from cartelera.tables import TableSchema
    from tests.contract.conftest import Caller


@pytest.mark.parametrize("schema", TABLES, ids=lambda schema: schema.route)
def test_every_name_finds_itself(get: Caller, place: Path, schema: TableSchema[Any]) -> None:
    (file,) = place.glob(f"releases/*/{schema.path}")
    names = sorted(set(pq.read_table(file, columns=[schema.name])[schema.name].to_pylist()))

    lost = []
    for name in names:
        answer = get(f"/{schema.route}/{quote(name, safe='')}")
        if answer.status != 200 or answer.body[schema.name] != name:
            lost.append((name, answer.status))

    assert names
    assert lost == []
