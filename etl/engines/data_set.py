"""What the raw files are taken for, and what they lack: said before the work, and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cartelera.contract.data_set import COLUMNS
from cartelera.contract.feature_groups import FEATURE_GROUPS
from etl.clean.schemas import FILM_COLUMNS, RAW_ROLES
from etl.clean.unnest import LISTS
from etl.engines.intake import Intake, sources_of
from etl.engines.options import DEFAULT_OPTIONS, Options
from etl.engines.runners.workers import Workers
from etl.errors import JobError
from etl.extract.raw_files import find_raw

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from cartelera.contract.data_set import DataSetEntry
    from cartelera.contract.release_format import RowCounts
    from etl.extract.raw_files import RawFolder
    from etl.progress import Stages

# Files with records of fewer of the films than this share are worth a line.
_COVERED = 0.9


class Checked(NamedTuple):
    """What the job would make of some raw files.

    Attributes
    ----------
    files
        By name, what each is taken for.
    data_set, rows
        As in `Manifest`.
    refusals
        Why the job would refuse them; empty if it would not.
    """

    files: dict[str, str]
    data_set: DataSetEntry
    rows: dict[str, RowCounts]
    refusals: list[str]


def check_raw(folder: Path, stages: Stages, options: Options = DEFAULT_OPTIONS) -> Checked:
    """Read raw files and judge their records as `job.run` does; publish nothing.

    Parameters
    ----------
    folder
        Where the raw files lie.
    stages
        Show how far it is.
    options
        How they are read and judged.

    Raises
    ------
    RawInputError
        When a raw file is missing or unusable.
    """
    raw = find_raw(folder, RAW_ROLES, options.encoding)
    data_set = describe_data_set(raw)
    sources = sources_of(raw, options.batch_rows)
    with Workers(options.workers) as workers:
        intake = Intake(stages, workers, options.batch_rows, tolerance=None)
        intake.judge(sources)
    refusals = []
    for source in sources:
        try:
            intake.ledger.close(source, options.tolerance)
        except JobError as error:
            refusals.append(str(error))
    data_set["notes"].extend(coverage_lines(raw, intake.ledger.rows))
    files = {file.name: f"{file.role.name} of {file.shape.data_set}" for file in raw.of_data_set}
    if raw.akas:
        files[raw.akas.name] = "IMDb's other titles, which only the job reads"
    for file in filter(None, (raw.ratings, raw.links)):
        files[file.name] = f"MovieLens' {file.role.name}, which only the job reads"
    return Checked(files, data_set, intake.ledger.rows, refusals)


def describe_data_set(raw: RawFolder) -> DataSetEntry:
    """Return what a release says of the raw files that it is made of.

    Raises `RawInputError` when one of them is not what it should be.
    """
    shapes = [file.shape for file in raw.of_data_set]
    there = {column for shape in shapes for column in shape.columns}
    lacks = [column for column in COLUMNS if column not in there]
    empty = [group for group in FEATURE_GROUPS if _raw_columns(group) <= frozenset(lacks)]
    name, notes = raw.movies.shape.data_set, [*raw.notes]
    if lacks:
        notes.append(
            f"{name}: {', '.join(f'no {COLUMNS[column].english}' for column in lacks)}; "
            f"{len(empty)} of {len(FEATURE_GROUPS)} feature groups are empty"
        )
    for file, shape in zip(raw.of_data_set, shapes, strict=True):
        if shape.seen:
            notes.append(f"{file.name} has {'; '.join(shape.seen)}")
    if raw.keywords and "keywords" in raw.movies.shape.columns:
        notes.append(f"keywords are those of {raw.keywords.name}, not of {raw.movies.name}")
    if raw.ratings and raw.links:
        notes.append(
            f"{raw.ratings.name} and {raw.links.name} are used: MovieLens' ratings are for "
            "research, and not for commercial use"
        )
    return {"name": name, "lacks": lacks, "empty_groups": empty, "notes": notes}


def coverage_lines(raw: RawFolder, rows: Mapping[str, RowCounts]) -> Iterator[str]:
    """Yield a line for each raw file with records of few of the films.

    Parameters
    ----------
    raw
        The raw files.
    rows
        What became of their records, by file.
    """
    films, *others = (file.name for file in raw.of_data_set)
    kept = rows[films]["kept"]
    for name in others if kept else ():
        counts = rows[name]
        if counts["kept"] < _COVERED * kept:
            yield (
                f"{name} has records of {counts['kept']:,} of the {kept:,} films "
                f"({counts['kept'] / kept:.0%}); of the others they are unknown"
            )


def _raw_columns(group: str) -> frozenset[str]:
    """Return the raw columns that a group of features is made of."""
    if group in LISTS:
        return frozenset({LISTS[group].column})
    if group in FILM_COLUMNS:
        return frozenset(FILM_COLUMNS[group].raw)
    return frozenset({"overview", "tagline"} if group == "text" else {"release_date"})
