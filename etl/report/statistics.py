"""Looking at a catalogue: pandas frames in, `facts` out. Every function here is pure.

A catalogue may be larger than memory: its columns are looked at one by one, and its lists come
counted (`etl.report.lists`).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from etl.catalogue.localized_names import country_names, language_names
from etl.catalogue.localized_names import genre_names as genre
from etl.catalogue.words import term_frequencies
from etl.clean.parsers import LEAST_PLAUSIBLE, returns
from etl.clean.unnest import LISTS
from etl.quarantine import LINE
from etl.report.facts import (
    Bilingual,
    Bin,
    Box,
    Cell,
    Column,
    Correlations,
    Coverage,
    Distribution,
    Facts,
    Film,
    Money,
    Outlier,
    Ranked,
    Ranking,
    Returns,
    Takings,
    Word,
)
from etl.report.lists import (
    CODE,
    NAME,
    Counted,
    count_list,
    distinct,
    most_frequent,
    step_ranks,
)
from etl.report.stop_words import STOP_WORDS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from cartelera.contract.release_format import RowCounts
    from etl.catalogue.catalogue import Catalogue
    from etl.catalogue.localized_names import LocalizedNames
    from etl.catalogue.words import WordCounts

    type Numbers = pd.Series[float]

TOP = 20
_LANGUAGES_IN_A_PIE = 6
_GENRES = 40
_WORDS = 90
# A word of a title says something from so many letters on; of one script or another.
_SHORTEST_WORD = 3
_SHORTEST_OTHER_WORD = 2
# Minutes: the width of a bar, and from where on films share one.
_RUNTIME_STEP = 10
_LONGEST_RUNTIME = 240
_RATING_STEP = 0.5
_HIGHEST_RATING = 10
_BINS_A_MAGNITUDE = 5
# A hundred films or so would show as many single dots on a finer map.
_CELLS_A_MAGNITUDE = 4
_FEWEST_TO_CORRELATE = 3
_FENCE = 1.5
_FURTHEST_A_SIDE = 4
_TENTHS = 10
# From how many times the other amount on one of less than 1,000 dollars is in another unit.
_OTHER_UNIT = 1_000
# A share of fewer films than these says little of their decade.
_ENOUGH_FILMS = 30

# How variables are called in facts, by their columns.
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
_HEAVY_TAILED = ("runtime", "budget", "revenue", "votes", "popularity")
# What a film can be told to have, and how it is seen that it has.
_TEXTS = ("overview", "tagline", "collection")
# Those who are counted as people, and the lists that are counted up to ranks of their names.
PEOPLE = ("cast", "directors", "writers")
REACHING = (
    "genres",
    "production_countries",
    "production_companies",
    "keywords",
    "directors",
    "cast",
)
# What is read of the films at once; all else is looked at column by column.
_READ_TOGETHER = ("id", "title", *dict.fromkeys(_VARIABLES.values()))


class Explored(Protocol):
    """A catalogue as the report looks at it: each part of it is read when it is asked for."""

    @property
    def columns(self) -> Sequence[str]:
        """The columns of the films that the report describes, in order."""

    def frame(self, columns: Sequence[str]) -> pd.DataFrame:
        """Return some columns of `Catalogue.films`."""

    def counted(self, name: str) -> Counted:
        """Return one of `LISTS`, counted; films by rank for those of `REACHING`."""

    def people(self) -> int:
        """Return how many different names there are in the lists of `PEOPLE`."""

    def title_words(self) -> Mapping[str, int]:
        """Return how often each word stands in the titles."""


class Whole:
    """A catalogue that is in memory, and the words of its titles, as they are explored."""

    def __init__(self, catalogue: Catalogue, title_words: WordCounts) -> None:
        self._catalogue = catalogue
        self._title_words = title_words
        self.columns = list(catalogue.films.columns.drop([LINE, "key"]))

    def frame(self, columns: Sequence[str]) -> pd.DataFrame:
        """See `Explored`."""
        return self._catalogue.films[list(columns)]

    def counted(self, name: str) -> Counted:
        """See `Explored`."""
        entries, decades = self._catalogue.lists[name], decades_of(self._catalogue.films)
        return count_list(entries, decades, reach=name in REACHING)

    def people(self) -> int:
        """See `Explored`."""
        return int(pd.concat([self._catalogue.lists[name]["name"] for name in PEOPLE]).nunique())

    def title_words(self) -> Mapping[str, int]:
        """See `Explored`."""
        return term_frequencies(self._title_words)


def explore(explored: Explored, rows: Mapping[str, RowCounts]) -> Facts:
    """Return what the report says of a catalogue; `rows` is what became of the raw records."""
    films = explored.frame(_READ_TOGETHER)
    numbers = known_numbers(films)
    columns, filled = [], {}
    for name in explored.columns:
        values = explored.frame([name])[name]
        columns.append(column(values))
        if name in _TEXTS:
            filled[name] = values.fillna("") != ""
        del values
    # One after the other, too: what was counted of one is dropped before the next.
    lists = {name: look_at(name, explored.counted(name), len(films)) for name in LISTS}
    languages = explored.frame(["original_language"])["original_language"]
    return Facts(
        films=len(films),
        people=explored.people(),
        rows=rows,
        columns=(*columns, *(each.column for each in lists.values())),
        genres=lists["genres"].ranking,
        original_languages=ranking(
            _one_a_film(languages, decades_of(films)),
            CODE,
            _by_code(language_names),
            _LANGUAGES_IN_A_PIE,
        ),
        languages=lists["spoken_languages"].ranking,
        countries=lists["production_countries"].ranking,
        companies=lists["production_companies"].ranking,
        keywords=lists["keywords"].ranking,
        years=years(films["release_year"]),
        distributions=distributions(numbers),
        correlations=correlations(numbers),
        boxes=boxes(films, numbers),
        takings=takings(films),
        returns=returns_and_popularity(numbers),
        words=frequent_words(explored.title_words()),
        coverage=coverage(decades_of(films), filled, lists, numbers),
    )


def decades_of(films: pd.DataFrame) -> pd.Series[int]:
    """Return the first year of each film's decade."""
    return films["release_year"] // 10 * 10


