"""Measuring a catalogue: what charts measure with, and all that they measure.

A catalogue may be larger than memory: its columns are read one by one, and its lists come
counted (`etl.report.lists`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.release_format import attribution
from etl.catalogue.catalogue import day_is_unknown
from etl.clean.parsers import LEAST_PLAUSIBLE, known_returns
from etl.clean.unnest import LISTS
from etl.report.chart import by_section
from etl.report.facts import BoxPlot, Cell, Column, Distribution, Facts, Outlier
from etl.report.lists import CODE, NAME, distinct, most_frequent, step_ranks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from cartelera.contract.data_set import DataSetEntry
    from cartelera.contract.release_format import RowCounts
    from etl.report.lists import CountedList

    type Numbers = pd.Series[float]

# The longest ranking of any chart.
_MAX_RANKED = 40
_BINS_A_MAGNITUDE = 5
# A hundred films or so would show as many single dots on a finer map.
_CELLS_A_MAGNITUDE = 4
_FENCE = 1.5
_FURTHEST_A_SIDE = 4
_KNOWN_NUMBERS = ("runtime", "budget", "revenue", "votes")

# What charts call the numeric variables, and their columns.
_VARIABLES = {
    "year": "release_year",
    "runtime": "runtime",
    "budget": "budget",
    "revenue": "revenue",
    "return": "return",
    "popularity": "popularity",
    "rating": "vote_average",
    "votes": "vote_count",
}
_TEXTS = ("overview", "tagline", "collection")
# Those who are counted as people, and the lists that are counted up to ranks of their names.
PEOPLE = ("cast", "directors", "writers")
REACHING = (
    *("genres", "production_countries", "production_companies"),
    *("keywords", "directors", "cast"),
)
# What the page counts at its head, and the list and kind that it is counted in.
_COUNTED = {
    "companies": ("production_companies", NAME),
    "countries": ("production_countries", CODE),
    "languages": ("spoken_languages", CODE),
}
# What is read of the films at once; all else is read column by column.
_READ_TOGETHER = (
    "id",
    "title",
    "release_date",
    "original_language",
    *dict.fromkeys(_VARIABLES.values()),
)


class ReportSource(NamedTuple):
    """A catalogue as the report reads it: each part of it when it is called."""

    # The columns of the films that the report describes, in order.
    columns: Sequence[str]
    # Returns some columns of `Catalogue.films`.
    frame: Callable[[Sequence[str]], pd.DataFrame]
    # Returns one of `LISTS`, counted; films by rank for those of `REACHING`.
    counted: Callable[[str], CountedList]
    # Returns how often each word stands in the titles.
    title_words: Callable[[], Mapping[str, int]]


def explore(
    source: ReportSource,
    rows: Mapping[str, RowCounts],
    data_set: DataSetEntry,
    files: Iterable[str],
) -> Facts:
    """Return what the report says of a catalogue.

    Parameters
    ----------
    source
        The catalogue.
    rows
        What became of each raw file's records, by file.
    data_set
        What the raw files were taken for.
    files
        The names of all raw files, whose sources are credited.
    """
    catalogue = Statistics(source, rows)
    charts = [chart for section in by_section().values() for chart in section]
    measured = {chart.name: chart.measure(catalogue) for chart in charts}
    years = catalogue.films["release_year"]
    return Facts(
        (int(years.min()), int(years.max())),
        {"films": len(catalogue.films), "people": catalogue.people}
        | {name: catalogue.lists[column].top[kind][1] for name, (column, kind) in _COUNTED.items()},
        {name: facts for name, facts in measured.items() if facts is not None},
        data_set,
        attribution(files),
    )


class ListSummary(NamedTuple):
    """What charts need of a list."""

    column: Column
    # By kind, what `most_frequent` returns of its values.
    top: Mapping[str, tuple[pa.Table, int, int]]
    # By decade, of those that have any entry.
    films: pd.Series[int]
    # Growing numbers `n`, and which share of the films has one at least of the `n` most frequent
    # names; none for a list that was not counted up to ranks.
    reach: tuple[tuple[int, float], ...]

    @classmethod
    def of(cls, name: str, counted: CountedList) -> ListSummary:
        """Sum a list up.

        Parameters
        ----------
        name
            One of `LISTS`.
        counted
            The list of all films, counted; an empty one is as good as null.
        """
        lengths = counted.lengths.to_pandas()
        some = lengths[lengths["length"] > 0]
        spread = _spread(some["length"].repeat(some["films"]))
        films, frequencies = int(lengths["films"].sum()), counted.frequencies
        nulls = films - int(some["films"].sum())
        shares = counted.reached / films
        ranks = step_ranks(len(frequencies[NAME])) if len(shares) else shares
        return cls(
            Column(name, "list", nulls, None, distinct(frequencies), *spread),
            {kind: most_frequent(frequencies[kind], _MAX_RANKED) for kind in (NAME, CODE)},
            some.groupby("decade")["films"].sum(),
            tuple(zip(ranks.tolist(), shares.tolist(), strict=True)),
        )


class Statistics:
    """A catalogue as charts measure it, and what they measure it with."""

    # Dollars below which an amount is in another unit.
    least_plausible = LEAST_PLAUSIBLE

    def __init__(self, source: ReportSource, rows: Mapping[str, RowCounts]) -> None:
        self.rows = rows
        # Titles and numbers, a row a film; the first year of each film's decade.
        self.films = source.frame(_READ_TOGETHER)
        self.decades = decades_of(self.films)
        # Which films are most likely there for their year alone.
        self.undated = day_is_unknown(self.films["release_date"])
        self.numbers = known_numbers(self.films)
        self.title_words = source.title_words()
        known = {name: self.numbers[name].notna() for name in _KNOWN_NUMBERS}
        columns = []
        for name in source.columns:
            values = source.frame([name])[name]
            columns.append(describe(values))
            if name in _TEXTS:
                known[name] = values.fillna("") != ""
            del values
        # One after the other, too: what was counted of one is dropped before the next.
        people = []
        self.lists = {}
        for name in LISTS:
            counted = source.counted(name)
            self.lists[name] = ListSummary.of(name, counted)
            if name in PEOPLE:
                people += counted.frequencies[NAME]["value"].chunks
            del counted
        # How many different names there are in the lists of `PEOPLE`.
        self.people = int(pc.count_distinct(pa.chunked_array(people, pa.string())).as_py())
        del people
        self.columns = (*columns, *(each.column for each in self.lists.values()))
        # Of how many films each field is known: a row a decade, a column a field.
        self.known = pd.DataFrame(known).groupby(self.decades).sum()
        for name, each in self.lists.items():
            self.known[name] = each.films.reindex(self.known.index, fill_value=0)
        # Of which share of the films each field is known, the best known first.
        shares = (self.known.sum() / len(self.films)).sort_values(ascending=False, kind="stable")
        self.coverage = {str(name): float(share) for name, share in shares.items()}
        self.reach = {name: self.lists[name].reach for name in REACHING if self.lists[name].reach}

    def distribution(
        self, variable: str, edges: Sequence[float] = (), *, integers: bool = False
    ) -> Distribution | None:
        """Return the histogram and the quartiles of one of `numbers`.

        Parameters
        ----------
        variable
            A column of `numbers`; where none is known, None is returned.
        edges
            Of the bins; what lies beyond the last belongs to the last bin. Without any the bins
            are of equal width on a logarithmic scale.
        integers
            Whether the numbers are whole: then each bin has twice as many as the one before.
        """
        known = self.numbers[variable].dropna()
        if known.empty:
            return None
        if integers:
            bins = 2.0 ** np.arange(math.floor(math.log2(known.max())) + 2)
        else:
            bins = np.array(edges) if edges else log_edges(known, _BINS_A_MAGNITUDE)
        counts, _ = np.histogram(known.clip(upper=(bins[-2] + bins[-1]) / 2), bins)
        return Distribution(
            tuple(bins.tolist()),
            tuple(counts.tolist()),
            len(known),
            len(known) / len(self.films),
            *(float(known.quantile(q)) for q in (0.25, 0.5, 0.75)),
        )

    @staticmethod
    def density(x: Numbers, y: Numbers) -> tuple[Cell, ...]:
        """Count films in the cells of two logarithmic axes, and return those that have any.

        Parameters
        ----------
        x, y
            Two positive numbers of each film; one film at least.
        """
        edges = [log_edges(values, _CELLS_A_MAGNITUDE) for values in (x, y)]
        counts, _, _ = np.histogram2d(x, y, edges)
        across, up = (each.tolist() for each in edges)
        return tuple(
            Cell(across[i], across[i + 1], up[j], up[j + 1], int(counts[i, j]))
            for i, j in np.argwhere(counts).tolist()
        )

    def box_plot(self, variable: str) -> BoxPlot | None:
        """Return the box plot of the logarithms of one of `numbers`; None where none is known."""
        values = self.numbers[variable].dropna()
        if values.empty:
            return None
        logs = cast("Numbers", np.log10(values))
        low, median, high = (float(logs.quantile(q)) for q in (0.25, 0.5, 0.75))
        fence = _FENCE * (high - low)
        # Values on a fence are within, whatever their logarithms' last digits.
        slack = 1e-9
        below, above = logs < low - fence - slack, logs > high + fence + slack
        within = logs[~below & ~above]
        # Where most values are the same, there is no box to measure with.
        height = (high - low) or math.nan
        return BoxPlot(
            (10**low, 10**median, 10**high),
            (float(10 ** within.min()), float(10 ** within.max())),
            int(below.sum()),
            int(above.sum()),
            (
                *self._furthest(values, low - fence - logs[below], height),
                *self._furthest(values, logs[above] - high - fence, height),
            ),
        )

    def _furthest(self, values: Numbers, beyond: Numbers, box_height: float) -> Iterator[Outlier]:
        """Return the films furthest beyond a fence, of equals the best known."""
        films = self.films.loc[beyond.index].assign(beyond=beyond.round(9))
        films = films.sort_values(["beyond", "vote_count"], ascending=False, kind="stable")
        films = films.head(_FURTHEST_A_SIDE)
        names = films["title"] + " (" + films["release_year"].astype("str") + ")"
        return map(Outlier, names, values.loc[films.index], beyond.loc[films.index] / box_height)


def decades_of(films: pd.DataFrame) -> pd.Series[int]:
    """Return the first year of each film's decade."""
    return films["release_year"] // 10 * 10


