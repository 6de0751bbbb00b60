"""Choosing how content and ratings are mixed, on people who built nothing."""

from __future__ import annotations

import numpy as np
import pytest

from etl.evaluation.mixture import Choice, Grid, Numbers, in_catalogue
from etl.evaluation.ratings import Ratings, folds_of, temporal_split
from tests.models import make_model

FILMS = 12
USERS = 48


def ratings() -> Ratings:
    """Return ratings of people of two kinds, each of half of the films; content says nothing."""
    kinds = np.arange(USERS) % 2
    users, films = np.nonzero(kinds[:, None] == np.arange(FILMS) // 6)
    order = np.random.default_rng(1).permutation(len(users))
    order = order[np.argsort(users[order], kind="stable")]
    seconds = np.arange(len(users))
    return Ratings(users[order], films[order], np.ones(len(users)), seconds)


def test_where_content_says_nothing_ratings_are_chosen_for_every_fold_and_by_all() -> None:
    rated = ratings()
    grid = Grid((300.0,), (0.0,), (5.0,), (0.0, 0.5))
    rng = np.random.default_rng(2)
    choice = Choice(
        make_model(rng.random((FILMS, 3))),
        np.arange(FILMS),
        rated,
        folds_of(USERS, 3),
        temporal_split(rated),
        grid,
    )
    steps: list[int] = []

    of_folds, of_all = choice.choose(steps.append)

    assert [*of_folds, of_all] == [Numbers(300.0, 0.0, 5.0, 0.5)] * 4
    assert sum(steps) == choice.steps == 3 + 3


def test_ratings_of_films_that_the_catalogue_lacks_do_not_count() -> None:
    rated = Ratings(np.array([3, 3, 7]), np.array([0, 1, 0]), np.ones(3), np.arange(3))

    own = in_catalogue(rated, np.array([5, -1]))

    assert [each.tolist() for each in np.split(own.films, own.starts[1:-1])] == [[5], [5]]
    assert own.read == 3
    assert in_catalogue(rated, np.array([-1, -1])).films.size == pytest.approx(0)
