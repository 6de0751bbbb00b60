"""What the report says of a catalogue, in plain values that travel between processes.

Money is in US dollars, running time in minutes, and shares are from 0 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cartelera.contract.release_format import RowCounts


class Bilingual(NamedTuple):
    """The same in Spanish and in English."""

    es: str
    en: str


class Film(NamedTuple):
    """A film as people know it apart."""

    title: str
    year: int


class Column(NamedTuple):
    """What stands in one column of the catalogue.

    Attributes
    ----------
    name
        As in `catalog.parquet`.
    kind
        `number`, `date`, `text` or `list`.
    nulls, zeros
        In how many films it is empty, and 0; the latter is None where it could not be.
    distinct
        How many different values, or names in lists, there are.
    low, median, high
        Of the values; of texts it is their length in characters, of lists in entries. Dates are
        ISO 8601. None in a column without values.
    """

    name: str
    kind: str
    nulls: int
    zeros: int | None
    distinct: int
    low: float | str | None
    median: float | str | None
    high: float | str | None


class Ranked(NamedTuple):
    """Something films have, and how many have it."""

    name: Bilingual
    films: int


@dataclass(frozen=True, slots=True)
class Ranking:
    """What films have most often.

    Attributes
    ----------
    top
        The most frequent, in that order.
    distinct
        How many there are, those of `top` among them.
    entries
        How often any stands in a film.
    films
        How many films have one at least.
    """

    top: tuple[Ranked, ...]
    distinct: int
    entries: int
    films: int

    @property
    def rest(self) -> int:
        """How often one stands in a film that is not among the `top`."""
        return self.entries - sum(each.films for each in self.top)


class Bin(NamedTuple):
    """How many films have a value from `start` to below `end`."""

    start: float
    end: float
    films: int


@dataclass(frozen=True, slots=True)
class Distribution:
    """How a number is spread over the films it is known of."""

    bins: tuple[Bin, ...]
    films: int
    quartiles: tuple[float, float, float] | None


class Cell(NamedTuple):
    """How many films have one number from `x` to below `x_end`, another from `y` to `y_end`."""

    x: float
    x_end: float
    y: float
    y_end: float
    films: int


@dataclass(frozen=True, slots=True)
class Correlations:
    """How numbers go together; null where fewer than three films have both, or one never varies.

    Attributes
    ----------
    variables
        What the rows and columns are.
    linear, rank
        Pearson's r and Spearman's rho, from -1 to 1.
    """

    variables: tuple[str, ...]
    linear: tuple[tuple[float | None, ...], ...]
    rank: tuple[tuple[float | None, ...], ...]


class Outlier(NamedTuple):
    """A film beyond a fence, and by how many interquartile ranges of the logarithms."""

    film: Film
    value: float
    beyond: float


@dataclass(frozen=True, slots=True)
class Box:
    """A number's box and whiskers, by Tukey's rule on its logarithms.

    Attributes
    ----------
    quartiles
        The 25th, 50th and 75th percentile.
    fences
        One and a half interquartile ranges beyond the outer quartiles.
    whiskers
        The least and the greatest value within the fences.
    below, above
        How many films lie beyond each fence.
    furthest
        Those that lie furthest beyond, on either side.
    """

    quartiles: tuple[float, float, float]
    fences: tuple[float, float]
    whiskers: tuple[float, float]
    below: int
    above: int
    furthest: tuple[Outlier, ...]


class Money(NamedTuple):
    """A film's budget and takings."""

    film: Film
    budget: int
    revenue: int


@dataclass(frozen=True, slots=True)
class Takings:
    """What films cost and took in.

    Attributes
    ----------
    both, budget, revenue, neither
        How many films say both, one alone, or neither.
    cells
        The films that say both, budget by revenue.
    implausible
        How many films say an amount of less than 1,000 dollars.
    wrong_unit
        Those of them whose other amount is a thousand times as much or more, the best known first.
    """

    both: int
    budget: int
    revenue: int
    neither: int
    cells: tuple[Cell, ...]
    implausible: int
    wrong_unit: tuple[Money, ...]


@dataclass(frozen=True, slots=True)
class Returns:
    """Takings over budget against popularity.

    Attributes
    ----------
    films, in_profit
        How many films' return can be told, and of how many it is above 1.
    median
        Of the returns, None without any.
    rho
        Spearman's, of return and popularity; None where it cannot be told.
    cells
        The films, popularity by return.
    medians
        For each tenth of the films by popularity: the median of that, and of the return.
    """

    films: int
    in_profit: int
    median: float | None
    rho: float | None
    cells: tuple[Cell, ...]
    medians: tuple[tuple[float, float], ...]


class Word(NamedTuple):
    """A word of the titles, and how often it stands there."""

    text: str
    times: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """Of how many films something is known.

    Attributes
    ----------
    shares
        By field, the best known first.
    decades
        By field, the share of each decade that has films.
    reach
        By list, which share of all films has one at least of its `n` most frequent names, at
        growing `n`.
    """

    shares: Mapping[str, float]
    decades: Mapping[str, tuple[tuple[int, float], ...]]
    reach: Mapping[str, tuple[tuple[int, float], ...]]


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the report says of a catalogue.

    Attributes
    ----------
    films, people
        How many there are; people by their names, in front of the camera or behind.
    rows
        What became of each raw file's records, by file.
    years
        How many films there are of each year, without gaps.
    distributions
        By variable.
    boxes
        By variable.
    """

    films: int
    people: int
    rows: Mapping[str, RowCounts]
    columns: tuple[Column, ...]
    genres: Ranking
    original_languages: Ranking
    languages: Ranking
    countries: Ranking
    companies: Ranking
    keywords: Ranking
    years: Sequence[tuple[int, int]]
    distributions: Mapping[str, Distribution]
    correlations: Correlations
    boxes: Mapping[str, Box]
    takings: Takings
    returns: Returns
    words: tuple[Word, ...]
    coverage: Coverage

    @property
    def decades(self) -> list[tuple[int, int]]:
        """How many films there are of each decade, by its first year."""
        films: dict[int, int] = {}
        for year, count in self.years:
            decade = year - year % 10
            films[decade] = films.get(decade, 0) + count
        return sorted(films.items())
