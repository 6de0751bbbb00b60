"""What the raw files are taken for, and what they lack: said before the work, and after it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartelera.contract.data_set import COLUMNS
from cartelera.contract.feature_groups import FEATURE_GROUPS
from etl.clean.schemas import FILM_COLUMNS
from etl.clean.unnest import LISTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cartelera.contract.data_set import DataSetEntry
    from cartelera.contract.release_format import RowCounts
    from etl.extract.raw_files import RawFolder

# Files with records of fewer of the films than this share are worth a line.
_COVERED = 0.9


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
