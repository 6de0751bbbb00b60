"""The raw layout: three CSV files, their columns, and a streaming writer.

The files are ordinary CSV: a comma between fields, quotes only where a field needs them, LF at the
end of a record.
"""

import csv
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Final, Self, TextIO

from infra.sample.entries import Cell, SampleError, literal_cell

MOVIES_FILE: Final = "movies_metadata.csv"
CREDITS_FILE: Final = "credits.csv"
KEYWORDS_FILE: Final = "keywords.csv"
RAW_FILES: Final = (MOVIES_FILE, CREDITS_FILE, KEYWORDS_FILE)

MOVIE_COLUMNS: Final = (
    "adult",
    "belongs_to_collection",
    "budget",
    "genres",
    "homepage",
    "id",
    "imdb_id",
    "original_language",
    "original_title",
    "overview",
    "popularity",
    "poster_path",
    "production_companies",
    "production_countries",
    "release_date",
    "revenue",
    "runtime",
    "spoken_languages",
    "status",
    "tagline",
    "title",
    "video",
    "vote_average",
    "vote_count",
)
CREDITS_COLUMNS: Final = ("cast", "crew", "id")
KEYWORDS_COLUMNS: Final = ("id", "keywords")

_OVERVIEW: Final = MOVIE_COLUMNS.index("overview")


class RawFolderWriter:
    """Writes a raw folder record by record; it holds three file buffers in memory.

    Parameters
    ----------
    folder
        Where the three files go. It is created if need be; files of an earlier run are replaced.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._open_files = ExitStack()

    def __enter__(self) -> Self:
        """Create the three files and write their headers."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with ExitStack() as undo:
            movies, credits_, keywords = (undo.enter_context(self._create(f)) for f in RAW_FILES)
            self._open_files = undo.pop_all()
        self._movies = csv.writer(movies, lineterminator="\n")
        self._credits = csv.writer(credits_, lineterminator="\n")
        self._keywords = csv.writer(keywords, lineterminator="\n")
        self._movies.writerow(MOVIE_COLUMNS)
        self._credits.writerow(CREDITS_COLUMNS)
        self._keywords.writerow(KEYWORDS_COLUMNS)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the three files."""
        self._open_files.close()

    def _create(self, file_name: str) -> TextIO:
        return (self._folder / file_name).open("w", encoding="utf-8", newline="")

    def write_movie(self, movie: Mapping[str, Cell], break_at: int | None = None) -> None:
        """Write a film to movies_metadata.csv, whole or broken over two lines.

        Three records of the real file are broken inside the overview. Neither line is quoted over
        the break, so a reader sees two records: the first stops early (10 fields), and the second
        begins with the rest of the overview, which moves every later field to a column that is
        not its own (15 fields).

        Parameters
        ----------
        movie
            The cells of the film, by column. A missing one is empty.
        break_at
            Number of characters of the overview on the first line of a broken record.

        Raises
        ------
        SampleError
            If the file has no such column.
        """
        unknown = movie.keys() - set(MOVIE_COLUMNS)
        if unknown:
            raise SampleError(f"{MOVIES_FILE} has no column {', '.join(sorted(unknown))}")
        row = [literal_cell(movie.get(column, "")) for column in MOVIE_COLUMNS]
        if break_at is None:
            self._movies.writerow(row)
        else:
            overview = row[_OVERVIEW]
            self._movies.writerow([*row[:_OVERVIEW], overview[:break_at]])
            self._movies.writerow([overview[break_at:], *row[_OVERVIEW + 1 :]])

    def write_credits(self, film_id: str, cast: Cell, crew: Cell) -> None:
        """Write a record of credits.csv.

        Parameters
        ----------
        film_id
            The film's id.
        cast, crew
            The cells.
        """
        self._credits.writerow((literal_cell(cast), literal_cell(crew), film_id))

    def write_keywords(self, film_id: str, keywords: Cell) -> None:
        """Write a record of keywords.csv.

        Parameters
        ----------
        film_id
            The film's id.
        keywords
            The cell.
        """
        self._keywords.writerow((film_id, literal_cell(keywords)))
