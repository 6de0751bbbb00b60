"""The comparison: which methods take part, and what is measured of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from scipy import sparse

from etl.evaluation import metrics
from etl.evaluation.methods import (
    Cosine,
    Ease,
    ItemKnn,
    Ours,
    Popularity,
    Random,
    RelatedFilms,
    Served,
    name_vectors,
    number_vectors,
)
from etl.evaluation.protocols import FOR_A_FILM, FOR_A_USER, FilmTask, ProfileTask

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd

    from etl.evaluation.methods import Method, Recommender
    from etl.evaluation.metrics import Estimate
    from etl.evaluation.ratings import Links, Ratings, User

# What a method goes by.
OURS = "Cartelera"
CATALOGUE = "the catalogue alone"
RATINGS = "other people's ratings"
CHANCE = "chance"
KINDS = (OURS, CATALOGUE, RATINGS, CHANCE)

# The columns of the catalogue that are lists of names, and methods of their own.
NAMES = ("genres", "keywords")

_RANDOM_SEED = 10


class Contestant(NamedTuple):
    """A method that takes part: its name, what it goes by (of `KINDS`), and itself."""

    name: str
    kind: str
    method: Method


@dataclass(frozen=True, slots=True)
class Measured:
    """What was measured of one method; see `metrics` for what each figure is.

    Attributes
    ----------
    name, kind : str
    ndcg, hit_rate, recall : Estimate
        Of the ten films recommended to each user.
    coverage : float
        Of all their films together.
    diversity, novelty : Estimate
        Of the same ten; by genres, and in bits.
    precision : Estimate or None
        Of the five films beside each film; None where that cannot be asked.
    """

    name: str
    kind: str
    ndcg: Estimate
    hit_rate: Estimate
    recall: Estimate
    coverage: float
    diversity: Estimate
    novelty: Estimate
    precision: Estimate | None


class Comparison:
    """All methods before the same users and films.

    Parameters
    ----------
    ratings : Ratings
    users : sequence of User
        Those of `split`.
    links : Links
    catalogue : DataFrame
        A row a film of the release, with `id`, `NINE_COLUMNS`, and the lists of `NAMES`.
    """

    def __init__(
        self, ratings: Ratings, users: Sequence[User], links: Links, catalogue: pd.DataFrame
    ) -> None:
        self.users = users
        self.profiles = ProfileTask.of(users, links.films)
        self.related = FilmTask.of(ratings, links.films)
        self.rows = links.rows(catalogue["id"].to_numpy())
        self._catalogue = catalogue
        self._raters = self.profiles.known.sum(axis=0)
        self._genres = self._by_names("genres")

    @property
    def work(self) -> int:
        """How often each method is asked, at most."""
        return len(self.users) + (len(self.related.films) if self.related else 0)

    def contestants(self, recommender: Recommender) -> list[Contestant]:
        """Return every method, made ready."""
        known = self.profiles.known.astype(np.float64)
        return [
            Contestant("Cartelera, content only", OURS, Ours(recommender, self.rows, 0.0)),
            Contestant("Cartelera, with prior", OURS, Ours(recommender, self.rows, 1.0)),
            Contestant("Cartelera, as served", OURS, self._served(recommender)),
            Contestant("keywords", CATALOGUE, self._by_names("keywords")),
            Contestant("genres", CATALOGUE, self._genres),
            Contestant("nine numbers, scaled", CATALOGUE, self._by_numbers(scaled=True)),
            Contestant("nine numbers, raw", CATALOGUE, self._by_numbers(scaled=False)),
            Contestant("popularity", RATINGS, Popularity(self._raters)),
            Contestant("ItemKNN", RATINGS, ItemKnn(sparse.csr_array(known))),
            Contestant("EASE", RATINGS, Ease(known)),
            Contestant("random", CHANCE, Random(len(self.rows), _RANDOM_SEED)),
        ]

    def measure(
        self, contestant: Contestant, on_asked: Callable[[int], None] = lambda _: None
    ) -> Measured:
        """Ask a method about every user and film; `on_asked` hears of each."""
        profiles = self.profiles
        scores = []
        for user in self.users:
            scores.append(contestant.method.scores(user))
            on_asked(1)
        recommended = profiles.recommended(np.stack(scores))
        hits = profiles.hits(recommended)
        genres = self._genres.vectors.toarray()
        return Measured(
            contestant.name,
            contestant.kind,
            ndcg=metrics.estimate(metrics.ndcg(hits, profiles.to_find)),
            hit_rate=metrics.estimate(metrics.hit_rate(hits)),
            recall=metrics.estimate(metrics.recall(hits, profiles.to_find)),
            coverage=metrics.coverage(recommended, len(self.rows)),
            diversity=metrics.estimate(metrics.diversity(recommended, genres)),
            novelty=metrics.estimate(metrics.novelty(recommended, self._raters, len(self.users))),
            precision=self._precision(contestant.method, on_asked),
        )

    def _served(self, recommender: Recommender) -> Served:
        compared = self.related.films if self.related else np.array([], np.int64)
        return Served(recommender, self.rows, compared, FOR_A_USER, FOR_A_FILM)

    def _precision(self, method: Method, on_asked: Callable[[int], None]) -> Estimate | None:
        if self.related is None or not isinstance(method, RelatedFilms):
            return None
        scores = []
        for film in self.related.films:
            scores.append(method.similarities(int(film))[self.related.films])
            on_asked(1)
        return metrics.estimate(self.related.precision(np.stack(scores)))

    def _by_names(self, column: str) -> Cosine:
        return Cosine(name_vectors(self._catalogue[column].tolist()), self.rows)

    def _by_numbers(self, *, scaled: bool) -> Cosine:
        return Cosine(number_vectors(self._catalogue, scaled=scaled), self.rows)
