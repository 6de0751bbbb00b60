from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from cartelera.contract.feature_groups import FEATURE_GROUPS
from cartelera.contract.ranking import FILM_RANKING, PERSON_RANKING
from etl.evaluation import tuning
from etl.evaluation.objectives import (
    INITIAL_WEIGHTS,
    SimilarityObjective,
    TasteObjective,
    film_weights,
    prior_powers,
    split_groups,
)
from etl.evaluation.ratings import Ratings, temporal_split
from etl.evaluation.scorers import CarteleraScorer
from etl.evaluation.tasks import NextFilmsTask, SimilarFilmsTask
from etl.evaluation.tuning import maximise, tune
from etl.features.hyperparameters import Hyperparameters
from etl.features.model import build_model
from etl.features.tfidf import Features, scale_by_mean_idf, stack
from etl.progress import Stages

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cartelera.recommend.model import Model

FILMS = 60
USERS = 70
IDS = np.arange(100, 100 + FILMS)


def blocks(rng: np.random.Generator) -> dict[str, tuple[sparse.csr_array, list[str]]]:
    """Make random blocks, of which some films have nothing, as they are in the job."""
    made = {}
    for place, name in enumerate(FEATURE_GROUPS):
        width = 4 + place
        weights = rng.random((FILMS, width)) * (rng.random((FILMS, width)) < 0.4)
        weights[rng.random(FILMS) < 0.2] = 0
        lengths = np.linalg.norm(weights, axis=1, keepdims=True)
        weights = np.divide(weights, lengths, out=weights, where=lengths > 0)
        names = [f"{name} {n}" for n in range(width)]
        made[name] = sparse.csr_array(weights.astype(np.float32)), names
    return made


def films(rng: np.random.Generator) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": IDS,
            "vote_count": rng.integers(0, 1000, FILMS),
            "vote_average": rng.random(FILMS) * 10,
            "release_year": 2000,
            "collection": None,
            "status": "Released",
            "adult": False,
        }
    )


def ratings(rng: np.random.Generator) -> Ratings:
    users, columns = np.nonzero(rng.random((USERS, FILMS)) < 0.7)
    return Ratings(users, columns, rng.integers(1, 11, len(users)) / 2, columns)


def film_rows() -> np.ndarray:
    # The last film is not in the catalogue.
    return np.append(np.arange(FILMS - 1), -1)


