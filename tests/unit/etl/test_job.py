from __future__ import annotations

import json
from io import BytesIO
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from obstore.store import MemoryStore

from cartelera.layout import release_path
from cartelera.tables import FRANQUICIA, TABLES
from etl.__main__ import main
from etl.errors import RawInputError
from etl.job import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cartelera.layout import Manifest
    from etl.progress import Stages


@pytest.fixture
def quarantine(sample_place: Path, sample_manifest: Manifest) -> list[dict[str, Any]]:
    path = sample_place / release_path(sample_manifest["release"], "quarantine.parquet")
    rows: list[dict[str, Any]] = pq.read_table(path).to_pylist()
    return rows


def test_every_row_read_is_kept_or_set_aside(
    sample_manifest: Manifest, quarantine: list[dict[str, Any]]
) -> None:
    for file, counts in sample_manifest["rows"].items():
        assert counts["read"] == counts["kept"] + sum(counts["set_aside"].values())
        aside = [row for row in quarantine if row["file"] == file and row["field"] is None]
        assert len(aside) == sum(counts["set_aside"].values())


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


def test_the_same_films_make_the_same_files(
    raw_sample: Path, sample_manifest: Manifest, stages: Stages
) -> None:
    again = run(raw_sample, MemoryStore(), stages).manifest

    assert again["files"] == sample_manifest["files"]


def test_a_catalogue_of_one_film_is_published(
    write_raw: Callable[..., Path], stages: Stages
) -> None:
    store = MemoryStore()

    manifest = run(write_raw({}), store, stages).manifest

    assert manifest["films"] == 1
    path = release_path(manifest["release"], FRANQUICIA.path)
    assert pq.read_table(BytesIO(bytes(store.get(path).bytes()))).num_rows == 0


def test_without_a_single_film_nothing_is_published(
    write_raw: Callable[..., Path], stages: Stages
) -> None:
    store = MemoryStore()

    with pytest.raises(RawInputError, match=r"holds no film that can be used.*no release date"):
        run(write_raw({"release_date": ""}), store, stages)

    assert list(store.list()) == []


def call(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(main, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result.exit_code, result.output


def test_the_command_shows_its_stages_and_ends_with_a_summary(
    raw_sample: Path, tmp_path: Path
) -> None:
    code, output = call("--raw", raw_sample, "--releases", tmp_path.as_uri())

    assert code == 0
    assert "s  Reading credits.csv" in output
    counts = json.loads(next(tmp_path.glob("releases/*/manifest.json")).read_text())
    movies = counts["rows"]["movies_metadata.csv"]
    aside = sum(movies["set_aside"].values())
    assert f"{movies['read']} records read = {movies['kept']} kept + {aside} set aside" in output
    assert f"{counts['films']} films in release {counts['release']}" in output


def test_without_raw_files_the_command_runs_on_the_sample_that_comes_along(tmp_path: Path) -> None:
    code, _ = call("--releases", tmp_path.as_uri())

    assert code == 0
    assert (tmp_path / "current.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--raw", "/nowhere", "--releases", "file:///tmp"], "error: /nowhere is no folder"),
        (["--raw", "we[ird]x", "--releases", "file:///tmp"], "error: we[ird]x is no folder"),
        (["--releases", "ftp://example.org"], "error: 'ftp://example.org' is no place"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_1(
    arguments: list[str], message: str
) -> None:
    code, output = call(*arguments)

    assert code == 1
    assert output.startswith(message)
    assert output.count("\n") == 1


def test_a_csv_without_a_column_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "movies_metadata.csv").write_text("id,title\n1,Up\n")
    (tmp_path / "credits.csv").write_text("cast,crew,id\n")

    code, output = call("--raw", tmp_path, "--releases", (tmp_path / "place").as_uri())

    assert code == 1
    assert output.splitlines()[-1].startswith("error: movies_metadata.csv has no column adult")
    assert "Traceback" not in output
