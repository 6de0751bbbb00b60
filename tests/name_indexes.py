"""Small indexes of names, made as the job makes them."""

from __future__ import annotations

from typing import NamedTuple

import pandas as pd

from cartelera.contract.names import key
from cartelera.contract.tables import KINDS
from etl.tables.search import name_index

YEAR = 2000


class Name(NamedTuple):
    """A name: films have an id, and what has several names is shown as one of them."""

    shown: str
    votes: int = 0
    tipo: str = "pelicula"
    id: int = 0
    name_key: str | None = None
    year: int = YEAR
    other: str = ""


def index_of(*names: Name) -> bytes:
    """Return the index of some names."""
    rows = [
        {
            "key": key(name.shown) if name.name_key is None else name.name_key,
            "votes": name.votes,
            "kind": list(KINDS).index(name.tipo),
            "id": name.id,
            "anio": name.year if name.id else 0,
            "shown": name.shown,
            "other": name.other,
        }
        for name in names
    ]
    columns = ["key", "votes", "kind", "id", "anio", "shown", "other"]
    return name_index(pd.DataFrame(rows, columns=columns))
