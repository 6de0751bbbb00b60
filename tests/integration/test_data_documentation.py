"""What docs/data.md and the notebook show of a release's data is what comes of it."""

from __future__ import annotations

import doctest
import json
import os
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from cartelera.contract.formats.block_format import index_path
from cartelera.contract.formats.film_facts import FACTS_FOLDER
from cartelera.contract.formats.neighbours import NEIGHBOURS_FOLDER
from cartelera.contract.release_format import (
    CATALOG,
    FEATURES,
    QUARANTINE,
    RELEASES_VARIABLE,
    is_table,
)
from cartelera.contract.tables import TABLES
from etl.entrypoints.cli import main
from etl.release.dictionary import COLUMNS

if TYPE_CHECKING:
    from cartelera.contract.release_format import Manifest

PROJECT = Path(__file__).parents[2]
NOTEBOOK = PROJECT / "etl" / "exploration.ipynb"


@pytest.fixture
def folder(sample_place: Path, sample_manifest: Manifest) -> Path:
    return sample_place / "releases" / sample_manifest["release"]


def test_the_examples_show_what_comes_of_them(
    sample_place: Path, folder: Path, tmp_path: Path
) -> None:
    exported = tmp_path / "films.csv"
    command = ["export", "--csv", str(exported), "--delimiter", ";"]
    done = CliRunner().invoke(main, [*command, "--releases", sample_place.as_uri()])
    assert done.exit_code == 0, done.output
    page = (PROJECT / "docs" / "data.md").read_text()
    page = page.replace("path/to/films.csv", str(exported)).replace("path/to/release", str(folder))
    examples = doctest.DocTestParser().get_doctest(page, {}, "data.md", "docs/data.md", 0)

    ran = doctest.DocTestRunner().run(examples)

    assert len(examples.examples) > 10
    assert ran.failed == 0


def test_the_notebook_runs_from_the_first_cell_to_the_last(
    sample_place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(RELEASES_VARIABLE, sample_place.as_uri())
    cells = json.loads(NOTEBOOK.read_text())["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    names: dict[str, Any] = {}

    # In this process: starting a kernel takes longer than all of them.
    for cell in code:
        exec("".join(cell["source"]), names)  # noqa: S102 (the notebook is ours)

    assert len(names["films"]) == 188
    assert not any(cell["outputs"] or cell["execution_count"] for cell in code)


def test_the_dictionary_page_is_what_the_command_prints() -> None:
    printed = CliRunner().invoke(main, ["dictionary"]).stdout

    assert (PROJECT / "docs" / "data-dictionary.md").read_text() == printed, (
        "python -m etl dictionary > docs/data-dictionary.md"
    )


def test_every_column_is_described_in_its_file_and_nothing_else_is(folder: Path) -> None:
    files = [CATALOG, FEATURES, QUARANTINE, *(schema.path for schema in TABLES)]

    found = {path: pq.read_schema(folder / path) for path in files}

    # Where the lines of films lie in their packs is no table that anybody reads.
    assert {*files, index_path(FACTS_FOLDER), index_path(NEIGHBOURS_FOLDER)} == {
        os.fspath(file.relative_to(folder)) for file in folder.rglob("*") if is_table(file.name)
    }
    for path, schema in found.items():
        described = json.loads(schema.metadata[COLUMNS.encode()])
        assert list(described) == schema.names, path
        assert all(each["means"] for each in described.values())
    said = tomllib.loads((PROJECT / "etl" / "release" / "dictionary.toml").read_text())
    assert said.pop("columns").keys() <= {name for each in TABLES for name in each.columns}
    names = {Path(path).stem: set(schema.names) for path, schema in found.items()}
    for table, columns in said.items():
        assert columns.keys() <= names[table], table
