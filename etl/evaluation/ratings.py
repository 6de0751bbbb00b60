"""Ratings of films by people, read from MovieLens' files and split in time.

There is a file of ratings, and one of links to TMDB (Harper and Konstan, "The MovieLens datasets",
TiiS 2015). The films of the links are numbered; in this package a column is such a number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from etl.errors import RawInputError
from etl.extract import ratings as extract
from etl.extract.ratings import Links
from etl.extract.raw_files import RawFile

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_RATINGS_TYPES = {"userId": "int64", "movieId": "int64", "rating": "float64", "timestamp": "int64"}
_SHUFFLE_SEED = 20
# Of a user's ratings, those that are known.
KNOWN_SHARE = 0.8


class Ratings(NamedTuple):
    """Ratings, shape (ratings,) each, in order of the users, numbered from 0, and of time.

    `seconds` is when each was given.
    """

    users: NDArray[np.int64]
    films: NDArray[np.int64]
    stars: NDArray[np.float64]
    seconds: NDArray[np.int64]

    def of_users(self, users: NDArray[np.int64]) -> Ratings:
        """Return the ratings of some users, who keep their numbers."""
        own = np.isin(self.users, users)
        return Ratings(self.users[own], self.films[own], self.stars[own], self.seconds[own])


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
    """Read which film each is, in a random order that is always the same.

    MovieLens numbers films about as they became known: in that order equal scores would favour what
    many have seen. A `RawInputError` says if the file is not what it should be.
    """
    links = extract.read_links(RawFile(path))
    order = np.random.default_rng(_SHUFFLE_SEED).permutation(len(links.movies))
    return Links(*(each[order] for each in links))


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
    columns = (frame[name].to_numpy() for name in ("film", "rating", "timestamp"))
    return Ratings(users, *columns)


def temporal_split(ratings: Ratings, share: float = KNOWN_SHARE, shuffle: int = 0) -> list[User]:
    """Split each user's ratings in time; who has no known or no relevant film is left out.

    Many people rate all that they remember in one sitting, several films a second. Those of one
    second are in a random order: any other, such as that of the films' numbers, says something of
    the films.

    Parameters
    ----------
    ratings
        Of all users.
    share
        Of a user's n ratings the first int(n * share) are known.
    shuffle
        The seed of that order.

    Raises
    ------
    RawInputError
        When no user is left.
    """
    ties = np.random.default_rng(shuffle).random(len(ratings.users))
    order = np.lexsort((ties, ratings.seconds, ratings.users))
    ordered = [each[order] for each in ratings[:3]]
    starts = np.flatnonzero(np.diff(ordered[0])) + 1
    users = []
    for numbers, films, stars in zip(*(np.split(each, starts) for each in ordered), strict=True):
        known = int(len(films) * share)
        if 0 < known < len(films):
            users.append(User(int(numbers[0]), films[:known], stars[:known], films[known:]))
    if not users:
        raise RawInputError(
            "nobody rated enough films of the links, at least two: give more ratings"
        )
    return users


def folds_of(users: int, folds: int, seed: int = 7) -> list[NDArray[np.int64]]:
    """Part users into folds at random, always the same.

    Parameters
    ----------
    users
        How many there are, numbered from 0.
    folds
        How many folds to make, as equal as can be.
    seed
        Of the random numbers.
    """
    order = np.random.default_rng(seed).permutation(users)
    return [np.sort(each) for each in np.array_split(order, folds)]


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
