"""Films in parts come out of the plan as all at once, whatever carries the parts about."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from cartelera.contract.tables import GET_ACTOR
from etl.clean.unnest import LISTS
from etl.engines.intake import sources_of
from etl.engines.parts import film_rows, part_of, raw_rows, take_in
from etl.engines.plan import run_steps
from etl.engines.runners.local import LocalRunner
from etl.extract.raw_files import BATCH_ROWS, find_raw
from etl.features.hyperparameters import tuned
from etl.quarantine import LINE
from etl.release.block_writer import split_into_blocks
from etl.tables.tables import build_tables

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from etl.catalogue.catalogue import Order
    from etl.engines.plan import Outcome
    from etl.engines.steps import Shared, Step

WEIGHTS = tuned().weights
GROUPS = 3
# Of the names of a kind, and no kind of the sample's people has more than the last.
PIECE = 500
MAX_NAMES = 5_000


@dataclass
class PartsTable:
    """What a step gives of each part, and what all of it is added up to."""

    of_part: Callable[[int, str], pa.Table]
    parts: int

    def read(self, kind: str) -> pa.Table:
        return pa.concat_tables(self.pieces(kind))

    def pieces(self, kind: str) -> Iterator[pa.Table]:
        return (self.of_part(number, kind) for number in range(self.parts))


class PartsRunner:
    """Runs steps on films in parts, of which each knows the rows of its own keys alone."""

    def __init__(self, rows: pa.Table, size: int) -> None:
        starts = range(0, len(rows), size)
        self._parts = [part_of(rows.slice(start, size), start) for start in starts]
        self._whole = part_of(rows, 0).catalogue
        self.films = len(rows)

    def frame(self, columns: Sequence[str]) -> pd.DataFrame:
        return self._whole.films[list(columns)]

    def catalogue(self) -> Iterator[pa.Table]:
        raise NotImplementedError

    def map(self, step: Step, shared: Callable[[int], Shared] | None = None) -> PartsTable:
        @cache
        def of_part(number: int, kind: str) -> pa.Table:
            given = [shared(number)] if shared else []
            found = step.work(self._parts[number], kind, *given)
            assert found.schema.equals(step.schema)
            return found

        return PartsTable(of_part, len(self._parts))

    def sum(
        self, table: PartsTable, *by: str, least: Mapping[str, int] | None = None
    ) -> PartsTable:
        def all_of(_: int, kind: str) -> pa.Table:
            rows = added(table.read(kind), list(by))
            return rows.filter(pc.greater_equal(rows["films"], least[kind])) if least else rows

        return PartsTable(all_of, 1)

    def group(self, table: PartsTable, by: str, work: Callable[[pa.Table], pa.Table]) -> PartsTable:
        def of_group(number: int, kind: str) -> pa.Table:
            rows = table.read(kind)
            own = [zlib.crc32(name.encode()) % GROUPS == number for name in rows[by].to_pylist()]
            return work(rows.filter(pa.array(own)))

        return PartsTable(of_group, GROUPS)

    def order(self, table: PartsTable, order: Order) -> PartsTable:
        def in_order(number: int, kind: str) -> pa.Table:
            rows = table.read(kind).sort_by(list(order))
            return rows.slice(number * PIECE, PIECE)

        return PartsTable(in_order, 1 + MAX_NAMES // PIECE)

    def keep(self, table: PartsTable) -> PartsTable:
        return table

    def share(
        self, table: PartsTable, rows: Mapping[str, Callable[[], pa.Table]], by: str
    ) -> Callable[[int], Shared]:
        def of_part(number: int, kind: str) -> pa.Table:
            keys = table.of_part(number, kind)[by].to_pandas()
            own = rows[kind]().to_pandas()
            # In any order.
            own = own[own[by].isin(keys)].iloc[::-1]
            return pa.Table.from_pandas(own, schema=rows[kind]().schema, preserve_index=False)

        return lambda number: partial(of_part, number)

    def later[Result](self, work: Callable[[], Result]) -> Callable[[], Result]:
        return work

    def finish(self) -> None:
        pass


def added(rows: pa.Table, by: list[str]) -> pa.Table:
    """Add numbers up by key, in the order in which keys first occur; keep the first of others."""
    frame = rows.to_pandas()
    others = {
        field.name: "sum" if pa.types.is_integer(field.type) else "first"
        for field in rows.schema
        if field.name not in by
    }
    if not others:
        frame = frame.drop_duplicates()
    else:
        frame = frame.groupby(by, sort=False, dropna=False, as_index=False).agg(others)
    return pa.Table.from_pandas(frame, schema=rows.schema, preserve_index=False)


@pytest.fixture(scope="module")
def rows(raw_sample: Path) -> pa.Table:
    """The sample's films, as rows."""
    headers, records = {}, []
    for source in sources_of(find_raw(raw_sample), BATCH_ROWS):
        for batch in source.read(lambda _: None):
            columns = tuple(batch.records.columns.drop(LINE))
            headers[source.number] = source.name, columns, source.lists
            records.append(raw_rows(source.number, batch.records))
    films, _ = take_in(pa.concat_tables(records), headers)
    return films


