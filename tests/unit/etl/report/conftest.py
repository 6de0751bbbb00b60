from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from etl.catalogue.words import count_words, term_frequencies
from etl.clean.tidied import to_array
from etl.report.chart import by_section
from etl.report.lists import (
    KINDS,
    NAME,
    CountedList,
    count_lengths,
    count_reached,
    count_values,
    films_up_to,
    steps_of,
)
from etl.report.statistics import ReportSource, Statistics, decades_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

FILM = {
    "id": 1,
    "title": "Up",
    "original_language": "en",
    "release_date": "2009-05-28",
    "release_year": 2009,
    "runtime": 96,
    "budget": 0,
    "revenue": 0,
    "return": 0.0,
    "popularity": 1.0,
    "vote_average": 7.0,
    "vote_count": 10,
    "overview": "",
    "tagline": "",
    "collection": None,
}


class Source:
    """Films that differ from one where told, each with an id of its own, and their lists."""

    def __init__(self, changes: Sequence[Mapping[str, Any]], lists: Mapping[str, Any]) -> None:
        rows = [FILM | {"id": number} | dict(change) for number, change in enumerate(changes, 1)]
        types = {"runtime": "Int64", "collection": "str", "release_date": "datetime64[us]"}
        self.films = pd.DataFrame(rows).astype(types)
        self.lists = lists
        self.columns = list(self.films.columns)

    def frame(self, columns: Sequence[str]) -> pd.DataFrame:
        return self.films[list(columns)]

    def counted(self, name: str) -> CountedList:
        return count_with_reach(entries(*self.lists.get(name, ())), decades_of(self.films))

    def title_words(self) -> Mapping[str, int]:
        return term_frequencies(count_words(to_array(self.films["title"])))


def count_with_reach(entries: pd.DataFrame, decades: pd.Series[int]) -> CountedList:
    frequencies = {by: count_values(entries, by) for by in KINDS}
    names = frequencies[NAME]
    reached = films_up_to(count_reached(entries, steps_of(names)), len(names))
    return CountedList(frequencies, count_lengths(entries, decades), reached)


def entries(*pairs: tuple[int, str]) -> pd.DataFrame:
    """Make a list of films by number and name; codes are the first two letters."""
    frame = pd.DataFrame(pairs, columns=["film", "name"]).astype({"film": "int64", "name": "str"})
    return frame.assign(code=frame["name"].str[:2])


@pytest.fixture
def catalogue() -> Callable[..., Statistics]:
    """Make a catalogue of films that differ from one where told, and of lists."""

    def make(
        *changes: Mapping[str, Any], rows: Mapping[str, Any] | None = None, **lists: Any
    ) -> Statistics:
        own = Source(changes, lists)
        source = ReportSource(own.columns, own.frame, own.counted, own.title_words)
        return Statistics(source, rows or {})

    return make


@pytest.fixture
def measure(catalogue: Callable[..., Statistics]) -> Callable[..., Any]:
    """Measure a chart, by name, on such a catalogue."""

    def run(name: str, *changes: Mapping[str, Any], **lists: Any) -> Any:
        charts = {chart.name: chart for charts in by_section().values() for chart in charts}
        return charts[name].measure(catalogue(*changes, **lists))

    return run
