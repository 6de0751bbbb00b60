"""Writes ratings of films by invented people, and their links, in MovieLens' layout."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from cartelera.contract.release_format import LINKS, RATINGS

LINKS_COLUMNS: Final = "movieId,imdbId,tmdbId"
RATINGS_SCHEMA: Final = pa.schema(
    [
        ("userId", pa.int64()),
        ("movieId", pa.int64()),
        ("rating", pa.float64()),
        ("timestamp", pa.int64()),
    ]
)
# Of MovieLens' latest data sets: the mean number of films that somebody rated is 96.
_MEDIAN_RATINGS: Final = 40
_SPREAD: Final = 1.3
# As many kinds of taste as people fall into; a film of the own kind is so much likelier.
_TASTES: Final = 24
_OWN_TASTE: Final = 8.0
# People that are drawn at a time.
_BATCH: Final = 4_000
# Of so many links, one has no id at TMDB, and one has another than the film has there.
_WITHOUT_TMDB: Final = 700
_STALE: Final = 300
_STALE_ID: Final = 90_000_000
_FIRST_SECOND: Final = 820_454_400
_LAST_SECOND: Final = 1_500_000_000
_STARS: Final = np.arange(0.5, 5.5, 0.5)
_STARS_FREQUENCIES: Final = np.array([2, 3, 2, 7, 5, 20, 12, 28, 8, 13]) / 100


class RatedFilm(NamedTuple):
    """What ratings need of a film: its ids at TMDB and at IMDb, and how many people voted."""

    tmdb: str
    imdb: str
    votes: int


def write_ratings(folder: Path, films: Iterable[RatedFilm], count: int, seed: int) -> None:
    """Write `ratings.csv` and `links.csv`: of the same films and numbers, always the same bytes.

    A film is rated the oftener the more votes it has, and by people of one kind of taste oftener
    than by others.

    Parameters
    ----------
    folder
        Where the files go.
    films
        The films; those without a number at TMDB have no link.
    count
        How many ratings there are; of 0, no file is written.
    seed
        Of the random numbers.
    """
    if not count:
        return
    linked = [film for film in films if film.tmdb.isdecimal()]
    _write_links(folder / f"{LINKS[0]}.csv", linked)
    rng = np.random.default_rng(seed)
    votes = np.array([film.votes for film in linked], np.float64) + 0.2
    taste_of = rng.integers(_TASTES, size=len(linked))
    cumulative = [
        np.cumsum(votes * np.where(taste_of == taste, _OWN_TASTE, 1.0)) for taste in range(_TASTES)
    ]
    written = people = 0
    with csv.CSVWriter(folder / f"{RATINGS[0]}.csv", RATINGS_SCHEMA) as writer:
        while written < count:
            users, movies = _draw_people(rng, cumulative)
            users, movies = users[: count - written], movies[: count - written]
            writer.write(_rated(rng, people + users, movies))
            written += len(users)
            people += _BATCH


def _write_links(file: Path, films: list[RatedFilm]) -> None:
    lines = [LINKS_COLUMNS]
    for number, film in enumerate(films, start=1):
        tmdb = film.tmdb
        if number % _WITHOUT_TMDB == 0:
            tmdb = ""
        elif number % _STALE == 0:
            tmdb = str(_STALE_ID + number)
        lines.append(f"{number},{film.imdb.removeprefix('tt')},{tmdb}")
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _draw_people(
    rng: np.random.Generator, cumulative: list[NDArray[np.float64]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return who of a batch of people rated which films, both numbered from 1."""
    films = len(cumulative[0])
    sizes = np.exp(rng.normal(np.log(_MEDIAN_RATINGS), _SPREAD, _BATCH)).astype(np.int64) + 1
    users = np.repeat(np.arange(1, _BATCH + 1), np.minimum(sizes, films))
    tastes = rng.integers(_TASTES, size=_BATCH + 1)[users]
    drawn = rng.random(len(users))
    movies = np.empty(len(users), np.int64)
    for taste, sums in enumerate(cumulative):
        own = tastes == taste
        movies[own] = np.searchsorted(sums, drawn[own] * sums[-1], side="right") + 1
    # A film twice is rated once.
    pairs = np.unique(users * (films + 1) + np.minimum(movies, films))
    return pairs // (films + 1), pairs % (films + 1)


def _rated(
    rng: np.random.Generator, users: NDArray[np.int64], movies: NDArray[np.int64]
) -> pa.Table:
    """Return ratings, each person's in one sitting."""
    numbers = np.unique(users, return_inverse=True)[1]
    sittings = rng.integers(_FIRST_SECOND, _LAST_SECOND, int(numbers.max(initial=0)) + 1)
    seconds = sittings[numbers] + rng.integers(0, 4_000, len(users))
    stars = rng.choice(_STARS, len(users), p=_STARS_FREQUENCIES)
    return pa.table([users, movies, stars, seconds], schema=RATINGS_SCHEMA)