def known_numbers(films: pd.DataFrame) -> pd.DataFrame:
    """Return the films' numeric variables, one row a film, null where nothing is known.

    A budget or takings of 0 is unknown; a rating without votes is none; a return is that of
    `values.returns`.
    """
    numbers = pd.DataFrame(
        {name: films[column].astype("float64") for name, column in _VARIABLES.items()}
    )
    for name in ("budget", "revenue", "popularity", "votes"):
        numbers[name] = numbers[name].where(numbers[name] > 0)
    numbers["return"] = returns(films)
    numbers["rating"] = numbers["rating"].where(numbers["votes"].notna())
    return numbers


def column(values: pd.Series[Any]) -> Column:
    """Describe a column of the films; a text without letters is as empty as null."""
    name = str(values.name)
    if pd.api.types.is_datetime64_any_dtype(values):
        low, median, high = (
            f"{moment:%Y-%m-%d}" for moment in (values.min(), values.median(), values.max())
        )
        nulls, distinct = int(values.isna().sum()), int(values.nunique())
        return Column(name, "date", nulls, None, distinct, low, median, high)
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


class Listed(NamedTuple):
    """What is said of a list.

    Attributes
    ----------
    column, ranking
        See `list_column` and `ranking`.
    having
        How many films have an entry at least, by decade.
    reach
        See `reach`.
    """

    column: Column
    ranking: Ranking
    having: pd.Series[int]
    reach: tuple[tuple[int, float], ...]


def look_at(name: str, counted: Counted, films: int) -> Listed:
    """Return what is said of one of `LISTS` of so many films."""
    lengths = counted.lengths.to_pandas()
    having = lengths[lengths["length"] > 0].groupby("decade")["films"].sum()
    ranked = ranking(counted, *_RANKED.get(name, _USUALLY_RANKED))
    return Listed(list_column(name, counted), ranked, having, reach(counted, films))


def list_column(name: str, counted: Counted) -> Column:
    """Describe one of `LISTS`; an empty one is null."""
    lengths = counted.lengths.to_pandas()
    some = lengths[lengths["length"] > 0]
    spread = _spread(some["length"].repeat(some["films"]))
    nulls = int(lengths["films"].sum() - some["films"].sum())
    return Column(name, "list", nulls, None, distinct(counted.frequencies), *spread)


