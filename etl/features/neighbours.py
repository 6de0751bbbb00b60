"""The films beside every film, all at once: what the API recommends beside each by default.

A film's score beside another is their cosine times its completeness and its quality, up to that of
the other film. With one ceiling for films of about the same quality, the scores of all films beside
some are one product: their rows by the features of all films, scaled. A few features, such as the
languages and periods that thousands of films have, would be nearly all of the work of a sparse
product, so theirs is a dense one. Films are taken a few at a time, so that memory does not grow
with the square of the catalogue. The product only proposes: its ceiling is the highest of some, and
rounding may order near equals otherwise than the API does. What it proposes is scored anew as the
API scores it, and chosen from by the model's own rules; where a film that was not proposed could
come in, the model is asked for the film as the API asks it. Where the release has ratings, the
films that they speak of are proposed, too: all others have the score of content alone.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import sparse
from scipy.linalg.blas import sgemm
from threadpoolctl import threadpool_limits

from cartelera.contract.ranking import FILM_RANKING
from cartelera.recommend.query import Query
from etl.errors import JobError
from etl.features.rated_pairs import RatedPairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from cartelera.recommend.item_weights import ItemWeights
    from cartelera.recommend.model import Model

# Pairs of films, by film and place.
NEIGHBOURS = pa.schema(
    [
        # Rows of a film and of one recommended beside it.
        ("films", pa.int64()),
        ("others", pa.int64()),
        # From 1, the best.
        ("places", pa.int8()),
        # Their cosine, and what they are ordered by.
        ("similarities", pa.float32()),
        ("scores", pa.float32()),
    ]
)
# The columns of the file.
_COLUMNS = {
    "id": pa.int64(),
    "titulo": pa.string(),
    "puesto": pa.int8(),
    "id_vecina": pa.int64(),
    "titulo_vecina": pa.string(),
    "similitud": pa.float32(),
    "puntaje": pa.float32(),
}
SCHEMA = pa.schema([pa.field(*column, nullable=False) for column in _COLUMNS.items()])
# Films looked at at a time, and in a row group of the file.
BATCH = 50_000
# Films with one ceiling of quality, at most; and of how far apart their own are, at most, unless
# they are few: a ceiling far above a film's own makes others seem better than they are.
_UNDER_A_CEILING = 500
_CEILING_RATIO = 1.02
_FEW = 40
# Scores in memory at a time, for each thread: 8 MB, about what a processor's cache holds.
_SCORES_AT_ONCE = 2_000_000
# Features that are multiplied as a dense matrix: those that most films have.
_DENSE_FEATURES = 32
# Films that are proposed for each that is wanted, as franchises are held back, and some more, as
# near equals go by their votes.
_PROPOSED_PER_FILM = 2
_PROPOSED_BESIDES = 6
# The scores beside a film are looked at in this many stretches for each that is proposed. A stretch
# has every n-th film: the highest of many stretches are found at once.
_STRETCHES_PER_FILM = 20


class _Proposed(NamedTuple):
    """Pairs of films that may be neighbours, and what the others of each film are worth at most.

    Attributes
    ----------
    places : int64, shape (pairs,)
        Places of films among those asked about; they ascend.
    others : int64, shape (pairs,)
        Rows of films.
    left : float32, shape (films asked about,)
        Films that are not proposed have lower scores.
    """

    places: NDArray[np.int64]
    others: NDArray[np.int64]
    left: NDArray[np.float32]


class Search:
    """Finds the `count` films that the API recommends beside each film, if there are as many."""

    def __init__(
        self,
        model: Model,
        count: int,
        threads: int,
        proposed: int | None = None,
        item_weights: ItemWeights | None = None,
    ) -> None:
        """Prepare the product that proposes films.

        Parameters
        ----------
        model, item_weights
            Of the release; the latter is None without ratings.
        count
            How many films to find beside each film.
        threads
            How many threads compute the product.
        proposed
            How many films the product proposes for each film. With fewer the model is asked more
            often; what is found is the same. By default some times as many as are wanted.
        """
        if proposed is None:
            proposed = _PROPOSED_PER_FILM * count + _PROPOSED_BESIDES
        self._model = model
        self._count = count
        self._threads = threads
        self._proposed = min(model.films, proposed)
        # All stretches are of one length: some end with no film.
        self._stretches = min(model.films, self._proposed * _STRETCHES_PER_FILM)
        self._stretch = -(-model.films // self._stretches)
        self._quality = model.quality(FILM_RANKING.quality)
        self._usual = model.usual()
        self._item_weights = item_weights
        self._rated = RatedPairs(item_weights) if item_weights is not None else None
        # SciPy multiplies with indices of half the width in two thirds of the time.
        index = sparse.get_index_dtype((model.film_starts,), check_contents=True)
        self._by_film = sparse.csr_array(
            (model.film_weights, model.film_features, model.film_starts.astype(index)),
            (model.films, model.features),
        )
        common = np.argsort(-np.diff(model.feature_starts), kind="stable")[:_DENSE_FEATURES]
        self._common = self._by_film[:, common].toarray()
        self._common_by_feature = np.zeros(
            (len(common), self._stretches * self._stretch), np.float32
        )
        self._common_by_feature[:, : model.films] = self._common.T
        rare = np.ones(model.features, np.float32)
        rare[common] = 0
        self._rare = (self._by_film * rare).tocsr()
        self._rare.eliminate_zeros()
        self._rare_by_feature = self._rare.T.tocsr()
        self._rare_by_feature.resize(model.features, self._common_by_feature.shape[1])
        # Of two sums of as many products over 0 as a film has features, rounded each: no further
        # apart than by this share (Higham, 2002, section 3.1).
        entries = int(np.diff(model.film_starts).max(initial=0))
        self._rounding = np.float32((entries + 6) * np.finfo(np.float32).eps)

    def beside(self, rows: Sequence[int]) -> pa.Table:
        """Return the films beside those of some rows, each once, of the schema `NEIGHBOURS`."""
        asked = np.asarray(rows, np.int64)
        by_quality = np.argsort(self._quality[asked], kind="stable")
        chosen: list[NDArray[np.int64]] = [np.array([], np.int64)] * len(asked)
        groups = list(self._under_ceilings(asked, by_quality))
        # The threads are our own: BLAS would start as many for each of them. Products, and most of
        # what NumPy does, need no lock of Python's.
        with threadpool_limits(1, "blas"), ThreadPoolExecutor(self._threads) as threads:
            found = threads.map(self._choose_beside, [asked[own] for own in groups])
            for own, lists in zip(groups, found, strict=True):
                for place, others in zip(own.tolist(), lists, strict=True):
                    chosen[place] = others
        counts = list(map(len, chosen))
        films, others = np.repeat(asked, counts), np.concatenate(chosen)
        places = np.concatenate([np.arange(1, count + 1, dtype=np.int8) for count in counts])
        columns = films, others, places, *self._scores(films, others)
        return pa.table(list(columns), schema=NEIGHBOURS)

    def _under_ceilings(
        self, films: NDArray[np.int64], by_quality: NDArray[np.int64]
    ) -> Iterator[NDArray[np.int64]]:
        """Cut places of films, in order of quality, where another ceiling is due."""
        quality, start = self._quality[films[by_quality]], 0
        while start < len(quality):
            alike = int(np.searchsorted(quality, quality[start] * _CEILING_RATIO, "right"))
            end = min(max(alike, start + _FEW), start + _UNDER_A_CEILING)
            yield by_quality[start:end]
            start = end

    def _choose_beside(self, films: NDArray[np.int64]) -> list[NDArray[np.int64]]:
        """Return the rows of the films beside each of some, which are in order of quality."""
        places, others, left = self._with_rated(films, self._propose(films))
        usual = (others != films[places]) & self._usual[others]
        places, others = places[usual], others[usual]
        scores = self._scores(films[places], others)[1]
        order, ends = self._select(places, others, scores, len(films))
        chosen = np.split(others[order], ends[:-1])
        lowest = np.split(scores[order], ends[:-1])
        return [
            # Unless all that have anything in common were proposed, others may be worth as much as
            # the last of them.
            found if len(found) == self._count and scores_[-1] > most else self._of_all(int(film))
            for film, found, scores_, most in zip(films, chosen, lowest, left, strict=True)
        ]

    def _propose(self, films: NDArray[np.int64]) -> _Proposed:
        """Propose films beside some, which are in order of quality."""
        factor = self._model.ranking_scores(
            np.ones(self._model.films, np.float32),
            FILM_RANKING.quality,
            self._quality[films[-1]],
        )
        factor = np.where(self._usual, factor, np.float32(0))
        rare = self._rare_by_feature
        scaled = sparse.csr_array(
            (rare.data * factor[rare.indices], rare.indices, rare.indptr), rare.shape
        )
        common = self._common_by_feature.copy()
        common[:, : len(factor)] *= factor
        size = max(1, _SCORES_AT_ONCE // self._model.films)
        parts = [films[start : start + size] for start in range(0, len(films), size)]
        found = [self._propose_some(scaled, common, part) for part in parts]
        starts = range(0, len(films), size)
        return _Proposed(
            np.concatenate(
                [each.places + start for each, start in zip(found, starts, strict=True)]
            ),
            np.concatenate([each.others for each in found]),
            np.concatenate([each.left for each in found]),
        )

    def _propose_some(
        self, rare: sparse.csr_array, common: NDArray[np.float32], films: NDArray[np.int64]
    ) -> _Proposed:
        """Propose films beside a few, given the scaled weights of all."""
        scores = (self._rare[films] @ rare).toarray()
        # Added to what is there.
        sgemm(1.0, common.T, self._common[films], 1.0, scores.T, trans_b=True, overwrite_c=True)
        stretched = scores.reshape(len(films), self._stretch, self._stretches)
        maxima = stretched.max(axis=1)
        # As many films as stretches have a score at least as high.
        nth = max(0, self._stretches - self._proposed)
        least = np.partition(maxima, nth, axis=1)[:, nth] * (1 - 2 * self._rounding)
        lowest = np.maximum(least, np.finfo(np.float32).tiny)
        places, stretches = np.nonzero(maxima >= lowest[:, np.newaxis])
        own = stretched[places, :, stretches]
        high, steps = np.nonzero(own >= lowest[places, np.newaxis])
        return _Proposed(
            places[high],
            steps * self._stretches + stretches[high],
            lowest * (1 + self._rounding),
        )

    def _with_rated(self, films: NDArray[np.int64], proposed: _Proposed) -> _Proposed:
        """Propose also the films that the ratings of each speak for."""
        weights, size = self._item_weights, self._model.films
        if weights is None:
            return proposed
        rated = np.flatnonzero(weights.confidence[films])
        own = [weights.others[weights.entries(film)] for film in films[rated]]
        pairs = np.unique(
            np.concatenate(
                [
                    proposed.places * size + proposed.others,
                    np.repeat(rated, list(map(len, own))) * size
                    + np.concatenate([*own, np.array([], np.int64)]),
                ]
            )
        )
        return _Proposed(*np.divmod(pairs, size), proposed.left)

    def _select(
        self,
        places: NDArray[np.int64],
        others: NDArray[np.int64],
        scores: NDArray[np.float32],
        films: int,
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Choose from the pairs of each film as `Model.top_n` does.

        Returns
        -------
        order, ends
            The pairs that were chosen, film by film, the best first; and after how many of them
            each film's end.
        """
        model = self._model
        order = np.lexsort((others, -model.votes[others], -scores, places))
        collections = model.collections[others[order]].astype(np.int64)
        groups = places[order] * (int(model.collections.max(initial=0)) + 2) + collections + 1
        free = (collections < 0) | (_ranks(groups) < FILM_RANKING.per_collection)
        order = order[free]
        order = order[_ranks(places[order]) < self._count]
        return order, np.cumsum(np.bincount(places[order], minlength=films))

    def _scores(
        self, films: NDArray[np.int64], others: NDArray[np.integer]
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return the cosines and the scores of pairs of films, shape (pairs,) each.

        They are the API's to the last bit: added up feature by feature, in single precision.
        """
        parts = self._by_film[films].multiply(self._by_film[others]).tocsr()
        similarities = np.zeros(len(films), np.float32)
        np.add.at(similarities, np.repeat(np.arange(len(films)), np.diff(parts.indptr)), parts.data)
        scores = self._model.ranking_scores(
            similarities, FILM_RANKING.quality, self._quality[films], others
        )
        if self._item_weights is not None and self._rated is not None:
            # As `Query.scores` has it: a single film is as narrow as a taste can be.
            weights = self._item_weights.confidence[others] * np.float32(FILM_RANKING.ratings)
            scores += weights * np.maximum(scores, 0) * self._rated.weights(films, others)
        return similarities, scores

    def _of_all(self, film: int) -> NDArray[np.int64]:
        """Ask the model for the films beside one, as the API asks it."""
        model, usual = self._model, FILM_RANKING
        query = Query.of_film(model, film, usual, self._item_weights)
        chosen = model.top_n(
            query.scores(),
            self._count,
            usual.diversity,
            usual.per_collection,
            model.all_but([film]) & self._usual,
        )
        return np.array(chosen, np.int64)


def _ranks(groups: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return how many of the same group come before each item."""
    order = np.argsort(groups, kind="stable")
    ordered = groups[order]
    first = np.r_[True, ordered[1:] != ordered[:-1]]
    starts = np.maximum.accumulate(np.where(first, np.arange(len(order)), 0))
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order)) - starts
    return ranks


