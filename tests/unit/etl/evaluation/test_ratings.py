"""Reading ratings and links, and parting what is known from what is sought."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.errors import RawInputError
from etl.evaluation.ratings import Ratings, folds_of, read_links, read_ratings, temporal_split
from etl.extract.ratings import Links

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from etl.evaluation.ratings import User

LINKS = "movieId,imdbId,tmdbId"
RATINGS = "userId,movieId,rating,timestamp"


def links_of(*movies: int) -> Links:
    """Return links in the order given, each film being ten times as much at TMDB."""
    ids = np.array(movies, np.int64)
    return Links(ids, ids * 10, ids)


def ratings_of(*counts: int) -> Ratings:
    """Return so many ratings of each user, of the films from 0 on, of 1 star, 2 stars, …"""
    films = np.concatenate([np.arange(count) for count in counts])
    return Ratings(np.repeat(np.arange(len(counts)), counts), films, films + 1.0, films)


def test_links_name_films_of_the_catalogue(write_csv: Callable[..., Path]) -> None:
    path = write_csv("links.csv", LINKS, "1,0114709,862", "2,0113497,8844", "3,0113228,")

    links = read_links(path)

    assert len(links.movies) == 3
    assert dict(zip(links.movies.tolist(), links.tmdb.tolist(), strict=True)) == {
        1: 862,
        2: 8844,
        3: -1,
    }


def test_films_stand_in_the_same_random_order_every_time(write_csv: Callable[..., Path]) -> None:
    path = write_csv("links.csv", LINKS, *(f"{number},1,{number}" for number in range(100)))

    first, second = read_links(path), read_links(path)

    assert first.movies.tolist() == second.movies.tolist()
    assert first.movies.tolist() != list(range(100))


def test_ratings_come_by_user_and_time_and_film(write_csv: Callable[..., Path]) -> None:
    path = write_csv(
        "ratings.csv", RATINGS, "7,3,5.0,200", "7,2,4.0,100", "4,1,3.0,900", "7,1,0.5,200"
    )

    ratings = read_ratings(path, links_of(1, 2, 3))

    assert ratings.users.tolist() == [0, 1, 1, 1]
    assert ratings.films.tolist() == [0, 1, 0, 2]
    assert ratings.stars.tolist() == [3.0, 4.0, 0.5, 5.0]


def test_the_last_of_several_ratings_of_a_film_counts(write_csv: Callable[..., Path]) -> None:
    path = write_csv("ratings.csv", RATINGS, "1,1,5.0,300", "1,1,2.0,100", "1,2,3.0,200")

    ratings = read_ratings(path, links_of(1, 2))

    assert ratings.films.tolist() == [1, 0]
    assert ratings.stars.tolist() == [3.0, 5.0]


def test_ratings_of_films_without_a_link_are_left_out(write_csv: Callable[..., Path]) -> None:
    path = write_csv("ratings.csv", RATINGS, "1,1,5.0,100", "1,99,2.0,200")

    assert read_ratings(path, links_of(1)).films.tolist() == [0]


def test_a_gzipped_file_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    path = tmp_path / "links.csv.gz"
    path.write_bytes(gzip.compress(f"{LINKS}\n1,1,862\n".encode("utf-8-sig")))

    assert read_links(path).tmdb.tolist() == [862]


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RawInputError, match=r"nowhere\.csv cannot be read: No such file"):
        read_links(tmp_path / "nowhere.csv")


def test_a_missing_column_is_named_with_those_there_are(write_csv: Callable[..., Path]) -> None:
    path = write_csv("ratings.csv", "userId,movieId,stars", "1,1,5")

    with pytest.raises(
        RawInputError, match="has no column rating, timestamp; it has userId, movieId, stars"
    ):
        read_ratings(path, links_of(1))


@pytest.mark.parametrize("line", ["one,1,5.0,100", "1,,5.0,100", "1,1,good,100"])
def test_what_is_no_number_is_refused(write_csv: Callable[..., Path], line: str) -> None:
    path = write_csv("ratings.csv", RATINGS, "1,1,5.0,100", line)

    with pytest.raises(RawInputError, match="is no CSV file with numbers as userId"):
        read_ratings(path, links_of(1))


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "links.csv"
    path.touch()

    with pytest.raises(RawInputError, match="cannot be read as one of MovieLens' files"):
        read_links(path)


def test_a_line_without_a_rating_is_refused(write_csv: Callable[..., Path]) -> None:
    path = write_csv("ratings.csv", RATINGS, "1,1,,100")

    with pytest.raises(RawInputError, match="lines without a rating: remove them"):
        read_ratings(path, links_of(1))


def test_a_film_that_is_linked_twice_is_refused(write_csv: Callable[..., Path]) -> None:
    path = write_csv("links.csv", LINKS, "5,1,10", "5,2,20")

    with pytest.raises(RawInputError, match="names movieId 5 twice"):
        read_links(path)


def test_ratings_of_other_films_altogether_are_refused(write_csv: Callable[..., Path]) -> None:
    path = write_csv("ratings.csv", RATINGS, "1,99,2.0,200")

    with pytest.raises(RawInputError, match=r"rates no film of the links: give ratings and links"):
        read_ratings(path, links_of(1))


def test_the_first_four_fifths_are_known_and_the_rest_sought() -> None:
    (user,) = temporal_split(ratings_of(11))

    assert user.known.tolist() == list(range(8))
    assert user.relevant.tolist() == [8, 9, 10]


def test_who_rated_a_single_film_is_left_out() -> None:
    users = temporal_split(ratings_of(1, 5, 1, 2))

    assert [user.number for user in users] == [1, 3]
    assert [user.relevant.tolist() for user in users] == [[4], [1]]


def test_what_was_rated_in_one_second_is_in_a_random_order() -> None:
    together = ratings_of(40)._replace(seconds=np.repeat([0, 1], 20))

    (first,), (again,), (other,) = (temporal_split(together, shuffle=seed) for seed in (0, 0, 1))

    assert first.known.tolist() == again.known.tolist() != other.known.tolist()
    assert set(first.known.tolist()) > set(range(20))
    assert set(first.relevant.tolist()) < set(range(20, 40))


def test_everybody_is_in_one_fold() -> None:
    folds = folds_of(11, 5)

    assert sorted(np.concatenate(folds).tolist()) == list(range(11))
    assert [len(fold) for fold in folds] == [3, 2, 2, 2, 2]
    assert [fold.tolist() for fold in folds] == [fold.tolist() for fold in folds_of(11, 5)]


def test_nobody_with_two_ratings_is_an_error() -> None:
    with pytest.raises(RawInputError, match="nobody rated enough films of the links, at least two"):
        temporal_split(ratings_of(1, 1))


def test_likes_are_what_was_rated_no_lower_than_the_mean(user: Callable[..., User]) -> None:
    assert user([4, 7, 9], stars=[2.0, 3.0, 4.0]).likes.tolist() == [7, 9]


def test_who_rates_everything_alike_likes_everything(user: Callable[..., User]) -> None:
    assert user([4, 7, 9], stars=[0.5, 0.5, 0.5]).likes.tolist() == [4, 7, 9]


@given(counts=st.lists(st.integers(1, 40), min_size=1), share=st.floats(0.05, 0.95))
def test_nothing_is_both_known_and_sought_and_nothing_is_lost(
    counts: list[int], share: float
) -> None:
    counts.append(40)

    users = temporal_split(ratings_of(*counts), share)

    for user in users:
        films = [*user.known.tolist(), *user.relevant.tolist()]
        assert films == list(range(counts[user.number]))
        assert len(user.known) == int(counts[user.number] * share)
        assert len(user.likes)
