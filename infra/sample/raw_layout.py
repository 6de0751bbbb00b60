"""The raw layout: three CSV files, their columns, and a streaming writer.

The files are ordinary CSV: a comma between fields, quotes only where a field needs them, LF at the
end of a record.
"""

import csv
import tomllib
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

from infra.sample.entries import Cell, SampleError, literal_cell

COLUMNS: Final[dict[str, list[str]]] = tomllib.loads(
    Path(__file__).with_name("layout.toml").read_text(encoding="utf-8")
)
MOVIES_FILE, CREDITS_FILE, KEYWORDS_FILE = COLUMNS


class RawWriter:
    """Writes a raw folder, made by `raw_folder`, record by record."""

    def __init__(self, folder: Path, files: ExitStack) -> None:
        self._writers = {}
        for name, columns in COLUMNS.items():
            file = files.enter_context((folder / name).open("w", encoding="utf-8", newline=""))
            self._writers[name] = csv.writer(file, lineterminator="\n")
            self._writers[name].writerow(columns)

    def write(self, file: str, cells: Mapping[str, Cell], break_at: int | None = None) -> None:
        """Write a record to a file, whole or broken over two lines.

        Three records of the real file of films are broken inside the overview. Neither line is
        quoted over the break, so a reader sees two records: the first stops early (10 fields), and
        the second begins with the rest of the overview, which moves every later field to a column
        that is not its own (15 fields).

        Parameters
        ----------
        file
            One of `COLUMNS`.
        cells
            By column. A missing one is empty, an unknown one a `SampleError`.
        break_at
            Number of characters of the overview on the first line of a broken record.
        """
        if unknown := cells.keys() - set(COLUMNS[file]):
            raise SampleError(f"{file} has no column {', '.join(sorted(unknown))}")
        row = [literal_cell(cells.get(column, "")) for column in COLUMNS[file]]
        if break_at is None:
            self._writers[file].writerow(row)
        else:
            at = COLUMNS[file].index("overview")
            self._writers[file].writerow([*row[:at], row[at][:break_at]])
            self._writers[file].writerow([row[at][break_at:], *row[at + 1 :]])


type OpenWriter = Callable[[Path, ExitStack], RawWriter]


@contextmanager
def raw_folder(folder: Path, open_writer: OpenWriter = RawWriter) -> Iterator[RawWriter]:
    """Open a raw folder to write.

    Parameters
    ----------
    folder
        The folder: it is created if need be, and files in it are replaced.
    open_writer
        Makes the writer; it decides the shape.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as files:
        yield open_writer(folder, files)
