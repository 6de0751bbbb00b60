"""The comparison: which scorers take part, and what is measured of each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import sparse

from etl.evaluation import metrics, scorers
from etl.evaluation.tasks import NextFilmsTask, SimilarFilmsTask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pyarrow as pa
    from numpy.typing import NDArray

    from cartelera.recommend.model import Model
    from etl.evaluation.metrics import Estimate
    from etl.evaluation.ratings import Links, Ratings, User
    from etl.evaluation.scorers import Scorer

# What a scorer learns from.
OURS = "Cartelera"
CATALOGUE = "the catalogue alone"
RATINGS = "other people's ratings"

NDCG = "NDCG@10"
# The columns of the catalogue that are lists of names, each with a scorer of its own.
NAMES = ("genres", "keywords")


class NamedScorer(NamedTuple):
    """A scorer that takes part, and what it learns from."""

    name: str
    kind: str
    scorer: Scorer


class Result(NamedTuple):
    """The metrics of a scorer by heading: an `Estimate`, a share, None where it has none."""

    name: str
    kind: str
    metrics: dict[str, Any]


class Size(NamedTuple):
    """How large a comparison is: `films` can be recommended, `compared` have similar films."""

    users: int
    ratings: int
    films: int
    in_catalogue: int
    compared: int


class Comparison:
    """All scorers on the same users and films.

    Parameters
    ----------
    ratings, users, links
    catalogue : Table
        A row a film of the release, with `NINE_COLUMNS` and `NAMES`.
    """

    def __init__(
        self, ratings: Ratings, users: Sequence[User], links: Links, catalogue: pa.Table
    ) -> None:
        self._users = users
        films = len(links.movies)
        self._task = NextFilmsTask.of(users, films)
        self._similar = SimilarFilmsTask.of(ratings, films)
        self._compared = self._similar.films if self._similar else np.empty(0, np.int64)
        self._rows = links.rows(catalogue["id"].to_numpy())
        self._catalogue = catalogue
        self._raters = self._task.known.sum(axis=0)
        self._genres = self._by_names("genres")
        covered = int((self._rows >= 0).sum())
        self.size = Size(len(users), len(ratings.stars), films, covered, len(self._compared))

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
            NamedScorer("random", "chance", scorers.RandomScorer(len(rows), seed=10)),
        ]

    def evaluate(self, entry: NamedScorer, on_scored: Callable[[int], None]) -> Result:
        """Measure a scorer.

        Parameters
        ----------
        entry
            The scorer, fitted.
        on_scored
            Called with 1 for each user and each film.
        """
        task, estimate = self._task, metrics.estimate
        scores = []
        for user in self._users:
            scores.append(entry.scorer.scores(user))
            on_scored(1)
        recommended = task.recommend(np.stack(scores))
        hits, relevant = task.hits(recommended), task.relevant.sum(axis=1)
        genres, users = self._genres.vectors.toarray(), len(self._users)
        figures = {
            NDCG: estimate(metrics.ndcg(hits, relevant)),
            "HR@10": estimate(metrics.hit_rate(hits)),
            "recall@10": estimate(metrics.recall(hits, relevant)),
            "coverage@10": metrics.coverage(recommended, len(self._rows)),
            "diversity@10": estimate(metrics.diversity(recommended, genres)),
            "novelty@10": estimate(metrics.novelty(recommended, self._raters, users)),
            "precision@5": self._precision(entry.scorer, on_scored),
        }
        return Result(entry.name, entry.kind, figures)

    def precision_in_catalogue(
        self, films: NDArray[np.int64], others: NDArray[np.int64]
    ) -> Estimate | None:
        """Return precision@5 of lists of all films.

        Parameters
        ----------
        films, others
            As of `SimilarFilmsTask.precision_of_lists`.
        """
        if self._similar is None:
            return None
        return metrics.estimate(self._similar.precision_of_lists(self._rows, films, others))

    def _precision(self, scorer: Scorer, on_scored: Callable[[int], None]) -> Estimate | None:
        if self._similar is None:
            return None
        scores = []
        for film in self._compared:
            similarities = scorer.similarities(int(film))
            if similarities is None:
                return None
            scores.append(similarities[self._compared])
            on_scored(1)
        return metrics.estimate(self._similar.precision(np.stack(scores)))

    def _by_names(self, column: str) -> scorers.CosineScorer:
        lists = self._catalogue[column].to_pylist()
        names = [[entry["name"] for entry in entries or ()] for entries in lists]
        return scorers.CosineScorer(scorers.name_vectors(names), self._rows)

    def _by_numbers(self, *, scaled: bool) -> scorers.CosineScorer:
        numbers = self._catalogue.select(scorers.NINE_COLUMNS).to_pandas()
        return scorers.CosineScorer(scorers.number_vectors(numbers, scaled=scaled), self._rows)
