"""The sparse model: which films are alike, with NumPy alone.

Films are rows in the order of the film tables, features are columns; every film's row has
unit length, so a dot product of two rows is their cosine similarity. The matrix is kept
twice, by film (CSR) and by feature (CSC, the posting lists of an inverted index): the first
says which features a film has, the second walks only the films that share one of them.
"""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cartelera.layout import MODEL, UnsoundReleaseError
from cartelera.unpickle import load_arrays

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

# What MODEL holds, by name, with the kind of number of each array.
ARRAYS = {
    "film_starts": np.dtype(np.int64),
    "film_features": np.dtype(np.int32),
    "film_weights": np.dtype(np.float32),
    "feature_starts": np.dtype(np.int64),
    "feature_films": np.dtype(np.int32),
    "feature_weights": np.dtype(np.float32),
    "votes": np.dtype(np.int32),
}

_STRETCHES_PER_NEIGHBOUR = 20


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A film near another: its row, and the cosine of the two, from 0 to 1."""

    film: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Model:
    """A films-by-features matrix of unit rows, by film and by feature.

    Attributes
    ----------
    film_starts : int64, shape (films + 1,)
        Film `i` has the entries `film_starts[i]` up to `film_starts[i + 1]` of the next two.
    film_features, film_weights : int32 and float32, shape (entries,)
        The feature and its weight.
    feature_starts : int64, shape (features + 1,)
        Feature `j` has the entries `feature_starts[j]` up to `feature_starts[j + 1]`.
    feature_films, feature_weights : int32 and float32, shape (entries,)
        The film and the feature's weight in it; a feature names a film once at most.
    votes : int32, shape (films,)
        How many people voted for the film: who comes first among equally similar films.
    """

    film_starts: NDArray[np.int64]
    film_features: NDArray[np.int32]
    film_weights: NDArray[np.float32]
    feature_starts: NDArray[np.int64]
    feature_films: NDArray[np.int32]
    feature_weights: NDArray[np.float32]
    votes: NDArray[np.int32]

    @property
    def films(self) -> int:
        """How many films the model knows."""
        return len(self.votes)

    def similarities(self, film: int) -> NDArray[np.float32]:
        """Return the cosine of one film with every film, shape (films,)."""
        scores = np.zeros(self.films, dtype=np.float32)
        own = slice(self.film_starts[film], self.film_starts[film + 1])
        for feature, weight in zip(self.film_features[own], self.film_weights[own], strict=True):
            posting = slice(self.feature_starts[feature], self.feature_starts[feature + 1])
            # Plain fancy assignment adds up rightly: no film stands twice in a posting list.
            scores[self.feature_films[posting]] += weight * self.feature_weights[posting]
        return scores

    def nearest(self, film: int, n: int) -> Sequence[Neighbour]:
        """Return the `n` films most similar to one, best first, never the film itself.

        Among equally similar films the one with most votes comes first, then the lower row.
        Fewer than `n` only when the catalogue has no more films.
        """
        scores = self.similarities(film)
        scores[film] = -1
        n = min(n, self.films - 1)
        if n <= 0:
            return []
        candidates = np.flatnonzero(scores >= _at_most_the_nth(scores, n))
        order = np.lexsort((candidates, -self.votes[candidates], -scores[candidates]))[:n]
        return [
            Neighbour(int(row), min(1.0, float(scores[row]))) for row in candidates[order].tolist()
        ]

    def to_pickle(self) -> bytes:
        """Serialise as the dict of arrays that `read_model` opens."""
        return pickle.dumps({name: getattr(self, name) for name in ARRAYS}, protocol=5)


def _at_most_the_nth(scores: NDArray[np.float32], n: int) -> float:
    """Return a bound that at least the `n` highest scores reach, and few others.

    The n-th highest of the stretches' maxima, since each stretch has one score as high as that.
    Selecting among all scores directly takes several times as long: most of them are equal.
    """
    stretch = max(1, len(scores) // (n * _STRETCHES_PER_NEIGHBOUR))
    highest = np.maximum.reduceat(scores, np.arange(0, len(scores), stretch))
    return float(np.partition(highest, -n)[-n])


def read_model(data: bytes) -> Model:
    """Open the bytes of a release's model.

    Raises
    ------
    UnsoundReleaseError
        When they are not the arrays that `ARRAYS` names, or do not fit together.
    """
    try:
        arrays = load_arrays(data)
    except (pickle.UnpicklingError, EOFError, ValueError) as error:
        raise UnsoundReleaseError(f"{MODEL}: {error}") from error
    if not isinstance(arrays, dict) or arrays.keys() != ARRAYS.keys():
        raise UnsoundReleaseError(f"{MODEL} does not hold {', '.join(ARRAYS)}")
    for name, dtype in ARRAYS.items():
        array = arrays[name]
        if not isinstance(array, np.ndarray) or array.dtype != dtype or array.ndim != 1:
            raise UnsoundReleaseError(f"{MODEL}: {name} is no one-dimensional array of {dtype}")
    model = Model(**arrays)
    _check_lengths(model)
    return model


def _check_lengths(model: Model) -> None:
    for starts, features, weights in (
        (model.film_starts, model.film_features, model.film_weights),
        (model.feature_starts, model.feature_films, model.feature_weights),
    ):
        if not len(starts) or not starts[-1] == len(features) == len(weights):
            raise UnsoundReleaseError(f"{MODEL}: its arrays do not fit together")
    if len(model.film_starts) != model.films + 1:
        raise UnsoundReleaseError(f"{MODEL}: it does not have votes for every film")
