"""Two releases of a place, side by side."""

from __future__ import annotations

import csv
import shutil
from typing import TYPE_CHECKING

import pytest
from obstore.store import LocalStore

from cartelera.contract.tables import GET_DIRECTOR, PELICULAS_PAIS, VOTOS_TITULO
from etl.inspection.comparison import ComparedFilm, Comparison, compare
from etl.release.block_writer import BlockSizes
from etl.release.verification import open_release
from tests.jobs import run_without_report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cartelera.contract.release_format import Manifest
    from etl.progress import Stages

TOY_STORY, THE_MATRIX, NEW = 862, 603, 99_000_001


@pytest.fixture
def changed_raw(raw_sample: Path, tmp_path: Path) -> Path:
    """The sample without Toy Story, with one more film, and The Matrix with votes and a genre."""
    folder = tmp_path / "changed"
    shutil.copytree(raw_sample, folder)
    with (raw_sample / "movies_metadata.csv").open(newline="") as stream:
        reader = csv.DictReader(stream)
        records = [record for record in reader if record["id"] != str(TOY_STORY)]
        header = reader.fieldnames
    assert header
    (matrix,) = (record for record in records if record["id"] == str(THE_MATRIX))
    matrix["vote_count"] = "99999"
    matrix["genres"] = "[{'id': 99, 'name': 'Documentary'}]"
    records.append(matrix | {"id": str(NEW), "title": "Brand New", "original_title": "Brand New"})
    with (folder / "movies_metadata.csv").open("w", newline="") as stream:
        writer = csv.DictWriter(stream, header, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(records)
    return folder


@pytest.fixture
def compare_with(
    sample_place: Path, sample_manifest: Manifest, tmp_path: Path, stages: Stages
) -> Callable[..., Comparison]:
    """Compare the sample's release with that of other raw files, in a place of one's own."""

    def compare_sample(raw: Path, **options: BlockSizes) -> Comparison:
        place = tmp_path / "place"
        shutil.copytree(sample_place, place)
        store = LocalStore(place)
        outcome = run_without_report(raw, store, stages, compare=False, **options)
        before, after = sample_manifest["release"], outcome.manifest["release"]
        return compare(store, open_release(store, before), open_release(store, after))

    return compare_sample


def test_films_that_came_went_and_changed_are_named(
    compare_with: Callable[..., Comparison], changed_raw: Path
) -> None:
    compared = compare_with(changed_raw)

    assert compared.came == [ComparedFilm(NEW, "Brand New", 1999, 99_999)]
    assert [film.id for film in compared.went] == [TOY_STORY]
    assert compared.changed == [
        ComparedFilm(THE_MATRIX, "The Matrix", 1999, 99_999, ("vote_count", "genres"))
    ]
    assert compared.columns == {"vote_count": 1, "genres": 1}
    tables = {table.route: table[1:] for table in compared.tables}
    assert tables[VOTOS_TITULO.route] == (188, 188, 1, 1, 1)
    # Rows are moved by the film that came, and are the same rows.
    assert tables[PELICULAS_PAIS.route][2:4] == (0, 0)
    assert GET_DIRECTOR.route in tables


def test_a_table_in_blocks_is_the_same_as_the_whole_one(
    compare_with: Callable[..., Comparison], raw_sample: Path
) -> None:
    compared = compare_with(raw_sample, blocks=BlockSizes(most_rows=100))

    assert compared == Comparison([], [], [], {}, [], [], [])
