"""The films beside each as they are answered: what the API says of them, for all films at once."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from scipy import sparse

from cartelera.contract.ranking import FILM_RANKING
from cartelera.recommend.recommendations import MAX_REASONS, public_reason, shown_similarity
from etl.features.rated_pairs import RatedPairs

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd
    import pyarrow as pa
    from numpy.typing import NDArray

    from cartelera.recommend.explanations import FeatureNames
    from cartelera.recommend.item_weights import ItemWeights
    from cartelera.recommend.model import Model

# Of films, explained at a time.
_PAIRS_AT_ONCE = 50_000


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
    """Makes records of neighbours, as `contract.formats.neighbours` describes them."""

    def __init__(
        self,
        model: Model,
        films: pd.DataFrame,
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
        self._described = list(
            zip(*(films[name].tolist() for name in ("id", "title", "release_year")), strict=True)
        )
        self._reasons = _Reasons(names)
        # As doubles, so that products are those of `explain`.
        self._by_film = sparse.csr_array(
            (model.film_weights.astype(np.float64), model.film_features, model.film_starts),
            (model.films, model.features),
        )

    def of(self, films: range, found: pa.Table) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the records of the films beside some, in order.

        Parameters
        ----------
        films
            The rows of the films.
        found
            What is beside them, in order, of the schema `etl.features.neighbours.NEIGHBOURS`.
        """
        pairs = [found[name].to_numpy() for name in ("films", "others", "similarities")]
        records = chain.from_iterable(
            self._records(*(each[start : start + _PAIRS_AT_ONCE] for each in pairs))
            for start in range(0, len(found), _PAIRS_AT_ONCE)
        )
        counts = np.bincount(pairs[0] - films.start, minlength=len(films))
        for count in counts.tolist():
            yield list(islice(records, count))

    def _records(
        self,
        films: NDArray[np.int64],
        others: NDArray[np.int64],
        similarities: NDArray[np.float32],
    ) -> Iterator[tuple[Any, ...]]:
        features, ends = self._terms(films, others, similarities)
        # What is said of ratings names the film asked about, as no feature does.
        rated = np.flatnonzero(features < 0)
        reasons = [self._reasons[feature] if feature >= 0 else "" for feature in features.tolist()]
        asked = films[np.searchsorted(ends, rated, "right")]
        for place, film in zip(rated.tolist(), asked.tolist(), strict=True):
            reasons[place] = public_reason(self._described[film][1])
        start = 0
        pairs = zip(others.tolist(), similarities.tolist(), ends.tolist(), strict=True)
        for other, similarity, end in pairs:
            yield *self._described[other], shown_similarity(similarity), reasons[start:end]
            start = end

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
    """What two films share by having a feature, said once for all films."""

    def __init__(self, names: FeatureNames) -> None:
        super().__init__()
        self._names = names

    def __missing__(self, feature: int) -> str:
        self[feature] = reason = self._names.reason(feature)
        return reason
