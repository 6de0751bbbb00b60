"""The films beside each as they are answered: what the API says of them, for all films at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np
import pyarrow as pa
from scipy import sparse

from cartelera.contract.ranking import FILM_RANKING
from cartelera.recommend.recommendations import MAX_REASONS, public_reason, shown_similarity
from etl.features.rated_pairs import RatedPairs
from etl.json_columns import json_of_lists, json_of_rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cartelera.recommend.explanations import FeatureNames
    from cartelera.recommend.item_weights import ItemWeights
    from cartelera.recommend.model import Model


class _Terms(NamedTuple):
    """The largest terms of scores, pair by pair: see `cartelera.recommend.explanations.Term`.

    Attributes
    ----------
    features : int64, shape (terms,)
        -1 where the term is of ratings.
    ends : int64, shape (pairs,)
        After how many of the terms each pair's end.
    """

    features: NDArray[np.int64]
    ends: NDArray[np.int64]


class NeighbourRecords:
    """Makes records of neighbours, as `contract.formats.neighbours` describes them, as JSON."""

    def __init__(
        self,
        model: Model,
        films: pa.Table,
        names: FeatureNames,
        item_weights: ItemWeights | None = None,
    ) -> None:
        """Prepare what is looked up for each pair of films.

        Parameters
        ----------
        model, item_weights
            Of the release; the latter is None without ratings.
        films
            The catalogue's `id`, `title` and `release_year`, by row.
        names
            Those of the model's features.
        """
        self._model = model
        self._confidence = None if item_weights is None else item_weights.confidence
        self._rated = None if item_weights is None else RatedPairs(item_weights)
        self._films = films.select(["id", "title", "release_year"]).combine_chunks()
        self._reasons = _Reasons(names, self._films["title"])
        # As doubles, so that products are those of `explain`.
        self._by_film = sparse.csr_array(
            (model.film_weights.astype(np.float64), model.film_features, model.film_starts),
            (model.films, model.features),
        )

    def of(self, films: range, found: pa.Table) -> list[msgspec.Raw]:
        """Return the records of the films beside some, in order: of each film a list.

        Parameters
        ----------
        films
            The rows of the films.
        found
            What is beside them, in order, of the schema `etl.features.neighbours.NEIGHBOURS`.
        """
        asked, others, similarities = (
            found[name].to_numpy() for name in ("films", "others", "similarities")
        )
        records = json_of_rows(
            *(column.combine_chunks() for column in self._films.take(pa.array(others)).columns),
            pa.array(map(shown_similarity, similarities.tolist()), pa.float64()),
            self._said(asked, others, similarities),
        )
        counts = np.bincount(asked - films.start, minlength=len(films))
        lists = pa.LargeListArray.from_arrays(np.r_[0, np.cumsum(counts)], records)
        return [
            msgspec.Raw(each) for each in json_of_lists(lists).cast(pa.large_binary()).to_pylist()
        ]

    def _said(
        self,
        films: NDArray[np.int64],
        others: NDArray[np.int64],
        similarities: NDArray[np.float32],
    ) -> pa.LargeListArray:
        """Return the reasons for each pair."""
        features, ends = self._terms(films, others, similarities)
        rated = np.flatnonzero(features < 0)
        # What is said of ratings names the film asked about, as no feature does.
        features[rated] = ~films[np.searchsorted(ends, rated, "right")]
        distinct, places = np.unique(features, return_inverse=True)
        reasons = pa.array([self._reasons[each] for each in distinct.tolist()], pa.large_string())
        return pa.LargeListArray.from_arrays(np.r_[0, ends], reasons.take(pa.array(places)))

    def _terms(
        self,
        films: NDArray[np.int64],
        others: NDArray[np.int64],
        similarities: NDArray[np.float32],
    ) -> _Terms:
        """Return the terms above 0 that make up most of each pair's score, as `explain` does."""
        model = self._model
        products = self._by_film[films].multiply(self._by_film[others]).tocsr()
        products.sort_indices()
        quality = model.quality(FILM_RANKING.quality)
        factors = model.ranking_scores(
            np.ones(len(films), np.float32), FILM_RANKING.quality, quality[films], others
        ).astype(np.float64)
        factors[similarities <= 0] = 1.0
        pairs = np.repeat(np.arange(len(films)), np.diff(products.indptr))
        features = products.indices.astype(np.int64)
        values = products.data * factors[pairs]
        if self._confidence is not None and self._rated is not None:
            # As `Query.rating_factors` has it: a single film is as narrow as a taste can be.
            content = model.ranking_scores(
                similarities, FILM_RANKING.quality, quality[films], others
            )
            known = self._confidence[others] * np.float32(FILM_RANKING.ratings)
            relevant = known * np.maximum(content, 0)
            rated = relevant.astype(np.float64) * self._rated.weights(films, others)
            # After the features of the same value.
            pairs = np.concatenate([pairs, np.arange(len(films))])
            features = np.concatenate([features, np.full(len(films), -1)])
            values = np.concatenate([values, rated])
        # Equals stay in their order: features ascend.
        order = np.lexsort((-values, pairs))
        order = order[values[order] > 0]
        starts = np.searchsorted(pairs[order], np.arange(len(films)))
        order = order[np.arange(len(order)) - starts[pairs[order]] < MAX_REASONS]
        ends = np.cumsum(np.bincount(pairs[order], minlength=len(films)))
        return _Terms(features[order], ends)


class _Reasons(dict[int, str]):
    """What is said, once for all films: of a feature that two share, or of the ratings of a film.

    Ratings are those of the film whose row has all bits turned round, a number below 0.
    """

    def __init__(self, names: FeatureNames, titles: pa.ChunkedArray) -> None:
        super().__init__()
        self._names = names
        self._titles = titles

    def __missing__(self, number: int) -> str:
        if number >= 0:
            reason = self._names.reason(number)
        else:
            reason = public_reason(self._titles[~number].as_py())
        self[number] = reason
        return reason
