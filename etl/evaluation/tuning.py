"""`python -m etl.evaluation.tuning`: find the model's parameters on people's ratings.

Two searches, one after the other, each by CMA-ES (Hansen, "The CMA evolution strategy: a
tutorial", 2016), which a ridge draws back to where it began: where the ratings do not care, a
block keeps its say.

1. What each block weighs in a film, by how many of a film's five nearest the same people rate
   alike: precision@5 of `FilmTask`. It begins at `JUDGEMENT`, and the ridge is strong. Only well
   known films have ratings, and among them the year and the language tell most; left to them,
   it finds little known films of the same year to be the most alike of the whole catalogue.
2. What each block counts in a taste, and the powers of the quality prior, by what people rate
   next: NDCG@10 of `ProfileTask`, without the prior plus with it. It begins with equal blocks.

What is reported of the choice is measured on people whom the search has not seen: for the
first, halves of the people by turns, for the second, fifths.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click
import msgspec
import numpy as np
from cmaes import CMA
from rich.console import Console
from scipy import sparse
from sklearn.preprocessing import normalize

from cartelera.contract.feature_groups import FEATURE_GROUPS
from cartelera.contract.release_format import CATALOG, FEATURES, RELEASES_VARIABLE
from etl.errors import JobError
from etl.evaluation.protocols import FilmTask, ProfileTask
from etl.evaluation.ratings import Ratings, read_links, read_ratings, split
from etl.features.hyperparameters import HYPERPARAMETERS, Hyperparameters
from etl.features.model import background, quality_prior
from etl.features.tfidf import scale_by_mean_idf
from etl.progress import Stages
from etl.release.pointers import current_release
from etl.release.storage import open_storage
from etl.release.verification import open_release, read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from cartelera.recommend.model import Model
    from etl.evaluation.ratings import Links, User

    type Vector = NDArray[np.float64]
    type Objective = Callable[[Vector], float]

GENERATIONS = 30
HALVES = 2
FOLDS = 5
# What a film is about and who made it says more than what thousands of films are.
JUDGEMENT = {
    "genres": 0.6,
    "directors": 0.6,
    "writers": 0.3,
    "cast": 0.6,
    "keywords": 0.8,
    "collection": 0.8,
    "production_companies": 0.35,
    "production_countries": 0.2,
    "original_language": 0.2,
    "period": 0.6,
    "title": 0.2,
    "text": 0.7,
}
_SEED = 1
_STEP = 0.5
# What it costs to have every weight e times as large as where the search began, or 1/e of it.
_FILM_RIDGE = 0.6
_PEOPLE_RIDGE = 0.02
# Where the search for the prior's powers begins, of the votes and of the rating.
_POWERS = (2.0, 1.0)
_DIGITS = 4
_FILM_COLUMNS = ["id", "vote_count", "vote_average"]


class Split(NamedTuple):
    """A release's features by block, and what the prior is made of.

    Attributes
    ----------
    blocks
        By block, shape (films, features of the block), as long as the block tells of the film.
    names
        The block of each feature, in the model's order.
    films
        `vote_count` and `vote_average` of each film.
    """

    blocks: dict[str, sparse.csr_array]
    names: pd.Series[str]
    films: pd.DataFrame


def split_blocks(model: Model, names: pd.DataFrame, films: pd.DataFrame) -> Split:
    """Take the blocks of a model apart again, as they were before they were weighed."""
    matrix = sparse.csr_array(
        (model.film_weights, model.film_features, model.film_starts),
        shape=(model.films, model.features),
    )
    columns = {name: np.flatnonzero(names["block"] == name) for name in FEATURE_GROUPS}
    blocks = {
        name: scale_by_mean_idf(normalize(matrix[:, own])) if len(own) else matrix[:, own]
        for name, own in columns.items()
    }
    return Split(blocks, names["block"], films)


@dataclass(frozen=True)
class FilmSearch:
    """What blocks should weigh in a film.

    Attributes
    ----------
    task : FilmTask
    products : float64, shape (blocks, compared, compared)
        The dot products of the films of the task in each block.
    squares : float64, shape (blocks, compared)
        The squared length of each film in each block.
    """

    task: FilmTask
    products: NDArray[np.float64]
    squares: NDArray[np.float64]

    @classmethod
    def of(cls, ratings: Ratings, rows: NDArray[np.int64], parts: Split) -> FilmSearch:
        """Compare the films of the ratings; `rows` says where each stands in the catalogue.

        Raises
        ------
        JobError
            When too few films have enough ratings.
        """
        task = FilmTask.of(ratings, len(rows))
        if task is None:
            raise JobError("too few films are rated by enough people: give more ratings")
        own = rows[task.films]
        found = (own >= 0)[:, None]
        films = [block[own].multiply(found).tocsr() for block in parts.blocks.values()]
        products = np.stack([(block @ block.T).toarray() for block in films]).astype(np.float64)
        return cls(task, products, np.diagonal(products, axis1=1, axis2=2))

    def precision(self, logarithms: Vector) -> float:
        """Return the mean precision@5 with weights that are so far from `JUDGEMENT`."""
        weights = film_weights(logarithms) ** 2
        lengths = np.sqrt(weights @ self.squares)
        lengths[lengths == 0] = 1
        likeness = np.tensordot(weights, self.products, 1) / np.outer(lengths, lengths)
        return float(self.task.precision(likeness).mean())

    def objective(self, logarithms: Vector) -> float:
        """Return what the search makes as large as it can."""
        return self.precision(logarithms) - _FILM_RIDGE * _distance(logarithms)


@dataclass(frozen=True)
class PeopleSearch:
    """What blocks should count in a taste, and what the prior's powers should be.

    Attributes
    ----------
    task : ProfileTask
    affinities : float32, shape (blocks, users, films)
        What each block says of each film for each user, of one standard deviation in all.
    spread : float64, shape (blocks,)
        What the affinities were divided by.
    films : data frame
        Of each film of the catalogue, `vote_count` and `vote_average`.
    rows : int64, shape (films,)
        Where each film of the links stands in the catalogue; -1 where it does not.
    """

    task: ProfileTask
    affinities: NDArray[np.float32]
    spread: Vector
    films: pd.DataFrame
    rows: NDArray[np.int64]

    @classmethod
    def of(
        cls,
        users: Sequence[User],
        rows: NDArray[np.int64],
        parts: Split,
        weights: Vector,
    ) -> PeopleSearch:
        """Hold the users' likes against all films, block by block, with blocks of such weights."""
        stacked = sparse.hstack(
            [block * weight for block, weight in zip(parts.blocks.values(), weights, strict=True)],
            format="csr",
        )
        matrix = sparse.csr_array(normalize(stacked))
        ground = background(matrix, parts.names)
        mean = normalize(_likes(users, rows, matrix.shape[0]), norm="l1") @ matrix
        emphasis = sparse.csr_array(mean)
        emphasis.data = np.log1p(emphasis.data / ground[emphasis.indices])
        own = matrix[rows]
        affinities = np.stack(
            [
                (emphasis[:, columns] @ own[:, columns].T).toarray().astype(np.float32)
                for columns in (np.flatnonzero(parts.names == name) for name in FEATURE_GROUPS)
            ]
        )
        spread = affinities.std(axis=(1, 2)).astype(np.float64)
        spread[spread == 0] = 1
        affinities /= spread[:, None, None].astype(np.float32)
        return cls(
            ProfileTask.of(users, len(rows)),
            affinities,
            spread,
            parts.films,
            rows,
        )

    def part(self, users: NDArray[np.int64]) -> PeopleSearch:
        """Return the search for some of the users, by their rows."""
        task = ProfileTask(self.task.known[users], self.task.sought[users])
        return PeopleSearch(task, self.affinities[:, users], self.spread, self.films, self.rows)

    def ndcg(self, point: Vector) -> tuple[Vector, Vector]:
        """Return each user's NDCG@10 without the prior and with it, at a point of the search."""
        scores = np.tensordot(np.exp(point[:-2]).astype(np.float32), self.affinities, 1)
        prior = quality_prior(self.films, *powers(point))[self.rows]
        return self._ndcg(scores), self._ndcg(scores * prior)

    def objective(self, point: Vector) -> float:
        """Return what the search makes as large as it can."""
        content, mixed = self.ndcg(point)
        return float(content.mean() + mixed.mean()) - _PEOPLE_RIDGE * _distance(point)

    def _ndcg(self, scores: NDArray[np.float32]) -> Vector:
        scores[:, self.rows < 0] = -np.inf
        return self.task.ndcg(scores)


