"""Other titles of films, from IMDb's `title.akas.tsv`.

It has tens of millions of lines: they are read as a stream, and only the names of the catalogue's
films are kept. Its layout is described at https://developer.imdb.com/non-commercial-datasets/.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from cartelera.contract.names import MAX_NAME_LENGTH, tidy
from cartelera.contract.tables import FILM
from etl.errors import RawInputError
from etl.extract.raw_files import BROKEN
from etl.extract.streams import open_bytes
from etl.quarantine import Rejection, excerpt

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from etl.extract.raw_files import RawFile

NO_FILM = "film is not in the catalogue"
WORKING = "working title"
OTHER_LANGUAGE = "of another language or region"
NO_TITLE = f"no title of up to {MAX_NAME_LENGTH} characters"

_NAMES = pa.schema([(FILM, pa.int64()), ("name", pa.string())])
_COLUMNS = ("titleId", "title", "region", "language", "types", "isOriginalTitle")
# Of a list, such as `types`; IMDb's page names no separator, its files have this one.
_SEPARATOR = "\x02"
_WORKING = rf"(^|[{_SEPARATOR},])working($|[{_SEPARATOR},])"
# In bytes: what is in memory at a time. No line may be longer.
_BLOCK = 1 << 20
# A file with more broken lines than these is another one.
_MOST_BROKEN = 10_000


class AkaChoice(NamedTuple):
    """The names to take: those of some languages, and of some regions where no language is said.

    Languages are ISO 639-1 codes, regions ISO 3166-1 codes. A region's other languages are left
    out: Spain has Catalan, Basque and Galician titles. Original titles are always taken.
    """

    languages: tuple[str, ...] = ("es",)
    regions: tuple[str, ...] = (
        *("ES", "AR", "BO", "CL", "CO", "CR", "CU", "DO", "EC", "GT", "HN", "MX", "NI", "PA"),
        *("PE", "PR", "PY", "SV", "UY", "VE"),
    )


DEFAULT_CHOICE = AkaChoice()


class Akas(NamedTuple):
    """The other names of films: `film`, its row, and `name`; and what became of the others."""

    names: pd.DataFrame
    read: int
    set_aside: dict[str, int]
    broken: list[Rejection]


def read_akas(
    file: RawFile,
    imdb_ids: pd.Series[str],
    choice: AkaChoice,
    on_bytes: Callable[[int], None] = lambda _: None,
    block_bytes: int = _BLOCK,
) -> Akas:
    """Read the names of films, and leave what was read of the file as its `source`.

    Parameters
    ----------
    file
        The file.
    imdb_ids
        The id of each film of the catalogue at IMDb, null where it is not known.
    choice
        Which names to take.
    on_bytes
        Called with the number of bytes read since the last time.
    block_bytes
        How much of the file is in memory at a time; a line may not be longer.

    Raises
    ------
    RawInputError
        When it cannot be read, or lacks a column.
    """
    name = file.name
    known = pa.array(imdb_ids, pa.string())
    broken: list[Rejection] = []
    aside = dict.fromkeys((BROKEN, NO_FILM, WORKING, OTHER_LANGUAGE, NO_TITLE), 0)
    kept: list[pa.Table] = []
    read = reported = 0

    def reject(row: csv.InvalidRow) -> str:
        aside[BROKEN] += 1
        if len(broken) < _MOST_BROKEN:
            detail = f"{row.actual_columns} fields instead of {row.expected_columns}"
            broken.append(Rejection(name, row.number or 0, None, BROKEN, excerpt(row.text), detail))
        return "skip"

    with open_bytes(file.path, file.member) as hashed:
        stream = pa.PythonFile(hashed, "r")
        if name.endswith(".gz"):
            stream = pa.CompressedInputStream(stream, "gzip")
        try:
            for batch in csv.open_csv(
                stream,
                # Threads would not know the numbers of broken lines.
                csv.ReadOptions(use_threads=False, block_size=block_bytes),
                # It has no quotes: one that a title begins with is its own.
                csv.ParseOptions(delimiter="\t", quote_char=False, invalid_row_handler=reject),
                csv.ConvertOptions(
                    include_columns=_COLUMNS,
                    column_types=dict.fromkeys(_COLUMNS, pa.string()),
                    null_values=["\\N"],
                    strings_can_be_null=True,
                ),
            ):
                read += len(batch)
                kept.append(_select(pa.table(batch), known, choice, aside))
                on_bytes(hashed.size - reported)
                reported = hashed.size
        except (pa.ArrowException, KeyError, OSError) as error:
            raise RawInputError(f"{name} cannot be read: {error}") from error
    if aside[BROKEN] > _MOST_BROKEN:
        raise RawInputError(f"{name} has {aside[BROKEN]:,} lines that are not of its columns")
    file.source = hashed.describe(name)
    names = pa.concat_tables([_NAMES.empty_table(), *kept]).to_pandas()
    return Akas(
        names.sort_values(FILM, kind="stable", ignore_index=True),
        read + aside[BROKEN],
        {reason: count for reason, count in aside.items() if count},
        broken,
    )


def _select(lines: pa.Table, known: pa.Array, choice: AkaChoice, aside: dict[str, int]) -> pa.Table:
    """Return the names in some lines that are wanted, and count the others by reason."""

    def keep(rows: pa.Table, wanted: pa.ChunkedArray, reason: str) -> pa.Table:
        kept = rows.filter(wanted)
        aside[reason] += len(rows) - len(kept)
        return kept

    films = pc.index_in(lines["titleId"], known, skip_nulls=True)
    lines = keep(lines.append_column(FILM, films), films.is_valid(), NO_FILM)
    working = pc.match_substring_regex(lines["types"], _WORKING)
    lines = keep(lines, pc.invert(pc.fill_null(working, fill_value=False)), WORKING)
    wanted = pc.or_(
        pc.is_in(lines["language"], pa.array(choice.languages)),
        pc.and_(pc.is_null(lines["language"]), pc.is_in(lines["region"], pa.array(choice.regions))),
    )
    original = pc.fill_null(pc.equal(lines["isOriginalTitle"], "1"), fill_value=False)
    lines = keep(lines, pc.or_(wanted, original), OTHER_LANGUAGE)
    names = [tidy(title or "") for title in lines["title"].to_pylist()]
    sound = pa.array([0 < len(name) <= MAX_NAME_LENGTH for name in names], pa.bool_())
    columns = [lines[FILM].cast(pa.int64()), pa.array(names, pa.string())]
    return keep(pa.table(columns, schema=_NAMES), sound, NO_TITLE)
