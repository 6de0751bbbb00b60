"""Filmographies: what somebody's films returned, and which they are.

People are told apart by name and id. Many entries of the credits have no id, and the same name
stands there with and without one: where all that have one agree, the others are that person's;
where they differ, who the others are is not known.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.tables import FILMS, ROLES, VOTES
from etl.clean.parsers import known_returns
from etl.tables.rows import first_of_each

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
            "retorno": known_returns(films).round(4),
            "costo": _known(films["budget"]),
            "ganancia": _known(films["revenue"]),
        }
    )


def credited(films: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Return the credits of a list of people that name somebody, with what each film returned.

    Parameters
    ----------
    films
        `Catalogue.films`.
    people
        One of `Catalogue.lists`.

    Returns
    -------
    DataFrame
        The list's `film`, `name`, `code` and `extra`, and the film's `release_date`, `vote_count`
        and `returned`.
    """
    entries = people[["film", "name", "code", "extra"]]
    named = entries["name"] != ""
    if not named.all():
        entries = entries[named].reset_index(drop=True)
    rows = entries["film"].to_numpy()
    facts = films[["release_date", "vote_count"]].assign(returned=known_returns(films))
    of_each = {str(name): column.array.take(rows) for name, column in facts.items()}
    return entries.assign(**of_each)


def filmographies(credits_: pd.DataFrame) -> pd.DataFrame:
    """Sum up the films of each person, one row a person.

    The credits are those of `credited`, in order of the films: all of them, or all that some
    names have. In the outcome `films` are the rows of somebody's films, the latest first, and
    `roles` who it was in each of them.
    """
    # Once: to tell which texts are equal takes the longest.
    names = credits_["name"].factorize()[0]
    of_name = credits_["code"].groupby(names, sort=False)
    # Where a name has one id at most, all credits have it; else those without form a group.
    told_apart = of_name.transform("nunique") > 1
    codes = credits_["code"].where(told_apart, of_name.transform("max"))
    people = codes.groupby([names, codes], sort=False, dropna=False).ngroup().to_numpy()
    del names, of_name, told_apart
    _, first_credit = np.unique(people, return_index=True)
    earliest_first = credits_["release_date"].to_numpy().astype("int64")
    order = np.lexsort((credits_["film"], -earliest_first, people))
    del earliest_first
    people, film_of = people[order], credits_["film"].to_numpy()[order]
    # Somebody who played two parts in a film is in its cast twice.
    first = first_of_each(people, film_of)
    extra = credits_["extra"].take(order)
    characters = _joined(pa.array(extra, pa.string(), from_pandas=True), first)
    del extra
    people, film_of, order = people[first], film_of[first], order[first]
    # Each column is put in order when it is added up: all at once would be the most in memory.
    returned_each = credits_["returned"].take(order)

    def total(values: pd.Series[Any]) -> NDArray[np.float64]:
        return np.bincount(people, values.to_numpy("float64"), minlength=len(first_credit))

    count = np.bincount(people, minlength=len(first_credit))
    informed = total(returned_each.notna())
    returned = pd.Series(total(returned_each.fillna(0)))
    starts = pa.array(np.r_[0, np.cumsum(count)], pa.int32())
    return pd.DataFrame(
        {
            "id": codes.take(first_credit).to_numpy("float64", na_value=np.nan),
            "name": credits_["name"].take(first_credit).to_numpy(),
            VOTES: total(credits_["vote_count"].take(order)).astype("int64"),
            "cantidad": count,
            "cantidad_filmaciones": count,
            "retorno_total": returned.round(4),
            "retorno_promedio": (returned / count).round(4),
            "cantidad_informada": informed.astype("int64"),
            "retorno_promedio_informado": (returned / informed).where(informed > 0).round(4),
            FILMS: _lists(starts, pa.array(film_of, pa.int32())),
            ROLES: _lists(starts, characters),
        }
    )


def _joined(characters: pa.Array | pa.ChunkedArray, first: NDArray[np.bool_]) -> pa.Array:
    """Put the characters of each run that begins at a `first` together; null stays null."""
    # As Arrow's texts: as Python's those of a large catalogue take most of the memory.
    joined = characters.filter(pa.array(first))
    runs = np.cumsum(first) - 1
    several = np.unique(runs[~first])
    texts = []
    for run in several:
        start, end = np.searchsorted(runs, [run, run + 1])
        parts = [part for part in characters[start:end].to_pylist() if part is not None]
        texts.append(_BETWEEN_ROLES.join(dict.fromkeys(parts)) or None)
    mask = np.zeros(len(joined), bool)
    mask[several] = True
    if isinstance(joined, pa.ChunkedArray):
        joined = joined.combine_chunks()
    return pc.replace_with_mask(joined, pa.array(mask), pa.array(texts, pa.string()))


def _lists(starts: pa.Array, values: pa.Array) -> pd.Series[Any]:
    # As an Arrow array, which is sorted as a whole: as Python lists they take ten times as long.
    return pd.Series(pd.arrays.ArrowExtensionArray(pa.ListArray.from_arrays(starts, values)))


def _known(amounts: pd.Series[int]) -> pd.Series[int]:
    return amounts.astype("Int64").where(amounts > 0)