@pytest.fixture(scope="module")
def whole(rows: pa.Table) -> Outcome:
    return run_steps(LocalRunner(part_of(rows, 0)), WEIGHTS)


@pytest.fixture(params=[20, 1_000])
def parted(request: pytest.FixtureRequest, rows: pa.Table) -> Outcome:
    return run_steps(PartsRunner(rows, request.param), WEIGHTS)


def test_films_are_the_same_after_they_were_rows(rows: pa.Table) -> None:
    assert film_rows(part_of(rows, 0)).equals(rows)


def test_parts_that_know_their_own_features_alone_are_weighed_as_one_whole(
    rows: pa.Table, parted: Outcome
) -> None:
    (features, aliases) = parted.features()

    expected, of_whole = run_steps(LocalRunner(part_of(rows, 0)), WEIGHTS).features()
    pd.testing.assert_frame_equal(features.names, expected.names)
    assert aliases == of_whole
    assert features.matrix.indptr.tolist() == expected.matrix.indptr.tolist()
    assert features.matrix.indices.tolist() == expected.matrix.indices.tolist()
    # To the last bit.
    assert features.matrix.data.tobytes() == expected.matrix.data.tobytes()


@pytest.mark.parametrize("name", LISTS)
def test_the_lists_of_parts_are_counted_as_those_of_the_whole(
    whole: Outcome, parted: Outcome, name: str
) -> None:
    found, expected = parted.explored.counted(name), whole.explored.counted(name)

    for by, values in expected.frequencies.items():
        assert by_key(found.frequencies[by], "value") == by_key(values, "value")
    assert by_key(found.lengths, "decade", "length") == by_key(expected.lengths, "decade", "length")
    assert found.reached.tolist() == expected.reached.tolist()


def by_key(rows: pa.Table, *keys: str) -> list[dict[str, object]]:
    in_order: list[dict[str, object]] = rows.sort_by(
        [(key, "ascending") for key in keys]
    ).to_pylist()
    return in_order


def test_the_words_of_parts_are_those_of_the_whole(whole: Outcome, parted: Outcome) -> None:
    assert parted.explored.title_words() == whole.explored.title_words()


def test_the_tables_of_parts_are_those_of_the_whole(whole: Outcome, parted: Outcome) -> None:
    expected = dict(build_tables(whole.aggregates))

    found: dict[str, list[pa.Table]] = {}
    for path, piece in build_tables(parted.aggregates):
        found.setdefault(path, []).append(piece)

    assert found.keys() == expected.keys()
    for path, pieces in found.items():
        assert pa.concat_tables(pieces).equals(expected[path]), path


def test_tables_are_the_same_however_many_rows_are_summed_up_and_ordered_at_a_time(
    rows: pa.Table, whole: Outcome
) -> None:
    few = run_steps(LocalRunner(part_of(rows, 0), grouped_rows=100, piece_rows=70), WEIGHTS)

    found = dict(split_into_blocks(build_tables(few.aggregates)))

    expected = dict(split_into_blocks(build_tables(whole.aggregates)))
    assert sum(path == GET_ACTOR.path for path, _ in build_tables(few.aggregates)) > 1
    assert found == expected
