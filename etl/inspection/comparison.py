"""Two releases side by side: which films came, went and changed, and which tables' rows differ."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from cartelera.contract.formats.block_format import is_partitioned
from cartelera.contract.release_format import CATALOG
from cartelera.contract.tables import KEY, TABLES
from etl.release.verification import read_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from obstore.store import ObjectStore

    from cartelera.contract.tables import TableSchema
    from etl.release.verification import VerifiedRelease


class ComparedFilm(NamedTuple):
    """A film of either release, and the columns in which it differs between them."""

    id: int
    title: str
    year: int
    votes: int
    differs: tuple[str, ...] = ()


class TableDifference(NamedTuple):
    """The rows of a table: how many there were and are, came, went and changed."""

    route: str
    before: int
    after: int
    came: int
    went: int
    changed: int


class Comparison(NamedTuple):
    """What differs between two releases.

    Attributes
    ----------
    came, went, changed
        The films, the best known first; those that changed as they are now.
    columns
        By column of the catalogue that differs: in how many films of both.
    only_before, only_after
        The columns that one of the catalogues alone has.
    tables
        The look-up tables whose rows differ.
    """

    came: list[ComparedFilm]
    went: list[ComparedFilm]
    changed: list[ComparedFilm]
    columns: dict[str, int]
    only_before: list[str]
    only_after: list[str]
    tables: list[TableDifference]


def compare(store: ObjectStore, before: VerifiedRelease, after: VerifiedRelease) -> Comparison:
    """Compare two releases of a place.

    Films are told apart by their id, rows of tables by key and id or name. Columns that number
    rows do not count: one new film moves all that come after it.

    Parameters
    ----------
    store
        The place.
    before, after
        Two releases in it.

    Raises
    ------
    PublishError, UnsoundError
        When one of them has gone since it was verified, or cannot be read.
    """
    old, new = (read_table(store, each.manifest["release"], CATALOG) for each in (before, after))
    old_ids, new_ids = (each["id"].to_numpy() for each in (old, new))
    _, old_rows, new_rows = np.intersect1d(old_ids, new_ids, return_indices=True)
    shared = [name for name in new.column_names if name in old.column_names]
    old_films, new_films = old.take(old_rows), new.take(new_rows)
    differs = {
        name: _differ(old_films[name].combine_chunks(), new_films[name].combine_chunks())
        for name in shared
    }
    changed = np.flatnonzero(np.any([*differs.values()], axis=0))
    columns = Counter({name: int(rows.sum()) for name, rows in differs.items() if rows.any()})
    return Comparison(
        _films(new.filter(~np.isin(new_ids, old_ids))),
        _films(old.filter(~np.isin(old_ids, new_ids))),
        _films(
            new_films.take(changed),
            [tuple(name for name in shared if differs[name][row]) for row in changed],
        ),
        dict(columns.most_common()),
        [name for name in old.column_names if name not in shared],
        [name for name in new.column_names if name not in shared],
        [each for schema in TABLES if (each := _compare_table(store, before, after, schema))],
    )


def _films(films: pa.Table, differs: Sequence[tuple[str, ...]] = ()) -> list[ComparedFilm]:
    columns = films.select(["id", "title", "release_year", "vote_count"]).to_pydict().values()
    rows = zip(*columns, differs or [()] * len(films), strict=True)
    return sorted(map(ComparedFilm._make, rows), key=lambda film: (-film.votes, film.id))


def _differ(before: pa.Array, after: pa.Array) -> NDArray[np.bool_]:
    """Return in which rows two columns of the same length differ; null is equal to null."""
    if before.type != after.type:
        return np.ones(len(before), np.bool_)
    if pa.types.is_struct(before.type):
        fields = range(before.type.num_fields)
        own = _unequal(before.is_null(), after.is_null())
        return np.any([own, *(_differ(before.field(i), after.field(i)) for i in fields)], axis=0)
    if pa.types.is_list(before.type):
        lengths = (pc.list_value_length(each) for each in (before, after))
        rows = _differ(*lengths)
        # Where there are as many entries, they lie side by side once the others are left out.
        alike = pa.array(~rows)
        entries = [pc.list_flatten(each.filter(alike)) for each in (before, after)]
        parents = pc.list_parent_indices(before.filter(alike)).to_numpy()
        rows[np.flatnonzero(~rows)[parents[_differ(*entries)]]] = True
        return rows
    nulls = _unequal(before.is_null(), after.is_null())
    return nulls | _unequal(before, after)


def _unequal(before: pa.Array, after: pa.Array) -> NDArray[np.bool_]:
    unequal: NDArray[np.bool_] = (
        pc.not_equal(before, after).fill_null(fill_value=False).to_numpy(zero_copy_only=False)
    )
    return unequal


def _compare_table(
    store: ObjectStore,
    before: VerifiedRelease,
    after: VerifiedRelease,
    schema: TableSchema[Any],
) -> TableDifference | None:
    """Return how the rows of a table differ; None if they do not."""
    files = [_hashes(each, schema) for each in (before, after)]
    if files[0] == files[1]:
        return None
    # Not the rows themselves: those of all people are more than all else in memory.
    (old, old_rows), (new, new_rows) = (
        np.fromiter(_row_hashes(store, each, schema), np.dtype((np.int64, 2))).reshape(-1, 2).T
        for each in (before, after)
    )
    known = np.isin(new, old)
    difference = TableDifference(
        schema.route,
        len(old),
        len(new),
        int((~known).sum()),
        int((~np.isin(old, new)).sum()),
        int((known & ~np.isin(new_rows, old_rows)).sum()),
    )
    return difference if any(difference[3:]) else None


def _hashes(release: VerifiedRelease, schema: TableSchema[Any]) -> dict[str, str]:
    folder = schema.path.rpartition(".")[0]
    return {
        path: entry["sha256"]
        for path, entry in release.manifest["files"].items()
        if path == schema.path or path.startswith(f"{folder}/")
    }


def _row_hashes(
    store: ObjectStore, release: VerifiedRelease, schema: TableSchema[Any]
) -> Iterator[tuple[int, int]]:
    """Yield the hash of what tells a row from others, and that of the row."""
    told_apart = [name for name in ("id", schema.name) if name in schema.fields][:1]
    columns = [KEY, *schema.fields]
    places = [columns.index(name) for name in (KEY, *told_apart)]
    for row in _rows(store, release, schema, columns):
        yield hash(tuple(row[place] for place in places)), hash(row)


def _rows(
    store: ObjectStore, release: VerifiedRelease, schema: TableSchema[Any], columns: list[str]
) -> Iterator[tuple[Any, ...]]:
    if is_partitioned(schema, release.manifest["files"]):
        table = release.table(schema)
        for position in range(len(table)):
            yield tuple(table.value(column, position) for column in columns)
    else:
        whole = read_table(store, release.manifest["release"], schema.path, columns)
        yield from zip(*whole.select(columns).to_pydict().values(), strict=True)