def find_neighbours(  # noqa: PLR0913, PLR0917 (those of `Search`, and one more)
    model: Model,
    count: int,
    threads: int,
    batch: int = BATCH,
    proposed: int | None = None,
    item_weights: ItemWeights | None = None,
) -> Iterator[pa.Table]:
    """Yield the films that the API recommends beside each film, of one batch after the other.

    Parameters
    ----------
    model, count, threads, proposed, item_weights
        As `Search` takes them.
    batch
        How many films are looked at at a time.
    """
    search = Search(model, count, threads, proposed, item_weights)
    return map(search.beside, batches(model.films, batch))


def sample_lists(model: Model, count: int, threads: int, films: int, seed: int = 1) -> pa.Table:
    """Return the films that the API recommends beside some drawn at random, or beside all.

    Parameters
    ----------
    model, count, threads
        As `Search` takes them.
    films
        How many are drawn; all where there are no more.
    seed
        Of the draw.

    Returns
    -------
    Table
        Of the schema `NEIGHBOURS`, in order of the films.
    """
    drawn = np.random.default_rng(seed).permutation(model.films)[:films]
    return Search(model, count, threads).beside(np.sort(drawn).tolist())


def batches(films: int, size: int = BATCH) -> list[range]:
    """Cut the rows of all films into batches.

    Parameters
    ----------
    films
        How many there are.
    size
        How many of them are in a batch; the last may have fewer.
    """
    rows = range(films)
    return [rows[start : start + size] for start in rows[::size]]


