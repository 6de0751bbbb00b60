"""The job on Spark, in an environment of its own, beside the job in one process."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from obstore.store import LocalStore

from cartelera.contract.release_format import CATALOG, POINTER
from cartelera.contract.tables import GET_ACTOR, PELICULAS_DURACION
from etl.entrypoints.cli import main
from etl.release.block_writer import BlockSizes
from tests.jobs import run_without_report

if TYPE_CHECKING:
    from etl.progress import Stages
    from tests.conftest import MakeOnce

PROJECT = Path(__file__).parents[2]
# The exit code for raw files that break the contract.
REFUSED = 3
# Tables with more of them lie in blocks.
MAX_WHOLE_ROWS = 200
SPARK = PROJECT / ".venv-spark" / "bin" / "python"


def on_spark(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert SPARK.exists(), "make test sets up Spark's environment: make .venv-spark/synced"
    return subprocess.run(  # noqa: S603 (the arguments are the tests' own)
        [str(SPARK), *arguments], cwd=PROJECT, capture_output=True, text=True, check=False
    )


def released(place: Path) -> tuple[Path, dict[str, Any]]:
    pointer = json.loads((place / POINTER).read_text())
    folder = place / "releases" / pointer["release"]
    return folder, json.loads((folder / "manifest.json").read_text())


@pytest.fixture(scope="session")
def spark_runs(raw_sample: Path, sample_place: Path, make_once: MakeOnce) -> Path:
    """A folder with what `tests.integration.spark_runs` has made, and what it said."""

    def make(folder: Path) -> None:
        unsound = folder / "unsound"
        unsound.mkdir()
        records = ["id,title,release_date", "1,Up,2009-05-28"]
        records += [f"{number},Up,soon" for number in range(2, 32)]
        (unsound / "movies_metadata.csv").write_text("\n".join(records))
        (unsound / "credits.csv").write_text("cast,crew,id\n")
        runs = ("-m", "tests.integration.spark_runs", str(raw_sample), sample_place.as_uri())
        ran = on_spark(*runs, str(folder), str(MAX_WHOLE_ROWS))
        assert ran.returncode == REFUSED, ran.stderr
        (folder / "stderr").write_text(ran.stderr)

    return make_once("spark", make)


def test_a_release_made_on_spark_in_parts_is_the_one_that_one_process_makes(
    spark_runs: Path, sample_place: Path, raw_sample: Path, tmp_path: Path, stages: Stages
) -> None:
    run_without_report(
        raw_sample, LocalStore(tmp_path), stages, blocks=BlockSizes(most_rows=MAX_WHOLE_ROWS)
    )

    (folder, manifest), (alone, expected) = released(spark_runs / "parted"), released(tmp_path)
    for said in ("films", "rows", "sources"):
        assert manifest[said] == expected[said]
    # Films lie whole, people in blocks.
    assert PELICULAS_DURACION.path in expected["files"]
    assert GET_ACTOR.path not in expected["files"]
    (_, with_report) = released(sample_place)
    report = {path: with_report["files"][path] for path in with_report["files"] if "eda/" in path}
    files = expected["files"] | report
    assert manifest["files"].keys() == files.keys()
    # The catalogue has a row group a part; of all else every byte is the same.
    different = {
        path for path in files if manifest["files"][path]["sha256"] != files[path]["sha256"]
    }
    assert different == {CATALOG}
    assert pq.ParquetFile(folder / CATALOG).num_row_groups > 1
    assert pq.read_table(folder / CATALOG).equals(pq.read_table(alone / CATALOG))


def test_the_neighbours_found_on_spark_are_those_that_one_process_finds(
    spark_runs: Path, sample_place: Path, tmp_path: Path
) -> None:
    alone, parted = tmp_path / "alone.parquet", spark_runs / "neighbours.parquet"

    ended = CliRunner().invoke(
        main, ["neighbours", "--releases", sample_place.as_uri(), "--to", str(alone)]
    )

    assert ended.exit_code == 0, ended.output
    # A row group a block.
    assert pq.ParquetFile(parted).num_row_groups == 5
    assert pq.read_table(parted).equals(pq.read_table(alone))


def test_raw_files_that_break_the_contract_publish_nothing_on_spark_either(
    spark_runs: Path,
) -> None:
    assert "breaks the rule" in (spark_runs / "stderr").read_text()
    assert not (spark_runs / "nowhere" / POINTER).exists()


def test_parts_that_another_run_has_left_are_not_taken_for_its_own(
    raw_sample: Path, tmp_path: Path
) -> None:
    left = tmp_path / "work" / "raw" / "0" / "000000.parquet"
    left.parent.mkdir(parents=True)
    left.touch()
    places = ["--releases", tmp_path.as_uri(), "--work", (tmp_path / "work").as_uri()]

    ran = on_spark("-m", "etl", "--engine", "spark", "--raw", str(raw_sample), *places)

    assert ran.returncode == 1
    assert "give an empty place" in ran.stderr
    assert not (tmp_path / POINTER).exists()


def test_who_has_no_spark_is_told_how_to_get_it(raw_sample: Path, tmp_path: Path) -> None:
    arguments = ["--engine", "spark", "--raw", str(raw_sample), "--releases", tmp_path.as_uri()]

    ended = CliRunner().invoke(main, arguments)

    assert ended.exit_code == 1
    assert "make spark" in ended.output
