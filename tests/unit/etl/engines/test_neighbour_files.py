"""The files of the films beside each hold what is found for all films at once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartelera.contract.formats.neighbours import NEIGHBOURS_FOLDER
from cartelera.contract.ranking import DEFAULT_N
from cartelera.contract.release_format import CATALOG, FEATURES, ITEM_WEIGHTS, MODEL
from cartelera.recommend.explanations import FeatureNames
from cartelera.recommend.model_file import dump_item_weights, dump_model
from etl.engines.neighbour_files import make_neighbours
from etl.engines.options import Options
from etl.engines.runners.workers import Workers
from etl.features.neighbour_records import NeighbourRecords
from etl.features.neighbours import find_neighbours
from etl.release.block_writer import BlockSizes, FilmLinesWriter
from etl.release.files import Spool, table_file
from tests.models import make_item_weights, make_model, sparse_models

if TYPE_CHECKING:
    from cartelera.recommend.item_weights import ItemWeights
    from cartelera.recommend.model import Model
    from etl.progress import Stages

SIZES = BlockSizes(block_rows=4, pack_bytes=2_000)


def written(spool: Spool) -> dict[str, bytes]:
    """Return the files of the films beside each, by path."""
    return {
        path: file.data for path, file in spool.files.items() if path.startswith(NEIGHBOURS_FOLDER)
    }


def both_ways(
    model: Model, item_weights: ItemWeights | None, stages: Stages, workers: int = 1
) -> tuple[dict[str, bytes], dict[str, bytes]]:
    """Return the files as they are made, and as they are of all films at once."""
    films = pa.table(
        {
            "id": np.arange(1, model.films + 1),
            "title": [f"Film {row}" for row in range(model.films)],
            "release_year": model.years,
        }
    )
    names = [f"feature {number}" for number in range(model.features)]
    features = table_file(pa.table({"block": ["genres"] * model.features, "name": names}))
    with TemporaryDirectory() as folder:
        spool = Spool(Path(folder))
        spool.add([(FEATURES, features), (CATALOG, films)])
        with spool.writing(MODEL, model.films) as sink:
            dump_model(model, sink)
        if item_weights:
            with spool.writing(ITEM_WEIGHTS, model.films) as sink:
                dump_item_weights(item_weights, sink)
        with Workers(workers) as processes:
            make_neighbours(spool, processes, stages, Options(blocks=SIZES))
        made = written(spool)
    with TemporaryDirectory() as folder:
        spool, writer = Spool(Path(folder)), FilmLinesWriter(NEIGHBOURS_FOLDER, SIZES)
        records = NeighbourRecords(model, films, FeatureNames(features.data), item_weights)
        (found,) = find_neighbours(model, DEFAULT_N, 1, item_weights=item_weights)
        spool.add(writer.add(records.of(range(model.films), found)))
        spool.add(writer.end())
        return made, written(spool)


@settings(max_examples=60)
@given(sparse_models(), st.integers(0, 1 << 20))
def test_films_looked_at_beside_better_ones_have_the_same_beside_them(
    stages: Stages, model: Model, seed: int
) -> None:
    rng, size, item_weights = np.random.default_rng(seed), model.films, None
    if seed % 2:
        model = replace(model, adult=(rng.random(size) < 0.2).astype(np.int32))
    if seed % 3:
        weights = rng.normal(size=(size, size)) * (rng.random((size, size)) < 0.2)
        item_weights = make_item_weights(weights, rng.random(size) * (rng.random(size) < 0.6))

    made, expected = both_ways(model, item_weights, stages)

    assert made == expected


@pytest.mark.parametrize("workers", [1, 2])
def test_many_films_are_the_same_by_any_number_of_workers(stages: Stages, workers: int) -> None:
    generator = np.random.default_rng(3)
    size = 5_000
    model = make_model(
        generator.random((size, 60)) * (generator.random((size, 60)) < 0.1),
        votes=generator.integers(0, 100, size).tolist(),
        collections=generator.integers(-1, size // 20, size),
        prior=generator.random(size) + 0.01,
        adult=(generator.random(size) < 0.1).astype(int),
    )

    made, expected = both_ways(model, None, stages, workers)

    assert made == expected


def test_films_that_are_all_alike_are_asked_for_one_by_one(stages: Stages) -> None:
    """Their candidates, and those that reach the limits of better films, would be all others."""
    model = make_model(np.ones((1_200, 1)))

    made, expected = both_ways(model, None, stages)

    assert made == expected
