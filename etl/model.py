"""The model a release carries: the feature matrix, laid out for serving without scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cartelera.model import ARRAYS, Model

if TYPE_CHECKING:
    from scipy import sparse

    from etl.catalogue import Catalogue


def build_model(catalogue: Catalogue, features: sparse.csr_array) -> Model:
    """Lay out `features` (films × features, unit rows) by film and by feature."""
    by_film = features.tocsr()
    by_film.sort_indices()
    by_feature = features.tocsc()
    by_feature.sort_indices()
    arrays = {
        "film_starts": by_film.indptr,
        "film_features": by_film.indices,
        "film_weights": by_film.data,
        "feature_starts": by_feature.indptr,
        "feature_films": by_feature.indices,
        "feature_weights": by_feature.data,
        "votes": catalogue.films["vote_count"],
    }
    return Model(
        **{name: np.ascontiguousarray(array, dtype=ARRAYS[name]) for name, array in arrays.items()}
    )
