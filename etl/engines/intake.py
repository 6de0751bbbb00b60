"""Taking raw records in: cleaned, unnested, their words counted, and each of them accounted for."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd

from etl.catalogue.catalogue import assemble, film_texts, sort_films
from etl.catalogue.words import count_words, merge_counts
from etl.clean.records import (
    NO_SUCH_FILM,
    clean_entries,
    clean_films,
    select_cells,
    select_entries,
    select_films,
)
from etl.clean.tidied import to_own_array
from etl.clean.tolerance import check_tolerance
from etl.clean.unnest import CREDIT_LISTS, KEYWORD_LISTS, MOVIE_LISTS, unnest
from etl.engines.memory import give_back_memory
from etl.errors import RawInputError
from etl.extract.akas import read_akas
from etl.extract.ratings import NO_FILM, read_links, read_ratings
from etl.extract.raw_files import read_batches
from etl.quarantine import Quarantine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    import pyarrow as pa

    from cartelera.contract.release_format import RowCounts
    from etl.catalogue.catalogue import Catalogue
    from etl.catalogue.words import WordCounts
    from etl.clean.records import Selected
    from etl.clean.tolerance import Tolerance
    from etl.clean.unnest import NestedCells, NestedColumn, Unnested
    from etl.engines.options import Options
    from etl.engines.runners.workers import Workers
    from etl.extract.ratings import Ratings
    from etl.extract.raw_files import Batch, RawFile, RawFolder
    from etl.progress import Stages

    type ReadBatches = Callable[[Callable[[int], None]], Iterable[Batch]]

# The records of films that are not there that are kept whole: of half of the films, the others'
# credits would be most of a release.
_MOST_OF_OTHER_FILMS = 1_000


class Source(NamedTuple):
    """A raw file, or some records of it; its size is in bytes."""

    # Its place among the raw files; the movies have the first.
    number: int
    name: str
    size: int
    # Yields its batches; the argument hears of bytes as they are read.
    read: ReadBatches
    # Those that are unnested from it.
    lists: Mapping[str, NestedColumn]


def sources_of(raw: RawFolder, batch_rows: int) -> list[Source]:
    """Return the raw files as sources, the movies first.

    Parameters
    ----------
    raw
        The files.
    batch_rows
        How many records a source yields at a time.
    """
    lists = {"movies": MOVIE_LISTS, "credits": CREDIT_LISTS, "keywords": KEYWORD_LISTS}
    if raw.keywords is None and "keywords" in raw.movies.shape.columns:
        lists["movies"] = MOVIE_LISTS | KEYWORD_LISTS
    return [
        Source(
            number,
            file.name,
            file.size,
            partial(read_batches, file, batch_rows=batch_rows),
            lists[file.role.name],
        )
        for number, file in enumerate(raw.of_data_set)
    ]


class Ledger:
    """What became of every raw record."""

    def __init__(self) -> None:
        self.quarantine = Quarantine()
        # The files that were closed as sources of films.
        self.of_films: list[str] = []
        # By file, how many records were read, kept and set aside; there once the file is closed.
        self.rows: dict[str, RowCounts] = {}
        # By file, how many records were read.
        self.read_of: Counter[str] = Counter()

    def read(self, file: str, batch: Batch) -> pd.DataFrame:
        """Count a batch of a file, and return its whole records.

        Parameters
        ----------
        file
            The file's name.
        batch
            What was read of it. Its broken records are set aside.
        """
        self.read_of[file] += batch.read
        self.quarantine.extend(batch.broken)
        return batch.records

    def keep(self, selected: Selected) -> pd.DataFrame:
        """Return the rows that were kept, and set the others aside."""
        self.quarantine.extend(selected.set_aside)
        return selected.records

    def close(self, source: Source, tolerance: Tolerance) -> None:
        """Account for a file of which every record has been read and judged.

        Parameters
        ----------
        source
            The file.
        tolerance
            The share of its records that may break a rule.

        Raises
        ------
        ContractError
            When more of its records break a rule than `tolerance` allows.
        RawInputError
            When it is the movies' and no record was kept.
        """
        name, set_aside = source.name, self.quarantine.records(source.name)
        self.of_films.append(name)
        self.quarantine.shorten(name, NO_SUCH_FILM, _MOST_OF_OTHER_FILMS)
        read = self.read_of[name]
        kept = read - sum(set_aside.values())
        unused = self.quarantine.fields(name)
        self.rows[name] = {
            "read": read,
            "kept": kept,
            "set_aside": set_aside,
            "unused_fields": unused,
        }
        check_tolerance(self.quarantine, name, read, tolerance)
        if not source.number and not kept:
            raise RawInputError(f"{name} holds no film that can be used; set aside: {set_aside}")


class Intake:
    """Reads and cleans raw records: all that there are, or all that some films have."""

    def __init__(
        self, stages: Stages, workers: Workers, batch_rows: int, tolerance: Tolerance | None
    ) -> None:
        """Open the account.

        Parameters
        ----------
        stages, workers
            The first shows how far it is; the others unnest and count words.
        batch_rows
            How many records of a file are read, and unnested, at a time.
        tolerance
            What of a file's records may break a rule; None where they are a part of a file, which
            is not judged by itself.
        """
        self.ledger = Ledger()
        self._stages = stages
        self.batch_rows = batch_rows
        self._workers = workers
        self._tolerance = tolerance

    def take_in(self, sources: Sequence[Source]) -> tuple[Catalogue, dict[str, WordCounts]]:
        """Return the catalogue of some sources, the movies first, and the words of its texts.

        Raises
        ------
        ContractError, RawInputError
            As `Ledger.close`; the latter also when a file cannot be read.
        """
        movies, *others = sources
        films, lists = self._films(movies)
        counting = {
            text: self._workers.start(count_words, [*map(to_own_array, self._parts(texts))])
            for text, texts in film_texts(films).items()
        }
        known = frozenset(films["id"])
        for source in others:
            lists |= self._entries(source, known)
        with self._stages.stage("Counting words"):
            words = {text: merge_counts(counts) for text, counts in counting.items()}
        give_back_memory()
        with self._stages.stage("Putting the catalogue in order"):
            return assemble(films, lists), words

    def judge(self, sources: Sequence[Source]) -> None:
        """Account for the records of some sources, the movies first, and make nothing of them."""
        movies, *others = sources
        known = frozenset(self._films(movies)[0]["id"])
        for source in others:
            self._entries(source, known)

    def _films(self, source: Source) -> tuple[pd.DataFrame, dict[str, pd.DataFrame]]:
        """Return the cleaned films, in look-up order, and the lists of their own file."""
        name, ledger = source.name, self.ledger
        with self._reading(source) as advance:
            batches = [ledger.read(name, batch) for batch in source.read(advance)]
        with self._stages.stage("Cleaning the films"):
            selected = ledger.keep(select_films(pd.concat(batches, ignore_index=True), name))
            batches.clear()
            give_back_memory()
            cells = (select_cells(part, name, source.lists) for part in self._parts(selected))
            unnested = self._unnest(cells, source)
            films = ledger.keep(clean_films(selected, name))
            lists = self._collect(unnested, source)
            for column, entries in lists.items():
                lists[column] = entries[entries["film"].isin(films["id"])]
        self.close(source)
        return sort_films(films), lists

    def _entries(self, source: Source, films: frozenset[int]) -> dict[str, pd.DataFrame]:
        """Return the lists of a source of credits or keywords, those of the `films`."""
        seen: dict[int, int] = {}

        def records(batches: Iterable[Batch]) -> Iterator[NestedCells]:
            for batch in batches:
                read = self.ledger.read(source.name, batch)
                kept = self.ledger.keep(select_entries(read, source.name, films, seen))
                yield select_cells(kept, source.name, source.lists)

        with self._reading(source) as advance:
            lists = self._collect(self._unnest(records(source.read(advance)), source), source)
        self.close(source)
        return lists

    def _unnest(self, records: Iterable[NestedCells], source: Source) -> Iterator[Unnested]:
        return self._workers.map(partial(unnest, lists=source.lists), records)

    def _collect(self, unnested: Iterable[Unnested], source: Source) -> dict[str, pd.DataFrame]:
        tables: dict[str, list[pa.Table]] = {column: [] for column in source.lists}
        for part in unnested:
            self.ledger.quarantine.extend(part.set_aside)
            for column, table in part.tables.items():
                tables[column].append(table)
        return {
            column: self.ledger.keep(clean_entries(tables[column], nested, source.name))
            for column, nested in source.lists.items()
        }

    def _parts[Rows: (pd.DataFrame, pd.Series)](self, rows: Rows) -> Iterator[Rows]:
        for start in range(0, len(rows), self.batch_rows):
            yield rows.iloc[start : start + self.batch_rows]

    def _reading(self, source: Source) -> AbstractContextManager[Callable[[int], None]]:
        return self._stages.stage(f"Reading {source.name}", source.size)

    def close(self, source: Source) -> None:
        """Account for a source that has been taken in; see `Ledger.close`."""
        if self._tolerance is not None:
            self.ledger.close(source, self._tolerance)
        give_back_memory()


def take_in_akas(
    file: RawFile, imdb_ids: pd.Series[str], ledger: Ledger, stages: Stages, options: Options
) -> pd.DataFrame:
    """Return the other names of films, and account for the file: see `read_akas`.

    Its lines that are of no use here are counted and not quarantined: they are tens of millions.

    Parameters
    ----------
    file
        IMDb's file.
    imdb_ids
        The id of each film of the catalogue at IMDb, null where it is not known.
    ledger
        Takes the number of lines, and the broken ones.
    stages
        Show how far it is.
    options
        Which names are taken, and how many lines may be broken.

    Raises
    ------
    ContractError, RawInputError
        When more lines are broken than `options` tolerate, or it cannot be read.
    """
    name = file.name
    with stages.stage(f"Reading {name}", file.size) as advance:
        akas = read_akas(file, imdb_ids, options.akas, advance)
    ledger.quarantine.extend(akas.broken)
    ledger.rows[name] = {
        "read": akas.read,
        "kept": len(akas.names),
        "set_aside": akas.set_aside,
        "unused_fields": {},
    }
    check_tolerance(ledger.quarantine, name, akas.read, options.tolerance)
    return akas.names


def take_in_ratings(
    raw: RawFolder, films: pd.DataFrame, ledger: Ledger, stages: Stages, options: Options
) -> Ratings | None:
    """Return who rated which of the films, and account for MovieLens' files; None without them.

    As with IMDb's titles, lines that are of no use here are counted and not quarantined.

    Parameters
    ----------
    raw
        The raw files.
    films
        The catalogue's, with `id` and `imdb_id`.
    ledger
        Takes the number of lines, and the broken ones.
    stages
        Show how far it is.
    options
        How many lines may be broken.

    Raises
    ------
    ContractError, RawInputError
        When more lines are broken than `options` tolerate, or a file cannot be read.
    """
    if raw.ratings is None or raw.links is None:
        return None
    with stages.stage(f"Reading {raw.links.name}"):
        links = read_links(raw.links)
        rows = links.rows(films["id"].to_numpy(np.int64), films["imdb_id"])
    name, file = raw.ratings.name, raw.ratings
    with stages.stage(f"Reading {name}", file.size) as advance:
        ratings = read_ratings(file, links, rows, advance)
    ledger.quarantine.extend(ratings.broken)
    found = int((rows >= 0).sum())
    missing = {NO_FILM: len(rows) - found} if found < len(rows) else {}
    of_files = {
        raw.links.name: (len(rows), found, missing),
        name: (ratings.read, len(ratings.films), dict(ratings.set_aside)),
    }
    for own, (read, kept, set_aside) in of_files.items():
        ledger.rows[own] = {
            "read": read,
            "kept": kept,
            "set_aside": set_aside,
            "unused_fields": {},
        }
    check_tolerance(ledger.quarantine, name, ratings.read, options.tolerance)
    return ratings
