"""The model's file: a pickled dict of arrays."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import numpy as np

from cartelera.contract.release_format import MODEL, UnsoundReleaseError
from cartelera.recommend.model import Model
from cartelera.recommend.unpickle import load_arrays

if TYPE_CHECKING:
    from typing import IO

# The arrays by name, with their types.
ARRAY_DTYPES = {
    "film_starts": np.dtype(np.int64),
    "film_features": np.dtype(np.int32),
    "film_weights": np.dtype(np.float32),
    "feature_starts": np.dtype(np.int64),
    "feature_films": np.dtype(np.int32),
    "feature_weights": np.dtype(np.float32),
    "background": np.dtype(np.float32),
    "taste": np.dtype(np.float32),
    "votes": np.dtype(np.int32),
    "years": np.dtype(np.int32),
    "collections": np.dtype(np.int32),
    "prior": np.dtype(np.float32),
    "completeness": np.dtype(np.float32),
    "statuses": np.dtype(np.int32),
    "adult": np.dtype(np.int32),
}
_PER_FEATURE = ("background", "taste")
_PER_FILM = ("votes", "years", "collections", "prior", "completeness", "statuses", "adult")


def dump_model(model: Model, sink: IO[bytes]) -> None:
    """Write a model's file, which `read_model` reads.

    Parameters
    ----------
    model
        The model; its arrays have the types of `ARRAY_DTYPES`.
    sink
        Where the pickled dict of them is written.
    """
    pickle.dump({name: getattr(model, name) for name in ARRAY_DTYPES}, sink, protocol=5)


def read_model(data: bytes) -> Model:
    """Open the bytes of a release's model.

    Raises
    ------
    UnsoundReleaseError
        When they are not the arrays of `ARRAY_DTYPES`, or their lengths disagree.
    """
    try:
        arrays = load_arrays(data)
    except (pickle.UnpicklingError, EOFError, ValueError) as error:
        raise UnsoundReleaseError(f"{MODEL}: {error}") from error
    if not isinstance(arrays, dict) or arrays.keys() != ARRAY_DTYPES.keys():
        raise UnsoundReleaseError(f"{MODEL} does not hold {', '.join(ARRAY_DTYPES)}")
    for name, dtype in ARRAY_DTYPES.items():
        array = arrays[name]
        if not isinstance(array, np.ndarray) or array.dtype != dtype or array.ndim != 1:
            raise UnsoundReleaseError(f"{MODEL}: {name} is no one-dimensional array of {dtype}")
    model = Model(**arrays)
    _check_lengths(model)
    return model


def _check_lengths(model: Model) -> None:
    for starts, numbers, weights, names, axis in (
        (model.film_starts, model.film_features, model.film_weights, _PER_FILM, "film"),
        (model.feature_starts, model.feature_films, model.feature_weights, _PER_FEATURE, "feature"),
    ):
        if not len(starts) or not starts[-1] == len(numbers) == len(weights):
            raise UnsoundReleaseError(f"{MODEL}: its arrays do not fit together")
        for name in names:
            if len(getattr(model, name)) != len(starts) - 1:
                raise UnsoundReleaseError(f"{MODEL}: it does not have {name} for every {axis}")