def ranking(
    counted: Counted, by: str, called: Callable[[str, str], Bilingual], top: int
) -> Ranking:
    """Rank what films have: the `top` most frequent names or codes of a list.

    A film counts once for what it has twice. Of two that are as frequent the first by the
    alphabet goes first. `called` gives names in both languages of a value and the name beside it.
    """
    best, values, entries = most_frequent(counted.frequencies[by], top)
    return Ranking(
        tuple(
            Ranked(called(each["value"], each["beside"] or each["value"]), each["films"])
            for each in best.to_pylist()
        ),
        values,
        entries,
        int(counted.lengths.to_pandas()["named" if by == NAME else "coded"].sum()),
    )


def years(released: pd.Series[int]) -> tuple[tuple[int, int], ...]:
    """Count the films of each year from the first to the last, those without any included."""
    counted = released.value_counts()
    span = range(int(released.min()), int(released.max()) + 1)
    return tuple((year, int(counted.get(year, 0))) for year in span)


def distributions(numbers: pd.DataFrame) -> dict[str, Distribution]:
    """Count the films of `known_numbers` by value; bars are as wide as the variable needs.

    Those of heavy tails are of equal width on a logarithmic scale. The longest films share the
    last bar of running time.
    """
    runtime = np.arange(0, _LONGEST_RUNTIME + 2 * _RUNTIME_STEP, _RUNTIME_STEP, dtype="float64")
    rating = np.arange(0, _HIGHEST_RATING + 2 * _RATING_STEP, _RATING_STEP)
    found = {
        "runtime": _distribution(numbers["runtime"], runtime),
        "rating": _distribution(numbers["rating"], rating),
    }
    for name in ("budget", "revenue", "votes", "popularity"):
        edges = magnitudes(numbers[name], _BINS_A_MAGNITUDE)
        found[name] = _distribution(numbers[name], edges)
    return found


def magnitudes(values: Numbers, bins: int) -> NDArray[np.float64]:
    """Return edges around positive values, so many to each power of ten, whole powers at the ends.

    Without values there are none.
    """
    known = values.dropna()
    if known.empty:
        return np.array([])
    first = math.floor(math.log10(known.min()))
    last = math.floor(math.log10(known.max())) + 1
    return 10.0 ** (np.arange(first * bins, last * bins + 1) / bins)


def correlations(numbers: pd.DataFrame) -> Correlations:
    """Return Pearson's r and Spearman's rho of the variables, over films that have both."""
    return Correlations(
        tuple(numbers.columns), _correlated(numbers, "pearson"), _correlated(numbers, "spearman")
    )


def boxes(films: pd.DataFrame, numbers: pd.DataFrame) -> dict[str, Box]:
    """Return boxes, fences and what lies beyond them, of the variables with heavy tails.

    The rule is Tukey's (Exploratory Data Analysis, 1977): beyond one and a half interquartile
    ranges from the outer quartiles. It is applied to logarithms, since money, votes and
    popularity span magnitudes and nearly all great values would lie beyond otherwise.
    """
    return {
        name: box(films, numbers[name]) for name in _HEAVY_TAILED if numbers[name].notna().any()
    }


def box(films: pd.DataFrame, values: Numbers) -> Box:
    """Return the box of positive values, null where unknown; at least one must be known."""
    logs = cast("Numbers", np.log10(values.dropna()))
    low, middle, high = (float(logs.quantile(q)) for q in (0.25, 0.5, 0.75))
    reach = _FENCE * (high - low)
    # Values on a fence are within, whatever their logarithms' last digits.
    slack = 1e-9
    below, above = logs < low - reach - slack, logs > high + reach + slack
    within = logs[~below & ~above]
    return Box(
        (10**low, 10**middle, 10**high),
        (10 ** (low - reach), 10 ** (high + reach)),
        (float(10 ** within.min()), float(10 ** within.max())),
        int(below.sum()),
        int(above.sum()),
        (
            *_furthest(films, values, low - reach - logs[below], high - low),
            *_furthest(films, values, logs[above] - high - reach, high - low),
        ),
    )


