"""The distributions that films are drawn from."""

import math
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import accumulate
from random import Random
from statistics import NormalDist
from typing import Final

from infra.sample.generator.reference import REFERENCE, Points, Population

# Draws without a new value after which a sample stays smaller than it should be.
_DRAWS_PER_VALUE: Final = 4

normal_cdf: Final = NormalDist().cdf


class ZipfMandelbrot:
    """Ranks with frequencies ~ 1 / (rank + shift) ** exponent.

    Benoit Mandelbrot, "An informational theory of the statistical structure of language", 1953.
    Drawn by inverting the integral of the frequencies: nothing is tabulated, so a million films
    need no more memory than a thousand do. A population is scaled to the number of films.
    """

    def __init__(self, population: Population, films: int) -> None:
        ratio = films / REFERENCE.films
        size = max(1.0, population.size * ratio**population.growth)
        self._shift = max(0.5, population.shift * (ratio if population.bounded else 1.0))
        power = 1.0 - population.exponent
        self._low = self._shift**power
        self._span = (size + self._shift) ** power - self._low
        self._inverse = 1.0 / power
        self.size = math.ceil(size)

    def draw(self, rng: Random) -> int:
        """Return a rank, counted from 0."""
        return int((rng.random() * self._span + self._low) ** self._inverse - self._shift)


class QuantileFunction:
    """A quantile function, interpolated geometrically between points of (probability, value)."""

    def __init__(self, points: Points) -> None:
        self._probabilities = [probability for probability, _ in points]
        self._logs = [math.log(value) for _, value in points]

    def at(self, probability: float) -> float:
        """Return the value below which this share of the distribution lies."""
        upper = min(bisect_right(self._probabilities, probability), len(self._probabilities) - 1)
        low, high = self._probabilities[upper - 1], self._probabilities[upper]
        start, end = self._logs[upper - 1], self._logs[upper]
        return math.exp(start + (end - start) * (probability - low) / (high - low))


class Categorical[T]:
    """Values with weights, as pairs."""

    def __init__(self, weights: Iterable[tuple[T, float]]) -> None:
        values, counts = zip(*weights, strict=True)
        self._values: Sequence[T] = values
        self._cumulative = list(accumulate(counts))

    def draw(self, rng: Random) -> T:
        """Return a value."""
        return rng.choices(self._values, cum_weights=self._cumulative)[0]

    def draw_distinct(self, rng: Random, count: int, first: Iterable[T] = ()) -> list[T]:
        """Draw values without repetition, fewer if too many draws repeat earlier ones.

        Parameters
        ----------
        rng
            The source of randomness.
        count
            Number of values.
        first
            Values to begin with, which count.
        """
        drawn = dict.fromkeys(first)
        for _ in range(_DRAWS_PER_VALUE * count):
            if len(drawn) >= count:
                break
            drawn[self.draw(rng)] = None
        return list(drawn)[:count]
