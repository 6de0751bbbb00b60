"""What people rated, from MovieLens' files: who rated which film of the catalogue.

There is a file of ratings, which may have tens of millions of lines, and one of links, which say
which film each of MovieLens' is at TMDB and at IMDb (Harper and Konstan, "The MovieLens datasets",
TiiS 2015). Ratings are read as a stream; of each only the person and the film are kept.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from etl.errors import RawInputError
from etl.extract.raw_files import BROKEN
from etl.extract.streams import UNREADABLE_BYTES, open_bytes, unpacked
from etl.quarantine import Rejection, excerpt

if TYPE_CHECKING:
    import io
    from collections.abc import Callable, Iterator, Mapping

    from numpy.typing import NDArray

    from etl.extract.raw_files import RawFile

    type Ids = NDArray[np.int64]

NO_FILM = "film is not in the catalogue"
NO_LINK = "film has no link"
NOBODY = "no number of a person or film"
AGAIN = "film rated before by the same person"

_LINKS_COLUMNS = {"movieId": pa.int64(), "imdbId": pa.string(), "tmdbId": pa.float64()}
_RATINGS_COLUMNS = {"userId": pa.int64(), "movieId": pa.int64()}
_UNKNOWN = -1
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
# In bytes: what is in memory of a file at a time.
_BLOCK = 8 << 20
# A file with more broken lines than these is another one.
_MOST_BROKEN = 10_000


class Links(NamedTuple):
    """MovieLens' films: their ids there, at TMDB and at IMDb, shape (films,) each; -1 for none."""

    movies: Ids
    tmdb: Ids
    imdb: Ids

    def rows(self, ids: Ids, imdb_ids: pd.Series[str]) -> Ids:
        """Return the row that each film has in a catalogue, int64, shape (films,); -1 for none.

        A film is found by its id at TMDB. Where that is missing, or of no film of the catalogue
        since TMDB has joined two into one, it is found by its id at IMDb.

        Parameters
        ----------
        ids, imdb_ids
            The ids of the catalogue's films at TMDB and at IMDb, shape (rows,); of the latter some
            may be null.
        """
        by_tmdb = pd.Index(ids).get_indexer(pd.Index(self.tmdb))
        numbers = pd.Series(imdb_numbers(pa.array(imdb_ids, pa.string())))
        first = numbers[~numbers.duplicated() & (numbers != _UNKNOWN)]
        places = pd.Index(first).get_indexer(pd.Index(self.imdb))
        by_imdb = np.where(places >= 0, np.append(first.index, _UNKNOWN)[places], _UNKNOWN)
        return np.where(by_tmdb >= 0, by_tmdb, by_imdb).astype(np.int64)


class Ratings(NamedTuple):
    """Who rated which films of the catalogue.

    Attributes
    ----------
    starts : int64, shape (people + 1,)
        A person, numbered from 0, has the films from one start up to the next.
    films : int32, shape (ratings,)
        Rows of the catalogue; those of each person ascend.
    read, set_aside, broken
        How many lines there were, how many of them do not count, by reason, and the first of those
        that have other columns.
    """

    starts: Ids
    films: NDArray[np.int32]
    read: int
    set_aside: Mapping[str, int]
    broken: list[Rejection]


def imdb_numbers(ids: pa.Array) -> Ids:
    """Return the numbers of ids at IMDb, with `tt` and leading zeros or without; -1 for none."""
    digits = pc.extract_regex(ids, r"^\s*(?:tt)?0*(?P<number>\d{1,10})(?:\.0)?\s*$")
    numbers = pc.struct_field(digits, "number").cast(pa.int64())
    return np.asarray(pc.fill_null(numbers, _UNKNOWN).to_numpy(zero_copy_only=False), np.int64)


def read_links(file: RawFile) -> Links:
    """Read the links, and leave what was read of the file as its `source`.

    Raises
    ------
    RawInputError
        When it cannot be read, lacks a column, or names a film twice.
    """
    batches = [*_read(file, _LINKS_COLUMNS, [], lambda _: None)]
    table = pa.Table.from_batches(batches, pa.schema(list(_LINKS_COLUMNS.items())))
    movies = pc.fill_null(table["movieId"], _UNKNOWN).to_numpy()
    order = np.argsort(movies, kind="stable")
    movies = movies[order]
    if len(repeated := movies[1:][movies[1:] == movies[:-1]]):
        raise RawInputError(f"{file.name} names movieId {repeated[0]} twice: keep one line of it")
    tmdb = pc.fill_null(table["tmdbId"], _UNKNOWN).to_numpy().astype(np.int64)
    imdb = imdb_numbers(table["imdbId"].combine_chunks())
    return Links(movies, tmdb[order], imdb[order])


