"""The index of all names, which a search goes through: see `contract.formats.name_index`."""

from __future__ import annotations

import re
from array import array
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.formats.name_index import BLOCK_TEXTS, pack_index
from cartelera.contract.names import compact
from cartelera.contract.readings import ANY_ARTICLES, without_article
from cartelera.contract.tables import FILM, KEY, KINDS, NOMBRES, RECOMENDACION, VOTES
from etl.catalogue.catalogue import name_order, sort_by_name
from etl.catalogue.name_keys import name_keys, to_array
from etl.catalogue.pairs import sorted_pairs
from etl.tables.rows import BestKnown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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
# The column of other names.
OTHER = "other"
# Two letters or more, each a word: "e t the extra terrestrial".
_INITIALS = re.compile(r"(?<!\S)\w(?: \w)+(?!\S)")
# What only few keys have; a closer look says whether they have initials, too.
_WITH_SINGLE_LETTERS = "(?:^| )[^ ] [^ ](?: |$)"
_WITH_ARTICLE = f"^(?:{'|'.join(sorted(ANY_ARTICLES))}) "


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
    of what it names, 0 where there are none, what that is `shown` as, and the name itself as
    `other` where a film is shown by another, else an empty text.
    """
    found = sort_by_name(found, name_order(VOTES))
    # In the order in which they first occur.
    places = found.groupby(_ENTRY, sort=False).ngroup().to_numpy()
    firsts = np.flatnonzero(np.diff(np.maximum.accumulate(places), prepend=-1))
    # The votes of people are those of all their films: each kind has its own measure.
    measured = found[["kind", VOTES]].take(firsts)
    known = measured.groupby("kind")[VOTES].rank(method="first", ascending=False, pct=True)
    order = np.lexsort([measured["kind"], known])
    number = np.empty(len(order), np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)
    entry_of = number[places]
    entries = found[[*_ENTRY, "anio"]].take(firsts[order])
    texts = _entry_texts(entries, _spelt_otherwise(found, entry_of))
    keys = to_array(found[KEY])
    kinds = entries["kind"].to_numpy(np.uint8).tobytes()
    del found, entries
    forms, words = _forms(keys, entry_of), _words(keys, entry_of)
    return pack_index(
        kinds,
        {
            "entries": _blocks(texts),
            "forms": _blocks(forms.texts.take(pa.array(forms.places))),
            "words": _blocks(words.texts),
        },
        {
            "form_entries": _numbers(forms.entries),
            "posting_starts": _numbers(np.r_[0, np.cumsum(np.bincount(words.places))]),
            "postings": _numbers(words.entries),
        },
    )


def _findable(kind: str, table: pa.Table, schema: TableSchema[Any]) -> pd.DataFrame:
    rows: pd.DataFrame = table.to_pandas()
    shown = rows[schema.name]
    if _SPANISH in rows:
        shown = rows[_SPANISH].fillna(shown)
    rows = rows.assign(kind=list(KINDS).index(kind), shown=shown)
    rows = rows.reindex(columns=[KEY, VOTES, "kind", "id", "anio", "shown", FILM])
    numbers = dict.fromkeys(("id", "anio", FILM), 0)
    rows = rows.fillna(numbers).astype(dict.fromkeys(numbers, "int64"))
    return rows.assign(**{OTHER: ""})


def _other_names(names: pa.Table, films: pd.DataFrame) -> pd.DataFrame:
    """Return a row for each other name of the films, and for each of its reading keys."""
    rows: pd.DataFrame = names.to_pandas()
    rows = rows.assign(own=name_keys(rows[NOMBRES.name]))
    rows = pd.concat([rows, rows.assign(key=rows["own"])]).drop_duplicates([FILM, KEY])
    rows = rows.rename(columns={NOMBRES.name: OTHER})[[KEY, FILM, OTHER, "own"]]
    rows = rows.merge(films.drop(columns=OTHER).rename(columns={KEY: "shown_key"}), on=FILM)
    others = rows[OTHER].mask(rows["own"] == rows["shown_key"], "")
    return rows.assign(**{OTHER: others}).drop(columns=["own", "shown_key"])


def _spelt_otherwise(
    found: pd.DataFrame, entry_of: NDArray[np.int32]
) -> dict[int, tuple[str, ...]]:
    """Return the other names of each entry that has any, the best known first."""
    named = found[OTHER] != ""
    rows = zip(entry_of[named].tolist(), found.loc[named, OTHER].tolist(), strict=True)
    others: dict[int, tuple[str, ...]] = {}
    for entry, other in dict.fromkeys(rows):
        others[entry] = (*others.get(entry, ()), other)
    return others


def _entry_texts(entries: pd.DataFrame, others: Mapping[int, Sequence[str]]) -> pa.Array:
    """Return the text of each entry, as `Entry.of_text` reads it."""
    columns = [to_array(entries["shown"])]
    for name in ("id", "anio"):
        values = pa.array(entries[name])
        columns.append(pc.if_else(pc.equal(values, 0), "", values.cast(pa.string())))
    texts = pc.binary_join_element_wise(*columns, "\t")
    # Few entries have any.
    numbers = sorted(others)
    named = np.zeros(len(entries), np.bool_)
    named[numbers] = True
    more = pa.array(["\t".join(others[number]) for number in numbers], pa.string())
    longer = pc.binary_join_element_wise(texts.filter(named), more, "\t")
    return pc.replace_with_mask(texts, named, longer)


class _Pairs(NamedTuple):
    """Texts, in order and each once, and the pairs of one with an entry, in order and each once."""

    texts: pa.Array
    # Of each pair the place of its text, and its entry.
    places: NDArray[np.int64]
    entries: NDArray[np.int64]

    @classmethod
    def of(cls, texts: pa.Array, entries: NDArray[np.integer[Any]]) -> _Pairs:
        """Return the pairs of texts, each with its entry."""
        # Sorted as numbers, of texts that are sorted once each: that takes half the time.
        encoded = texts.dictionary_encode()
        order = pc.sort_indices(encoded.dictionary)
        rank = np.empty(len(order), np.int64)
        rank[order.to_numpy()] = np.arange(len(order))
        places, entries = sorted_pairs(rank[encoded.indices.to_numpy()], entries)
        return cls(encoded.dictionary.take(order), places, entries)


def _forms(keys: pa.Array, entry_of: NDArray[np.int32]) -> _Pairs:
    """Return the forms of all names in order, with the entry of each."""
    places, found = _like(keys, _WITH_ARTICLE)
    texts = pa.concat_arrays([keys, pa.array(map(without_article, found), keys.type)])
    entries = np.r_[entry_of, entry_of[places]]
    return _Pairs.of(pc.replace_substring(texts, " ", ""), entries)


def _words(keys: pa.Array, entry_of: NDArray[np.int32]) -> _Pairs:
    """Return the words of all names in order, with the entries of each."""
    split = pc.split_pattern(keys, " ")
    places, found = _like(keys, _WITH_SINGLE_LETTERS)
    initials = [[compact(each[0]) for each in _INITIALS.finditer(text)] for text in found]
    joined = pa.array(initials, pa.list_(keys.type))
    of_initials = entry_of[places]
    return _Pairs.of(
        pa.concat_arrays([split.flatten(), joined.flatten()]),
        np.r_[
            entry_of[pc.list_parent_indices(split).to_numpy()],
            of_initials[pc.list_parent_indices(joined).to_numpy()],
        ],
    )


def _like(keys: pa.Array, pattern: str) -> tuple[NDArray[np.int64], list[str]]:
    """Return the places of the keys that a pattern is found in, and the keys."""
    like = pc.match_substring_regex(keys, pattern)
    return np.flatnonzero(like.to_numpy(zero_copy_only=False)), keys.filter(like).to_pylist()


def _blocks(texts: pa.Array) -> Iterator[memoryview]:
    """Yield texts in blocks as `pack_index` takes them, without a Python object for each."""
    lines = pc.binary_join_element_wise(texts, "", "\n").cast(pa.large_binary())
    _, offsets, data = lines.buffers()
    starts = np.frombuffer(offsets, np.int64, len(lines) + 1)
    bounds = [*range(0, len(lines), BLOCK_TEXTS), len(lines)]
    for first, last in pairwise(starts[bounds].tolist()):
        yield memoryview(data)[first : last - 1]


def _numbers(numbers: NDArray[np.integer[Any]]) -> array[int]:
    return array("I", numbers.astype(np.uint32).tobytes())