def film_weights(logarithms: Vector) -> Vector:
    """Return the weights of the blocks that are so far from `JUDGEMENT`, the highest being 1."""
    weights = np.array([JUDGEMENT[name] for name in FEATURE_GROUPS]) * np.exp(logarithms)
    return np.asarray(weights / weights.max())


def powers(point: Vector) -> tuple[float, float]:
    """Return the powers of votes and rating in the prior, at a point of the search."""
    votes, rating = np.array(_POWERS) * np.exp(point[-2:])
    return float(votes), float(rating)


def search(
    objective: Objective,
    size: int,
    advance: Callable[[int], None],
    generations: int = GENERATIONS,
) -> Vector:
    """Return the point that CMA-ES finds best, by its distribution's mean in the end.

    Parameters
    ----------
    objective
        What is made as large as it can be.
    size
        How many dimensions its points have.
    advance
        Called with 1 after each generation.
    generations
        How often points are drawn, each time around the best of those before.
    """
    optimizer = CMA(mean=np.zeros(size), sigma=_STEP, seed=_SEED)
    for _ in range(generations):
        points = [optimizer.ask() for _ in range(optimizer.population_size)]
        optimizer.tell([(point, -objective(point)) for point in points])
        advance(1)
    # The mean, not the luckiest of all points: a single one's figure is the highest by chance.
    return np.asarray(optimizer.mean)


