"""Ratings of films by people: reading them, and parting what is known from what is sought.

The files are those of MovieLens (Harper and Konstan, 2015): one of ratings, and one of links
that says which film each is at TMDB. The films of the links are numbered; everywhere in this
package a column is such a number.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from etl.errors import RawInputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray

RATINGS_COLUMNS = {"userId": "int64", "movieId": "int64", "rating": "float64", "timestamp": "int64"}
LINKS_COLUMNS = {"movieId": "int64", "tmdbId": "float64"}
KNOWN_SHARE = 0.8

_SHUFFLED = 20


@dataclass(frozen=True, slots=True)
class Links:
    """The films that can be recommended.

    They stand in a random order, always the same. MovieLens numbers films about as they became
    known, so that in the order of the file equal scores would favour what many have seen.

    Attributes
    ----------
    movies : int64, shape (films,)
        What the ratings call each.
    tmdb : int64, shape (films,)
        What the catalogue calls each; -1 for those that TMDB does not have.
    """

    movies: NDArray[np.int64]
    tmdb: NDArray[np.int64]

    @property
    def films(self) -> int:
        """How many films there are."""
        return len(self.movies)

    def rows(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return where each film stands in `ids`, the catalogue's; -1 where it does not."""
        return pd.Index(ids).get_indexer(pd.Index(self.tmdb)).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Ratings:
    """Ratings by people, in order of the people, and of each in order of time.

    Attributes
    ----------
    users : int64, shape (ratings,)
        Numbers from 0.
    films : int64, shape (ratings,)
        Columns.
    stars : float64, shape (ratings,)
        What each gave each.
    """

    users: NDArray[np.int64]
    films: NDArray[np.int64]
    stars: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class User:
    """A person: what is known of them, and what they rated after that.

    Attributes
    ----------
    number : int
    known : int64, shape (known,)
        Columns of the films rated first, in order of time.
    stars : float64, shape (known,)
        What they gave these.
    sought : int64, shape (sought,)
        Columns of the films rated later: what a recommendation should find.
    """

    number: int
    known: NDArray[np.int64]
    stars: NDArray[np.float64]
    sought: NDArray[np.int64]

    @property
    def likes(self) -> NDArray[np.int64]:
        """The known films rated no lower than the person's mean; there is always one."""
        return self.known[self.stars >= self.stars.mean()]


def read_links(path: Path) -> Links:
    """Read which film each is at TMDB.

    Raises
    ------
    RawInputError
        When there is no such file, or it is not what it should be.
    """
    frame = _read(path, LINKS_COLUMNS)
    repeated = frame.loc[frame["movieId"].duplicated(), "movieId"]
    if len(repeated):
        raise RawInputError(f"{path} names movieId {repeated.iloc[0]} twice: keep one line of it")
    frame = frame.sample(frac=1, random_state=_SHUFFLED)
    tmdb = frame["tmdbId"].fillna(-1).to_numpy(np.int64)
    return Links(frame["movieId"].to_numpy(), tmdb)


def read_ratings(path: Path, links: Links) -> Ratings:
    """Read the ratings of the films in `links`.

    Of one who rated a film more than once the last rating counts.

    Raises
    ------
    RawInputError
        When there is no such file, it is not what it should be, or it rates no film of `links`.
    """
    frame = _read(path, RATINGS_COLUMNS)
    if frame["rating"].isna().any():
        raise RawInputError(f"{path} has lines without a rating: remove them")
    frame["film"] = pd.Index(links.movies).get_indexer(pd.Index(frame["movieId"]))
    frame = frame[frame["film"] >= 0]
    if frame.empty:
        raise RawInputError(
            f"{path} rates no film of the links: give ratings and links of the same release of "
            "MovieLens"
        )
    frame = frame.sort_values(["userId", "timestamp", "movieId"], kind="stable")
    frame = frame.drop_duplicates(["userId", "movieId"], keep="last")
    users, _ = pd.factorize(frame["userId"])
    return Ratings(users, frame["film"].to_numpy(np.int64), frame["rating"].to_numpy())


def split(ratings: Ratings, share: float = KNOWN_SHARE) -> list[User]:
    """Part everyone's ratings in time: the first `share` of them is known, the rest sought.

    Of `n` ratings the first `int(n * share)` are known; who has nothing known, or nothing
    sought, is left out.

    Raises
    ------
    RawInputError
        When that is everyone.
    """
    starts = np.flatnonzero(np.diff(ratings.users, prepend=-1))
    users = []
    for start, end in zip(starts, [*starts[1:], len(ratings.users)], strict=True):
        middle = start + int((end - start) * share)
        if start < middle < end:
            users.append(
                User(
                    int(ratings.users[start]),
                    ratings.films[start:middle],
                    ratings.stars[start:middle],
                    ratings.films[middle:end],
                )
            )
    if not users:
        raise RawInputError(
            "nobody rated enough films of the links, at least two: give more ratings"
        )
    return users


def _read(path: Path, columns: Mapping[str, str]) -> pd.DataFrame:
    """Read some columns of a CSV file, each with its type."""
    try:
        header = pd.read_csv(path, nrows=0, encoding="utf-8-sig").columns
        missing = [column for column in columns if column not in header]
        if missing:
            raise RawInputError(
                f"{path} has no column {', '.join(missing)}; it has {', '.join(header)}"
            )
        return pd.read_csv(path, usecols=list(columns), dtype=dict(columns), encoding="utf-8-sig")
    except OSError as error:
        raise RawInputError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise RawInputError(
            f"{path} is no CSV file with numbers as {', '.join(columns)}: {error}"
        ) from error
