"""What films have in a list, as genres or a cast: figures that add up over parts of a catalogue.

A list is counted in three steps: its values; films by their number of entries; and, once it is
known how frequent each name is, films by their most frequent name. Each step can be run on parts of
the films and its results added up. `entries` is a list of `Catalogue.lists`, of all films or some.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from etl.catalogue.pairs import sorted_pairs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

# The kinds of values: names, codes where codes are texts, and the codes of entries without a name.
KINDS = NAME, CODE, NAMELESS = "name", "code", "nameless"

VALUES = pa.schema(
    [
        ("value", pa.string()),
        # The name of the first entry with a code.
        ("beside", pa.string()),
        ("entries", pa.int64()),
        ("films", pa.int64()),
    ]
)
LENGTHS = pa.schema([("decade", pa.int64()), ("length", pa.int64()), ("films", pa.int64())])
STEPS = pa.schema([("value", pa.string()), ("step", pa.int32())])
REACHED = pa.schema([("step", pa.int64()), ("films", pa.int64())])

_MAX_STEPS = 40


class CountedList(NamedTuple):
    """A list of all films, counted."""

    # By kind, of the schema `VALUES`, each value once.
    frequencies: Mapping[str, pa.Table]
    # Of the schema `LENGTHS`.
    lengths: pa.Table
    # How many films have at least one of the names up to each of `step_ranks`; may be empty.
    reached: NDArray[np.int64]


def count_values(entries: pd.DataFrame, by: str) -> pa.Table:
    """Count the values of one kind in a list; return them in the schema `VALUES`.

    Parameters
    ----------
    entries
        The list, in order of the films.
    by
        One of `KINDS`.
    """
    if by == NAMELESS:
        entries = entries[entries["name"] == ""]
    if by == CODE and not pd.api.types.is_string_dtype(entries["code"]):
        entries = entries.iloc[:0]
    column = "name" if by == NAME else "code"
    rows = pa.table(
        {
            "value": pa.array(entries[column].astype("str"), pa.string()),
            "name": pa.array(entries["name"], pa.string()),
            "film": entries["film"].to_numpy(),
        }
    ).drop_null()
    # By number: to group by texts takes twice as long.
    encoded = rows["value"].combine_chunks().dictionary_encode()
    values, count = encoded.indices.to_numpy(), len(encoded.dictionary)
    of_film, _ = sorted_pairs(values, rows["film"].to_numpy())
    # Values are numbered in the order in which they first occur.
    firsts = np.flatnonzero(np.diff(np.maximum.accumulate(values), prepend=-1))
    beside = rows["name"].take(pa.array(firsts))
    columns = [
        encoded.dictionary,
        beside if by == CODE else pa.nulls(count, pa.string()),
        np.bincount(values, minlength=count),
        np.bincount(of_film, minlength=count),
    ]
    return pa.table(columns, schema=VALUES)


def count_lengths(entries: pd.DataFrame, decades: pd.Series[int]) -> pa.Table:
    """Count films by their decade and their entries; return them in the schema `LENGTHS`.

    Parameters
    ----------
    entries
        The list.
    decades
        Of each of the films that the entries' `film` numbers.
    """
    lengths = np.bincount(entries["film"], minlength=len(decades))
    pairs = decades.to_numpy("int64") << 32 | lengths
    counted, films = np.unique(pairs, return_counts=True)
    return pa.table([counted >> 32, counted & 0xFFFF_FFFF, films], schema=LENGTHS)


def step_ranks(names: int) -> NDArray[np.int64]:
    """Return the ranks up to which films are counted, at most 40, for a number of names."""
    if not names:
        return np.array([], np.int64)
    return np.unique(np.geomspace(1, names, _MAX_STEPS).round().astype(np.int64))


def steps_of(names: pa.Table) -> pa.Table:
    """Return the step of each name: the first of `step_ranks` that is not below its rank.

    `names` has the columns `value` and `entries` of `VALUES`. The name with most entries has
    rank 1; equals are ranked by the alphabet.
    """
    in_order = names["value"].take(_order(names, "entries"))
    ranks = np.arange(1, len(in_order) + 1)
    steps = np.searchsorted(step_ranks(len(in_order)), ranks).astype(np.int32)
    return pa.table([in_order, steps], schema=STEPS)


def count_reached(entries: pd.DataFrame, steps: pa.Table) -> pa.Table:
    """Count films by the step of their most frequent name; return them in the schema `REACHED`.

    Parameters
    ----------
    entries
        The list.
    steps
        Of the names that these films have, at least; see `steps_of`.
    """
    places = pc.index_in(pa.array(entries["name"], pa.string()), steps["value"].combine_chunks())
    films = entries["film"].to_numpy()
    # Of films without any name it stays one step more than there are.
    least = np.full(films.max(initial=-1) + 1, _MAX_STEPS, np.int32)
    np.minimum.at(least, films, steps["step"].to_numpy()[places.to_numpy()])
    count = np.bincount(least[least < _MAX_STEPS])
    reached = np.flatnonzero(count)
    return pa.table([reached, count[reached]], schema=REACHED)


def films_up_to(reached: pa.Table, names: int) -> NDArray[np.int64]:
    """Return how many films have one of the most frequent names.

    Parameters
    ----------
    reached
        What `count_reached` gives of all films: of the schema `REACHED`, each step once.
    names
        How many different names there are.

    Returns
    -------
    NDArray
        int64, shape (steps,): the films of the names up to each of the `step_ranks`.
    """
    films = np.zeros(len(step_ranks(names)), np.int64)
    films[reached["step"].to_numpy()] = reached["films"].to_numpy()
    return films.cumsum()


def most_frequent(values: pa.Table, count: int) -> tuple[pa.Table, int, int]:
    """Return the values that most films have, how many there are, and the films of all, added up.

    Parameters
    ----------
    values
        Of the schema `VALUES`; empty values do not count.
    count
        How many to return at most; equals are ordered by the alphabet.
    """
    own = values.filter(pc.not_equal(values["value"], ""))
    films = pc.sum(own["films"]).as_py() or 0
    return own.take(_order(own, "films").slice(0, count)), len(own), films


def distinct(frequencies: Mapping[str, pa.Table]) -> int:
    """Return the number of different names, and of codes without a name."""
    names, nameless = frequencies[NAME]["value"], frequencies[NAMELESS]["value"]
    # An empty name is none, and a code that is also a name counts once.
    others = pa.array([*nameless.to_pylist(), ""], pa.string())
    also_named = pc.sum(pc.is_in(names, others)).as_py() or 0
    return len(names) + len(nameless) - also_named


def _order(values: pa.Table, by: str) -> pa.Array:
    return pc.sort_indices(values, [(by, "descending"), ("value", "ascending")])