def read_ratings(
    file: RawFile, links: Links, rows: Ids, on_bytes: Callable[[int], None] = lambda _: None
) -> Ratings:
    """Read the ratings of a catalogue's films, and leave what was read as the file's `source`.

    How many stars somebody gave, and when, is not read: that a person saw a film says more of what
    else the person sees (see `docs/recommendations.md`). Of a person's ratings of one film, be it
    under two numbers of MovieLens', one counts.

    Parameters
    ----------
    file
        The ratings.
    links, rows
        MovieLens' films, in order of their ids there, and their rows in the catalogue, -1 for none.
    on_bytes
        Called with the number of bytes read since the last time.

    Raises
    ------
    RawInputError
        When it cannot be read, or lacks a column.
    """
    broken: list[Rejection] = []
    aside = dict.fromkeys((BROKEN, NOBODY, NO_LINK, NO_FILM, AGAIN), 0)
    people, films = [np.zeros(0, np.int64)], [np.zeros(0, np.int32)]
    read = 0
    # One more, where those go that are beyond the last.
    movies, own = np.append(links.movies, _UNKNOWN), np.append(rows, _UNKNOWN)
    for batch in _read(file, _RATINGS_COLUMNS, broken, on_bytes):
        read += len(batch)
        whole = batch.drop_null()
        person, movie = (whole.column(name).to_numpy() for name in _RATINGS_COLUMNS)
        places = np.searchsorted(links.movies, movie)
        linked = movies[places] == movie
        film = np.where(linked, own[places], _UNKNOWN)
        aside[NOBODY] += len(batch) - len(whole)
        aside[NO_LINK] += int(np.count_nonzero(~linked))
        aside[NO_FILM] += int(np.count_nonzero(linked & (film < 0)))
        people.append(person[film >= 0])
        films.append(film[film >= 0].astype(np.int32))
    aside[BROKEN] = len(broken)
    starts, kept, again = _by_person(people, films)
    aside[AGAIN] = again
    reasons = {reason: count for reason, count in aside.items() if count}
    return Ratings(starts, kept, read + len(broken), reasons, broken)


def _by_person(
    people: list[Ids], films: list[NDArray[np.int32]]
) -> tuple[Ids, NDArray[np.int32], int]:
    """Return `Ratings.starts` and `Ratings.films`, and how many ratings were repeated."""
    numbers, known = pd.factorize(np.concatenate(people))
    people.clear()
    rated = np.concatenate(films)
    films.clear()
    # A pair is one number: the fewest bytes to sort tens of millions of.
    width = int(rated.max(initial=0)) + 1
    numbers *= width
    numbers += rated
    total = len(rated)
    del rated
    numbers.sort()
    kept = numbers[np.append([True], numbers[1:] != numbers[:-1])] if total else numbers
    del numbers
    starts = np.searchsorted(kept, np.arange(len(known) + 1) * width).astype(np.int64)
    kept %= width
    return starts, kept.astype(np.int32), total - len(kept)


def _read(
    file: RawFile,
    columns: Mapping[str, pa.DataType],
    broken: list[Rejection],
    on_bytes: Callable[[int], None],
) -> Iterator[pa.RecordBatch]:
    """Yield some columns of a file, batch by batch; lines with other fields go to `broken`."""
    name = file.name

    def reject(row: csv.InvalidRow) -> str:
        if len(broken) >= _MOST_BROKEN:
            return "error"
        detail = f"{row.actual_columns} fields instead of {row.expected_columns}"
        broken.append(Rejection(name, row.number or 0, None, BROKEN, excerpt(row.text), detail))
        return "skip"

    try:
        with open_bytes(file.path, file.member) as hashed:
            text = _without_mark(unpacked(hashed, file.member or file.path.name))
            reported = 0
            for batch in csv.open_csv(
                pa.PythonFile(text, "r"),
                # Threads would not know the numbers of broken lines.
                csv.ReadOptions(use_threads=False, block_size=_BLOCK),
                csv.ParseOptions(invalid_row_handler=reject),
                csv.ConvertOptions(include_columns=[*columns], column_types=dict(columns)),
            ):
                yield batch
                on_bytes(hashed.size - reported)
                reported = hashed.size
            file.source = hashed.describe(name)
    except KeyError as error:
        raise RawInputError(
            f"{name} has no column {', '.join(columns)} as MovieLens' files have: {error}"
        ) from error
    except (pa.ArrowException, *UNREADABLE_BYTES) as error:
        raise RawInputError(
            f"{name} cannot be read as one of MovieLens' files, with numbers as "
            f"{', '.join(columns)}: {error}. Without it in the folder, the release is made of the "
            "films alone"
        ) from error


def _without_mark(text: io.BufferedReader) -> io.BufferedReader:
    if text.peek(len(_BYTE_ORDER_MARK)).startswith(_BYTE_ORDER_MARK):
        text.read(len(_BYTE_ORDER_MARK))
    return text
