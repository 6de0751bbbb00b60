"""The weighted rating of films."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

# A film with fewer votes than this quantile of all is drawn towards the mean rating.
_KNOWN_QUANTILE = 0.9


def weighted_ratings(
    votes: NDArray[np.integer[Any] | np.float64], ratings: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return mean ratings drawn towards that of all films, the more the fewer a film's votes.

    The Bayesian average that IMDb used for its list of the best 250 films.

    Parameters
    ----------
    votes, ratings : shape (films,)
        The number of votes of each film, and its mean rating.

    Returns
    -------
    NDArray
        float64, shape (films,); the ratings themselves where nobody has voted.
    """
    if not votes.sum():
        return ratings.astype(np.float64)
    enough = max(np.quantile(votes, _KNOWN_QUANTILE), 1)
    usual = np.average(ratings, weights=votes)
    return np.asarray((votes * ratings + enough * usual) / (votes + enough), np.float64)
