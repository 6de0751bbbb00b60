"""The index of all names, which a search goes through: see `cartelera.contract.name_index`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.name_index import SECTIONS
from cartelera.contract.names import compact, key
from cartelera.contract.readings import without_article
from cartelera.contract.sections import pack_sections
from cartelera.contract.tables import FILM, KEY, KINDS, NOMBRES, RECOMENDACION, VOTES
from etl.catalogue.catalogue import name_order, sort_by_name
from etl.tables.rows import BestKnown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    from cartelera.contract.tables import TableSchema

# A search looks through all that it can find. The real catalogue has some 280,000 names; of a
# larger one these are the best known, and the others are found at their own routes.
MAX_SEARCHED = 400_000
# Those that are shown by their Spanish name.
_SPANISH = "nombre"
_SHOWN = ("id", "anio", _SPANISH, FILM)
_FILM_KIND = next(kind for kind, schema in KINDS.items() if schema is RECOMENDACION)
_ENTRY = ["kind", "id", "shown"]
# Two letters or more, each a word: "e t the extra terrestrial".
_INITIALS = re.compile(r"(?<!\S)\w(?: \w)+(?!\S)")


class SearchedNames:
    """The names in the look-up tables that a search finds, taken as the tables are built."""

    def __init__(self, most: int = MAX_SEARCHED) -> None:
        """Take as many names, the best known."""
        self._most = most
        schemas = (*KINDS.values(), NOMBRES)
        self._best_known = {schema.path: BestKnown(most) for schema in schemas}
        self._columns = {schema.path: {KEY, VOTES, schema.name, *_SHOWN} for schema in schemas}

    def watch(self, tables: Iterable[tuple[str, pa.Table]]) -> Iterator[tuple[str, pa.Table]]:
        """Yield tables and their paths as they come, and take what a search needs of them."""
        for path, piece in tables:
            if path in self._best_known:
                taken = piece
                if path == RECOMENDACION.path:
                    taken = piece.append_column(FILM, pa.array(range(len(piece)), pa.int32()))
                columns = [each for each in taken.column_names if each in self._columns[path]]
                self._best_known[path].add(taken.select(columns))
            yield path, piece

    def index(self) -> tuple[bytes, int]:
        """Return the `NAME_INDEX` of all names, and their number."""
        named = {
            kind: _findable(kind, self._best_known[schema.path].rows(), schema)
            for kind, schema in KINDS.items()
        }
        others = _other_names(self._best_known[NOMBRES.path].rows(), named[_FILM_KIND])
        found = pd.concat([*named.values(), others], ignore_index=True)
        if len(found) > self._most:
            best = np.argsort(-found[VOTES].to_numpy(), kind="stable")[: self._most]
            found = found.take(np.sort(best))
        return name_index(found), len(found)


def name_index(found: pd.DataFrame) -> bytes:
    """Return the `NAME_INDEX` of some names.

    `found` has a row a name: its `key`, the `votes`, `kind` (a place in `KINDS`), `id` and `anio`
    of what it names, 0 where there are none, and what that is `shown` as.
    """
    found = sort_by_name(found, name_order(VOTES))
    entries = found.drop_duplicates(_ENTRY)
    # The votes of people are those of all their films: each kind has its own measure.
    known = entries.groupby("kind")[VOTES].rank(method="first", ascending=False, pct=True)
    entries = entries.assign(known=known).sort_values(["known", "kind"], ignore_index=True)
    number = entries[_ENTRY].assign(entry=np.arange(len(entries), dtype=np.int32))
    entry_of = found.merge(number, on=_ENTRY, how="left")["entry"].to_numpy()
    sections = {
        "kinds": entries["kind"].to_numpy(),
        "ids": entries["id"].to_numpy(),
        "years": entries["anio"].to_numpy(),
        **_texts("name", entries["shown"]),
        **_forms(found[KEY].tolist(), entry_of),
        **_words(found[KEY].tolist(), entry_of),
    }
    packed = {
        name: np.asarray(section).astype(np.dtype(SECTIONS[name]).newbyteorder("<")).tobytes()
        for name, section in sections.items()
    }
    return pack_sections(packed)


def _findable(kind: str, table: pa.Table, schema: TableSchema[Any]) -> pd.DataFrame:
    rows: pd.DataFrame = table.to_pandas()
    shown = rows[schema.name]
    if _SPANISH in rows:
        shown = rows[_SPANISH].fillna(shown)
    rows = rows.assign(kind=list(KINDS).index(kind), shown=shown)
    rows = rows.reindex(columns=[KEY, VOTES, "kind", "id", "anio", "shown", FILM])
    numbers = dict.fromkeys(("id", "anio", FILM), 0)
    return rows.fillna(numbers).astype(dict.fromkeys(numbers, "int64"))


def _other_names(names: pa.Table, films: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each other name of the films, and for each of its reading keys."""
    rows: pd.DataFrame = names.to_pandas()
    spelt = rows.assign(key=list(map(key, rows[NOMBRES.name])))
    rows = pd.concat([rows, spelt]).drop_duplicates([FILM, KEY])
    return rows[[KEY, FILM]].merge(films.drop(columns=KEY), on=FILM)


def _texts(name: str, texts: Iterable[str]) -> dict[str, NDArray[Any]]:
    """Return the sections of some texts."""
    lines = [f"{text}\n".encode() for text in texts]
    starts = np.r_[0, np.cumsum([len(line) for line in lines], dtype=np.int64)]
    return {f"{name}s": np.frombuffer(b"".join(lines), np.uint8), f"{name}_starts": starts}


def _forms(keys: list[str], entry_of: NDArray[np.int32]) -> dict[str, NDArray[Any]]:
    forms = {
        (compact(form), entry)
        for name_key, entry in zip(keys, entry_of.tolist(), strict=True)
        for form in (name_key, without_article(name_key))
    }
    texts, entries = zip(*sorted(forms), strict=True) if forms else ((), ())
    return {**_texts("form", texts), "form_entries": np.array(entries, np.int32)}


def _words(keys: list[str], entry_of: NDArray[np.int32]) -> dict[str, NDArray[Any]]:
    """Return the words of all names, and the entries with each."""
    split = [
        name_key.split() + [compact(found[0]) for found in _INITIALS.finditer(name_key)]
        for name_key in keys
    ]
    words = pa.array(split, pa.list_(pa.string()))
    rows = pa.table(
        {"word": words.flatten(), "entry": entry_of[pc.list_parent_indices(words).to_numpy()]}
    )
    rows = (
        rows.group_by(["word", "entry"])
        .aggregate([])
        .sort_by([("word", "ascending"), ("entry", "ascending")])
    )
    counts = rows["word"].combine_chunks().value_counts()
    return {
        **_texts("word", counts.field("values").to_pylist()),
        "posting_starts": np.r_[0, np.cumsum(counts.field("counts").to_numpy())],
        "postings": rows["entry"].to_numpy(),
    }