def known_numbers(films: pd.DataFrame) -> pd.DataFrame:
    """Return the films' numeric variables, one row a film, null where nothing is known.

    A budget or revenue of 0 is unknown; a rating without votes is none; a return is that of
    `parsers.known_returns`.
    """
    numbers = pd.DataFrame(
        {name: films[column].astype("float64") for name, column in _VARIABLES.items()}
    )
    for name in ("budget", "revenue", "popularity", "votes"):
        numbers[name] = numbers[name].where(numbers[name] > 0)
    numbers["return"] = known_returns(films)
    numbers["rating"] = numbers["rating"].where(numbers["votes"].notna())
    return numbers


def describe(values: pd.Series[Any]) -> Column:
    """Describe a column of the films; an empty text is as good as null."""
    name = str(values.name)
    if pd.api.types.is_datetime64_any_dtype(values):
        days = (f"{day:%Y-%m-%d}" for day in (values.min(), values.median(), values.max()))
        return Column(name, "date", int(values.isna().sum()), None, int(values.nunique()), *days)
    if not pd.api.types.is_numeric_dtype(values):
        # By Arrow, in place: all overviews at once are the largest thing that is looked at.
        texts = pa.array(values, from_pandas=True)
        lengths = pc.utf8_length(texts).to_pandas()
        known = lengths[lengths > 0]
        empty = int((lengths == 0).sum())
        distinct = pc.count_distinct(texts).as_py() - bool(empty)
        return Column(name, "text", len(lengths) - len(known), None, distinct, *_spread(known))
    nulls, zeros = int(values.isna().sum()), int((values == 0).sum())
    return Column(name, "number", nulls, zeros, int(values.nunique()), *_spread(values))


def log_edges(values: Numbers, bins: int) -> NDArray[np.float64]:
    """Return the edges of logarithmic bins around values; at both ends are whole powers of ten.

    Parameters
    ----------
    values
        Positive, and one at least.
    bins
        How many there are to each power of ten.
    """
    first = math.floor(math.log10(values.min()))
    last = math.floor(math.log10(values.max())) + 1
    return 10.0 ** (np.arange(first * bins, last * bins + 1) / bins)


def _spread(values: pd.Series[Any]) -> tuple[float | None, float | None, float | None]:
    known = values.dropna()
    if known.empty:
        return None, None, None
    return float(known.min()), float(known.median()), float(known.max())
