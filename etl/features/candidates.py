"""Candidates for the films beside each: the few others that may be, found by one product for many.

A film's score beside another is their cosine times its completeness and its quality, up to that of
the other film. The scores of many films beside some are one product: their rows by the features of
all. A few features, such as the languages and periods that thousands of films have, would be nearly
all of the work of a sparse product, so theirs is a dense one. Films are taken a few at a time, so
that memory does not grow with the square of the catalogue.

Each row times its completeness, the product is symmetric: what it says of the pair of a film and a
better one serves both. Nearly all that are beside a film are of higher quality, as the quality of
others counts for less. So films are looked at in order of quality, the best first: the score that a
film's candidates reach among those before it is a limit that few of those after it reach.

Products are rounded otherwise than the API's: candidates are a few more than are wanted, and what
is left out is known to be worth no more than a bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
from scipy import sparse
from scipy.linalg.blas import sgemm

from cartelera.contract.ranking import FILM_RANKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cartelera.recommend.model import Model

# Scores in memory at a time: 8 MB, about what a processor's cache holds.
_SCORES_AT_ONCE = 2_000_000
# Features that are multiplied as a dense matrix: those that most films have.
_DENSE_FEATURES = 32
# Scores are first looked at by the highest of each stretch of films of about the same quality: of
# so many stretches for each candidate that is wanted, but of no more films.
_STRETCHES_PER_CANDIDATE = 20
_MOST_IN_STRETCH = 128
# Of a film's own franchise, the most that are counted on, for each candidate that is wanted.
_MOST_OF_FRANCHISE = 3
# The most candidates of a film, and of worse films on average. In a catalogue of which hardly
# anything is known nearly all films are alike: then the model is asked for the films beside each.
_MOST_CANDIDATES = 256
_NO_ROWS = np.array([], np.int64)
_NO_LIMITS = np.array([], np.float32)
# Above 0, and below any score.
_TINY = np.finfo(np.float32).tiny


class Candidates(NamedTuple):
    """Pairs of films and their products: what scores would be if all films were as complete.

    Attributes
    ----------
    films, others : int64, shape (pairs,)
        Rows of films, and of candidates beside them.
    products : float32, shape (pairs,)
        Their scores times the films' completeness, up to rounding.
    """

    films: NDArray[np.int64]
    others: NDArray[np.int64]
    products: NDArray[np.float32]

    @classmethod
    def concatenate(cls, parts: Sequence[Candidates]) -> Self:
        """Return the pairs of all parts, at least one."""
        return cls(
            np.concatenate([part.films for part in parts]),
            np.concatenate([part.others for part in parts]),
            np.concatenate([part.products for part in parts]),
        )

    def take(self, pairs: NDArray[Any] | slice) -> Self:
        """Return some of the pairs, by place or mask."""
        return self._replace(
            films=self.films[pairs], others=self.others[pairs], products=self.products[pairs]
        )


_NONE = Candidates(_NO_ROWS, _NO_ROWS, _NO_LIMITS), _NO_ROWS


class Found(NamedTuple):
    """What `CandidateSearch.find` finds.

    Attributes
    ----------
    best
        Candidates among all films looked at, beside the films asked about.
    limits : float32, shape (films asked about,)
        What is not among them has lower products; infinite where too many are equal, and left out.
    worse
        The films asked about that reach the limits of better ones, as candidates beside those.
    flooded : int64
        Rows of better films that too many reach the limits of: these are left out.
    """

    best: Candidates
    limits: NDArray[np.float32]
    worse: Candidates
    flooded: NDArray[np.int64]


class CandidateSearch:
    """Finds candidates beside films among the best of those that are recommended at all.

    Attributes
    ----------
    by_quality : int64, shape (candidates,)
        Rows of the films that may be candidates, those of the highest quality first.
    completeness : float32, shape (films,)
        What films' products are divided by for their scores.
    rounding : float32
        The share that products may be apart from those of the API.
    """

    def __init__(self, model: Model, wanted: int) -> None:
        """Prepare the rows of the product.

        Parameters
        ----------
        model
            Of the release.
        wanted
            How many candidates to find beside each film that is of no franchise, at least, if there
            are as many.
        """
        self._model = model
        # More beside films of a franchise: most are of the same, and few of those are chosen.
        collections = model.collections + 1
        sizes = np.bincount(collections, minlength=1)
        sizes[0] = 0
        self._least = wanted
        self._wanted = wanted + np.minimum(sizes[collections], _MOST_OF_FRANCHISE * wanted)
        self._quality = model.quality(FILM_RANKING.quality)
        self.by_quality = np.argsort(-self._quality, kind="stable")
        self.by_quality = self.by_quality[model.usual()[self.by_quality]]
        self.completeness = model.completeness ** np.float32(FILM_RANKING.quality)
        # SciPy multiplies with indices of half the width in two thirds of the time.
        self._index = sparse.get_index_dtype((model.film_starts,), check_contents=True)
        counts = np.diff(model.film_starts)
        rows = sparse.csr_array(
            (
                model.film_weights * np.repeat(self.completeness, counts),
                model.film_features,
                model.film_starts.astype(self._index),
            ),
            (model.films, model.features),
        )
        common = np.argsort(-np.diff(model.feature_starts), kind="stable")[:_DENSE_FEATURES]
        self._common = rows[:, common].toarray()
        rare = np.ones(model.features, np.float32)
        rare[common] = 0
        self._rare = (rows * rare).tocsr()
        self._rare.eliminate_zeros()
        # Of two sums of as many products over 0 as a film has features, rounded each: no further
        # apart than by this share (Higham, 2002, section 3.1).
        entries = int(counts.max(initial=0))
        self.rounding = np.float32((entries + 12) * np.finfo(np.float32).eps)
        self._columns: _Columns | None = None

    def columns(self, size: int) -> _Columns:
        """Return the columns of the product for the best `size` films; the last are kept."""
        if self._columns is None or self._columns.size != size:
            self._columns = self._make_columns(size)
        return self._columns

    def find(
        self, films: NDArray[np.int64], size: int, limits: NDArray[np.float32] = _NO_LIMITS
    ) -> Found:
        """Find candidates beside some films.

        Parameters
        ----------
        films
            Their rows.
        size
            Among how many of the best films candidates are looked for.
        limits
            Of the best films, in their order, that are no worse than any of those asked about: what
            products must reach for these to be candidates beside them.
        """
        columns = self.columns(size)
        by_column = np.full(columns.width, np.inf, np.float32)
        by_column[columns.places[: len(limits)]] = limits
        at_once = max(1, _SCORES_AT_ONCE // columns.width)
        room = np.empty((min(at_once, len(films)), columns.width), np.float32)
        rare, common = self._rare[films], self._common[films]
        found = []
        for start in range(0, len(films), at_once):
            own = films[start : start + at_once]
            part = slice(start, start + len(own))
            products = room[: len(own)]
            (rare[part] @ columns.rare).toarray(out=products)
            # Added to what is there.
            sgemm(
                1.0, columns.common.T, common[part], 1.0, products.T, trans_b=True, overwrite_c=True
            )
            found.append(
                Found(
                    *self._best(own, products, columns),
                    *(self._worse(own, products, columns, by_column) if len(limits) else _NONE),
                )
            )
        return Found(
            Candidates.concatenate([part.best for part in found]),
            np.concatenate([part.limits for part in found]),
            Candidates.concatenate([part.worse for part in found]),
            np.concatenate([part.flooded for part in found]),
        )

    def _make_columns(self, size: int) -> _Columns:
        """Make the columns of the product for the best `size` films."""
        model, films = self._model, self.by_quality[:size]
        length = size // (self._least * _STRETCHES_PER_CANDIDATE)
        length = min(max(length, 1), _MOST_IN_STRETCH)
        stretches = max(1, -(-size // length))
        # Each stretch has every n-th column: the highest of many stretches are found at once. The
        # last one may have some of no film.
        places = np.arange(stretches * length).reshape(length, stretches).T.ravel()[:size]
        column = np.full(model.films, -1, np.int32)
        column[films] = places
        entries = column[model.feature_films] >= 0
        own = model.feature_films[entries]
        ends = np.append(0, np.cumsum(entries))[model.feature_starts]
        rare = sparse.csr_array(
            (
                model.feature_weights[entries] * self.completeness[own],
                column[own],
                ends.astype(self._index),
            ),
            (model.features, stretches * length),
        )
        common = np.zeros((self._common.shape[1], stretches * length), np.float32)
        common[:, places] = self._common[films].T
        by_column = np.zeros(stretches * length, np.int64)
        by_column[places] = films
        quality = self._quality[films] if size else np.zeros(1, np.float32)
        lowest = quality[np.minimum(np.arange(1, stretches + 1) * length, len(quality)) - 1]
        return _Columns(size, by_column, places, stretches, quality[::length], lowest, rare, common)

    def _best(
        self, films: NDArray[np.int64], products: NDArray[np.float32], columns: _Columns
    ) -> tuple[Candidates, NDArray[np.float32]]:
        """Return the best candidates beside some films; products of all others are below limits."""
        quality = self._quality[films]
        stretched = products.reshape(len(films), -1, columns.stretches)
        maxima = stretched.max(axis=1)
        limits = np.full(len(films), _TINY)
        # As many films as stretches have a score at least as high; one of them may be the film.
        nth = columns.stretches - self._wanted[films] - 1
        many = np.flatnonzero(nth >= 0)
        least = np.sort(maxima * np.minimum(quality[:, np.newaxis], columns.lowest), axis=1)
        limits[many] = np.maximum(_TINY, least[many, nth[many]] * (1 - 2 * self.rounding))
        bounds = _over(limits[:, np.newaxis], np.minimum(quality[:, np.newaxis], columns.highest))
        places, stretches = _nonzero(maxima >= bounds)
        own = stretched[places, :, stretches]
        high, steps = _nonzero(own >= bounds[places, stretches, np.newaxis])
        places = places[high]
        others = columns.films[steps * columns.stretches + stretches[high]]
        own = own[high, steps] * np.minimum(quality[places], self._quality[others])
        kept = others != films[places]
        places, others, own = places[kept], others[kept], own[kept]
        limits = np.maximum(limits, self._nth_best(places, own, self._wanted[films]))
        best = own >= limits[places]
        limits[np.bincount(places[best], minlength=len(films)) > _MOST_CANDIDATES] = np.inf
        kept = own >= limits[places]
        return Candidates(films[places[kept]], others[kept], own[kept]), limits

    def _nth_best(
        self,
        places: NDArray[np.int64],
        products: NDArray[np.float32],
        wanted: NDArray[np.int64],
    ) -> NDArray[np.float32]:
        """Return about the lowest product of as many as are wanted; 0 if there are not as many.

        Parameters
        ----------
        places, products
            Of pairs: the film's place, these ascend, and the product.
        wanted : shape (films,)
            How many are wanted of each film.
        """
        order = np.lexsort((-products, places))
        counts = np.bincount(places, minlength=len(wanted))
        enough = counts >= wanted
        nth = (np.cumsum(counts) - counts + wanted - 1)[enough]
        lowest = np.zeros(len(wanted), np.float32)
        lowest[enough] = products[order[nth]] * (1 - 2 * self.rounding)
        return lowest

    def _worse(
        self,
        films: NDArray[np.int64],
        products: NDArray[np.float32],
        columns: _Columns,
        limits: NDArray[np.float32],
    ) -> tuple[Candidates, NDArray[np.int64]]:
        """Return the films that reach the limits of better ones, as candidates beside those."""
        quality = self._quality[films]
        bounds = _over(limits, quality.max())
        reached = np.flatnonzero(products.max(axis=0) >= bounds)
        places, steps = _nonzero(products[:, reached] >= bounds[reached])
        reached = reached[steps]
        own = products[places, reached] * quality[places]
        kept = own >= limits[reached]
        better = columns.films[reached[kept]]
        if len(better) > _MOST_CANDIDATES * len(films):
            return _NONE[0], np.unique(better)
        return Candidates(better, films[places[kept]], own[kept]), _NONE[1]


class _Columns(NamedTuple):
    """The best films of a catalogue, as columns of a product.

    Attributes
    ----------
    size
        How many films there are.
    films : int64, shape (columns,)
        Rows of films; there may be some columns of no film, without any features.
    places : int64, shape (size,)
        The column of each film, the best first.
    stretches
        How many stretches there are: the n-th column is of stretch n modulo them.
    highest, lowest : float32, shape (stretches,)
        The highest and lowest quality of the films of each.
    rare : shape (features, columns)
        The films' weights times completeness.
    common : float32, shape (common features, columns)
        Those of the features that most films have.
    """

    size: int
    films: NDArray[np.int64]
    places: NDArray[np.int64]
    stretches: int
    highest: NDArray[np.float32]
    lowest: NDArray[np.float32]
    rare: sparse.csr_array
    common: NDArray[np.float32]

    @property
    def width(self) -> int:
        return len(self.films)


def _over(
    limits: NDArray[np.float32], quality: NDArray[np.float32] | np.float32
) -> NDArray[np.float32]:
    """Return what a product without quality must be to reach limits with it."""
    with np.errstate(divide="ignore"):  # without any quality nothing reaches them
        return limits / quality


def _nonzero(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return what `np.nonzero` does of a matrix, in a quarter of the time."""
    rows, columns = np.divmod(np.flatnonzero(mask), mask.shape[1])
    return rows, columns
