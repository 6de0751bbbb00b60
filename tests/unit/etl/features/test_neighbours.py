"""What is found for all films at once is what the model says of each."""

from __future__ import annotations

from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartelera.contract.ranking import FILM_RANKING
from cartelera.recommend.query import Query
from etl.errors import JobError
from etl.features.neighbours import SCHEMA, find_neighbours, write_neighbours
from tests.models import make_item_weights, make_model, sparse_models

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cartelera.recommend.item_weights import ItemWeights
    from cartelera.recommend.model import Model

    # A film, one beside it, its place there, their cosine and its score.
    type Row = tuple[int, int, int, float, float]

TOGETHER = FILM_RANKING.per_collection


counts = st.integers(1, 7)


def by_film(model: Model, count: int, item_weights: ItemWeights | None = None) -> list[Row]:
    """Ask the model for one film after the other, as the API does."""
    rows: list[Row] = []
    for film in range(model.films):
        query = Query.of_film(model, film, FILM_RANKING, item_weights)
        similarities, scores = query.similarities, query.scores()
        chosen = model.top_n(
            scores,
            count,
            FILM_RANKING.diversity,
            FILM_RANKING.per_collection,
            np.arange(model.films) != film,
        )
        rows += [
            (film, other, place, float(similarities[other]), float(scores[other]))
            for place, other in enumerate(chosen, 1)
        ]
    return rows


def rows_of(found: Iterator[pa.Table]) -> list[Row]:
    return [tuple(row.values()) for batch in found for row in batch.to_pylist()]


# As many proposed as in the job, or fewer, so that others come in more often.
@given(sparse_models(), counts, st.none() | st.integers(1, 16))
def test_all_at_once_is_one_after_the_other_to_the_last_bit(
    model: Model, count: int, wanted: int | None
) -> None:
    found = rows_of(find_neighbours(model, count, threads=1, wanted=wanted))

    assert found == by_film(model, count)


@settings(max_examples=40)
@given(sparse_models(), counts, st.none() | st.integers(1, 16), st.integers(0, 1 << 20))
def test_with_ratings_all_at_once_is_one_after_the_other_to_the_last_bit(
    model: Model, count: int, wanted: int | None, seed: int
) -> None:
    rng, size = np.random.default_rng(seed), model.films
    weights = rng.normal(size=(size, size)) * (rng.random((size, size)) < 0.2)
    item_weights = make_item_weights(weights, rng.random(size) * (rng.random(size) < 0.6))

    found = find_neighbours(model, count, 1, wanted=wanted, item_weights=item_weights)

    assert rows_of(found) == by_film(model, count, item_weights)


@given(sparse_models(), counts, st.integers(1, 70), st.integers(1, 3))
def test_batches_of_any_size_and_any_number_of_threads_find_the_same(
    model: Model, count: int, batch: int, threads: int
) -> None:
    found = rows_of(find_neighbours(model, count, threads, batch))

    assert found == rows_of(find_neighbours(model, count, threads=1))


def test_a_catalogue_of_many_batches_is_found_whole() -> None:
    generator = np.random.default_rng(5)
    batch = 2_000
    size = 2 * batch + 7
    model = make_model(
        generator.random((size, 40)) * (generator.random((size, 40)) < 0.1),
        votes=generator.integers(0, 100, size).tolist(),
        collections=generator.integers(-1, size // 20, size),
        prior=generator.random(size) + 0.01,
    )

    found = list(find_neighbours(model, 5, 2, batch))

    assert [len(each["films"].unique()) for each in found] == [batch, batch, 7]
    assert rows_of(iter(found)) == by_film(model, 5)


def test_films_that_rounding_alone_tells_apart_are_in_the_order_of_the_api() -> None:
    """Their cosines with the first are the same sums, each in another order."""
    alike = np.array([(1, 1, 1, 1, 0), *((*each, 0) for each in permutations((1, 2, 3, 7)))])
    others = np.tile([0, 0, 0, 0, 1], (40, 1))
    generator = np.random.default_rng(1)
    size = len(alike) + len(others)
    model = make_model(
        np.vstack([alike, others]),
        votes=generator.integers(0, 9, size).tolist(),
        prior=generator.choice([0.3, 0.30000001, 0.7], size),
    )

    found = rows_of(find_neighbours(model, 7, threads=1))

    assert found == by_film(model, 7)


def test_a_franchise_as_large_as_all_that_is_proposed_is_held_to_its_number() -> None:
    size = 200
    model = make_model(np.ones((size, 1)), collections=[1] * (size - 3) + [-1] * 3)

    (found,) = find_neighbours(model, 5, threads=1)

    assert found["others"][:5].to_pylist() == [1, 2, size - 3, size - 2, size - 1]
    assert TOGETHER == 2


def test_a_film_alone_has_none_beside_it() -> None:
    (found,) = find_neighbours(make_model(np.eye(1)), 5, threads=1)

    assert len(found) == 0


@pytest.fixture
def model() -> Model:
    return make_model([[2, 1], [1, 0], [1, 1], [0, 1]])


@pytest.fixture
def films() -> pa.Table:
    return pa.table({"id": [40, 30, 20, 10], "title": ["A", "Bé", "C", "C"]})


@pytest.fixture
def write(model: Model, films: pa.Table) -> Callable[[Path], int]:
    """Write the two films beside each of four, in batches of three."""
    return lambda file: write_neighbours(find_neighbours(model, 2, 1, 3), films, file, print)


def test_the_file_has_the_ids_and_titles_and_a_row_group_for_each_block(
    write: Callable[[Path], int], model: Model, tmp_path: Path
) -> None:
    file = tmp_path / "new" / "neighbours.parquet"

    assert write(file) == 8

    written = pq.ParquetFile(file)
    assert written.schema_arrow == SCHEMA
    assert [written.metadata.row_group(group).num_rows for group in (0, 1)] == [6, 2]
    ids, titles = [40, 30, 20, 10], ["A", "Bé", "C", "C"]
    assert [tuple(row.values()) for row in written.read().to_pylist()] == [
        (ids[film], titles[film], place, ids[other], titles[other], similarity, score)
        for film, other, place, similarity, score in by_film(model, 2)
    ]


def test_progress_is_told_in_films(
    write: Callable[[Path], int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path / "neighbours.parquet")

    assert capsys.readouterr().out == "3\n1\n"


def test_a_file_is_replaced_and_nothing_else_is_left(
    write: Callable[[Path], int], tmp_path: Path
) -> None:
    file = tmp_path / "neighbours.parquet"
    file.write_text("old")

    write(file)

    assert pq.read_metadata(file).num_rows == 8
    assert list(tmp_path.iterdir()) == [file]


@pytest.mark.parametrize("error", [OSError("no space left"), KeyboardInterrupt(), MemoryError()])
def test_what_stops_halfway_leaves_the_old_file_and_nothing_else(
    model: Model, films: pa.Table, tmp_path: Path, error: BaseException
) -> None:
    file = tmp_path / "neighbours.parquet"
    file.write_text("old")

    def half() -> Iterator[pa.Table]:
        yield next(find_neighbours(model, 2, 1, 3))
        raise error

    with pytest.raises((JobError, KeyboardInterrupt, MemoryError)):
        write_neighbours(half(), films, file, print)

    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_where_it_cannot_write_it_says_so(write: Callable[[Path], int], tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(JobError, match=r"^the neighbours cannot be written: "):
        write(tmp_path / "file" / "neighbours.parquet")
