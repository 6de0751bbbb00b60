"""The model a release carries: the feature matrix, laid out for serving without scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cartelera.model import Model

if TYPE_CHECKING:
    from collections.abc import Iterable

    from scipy import sparse


def build_model(features: sparse.csr_array, votes: Iterable[int]) -> Model:
    """Lay out `features` (shape (films, features), unit rows) by film and by feature.

    `votes` are those of each film, in the order of the rows.
    """
    by_film = features.tocsr()
    by_feature = features.tocsc()
    for matrix in (by_film, by_feature):
        matrix.sort_indices()
    return Model(
        film_starts=by_film.indptr.astype(np.int64, copy=False),
        film_features=by_film.indices.astype(np.int32, copy=False),
        film_weights=by_film.data.astype(np.float32, copy=False),
        feature_starts=by_feature.indptr.astype(np.int64, copy=False),
        feature_films=by_feature.indices.astype(np.int32, copy=False),
        feature_weights=by_feature.data.astype(np.float32, copy=False),
        votes=np.fromiter(votes, np.int32),
    )