def takings(films: pd.DataFrame) -> Takings:
    """Return what is known of the films' budgets and takings, and which are in another unit."""
    budget, revenue = films["budget"], films["revenue"]
    both = (budget > 0) & (revenue > 0)
    least = pd.concat([budget, revenue], axis=1).min(axis=1)
    most = pd.concat([budget, revenue], axis=1).max(axis=1)
    wrong = films[both & (least < LEAST_PLAUSIBLE) & (most >= least * _OTHER_UNIT)]
    wrong = wrong.sort_values(["vote_count", "id"], ascending=[False, True])
    implausible = budget.between(1, LEAST_PLAUSIBLE - 1) | revenue.between(1, LEAST_PLAUSIBLE - 1)
    return Takings(
        both=int(both.sum()),
        budget=int(((budget > 0) & (revenue == 0)).sum()),
        revenue=int(((budget == 0) & (revenue > 0)).sum()),
        neither=int(((budget == 0) & (revenue == 0)).sum()),
        cells=cells(budget[both].astype("float64"), revenue[both].astype("float64")),
        implausible=int(implausible.sum()),
        wrong_unit=tuple(
            Money(Film(*known), int(cost), int(took))
            for *known, cost, took in zip(
                wrong["title"],
                wrong["release_year"],
                wrong["budget"],
                wrong["revenue"],
                strict=True,
            )
        ),
    )


def cells(x: Numbers, y: Numbers) -> tuple[Cell, ...]:
    """Count the films on a map of two positive numbers, logarithmic in both; empty cells go."""
    if x.empty:
        return ()
    across, up = (magnitudes(values, _CELLS_A_MAGNITUDE) for values in (x, y))
    counts, _, _ = np.histogram2d(x, y, [across, up])
    return tuple(
        Cell(
            float(across[i]),
            float(across[i + 1]),
            float(up[j]),
            float(up[j + 1]),
            int(counts[i, j]),
        )
        for i, j in zip(*map(np.ndarray.tolist, np.nonzero(counts)), strict=True)
    )


def returns_and_popularity(numbers: pd.DataFrame) -> Returns:
    """Hold the films' returns against their popularity, where both are known."""
    known = numbers[["popularity", "return"]].dropna()
    if known.empty:
        return Returns(0, 0, None, None, (), ())
    ranks = known["popularity"].rank(method="first")
    tenths = np.ceil(ranks * _TENTHS / len(known))
    medians = known.groupby(tenths, sort=True).median()
    return Returns(
        films=len(known),
        in_profit=int((known["return"] > 1).sum()),
        median=float(known["return"].median()),
        rho=_correlated(known, "spearman")[0][1],
        cells=cells(known["popularity"], known["return"]),
        medians=tuple(zip(medians["popularity"].tolist(), medians["return"].tolist(), strict=True)),
    )


def frequent_words(times: Mapping[str, int]) -> tuple[Word, ...]:
    """Return the words that stand in titles most often, but for those that stand everywhere."""
    order = sorted(times.items(), key=lambda counted: (-counted[1], counted[0]))
    frequent = (Word(word, count) for word, count in order if _says_something(word))
    return tuple(word for word, _ in zip(frequent, range(_WORDS), strict=False))


def coverage(
    decades: pd.Series[int],
    filled: Mapping[str, pd.Series[bool]],
    lists: Mapping[str, Listed],
    numbers: pd.DataFrame,
) -> Coverage:
    """Return of which share of the films something is known: in all, by decade, by frequency.

    `filled` tells by text which films have one.
    """
    known = pd.DataFrame(
        {name: numbers[name].notna() for name in ("runtime", "budget", "revenue", "votes")}
        | dict(filled)
    )
    counted = decades.value_counts()
    enough = counted.index[counted >= _ENOUGH_FILMS]
    # A catalogue too small for that shows all that it has.
    shown = counted.loc[enough if len(enough) > 1 else counted.index].sort_index()
    films = known.groupby(decades).sum()
    for name, each in lists.items():
        films[name] = each.having.reindex(films.index, fill_value=0)
    shares = (films.sum() / len(decades)).sort_values(ascending=False, kind="stable")
    by_decade = films.loc[shown.index].div(shown, axis=0)
    return Coverage(
        {str(name): float(share) for name, share in shares.items()},
        {
            str(name): tuple(zip(by_decade.index.tolist(), by_decade[name].tolist(), strict=True))
            for name in shares.index
        },
        {name: lists[name].reach for name in REACHING if lists[name].reach},
    )


