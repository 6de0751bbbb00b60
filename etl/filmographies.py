"""Filmographies: what the films of everyone who goes by a name returned, and which they are.

People are told apart by name alone: most entries of the credits have no id, and the same name
stands there with and without one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from cartelera.tables import FILMS, ROLES, VOTES
from etl.table_layout import first_of_each
from etl.values import returns

if TYPE_CHECKING:
    from numpy.typing import NDArray

# Between the parts that somebody played in one film.
_BETWEEN_ROLES = " / "


def film_lines(films: pd.DataFrame) -> pd.DataFrame:
    """Return the films as a filmography lists them; see `Filmacion`."""
    return pd.DataFrame(
        {
            "id": films["id"],
            "key": films["key"],
            "vote_count": films["vote_count"],
            "titulo": films["title"],
            "fecha": films["release_date"].dt.strftime("%Y-%m-%d"),
            "retorno": returns(films).round(4),
            "costo": _known(films["budget"]),
            "ganancia": _known(films["revenue"]),
        }
    )


def filmographies(films: pd.DataFrame, cast: pd.DataFrame) -> pd.DataFrame:
    """Sum up the films of each name in a list of people, one row a name.

    `films` and `cast`, a list of people, are those of a catalogue. In the outcome `films` are
    the rows of somebody's films, the latest first, and `roles` who it was in each of them.
    """
    named = cast[cast["name"] != ""]
    people, names = pd.factorize(named["name"])
    latest_first = films["release_date"].rank(method="first", ascending=False).to_numpy()
    film_of = named["film"].to_numpy()
    order = np.lexsort((latest_first[film_of], people))
    people, film_of = people[order], film_of[order]
    # Somebody who played two parts in a film is in its cast twice.
    first = first_of_each(people, film_of)
    characters = _joined(named["extra"].to_numpy()[order], first)
    people, film_of = people[first], film_of[first]

    def total(values: pd.Series[Any]) -> NDArray[np.float64]:
        return np.bincount(people, values.to_numpy("float64")[film_of], minlength=len(names))

    return_of = returns(films)
    count = np.bincount(people, minlength=len(names))
    informed = total(return_of.notna())
    returned = pd.Series(total(return_of.fillna(0)))
    starts = pa.array(np.r_[0, np.cumsum(count)], pa.int32())
    return pd.DataFrame(
        {
            "name": names,
            VOTES: total(films["vote_count"]).astype("int64"),
            "cantidad": count,
            "cantidad_filmaciones": count,
            "retorno_total": returned.round(4),
            "retorno_promedio": (returned / count).round(4),
            "cantidad_informada": informed.astype("int64"),
            "retorno_promedio_informado": (returned / informed).where(informed > 0).round(4),
            FILMS: _lists(starts, pa.array(film_of, pa.int32())),
            ROLES: _lists(starts, pa.array(characters, pa.string(), from_pandas=True)),
        }
    )


def _joined(characters: NDArray[np.object_], first: NDArray[np.bool_]) -> NDArray[np.object_]:
    """Put the characters of each run that begins at a `first` together; null stays null."""
    joined = characters[first]
    runs = np.cumsum(first) - 1
    for run in np.unique(runs[~first]):
        start, end = np.searchsorted(runs, [run, run + 1])
        parts = [part for part in characters[start:end] if isinstance(part, str)]
        joined[run] = _BETWEEN_ROLES.join(dict.fromkeys(parts)) or None
    return joined


def _lists(starts: pa.Array, values: pa.Array) -> pd.Series[Any]:
    # As an Arrow array, which is sorted as a whole: as Python lists they take ten times as long.
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.ListArray.from_arrays(starts, values)))


def _known(amounts: pd.Series[int]) -> pd.Series[int]:
    return amounts.astype("Int64").where(amounts > 0)
