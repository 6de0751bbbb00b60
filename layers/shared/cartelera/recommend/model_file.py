"""The files of the model and of the item weights: pickled dicts of arrays."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING

import numpy as np

from cartelera.contract.release_format import ITEM_WEIGHTS, MODEL, UnsoundReleaseError
from cartelera.recommend.item_weights import ItemWeights
from cartelera.recommend.model import Model
from cartelera.recommend.unpickle import load_arrays

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import IO, Any

    from numpy.typing import NDArray

# The arrays by name, with their types.
ARRAY_DTYPES: dict[str, np.dtype[Any]] = {
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
WEIGHT_DTYPES: dict[str, np.dtype[Any]] = {
    "starts": np.dtype(np.int64),
    "others": np.dtype(np.int32),
    "weights": np.dtype(np.float32),
    "confidence": np.dtype(np.float32),
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


def dump_item_weights(weights: ItemWeights, sink: IO[bytes]) -> None:
    """Write the file of item weights, which `read_item_weights` reads.

    Parameters
    ----------
    weights
        The item weights; their arrays have the types of `WEIGHT_DTYPES`.
    sink
        Where the pickled dict of them is written.
    """
    pickle.dump({name: getattr(weights, name) for name in WEIGHT_DTYPES}, sink, protocol=5)


def read_model(data: bytes) -> Model:
    """Open the bytes of a release's model.

    Raises
    ------
    UnsoundReleaseError
        When they are not the arrays of `ARRAY_DTYPES`, or their lengths disagree.
    """
    model = Model(**_read_arrays(MODEL, data, ARRAY_DTYPES))
    _check_lengths(model)
    return model


def read_item_weights(data: bytes) -> ItemWeights:
    """Open the bytes of a release's item weights.

    Raises
    ------
    UnsoundReleaseError
        When they are not the arrays of `WEIGHT_DTYPES`, their lengths disagree, or a film is none
        of theirs.
    """
    weights = ItemWeights(**_read_arrays(ITEM_WEIGHTS, data, WEIGHT_DTYPES))
    starts, others, films = weights.starts, weights.others, len(weights.confidence)
    fit = len(starts) == films + 1 and starts[-1] == len(others) == len(weights.weights)
    if not fit or (len(others) and not 0 <= others.min() <= others.max() < films):
        raise UnsoundReleaseError(f"{ITEM_WEIGHTS}: its arrays do not fit together")
    return weights


def _read_arrays(
    file: str, data: bytes, dtypes: Mapping[str, np.dtype[Any]]
) -> dict[str, NDArray[Any]]:
    try:
        arrays = load_arrays(data)
    except (pickle.UnpicklingError, EOFError, ValueError) as error:
        raise UnsoundReleaseError(f"{file}: {error}") from error
    if not isinstance(arrays, dict) or arrays.keys() != dtypes.keys():
        raise UnsoundReleaseError(f"{file} does not hold {', '.join(dtypes)}")
    for name, dtype in dtypes.items():
        array = arrays[name]
        if not isinstance(array, np.ndarray) or array.dtype != dtype or array.ndim != 1:
            raise UnsoundReleaseError(f"{file}: {name} is no one-dimensional array of {dtype}")
    return arrays


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
