"""The films beside every film, all at once: what the API recommends beside each by default.

A film's score beside another is their cosine times its completeness and its quality, up to that of
the other film. With one ceiling for films of about the same quality, the scores of all films beside
some are one sparse product: their rows by the features of all films, scaled. Of a product only the
best of each row are kept as it is computed, and rows are taken batch by batch, so that memory does
not grow with the square of the catalogue. The product only proposes: its ceiling is the highest of
some, and rounding may order near equals otherwise than the API does. What it proposes is scored
anew as the API scores it, and chosen from by the model's own rules; where a film that was not
proposed could come in, the model is asked for the film as the API asks it. Where the release has
ratings, the films that they speak of are proposed, too: all others have the score of content alone.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import sparse

from cartelera.contract.ranking import FILM_RANKING
from cartelera.recommend.query import Query
from etl.errors import JobError

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
# Films multiplied at a time, and in a row group of the file: some 100 MB of work.
BATCH = 2_000
# Films with one ceiling of quality, multiplied at a time.
_UNDER_A_CEILING = 200
# Films that are proposed for each that is wanted, as franchises are held back, and some more, as
# near equals go by their votes.
_PROPOSED_PER_FILM = 4
_PROPOSED_BESIDES = 16


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
        self._multiply = _sparse_product()
        self._model = model
        self._count = count
        self._threads = threads
        self._proposed = min(model.films, proposed)
        self._quality = model.quality(FILM_RANKING.quality)
        self._usual = model.usual()
        self._item_weights = item_weights
        if item_weights is not None:
            rows = np.repeat(np.arange(model.films), np.diff(item_weights.starts))
            # Each pair of films as one number; they ascend.
            self._rated_pairs = rows * model.films + item_weights.others
        # A matrix and no array, which the product does not take.
        self._by_film = sparse.csr_matrix(
            (model.film_weights, model.film_features, model.film_starts),
            (model.films, model.features),
        )
        # Of two sums of as many products over 0 as a film has features, rounded each: no further
        # apart than by this share (Higham, 2002, section 3.1).
        entries = int(np.diff(model.film_starts).max(initial=0))
        self._rounding = float((entries + 6) * np.finfo(np.float32).eps)

    def beside(self, rows: Sequence[int]) -> pa.Table:
        """Return the films beside those of some rows, each once, of the schema `NEIGHBOURS`."""
        by_quality = np.array(rows)[np.argsort(self._quality[rows], kind="stable")]
        chosen: dict[int, list[int]] = {}
        for start in range(0, len(rows), _UNDER_A_CEILING):
            chosen |= self._choose_beside(by_quality[start : start + _UNDER_A_CEILING])
        films = np.repeat(rows, [len(chosen[row]) for row in rows])
        others = np.array([other for row in rows for other in chosen[row]], np.int64)
        places = [place for row in rows for place in range(1, len(chosen[row]) + 1)]
        columns = films, others, np.array(places, np.int8), *self._scores(films, others)
        return pa.table(list(columns), schema=NEIGHBOURS)

    def _choose_beside(self, films: NDArray[np.int64]) -> dict[int, list[int]]:
        """Return the rows of the films beside each of some, which are in order of quality."""
        model = self._model
        scaled = model.ranking_scores(
            model.feature_weights,
            FILM_RANKING.quality,
            self._quality[films[-1]],
            model.feature_films,
        )
        scaled = np.where(self._usual[model.feature_films], scaled, np.float32(0))
        product = self._multiply(
            self._by_film[films],
            sparse.csr_matrix(
                (scaled, model.feature_films, model.feature_starts), self._by_film.shape[::-1]
            ),
            top_n=self._proposed,
            sort=True,
            n_threads=self._threads,
        )
        owns = list(map(slice, product.indptr[:-1], product.indptr[1:]))
        proposed = [
            self._with_rated(int(film), product.indices[own])
            for film, own in zip(films, owns, strict=True)
        ]
        counts = list(map(len, proposed))
        scores = self._scores(np.repeat(films, counts), np.concatenate(proposed))[1]
        parts = np.split(scores, np.cumsum(counts)[:-1])
        return {
            int(film): self._choose(int(film), beside, own_scores, product.data[own])
            for film, beside, own_scores, own in zip(films, proposed, parts, owns, strict=True)
        }

    def _with_rated(self, film: int, proposed: NDArray[np.integer]) -> NDArray[np.integer]:
        """Return the films proposed beside one, and those that its ratings speak for."""
        if self._item_weights is None or not self._item_weights.confidence[film]:
            return proposed
        return np.union1d(proposed, self._item_weights.others[self._item_weights.entries(film)])

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
        if self._item_weights is not None:
            # As `Query.scores` has it: a single film is as narrow as a taste can be.
            weights = self._item_weights.confidence[others] * np.float32(FILM_RANKING.ratings)
            rated = self._rating_scores(self._item_weights, films, others)
            scores += weights * np.maximum(scores, 0) * rated
        return similarities, scores

    def _rating_scores(
        self,
        item_weights: ItemWeights,
        films: NDArray[np.int64],
        others: NDArray[np.integer],
    ) -> NDArray[np.float32]:
        """Return what ratings say of pairs of films, 0 where they say nothing, shape (pairs,)."""
        pairs = films * self._model.films + others
        places = np.searchsorted(self._rated_pairs, pairs)
        weights = np.append(item_weights.weights, np.float32(0))
        found = np.append(self._rated_pairs, -1)[places] == pairs
        return np.where(found, weights[places], np.float32(0))

    def _choose(
        self,
        film: int,
        proposed: NDArray[np.integer],
        scores: NDArray[np.float32],
        product: NDArray[np.float32],
    ) -> list[int]:
        """Return the films beside one: of those proposed, or of all if another might come in.

        `scores` are those of the proposed, and `product` what the product gave, the highest first.
        """
        others = (proposed != film) & self._usual[proposed]
        chosen = self._model.top_n_of(
            proposed[others], scores[others], self._count, FILM_RANKING.per_collection
        )
        # Unless all that have anything in common were proposed, others may be worth as much as
        # the last of them.
        left = product[-1] * (1 + self._rounding) if len(product) == self._proposed else 0.0
        if len(chosen) == self._count and scores[proposed == chosen[-1]][0] > left:
            return chosen
        return self._of_all(film)

    def _of_all(self, film: int) -> list[int]:
        model, usual = self._model, FILM_RANKING
        query = Query.of_film(model, film, usual, self._item_weights)
        return model.top_n(
            query.scores(),
            self._count,
            usual.diversity,
            usual.per_collection,
            model.all_but([film]) & self._usual,
        )


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


def _sparse_product() -> Callable[..., Any]:
    try:
        # Here and not above: Linux on ARM has no wheel of it.
        from sparse_dot_topn import sp_matmul_topn  # noqa: PLC0415
    except ImportError:
        return _whole_product
    return sp_matmul_topn  # type: ignore[no-any-return]


def _whole_product(
    left: sparse.csr_matrix, right: sparse.csr_matrix, top_n: int, **_: object
) -> sparse.csr_matrix:
    """Do what `sp_matmul_topn` does by scipy alone, in several times as long, on one core."""
    product = left @ right
    kept = []
    for start, end in pairwise(product.indptr):
        row = product.data[start:end]
        best = np.argpartition(-row, top_n - 1)[:top_n] if top_n < len(row) else np.arange(len(row))
        kept.append(start + best[np.argsort(-row[best], kind="stable")])
    places = np.concatenate(kept)
    starts = np.cumsum([0, *map(len, kept)])
    return sparse.csr_matrix((product.data[places], product.indices[places], starts), product.shape)