def _distance(logarithms: Vector) -> float:
    return float(np.mean((logarithms - logarithms.mean()) ** 2))


def _likes(users: Sequence[User], rows: NDArray[np.int64], films: int) -> sparse.csr_array:
    """Return who likes what, shape (users, films of the catalogue)."""
    liked = [rows[user.likes] for user in users]
    found = [own[own >= 0] for own in liked]
    numbers = np.repeat(np.arange(len(users)), [len(own) for own in found])
    columns = np.concatenate(found)
    ones = np.ones(len(columns), np.float32)
    return sparse.csr_array((ones, (numbers, columns)), shape=(len(users), films))


def tune(  # noqa: PLR0913 (what is learnt from, and how long)
    ratings: Ratings,
    links: Links,
    ids: NDArray[np.int64],
    parts: Split,
    stages: Stages,
    *,
    generations: int = GENERATIONS,
) -> Hyperparameters:
    """Search for the parameters, and measure them on people that the search has not seen.

    Parameters
    ----------
    ratings
        Who rated what.
    links
        Which film of the catalogue each rated film is.
    ids : int64, shape (films,)
        Of the films of the catalogue, in its order.
    parts
        The features of the catalogue's films.
    stages
        Hear how far the searches are.
    generations
        How long each search takes; see `search`.
    """
    rows = links.rows(ids)
    users = split(ratings)
    rng = np.random.default_rng(_SEED)
    halves = np.array_split(rng.permutation(int(ratings.users.max()) + 1), HALVES)
    size = len(FEATURE_GROUPS)
    whole = FilmSearch.of(ratings, rows, parts)
    with stages.stage("What blocks weigh in a film", generations * (HALVES + 1)) as advance:
        point = search(whole.objective, size, advance, generations)
        searches = [FilmSearch.of(_of(ratings, half), rows, parts) for half in halves]
        points = [search(each.objective, size, advance, generations) for each in searches]
        unseen = [searches[1 - n].precision(points[n]) for n in range(HALVES)]
    weights = film_weights(point)
    films = {
        "films": len(whole.task.films),
        "precision_at_5": whole.precision(point),
        "precision_at_5_judgement": whole.precision(np.zeros(size)),
        "precision_at_5_unseen_halves": unseen,
        "precision_at_5_judgement_halves": [
            each.precision(np.zeros(size)) for each in reversed(searches)
        ],
    }
    people = PeopleSearch.of(users, rows, parts, weights)
    folds = np.array_split(rng.permutation(len(users)), FOLDS)
    with stages.stage("What blocks count in a taste", generations * (FOLDS + 1)) as advance:
        taste = search(people.objective, size + 2, advance, generations)
        held = []
        for fold in folds:
            others = np.setdiff1d(np.arange(len(users)), fold)
            found = search(people.part(others).objective, size + 2, advance, generations)
            held.append(people.part(fold).ndcg(found))
    equal = people.ndcg(np.zeros(size + 2))
    return Hyperparameters(
        weights=_by_block(weights),
        taste=_by_block(np.exp(taste[:-2]) / people.spread),
        votes=_rounded(powers(taste)[0]),
        rating=_rounded(powers(taste)[1]),
        chosen_by={
            "ratings": len(ratings.stars),
            "users": len(users),
            "films": _rounded(films),
            "people": _rounded(
                {
                    name: {
                        "ndcg_at_10": float(seen[place].mean()),
                        "ndcg_at_10_equal_weights": float(equal[place].mean()),
                        "ndcg_at_10_unseen_fifths": [float(fold[place].mean()) for fold in held],
                    }
                    for seen in [people.ndcg(taste)]
                    for place, name in enumerate(("content", "with_prior"))
                }
            ),
        },
    )


