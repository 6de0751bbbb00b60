"""What films are listed by, as `contract.formats.film_lists` describes its file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.film_status import STATUS_VALUES
from cartelera.contract.formats.film_lists import (
    FACETS,
    NAMED,
    ORDERS,
    RANGES,
    SECTIONS,
)
from cartelera.contract.formats.sections import pack_sections
from etl.catalogue.catalogue import status_places
from etl.catalogue.localized_names import calendar_names, genre_names
from etl.catalogue.name_keys import name_keys
from etl.catalogue.pairs import sorted_pairs
from etl.catalogue.ratings import weighted_ratings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    type Ints = NDArray[np.integer[Any]]

_COLUMNS = (
    *("id", "title", "release_date", "vote_count", "vote_average", "runtime", "revenue"),
    *("original_language", "collection", "status", "adult"),
)
# By facet, the list of the catalogue whose names are its values.
_LISTED = {
    "pais": "production_countries",
    "productora": "production_companies",
    "genero": "genres",
    "tema": "keywords",
}
_TABLES = {schema.path: facet for facet, schema in NAMED.items()}
# Days from 1 January of the year 1, as Python counts them, to 1 January 1970.
_EPOCH = 719_163


class FilmLists:
    """What the lists need of the films and of the tables of names, taken as those are made."""

    def __init__(self) -> None:
        self._films: list[pa.Table] = []
        self._entries: dict[str, list[pa.Table]] = {facet: [] for facet in _LISTED}
        self._names: dict[str, list[str]] = {facet: [] for facet in NAMED}
        self._rows = 0

    def add(self, films: pa.Table) -> None:
        """Take the next rows of the catalogue."""
        self._films.append(films.select(_COLUMNS))
        for facet, column in _LISTED.items():
            lists = films[column].combine_chunks()
            rows = pc.list_parent_indices(lists).to_numpy() + self._rows
            names = lists.flatten().field("name")
            self._entries[facet].append(pa.table({"row": rows, "name": names}))
        self._rows += len(films)

    def watch(self, tables: Iterable[tuple[str, pa.Table]]) -> Iterator[tuple[str, pa.Table]]:
        """Yield tables and their paths as they come, and take the names that films are found by."""
        for path, piece in tables:
            if (facet := _TABLES.get(path)) is not None:
                self._names[facet] += piece[NAMED[facet].name].to_pylist()
            yield path, piece

    def file(self) -> tuple[bytes, int]:
        """Return the file of all films, and their number."""
        films = pa.concat_tables(self._films).combine_chunks()
        days = films["release_date"].cast(pa.int32()).to_numpy() + _EPOCH
        rows = np.argsort(days, kind="stable").astype(np.int32)
        numbers = np.empty_like(rows)
        numbers[rows] = np.arange(len(rows), dtype=np.int32)
        votes = films["vote_count"].to_numpy()
        ratings = films["vote_average"].to_numpy()
        columns: dict[str, NDArray[Any]] = {
            "rows": np.arange(len(rows)),
            "ids": films["id"].to_numpy(),
            "days": days,
            "votes": votes,
            "ratings": ratings,
            "weighted": weighted_ratings(votes, ratings),
            "minutes": films["runtime"].fill_null(0).to_numpy(),
            "revenues": films["revenue"].to_numpy(),
        }
        columns = {name: column[rows] for name, column in columns.items()}
        sections = {
            **columns,
            "numbers": numbers,
            "by_id": np.argsort(columns["ids"], kind="stable"),
            **_texts("title", films["title"].take(pa.array(rows)).to_pylist()),
            **_orders(columns),
            **_ranges(columns),
            **self._facets(films, numbers),
        }
        packed = {
            name: np.asarray(sections[name]).astype(np.dtype(kind).newbyteorder("<")).tobytes()
            for name, kind in SECTIONS.items()
        }
        return pack_sections(packed), len(rows)

    def _facets(self, films: pa.Table, numbers: Ints) -> dict[str, Any]:
        """Return the postings, and what leads to them."""
        valued = dict(self._valued(films))
        postings, lengths, first, values_of = [], [], [0], {}
        for facet in FACETS:
            rows, places, values = valued[facet]
            named = places >= 0
            places, found = sorted_pairs(places[named], numbers[rows[named]])
            postings.append(found)
            lengths.append(np.bincount(places, minlength=len(values)))
            values_of[facet] = {value: first[-1] + at for at, value in enumerate(values)}
            first.append(first[-1] + len(values))
        entries = [
            [values_of[facet].get(name, -1) for name in self._names[facet]] for facet in NAMED
        ]
        return {
            "postings": np.concatenate(postings),
            "posting_starts": _starts(np.concatenate(lengths)),
            "facets": first,
            "entries": np.concatenate(entries),
            "entry_starts": _starts(list(map(len, entries))),
            "genres": _lines(values_of["genero"]),
            **_themes(values_of["tema"]),
        }

    def _valued(self, films: pa.Table) -> Iterator[tuple[str, tuple[Ints, Ints, list[str]]]]:
        """Yield each facet: rows of films, the place of each one's value, or -1, and the values."""
        everywhere = np.arange(len(films))
        for facet, column in (("idioma", "original_language"), ("franquicia", "collection")):
            yield facet, _factorized(everywhere, films[column].to_pandas())
        for facet, pieces in self._entries.items():
            entries = pa.concat_tables(pieces)
            names = entries["name"].to_pandas()
            if facet == "genero":
                names = names.map({name: genre_names(name).name or name for name in names.unique()})
            yield facet, _factorized(entries["row"].to_numpy(), names)
        dates = films["release_date"].cast(pa.timestamp("s")).to_pandas().dt
        months = [name for _, name, _ in calendar_names("months")]
        days = [name for _, name, _ in calendar_names("days")]
        yield "mes", (everywhere, dates.month.to_numpy() - 1, months)
        yield "dia", (everywhere, dates.day_of_week.to_numpy(), days)
        statuses = status_places(films["status"].to_pandas()).to_numpy()
        yield "estado", (everywhere, statuses, [*STATUS_VALUES])
        adult = np.flatnonzero(films["adult"].to_numpy(zero_copy_only=False))
        yield "adultos", (adult, np.zeros_like(adult), ["adultos"])


