"""The comparison: which scorers take part, and what is measured of each.

People are parted into folds. What learns from ratings learns from all ratings of the people of the
other folds, and is asked for the people of one: by what they liked first, for what they rated
later. Nobody is asked who built anything.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import sparse

from cartelera.contract.ranking import (
    CONTENT,
    FILM_RANKING,
    MAX_N,
    MIXTURE,
    PERSON_RANKING,
    RATINGS,
)
from cartelera.recommend.query import Query
from etl.evaluation import metrics, scorers
from etl.evaluation.mixture import SHIPPED, Choice, Numbers, in_catalogue
from etl.evaluation.ratings import KNOWN_SHARE, folds_of, temporal_split
from etl.evaluation.tasks import K_FILM, K_USER, SimilarFilmsTask
from etl.features.item_weights import build_item_weights

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from cartelera.recommend.item_weights import ItemWeights
    from cartelera.recommend.model import Model
    from etl.evaluation.metrics import Estimate
    from etl.evaluation.ratings import Ratings, User
    from etl.evaluation.scorers import Scorer
    from etl.extract.ratings import Links

# What a scorer learns from.
OURS = "Cartelera"
CATALOGUE = "the catalogue alone"
OTHERS = "other people's ratings"

# The methods that the others' NDCG is compared with, person by person.
HELD_AGAINST = ("EASE", "Cartelera, content")

NDCG = "NDCG@10"
COLD = "cold NDCG@10"
# The columns of the catalogue that are lists of names, each with a scorer of its own.
NAMES = ("genres", "keywords")
FOLDS = 5
# In how many random orders the films that somebody rated in one second are put.
SHUFFLES = 5
_ALL_WEIGHTS = 1 << 30


class NamedScorer(NamedTuple):
    """A scorer that takes part, and what it learns from."""

    name: str
    kind: str
    scorer: Scorer


class Result(NamedTuple):
    """The metrics of a scorer by heading: an `Estimate`, a share, None where it has none.

    `shuffles` are the lowest and the highest NDCG@10 over the orders of films of one second, and
    `ndcg` that of each user in the first of them, in the same order for all scorers.
    """

    name: str
    kind: str
    metrics: dict[str, Any]
    shuffles: tuple[float, float]
    ndcg: NDArray[np.float64]


class Size(NamedTuple):
    """How large a comparison is: `films` can be recommended, `compared` have similar films.

    `ties` are the people whose ratings are parted within one second.
    """

    users: int
    ratings: int
    films: int
    in_catalogue: int
    compared: int
    ties: int


class _Answers(NamedTuple):
    """What a scorer recommended to somebody: columns, of all films and of the cold ones alone.

    The latter are None of what is served, which is a list.
    """

    recommended: NDArray[np.int64]
    cold: NDArray[np.int64] | None


class Comparison:
    """All scorers on the same users and films.

    Parameters
    ----------
    ratings, links, model
    catalogue : Table
        A row a film of the release, with `NINE_COLUMNS` and `NAMES`.
    imdb_ids
        Of the same films, null where it is not known.
    """

    def __init__(
        self,
        ratings: Ratings,
        links: Links,
        catalogue: pa.Table,
        imdb_ids: pd.Series[str],
        model: Model,
    ) -> None:
        self._ratings = ratings
        self._splits = [temporal_split(ratings, shuffle=shuffle) for shuffle in range(SHUFFLES)]
        people = int(ratings.users.max()) + 1
        self._folds = folds_of(people, min(FOLDS, people))
        halves = folds_of(people, 2)
        self._rows = links.rows(catalogue["id"].to_numpy(), imdb_ids)
        self._model = model
        self._catalogue = catalogue
        self._genres = self._by_names("genres")
        films = len(self._rows)
        tasks = [SimilarFilmsTask.of(ratings.of_users(half), films) for half in halves]
        # What a half of the people says of the films, and the other half, which builds.
        self._similar = [
            (task, building)
            for task, building in zip(tasks, reversed(halves), strict=True)
            if task and all(tasks)
        ]
        self.chosen: tuple[list[Numbers], Numbers] = ([SHIPPED] * len(self._folds), SHIPPED)
        self.size = Size(
            len(self._splits[0]),
            len(ratings.stars),
            films,
            int((self._rows >= 0).sum()),
            sum(len(task.films) for task, _ in self._similar),
            _ties(ratings),
        )
        self._choice = Choice(model, self._rows, ratings, self._folds, self._splits[0])

    @property
    def steps(self) -> int:
        """How often `evaluate` calls `advance`."""
        return SHUFFLES * self.size.users + self.size.compared

    @property
    def choices(self) -> int:
        """How often `choose` calls `advance`."""
        return self._choice.steps

    def choose(self, advance: Callable[[int], None]) -> None:
        """Choose how content and ratings are mixed, inside the training folds.

        Parameters
        ----------
        advance
            Called with 1 after each step.
        """
        self.chosen = self._choice.choose(advance)

    def evaluate(self, advance: Callable[[int], None]) -> list[Result]:
        """Measure all scorers.

        Parameters
        ----------
        advance
            Called with the number of users and films that all have been asked for.
        """
        kinds: dict[str, str] = {}
        # By scorer and shuffle, in the order of the folds.
        answers: dict[str, list[list[_Answers]]] = {}
        asked: list[list[User]] = [[] for _ in self._splits]
        raters = []
        everybody = np.unique(self._ratings.users)
        for fold, numbers in zip(self._folds, self.chosen[0], strict=True):
            building = self._ratings.of_users(np.setdiff1d(everybody, fold))
            known = self._known(building)
            fitted = self._fit(building, known, numbers, np.arange(0))
            cold = (known.sum(axis=0) == 0) & (self._rows >= 0)
            members = set(fold.tolist())
            for shuffle, split in enumerate(self._splits):
                users = [user for user in split if user.number in members]
                asked[shuffle].extend(users)
                if not shuffle:
                    raters += [known.sum(axis=0)] * len(users)
                for name, kind, scorer in fitted:
                    kinds[name] = kind
                    own = answers.setdefault(name, [[] for _ in self._splits])
                    own[shuffle].extend(_ask(scorer, user, cold) for user in users)
                advance(len(users))
        precisions = self._precisions(advance)
        cold_of = [
            np.isin(user.relevant, np.flatnonzero((own == 0) & (self._rows >= 0)))
            for user, own in zip(asked[0], raters, strict=True)
        ]
        return [
            self._result(name, kinds[name], own, asked, raters, cold_of, precisions.get(name))
            for name, own in answers.items()
        ]

    def precision_in_catalogue(self) -> dict[str, Estimate] | None:
        """Return precision@5 of lists that may have any film, by what films are scored by.

        Half of the people build, and the other half say which films are alike.
        """
        if not self._similar:
            return None
        found: dict[str, list[NDArray[np.float64]]] = {}
        for task, building in self._similar:
            weights = self._item_weights(self._ratings.of_users(building), SHIPPED)
            for name, given in (("content", None), ("mixture", weights)):
                films, others = self._lists(self._rows[task.films], given)
                precision = task.precision_of_lists(self._rows, films, others)
                found.setdefault(name, []).append(precision)
        return {name: metrics.estimate(np.concatenate(each)) for name, each in found.items()}

    def _lists(
        self, rows: NDArray[np.int64], weights: ItemWeights | None
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return pairs of rows: films, and those that the API recommends beside each."""
        pairs: list[tuple[int, int]] = []
        for row in map(int, rows[rows >= 0]):
            query = Query.of_film(self._model, row, FILM_RANKING, weights)
            chosen = self._model.top_n(
                query.scores(),
                K_FILM,
                per_collection=FILM_RANKING.per_collection,
                mask=self._model.all_but([row]),
            )
            pairs += [(row, other) for other in chosen]
        films, others = np.array(pairs, np.int64).reshape(-1, 2).T
        return films, others

    def _result(  # noqa: PLR0913, PLR0917 (what it is measured of)
        self,
        name: str,
        kind: str,
        answers: list[list[_Answers]],
        asked: list[list[User]],
        raters: list[NDArray[np.int64]],
        cold: list[NDArray[np.bool_]],
        precision: Estimate | None,
    ) -> Result:
        estimate, films = metrics.estimate, len(self._rows)
        by_shuffle = []
        for users, own in zip(asked, answers, strict=True):
            recommended = np.stack([each.recommended for each in own])
            pairs = zip(recommended, users, strict=True)
            hits = np.stack([np.isin(columns, user.relevant) for columns, user in pairs])
            relevant = np.array([len(user.relevant) for user in users])
            by_shuffle.append((recommended, hits, relevant, metrics.ndcg(hits, relevant)))
        recommended, hits, relevant, ndcg = by_shuffle[0]
        means = [figures.mean() for *_, figures in by_shuffle]
        novelties = [
            metrics.novelty(own[None], known, self.size.users)[0]
            for own, known in zip(recommended, raters, strict=True)
        ]
        wanted = [
            (own.cold, user.relevant[new])
            for own, user, new in zip(answers[0], asked[0], cold, strict=True)
            if new.any() and own.cold is not None
        ]
        figures = {
            NDCG: estimate(ndcg),
            "HR@10": estimate(metrics.hit_rate(hits)),
            "recall@10": estimate(metrics.recall(hits, relevant)),
            "coverage@10": metrics.coverage(recommended, films),
            "most@10": metrics.highest_share(recommended),
            "diversity@10": estimate(
                metrics.diversity(recommended, self._genres.vectors.toarray())
            ),
            "novelty@10": estimate(np.array(novelties)),
            COLD: estimate(
                np.concatenate(
                    [
                        metrics.ndcg(np.isin(own, found)[None], np.array([len(found)]))
                        for own, found in wanted
                    ]
                )
            )
            if wanted
            else None,
            "precision@5": precision,
        }
        return Result(name, kind, figures, (float(min(means)), float(max(means))), ndcg)

    def _fit(
        self,
        building: Ratings,
        known: sparse.csr_array,
        numbers: Numbers,
        compared: NDArray[np.int64],
    ) -> list[NamedScorer]:
        """Return every scorer, fitted on some people's ratings."""
        model, rows, ours = self._model, self._rows, scorers.CarteleraScorer
        shipped = self._item_weights(building, SHIPPED)
        chosen = self._item_weights(building, numbers)
        everything = build_item_weights(
            in_catalogue(building, rows),
            model.films,
            numbers.parameters._replace(max_weights=_ALL_WEIGHTS, popularity=0.0),
        )

        plain = PERSON_RANKING._replace(diversity=0.0, per_collection=MAX_N, scored_by=CONTENT)
        by_ratings = plain._replace(scored_by=RATINGS)
        mixed = plain._replace(scored_by=MIXTURE, ratings=numbers.ratings)
        dense = known.toarray().astype(np.float64)
        return [
            NamedScorer(
                "Cartelera, similarity", OURS, ours(model, rows, plain._replace(quality=0.0))
            ),
            NamedScorer("Cartelera, content", OURS, ours(model, rows, plain)),
            NamedScorer("Cartelera, ratings", OURS, ours(model, rows, by_ratings, chosen)),
            NamedScorer("Cartelera, mixture", OURS, ours(model, rows, mixed, chosen)),
            NamedScorer(
                "Cartelera, as served",
                OURS,
                scorers.ServedScorer(model, rows, compared, shipped),
            ),
            NamedScorer(
                "the same without ratings", OURS, scorers.ServedScorer(model, rows, compared)
            ),
            NamedScorer("keywords", CATALOGUE, self._by_names("keywords")),
            NamedScorer("genres", CATALOGUE, self._genres),
            NamedScorer("nine numbers, scaled", CATALOGUE, self._by_numbers(scaled=True)),
            NamedScorer("nine numbers, raw", CATALOGUE, self._by_numbers(scaled=False)),
            NamedScorer("popularity", OTHERS, scorers.PopularityScorer(known.sum(axis=0))),
            NamedScorer("ItemKNN", OTHERS, scorers.ItemKnnScorer(known)),
            NamedScorer(
                "ItemKNN, shrunk", OTHERS, scorers.SimilarityScorer(scorers.shrunk_cosines(known))
            ),
            NamedScorer("RP3beta", OTHERS, scorers.SimilarityScorer(scorers.rp3beta(known))),
            NamedScorer("SLIM", OTHERS, scorers.SimilarityScorer(scorers.slim(known))),
            NamedScorer("EASE", OTHERS, scorers.EaseScorer(dense, numbers.regularisation)),
            NamedScorer("EASE, pairs of five", OTHERS, ours(model, rows, by_ratings, everything)),
            NamedScorer("random", "chance", scorers.RandomScorer(len(rows), seed=10)),
        ]

    def _item_weights(self, building: Ratings, numbers: Numbers) -> ItemWeights:
        own = in_catalogue(building, self._rows)
        return build_item_weights(own, self._model.films, numbers.parameters)

    def _known(self, ratings: Ratings) -> sparse.csr_array:
        """Return who knows which film, shape (users, films)."""
        people = np.unique(ratings.users, return_inverse=True)[1]
        shape = (int(people.max(initial=-1)) + 1, len(self._rows))
        # implicit takes no wider numbers.
        places = people.astype(np.int32), ratings.films.astype(np.int32)
        return sparse.csr_array((np.ones(len(people)), places), shape)

    def _precisions(self, advance: Callable[[int], None]) -> dict[str, Estimate]:
        """Return precision@5 by scorer that has any: half of the people build, the others judge."""
        found: dict[str, list[NDArray[np.float64]]] = {}
        lacking: set[str] = set()
        for task, building in self._similar:
            ratings = self._ratings.of_users(building)
            for name, _, scorer in self._fit(
                ratings, self._known(ratings), self.chosen[1], task.films
            ):
                scores = [scorer.similarities(int(film)) for film in task.films]
                beside = [each[task.films] for each in scores if each is not None]
                if len(beside) == len(task.films):
                    found.setdefault(name, []).append(task.precision(np.stack(beside)))
                else:
                    lacking.add(name)
            advance(len(task.films))
        return {
            name: metrics.estimate(np.concatenate(each))
            for name, each in found.items()
            if name not in lacking
        }

    def _by_names(self, column: str) -> scorers.CosineScorer:
        lists = self._catalogue[column].to_pylist()
        names = [[entry["name"] for entry in entries or ()] for entries in lists]
        return scorers.CosineScorer(scorers.name_vectors(names), self._rows)

    def _by_numbers(self, *, scaled: bool) -> scorers.CosineScorer:
        numbers = self._catalogue.select(scorers.NINE_COLUMNS).to_pandas()
        return scorers.CosineScorer(scorers.number_vectors(numbers, scaled=scaled), self._rows)


def _ask(scorer: Scorer, user: User, cold: NDArray[np.bool_]) -> _Answers:
    """Return what a scorer recommends to a user; `cold` marks the films that nobody rated."""
    scores = scorer.scores(user).copy()
    scores[user.known] = -np.inf
    both = np.stack([scores, np.where(cold, scores, -np.inf)])
    recommended, of_cold = metrics.top_n(both, K_USER)
    return _Answers(recommended, None if isinstance(scorer, scorers.ServedScorer) else of_cold)


def _ties(ratings: Ratings) -> int:
    """Return of how many people the known and the later ratings are parted within a second."""
    starts = np.flatnonzero(np.diff(ratings.users)) + 1
    count = 0
    for seconds in np.split(ratings.seconds, starts):
        known = int(len(seconds) * KNOWN_SHARE)
        count += bool(0 < known < len(seconds) and seconds[known - 1] == seconds[known])
    return count