def _of(ratings: Ratings, users: NDArray[np.int64]) -> Ratings:
    theirs = np.isin(ratings.users, users)
    return Ratings(ratings.users[theirs], ratings.films[theirs], ratings.stars[theirs])


def _by_block(values: Vector) -> dict[str, float]:
    shares = (values / values.max()).tolist()
    return {name: _rounded(share) for name, share in zip(FEATURE_GROUPS, shares, strict=True)}


def _rounded(figures: Any) -> Any:  # noqa: ANN401 (JSON, of whatever depth)
    if isinstance(figures, dict):
        return {name: _rounded(value) for name, value in figures.items()}
    if isinstance(figures, list):
        return [_rounded(value) for value in figures]
    # So many that count: what a block counts in a taste may be a hundredth of another's.
    return float(f"{figures:.{_DIGITS}g}") if isinstance(figures, float) else figures


@click.command()
@click.option("--releases", envvar=RELEASES_VARIABLE, show_envvar=True, required=True)
@click.option("--ratings", type=click.Path(path_type=Path), required=True)
@click.option("--links", type=click.Path(path_type=Path), required=True)
@click.option("--out", type=click.Path(path_type=Path), default=HYPERPARAMETERS, show_default=True)
def main(releases: str, ratings: Path, links: Path, out: Path) -> None:
    """Find the model's parameters on MovieLens' ratings, for the films of the current release."""
    stages = Stages(Console(stderr=True, highlight=False, emoji=False))
    try:
        found = _tuned(releases, ratings, links, stages)
    except JobError as error:
        raise click.ClickException(str(error)) from error
    out.write_bytes(msgspec.json.format(msgspec.json.encode(found)) + b"\n")
    stages.note(f"written to {out}; the next release is built with it")


def _tuned(place: str, ratings_file: Path, links_file: Path, stages: Stages) -> Hyperparameters:
    links = read_links(links_file)
    ratings = read_ratings(ratings_file, links)
    store = open_storage(place)
    release = current_release(store, place)
    with stages.stage(f"Verifying {release}") as advance:
        model = open_release(store, release, advance).model
    films = read_table(store, release, CATALOG, _FILM_COLUMNS).to_pandas()
    names = read_table(store, release, FEATURES).to_pandas()
    return tune(ratings, links, films["id"].to_numpy(), split_blocks(model, names, films), stages)


if __name__ == "__main__":
    main()
