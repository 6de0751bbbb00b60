"""The comparison: which scorers take part, and what is measured of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, cast

import numpy as np
from scipy import sparse

from etl.evaluation import metrics, scorers
from etl.evaluation.tasks import NextFilmsTask, SimilarFilmsTask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from cartelera.recommend.model import Model
    from etl.evaluation.metrics import Estimate
    from etl.evaluation.ratings import Links, Ratings, User
    from etl.evaluation.scorers import Scorer

# What a scorer learns from.
OURS = "Cartelera"
CATALOGUE = "the catalogue alone"
RATINGS = "other people's ratings"
CHANCE = "chance"
KINDS = (OURS, CATALOGUE, RATINGS, CHANCE)

NDCG = "NDCG@10"
PRECISION = "precision@5"
# The columns of the catalogue that are lists of names, each with a scorer of its own.
NAMES = ("genres", "keywords")

_RANDOM_SEED = 10


class NamedScorer(NamedTuple):
    """A scorer that takes part: its name, what it learns from (of `KINDS`), and itself."""

    name: str
    kind: str
    scorer: Scorer


class Result(NamedTuple):
    """The metrics of a scorer, by heading; None where it cannot be asked."""

    name: str
    kind: str
    metrics: dict[str, Estimate | float | None]

    @property
    def ndcg(self) -> float:
        """The mean NDCG of the users."""
        return cast("Estimate", self.metrics[NDCG]).mean


class Size(NamedTuple):
    """How large a comparison is."""

    users: int
    ratings: int
    # Those that can be recommended: all of the links.
    films: int
    in_catalogue: int
    # Those of `SimilarFilmsTask`.
    compared: int


class Comparison:
    """All scorers on the same users and films.

    Parameters
    ----------
    ratings, users, links
    catalogue : DataFrame
        A row a film of the release, with `id`, `NINE_COLUMNS`, and the lists of `NAMES`.
    """

    def __init__(
        self, ratings: Ratings, users: Sequence[User], links: Links, catalogue: pd.DataFrame
    ) -> None:
        self._users = users
        self._task = NextFilmsTask.of(users, links.films)
        self._similar = SimilarFilmsTask.of(ratings, links.films)
        self._compared = self._similar.films if self._similar else np.array([], np.int64)
        self._rows = links.rows(catalogue["id"].to_numpy())
        self._catalogue = catalogue
        self._raters = self._task.known.sum(axis=0)
        self._genres = self._by_names("genres")
        in_catalogue = int((self._rows >= 0).sum())
        self.size = Size(
            len(users), len(ratings.stars), links.films, in_catalogue, len(self._compared)
        )

    def fit_scorers(self, model: Model) -> list[NamedScorer]:
        """Return every scorer, fitted."""
        known, rows = self._task.known.astype(np.float64), self._rows
        ours, served = scorers.CarteleraScorer, scorers.ServedScorer
        return [
            NamedScorer("Cartelera, content only", OURS, ours(model, rows)),
            NamedScorer("Cartelera, with prior", OURS, ours(model, rows, 1.0)),
            NamedScorer("Cartelera, as served", OURS, served(model, rows, self._compared)),
            NamedScorer("keywords", CATALOGUE, self._by_names("keywords")),
            NamedScorer("genres", CATALOGUE, self._genres),
            NamedScorer("nine numbers, scaled", CATALOGUE, self._by_numbers(scaled=True)),
            NamedScorer("nine numbers, raw", CATALOGUE, self._by_numbers(scaled=False)),
            NamedScorer("popularity", RATINGS, scorers.PopularityScorer(self._raters)),
            NamedScorer("ItemKNN", RATINGS, scorers.ItemKnnScorer(sparse.csr_array(known))),
            NamedScorer("EASE", RATINGS, scorers.EaseScorer(known)),
            NamedScorer("random", CHANCE, scorers.RandomScorer(len(rows), _RANDOM_SEED)),
        ]

    def evaluate(self, entry: NamedScorer, on_scored: Callable[[int], None]) -> Result:
        """Measure a scorer; `on_scored` is called with 1 for each user and each film."""
        task, estimate = self._task, metrics.estimate
        scores = []
        for user in self._users:
            scores.append(entry.scorer.scores(user))
            on_scored(1)
        recommended = task.recommend(np.stack(scores))
        hits, relevant = task.hits(recommended), task.relevant_counts
        genres = self._genres.vectors.toarray()
        novelty = metrics.novelty(recommended, self._raters, len(self._users))
        figures: dict[str, Estimate | float | None] = {
            NDCG: estimate(metrics.ndcg(hits, relevant)),
            "HR@10": estimate(metrics.hit_rate(hits)),
            "recall@10": estimate(metrics.recall(hits, relevant)),
            "coverage@10": metrics.coverage(recommended, len(self._rows)),
            "diversity@10": estimate(metrics.diversity(recommended, genres)),
            "novelty@10": estimate(novelty),
            PRECISION: self._precision(entry.scorer, on_scored),
        }
        return Result(entry.name, entry.kind, figures)

    def _precision(self, scorer: Scorer, on_scored: Callable[[int], None]) -> Estimate | None:
        scores = []
        for film in self._compared:
            similarities = scorer.similarities(int(film))
            if similarities is None:
                return None
            scores.append(similarities[self._compared])
            on_scored(1)
        if self._similar is None:
            return None
        return metrics.estimate(self._similar.precision(np.stack(scores)))

    def _by_names(self, column: str) -> scorers.CosineScorer:
        vectors = scorers.name_vectors(self._catalogue[column].tolist())
        return scorers.CosineScorer(vectors, self._rows)

    def _by_numbers(self, *, scaled: bool) -> scorers.CosineScorer:
        vectors = scorers.number_vectors(self._catalogue, scaled=scaled)
        return scorers.CosineScorer(vectors, self._rows)
