"""The model a release carries: the feature matrix, laid out for serving without scikit-learn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cartelera.recommend.model import Model
from etl.catalogue.catalogue import status_places
from etl.catalogue.ratings import weighted_ratings
from etl.features.tfidf import normalize_rows

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray
    from scipy import sparse

    from etl.features.hyperparameters import Hyperparameters
    from etl.features.tfidf import Features

# What serving needs of the films beside their features.
FILM_COLUMNS = (
    *("vote_count", "vote_average", "release_year", "collection"),
    *("status", "adult"),
)
# Beside a feature's mean weight over all films, so that the rarest do not decide a taste alone.
_RARE = 1e-4
# The periods a person watches count as they are: everybody sees most of what is new, and that
# is no reason to think less of it. Against a background of 1 the logarithm is as good as none.
_AS_THEY_ARE = frozenset({"period"})
_BEST_RATING = 10


def build_model(features: Features, films: pd.DataFrame, parameters: Hyperparameters) -> Model:
    """Lay out the features by film and by feature, with what else serving needs of the films.

    Parameters
    ----------
    features
        Of all films.
    films
        The catalogue's, in the order of the features' rows; of their columns, `FILM_COLUMNS`.
    parameters
        The model's hyperparameters.
    """
    completeness, matrix = split_completeness(features.matrix)
    by_film = matrix.tocsr()
    by_feature = matrix.tocsc()
    for matrix in (by_film, by_feature):
        matrix.sort_indices()
    blocks = features.names["block"]
    return Model(
        film_starts=by_film.indptr.astype(np.int64, copy=False),
        film_features=by_film.indices.astype(np.int32, copy=False),
        film_weights=by_film.data.astype(np.float32, copy=False),
        feature_starts=by_feature.indptr.astype(np.int64, copy=False),
        feature_films=by_feature.indices.astype(np.int32, copy=False),
        feature_weights=by_feature.data.astype(np.float32, copy=False),
        background=background(matrix, blocks),
        taste=blocks.map(parameters.taste).to_numpy(np.float32),
        votes=films["vote_count"].to_numpy(np.int32),
        years=films["release_year"].to_numpy(np.int32),
        collections=films["collection"].factorize()[0].astype(np.int32),
        prior=quality_prior(films, parameters.votes, parameters.rating),
        completeness=completeness,
        statuses=status_places(films["status"]).to_numpy().astype(np.int32),
        adult=films["adult"].to_numpy(np.int32),
    )


def split_completeness(matrix: sparse.csr_array) -> tuple[NDArray[np.float32], sparse.csr_array]:
    """Return `Model.completeness` of a features' matrix, and its rows of unit length."""
    squares = matrix.multiply(matrix).sum(axis=1)
    return (squares / (squares.max(initial=0) or 1)).astype(np.float32), normalize_rows(matrix)


def background(matrix: sparse.csr_array, blocks: pd.Series[str]) -> NDArray[np.float32]:
    """Return what each feature of a taste is held against.

    Parameters
    ----------
    matrix : shape (films, features)
        The weights of all films.
    blocks : shape (features,)
        The group of each feature.

    Returns
    -------
    NDArray
        float32, shape (features,), over 0.
    """
    mean = np.asarray(matrix.sum(axis=0)).ravel() / max(matrix.shape[0], 1)
    as_it_is = blocks.isin(_AS_THEY_ARE).to_numpy()
    return np.where(as_it_is, 1, mean + _RARE).astype(np.float32)


def quality_prior(films: pd.DataFrame, votes: float, rating: float) -> NDArray[np.float32]:
    """Return how well known and well rated films are.

    The logarithm of the votes and the weighted rating (see `weighted_ratings`), each over its
    highest value and to the power given.

    Parameters
    ----------
    films
        The catalogue's, with `vote_count` and `vote_average`.
    votes, rating
        The powers of the votes' logarithm and of the weighted rating.

    Returns
    -------
    NDArray
        float32, shape (films,), over 0 up to 1.
    """
    count = films["vote_count"].to_numpy(np.float64)
    mean_rating = films["vote_average"].to_numpy(np.float64)
    if not count.sum():
        return np.ones(len(films), np.float32)
    weighted = weighted_ratings(count, mean_rating)
    # Two votes more, so that a film without any can still be recommended.
    known = np.log(count + 2) / np.log(count.max() + 2)
    return np.asarray(known**votes * (weighted / _BEST_RATING) ** rating, np.float32)
