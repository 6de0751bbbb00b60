"""The sample in the shapes of other data sets: the same films, as those have them."""

import csv
import json
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Final, NamedTuple

from etl.clean.nested_cells import UnreadableCellError, parse_entries, parse_value
from etl.extract.data_sets import DATA_SETS, ROLES, DataSet, DescribedFile
from infra.sample.entries import Cell, literal_cell
from infra.sample.raw_layout import COLUMNS, RawWriter

_NESTED: Final = frozenset(
    {
        *("belongs_to_collection", "genres", "production_companies", "production_countries"),
        *("spoken_languages", "cast", "crew", "keywords"),
    }
)
_ROLE_OF: Final = dict(zip(COLUMNS, ROLES, strict=True))


def _as_names(cell: str) -> str:
    return ", ".join(entry.name for entry in parse_entries(cell))


def _as_json(cell: str) -> str:
    return json.dumps(parse_value(cell)) if cell else "[]"


class Reshaped(NamedTuple):
    """A data set, and how it writes a nested cell."""

    data_set: str
    nested: Callable[[str], str]

    def open(self, folder: Path, files: ExitStack) -> "ReshapingWriter":
        """Return what writes films to a folder in this shape.

        Parameters
        ----------
        folder
            Where the files go.
        files
            Closes them.
        """
        (data_set,) = (each for each in DATA_SETS if each.name == self.data_set)
        writer = ReshapingWriter(folder, files, data_set, self.nested)
        # Before the files are closed.
        files.callback(writer.flush)
        return writer


SHAPES: Final = {
    "full": Reshaped("Full TMDB Movies Dataset", _as_names),
    "tmdb_5000": Reshaped("TMDB 5000", _as_json),
}
"""By name; without one the sample has the shape of The Movies Dataset."""


class ReshapingWriter(RawWriter):
    """Writes raw records as another data set has them: a film's own once all of them are known."""

    def __init__(
        self, folder: Path, files: ExitStack, data_set: DataSet, nested: Callable[[str], str]
    ) -> None:
        self._nested = nested
        self._files: dict[str, tuple[DescribedFile, Callable[[list[str]], object]]] = {}
        self._film: dict[str, dict[str, str]] = {}
        for role in ROLES:
            if described := data_set.file(role):
                path = folder / f"{described.names[0].replace('*', '11')}.csv"
                file = files.enter_context(path.open("w", encoding="utf-8", newline=""))
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(described.columns)
                self._files[role] = described, writer.writerow

    def write(self, file: str, cells: Mapping[str, Cell], break_at: int | None = None) -> None:
        """Write a record, as `RawWriter` does.

        Parameters
        ----------
        file, cells, break_at
            As of `RawWriter.write`; no record is broken, whatever `break_at` is.
        """
        del break_at
        role = _ROLE_OF[file]
        if role in self._film or any(own["id"] != cells["id"] for own in self._film.values()):
            self.flush()
        self._film[role] = {column: literal_cell(cell) for column, cell in cells.items()}

    def flush(self) -> None:
        """Write what is known of the last film."""
        whole = {column: cell for own in self._film.values() for column, cell in own.items()}
        for role, (described, write_row) in self._files.items():
            if role in self._film:
                ours = {own: column for column, own in described.renamed.items()}
                row = (self._cell(ours.get(own, own), whole) for own in described.columns)
                write_row(list(row))
        self._film.clear()

    def _cell(self, column: str, film: Mapping[str, str]) -> str:
        cell = film.get(column, "")
        if column not in _NESTED:
            return cell
        try:
            return self._nested(cell)
        except UnreadableCellError:
            # A defect of the sample.
            return cell