def _factorized(rows: Ints, names: pd.Series[str]) -> tuple[Ints, Ints, list[str]]:
    places, values = names.where(names != "").factorize()
    # Not `list`, which asks Arrow for one after the other.
    return rows, places, np.asarray(values).tolist()


def _orders(columns: Mapping[str, NDArray[Any]]) -> dict[str, Ints]:
    """Return the films by the columns of `ORDERS`, the highest first, then the most votes."""
    sections: dict[str, Ints] = {}
    for column in ORDERS.values():
        by = (columns["ids"], -columns["votes"], -columns[column])
        order = np.lexsort(by).astype(np.int32)
        places = np.empty_like(order)
        places[order] = np.arange(len(order), dtype=np.int32)
        sections |= {f"by_{column}": order, f"places_{column}": places}
    return sections


def _ranges(columns: Mapping[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the values of each of `RANGES`, and their bit-sliced indexes."""
    values, slices = [], []
    for column in RANGES:
        distinct, places = np.unique(columns[column], return_inverse=True)
        values.append(distinct.astype(np.float64))
        bits = range(max(len(distinct) - 1, 0).bit_length() - 1, -1, -1)
        slices.append([np.packbits((places >> bit & 1).astype(np.uint8)) for bit in bits])
    return {
        "values": np.concatenate(values),
        "value_starts": _starts(list(map(len, values))),
        "slices": np.concatenate(
            [np.array([], np.uint8), *(each for own in slices for each in own)]
        ),
        "slice_starts": _starts(list(map(len, slices))),
    }


def _themes(values: Mapping[str, int]) -> dict[str, Any]:
    """Return the keys of the keywords as they are searched."""
    keys = name_keys(pd.Series([*values], dtype="str")).tolist()
    found = sorted(zip(keys, values.values(), strict=True))
    lines = _texts("theme", [f" {name_key} " for name_key, _ in found])
    return lines | {"theme_postings": [value for _, value in found]}


def _texts(name: str, texts: Iterable[str]) -> dict[str, NDArray[Any]]:
    """Return the sections of some texts, a line each."""
    lines = [f"{text}\n".encode() for text in texts]
    return {
        f"{name}s": np.frombuffer(b"".join(lines), np.uint8),
        f"{name}_starts": _starts(list(map(len, lines))),
    }


def _lines(texts: Iterable[str]) -> NDArray[np.uint8]:
    return np.frombuffer("".join(f"{text}\n" for text in texts).encode(), np.uint8)


def _starts(lengths: Sequence[int] | Ints) -> Ints:
    return np.concatenate([[0], np.cumsum(np.asarray(lengths, np.int64))])
