"""`python -m etl.evaluation.tuning`: find the model's hyperparameters on people's ratings.

Two searches, one after the other, each by CMA-ES (Hansen, "The CMA evolution strategy: a
tutorial", 2016):

1. The weights of the feature groups in a film, by `SimilarityObjective`. It begins at
   `INITIAL_WEIGHTS`, and its ridge is strong. Only well known films have ratings, and among them
   the year and the language say most; left to them, it finds little known films of the same year
   to be the most alike of the whole catalogue.
2. Their weights in a taste, and the powers of the quality prior, by `TasteObjective`. It begins
   with equal weights.

What is reported of the choice is cross-validated, on people whom the search has not seen: for
the first on halves of the people, for the second on fifths.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click
import msgspec
import numpy as np
from cmaes import CMA

from cartelera.contract.feature_groups import FEATURE_GROUPS
from cartelera.contract.release_format import CATALOG, FEATURES
from etl.entrypoints import options
from etl.evaluation.inputs import input_options, read_inputs
from etl.evaluation.objectives import (
    SimilarityObjective,
    TasteObjective,
    film_weights,
    prior_powers,
    split_groups,
)
from etl.evaluation.ratings import temporal_split
from etl.features.hyperparameters import HYPERPARAMETERS, Hyperparameters
from etl.release.verification import read_table

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from etl.evaluation.objectives import Floats, GroupedFeatures
    from etl.evaluation.ratings import Ratings
    from etl.progress import Stages

GENERATIONS = 30
FOLDS = 5
_SEED = 1
_SIGMA = 0.5


@click.command(cls=options.JobCommand)
@input_options
@click.option("--out", type=click.Path(path_type=Path), default=HYPERPARAMETERS, show_default=True)
def main(releases: str, ratings: Path, links: Path, out: Path) -> None:
    """Find the hyperparameters on MovieLens' ratings, for the films of the current release."""
    stages = options.current_stages()
    inputs = read_inputs(releases, ratings, links, stages)
    columns = ["id", "vote_count", "vote_average"]
    films = read_table(inputs.store, inputs.release, CATALOG, columns).to_pandas()
    names = read_table(inputs.store, inputs.release, FEATURES).to_pandas()
    features = split_groups(inputs.model, names, films)
    rows = inputs.links.rows(films["id"].to_numpy(), inputs.imdb_ids)
    found = tune(inputs.ratings, rows, features, stages)
    out.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    stages.note(f"written to {out}; the next release is built with it")


def tune(
    ratings: Ratings,
    rows: NDArray[np.int64],
    features: GroupedFeatures,
    stages: Stages,
    generations: int = GENERATIONS,
) -> Hyperparameters:
    """Search for the hyperparameters, and cross-validate them.

    Parameters
    ----------
    ratings, rows
        MovieLens' ratings, and the rows that their films have in the release, -1 for none.
    features
        Of the release's films.
    stages
        Show how far it is.
    generations
        How many generations each search runs.

    Raises
    ------
    RawInputError, JobError
        As `temporal_split` and `SimilarityObjective.of`: there are too few ratings.
    """
    users = temporal_split(ratings)
    rng = np.random.default_rng(_SEED)
    halves = np.array_split(rng.permutation(int(ratings.users.max()) + 1), 2)
    size = len(FEATURE_GROUPS)
    similarity = SimilarityObjective.of(ratings, rows, features)
    first, second = (
        SimilarityObjective.of(ratings.of_users(half), rows, features) for half in halves
    )
    with stages.stage("Weights of the groups in a film", generations * 3) as advance:
        point, in_first, in_second = (
            maximise(each, size, advance, generations) for each in (similarity, first, second)
        )
    initial, weights = np.zeros(size), film_weights(point)
    taste = TasteObjective.of(users, rows, features, weights)
    folds = np.array_split(rng.permutation(len(users)), FOLDS)
    with stages.stage("Weights of the groups in a taste", generations * (FOLDS + 1)) as advance:
        best = maximise(taste, size + 2, advance, generations)
        unseen = []
        for fold in folds:
            others = taste.subset(np.setdiff1d(np.arange(len(users)), fold))
            found = maximise(others, size + 2, advance, generations)
            unseen.append(taste.subset(fold).ndcg(found))
    seen, equal = taste.ndcg(best), taste.ndcg(np.zeros(size + 2))
    votes, rating = prior_powers(best)
    unseen_halves = [second.precision(in_first), first.precision(in_second)]
    judgement_halves = [second.precision(initial), first.precision(initial)]
    return _rounded(
        Hyperparameters(
            weights=_by_group(weights),
            taste=_by_group(np.exp(best[:-2]) / taste.scale),
            votes=votes,
            rating=rating,
            chosen_by={
                "ratings": len(ratings.stars),
                "users": len(users),
                "films": {
                    "films": len(similarity.task.films),
                    "precision_at_5": similarity.precision(point),
                    "precision_at_5_judgement": similarity.precision(initial),
                    "precision_at_5_unseen_halves": unseen_halves,
                    "precision_at_5_judgement_halves": judgement_halves,
                },
                "people": {
                    name: {
                        "ndcg_at_10": float(seen[place].mean()),
                        "ndcg_at_10_equal_weights": float(equal[place].mean()),
                        "ndcg_at_10_unseen_fifths": [float(fold[place].mean()) for fold in unseen],
                    }
                    for place, name in enumerate(("content", "with_prior"))
                },
            },
        )
    )


def maximise(
    objective: Callable[[Floats], float],
    size: int,
    advance: Callable[[int], None],
    generations: int = GENERATIONS,
) -> Floats:
    """Return the mean of CMA-ES's distribution in the end.

    Not the best of all points: its figure is the highest by chance.

    Parameters
    ----------
    objective
        A function of a point, shape (size,).
    size
        How many dimensions a point has.
    advance
        Called with 1 after each generation.
    generations
        How many generations to run.

    Returns
    -------
    NDArray
        float64, shape (size,).
    """
    optimizer = CMA(mean=np.zeros(size), sigma=_SIGMA, seed=_SEED)
    for _ in range(generations):
        points = [optimizer.ask() for _ in range(optimizer.population_size)]
        optimizer.tell([(point, -objective(point)) for point in points])
        advance(1)
    return np.asarray(optimizer.mean)


def _by_group(values: Floats) -> dict[str, float]:
    return dict(zip(FEATURE_GROUPS, (values / values.max()).tolist(), strict=True))


def _rounded(found: Hyperparameters) -> Hyperparameters:
    # Four significant digits: a group's weight in a taste may be a hundredth of another's.
    figures = json.loads(
        msgspec.json.encode(found), parse_float=lambda text: float(f"{float(text):.4g}")
    )
    return msgspec.convert(figures, Hyperparameters)


if __name__ == "__main__":
    main()
