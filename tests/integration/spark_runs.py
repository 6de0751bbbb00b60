"""`python -m tests.integration.spark_runs RAW SAMPLE FOLDER ROWS`: all runs in one session.

Publishes the raw films in RAW to FOLDER/parted, with tables of more than ROWS rows in blocks;
writes the neighbours of the release in SAMPLE to FOLDER/neighbours.parquet; and
runs the command on the raw films in FOLDER/unsound, whose exit code is this one's.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console

from cartelera.contract.release_format import CATALOG
from etl.engines.options import Options
from etl.engines.runners.spark import find_neighbours_on_spark, run_on_spark
from etl.engines.runners.spark_session import Setting, open_session
from etl.entrypoints.cli import main as run_command
from etl.features.neighbours import write_neighbours
from etl.progress import Stages
from etl.release.block_writer import BlockSizes
from etl.release.pointers import current_release
from etl.release.storage import open_storage
from etl.release.verification import read_table

CORES = 2
# So that the sample makes several parts, and nothing is spread thinner than two cores can use.
SETTING = Setting(memory=512, part_rows=70, partitions=2)
BATCH_FILMS = 40
NEIGHBOURS = 5


def main(raw: Path, sample: str, folder: Path, most_rows: int) -> None:
    stages = Stages(Console(quiet=True))
    own = folder / "own"
    own.mkdir()
    with open_session(CORES, SETTING, own):
        options = Options(CORES, blocks=BlockSizes(most_rows=most_rows))
        run_on_spark(raw, open_storage((folder / "parted").as_uri()), stages, options, SETTING)
        store = open_storage(sample)
        release = current_release(store, sample)
        films = read_table(store, release, CATALOG, ["id", "title"])
        found = find_neighbours_on_spark(
            sample,
            release,
            films=len(films),
            count=NEIGHBOURS,
            cores=CORES,
            setting=SETTING,
            batch=BATCH_FILMS,
        )
        write_neighbours(found, films, folder / "neighbours.parquet", lambda _: None)
        unsound, nowhere = folder / "unsound", folder / "nowhere"
        run_command(["--engine", "spark", "--raw", str(unsound), "--releases", nowhere.as_uri()])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
