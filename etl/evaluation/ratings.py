"""Ratings of films by people, read from MovieLens' files and split in time.

There is a file of ratings, and one of links to TMDB (Harper and Konstan, "The MovieLens datasets",
TiiS 2015). The films of the links are numbered; in this package a column is such a number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from etl.errors import RawInputError

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_RATINGS_TYPES = {"userId": "int64", "movieId": "int64", "rating": "float64", "timestamp": "int64"}
_LINKS_TYPES = {"movieId": "int64", "tmdbId": "float64"}
_SHUFFLE_SEED = 20


class Links(NamedTuple):
    """The films that can be recommended, in a random order that is always the same.

    MovieLens numbers films about as they became known: in the order of the file equal scores
    would favour what many have seen. `movies` and `tmdb`, shape (films,), are each film's ids in
    the ratings and in the catalogue; -1 for those TMDB does not have.
    """

    movies: NDArray[np.int64]
    tmdb: NDArray[np.int64]

    def rows(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return each film's row in `ids`, the catalogue's; -1 where it has none."""
        return pd.Index(ids).get_indexer(pd.Index(self.tmdb)).astype(np.int64)


class Ratings(NamedTuple):
    """Ratings, shape (ratings,) each, in order of the users, numbered from 0, and of time."""

    users: NDArray[np.int64]
    films: NDArray[np.int64]
    stars: NDArray[np.float64]


class User(NamedTuple):
    """A user's ratings, split in time.

    `known`, in order of time, and `relevant` are columns of the films rated first, with `stars`,
    and of those rated later: what a recommendation should find.
    """

    number: int
    known: NDArray[np.int64]
    stars: NDArray[np.float64]
    relevant: NDArray[np.int64]

    @property
    def likes(self) -> NDArray[np.int64]:
        """The known films rated no lower than the user's mean; there is always one."""
        return self.known[self.stars >= self.stars.mean()]


def read_links(path: Path) -> Links:
    """Read which film each is at TMDB; a `RawInputError` if the file is not what it should be."""
    frame = _read(path, _LINKS_TYPES)
    repeated = frame.loc[frame["movieId"].duplicated(), "movieId"]
    if len(repeated):
        raise RawInputError(f"{path} names movieId {repeated.iloc[0]} twice: keep one line of it")
    frame = frame.sample(frac=1, random_state=_SHUFFLE_SEED)
    tmdb = frame["tmdbId"].fillna(-1).to_numpy(np.int64)
    return Links(frame["movieId"].to_numpy(), tmdb)


def read_ratings(path: Path, links: Links) -> Ratings:
    """Read the ratings of the films in some links, of each user and film the last one.

    Parameters
    ----------
    path
        A CSV file with userId, movieId, rating and timestamp.
    links
        The films.

    Raises
    ------
    RawInputError
        When the file is not what it should be, or rates no film of the links.
    """
    frame = _read(path, _RATINGS_TYPES)
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


def temporal_split(ratings: Ratings, share: float = 0.8) -> list[User]:
    """Split each user's ratings in time; who has no known or no relevant film is left out.

    Parameters
    ----------
    ratings
        Of all users.
    share
        Of a user's n ratings the first int(n * share) are known.

    Raises
    ------
    RawInputError
        When no user is left.
    """
    starts = np.flatnonzero(np.diff(ratings.users)) + 1
    users = []
    for numbers, films, stars in zip(*(np.split(each, starts) for each in ratings), strict=True):
        known = int(len(films) * share)
        if 0 < known < len(films):
            users.append(User(int(numbers[0]), films[:known], stars[:known], films[known:]))
    if not users:
        raise RawInputError(
            "nobody rated enough films of the links, at least two: give more ratings"
        )
    return users


def _read(path: Path, types: dict[str, str]) -> pd.DataFrame:
    """Read some columns of a CSV file, each with its type."""
    try:
        header = pd.read_csv(path, nrows=0, encoding="utf-8-sig").columns
        if missing := [column for column in types if column not in header]:
            raise RawInputError(
                f"{path} has no column {', '.join(missing)}; it has {', '.join(header)}"
            )
        return pd.read_csv(path, usecols=list(types), dtype=types, encoding="utf-8-sig")
    except OSError as error:
        raise RawInputError(f"{path} cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise RawInputError(
            f"{path} is no CSV file with numbers as {', '.join(types)}: {error}"
        ) from error
