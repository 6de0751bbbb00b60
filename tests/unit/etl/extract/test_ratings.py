"""Who rated which film of the catalogue, by MovieLens' files."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from etl.errors import RawInputError
from etl.extract.choice import choose_raw
from etl.extract.ratings import (
    AGAIN,
    NO_FILM,
    NO_LINK,
    NOBODY,
    Links,
    Ratings,
    read_links,
    read_ratings,
)
from etl.extract.raw_files import BROKEN, RawFile, find_raw

if TYPE_CHECKING:
    from pathlib import Path

IDS = np.array([30, 10, 20])
IMDB_IDS = pd.Series(["tt0000003", None, "tt10000002"], dtype="str")
HEADER = "userId,movieId,rating,timestamp"


def links_file(folder: Path, *lines: str) -> RawFile:
    path = folder / "links.csv"
    path.write_text("\n".join(["movieId,imdbId,tmdbId", *lines, ""]))
    return RawFile(path)


def read(folder: Path, *lines: str, header: str = HEADER) -> Ratings:
    """Read ratings of MovieLens' films 1, 2 and 3, of which the last is not in the catalogue."""
    path = folder / "ratings.csv"
    path.write_text("\n".join([header, *lines, ""]))
    links = Links(np.array([1, 2, 3]), np.array([10, 20, 99]), np.array([-1, -1, -1]))
    return read_ratings(RawFile(path), links, np.array([1, 2, -1]))


def by_person(ratings: Ratings) -> list[list[int]]:
    return [each.tolist() for each in np.split(ratings.films, ratings.starts[1:-1])]


def test_a_film_is_found_by_its_id_at_tmdb_and_else_by_that_at_imdb(tmp_path: Path) -> None:
    links = read_links(
        links_file(
            tmp_path,
            "5,0000009,20",
            # Of a film that TMDB has under another id now, and of none; without zeros, and with.
            "4,3,99999",
            "3,0000003,",
            "2,10000002,",
            "1,0000007,77",
            "6,tt0000003,",
        )
    )

    assert links.movies.tolist() == [1, 2, 3, 4, 5, 6]
    assert links.rows(IDS, IMDB_IDS).tolist() == [-1, 2, 0, 0, 2, 0]


def test_ids_that_a_spreadsheet_made_decimals_of_are_read(tmp_path: Path) -> None:
    links = read_links(links_file(tmp_path, "1,3.0,10.0", "2,,", "3,nothing,20"))

    assert links.tmdb.tolist() == [10, -1, 20]
    assert links.imdb.tolist() == [3, -1, -1]


def test_a_film_that_is_linked_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RawInputError, match=r"links\.csv names movieId 5 twice"):
        read_links(links_file(tmp_path, "5,1,10", "5,2,20"))


def test_of_ratings_who_and_which_film_are_kept_once_each(tmp_path: Path) -> None:
    ratings = read(
        tmp_path, "7,2,5.0,9", "3,1,1.0,1", "7,1,4.0,8", "7,2,0.5,7", "7,3,1,1", "3,9,1,1"
    )

    assert by_person(ratings) == [[1, 2], [1]]
    assert (ratings.read, ratings.set_aside) == (6, {AGAIN: 1, NO_LINK: 1, NO_FILM: 1})


def test_two_of_movielens_films_that_are_one_are_rated_once(tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv"
    path.write_text(f"{HEADER}\n1,1,5,1\n1,2,3,2\n")
    links = Links(np.array([1, 2]), np.array([10, 10]), np.array([-1, -1]))

    ratings = read_ratings(RawFile(path), links, links.rows(IDS, IMDB_IDS))

    assert (by_person(ratings), ratings.set_aside) == ([[1]], {AGAIN: 1})


def test_lines_that_are_no_ratings_are_counted(tmp_path: Path) -> None:
    ratings = read(tmp_path, "1,1,5.0,1", ",1,5.0,1", "1,,5.0,1", "1,2", "2,2,1,1,1", "2,2,1,1")

    assert by_person(ratings) == [[1], [2]]
    assert (ratings.read, ratings.set_aside) == (6, {BROKEN: 2, NOBODY: 2})
    assert [(each.line, each.reason) for each in ratings.broken] == [(5, BROKEN), (6, BROKEN)]


def test_nobody_s_ratings_are_no_ratings(tmp_path: Path) -> None:
    ratings = read(tmp_path)

    assert (ratings.starts.tolist(), ratings.films.tolist(), ratings.read) == ([0], [], 0)


def test_a_gzipped_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "ratings.csv.gz"
    path.write_bytes(gzip.compress(f"{HEADER}\n1,1,5.0,1\n".encode("utf-8-sig")))
    file = RawFile(path)

    ratings = read_ratings(file, Links(*np.array([[1], [10], [-1]])), np.array([1]))

    assert by_person(ratings) == [[1]]
    assert file.source is not None
    assert file.source["bytes"] == path.stat().st_size


def test_files_of_other_columns_or_of_no_numbers_are_refused(tmp_path: Path) -> None:
    for header, line in (("user,movieId", "1,1"), ("userId,movie", "1,1"), (HEADER, "a,1,5,1")):
        with pytest.raises(RawInputError, match=r"ratings\.csv (has no column|cannot be read)"):
            read(tmp_path, line, header=header)


def test_ratings_are_read_where_they_and_their_links_lie_by_any_of_their_names() -> None:
    films = ["movies_metadata.csv", "credits.csv"]
    for ratings, links in (
        ("ratings.csv", "links.csv"),
        ("ratings_small.csv", "links_small.csv"),
        ("Ratings.csv.gz", "links.csv.zip"),
        ("ml-latest/ratings.csv", "ml-latest/links.csv"),
        ("ratings (1).csv", "links.csv"),
    ):
        choice = choose_raw([*films, ratings, links], "raw")
        assert (choice.files["ratings"], choice.files["links"]) == (ratings, links)
        assert not choice.notes
    choice = choose_raw(
        [*films, "ratings_small.csv", "ratings.csv", "links_small.csv", "links.csv"], "raw"
    )
    assert (choice.files["ratings"], choice.files["links"]) == ("ratings.csv", "links.csv")
    assert choice.notes == [
        "ratings_small.csv is not read, because ratings.csv is",
        "links_small.csv is not read, because links.csv is",
    ]


def test_links_alone_are_nothing_and_ratings_alone_are_said_to_be_of_no_film() -> None:
    films = ["movies_metadata.csv", "credits.csv"]
    alone = choose_raw([*films, "ratings.csv"], "raw")

    assert choose_raw([*films, "links_small.csv", "ratings_dev.csv"], "raw").notes == []
    assert "ratings" not in alone.files
    (note,) = alone.notes
    assert note.startswith("ratings.csv is not read, because there is no links.csv beside it")


def test_a_packed_file_of_ratings_is_no_archive_of_films(tmp_path: Path) -> None:
    for name in ("ratings.csv.zip", "links.csv.zip"):
        (tmp_path / name).touch()

    with pytest.raises(RawInputError, match="holds no films"):
        find_raw(tmp_path)
