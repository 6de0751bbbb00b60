"""The whole job, from raw files to what answers."""

from __future__ import annotations

import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager
from io import BytesIO, StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from obstore.store import LocalStore, MemoryStore
from rich.console import Console

from cartelera.contract.release_format import AKAS, release_path
from cartelera.contract.tables import FRANQUICIA, RECOMENDACION, TABLES
from cartelera.release import Releases
from etl.clean.tolerance import Tolerance
from etl.engines.job import run
from etl.engines.options import Options
from etl.errors import ContractError, JobError, OvertakenError, RawInputError
from etl.progress import Stages
from etl.release.block_writer import BlockSizes
from etl.release.pointers import read_current
from etl.release.verification import open_release, roll_back
from tests.jobs import run_without_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from obstore.store import ObjectStore

    from cartelera.contract.release_format import Manifest

PROJECT = Path(__file__).parents[4]


class Meanwhile(Stages):
    """Stages, just before one of which something else happens."""

    def __init__(self, before: str, happens: Callable[[], object]) -> None:
        super().__init__(Console(file=StringIO()))
        self._before = before
        self._happens = happens

    @contextmanager
    def stage(self, title: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
        if title == self._before:
            self._happens()
        with super().stage(title, total) as advance:
            yield advance


@pytest.fixture
def quarantine(sample_place: Path, sample_manifest: Manifest) -> list[dict[str, Any]]:
    path = sample_place / release_path(sample_manifest["release"], "quarantine.parquet")
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


@pytest.fixture
def sample_and_less(raw_sample: Path, tmp_path: Path) -> tuple[Path, Path]:
    """The sample, and the sample without its keywords: another release comes of it."""
    folder = tmp_path / "less"
    shutil.copytree(raw_sample, folder, ignore=shutil.ignore_patterns("keywords.csv"))
    return raw_sample, folder


@pytest.fixture(params=["memory", "folder"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "memory":
        return MemoryStore()
    return LocalStore(tmp_path / "releases", mkdir=True)


def contents(store: ObjectStore) -> dict[str, bytes]:
    return {
        entry["path"]: bytes(store.get(entry["path"]).bytes())
        for batch in store.list()
        for entry in batch
    }


def artefacts(place: Path) -> dict[str, bytes]:
    """Return the files of the one release in a place, but for its manifest."""
    (root,) = (place / "releases").iterdir()
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file() and path.name != "manifest.json"
    }


def timeless(manifest: Manifest) -> dict[str, Any]:
    """Return what a manifest says, but for when it was made."""
    _, fingerprint = manifest["release"].split("-")
    return {**manifest, "created_at": "", "release": fingerprint}


def test_every_row_read_is_kept_or_set_aside(
    sample_manifest: Manifest, quarantine: list[dict[str, Any]]
) -> None:
    for file, counts in sample_manifest["rows"].items():
        assert counts["read"] == counts["kept"] + sum(counts["set_aside"].values())
        aside = [row for row in quarantine if row["file"] == file and row["field"] is None]
        # Of tens of millions of titles those are counted that are of no use here.
        assert len(aside) == (0 if file == AKAS else sum(counts["set_aside"].values()))


def test_what_was_set_aside_has_its_line_its_reason_and_its_content(
    raw_sample: Path, quarantine: list[dict[str, Any]]
) -> None:
    lines = (raw_sample / "movies_metadata.csv").read_text().split("\n")
    records = [row for row in quarantine if row["file"] == "movies_metadata.csv"]

    assert {row["reason"] for row in records if row["field"] is None} == {
        "broken record",
        "no release date",
        "release date is not a date",
        "repeated id",
        "repeated word for word",
    }
    assert {row["column"] for row in records if row["reason"] == "no release date"} == {
        "release_date"
    }
    for row in records:
        if row["field"] is None:
            first_field = json.loads(row["value"])[0].replace('"', '""')
            assert lines[row["line"] - 1].lstrip('"').startswith(first_field)


def test_the_manifest_tells_every_file_and_every_source(
    sample_place: Path, raw_sample: Path, sample_manifest: Manifest
) -> None:
    root = sample_place / release_path(sample_manifest["release"], "")
    written = {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()}

    assert set(sample_manifest["files"]) == written - {"manifest.json"}
    assert {schema.path for schema in TABLES} < written
    assert {source["name"] for source in sample_manifest["sources"]} == {
        path.name for path in raw_sample.iterdir()
    }


def test_every_table_has_the_columns_its_schema_says(
    sample_place: Path, sample_manifest: Manifest
) -> None:
    for schema in TABLES:
        path = sample_place / release_path(sample_manifest["release"], schema.path)
        assert tuple(pq.read_schema(path).names) == schema.columns


@pytest.mark.parametrize(("workers", "batch_rows"), [(1, 7), (2, 50)])
def test_the_same_films_make_the_same_files_however_many_work_on_how_many_at_a_time(  # noqa: PLR0913, PLR0917 (fixtures)
    raw_sample: Path,
    sample_manifest: Manifest,
    tmp_path: Path,
    stages: Stages,
    workers: int,
    batch_rows: int,
) -> None:
    options = Options(workers, batch_rows=batch_rows, report=False)

    manifest = run(raw_sample, LocalStore(tmp_path), stages, options).manifest

    expected = {
        path: entry
        for path, entry in sample_manifest["files"].items()
        if not path.startswith("eda/")
    }
    assert manifest["files"] == expected
    for said in ("films", "rows", "sources"):
        assert manifest[said] == sample_manifest[said]


def test_tables_in_blocks_are_the_same_whoever_writes_them(
    raw_sample: Path, tmp_path: Path, stages: Stages
) -> None:
    sizes = BlockSizes(most_rows=50, block_rows=7, pack_bytes=20_000)
    stores = [LocalStore(tmp_path / name, mkdir=True) for name in ("alone", "together")]

    alone, together = (
        run_without_report(raw_sample, store, stages, workers=workers, blocks=sizes)
        for workers, store in enumerate(stores, 1)
    )

    assert together.manifest["files"] == alone.manifest["files"]
    assert "tables/get_actor/0001.pack" in alone.manifest["files"]


def test_another_process_makes_the_same_bytes_whatever_its_hash_seed(
    raw_sample: Path, sample_place: Path, tmp_path: Path
) -> None:
    place = tmp_path / "releases"
    command = [sys.executable, "-m", "etl", "--raw", str(raw_sample), "--workers", "2"]

    subprocess.run(  # noqa: S603 (the command is ours)
        [*command, "--releases", place.as_uri()],
        cwd=PROJECT,
        env=os.environ | {"PYTHONHASHSEED": "12345"},
        check=True,
        capture_output=True,
    )

    assert artefacts(place) == artefacts(sample_place)
    one, other = (
        json.loads(next(folder.glob("releases/*/manifest.json")).read_text())
        for folder in (place, sample_place)
    )
    assert timeless(one) == timeless(other)


def test_a_catalogue_of_one_film_is_published(
    write_raw: Callable[..., Path], stages: Stages
) -> None:
    store = MemoryStore()

    manifest = run_without_report(write_raw({}), store, stages).manifest

    assert manifest["films"] == 1
    path = release_path(manifest["release"], FRANQUICIA.path)
    assert pq.read_table(BytesIO(bytes(store.get(path).bytes()))).num_rows == 0
    assert Releases(store).current().table(RECOMENDACION).find("up")["titulo"] == "Up"


def test_films_that_have_nothing_in_common_are_published(
    write_raw: Callable[..., Path], stages: Stages
) -> None:
    store = MemoryStore()

    other = {"title": "Brazil", "original_language": "fr", "release_date": "1985-02-20"}

    run_without_report(write_raw({"title": "Up"}, other), store, stages)

    model = Releases(store).current().model()
    similarities = model.similarities(0)
    assert similarities.shape == (2,)
    assert similarities[1] == 0


def test_without_a_single_film_nothing_is_published(
    write_raw: Callable[..., Path], stages: Stages
) -> None:
    store = MemoryStore()

    with pytest.raises(RawInputError, match=r"holds no film that can be used.*no release date"):
        run_without_report(write_raw({"release_date": ""}), store, stages)

    assert list(store.list()) == []


@pytest.mark.parametrize(
    ("films", "undated", "tolerance"), [(30, 10, 0), (1_200, 12, 0.01), (30, 11, 0.5)]
)
def test_up_to_what_is_tolerated_the_rest_is_published(
    write_raw: Callable[..., Path], stages: Stages, films: int, undated: int, tolerance: float
) -> None:
    store = MemoryStore()
    raw = write_raw(*[{"release_date": "soon"}] * undated, *[{}] * (films - undated))

    manifest = run_without_report(raw, store, stages, tolerance=Tolerance(tolerance)).manifest

    assert manifest["films"] == films - undated
    assert read_current(store).release == manifest["release"]


@pytest.mark.parametrize("case", [(30, 11, 0), (1_200, 13, 0.01), (30, 16, 0.5)])
def test_above_what_is_tolerated_nothing_is_written(
    write_raw: Callable[..., Path],
    raw_sample: Path,
    stages: Stages,
    store: ObjectStore,
    case: tuple[int, int, float],
) -> None:
    films, undated, tolerance = case
    run_without_report(raw_sample, store, stages)
    before = contents(store)
    raw = write_raw(*[{"release_date": "soon"}] * undated, *[{}] * (films - undated))

    with pytest.raises(
        ContractError, match=f"«release date is not a date» in {undated} of "
    ) as error:
        run_without_report(raw, store, stages, tolerance=Tolerance(tolerance), compare=False)

    assert str(error.value).count("  line ") == 5
    assert contents(store) == before


@pytest.mark.parametrize(
    ("published", "stage"),
    [
        (False, "Uploading"),
        (False, "Moving the pointer"),
        (True, "Uploading"),
        (True, "Asking the golden questions"),
        (True, "Moving the pointer"),
    ],
)
def test_of_two_jobs_that_began_alike_the_second_to_end_is_overtaken(
    sample_and_less: tuple[Path, Path],
    stages: Stages,
    store: ObjectStore,
    published: bool,  # noqa: FBT001 (a parameter of the test)
    stage: str,
) -> None:
    sample, less = sample_and_less
    if published:
        run_without_report(sample, store, stages)
    others: list[str] = []

    def another_job() -> None:
        manifest = run_without_report(less, store, stages, compare=False).manifest
        others.append(manifest["release"])

    with pytest.raises(OvertakenError) as error:
        run_without_report(sample, store, Meanwhile(stage, another_job))

    assert [Releases(store).current().id] == others
    (own,) = re.findall(r"this one, (\S+), is there and does not", str(error.value))
    assert own != others[0]
    assert open_release(store, own).manifest["films"] == 188
    roll_back(store, own)
    assert Releases(store).current().id == own


def test_a_job_that_publishes_before_another_has_begun_overtakes_nobody(
    sample_and_less: tuple[Path, Path], stages: Stages, store: ObjectStore
) -> None:
    sample, less = sample_and_less
    run_without_report(less, store, stages)
    manifest = run_without_report(sample, store, stages).manifest

    assert Releases(store).current().id == manifest["release"]


def kill_a_worker() -> None:
    """Kill a process as the system does that takes it for the one that eats the memory."""
    multiprocessing.active_children()[0].kill()


@pytest.mark.parametrize("stage", ["Cleaning the films", "Building the look-up tables"])
def test_a_worker_that_is_killed_ends_the_job_with_a_message_and_nothing_is_written(
    raw_sample: Path, stage: str
) -> None:
    store = MemoryStore()

    with pytest.raises(JobError, match="worker"):
        run_without_report(raw_sample, store, Meanwhile(stage, kill_a_worker), workers=2)

    assert contents(store) == {}


def test_sources_are_what_was_read_though_other_files_lie_there_by_then(
    raw_sample: Path, tmp_path: Path, sample_manifest: Manifest
) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(raw_sample, raw)

    def replace() -> None:
        for file in raw.iterdir():
            file.unlink()
        (raw / "movies_metadata.csv").write_text("others")

    outcome = run_without_report(raw, MemoryStore(), Meanwhile("Building the model", replace))

    assert outcome.manifest["sources"] == sample_manifest["sources"]


def test_a_file_that_is_removed_before_it_is_read_is_a_clear_message(
    raw_sample: Path, tmp_path: Path
) -> None:
    raw = tmp_path / "raw"
    shutil.copytree(raw_sample, raw)
    removing = Meanwhile("Reading movies_metadata.csv", (raw / "credits.csv").unlink)

    with pytest.raises(RawInputError, match=r"credits\.csv cannot be read: No such file"):
        run_without_report(raw, MemoryStore(), removing)
