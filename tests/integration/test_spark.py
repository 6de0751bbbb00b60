"""The job on Spark, in an environment of its own, beside the job in one process."""

from __future__ import annotations

import json
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from cartelera.layout import CATALOG
from cartelera.partitioned import MOST_ROWS
from cartelera.tables import GET_ACTOR
from etl.__main__ import main
from etl.partition import partition
from etl.raw import MOVIES_COLUMNS

PROJECT = Path(__file__).parents[2]
SPARK = PROJECT / ".venv-spark" / "bin" / "python"
# Parts of forty films, so that the sample makes several; tables of more rows than said in blocks.
RUN = """
import functools, sys
from pathlib import Path
import etl.job
from rich.console import Console
from etl.job import Options
from etl.progress import Stages
from etl.publish import open_place
from etl.spark import Setting, run_on_spark

etl.job.partition = functools.partial(etl.job.partition, most_rows=int(sys.argv[3]))
run_on_spark(
    Path(sys.argv[1]),
    open_place(sys.argv[2]),
    Stages(Console(quiet=True)),
    Options(workers=2),
    Setting(memory=512, part_rows=40),
)
"""


def on_spark(*arguments: str) -> subprocess.CompletedProcess[str]:
    assert SPARK.exists(), "make test sets up Spark's environment: make .venv-spark/synced"
    return subprocess.run(  # noqa: S603 (the arguments are the tests' own)
        [str(SPARK), *arguments], cwd=PROJECT, capture_output=True, text=True, check=False
    )


def released(place: Path) -> tuple[Path, dict[str, Any]]:
    pointer = json.loads((place / "current.json").read_text())
    folder = place / "releases" / pointer["release"]
    return folder, json.loads((folder / "manifest.json").read_text())


@pytest.mark.parametrize("most_rows", [MOST_ROWS, 50])
def test_a_release_made_on_spark_in_parts_is_the_one_that_one_process_makes(
    raw_sample: Path, tmp_path: Path, most_rows: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone, parted = tmp_path / "alone", tmp_path / "parted"
    monkeypatch.setattr("etl.job.partition", partial(partition, most_rows=most_rows))

    ended = CliRunner().invoke(
        main, ["--raw", str(raw_sample), "--releases", alone.as_uri(), "--workers", "1"]
    )
    ran = on_spark("-c", RUN, str(raw_sample), parted.as_uri(), str(most_rows))

    assert ended.exit_code == 0, ended.output
    assert ran.returncode == 0, ran.stderr
    (expected_folder, expected), (folder, manifest) = released(alone), released(parted)
    assert (manifest["films"], manifest["rows"], manifest["sources"]) == (
        expected["films"],
        expected["rows"],
        expected["sources"],
    )
    assert manifest["files"].keys() == expected["files"].keys()
    assert (GET_ACTOR.path in expected["files"]) == (most_rows == MOST_ROWS)
    # The catalogue has a row group a part; of all else every byte is the same.
    different = {
        path
        for path, entry in expected["files"].items()
        if manifest["files"][path]["sha256"] != entry["sha256"]
    }
    assert different == {CATALOG}
    assert pq.ParquetFile(folder / CATALOG).num_row_groups > 1
    assert pq.read_table(folder / CATALOG).equals(pq.read_table(expected_folder / CATALOG))


def test_the_neighbours_found_on_spark_are_those_that_one_process_finds(
    sample_place: Path, tmp_path: Path
) -> None:
    alone, parted = tmp_path / "alone.parquet", tmp_path / "parted.parquet"
    options = ["--releases", sample_place.as_uri(), "--to"]
    script = (
        "import functools, sys, etl.spark; from etl.__main__ import main; "
        "find = etl.spark.find_neighbours_on_spark; "
        "etl.spark.find_neighbours_on_spark = functools.partial(find, block=40); "
        "main(sys.argv[1:])"
    )

    ended = CliRunner().invoke(main, ["neighbours", *options, str(alone)])
    ran = on_spark("-c", script, "neighbours", "--engine", "spark", *options, str(parted))

    assert ended.exit_code == 0, ended.output
    assert ran.returncode == 0, ran.stderr
    # A row group a block.
    assert pq.ParquetFile(parted).num_row_groups == 5
    assert pq.read_table(parted).equals(pq.read_table(alone))


def test_raw_files_that_break_the_contract_publish_nothing_on_spark_either(tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    raw.mkdir()
    records = [",".join(MOVIES_COLUMNS), *["," * (len(MOVIES_COLUMNS) - 1)] * 30]
    (raw / "movies_metadata.csv").write_text("\n".join(records))
    (raw / "credits.csv").write_text("cast,crew,id\n")

    ran = on_spark(
        "-m", "etl", "--engine", "spark", "--raw", str(raw), "--releases", tmp_path.as_uri()
    )

    assert ran.returncode == 3
    assert "breaks the rule" in ran.stderr
    assert not (tmp_path / "current.json").exists()


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
    assert not (tmp_path / "current.json").exists()


def test_who_has_no_spark_is_told_how_to_get_it(raw_sample: Path, tmp_path: Path) -> None:
    arguments = ["--engine", "spark", "--raw", str(raw_sample), "--releases", tmp_path.as_uri()]

    ended = CliRunner().invoke(main, arguments)

    assert ended.exit_code == 1
    assert "make spark" in ended.output
