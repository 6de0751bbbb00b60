"""The statistics of the real set, as reference.toml lists and explains them."""

from pathlib import Path
from typing import Final

import msgspec

type Points = list[tuple[float, float]]


class Population(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What films draw from, such as people or words, in the order of their frequency.

    The size is for the reference number of films, and grows with a power of the number. In a
    bounded one a member's frequency stays the same in a larger set.
    """

    size: int
    exponent: float
    shift: float
    growth: float = 1.0
    bounded: bool = False


class _Reference(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    films: int
    repeat_lag: int
    keywords_repeat_lag: int
    genders: list[tuple[int, int]]
    genre_sharpening: float
    vote_average: tuple[float, float]
    jobs: list[tuple[str, str, float]]
    populations: dict[str, Population]
    list_sizes: dict[str, list[float]]
    credit_sizes: dict[str, tuple[float, float, int]]
    quantiles: dict[str, Points]
    correlations: dict[str, float]
    known_by_votes: dict[str, list[float]]
    rates: dict[str, float]
    frequencies: dict[str, list[tuple[str, float]]]
    home_countries: dict[str, str]


REFERENCE: Final = msgspec.toml.decode(
    Path(__file__).with_name("reference.toml").read_bytes(), type=_Reference
)
