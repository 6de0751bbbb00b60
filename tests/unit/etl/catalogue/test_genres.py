from __future__ import annotations

import pytest

from cartelera.contract.names import compact, key
from etl.catalogue.genres import known
from etl.catalogue.iso import Known

# All that TMDB has; "Foreign" is one of its past.
GENRES = [
    "Action",
    "Adventure",
    "Animation",
    "Comedy",
    "Crime",
    "Documentary",
    "Drama",
    "Family",
    "Fantasy",
    "Foreign",
    "History",
    "Horror",
    "Music",
    "Mystery",
    "Romance",
    "Science Fiction",
    "TV Movie",
    "Thriller",
    "War",
    "Western",
]


def keys(genre: str) -> set[str]:
    name, others, _ = known(genre)
    return {compact(key(each)) for each in (name or genre, *others)}


@pytest.mark.parametrize("genre", GENRES)
def test_every_genre_has_a_spanish_name_and_is_known_by_its_own(genre: str) -> None:
    name, others, _ = known(genre)

    assert name
    assert others[0] == genre
    assert len(set(others)) == len(others)
    assert all(key(other) for other in others)


@pytest.mark.parametrize(
    ("genre", "name", "others"),
    [
        ("Science Fiction", "Ciencia ficción", {"cienciaficcion", "sciencefiction", "scifi"}),
        ("Horror", "Terror", {"terror", "horror", "miedo"}),
        ("War", "Bélica", {"belica", "war", "guerra"}),
        ("Thriller", "Suspense", {"suspense", "suspenso", "thriller"}),
        ("Drama", "Drama", {"drama"}),
    ],
)
def test_a_genre_goes_by_its_names_in_both_languages_and_by_what_people_say(
    genre: str, name: str, others: set[str]
) -> None:
    assert known(genre).name == name
    assert others <= keys(genre)


def test_no_two_genres_go_by_one_name() -> None:
    for place, genre in enumerate(GENRES):
        for other in GENRES[:place]:
            assert keys(genre).isdisjoint(keys(other))


@pytest.mark.parametrize("genre", ["Carousel Productions", "drama", ""])
def test_a_genre_that_tmdb_does_not_have_is_called_as_it_is(genre: str) -> None:
    assert known(genre) == Known(None, (genre,))
