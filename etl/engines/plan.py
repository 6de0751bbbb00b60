"""The plan: which steps the job runs on the films, once for every engine.

An engine is a runner (`runners.runner`): `runners.local` has all films as one part in memory;
`runners.spark` has them in parts on many machines. Both run the steps below.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from scipy import sparse

from cartelera.contract.feature_groups import FEATURE_GROUPS
from cartelera.contract.tables import KEY
from etl.catalogue.catalogue import COMPACT
from etl.clean.schemas import CLEAN_COLUMNS, FILM_COLUMNS
from etl.engines.steps import (
    COUNTRY_CODES,
    CREDITS,
    DOCUMENT_FREQUENCIES,
    FEATURE_ROWS,
    LIST_LENGTHS,
    LIST_VALUES,
    REACHED_FILMS,
    REACHING_KINDS,
    SPELLINGS,
    TITLE_WORDS,
    TOP_TERMS,
    TOTALS,
    sum_credits,
    vocabulary_rows,
)
from etl.features.tfidf import (
    SPELLED,
    Corpus,
    Features,
    feature_names,
    fit,
    min_films,
    period_span,
)
from etl.quarantine import LINE
from etl.report.lists import KINDS, NAME, CountedList, films_up_to, steps_of
from etl.report.statistics import ReportSource
from etl.tables.rows import NAME_ORDER
from etl.tables.tables import Aggregates

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from etl.engines.runners.runner import Runner, Table
    from etl.features.tfidf import Vocabulary

# Columns of the films that no table shows.
_TEXT_COLUMNS = frozenset({"overview", "status", "tagline"})


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the steps made of the films; each is read when called, also after `Runner.finish`."""

    aggregates: Aggregates
    explored: ReportSource
    # Returns the features, and by group the aliases of each; once, after all else, since lists
    # and words are let go when they have been counted.
    features: Callable[[], tuple[Features, dict[str, tuple[tuple[str, ...], ...]]]]


def run_steps[T: Table, S](runner: Runner[T, S], weights: Mapping[str, float]) -> Outcome:
    """Run every step on the films of a runner.

    Parameters
    ----------
    runner
        One that has not finished.
    weights
        By feature group, over 0: how much each weighs in a film.
    """
    codes = runner.sum(runner.map(COUNTRY_CODES), "name")
    weighted = runner.later(partial(_weigh, runner, codes, weights))

    def features() -> tuple[Features, dict[str, tuple[tuple[str, ...], ...]]]:
        vocabularies, rows = weighted()
        names = feature_names(vocabularies)
        aliases = {group: vocabulary.aliases for group, vocabulary in vocabularies.items()}
        return Features(_matrix(rows, len(names)), names), aliases

    return Outcome(_sum_up(runner, codes), _count(runner), features)


def _sum_up[T: Table, S](runner: Runner[T, S], codes: T) -> Aggregates:
    """Sum films and credits up for the look-up tables."""
    totals = runner.sum(runner.map(TOTALS), "name")
    summed = runner.group(runner.map(CREDITS), "name", sum_credits)
    people = runner.order(summed, NAME_ORDER)
    shown = [name for name in (LINE, *CLEAN_COLUMNS, KEY) if name not in _TEXT_COLUMNS]
    return Aggregates(
        films=lambda: runner.frame(shown),
        totals=lambda by: totals.read(by).to_pandas(),
        country_codes=lambda: _codes_of(codes),
        filmographies=lambda name: map(_people, people.pieces(name)),
    )


