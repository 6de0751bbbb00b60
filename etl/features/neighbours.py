"""The films beside every film, all at once: what the API recommends beside each by default.

Candidates come of one product for many films (`etl.features.candidates`), which is rounded
otherwise than the API's, and may order near equals otherwise. They are scored anew as the API
scores them, and chosen from by the model's own rules; where a film that is no candidate could come
in, the model is asked for the film as the API asks it. Where the release has ratings, the films
that they speak of are candidates, too: all others have the score of content alone.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import sparse
from threadpoolctl import threadpool_limits

from cartelera.contract.ranking import FILM_RANKING
from cartelera.recommend.query import Query
from etl.errors import JobError
from etl.features.candidates import CandidateSearch
from etl.features.rated_pairs import RatedPairs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from cartelera.recommend.item_weights import ItemWeights
    from cartelera.recommend.model import Model
    from etl.features.candidates import Candidates

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
# Films that one thread looks at before it takes others.
_FILMS_AT_ONCE = 512
# Candidates for each film that is wanted, as franchises are held back, and some more, as near
# equals go by their votes.
_CANDIDATES_PER_FILM = 2
_CANDIDATES_BESIDES = 2


class _Pairs(NamedTuple):
    """Films and others beside them; shape (pairs,) each.

    The places are those of films among those asked about; they ascend.
    """

    places: NDArray[np.int64]
    others: NDArray[np.int64]
    similarities: NDArray[np.float32]
    scores: NDArray[np.float32]

    def take(self, pairs: NDArray[Any]) -> Self:
        """Return some of the pairs, by place or mask."""
        return self._replace(
            places=self.places[pairs],
            others=self.others[pairs],
            similarities=self.similarities[pairs],
            scores=self.scores[pairs],
        )


class Search:
    """Finds the `count` films that the API recommends beside each film, if there are as many."""

    def __init__(
        self,
        model: Model,
        count: int,
        threads: int,
        wanted: int | None = None,
        item_weights: ItemWeights | None = None,
    ) -> None:
        """Prepare the product that finds candidates.

        Parameters
        ----------
        model, item_weights
            Of the release; the latter is None without ratings.
        count
            How many films to find beside each film.
        threads
            How many threads compute the product.
        wanted
            How many candidates the product is to find for each film. With fewer the model is asked
            more often; what is found is the same. By default some times as many as `count`.
        """
        if wanted is None:
            wanted = _CANDIDATES_PER_FILM * count + _CANDIDATES_BESIDES
        self.candidates = CandidateSearch(model, wanted)
        self._model = model
        self._count = count
        self._threads = threads
        self._quality = model.quality(FILM_RANKING.quality)
        self._usual = model.usual()
        self._item_weights = item_weights
        self._rated = RatedPairs(item_weights) if item_weights is not None else None
        index = sparse.get_index_dtype((model.film_starts,), check_contents=True)
        self._by_film = sparse.csr_array(
            (model.film_weights, model.film_features, model.film_starts.astype(index)),
            (model.films, model.features),
        )

    def beside(self, rows: Sequence[int]) -> pa.Table:
        """Return the films beside those of some rows, each once, of the schema `NEIGHBOURS`."""
        asked, size = np.asarray(rows, np.int64), len(self.candidates.by_quality)
        parts = [
            asked[start : start + _FILMS_AT_ONCE] for start in range(0, len(asked), _FILMS_AT_ONCE)
        ]
        # Before several threads do.
        self.candidates.columns(size)

        def beside(films: NDArray[np.int64]) -> pa.Table:
            best, limits, *_ = self.candidates.find(films, size)
            return self.choose(films, best, limits)

        # The threads are our own: BLAS would start as many for each of them. Products, and most of
        # what NumPy does, need no lock of Python's.
        with threadpool_limits(1, "blas"), ThreadPoolExecutor(self._threads) as threads:
            return pa.concat_tables([NEIGHBOURS.empty_table(), *threads.map(beside, parts)])

    def choose(
        self, films: NDArray[np.int64], candidates: Candidates, limits: NDArray[np.float32]
    ) -> pa.Table:
        """Choose the films beside some from candidates.

        Parameters
        ----------
        films
            Rows of the films.
        candidates
            Those of each film together, in order of `films`.
        limits : shape (films,)
            What is no candidate beside a film has lower products.

        Returns
        -------
        Table
            Of the schema `NEIGHBOURS`, in order of `films`.
        """
        rows = np.empty(self._model.films, np.int64)
        rows[films] = np.arange(len(films))
        places, others = self._with_rated(films, rows[candidates.films], candidates.others)
        usual = (others != films[places]) & self._usual[others]
        places, others = places[usual], others[usual]
        pairs = _Pairs(places, others, *self._scores(films[places], others))
        order, ends = self._select(pairs, len(films))
        chosen = pairs.take(order)
        # Unless all that have anything in common are candidates, others may be worth as much as the
        # last of them.
        completeness = self.candidates.completeness[films]
        most = limits * (1 + self.candidates.rounding)
        enough = np.diff(ends, prepend=0) == self._count
        last = chosen.scores[ends[enough] - 1]
        enough[enough] = last * completeness[enough] > most[enough]
        if not enough.all():
            chosen = self._completed(films, chosen, enough)
        firsts = np.searchsorted(chosen.places, chosen.places)
        numbers = (np.arange(1, len(firsts) + 1) - firsts).astype(np.int8)
        columns = films[chosen.places], chosen.others, numbers, chosen.similarities, chosen.scores
        return pa.table(list(columns), schema=NEIGHBOURS)

    def _completed(
        self, films: NDArray[np.int64], chosen: _Pairs, enough: NDArray[np.bool_]
    ) -> _Pairs:
        """Return what was chosen, but what the model chooses beside films that lack some."""
        lacking = np.flatnonzero(~enough)
        lists = [self._of_all(film) for film in films[lacking].tolist()]
        places = np.repeat(lacking, list(map(len, lists)))
        others = np.concatenate([np.array(own, np.int64) for own in lists])
        similarities, scores = self._scores(films[places], others)
        kept = chosen.take(enough[chosen.places])
        both = _Pairs(
            np.concatenate([kept.places, places]),
            np.concatenate([kept.others, others]),
            np.concatenate([kept.similarities, similarities]),
            np.concatenate([kept.scores, scores]),
        )
        return both.take(np.argsort(both.places, kind="stable"))

    def _with_rated(
        self, films: NDArray[np.int64], places: NDArray[np.int64], others: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Add to pairs the films that the ratings of each film speak for."""
        weights, size = self._item_weights, self._model.films
        if weights is None:
            return places, others
        rated = np.flatnonzero(weights.confidence[films])
        own = [weights.others[weights.entries(film)] for film in films[rated]]
        pairs = np.unique(
            np.concatenate(
                [
                    places * size + others,
                    np.repeat(rated, list(map(len, own))) * size
                    + np.concatenate([*own, np.array([], np.int64)]),
                ]
            )
        )
        places, others = np.divmod(pairs, size)
        return places, others

    def _select(self, pairs: _Pairs, films: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Choose from the pairs of each film as `Model.top_n` does.

        Parameters
        ----------
        pairs, films
            Of how many films they are.

        Returns
        -------
        order, ends
            The pairs that were chosen, film by film, the best first; and after how many of them
            each film's end.
        """
        places, others, _, scores = pairs
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
    wanted: int | None = None,
    item_weights: ItemWeights | None = None,
) -> Iterator[pa.Table]:
    """Yield the films that the API recommends beside each film, of one batch after the other.

    Parameters
    ----------
    model, count, threads, wanted, item_weights
        As `Search` takes them.
    batch
        How many films are looked at at a time.
    """
    search = Search(model, count, threads, wanted, item_weights)
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
