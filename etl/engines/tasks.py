"""Files of a release that another process may make, while the main one goes on.

Each is a task of its own: what it is given can be pickled, or lies in a file. It leaves what it
makes in the release's folder, and returns that by path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cartelera.contract.formats.film_facts import FACTS_FOLDER
from cartelera.contract.formats.film_lists import FILM_LISTS
from cartelera.contract.formats.name_index import NAME_INDEX
from cartelera.contract.release_format import CATALOG
from etl.clean.schemas import UNPUBLISHED_COLUMNS
from etl.release.block_writer import FilmLinesWriter, write_blocks
from etl.release.dictionary import annotate
from etl.release.files import ReleaseFile, Spool
from etl.release.table_files import write_batches
from etl.tables.film_facts import film_facts

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

    from cartelera.contract.tables import TableSchema
    from etl.release.block_writer import BlockSizes
    from etl.release.files import SpooledFile, TableFile
    from etl.tables.film_lists import FilmLists
    from etl.tables.search import SearchedNames

    type Files = dict[str, SpooledFile]


def make_catalog(folder: Path, films: TableFile, count: int) -> Files:
    """Make the catalogue as it is published.

    Parameters
    ----------
    folder
        Where a release's files wait.
    films
        The catalogue, with `UNPUBLISHED_COLUMNS` beside; each of its pieces is a row group.
    count
        How many they are.
    """
    spool = Spool(folder)
    published = (
        annotate(CATALOG, piece.drop_columns([*UNPUBLISHED_COLUMNS])) for piece in films.read()
    )
    with spool.writing(CATALOG, count) as sink:
        write_batches(sink, published)
    return spool.files


def make_facts(folder: Path, films: TableFile, sizes: BlockSizes) -> Files:
    """Make the facts of each film.

    Parameters
    ----------
    folder
        Where a release's files wait.
    films
        As `make_catalog` takes them.
    sizes
        How large blocks are.
    """
    spool, writer = Spool(folder), FilmLinesWriter(FACTS_FOLDER, sizes)
    for piece in films.read():
        for facts in film_facts(piece):
            spool.add(writer.add(facts))
    spool.add(writer.end())
    return spool.files


def make_lists(folder: Path, films: TableFile, lists: FilmLists) -> Files:
    """Make what films are listed by.

    Parameters
    ----------
    folder, films
        As `make_catalog` takes them.
    lists
        It has seen the tables of names.
    """
    spool = Spool(folder)
    for piece in films.read():
        lists.add(piece)
    spool.add([(FILM_LISTS, ReleaseFile(*lists.file()))])
    return spool.files


def make_blocks(
    folder: Path,
    schema: TableSchema[Any],
    rows: TableFile,
    films: pa.Table,
    sizes: BlockSizes,
) -> Files:
    """Make the files of a table in blocks.

    Parameters
    ----------
    folder
        Where a release's files wait.
    schema, rows, films, sizes
        As `write_blocks` takes them, but for the rows, which lie in a file.
    """
    spool = Spool(folder)
    spool.add(write_blocks(schema, rows.read(), films, sizes))
    return spool.files


def make_name_index(folder: Path, searched: SearchedNames) -> Files:
    """Make the index of names.

    Parameters
    ----------
    folder
        Where a release's files wait.
    searched
        It has seen all tables.
    """
    spool = Spool(folder)
    spool.add([(NAME_INDEX, ReleaseFile(*searched.index()))])
    return spool.files