def write_neighbours(
    found: Iterator[pa.Table], films: pa.Table, file: Path, on_films: Callable[[int], None]
) -> int:
    """Write neighbours as parquet, a row group at a time, and return how many there are.

    Parameters
    ----------
    found
        Of the schema `NEIGHBOURS`.
    films
        The catalogue's `id` and `title`, by row.
    file
        What lies there is replaced once the new one is whole.
    on_films
        Called with the number of films written since the last call.

    Raises
    ------
    JobError
        When it cannot be written; nothing has changed then.
    """
    pairs = 0
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=file.parent, prefix=f".{file.name}-") as folder:
            part = Path(folder) / file.name
            with pq.ParquetWriter(part, SCHEMA, compression="zstd") as writer:
                for neighbours in found:
                    writer.write_table(_with_titles(neighbours, films))
                    pairs += len(neighbours)
                    on_films(int(np.count_nonzero(neighbours["places"].to_numpy() == 1)))
            part.replace(file)
    except OSError as error:
        raise JobError(f"the neighbours cannot be written: {error}") from error
    return pairs


def _with_titles(found: pa.Table, films: pa.Table) -> pa.Table:
    rows, others, places, *scores = found.columns
    own, beside = (films.select(["id", "title"]).take(each).columns for each in (rows, others))
    return pa.table([*own, places, *beside, *scores], schema=SCHEMA)
