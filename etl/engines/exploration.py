"""Exploring the catalogue: the report of a release, or of raw files alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cartelera.contract.ranking import DEFAULT_N
from etl.clean.schemas import RAW_ROLES
from etl.engines.data_set import describe_data_set
from etl.engines.intake import sources_of
from etl.engines.options import DEFAULT_OPTIONS, Options
from etl.engines.runners.local import in_memory
from etl.extract.raw_files import find_raw
from etl.features.hyperparameters import tuned
from etl.report.charts.recommended import Hubs
from etl.report.statistics import explore

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from cartelera.contract.data_set import DataSetEntry
    from cartelera.recommend.model import Model
    from etl.engines.intake import Ledger
    from etl.engines.runners.runner import Runner
    from etl.progress import Stages
    from etl.report.facts import Facts
    from etl.report.page import Report
    from etl.report.statistics import ReportSource

# Films whose recommendations are looked at for the report: those of all take as long as the job.
_SAMPLED_LISTS = 1_000


def explore_raw(folder: Path, stages: Stages, options: Options = DEFAULT_OPTIONS) -> Report:
    """Return the report on raw files; publish nothing.

    Parameters
    ----------
    folder
        Where the raw files lie.
    stages
        Show how far it is.
    options
        Only `workers`, `tolerance` and `batch_rows` matter here.

    Raises
    ------
    RawInputError, ContractError
        As `job.run`.
    """
    raw = find_raw(folder, RAW_ROLES, options.encoding)
    data_set, sources = describe_data_set(raw), sources_of(raw, options.batch_rows)
    with in_memory(sources, stages, options) as (runner, ledger, _):
        # Here and not above: `run` begins to read before it makes any files.
        from etl.engines.plan import run_steps  # noqa: PLC0415
        from etl.features.model import FILM_COLUMNS, build_model  # noqa: PLC0415

        made = run_steps(runner, tuned().weights)
        runner.finish()
        facts = measure(made.explored, ledger, raw.names, data_set, stages)
        with stages.stage("Building the model"):
            features, _ = made.features()
            model = build_model(features, runner.frame(FILM_COLUMNS), tuned())
            facts = with_hubs(facts, model, runner, options)
    return draw_report(facts, stages)


def measure(
    explored: ReportSource,
    ledger: Ledger,
    files: Iterable[str],
    data_set: DataSetEntry,
    stages: Stages,
) -> Facts:
    """Measure a catalogue.

    Parameters
    ----------
    explored
        The catalogue.
    ledger
        The account of the raw files' records.
    files, data_set
        The names of all raw files, and what they were taken for.
    stages
        Show what is being done.
    """
    with stages.stage("Exploring the catalogue"):
        # What is left out of IMDb's titles, or MovieLens' ratings, is that of all other films: tens
        # of millions.
        rows = {file: ledger.rows[file] for file in ledger.of_films}
        return explore(explored, rows, data_set, files)


def with_hubs(facts: Facts, model: Model, runner: Runner[Any, Any], options: Options) -> Facts:
    """Return facts with what charts show of a model.

    Parameters
    ----------
    facts
        What was measured.
    model, runner
        The model, and the runner of its films.
    options
        Only `workers` matters here.
    """
    from etl.features.neighbours import sample_lists  # noqa: PLC0415 (as in `explore_raw`)

    found = sample_lists(model, DEFAULT_N, options.workers, _SAMPLED_LISTS)
    films = runner.frame(["title", "release_year"])

    def name(row: int) -> str:
        return f"{films['title'].iloc[row]} ({films['release_year'].iloc[row]})"

    lists = min(_SAMPLED_LISTS, model.films)
    hubs = Hubs.of(found["others"].to_pylist(), lists, model.films, name)
    return facts._replace(charts={**facts.charts, "hubs": hubs}) if hubs else facts


def draw_report(facts: Facts, stages: Stages) -> Report:
    """Draw the report of what was measured; the stages show it."""
    # Here and not above: a release without a report does without what draws it.
    from etl.report.page import draw  # noqa: PLC0415

    with stages.stage("Drawing the report"):
        return draw(facts)
