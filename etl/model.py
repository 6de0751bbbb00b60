"""The model a release carries: the feature matrix, laid out for serving without scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cartelera.model import Model

if TYPE_CHECKING:
    from scipy import sparse

    from etl.catalogue import Catalogue


def build_model(catalogue: Catalogue, features: sparse.csr_array) -> Model:
    """Lay out `features` (shape (films, features), unit rows) by film and by feature."""
    by_film = features.tocsr()
    by_feature = features.tocsc()
    for matrix in (by_film, by_feature):
        matrix.sort_indices()
    return Model(
        film_starts=by_film.indptr.astype(np.int64),
        film_features=by_film.indices.astype(np.int32),
        film_weights=by_film.data.astype(np.float32),
        feature_starts=by_feature.indptr.astype(np.int64),
        feature_films=by_feature.indices.astype(np.int32),
        feature_weights=by_feature.data.astype(np.float32),
        votes=catalogue.films["vote_count"].to_numpy(np.int32),
    )