def made(parameters: Hyperparameters, seed: int = 0) -> tuple[Model, pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(seed)
    groups = blocks(rng)
    scaled = {name: scale_by_mean_idf(matrix) for name, (matrix, _) in groups.items()}
    names = [(group, name) for group, (_, own) in groups.items() for name in own]
    features = Features(
        stack(scaled, parameters.weights),
        pd.DataFrame(names, columns=["block", "name"], dtype="str"),
    )
    known = films(rng)
    return build_model(features, known, parameters), features.names, known


def parameters(weights: NDArray[np.float64], point: NDArray[np.float64]) -> Hyperparameters:
    votes, rating = prior_powers(point)
    return Hyperparameters(
        dict(zip(FEATURE_GROUPS, weights.tolist(), strict=True)),
        dict(zip(FEATURE_GROUPS, np.exp(point[:-2]).tolist(), strict=True)),
        votes,
        rating,
        {},
    )


EQUAL = parameters(np.ones(len(FEATURE_GROUPS)), np.zeros(len(FEATURE_GROUPS) + 2))


def test_a_models_blocks_are_as_they_were_before_they_were_weighed() -> None:
    weights = np.linspace(0.2, 1, len(FEATURE_GROUPS))

    parts = split_groups(*made(parameters(weights, np.zeros(len(FEATURE_GROUPS) + 2))))

    for name, (matrix, _) in blocks(np.random.default_rng(0)).items():
        np.testing.assert_allclose(
            parts.matrices[name].toarray(),
            scale_by_mean_idf(matrix).toarray(),
            atol=1e-6,
            err_msg=name,
        )


@pytest.mark.parametrize("seed", range(3))
def test_a_search_for_films_measures_what_a_model_with_such_weights_is_measured(seed: int) -> None:
    rated, rows = ratings(np.random.default_rng(seed)), film_rows()
    away = np.random.default_rng(seed).normal(size=len(FEATURE_GROUPS))
    task = SimilarFilmsTask.of(rated, FILMS)
    model, *_ = made(parameters(film_weights(away), np.zeros(len(FEATURE_GROUPS) + 2)))

    measured = SimilarityObjective.of(rated, rows, split_groups(*made(EQUAL))).precision(away)

    assert task is not None
    alike = replace(model, prior=np.ones_like(model.prior))
    ours = CarteleraScorer(alike, rows, FILM_RANKING)
    likeness = np.stack([ours.similarities(int(film))[task.films] for film in task.films])
    in_catalogue = rows[task.films] >= 0
    # A film that is not there is like none; the search has it last, and so does the task.
    likeness[~in_catalogue] = 0
    likeness[:, ~in_catalogue] = 0
    assert measured == pytest.approx(task.precision(likeness).mean())


@pytest.mark.parametrize("seed", range(3))
def test_a_search_for_people_measures_what_a_model_with_such_tastes_is_measured(seed: int) -> None:
    rated, rows = ratings(np.random.default_rng(seed)), film_rows()
    users = temporal_split(rated)
    weights = np.linspace(0.2, 1, len(FEATURE_GROUPS))
    point = np.random.default_rng(seed).normal(size=len(FEATURE_GROUPS) + 2) / 2
    people = TasteObjective.of(users, rows, split_groups(*made(EQUAL)), weights)
    taste = point.copy()
    taste[:-2] -= np.log(people.scale)
    model, *_ = made(parameters(weights, taste))

    content, mixed = people.ndcg(point)

    task = NextFilmsTask.of(users, FILMS)
    for found, quality in ((content, 0.0), (mixed, PERSON_RANKING.quality)):
        ours = CarteleraScorer(
            model, rows, PERSON_RANKING._replace(quality=quality, narrow_quality=None)
        )
        np.testing.assert_allclose(found, task.ndcg(np.stack([ours.scores(u) for u in users])))


def test_a_part_of_the_people_is_measured_as_among_all() -> None:
    rated, rows = ratings(np.random.default_rng(1)), film_rows()
    parts = split_groups(*made(EQUAL))
    people = TasteObjective.of(temporal_split(rated), rows, parts, np.ones(len(FEATURE_GROUPS)))
    point, some = np.zeros(len(FEATURE_GROUPS) + 2), np.array([3, 7, 20])

    np.testing.assert_allclose(people.subset(some).ndcg(point)[1], people.ndcg(point)[1][some])


def test_a_search_finds_the_highest_point_and_tells_of_each_generation() -> None:
    goal = np.array([0.3, -0.2, 0.1])
    generations: list[int] = []

    found = maximise(lambda point: -float(((point - goal) ** 2).sum()), 3, generations.append)

    np.testing.assert_allclose(found, goal, atol=0.05)
    assert generations == [1] * tuning.GENERATIONS


def test_the_weights_begin_at_the_judgement_with_the_highest_as_one() -> None:
    weights = film_weights(np.zeros(len(FEATURE_GROUPS)))

    assert weights.max() == 1
    judged = np.array([INITIAL_WEIGHTS[name] for name in FEATURE_GROUPS])
    np.testing.assert_allclose(weights, judged / judged.max())


def test_the_parameters_found_are_every_blocks_and_say_what_chose_them(stages: Stages) -> None:
    rated = ratings(np.random.default_rng(2))

    found = tune(rated, film_rows(), split_groups(*made(EQUAL)), stages, generations=2)

    assert list(found.weights) == list(found.taste) == list(FEATURE_GROUPS)
    assert max(found.weights.values()) == max(found.taste.values()) == 1
    assert min(*found.weights.values(), *found.taste.values(), found.votes, found.rating) > 0
    assert found.chosen_by["users"] == USERS
    assert len(found.chosen_by["films"]["precision_at_5_unseen_halves"]) == 2
    for figures in found.chosen_by["people"].values():
        assert len(figures["ndcg_at_10_unseen_fifths"]) == tuning.FOLDS