def _count[T: Table, S](runner: Runner[T, S]) -> ReportSource:
    """Count what is in lists and titles for the report; see `etl.report.lists`."""
    found = runner.keep(runner.map(LIST_VALUES))
    values = runner.sum(found, "value")
    lengths = runner.sum(runner.map(LIST_LENGTHS), "decade", "length")
    words = runner.sum(runner.map(TITLE_WORDS), "word")

    def steps(kind: str) -> pa.Table:
        return steps_of(values.read(kind))

    ranks = {kind: partial(steps, kind) for kind in REACHED_FILMS.kinds}
    ranked = runner.share(found, ranks, "value")
    reached = runner.sum(runner.map(REACHED_FILMS, ranked), "step")

    def counted(name: str) -> CountedList:
        # The names last: they are kept for their ranks.
        frequencies = {by: values.read(f"{name}-{by}") for by in sorted(KINDS, key=NAME.__eq__)}
        films = np.array([], np.int64)
        if kind := REACHING_KINDS.get(name):
            films = films_up_to(reached.read(kind), len(frequencies[NAME]))
        return CountedList(frequencies, lengths.read(name), films)

    return ReportSource(
        [*FILM_COLUMNS], runner.frame, counted, lambda: _by_name(words.read("title"))
    )


def _weigh[T: Table, S](
    runner: Runner[T, S], codes: T, weights: Mapping[str, float]
) -> tuple[dict[str, Vocabulary], T]:
    """Return the features by group, and the films' rows of the feature matrix."""
    years = runner.frame(["release_year"])["release_year"]
    corpus = Corpus(runner.films, _codes_of(codes), period_span(years))
    spellings = runner.sum(runner.map(SPELLINGS.knowing(corpus=corpus)), "name")
    counted = runner.keep(runner.map(DOCUMENT_FREQUENCIES.knowing(corpus=corpus)))
    least = {group: min_films(group) for group in FEATURE_GROUPS}
    frequencies = runner.sum(counted, "name", least=least)
    vocabularies, rows, start = {}, {}, 0
    for group in FEATURE_GROUPS:
        spelled = spellings.read(group)["name"].to_pylist() if group in SPELLED else []
        vocabularies[group] = fit(group, frequencies.read(group), spelled, corpus.codes)
        rows[group] = partial(vocabulary_rows, vocabularies[group], start)
        start += len(vocabularies[group].names)
    shared = runner.share(counted, rows, "name")
    ranked = runner.sum(runner.map(TOP_TERMS.knowing(corpus=corpus), shared), "feature")
    top_terms = np.zeros(start, np.int64)
    for group in TOP_TERMS.kinds:
        found = ranked.read(group)
        top_terms[found["feature"].to_numpy()] = found["films"].to_numpy()
    stacking = FEATURE_ROWS.knowing(corpus=corpus, top_terms=top_terms, weights=weights)
    return vocabularies, runner.keep(runner.map(stacking, shared))


def _codes_of(codes: Table) -> dict[str, str]:
    return _by_name(codes.read(*COUNTRY_CODES.kinds))


def _by_name(rows: pa.Table) -> dict[str, Any]:
    keys, values = (column.to_pylist() for column in rows.columns)
    return dict(zip(keys, values, strict=True))


def _people(rows: pa.Table) -> pd.DataFrame:
    """Return people as pandas has them, but lists as Arrow's: as Python's they take too long."""
    frame: pd.DataFrame = rows.drop_columns(COMPACT).to_pandas(
        types_mapper=lambda kind: pd.ArrowDtype(kind) if pa.types.is_list(kind) else None
    )
    return frame


def _matrix(rows: Table, features: int) -> sparse.csr_array:
    """Put the films' rows of the feature matrix together, and hold them once alone."""
    (kind,) = FEATURE_ROWS.kinds
    counts = [
        pc.list_value_length(chunk).to_numpy()
        for piece in rows.pieces(kind)
        for chunk in piece["features"].chunks
    ]
    starts = np.r_[0, np.cumsum(np.concatenate(counts))].astype(np.int64)
    columns, weights = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.float32)
    place = 0
    for piece in rows.pieces(kind):
        for own, of_own in zip(piece["features"].chunks, piece["weights"].chunks, strict=True):
            end = place + len(own.flatten())
            columns[place:end], weights[place:end] = own.flatten(), of_own.flatten()
            place = end
    return sparse.csr_array((weights, columns, starts), (len(starts) - 1, features))