def reach(counted: Counted, films: int) -> tuple[tuple[int, float], ...]:
    """Return which share of so many films has one at least of the `n` most frequent names."""
    shares = counted.reached / films
    ranks = step_ranks(len(counted.frequencies[NAME])) if len(shares) else shares
    return tuple(zip(ranks.tolist(), shares.tolist(), strict=True))


def _spread(values: pd.Series[Any]) -> tuple[float | None, float | None, float | None]:
    known = values.dropna()
    if known.empty:
        return None, None, None
    return float(known.min()), float(known.median()), float(known.max())


def _distribution(values: Numbers, edges: NDArray[np.float64]) -> Distribution:
    known = values.dropna()
    if known.empty:
        return Distribution((), 0, None)
    # What lies beyond the last edge belongs to the last bar.
    counts, _ = np.histogram(known.clip(upper=(edges[-2] + edges[-1]) / 2), edges)
    low, middle, high = (float(known.quantile(q)) for q in (0.25, 0.5, 0.75))
    bars = zip(edges[:-1].tolist(), edges[1:].tolist(), counts.tolist(), strict=True)
    return Distribution(tuple(Bin(*bar) for bar in bars), len(known), (low, middle, high))


def _correlated(numbers: pd.DataFrame, method: str) -> tuple[tuple[float | None, ...], ...]:
    matrix = numbers.corr(cast("Any", method), min_periods=_FEWEST_TO_CORRELATE)
    return tuple(
        tuple(None if math.isnan(value) else float(value) for value in row)
        for row in matrix.to_numpy().tolist()
    )


def _furthest(
    films: pd.DataFrame, values: Numbers, beyond: Numbers, box_height: float
) -> list[Outlier]:
    """Return the films whose logarithms lie furthest beyond a fence, of equals the best known."""
    order = pd.DataFrame(
        {"beyond": beyond.round(9), "votes": films["vote_count"].loc[beyond.index]}
    )
    order = order.sort_values(["beyond", "votes"], ascending=False, kind="stable")
    # Where most values are the same, there is no box to measure with.
    height = box_height or math.nan
    return [
        Outlier(
            Film(str(films["title"].loc[row]), int(films["release_year"].loc[row])),
            float(values.loc[row]),
            float(beyond.loc[row]) / height,
        )
        for row in order.index[:_FURTHEST_A_SIDE]
    ]


def _says_something(word: str) -> bool:
    shortest = _SHORTEST_WORD if word.isascii() else _SHORTEST_OTHER_WORD
    return len(word) >= shortest and not word.isdigit() and word not in STOP_WORDS


def _one_a_film(codes: pd.Series[str], decades: pd.Series[int]) -> Counted:
    """Count a column of codes as a list with one entry a film."""
    entries = pd.DataFrame({"film": codes.index, "code": codes, "name": codes})
    return count_list(entries.dropna(subset="code"), decades, reach=False)


def _genre(name: str, _: str) -> Bilingual:
    return Bilingual(genre(name).name or name, name)


def _by_code(known: Callable[[str], LocalizedNames]) -> Callable[[str, str], Bilingual]:
    def called(code: str, name: str) -> Bilingual:
        found = known(code)
        in_english = found.english or name or code
        shown = found.name or in_english
        return Bilingual(f"{shown[0].upper()}{shown[1:]}", in_english)

    return called


def _as_it_is(name: str, _: str) -> Bilingual:
    return Bilingual(name, name)


# How lists are ranked: by which kind of value, what each is called, and how many are shown.
_RANKED = {
    "genres": (NAME, _genre, _GENRES),
    "spoken_languages": (CODE, _by_code(language_names), TOP),
    "production_countries": (CODE, _by_code(country_names), TOP),
}
_USUALLY_RANKED = (NAME, _as_it_is, TOP)
