"""The search over SQLite's FTS5, to compare with: the same names, the best known first.

Words and their beginnings are looked up in one index, with SQLite's own tables of beginnings; where
there are none, names with the same trigrams are compared with what was typed.
"""

from __future__ import annotations

import os
import sqlite3
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rapidfuzz.distance import OSA
from rapidfuzz.process import extract

from cartelera.contract.names import key
from cartelera.lookup.fuzzy import max_typos

if TYPE_CHECKING:
    from collections.abc import Iterable

DATABASE_VARIABLE = "FTS5_DATABASE"
_FEW = 10
# Names with the most trigrams of a query.
_COMPARED = 200
# Every character but a space is part of a word, as in a key.
_TOKENIZER = "ascii tokenchars '" + "".join(map(chr, range(33, 127))).replace("'", "''''") + "'"


def build(path: Path, names: Iterable[tuple[str, str]]) -> None:
    """Write the database of some names and their keys, the best known first."""
    with sqlite3.connect(path) as database:
        database.execute("CREATE TABLE names (name TEXT, key TEXT)")
        database.executemany("INSERT INTO names VALUES (?, ?)", names)
        options = "content='names', detail=none"
        for index, tokenizer, more in (
            ("words", _TOKENIZER.replace('"', '""'), ", prefix='1 2 3 4', columnsize=0"),
            ("trigrams", "trigram", ""),
        ):
            database.execute(
                f'CREATE VIRTUAL TABLE {index} USING fts5(key, tokenize="{tokenizer}", '
                f"{options}{more})"
            )
            database.execute(f"INSERT INTO {index}({index}) VALUES ('rebuild')")  # noqa: S608 (ours)
            database.execute(f"INSERT INTO {index}({index}) VALUES ('optimize')")  # noqa: S608 (ours)


def handler(event: dict[str, Any], _: object) -> dict[str, Any]:
    """Answer what `/buscar` is asked, as far as names go."""
    typed = key(event["q"])
    database = _open()
    match = " AND ".join(f"{_quoted(word)} *" for word in typed.split())
    (total,) = database.execute(
        "SELECT count(*) FROM words WHERE words MATCH ?", (match,)
    ).fetchone()
    found = database.execute(
        "SELECT name FROM names WHERE rowid IN "
        "(SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid LIMIT ?)",
        (match, _FEW),
    ).fetchall()
    if not found:
        found = _near(database, typed)
        total = len(found)
    return {"total": total, "resultados": [{"nombre": name} for (name,) in found]}


def _near(database: sqlite3.Connection, typed: str) -> list[tuple[str]]:
    parts = {typed[at : at + 3] for at in range(len(typed) - 2)}
    rows = database.execute(
        "SELECT name, names.key FROM trigrams JOIN names ON names.rowid = trigrams.rowid "
        "WHERE trigrams MATCH ? ORDER BY rank LIMIT ?",
        (" OR ".join(map(_quoted, sorted(parts))), _COMPARED),
    ).fetchall()
    near = extract(
        typed,
        [name_key for _, name_key in rows],
        scorer=OSA.distance,
        score_cutoff=max_typos(len(typed)),
        limit=_FEW,
    )
    return [(rows[place][0],) for *_, place in near]


def _quoted(text: str) -> str:
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


@cache
def _open() -> sqlite3.Connection:
    database = sqlite3.connect(":memory:")
    database.deserialize(Path(os.environ[DATABASE_VARIABLE]).read_bytes())
    return database
